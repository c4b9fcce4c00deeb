"""A package comes into circulation, its notes are cut and passed on: golden figures, refusals in their order."""

from datetime import date
from typing import Any

import pytest

from heqi.types.money import cny

from .scene import MATURITY, NO, Scene, m


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_million_cut_at_400_000_makes_the_two_intervals_of_the_golden_test(scene: Scene) -> None:
    note = scene.accept(1_000_000)
    scene.act("cut", "jia", note=note, amount=400_000)
    assert scene.live() == [(1, 40_000_000, "jia", "HELD"), (40_000_001, 100_000_000, "jia", "HELD")]


def test_a_supplier_passes_part_on_and_keeps_the_rest(scene: Scene) -> None:
    note = scene.accept()
    part = scene.transfer(note, "jia", "yi", 800_000)
    assert scene.live() == [(1, 80_000_000, "jia", "IN_TRANSFER"), (80_000_001, 240_000_000, "jia", "HELD")]
    assert scene.act("sign_in", "yi", note=part)["hops"] == 1
    assert scene.live() == [(1, 80_000_000, "yi", "HELD"), (80_000_001, 240_000_000, "jia", "HELD")]


def test_a_whole_note_is_passed_on_without_a_rest(scene: Scene) -> None:
    note = scene.accept(100)
    scene.pass_on(note, "jia", "yi", 100)
    assert scene.live() == [(1, 10_000, "yi", "HELD")]


def test_a_confirmed_package_goes_through_its_bank(scene: Scene) -> None:
    request = scene.request(confirm_bank="boc", confirm_fee_rate="0.5")
    scene.act("issue", "foton", **request)
    scene.refuse("STATE_INVALID", "confirm", "boc", package=NO)
    scene.act("approve", "foton", package=NO)
    scene.refuse("STATE_INVALID", "offer", "foton", package=NO)
    scene.refuse("SIGNATURE_INVALID", "confirm", "everbright", package=NO)
    assert [p["package"] for p in scene.stage.ask("vouchers.waiting", scene.desk("boc"))] == [NO]
    scene.act("confirm", "boc", package=NO)
    scene.act("offer", "boc", package=NO)
    assert scene.act("accept", "jia", package=NO)["stage"] == "HELD"


def test_a_package_without_a_confirming_bank_is_not_confirmed(scene: Scene) -> None:
    scene.act("issue", "foton", **scene.request())
    scene.act("approve", "foton", package=NO)
    scene.refuse("STATE_INVALID", "confirm", "boc", package=NO)


ISSUES_REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("SCHEMA_INVALID", {"package": "F 1"}),
    ("NOT_OWNER", {"issuer": "jia", "first_payee": "jia"}),
    ("SCHEMA_INVALID", {"first_payee": "foton", "face": m(0)}),
    ("SCHEMA_INVALID", {"confirm_bank": "boc", "face": m(0)}),
    ("MONEY_INVALID", {"face": m(0), "issue_date": "2026-03-11"}),
    ("DATE_INVALID", {"issue_date": "2026-03-11"}),
    ("DATE_INVALID", {"maturity": "2026-03-10"}),
    ("TENOR_EXCEEDED", {"maturity": "2026-09-11", "first_payee": "91990000MA0001843A"}),
    ("TENOR_EXCEEDED", {"maturity": "2027-03-11", "tenor_reason": "整车长账期项目"}),
    ("ROLE_FORBIDDEN", {"first_payee": "91990000MA0001843A", "basis": []}),
    ("ROLE_FORBIDDEN", {"confirm_bank": "factor", "confirm_fee_rate": "0.5", "basis": []}),
    ("DOC_NOT_VERIFIED", {"basis": []}),
    ("DOC_NOT_VERIFIED", {"face": "2400000.01"}),
    ("DOC_MISMATCH", {"first_payee": "yi"}),
    ("ALREADY_EXISTS", {"package": "TAKEN"}),
]


def test_what_cannot_be_issued_is_refused_in_the_documented_order(scene: Scene) -> None:
    scene.act("issue", "foton", **scene.request(package="TAKEN"))
    request = scene.request()
    for code, changes in ISSUES_REFUSED:
        scene.refuse(code, "issue", "foton", **request | changes)


