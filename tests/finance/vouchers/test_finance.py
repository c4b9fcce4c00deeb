"""Notes are financed, sold on, pledged, held for a sale and frozen: who must sign, and what is locked."""

from datetime import date
from typing import Any

import pytest

from .scene import NO, Scene

UNTIL = date(2026, 3, 13)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def financed(scene: Scene) -> str:
    """jia's note of 100.00, 60.00 of it financed by the factor."""
    note = scene.accept(100)
    scene.act("apply_finance", "jia", note=note, amount=60, financier="factor")
    scene.act("fund", "factor", note=note)
    return note


def test_a_financier_gets_the_part_it_was_asked_for(scene: Scene) -> None:
    note = scene.accept(100)
    scene.act("apply_finance", "jia", note=note, amount=60, financier="factor")
    assert scene.live() == [(1, 6_000, "jia", "IN_FINANCING"), (6_001, 10_000, "jia", "HELD")]
    scene.refuse("SIGNATURE_INVALID", "fund", "jia", note=note)
    assert scene.act("fund", "factor", note=note)["stage"] == "FINANCED"
    assert scene.live() == [(1, 6_000, "factor", "FINANCED"), (6_001, 10_000, "jia", "HELD")]
    for act, by, args in [
        ("transfer", "factor", {"amount": 1, "to": "yi", "basis": []}),
        ("cut", "factor", {"amount": 1}),
        ("pledge", "factor", {"pledgee": "boc"}),
        ("fund", "factor", {}),
    ]:
        scene.refuse("STATE_INVALID", act, by, note=note, **args)


@pytest.mark.parametrize("by", ["jia", "factor"])
def test_holder_and_financier_may_each_end_an_application(scene: Scene, by: str) -> None:
    note = scene.accept(100)
    scene.act("apply_finance", "jia", note=note, amount=60, financier="factor")
    scene.refuse("NOT_OWNER", "end_finance", "yi", note=note)
    scene.refuse("STATE_INVALID", "apply_finance", "jia", note=note, amount=1, financier="boc")
    scene.act("end_finance", by, note=note)
    assert scene.live()[0] == (1, 6_000, "jia", "HELD")


APPLICATIONS_REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("NOT_OWNER", {"by": "yi", "amount": 101}),
    ("SCHEMA_INVALID", {"amount": 0}),
    ("AMOUNT_EXCEEDS_BALANCE", {"amount": "100.01", "financier": "jia"}),
    ("SCHEMA_INVALID", {"financier": "jia"}),
    ("ROLE_FORBIDDEN", {"financier": "91990000MA0001843A"}),
]


def test_applications_are_refused_in_the_documented_order(scene: Scene) -> None:
    note = scene.accept(100, maturity="2026-03-12")
    for code, changes in APPLICATIONS_REFUSED:
        args = {"by": "jia", "note": note, "amount": 60, "financier": "factor"} | changes
        scene.refuse(code, "apply_finance", args.pop("by"), **args)
    scene.act("apply_finance", "jia", note=note, amount=60, financier="factor")
    scene.tick_to(date(2026, 3, 12))
    scene.refuse("DATE_INVALID", "apply_finance", "jia", note=f"{NO}:6001", amount=1, financier="factor")
    scene.refuse("DATE_INVALID", "fund", "factor", note=note)


def test_a_factor_sells_a_financed_note_on_when_both_sign(scene: Scene) -> None:
    note = financed(scene)
    scene.refuse("SIGNATURE_INVALID", "resell", "factor", note=note, to="boc")
    scene.refuse("NOT_OWNER", "resell", "boc", note=note, to="boc")
    scene.refuse("SCHEMA_INVALID", "resell", "factor", note=note, to="factor")
    scene.refuse("STATE_INVALID", "resell_both", "jia", "boc", note=f"{NO}:6001", to="boc")
    assert scene.act("resell_both", "factor", "boc", note=note, to="boc")["stage"] == "FINANCED"
    assert scene.live()[0] == (1, 6_000, "boc", "FINANCED")
    kinds = [hop["kind"] for hop in scene.stage.ask("vouchers.own_hops", scene.desk("regulator"), note=note)]
    assert kinds == ["RESALE", "FINANCE", "ISSUE"]


