"""The other sources: what they know is in their data, what they say is signed, and what is not sure is never PASS."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from heqi.connectors.answers import SourceDown, SourceRefused
from heqi.connectors.erp import import_payables
from heqi.connectors.erp_api import Erp
from heqi.connectors.registry import Registry
from heqi.connectors.tax import InvoiceQuestion, Tax
from heqi.connectors.zhongdeng import NewRegistration, Zhongdeng
from heqi.proof.suites import generate_key
from heqi.standins.tax import made_invoices
from heqi.types.ids import check_invoice
from heqi.types.refusals import HashMismatch, IdCheckFailed, SignatureInvalid

JIA, YI, FACTOR, BOC = "91990000MA00020535", "91990000MA0002125X", "91990000MA00019821", "91990000MA000100X9"
PLANT_ONE, PLANT_TWO = "91990000MA00019166", "91990000MA00036114"
REPLACE = msgspec.structs.replace
INVOICE = InvoiceQuestion("DIGITAL", "26990000000000000101", date(2026, 3, 1), total_fen=240_000_000)


# --- sim-tax


def test_an_invoice_whose_five_elements_fit_passes_with_its_facts(tax: Any) -> None:
    found = Tax(tax.source()).verify_invoice(INVOICE)
    assert (found.result, found.document, found.business_date) == ("PASS", "INVOICE::26990000000000000101", "2026-03-10")
    assert found.facts and (found.facts.seller, found.facts.buyer, found.facts.total) == (JIA, PLANT_ONE, 240_000_000)
    assert found.facts.ex_tax + found.facts.tax == found.facts.total


@pytest.mark.parametrize(
    ("changed", "result", "reason"),
    [
        ({"total_fen": 240_000_001}, "UNKNOWN", "MISMATCH"),
        ({"date": date(2026, 3, 2)}, "UNKNOWN", "MISMATCH"),
        ({"date": date(2026, 3, 11)}, "UNKNOWN", "FUTURE_DATE"),
        ({"date": date(2021, 3, 9)}, "UNKNOWN", "OUT_OF_WINDOW"),
        ({"number": "26990000000000009999"}, "FAIL", "NOT_FOUND"),
        ({"kind": "SPECIAL", "code": "9900262130", "ex_tax_fen": 1}, "FAIL", "NOT_FOUND"),
    ],
)
def test_an_invoice_that_does_not_fit_never_passes_and_shows_nothing(
    start: Callable[..., Any], changed: dict[str, Any], result: str, reason: str
) -> None:
    found = Tax(start("tax").source()).verify_invoice(REPLACE(INVOICE, **changed))
    assert (found.result, found.reason) == (result, reason)
    assert found.facts and (found.facts.seller, found.facts.total) == ("", 0)


def test_the_sixth_check_of_a_day_is_not_answered_and_the_next_day_is(start: Callable[..., Any]) -> None:
    tax = start("tax")
    asked = Tax(tax.source())
    outcomes = [asked.verify_invoice(INVOICE).result for _ in range(6)]
    assert outcomes == ["PASS"] * 5 + ["UNKNOWN"]
    tax.day("2026-03-11")
    assert asked.verify_invoice(INVOICE).result == "PASS"


def test_a_reversed_invoice_fails_with_the_status_the_ledger_knows_as_revoked(start: Callable[..., Any]) -> None:
    asked = Tax(start("tax").source())
    asked.reverse(INVOICE.number)
    found = asked.verify_invoice(INVOICE)
    assert (found.result, found.reason, found.facts and found.facts.status) == ("FAIL", "STATUS_30", "30")
    with pytest.raises(SourceRefused):
        asked.reverse(INVOICE.number)


def test_a_number_of_seeded_invoices_is_made_alike_each_time(start: Callable[..., Any]) -> None:
    running = start("tax", seed="300")
    today = date.fromisoformat(running.get("/health").json()["business_date"])
    made = list(made_invoices(300, today))
    assert made == list(made_invoices(300, today))
    for row in made[:3]:
        by_kind = {"SPECIAL": "ex_tax_fen", "ORDINARY": "check6", "DIGITAL": "total_fen"}[row["kind"]]
        asked = InvoiceQuestion(row["kind"], row["number"], date.fromisoformat(row["date"]), row["code"], **{by_kind: row[by_kind]})
        found = Tax(running.source()).verify_invoice(asked)
        assert found.result == "PASS" and found.facts and found.facts.total == row["total_fen"]
        check_invoice(row["code"] or None, row["number"])
    assert {row["kind"] for row in made[:3]} == {"SPECIAL", "ORDINARY", "DIGITAL"}


def test_a_profile_is_for_its_own_taxpayer(tax: Any) -> None:
    found = Tax(tax.source()).profile(JIA)
    assert found.result == "PASS" and found.facts and found.facts.tax_grade == "A"
    assert Tax(tax.source()).profile(BOC).result == "UNKNOWN"


# --- faults and forgeries, the same for every source


def test_a_source_that_is_down_is_unknown(tax: Any) -> None:
    tax.fault("offline", times=1)
    found = Tax(tax.source()).profile(JIA)
    assert (found.result, found.reason, found.evidence) == ("UNKNOWN", "SOURCE_DOWN", None)
    assert Tax(tax.source()).profile(JIA).result == "PASS"


def test_an_old_answer_played_again_is_unknown(tax: Any) -> None:
    tax.fault("stale", days=1, times=1)
    assert Tax(tax.source()).profile(JIA).reason == "ANSWER_STALE"


def test_an_answer_changed_after_it_was_signed_is_refused(tax: Any) -> None:
    tax.fault("forged", times=1)
    with pytest.raises(SignatureInvalid):
        Tax(tax.source()).profile(JIA)


def test_an_answer_about_another_invoice_does_not_pass(start: Callable[..., Any]) -> None:
    tax = start("tax")
    tax.fault("wrong_answer", set={"number": "26990000000000000102"}, times=1)
    assert Tax(tax.source()).verify_invoice(INVOICE).reason == "OTHER_INVOICE"
    tax.fault("wrong_answer", set={"total": 1}, times=1)
    assert Tax(tax.source()).verify_invoice(INVOICE).reason == "OTHER_INVOICE"


def test_a_key_that_was_not_pinned_is_not_believed(tax: Any) -> None:
    stranger = REPLACE(tax, key=generate_key("ed25519"))
    with pytest.raises(SignatureInvalid):
        Tax(stranger.source()).profile(JIA)


def test_an_answer_of_another_source_is_not_believed(tax: Any) -> None:
    with pytest.raises(SignatureInvalid):
        Tax(REPLACE(tax, name="sim-customs").source()).profile(JIA)


def test_a_fault_ends_when_it_is_switched_off(tax: Any) -> None:
    tax.fault("offline", path="/profile")
    assert Tax(tax.source()).profile(JIA).result == "UNKNOWN"
    tax.fault("none")
    assert Tax(tax.source()).profile(JIA).result == "PASS"


def test_nobody_listening_is_unknown(start: Callable[..., Any]) -> None:
    gone = start("registry")
    gone.stop()
    assert Registry(gone.source()).company(JIA).result == "UNKNOWN"


# --- sim-registry


def test_an_active_firm_of_that_name_passes(registry: Any) -> None:
    found = Registry(registry.source()).company(JIA, "供应商甲")
    assert (found.result, found.document) == ("PASS", f"COMPANY:{JIA}")
    assert Registry(registry.source()).company(JIA, "供应商甲有限公司").reason == "NAME_DIFFERS"


def test_a_firm_that_was_cancelled_fails_and_its_change_is_kept(start: Callable[..., Any]) -> None:
    registry = start("registry")
    assert registry.post("/admin/company", {"uscc": JIA, "status": "CANCELLED"}).is_success
    found = Registry(registry.source()).company(JIA)
    assert (found.result, found.reason) == ("FAIL", "CANCELLED")
    changes = registry.get(f"/company/{JIA}/detail").json()["answer"]["facts"]["changes"]
    assert [(one["field"], one["before"], one["after"]) for one in changes] == [("status", "ACTIVE", "CANCELLED")]


def test_a_firm_nobody_registered_fails_by_a_signed_answer(registry: Any) -> None:
    found = Registry(registry.source()).company("91990000MA000362XU")
    assert (found.result, found.reason, found.evidence is not None) == ("FAIL", "NONE", True)


def test_a_code_with_a_wrong_digit_is_not_even_asked(registry: Any) -> None:
    with pytest.raises(IdCheckFailed):
        Registry(registry.source()).company("91990000MA00020536")


def test_a_person_is_not_in_the_answer_for_the_ledger(registry: Any) -> None:
    asked = Registry(registry.source())
    evidence = asked.company(JIA).evidence
    assert evidence and "legal_rep" not in evidence.answer
    assert asked.detail(JIA).legal_rep == "示范法人"


# --- sim-zhongdeng


def assignment(secured_party: str, *assets: str) -> NewRegistration:
    return NewRegistration("ASSIGNMENT", YI, secured_party, assets, 50_000_000, obligor=PLANT_ONE)


def test_the_first_registration_is_first_and_anothers_later_one_is_not(start: Callable[..., Any]) -> None:
    asked = Zhongdeng(start("zhongdeng").source())
    mine, _ = asked.register(assignment(FACTOR, "PKG1:1-50000000"))
    theirs, _ = asked.register(assignment(BOC, "PKG1:40000000-60000000"))
    assert len(mine.no) == 20 and mine.no.isdecimal()
    assert (mine.first, theirs.first, theirs.earlier) == (1, 0, (mine.no,))
    first = asked.check_first(mine.no, "PKG1:1-50000000")
    assert (first.result, first.document) == ("PASS", f"ASSIGNMENT:{FACTOR}:PKG1:1-50000000")
    second = asked.check_first(theirs.no, "PKG1:40000000-60000000")
    assert (second.result, second.reason) == ("FAIL", "NOT_FIRST")


@pytest.mark.parametrize(
    ("mine", "theirs", "covered"),
    [
        ("P:1-10", "P:10-20", True),
        ("P:1-10", "P:11-20", False),
        ("P:1-10", "Q:1-10", False),
        ("P:5-6", "P:1-10", True),
        ("P", "P:1-10", True),
        ("26990000000000000101", "26990000000000000101", True),
        ("26990000000000000101", "26990000000000000102", False),
    ],
)
def test_two_registrations_meet_where_their_assets_do(zhongdeng: Any, mine: str, theirs: str, covered: bool) -> None:
    asked = Zhongdeng(zhongdeng.source())
    first, _ = asked.register(assignment(FACTOR, mine))
    second, _ = asked.register(assignment(BOC, theirs))
    assert (second.first == 0) is covered
    for one in (first, second):
        asked.cancel(one.no)


def test_a_cancelled_registration_makes_way_and_cannot_be_changed(start: Callable[..., Any]) -> None:
    asked = Zhongdeng(start("zhongdeng").source())
    mine, _ = asked.register(assignment(FACTOR, "N1"))
    theirs, _ = asked.register(assignment(BOC, "N1"))
    assert asked.check_free(YI, "N1", BOC).result == "FAIL"
    cancelled, _ = asked.cancel(mine.no)
    assert cancelled.status == "CANCELLED"
    assert asked.check_first(theirs.no, "N1").result == "PASS"
    assert asked.check_free(YI, "N1", BOC).result == "PASS"
    with pytest.raises(SourceRefused):
        asked.amend(mine.no, secured_party=BOC)


def test_an_amended_registration_keeps_its_number_and_rank(start: Callable[..., Any]) -> None:
    asked = Zhongdeng(start("zhongdeng").source())
    mine, _ = asked.register(assignment(FACTOR, "N1"))
    asked.register(assignment(JIA, "N1"))
    amended, _ = asked.amend(mine.no, secured_party=BOC)
    extended, _ = asked.extend(mine.no, 12)
    assert (amended.no, amended.secured_party, amended.first, amended.version) == (mine.no, BOC, 1, 2)
    assert (mine.valid_to, extended.valid_to) == (date(2027, 3, 10), date(2028, 3, 10))


def test_a_registration_says_nothing_about_an_asset_it_does_not_cover(zhongdeng: Any) -> None:
    asked = Zhongdeng(zhongdeng.source())
    mine, _ = asked.register(assignment(FACTOR, "Z9"))
    assert asked.check_first(mine.no, "Z8").result == "UNKNOWN"


@pytest.mark.parametrize("change", [{"assets": ()}, {"amount_fen": 0}, {"term_months": 0}, {"debtor": "91990000MA00020536"}])
def test_a_registration_without_substance_is_refused(zhongdeng: Any, change: dict[str, Any]) -> None:
    with pytest.raises(SourceRefused):
        Zhongdeng(zhongdeng.source()).register(REPLACE(assignment(FACTOR, "N"), **change))


# --- sim-erp


def test_matched_payables_come_with_the_word_of_their_own_company(erp: Any) -> None:
    page = Erp(erp.source()).payables()
    assert [(one.payable.ap_no, one.issuer, one.payable.gr_ir_matched, one.evidence.given.result) for one in page.proved] == [
        ("1000-2026-5100000001-1", PLANT_ONE, True, "PASS"),
        ("1000-2026-5100000002-1", PLANT_ONE, True, "PASS"),
        ("2000-2026-5100000003-1", PLANT_TWO, False, "FAIL"),
    ]
    assert page.credit_notes == ("1000-2026-5100000004-1",)
    assert {one.evidence.given.source for one in page.proved} == {f"sim-erp-{PLANT_ONE}", f"sim-erp-{PLANT_TWO}"}
    assert Erp(erp.source()).payables(page.next).next == page.next


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_nightly_drop_says_the_same_as_the_interface(erp: Any, encoding: Any) -> None:
    report = import_payables(Erp(erp.source()).csv(encoding))
    assert report.payables == Erp(erp.source()).payables().payables
    assert [(bad.row, "贷项凭证" in bad.problems[0].reason_zh) for bad in report.bad] == [(5, True)]


def test_a_drop_changed_on_its_way_is_not_believed(erp: Any) -> None:
    erp.fault("wrong_answer", path="/ap.csv", set={"sha256": "0" * 64}, times=1)
    with pytest.raises(HashMismatch):
        Erp(erp.source()).csv()


def test_a_confirmed_item_leaves_the_list_and_is_confirmed_once(start: Callable[..., Any]) -> None:
    asked = Erp(start("erp").source())
    item = "1000-2026-5100000001-1"
    asked.confirm([item], "FJT-1")
    asked.confirm([item], "FJT-1")
    page = asked.payables()
    assert item in page.confirmed and item not in [one.ap_no for one in page.payables]
    with pytest.raises(SourceRefused):
        asked.confirm([item], "FJT-2")
    with pytest.raises(SourceRefused):
        asked.confirm(["1000-2026-5100000002-1", "nobody's"], "FJT-3")
    assert "1000-2026-5100000002-1" in [one.ap_no for one in asked.payables().payables]


def test_many_seeded_payables_are_read_page_by_page(start: Callable[..., Any]) -> None:
    asked = Erp(start("erp", seed="1200").source())
    seen, since = [], 0
    while (page := asked.payables(since)).next != since:
        seen += [*page.payables]
        since = page.next
    assert len(seen) == 1200 - 24
    assert sum(not one.gr_ir_matched for one in seen) == 60 - 12


def test_a_source_that_is_down_gives_no_payables(erp: Any) -> None:
    erp.fault("offline", times=1)
    with pytest.raises(SourceDown):
        Erp(erp.source()).payables()


def test_an_unknown_fault_or_field_is_refused(erp: Any) -> None:
    assert erp.post("/admin/fault", {"kind": "explode"}).status_code == 400
    assert erp.post("/confirm", {"ap_nos": [], "reference": "R", "secret": 1}).json()["code"] == "SCHEMA_INVALID"


def test_restarting_without_the_file_starts_anew_and_with_it_goes_on(start: Callable[..., Any], tmp_path: Any) -> None:
    db = str(tmp_path / "erp.db")
    first = start("erp", db=db)
    Erp(first.source()).confirm(["1000-2026-5100000001-1"], "FJT-1")
    first.stop()
    assert Erp(start("erp", db=db).source()).payables().confirmed == ("1000-2026-5100000001-1",)
    assert Erp(start("erp").source()).payables().confirmed == ()