def test_beyond_six_months_a_reason_is_needed(scene: Scene) -> None:
    request = scene.request(maturity="2026-09-10")
    assert scene.act("issue", "foton", **request)["due"] == "2026-09-10"
    longer = scene.request(maturity="2027-03-10", package="FJT-2")
    assert "2026-09-10" in scene.refuse("TENOR_EXCEEDED", "issue", "foton", **longer)["latest"]
    scene.act("issue", "foton", **longer, tenor_reason="整车长账期项目")


def test_a_maturity_on_a_holiday_is_due_the_next_business_day(scene: Scene) -> None:
    assert scene.act("issue", "foton", **scene.request(maturity="2026-08-08"))["due"] == "2026-08-10"


def test_a_document_backs_a_package_once(scene: Scene) -> None:
    basis = scene.invoice("foton", "jia", 100)
    scene.act("issue", "foton", **scene.request(60, basis=[{**basis[0], "amount": m(60)}]))
    again = scene.request(60, package="FJT-2", basis=[{**basis[0], "amount": m(60)}])
    assert scene.refuse("DUP_USE", "issue", "foton", **again)["available"] == "40.00 CNY"


@pytest.mark.parametrize(
    ("act", "by", "stages"),
    [("reject", "jia", ["offer"]), ("withdraw", "foton", ["issue", "approve", "offer"])],
)
def test_a_package_not_accepted_frees_its_documents(scene: Scene, act: str, by: str, stages: list[str]) -> None:
    for number, stage in enumerate(stages):
        package, basis = f"FJT-{number}", scene.invoice("foton", "jia", 100)
        scene.act("issue", "foton", **scene.request(100, package=package, basis=basis))
        for step in ("approve", "offer")[: ["issue", "approve", "offer"].index(stage)]:
            scene.act(step, "foton", package=package)
        assert scene.left(basis) == cny(0)
        scene.act(act, by, package=package)
        assert scene.left(basis) == cny(100)


PACKAGE_ACTS_REFUSED = [
    ("NOT_FOUND", "approve", "foton", {"package": "NONE"}),
    ("STATE_INVALID", "offer", "foton", {}),
    ("STATE_INVALID", "accept", "jia", {}),
    ("STATE_INVALID", "reject", "jia", {}),
    ("NOT_OWNER", "approve", "jia", {}),
    ("NOT_OWNER", "withdraw", "jia", {}),
]


def test_only_the_issuer_brings_its_package_forward(scene: Scene) -> None:
    scene.act("issue", "foton", **scene.request())
    for code, act, by, changes in PACKAGE_ACTS_REFUSED:
        scene.refuse(code, act, by, **{"package": NO} | changes)
    scene.act("approve", "foton", package=NO)
    scene.refuse("NOT_OWNER", "offer", "jia", package=NO)
    scene.act("offer", "foton", package=NO)
    scene.refuse("SIGNATURE_INVALID", "accept", "foton", package=NO)  # No forced acceptance (S03.11).
    scene.refuse("SIGNATURE_INVALID", "reject", "foton", package=NO)
    scene.act("accept", "jia", package=NO)
    scene.refuse("STATE_INVALID", "withdraw", "foton", package=NO)


def test_an_offer_not_accepted_in_ten_days_expires_and_frees_its_documents(scene: Scene) -> None:
    basis = scene.invoice("foton", "jia", 100)
    scene.offer(100, basis=basis)
    scene.tick_to(date(2026, 3, 20))
    assert scene.package()["stage"] == "OFFERED"
    scene.tick_to(date(2026, 3, 21))
    assert scene.package()["stage"] == "EXPIRED"
    assert scene.left(basis) == cny(100)
    scene.refuse("STATE_INVALID", "accept", "jia", package=NO)


def test_an_acceptance_on_the_tenth_day_reserves_its_documents_anew(scene: Scene) -> None:
    basis = scene.invoice("foton", "jia", 100)
    scene.offer(100, basis=basis)
    scene.tick_to(date(2026, 3, 20))
    assert scene.left(basis) == cny(100)  # The reservation of three days is over.
    scene.act("accept", "jia", package=NO)
    assert scene.left(basis) == cny(0)