def test_a_note_is_pledged_and_released_when_both_sign(scene: Scene) -> None:
    note = scene.accept(100)
    scene.refuse("NOT_OWNER", "pledge", "boc", note=note, pledgee="boc")
    scene.refuse("SIGNATURE_INVALID", "pledge", "jia", note=note, pledgee="boc")
    scene.refuse("SCHEMA_INVALID", "pledge", "jia", note=note, pledgee="jia")
    scene.act("pledge_both", "jia", "boc", note=note, pledgee="boc")
    scene.refuse("STATE_INVALID", "pledge_both", "jia", "yi", note=note, pledgee="yi")  # One pledgee.
    scene.refuse("STATE_INVALID", "apply_finance", "jia", note=note, amount=1, financier="factor")  # S03.11
    scene.refuse("SIGNATURE_INVALID", "release_pledge", "jia", note=note)
    scene.refuse("NOT_OWNER", "release_pledge", "boc", note=note)
    scene.act("release_both", "boc", "jia", note=note)
    assert scene.live() == [(1, 10_000, "jia", "HELD")]


# --- a hold --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [financed, lambda scene: scene.accept(100)])
def test_under_a_hold_a_note_goes_to_the_named_buyer_for_the_price(scene: Scene, make: Any) -> None:
    note = make(scene)
    seller = scene.live()[0][2]
    scene.act("lock", seller, note=note, to="boc", at_least=50, until=UNTIL)
    for code, by, args in [
        ("STATE_INVALID", seller, {"to": "boc"}),  # It says no price.
        ("NOT_OWNER", "yi", {"to": "yi", "paid": 60}),
        ("DOC_MISMATCH", "boc", {"to": "boc", "paid": "49.99"}),
        ("MONEY_INVALID", "boc", {"to": "boc", "paid": {"ccy": "USD", "minor": 9_000}}),
    ]:
        scene.refuse(code, "resell", by, note=note, **args)
    scene.act("resell", "bing", note=note, to="boc", paid=50)  # Whoever brings the evidence: the holder has signed the hold.
    assert scene.live()[0][2:] == ("boc", "FINANCED")
    scene.refuse("STATE_INVALID", "unlock", "boc", note=note)


def test_a_held_note_is_not_moved_otherwise(scene: Scene) -> None:
    note = scene.accept(100)
    scene.refuse("NOT_OWNER", "lock", "yi", note=note, to="boc", at_least=50, until=UNTIL)
    scene.refuse("DATE_INVALID", "lock", "jia", note=note, to="boc", at_least=50, until="2026-08-07")
    scene.act("lock", "jia", note=note, to="boc", at_least=50, until=UNTIL)
    for act, args in [
        ("lock", {"to": "yi", "at_least": 1, "until": UNTIL}),
        ("cut", {"amount": 1}),
        ("transfer", {"amount": 1, "to": "yi", "basis": []}),
        ("apply_finance", {"amount": 1, "financier": "factor"}),
        ("pledge", {"pledgee": "boc"}),
    ]:
        scene.refuse("STATE_INVALID", act, "jia", note=note, **args)
    scene.refuse("NOT_OWNER", "unlock", "jia", note=note)
    scene.act("unlock", "boc", note=note)
    scene.act("cut", "jia", note=note, amount=1)


def test_a_hold_that_is_over_binds_no_more(scene: Scene) -> None:
    note = scene.accept(100)
    scene.act("lock", "jia", note=note, to="boc", at_least=50, until=UNTIL)
    scene.tick_to(date(2026, 3, 14))
    scene.refuse("STATE_INVALID", "resell", "boc", note=note, to="boc", paid=50)
    scene.act("cut", "jia", note=note, amount=1)
    other = f"{NO}:101"
    scene.act("lock", "jia", note=other, to="boc", at_least=50, until="2026-03-20")
    scene.tick_to(date(2026, 3, 21))
    scene.act("unlock", "yi", note=other)
    scene.refuse("STATE_INVALID", "unlock", "yi", note=other)


