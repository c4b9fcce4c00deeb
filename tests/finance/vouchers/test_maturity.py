"""A package falls due: who is paid, what a shortfall does, and what the confirming bank takes over."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.finance.vouchers import pro_rata
from heqi.finance.vouchers.rules import cut_points, ground
from heqi.types.money import Money, cny
from heqi.types.refusals import SchemaInvalid

from .scene import MATURITY, NO, Scene


@pytest.fixture
def scene() -> Scene:
    return Scene(check_invariants=False)


def matured(scene: Scene) -> None:
    """S03.12: jia holds 1,600,000, yi 300,000, a bank 500,000 financed and resold; the package is due."""
    note = scene.pass_on(scene.accept(confirm_bank="boc", confirm_fee_rate="0.5"), "jia", "yi", 800_000)
    scene.act("apply_finance", "yi", note=note, amount=500_000, financier="factor")
    scene.act("fund", "factor", note=note)
    scene.act("resell_both", "factor", "everbright", note=note, to="everbright")
    scene.tick_to(MATURITY)


def test_at_maturity_every_holder_is_to_be_paid_once_and_all_is_the_face(scene: Scene) -> None:
    matured(scene)
    assert scene.act("due_packages", "foton") == [NO]
    due = scene.act("due", "foton", package=NO)
    owed = {n["holder"]: n["hi"] - n["lo"] + 1 for n in due}
    assert owed == {scene.org("everbright"): 50_000_000, scene.org("yi"): 30_000_000, scene.org("jia"): 160_000_000}
    assert (scene.act("due_packages", "foton"), scene.act("due", "foton", package=NO)) == ([], [])
    payees = scene.stage.ask("vouchers.payees", scene.desk("foton"), package=NO)
    assert {payee["holder"]: payee["amount"]["minor"] for payee in payees} == owed
    for note in due:
        scene.act("redeem", "boc", note=f"{NO}:{note['lo']}")
    assert scene.act("settle_package", "boc", package=NO)["stage"] == "SETTLED"
    scene.stage.ledger.machine.check_invariants()


def test_a_shortfall_is_paid_by_the_confirming_bank_which_then_holds_the_claim(scene: Scene) -> None:
    matured(scene)
    due = scene.act("due", "foton", package=NO)
    faces = [Money(n["ccy"], n["hi"] - n["lo"] + 1) for n in due]
    shares = pro_rata(faces, cny(2_300_000))  # The issuer is short by 100,000.00.
    for note, share in zip(due, shares, strict=True):
        scene.act("redeem", "boc", note=f"{NO}:{note['lo']}", amount={"ccy": share.ccy, "minor": share.minor})
    rest = [f"{NO}:{lo}" for lo, *_ in scene.live()]
    assert len(rest) == 3
    scene.refuse("STATE_INVALID", "subrogate", "boc", note=rest[0], to="boc")
    for note in rest:
        scene.act("overdue", "boc", note=note)
    assert scene.package()["stage"] == "OVERDUE"
    scene.refuse("ROLE_FORBIDDEN", "subrogate", "everbright", note=rest[0], to="everbright")
    scene.refuse("SIGNATURE_INVALID", "subrogate", "jia", note=rest[0], to="boc")
    for note in rest:
        scene.act("subrogate", "boc", note=note, to="boc")
    assert sum(hi - lo + 1 for lo, hi, holder, _ in scene.live() if holder == "boc") == 10_000_000
    scene.refuse("STATE_INVALID", "settle_package", "boc", package=NO)
    scene.refuse("STATE_INVALID", "subrogate", "boc", note=rest[0], to="boc")
    for note in rest:
        scene.act("redeem", "boc", note=note)
    assert scene.act("settle_package", "boc", package=NO)["paid"]["minor"] == 240_000_000
    scene.stage.ledger.machine.check_invariants()


def test_a_bank_that_holds_the_claim_does_not_take_it_over_again(scene: Scene) -> None:
    note = scene.accept(100, maturity="2026-03-11", confirm_bank="boc", confirm_fee_rate="0.5")
    scene.tick_to(date(2026, 3, 11))
    scene.act("due", "foton", package=NO)
    scene.act("overdue", "boc", note=note)
    scene.act("subrogate", "boc", note=note, to="boc")
    scene.act("overdue", "boc", note=note)
    scene.refuse("SCHEMA_INVALID", "subrogate", "boc", note=note, to="boc")


def test_nothing_is_paid_before_it_is_due_and_nothing_more_than_the_note(scene: Scene) -> None:
    note = scene.accept(100, maturity="2026-03-14")  # A Saturday: due on Monday 16 March.
    for act in ("redeem", "overdue"):
        scene.refuse("STATE_INVALID", act, "boc", note=note)
    scene.refuse("STATE_INVALID", "settle_package", "boc", package=NO)
    for day in (date(2026, 3, 13), date(2026, 3, 15)):
        scene.tick_to(day)
        scene.refuse("DATE_INVALID", "due", "foton", package=NO)
    scene.refuse("DATE_INVALID", "apply_finance", "jia", note=note, amount=1, financier="factor")
    scene.tick_to(date(2026, 3, 16))
    scene.act("due", "foton", package=NO)
    for code, amount in [("AMOUNT_EXCEEDS_BALANCE", "100.01"), ("SCHEMA_INVALID", 0), ("SCHEMA_INVALID", {"ccy": "USD", "minor": 1})]:
        scene.refuse(code, "redeem", "boc", note=note, amount=amount)
    for act, args in [
        ("transfer", {"amount": 1, "to": "yi", "basis": []}),
        ("cut", {"amount": 1}),
        ("pledge", {"pledgee": "boc"}),
        ("lock", {"to": "boc", "at_least": 1, "until": "2026-03-20"}),
    ]:
        scene.refuse("STATE_INVALID", act, "jia", note=note, **args)
    scene.act("redeem", "boc", note=note)
    scene.refuse("STATE_INVALID", "redeem", "boc", note=note)


def test_a_large_package_falls_due_page_by_page_each_note_once(scene: Scene) -> None:
    note = scene.accept(100, maturity="2026-03-12")
    scene.act("cut_at", "jia", note=note, cuts=list(range(1_000, 10_000, 1_000)))
    scene.transfer(f"{NO}:3001", "jia", "yi", 10)
    scene.act("apply_finance", "jia", note=f"{NO}:4001", amount=10, financier="factor")
    scene.tick_to(date(2026, 3, 12))
    handed: list[int] = []
    while scene.act("due_packages", "foton"):
        page = scene.act("due", "foton", package=NO, limit=3)
        assert len(page) <= 3 and all(n["stage"] == "HELD" for n in page)
        handed += [n["lo"] for n in page]
        if len(handed) == 3:
            scene.refuse("STATE_INVALID", "redeem", "boc", note=f"{NO}:4001")  # Still applied for: not handed out yet.
            scene.act("overdue", "boc", note=f"{NO}:1")  # An overdue package goes on handing out.
    assert handed == list(range(1, 10_000, 1_000))
    scene.stage.ledger.machine.check_invariants()


def test_a_pledged_note_is_paid_and_the_pledge_ends_with_it(scene: Scene) -> None:
    note = scene.accept(100, maturity="2026-03-12")
    scene.act("pledge_both", "jia", "boc", note=note, pledgee="boc")
    scene.tick_to(date(2026, 3, 12))
    scene.act("due", "foton", package=NO)
    assert scene.act("redeem", "boc", note=note)["counterparty"] is None


def test_a_package_all_of_which_came_back_is_settled_without_payment(scene: Scene) -> None:
    scene.pass_on(scene.accept(100, maturity="2026-03-13"), "jia", "foton", 100)
    scene.tick_to(date(2026, 3, 13))
    assert scene.act("due", "foton", package=NO) == []
    assert scene.act("due_packages", "foton") == []
    assert scene.act("settle_package", "foton", package=NO)["stage"] == "SETTLED"


# --- arithmetic ----------------------------------------------------------------------------------------------------
def test_a_payment_one_fen_short_is_shared_as_the_golden_test_says() -> None:
    faces = [cny(150_000), cny(250_000), cny(600_000)]
    assert pro_rata(faces, cny("999,999.99")) == [cny("150,000.00"), cny("250,000.00"), cny("599,999.99")]


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=30), st.data())
def test_shares_of_a_payment_sum_to_it_and_exceed_no_face(faces: list[int], data: Any) -> None:
    paid = data.draw(st.integers(0, sum(faces)))
    shares = pro_rata([Money("CNY", face) for face in faces], Money("CNY", paid))
    assert sum(share.minor for share in shares) == paid
    assert all(share.minor <= face for share, face in zip(shares, faces, strict=True))


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.lists(st.integers(-5, 2 * 10**6), max_size=8))
def test_a_cut_covers_the_same_units_or_is_refused(lo: int, more: int, cuts: list[int]) -> None:
    hi = lo + more
    good = all(lo <= cut < hi for cut in cuts) and cuts == sorted({*cuts})
    if good:
        parts = cut_points(lo, hi, cuts)
        assert len(parts) == len(cuts) + 1 and ground(parts) == [(lo, hi)]
    else:
        with pytest.raises(SchemaInvalid):
            cut_points(lo, hi, cuts)


@pytest.mark.parametrize("intervals", [[(1, 5), (5, 6)], [(1, 9), (2, 3)], [(4, 3)]])
def test_a_unit_in_two_places_is_noticed(intervals: list[tuple[int, int]]) -> None:
    with pytest.raises(AssertionError):
        ground(intervals)


# --- whatever happens ----------------------------------------------------------------------------------------------
PARTIES = ["jia", "yi", "bing", "foton", "factor"]
LIKELY = {
    "HELD": ["transfer", "cut", "apply_finance", "pledge", "lock", "resell", "unlock", "freeze", "tick", "repay_early"],
    "IN_TRANSFER": ["sign_in", "decline", "recall", "freeze", "tick"],
    "IN_FINANCING": ["fund", "end_finance", "freeze", "tick"],
    "FINANCED": ["resell", "lock", "unlock", "freeze", "repay_early"],
    "PLEDGED": ["release", "freeze"],
    "FROZEN": ["unfreeze"],
    "OVERDUE": ["subrogate", "redeem", "freeze"],
}
"""What may succeed in a stage; any other act is tried too, now and then."""
LATE = ["redeem", "overdue", "subrogate"]
ACTS = sorted({act for acts in LIKELY.values() for act in acts} | {*LATE})
TRIES = st.tuples(st.integers(0, 30), st.integers(0, 99), st.integers(0, 4), st.sampled_from(PARTIES), st.integers(0, 1_200))


@settings(max_examples=8, deadline=None)
@given(st.lists(TRIES, min_size=15, max_size=30))
def test_whatever_is_done_with_notes_the_truths_hold(tries: list[tuple[int, int, int, str, int]]) -> None:
    scene = Scene(check_invariants=False)
    machine = scene.stage.ledger.machine
    scene.accept(50, maturity="2026-03-24", confirm_bank="boc", confirm_fee_rate="0.5")
    codes = set()
    for which, pick, wild, other, fen in tries:
        rows = scene.live()
        if not rows:
            break
        row = rows[which % len(rows)]
        likely = ACTS if wild == 0 else LIKELY[row[3]] + (LATE if scene.package()["stage"] in ("DUE", "OVERDUE") else [])
        codes.add(_attempt(scene, likely[pick % len(likely)], row, other, {"ccy": "CNY", "minor": fen}))
        machine.check_invariants()
    day = scene.stage.today(scene.cast.platform.operator)
    scene.tick_to(max(day, date(2026, 3, 24)))
    while scene.act("due_packages", "foton"):
        scene.act("due", "foton", package=NO, limit=2)
    for lo, _, _, stage in scene.live():
        if stage == "FROZEN":
            scene.unfreeze(f"{NO}:{lo}")
        scene.act("redeem", "boc", note=f"{NO}:{lo}")
    assert scene.act("settle_package", "boc", package=NO)["stage"] == "SETTLED"
    machine.check_invariants()
    assert not codes & {"CONTRACT_FAULT", "LAW_BROKEN", "NOT_FOUND", "DUP_USE", "DOC_NOT_VERIFIED"}


def _attempt(scene: Scene, act: str, row: tuple[int, int, str, str], other: str, amount: dict[str, Any]) -> str:
    """Try it as whoever could, with a basis that fits; whatever the ledger answers."""
    lo, hi, holder, _ = row
    note, minor = f"{NO}:{lo}", amount["minor"]
    seen = scene.stage.ask("vouchers.show_note", scene.desk("regulator"), note=note)
    keys = {party.org: key for key, party in vars(scene.cast).items()}
    counterparty = keys.get(seen["counterparty"], other)
    match act:
        case "transfer":
            yuan = f"{max(minor, 1) // 100}.{max(minor, 1) % 100:02}"
            return scene.send("transfer", holder, note=note, amount=amount, to=other, basis=scene.invoice(holder, other, yuan))
        case "sign_in" | "decline" | "fund":
            return scene.send(act, counterparty, note=note)
        case "recall" | "end_finance":
            return scene.send(act, holder, note=note)
        case "cut":
            return scene.send("cut", holder, note=note, amount=amount)
        case "apply_finance":
            return scene.send("apply_finance", holder, note=note, amount=amount, financier="factor")
        case "pledge" if other != holder:
            return scene.send("pledge_both", holder, other, note=note, pledgee=other)
        case "release" if counterparty != holder:
            return scene.send("release_both", counterparty, holder, note=note)
        case "resell":
            if seen["stage"] == "FINANCED" and seen["hold"] is None and other != holder:
                return scene.send("resell_both", holder, other, note=note, to=other)
            return scene.send("resell", other, note=note, to=other, paid=amount)
        case "repay_early" if holder != "foton":
            return scene.send("repay_both", holder, "foton", note=note)
        case "lock":
            return scene.send("lock", holder, note=note, to=other, at_least=5, until="2026-03-12")
        case "unlock" | "overdue":
            return scene.send(act, other, note=note)
        case "subrogate":
            return scene.send(act, "boc", note=note, to="boc")
        case "redeem":
            return scene.send(act, "boc", note=note, amount=amount)
        case "freeze" | "unfreeze":
            regulator = scene.cast.regulator
            return scene.stage.send(f"vouchers.{act}", regulator.maker, regulator.checker, note=note, case_no="2026-001").code
        case "tick":
            scene.tick_to(scene.stage.today(scene.cast.platform.operator) + timedelta(days=1 + hi % 3))
            if scene.act("due_packages", "foton"):
                scene.act("due", "foton", package=NO, limit=2)
    return "OK"