def test_an_acceptance_is_refused_when_its_documents_were_used_meanwhile(scene: Scene) -> None:
    basis = scene.invoice("foton", "jia", 100)
    scene.offer(100, basis=basis)
    scene.tick_to(date(2026, 3, 16))
    scene.act("use_elsewhere", "boc", document=basis[0]["document"], amount="0.01")
    scene.refuse("DUP_USE", "accept", "jia", package=NO)


def test_a_package_is_not_accepted_after_its_maturity(scene: Scene) -> None:
    scene.offer(100, maturity="2026-03-12")
    scene.tick_to(date(2026, 3, 12))
    scene.refuse("DATE_INVALID", "accept", "jia", package=NO)


TRANSFERS_REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("SCHEMA_INVALID", {"note": f"{NO}:0"}),
    ("NOT_FOUND", {"note": f"{NO}:2"}),
    ("STATE_INVALID", {"note": f"{NO}:1", "by": "yi"}),  # Offered already; not yi's, either.
    ("NOT_OWNER", {"by": "yi", "note": f"{NO}:20001"}),
    ("FROZEN", {"note": f"{NO}:20001", "amount": 1_000}),
    ("SCHEMA_INVALID", {"amount": 0}),
    ("SCHEMA_INVALID", {"amount": {"ccy": "USD", "minor": 1}}),
    ("AMOUNT_EXCEEDS_BALANCE", {"amount": "700.01", "to": "jia"}),
    ("SCHEMA_INVALID", {"to": "jia"}),
    ("ROLE_FORBIDDEN", {"to": "91990000MA0001843A", "basis": []}),
    ("DOC_NOT_VERIFIED", {"basis": []}),
    ("DOC_NOT_VERIFIED", {"amount": "100.01"}),
    ("DOC_NOT_VERIFIED", {"basis": [{"document": {"doc_type": "INVOICE", "number": "26990000000000000017"}, "amount": m(100)}]}),
    ("DOC_MISMATCH", {"to": "bing"}),
    ("DUP_USE", {"amount": "50"}),
]


def test_transfers_are_refused_in_the_documented_order(scene: Scene) -> None:
    note = scene.accept(1_000)
    scene.transfer(note, "jia", "yi", 200)  # :1 in transfer
    scene.act("cut", "jia", note=f"{NO}:20001", amount=100)
    scene.freeze(f"{NO}:20001")
    basis = scene.invoice("jia", "yi", 100)
    scene.act("use_elsewhere", "boc", document=basis[0]["document"], amount=51)
    for code, changes in TRANSFERS_REFUSED:
        args = {"by": "jia", "note": f"{NO}:30001", "amount": 100, "to": "yi", "basis": basis} | changes
        scene.refuse(code, "transfer", args.pop("by"), **args)


def test_documents_are_still_good_and_not_too_many_when_they_back_a_transfer(scene: Scene) -> None:
    note = scene.accept(1_000)
    basis = scene.invoice("jia", "yi", 100)
    scene.tax_says(basis[0]["document"]["number"], "FAIL", status="20")
    scene.refuse("DOC_VOID", "transfer", "jia", note=note, amount=100, to="yi", basis=basis)
    many = [{**line, "amount": m(1)} for line in scene.invoice("jia", "yi", 100) * 51]
    scene.refuse("SCHEMA_INVALID", "transfer", "jia", note=note, amount=50, to="yi", basis=many)


def test_a_note_is_not_transferred_from_the_day_before_maturity(scene: Scene) -> None:
    note, late = scene.accept(100, maturity="2026-03-12"), {}
    late = {"note": note, "amount": 1, "to": "yi", "basis": scene.invoice("jia", "yi", 1)}
    scene.tick_to(date(2026, 3, 11))
    scene.refuse("DATE_INVALID", "transfer", "jia", **late)