# --- a freeze ------------------------------------------------------------------------------------------------------
def test_a_frozen_note_does_nothing_and_thaws_as_it_was(scene: Scene) -> None:
    held = scene.accept(100)
    scene.act("cut_at", "jia", note=held, cuts=[1_000, 2_000, 3_000, 4_000])
    moving, asked, pledged, locked = (f"{NO}:{lo}" for lo in (1_001, 2_001, 3_001, 4_001))
    scene.transfer(moving, "jia", "yi", 10)
    scene.act("apply_finance", "jia", note=asked, amount=10, financier="factor")
    scene.act("pledge_both", "jia", "boc", note=pledged, pledgee="boc")
    scene.act("lock", "jia", note=locked, to="boc", at_least=1, until=UNTIL)
    before = scene.live()
    every = (held, moving, asked, pledged, locked)
    for note in every:
        scene.freeze(note)
    for act, by, note, args in [
        ("transfer", "jia", held, {"amount": 1, "to": "yi", "basis": []}),
        ("cut", "jia", held, {"amount": 1}),
        ("sign_in", "yi", moving, {}),
        ("decline", "yi", moving, {}),
        ("recall", "jia", moving, {}),
        ("fund", "factor", asked, {}),
        ("end_finance", "factor", asked, {}),
        ("resell", "boc", locked, {"to": "boc", "paid": 1}),
    ]:
        details = scene.refuse("FROZEN", act, by, note=note, **args)
        assert details["case_no"] == "2026-001"
    scene.refuse("FROZEN", "release_both", "boc", "jia", note=pledged)
    for note in every:
        scene.unfreeze(note)
    assert scene.live() == before


def test_only_the_regulator_freezes_under_a_case_number(scene: Scene) -> None:
    note, cast = scene.accept(100), scene.cast
    freeze = "vouchers.freeze"
    scene.stage.refuse("ROLE_FORBIDDEN", freeze, cast.boc.maker, cast.boc.checker, note=note, case_no="2026-001")
    scene.stage.refuse("SCHEMA_INVALID", freeze, cast.regulator.maker, cast.regulator.checker, note=note, case_no="")
    scene.freeze(note)
    scene.stage.refuse("FROZEN", freeze, cast.regulator.maker, cast.regulator.checker, note=note, case_no="2026-002")
    thaw = (cast.regulator.maker, cast.regulator.checker)
    scene.stage.refuse("FROZEN", "vouchers.unfreeze", *thaw, note=note, case_no="2026-002")
    scene.stage.refuse("ROLE_FORBIDDEN", "vouchers.unfreeze", cast.boc.maker, cast.boc.checker, note=note, case_no="2026-001")
    scene.unfreeze(note)
    scene.stage.refuse("STATE_INVALID", "vouchers.unfreeze", *thaw, note=note, case_no="2026-001")


def test_an_offer_frozen_over_maturity_ends_when_it_thaws(scene: Scene) -> None:
    note = scene.transfer(scene.accept(100, maturity="2026-03-13"), "jia", "yi", 40)
    scene.freeze(note)
    scene.tick_to(date(2026, 3, 20))
    scene.act("due", "jia", package=NO)
    scene.refuse("FROZEN", "redeem", "boc", note=note)
    scene.refuse("FROZEN", "overdue", "boc", note=note)
    scene.unfreeze(note)
    assert scene.live()[0] == (1, 4_000, "jia", "HELD")
    scene.act("redeem", "boc", note=note)


def test_a_dead_note_is_not_frozen(scene: Scene) -> None:
    note = scene.pass_on(scene.accept(100), "jia", "foton", 40)
    regulator = scene.cast.regulator
    scene.stage.refuse("STATE_INVALID", "vouchers.freeze", regulator.maker, regulator.checker, note=note, case_no="2026-001")


def test_events_name_only_parties_of_the_act(scene: Scene) -> None:
    scene.pass_on(scene.accept(100), "jia", "yi", 40)
    event = next(event for event in scene.stage.receipts[-1].events if event.name == "NotePassed")
    assert scene.org("foton") not in bytes(event.data).decode()
