"""Before the promise: a draft. Before maturity: an early repayment. After it: late interest, and a payment the bank sends back."""

from datetime import date
from typing import Any

import pytest

from .scene import MATURITY, NO, Scene, m


@pytest.fixture
def scene() -> Scene:
    return Scene()


# --- drafts ----------------------------------------------------------------------------------------------------------
def draft(**changes: Any) -> dict[str, Any]:
    return {"package": NO, "issuer": "foton", "first_payee": "jia", "face": 100, "maturity": MATURITY, **changes}


def test_a_draft_is_changed_freely_and_becomes_the_promise_when_it_is_issued(scene: Scene) -> None:
    assert scene.act("draft", "foton", **draft())["stage"] == "DRAFT"
    assert scene.act("draft", "foton", **draft(face=200))["face"]["minor"] == 20_000
    issued = scene.act("issue", "foton", **scene.request(300))
    assert (issued["stage"], issued["face"]["minor"]) == ("SUBMITTED", 30_000)
    scene.refuse("ALREADY_EXISTS", "draft", "foton", **draft())


def test_a_draft_is_its_issuers_own_affair(scene: Scene) -> None:
    scene.act("draft", "foton", **draft(confirm_bank="boc", confirm_fee_rate="0.5"))
    assert scene.stage.ask("vouchers.show_package", scene.desk("foton"), package=NO)["stage"] == "DRAFT"
    assert scene.stage.ask("vouchers.issued", scene.desk("foton"))[0]["package"] == NO
    for stranger in ("jia", "boc"):
        with pytest.raises(ValueError, match="NOT_FOUND"):
            scene.stage.ask("vouchers.show_package", scene.desk(stranger), package=NO)
        assert scene.stage.ask("vouchers.waiting", scene.desk(stranger)) == []


def test_a_dropped_draft_leaves_its_number_free(scene: Scene) -> None:
    scene.act("draft", "foton", **draft())
    scene.refuse("NOT_OWNER", "drop_draft", "jia", package=NO)
    scene.act("drop_draft", "foton", package=NO)
    scene.act("issue", "foton", **scene.request(100))
    scene.refuse("STATE_INVALID", "drop_draft", "foton", package=NO)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("SCHEMA_INVALID", {"package": "F 1"}),
        ("NOT_OWNER", {"issuer": "jia", "first_payee": "foton"}),
        ("SCHEMA_INVALID", {"first_payee": "foton"}),
        ("SCHEMA_INVALID", {"confirm_bank": "boc"}),
        ("MONEY_INVALID", {"face": m(0)}),
        ("RATE_INVALID", {"confirm_bank": "boc", "confirm_fee_rate": "36.1"}),
    ],
)
def test_what_is_no_draft(scene: Scene, code: str, changes: dict[str, Any]) -> None:
    scene.refuse(code, "draft", "foton", **draft(**changes))


def test_nothing_is_done_with_a_draft_and_another_does_not_take_its_number(scene: Scene) -> None:
    scene.act("draft", "foton", **draft())
    for act, party in (("approve", "foton"), ("offer", "foton"), ("accept", "jia"), ("reject", "jia"), ("withdraw", "foton")):
        scene.refuse("STATE_INVALID", act, party, package=NO)
    scene.refuse("ALREADY_EXISTS", "draft", "yi", **draft(issuer="yi"))


# --- early repayment -------------------------------------------------------------------------------------------------
def test_the_issuer_repays_a_note_early_when_its_holder_agrees(scene: Scene) -> None:
    note = scene.accept(100)
    part = scene.pass_on(note, "jia", "yi", 40)
    scene.act("repay_both", "yi", "foton", note=part)
    package = scene.package()
    assert (package["paid"]["minor"], package["early"]["minor"], package["stage"]) == (4_000, 4_000, "CIRCULATING")
    assert scene.live() == [(4_001, 10_000, "jia", "HELD")]
    scene.refuse("STATE_INVALID", "repay_both", "yi", "foton", note=part)
    scene.refuse("STATE_INVALID", "settle_package", "foton", package=NO)
    scene.act("repay_both", "jia", "foton", note=f"{NO}:4001")
    assert scene.act("settle_package", "foton", package=NO)["stage"] == "SETTLED"


def test_what_is_left_falls_due_and_is_paid_as_ever(scene: Scene) -> None:
    scene.act("cut", "jia", note=scene.accept(100, maturity="2026-03-12"), amount=40)
    scene.act("repay_both", "jia", "foton", note=f"{NO}:1")
    scene.tick_to(date(2026, 3, 12))
    assert [n["lo"] for n in scene.act("due", "foton", package=NO)] == [4_001]
    scene.act("redeem", "boc", note=f"{NO}:4001")
    assert scene.act("settle_package", "boc", package=NO)["paid"]["minor"] == 10_000