@pytest.mark.parametrize(
    ("package", "acts"),
    [
        ({"transferable": False}, [("transfer", {"amount": 100, "to": "yi", "basis": []})]),
        (
            {"splittable": False},
            [
                ("transfer", {"amount": 1, "to": "yi", "basis": []}),
                ("cut", {"amount": 1}),
                ("apply_finance", {"amount": 1, "financier": "factor"}),
            ],
        ),
    ],
)
def test_a_package_may_forbid_transfer_or_splitting(scene: Scene, package: dict[str, Any], acts: list[tuple[str, dict[str, Any]]]) -> None:
    note = scene.accept(100, **package)
    for act, args in acts:
        scene.refuse("RULE_BLOCKED", act, "jia", note=note, **args)


def test_a_note_changes_hands_twenty_times_at_most() -> None:
    scene = Scene(check_invariants=False)
    note = scene.accept(1)
    hands = ["jia", "yi"]
    for hop in range(20):
        scene.pass_on(note, hands[hop % 2], hands[1 - hop % 2], 1)
    scene.refuse("RULE_BLOCKED", "transfer", "jia", note=note, amount=1, to="yi", basis=scene.invoice("jia", "yi", 1))
    scene.stage.ledger.machine.check_invariants()


CUTS_REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("SCHEMA_INVALID", "cut", {"amount": m(0)}),
    ("SCHEMA_INVALID", "cut", {"amount": 100}),
    ("SCHEMA_INVALID", "cut", {"amount": "100.01"}),
    ("SCHEMA_INVALID", "cut", {"amount": {"ccy": "USD", "minor": 1}}),
    ("SCHEMA_INVALID", "cut_at", {"cuts": []}),
    ("SCHEMA_INVALID", "cut_at", {"cuts": list(range(1, 102))}),
    ("SCHEMA_INVALID", "cut_at", {"cuts": [5, 5]}),
    ("SCHEMA_INVALID", "cut_at", {"cuts": [7, 5]}),
    ("SCHEMA_INVALID", "cut_at", {"cuts": [0]}),
    ("SCHEMA_INVALID", "cut_at", {"cuts": [10_000]}),
]


def test_a_cut_that_leaves_a_part_without_units_is_refused(scene: Scene) -> None:
    note = scene.accept(100)
    for code, act, args in CUTS_REFUSED:
        scene.refuse(code, act, "jia", note=note, **args)
    scene.refuse("NOT_OWNER", "cut", "yi", note=note, amount=1)
    scene.act("cut_at", "jia", note=note, cuts=[1, 5000])
    assert [row[:2] for row in scene.live()] == [(1, 1), (2, 5000), (5001, 10_000)]


def test_what_was_offered_comes_back_when_declined_recalled_or_left_lying(scene: Scene) -> None:
    note = scene.accept(1_000)
    for act, by in (("decline", "yi"), ("recall", "jia"), (None, None)):
        basis = scene.invoice("jia", "yi", 100)
        scene.act("transfer", "jia", note=note, amount=100, to="yi", basis=basis)
        assert scene.left(basis) == cny(0)
        if act:
            scene.act(act, by, note=note)
        else:
            scene.tick_to(date(2026, 3, 16))
        assert scene.left(basis) == cny(100)
        assert scene.live() == [(1, 10_000, "jia", "HELD"), (10_001, 100_000, "jia", "HELD")]


def test_an_offer_is_signed_for_on_its_fifth_day_with_documents_reserved_anew(scene: Scene) -> None:
    note, basis = scene.accept(100), scene.invoice("jia", "yi", 40)
    scene.act("transfer", "jia", note=note, amount=40, to="yi", basis=basis)
    scene.tick_to(date(2026, 3, 15))
    assert scene.left(basis) == cny(40)
    scene.act("sign_in", "yi", note=note)
    assert scene.left(basis) == cny(0)


def test_only_the_right_party_answers_an_offer(scene: Scene) -> None:
    note = scene.transfer(scene.accept(100), "jia", "yi", 40)
    for code, act, by in [
        ("SIGNATURE_INVALID", "sign_in", "jia"),
        ("SIGNATURE_INVALID", "sign_in", "foton"),
        ("SIGNATURE_INVALID", "decline", "bing"),
        ("NOT_OWNER", "recall", "yi"),
        ("STATE_INVALID", "end_finance", "jia"),
        ("STATE_INVALID", "fund", "yi"),
    ]:
        scene.refuse(code, act, by, note=note)
    scene.act("sign_in", "yi", note=note)
    for act, by in (("recall", "jia"), ("sign_in", "yi"), ("decline", "yi")):
        scene.refuse("STATE_INVALID", act, by, note=note)  # A recall comes too late once it is signed for (S03.11).