def test_a_discounted_repayment_is_by_a_hold_the_holder_has_signed(scene: Scene) -> None:
    note = scene.accept(100)
    scene.act("lock", "jia", note=note, to="foton", at_least=99, until="2026-03-20")
    scene.refuse("STATE_INVALID", "repay_early", "foton", note=note)
    scene.refuse("DOC_MISMATCH", "repay_early", "foton", note=note, paid="98.99")
    scene.act("repay_early", "boc", note=note, paid=99)  # Whoever brings the bank's evidence.
    assert scene.package()["paid"]["minor"] == 10_000


def test_nobody_takes_his_money_early_against_his_will_nor_repays_for_another(scene: Scene) -> None:
    note = scene.accept(100)
    scene.refuse("NOT_OWNER", "repay_early", "foton", note=note)
    scene.refuse("SIGNATURE_INVALID", "repay_early", "jia", note=note)
    scene.refuse("SIGNATURE_INVALID", "repay_both", "jia", "yi", note=note)


@pytest.mark.parametrize("stage", ["FROZEN", "PLEDGED", "IN_TRANSFER"])
def test_a_note_with_a_third_party_on_it_is_not_repaid_early(scene: Scene, stage: str) -> None:
    note = scene.accept(100)
    if stage == "FROZEN":
        scene.freeze(note)
    elif stage == "PLEDGED":
        scene.act("pledge_both", "jia", "boc", note=note, pledgee="boc")
    else:
        scene.transfer(note, "jia", "yi", 100)
    scene.refuse("FROZEN" if stage == "FROZEN" else "STATE_INVALID", "repay_both", "jia", "foton", note=note)


def test_from_the_day_of_maturity_nothing_is_early(scene: Scene) -> None:
    note = scene.accept(100, maturity="2026-03-14")  # A Saturday: due on Monday 16 March.
    scene.tick_to(date(2026, 3, 14))
    scene.refuse("DATE_INVALID", "repay_both", "jia", "foton", note=note)
    scene.tick_to(date(2026, 3, 16))
    scene.act("due", "foton", package=NO)
    scene.refuse("STATE_INVALID", "repay_both", "jia", "foton", note=note)


# --- a payment that comes back ---------------------------------------------------------------------------------------
def test_a_returned_payment_makes_the_claim_stand_again(scene: Scene) -> None:
    note = scene.accept(100, maturity="2026-03-12")
    scene.tick_to(date(2026, 3, 12))
    scene.refuse("STATE_INVALID", "reinstate", "boc", note=note)
    scene.act("due", "foton", package=NO)
    scene.act("redeem", "boc", note=note)
    scene.act("settle_package", "boc", package=NO)
    scene.act("reinstate", "boc", note=note)
    assert (scene.package()["stage"], scene.package()["paid"]["minor"]) == ("OVERDUE", 0)
    assert scene.live() == [(1, 10_000, "jia", "OVERDUE")]
    scene.act("redeem", "boc", note=note)
    assert scene.act("settle_package", "boc", package=NO)["stage"] == "SETTLED"


def test_an_early_repayment_that_comes_back_leaves_the_note_in_circulation(scene: Scene) -> None:
    note = scene.accept(100)
    scene.act("repay_both", "jia", "foton", note=note)
    scene.act("settle_package", "foton", package=NO)
    scene.act("reinstate", "boc", note=note, early=True)
    package = scene.package()
    assert (package["stage"], package["paid"]["minor"], package["early"]["minor"]) == ("CIRCULATING", 0, 0)
    scene.pass_on(note, "jia", "yi", 100)


# --- late interest ---------------------------------------------------------------------------------------------------
def test_late_interest_runs_at_1_3_times_the_loan_prime_rate(scene: Scene) -> None:
    """800,000.00 × 3 % × 1.3 × 10/360 = 866.666…, by hand."""
    late = {"unpaid": m(800_000), "due": "2026-08-07", "paid_on": "2026-08-17"}
    assert scene.act("late_interest", "jia", **late)["minor"] == 86_667
    assert scene.act("late_interest", "jia", **late | {"paid_on": "2026-08-07"})["minor"] == 0
    scene.refuse("DATE_INVALID", "late_interest", "jia", **late | {"paid_on": "2026-08-06"})