def test_an_offer_is_not_signed_for_after_maturity(scene: Scene) -> None:
    note = scene.transfer(scene.accept(100, maturity="2026-03-13"), "jia", "yi", 40)
    scene.tick_to(date(2026, 3, 13))
    scene.refuse("DATE_INVALID", "sign_in", "yi", note=note)
    scene.act("due", "jia", package=NO)
    scene.refuse("STATE_INVALID", "sign_in", "yi", note=note)
    assert scene.live()[0] == (1, 4_000, "jia", "HELD")


def test_a_note_that_comes_back_to_its_issuer_is_extinct(scene: Scene) -> None:
    note = scene.pass_on(scene.accept(100), "jia", "foton", 40)
    assert scene.live() == [(4_001, 10_000, "jia", "HELD")]
    assert scene.package()["extinguished"] == m(40)
    scene.refuse("STATE_INVALID", "transfer", "foton", note=note, amount=1, to="yi", basis=[])


def test_the_platform_passes_nothing_on(scene: Scene) -> None:
    scene.refuse("ROLE_FORBIDDEN", "transfer", "platform", note=scene.accept(100), amount=1, to="yi", basis=[])


def test_the_chain_of_a_note_leads_back_to_its_issue_and_each_party_sees_its_own_hops(scene: Scene) -> None:
    note = scene.pass_on(scene.accept(100), "jia", "yi", 60)
    scene.pass_on(note, "yi", "bing", 10)

    def seen(by: str, of: str = note) -> list[tuple[str, int, int]]:
        return [(hop["kind"], hop["lo"], hop["hi"]) for hop in scene.stage.ask("vouchers.own_hops", scene.desk(by), note=of)]

    issue, first, second = ("ISSUE", 1, 10_000), ("TRANSFER", 1, 6_000), ("TRANSFER", 1, 1_000)
    assert seen("regulator") == [second, first, issue]
    assert (seen("bing"), seen("yi"), seen("jia"), seen("foton")) == ([second], [second, first], [first, issue], [issue])
    assert seen("boc") == []
    assert seen("bing", f"{NO}:1001") == []
    assert seen("regulator", f"{NO}:1001") == [first, issue]


def test_a_note_is_seen_by_its_holder_and_whom_it_is_offered_to(scene: Scene) -> None:
    note = scene.transfer(scene.accept(100), "jia", "yi", 60)
    for by in ("jia", "yi", "regulator"):
        assert scene.stage.ask("vouchers.show_note", scene.desk(by), note=note)["hi"] == 6_000
        assert scene.stage.ask("vouchers.show_package", scene.desk(by), package=NO)["maturity"] == MATURITY.isoformat()
    assert [n["lo"] for n in scene.stage.ask("vouchers.offered", scene.desk("yi"))] == [1]
    assert [n["lo"] for n in scene.stage.ask("vouchers.holdings", scene.desk("jia"))] == [1, 6_001]
    assert [n["lo"] for n in scene.stage.ask("vouchers.holdings", scene.desk("jia"), after=note)] == [6_001]
    assert [p["package"] for p in scene.stage.ask("vouchers.issued", scene.desk("foton"))] == [NO]
    for by in ("foton", "bing"):
        with pytest.raises(ValueError, match="NOT_FOUND"):
            scene.stage.ask("vouchers.show_note", scene.desk(by), note=note)
    for view in ("show_package", "payees"):
        with pytest.raises(ValueError, match="NOT_FOUND"):
            scene.stage.ask(f"vouchers.{view}", scene.desk("bing"), package=NO)


def test_the_notes_of_a_holder_come_page_by_page_each_once(scene: Scene) -> None:
    note = scene.accept(100)
    scene.act("cut_at", "jia", note=note, cuts=[1, 2, 3, 4])
    scene.pass_on(f"{NO}:2", "jia", "yi", "0.01")
    assert scene.act("of_holder", "foton", org=scene.org("jia"), limit=3) == [f"{NO}:{lo}" for lo in (1, 3, 4, 5)]
