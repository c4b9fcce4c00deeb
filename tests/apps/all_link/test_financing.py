"""From the request of a holder to the note in the factor's hands, and on to a bank."""

from datetime import date, timedelta

import pytest

from heqi.types.money import Money

from ...finance.verifications.sources import resolve
from .scene import FUND, NO, START, WHOLE, digest, m, pair

ASK = "jia.maker jia.approver"
PERSONS = "factor.checker factor.approver"


def test_a_financing_from_request_to_refactoring_with_its_figures(s):
    """S03.12: 500,000.00 over 121 days at 4.8 %, fee 0.3 %; sold on over 88 days at 3.6 %."""
    yi = s.pass_on(s.accepted("2400000.00"), "jia", "yi", "800000.00")
    s.day(date(2026, 4, 8))
    request = s.funded(yi, "yi", "500000.00")
    figures = {name: request[name]["minor"] for name in ("interest", "fee", "proceeds")}
    assert figures == {"interest": 806_667, "fee": 50_417, "proceeds": 49_142_916}
    assert (request["days"], request["saving_fen"], request["stage"]) == (121, 319_306, "FUNDED")
    assert s.ask("vouchers.show_note", "factor.maker", note=yi)["stage"] == "FINANCED"
    s.day(date(2026, 5, 11))
    sold = refactor(s, request)
    assert (sold["days"], sold["cost"]["minor"], sold["receives"]["minor"], sold["margin_fen"]) == (88, 440_000, 49_560_000, 366_667)
    refused = {"refactoring": sold["refactoring"]}
    s.refuse("PAYMENT_UNCONFIRMED", "all_link.complete_refactoring", "boc.api", **refused)
    s.bank_says(sold["order"], "ACSC")
    s.refuse("DOC_NOT_VERIFIED", "all_link.complete_refactoring", "boc.api", **refused)  # The registration is not yet amended.
    s.register(request, "boc")
    s.do("all_link.complete_refactoring", "boc.api", **refused)
    assert s.ask("vouchers.show_note", "boc.maker", note=yi)["holder"] == s.org("boc")
    s.refuse("DOC_MISMATCH", "all_link.refactor", f"{pair('factor')} {pair('boc')}", **resale(s, request))  # It is the factor's no more.


def resale(s, request, **changes):
    return {"request": request["request"], "bank": s.org("boc"), "rate": "3.6", "value_date": s.today, **changes}


def refactor(s, request, **changes):
    return s.do("all_link.refactor", f"{pair('factor')} {pair('boc')}", **resale(s, request, **changes))


# --- request ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("RATE_INVALID", {"rate": "4.80"}),
        ("MONEY_INVALID", {"amount": m(0)}),
        ("ROLE_FORBIDDEN", {"financier": "91990000MA00020535", "show_chain": False}),  # Jia itself is no factor.
        ("ROLE_FORBIDDEN", {"financier": "91990000MA0001843A"}),
        ("CONSENT_MISSING", {"show_chain": False, "value_date": "2026-03-09"}),
        ("DATE_INVALID", {"value_date": "2026-03-09", "amount": m("100.01")}),
        ("DATE_INVALID", {"value_date": "2026-08-08"}),
        ("AMOUNT_EXCEEDS_BALANCE", {"amount": m("100.01")}),
        ("SIGNATURE_INVALID", {"interest_bearer": "ISSUER"}),  # The issuer bears nothing without its own signature.
    ],
)  # fmt: skip
def test_what_is_no_finance_request(s, code, changes):
    s.refuse(code, "all_link.request_finance", ASK, **s.finance_request(s.accepted("100.00"), "100.00", **changes))


def test_a_note_is_asked_for_once(s):
    note = s.accepted("100.00")
    s.asked(note, "jia", "100.00")
    s.refuse("STATE_INVALID", "all_link.request_finance", ASK, **s.finance_request(note, "100.00"))


# --- decision -----------------------------------------------------------------------------------------------------------
def test_the_engine_approves_what_is_confirmed_verified_and_within_five_million(s):
    asked = s.asked(s.accepted("5000000.00"), "jia", "5000000.00")
    assert s.do("all_link.auto_approve", "factor.api", request=asked["request"])["stage"] == "APPROVED"
    decision = s.ask("all_link.finance_request", "factor.maker", request=asked["request"])["decision"]
    told = s.ask("decisions.explain", "factor.maker", decision=decision)
    assert (told["decision"]["outcome"], told["reasons"]) == ("APPROVE", [])


def test_the_engine_refers_what_a_person_must_see_and_persons_approve_or_decline_it(s):
    request = s.asked(s.accepted("100.00", confirm_fee_pct=None), "jia", "100.00")["request"]
    assert s.do("all_link.auto_approve", "factor.api", request=request)["stage"] == "REFERRED"
    decision = s.ask("all_link.finance_request", "factor.maker", request=request)["decision"]
    assert [rule["rule"] for rule in s.ask("decisions.explain", "factor.maker", decision=decision)["reasons"]] == ["unconfirmed"]
    s.refuse("STATE_INVALID", "all_link.auto_approve", "factor.api", request=request)
    s.refuse("SCHEMA_INVALID", "all_link.decline_finance", PERSONS, request=request, reason=" 不行  ")
    assert s.do("all_link.approve_finance", PERSONS, request=request)["stage"] == "APPROVED"
    s.do("all_link.decline_finance", PERSONS, request=request, reason="额度已用尽")
    assert s.ask("vouchers.show_note", "jia.maker", note=WHOLE)["stage"] == "HELD"
    s.refuse("STATE_INVALID", "all_link.decline_finance", PERSONS, request=request, reason="额度已用尽")


def test_a_fen_above_the_automatic_limit_goes_to_a_person(s):
    resolve(s.stage, s.cast, "governance.set_parameter", parameter="all_link.auto_max_fen", value=9_999, source="test")
    asked = s.asked(s.accepted("100.00"), "jia", "100.00")
    assert s.do("all_link.auto_approve", "factor.api", request=asked["request"])["stage"] == "REFERRED"


def test_when_the_documents_word_has_run_out_a_person_decides(s):
    note = s.accepted("100.00", maturity="2027-03-10", tenor_reason="合同约定账期一年")
    s.day(date(2027, 3, 9))
    s.do("all_link.auto_approve", "factor.api", request=s.asked(note, "jia", "50.00")["request"])
    assert s.ask("all_link.my_requests", "factor.maker", stage="APPROVED")
    # 366 days after the import the ERP's word no longer holds; the longest voucher has matured by then.
    assert date(2026, 3, 10) + timedelta(days=366) > date(2027, 3, 10)


# --- assignment and registration ----------------------------------------------------------------------------------------
def test_an_assignment_counts_once_registered_first_and_for_this_note(s):
    request = s.signed(s.accepted("100.00"), "jia", "100.00")
    register = {"request": request["request"], "registration": request["request"][:12]}
    s.refuse("DOC_NOT_VERIFIED", "all_link.register_assignment", "factor.api", **register)
    for wrong in ({"debtor": s.org("yi")}, {"total": 9_999}, {"reg_no": "another"}, {"secured_party": s.org("boc")}):
        s.register(request, "factor", **wrong)
        s.refuse("DOC_MISMATCH", "all_link.register_assignment", "factor.api", **register)
    s.register(request, "factor")
    assert s.do("all_link.register_assignment", "factor.api", **register)["stage"] == "REGISTERED"


def test_one_contract_digest_stands_for_one_assignment(s):
    held = s.accepted("100.00")
    first = s.signed(held, "jia", "40.00")["assignment"]
    second = s.asked(f"{NO}:4001", "jia", "60.00")["request"]
    s.do("all_link.auto_approve", "factor.api", request=second)
    desks = "jia.maker jia.checker factor.maker"
    s.refuse("SCHEMA_INVALID", "all_link.sign_assignment", desks, request=second, contract_digest="no digest")
    s.refuse("ALREADY_EXISTS", "all_link.sign_assignment", desks, request=second, contract_digest=first)


# --- payment --------------------------------------------------------------------------------------------------------------
def test_the_note_moves_with_the_settled_payment_and_not_before(s):
    request = s.paying(s.accepted("100.00"), "jia", "100.00")
    s.refuse("PAYMENT_UNCONFIRMED", "all_link.complete_funding", "factor.api", request=request["request"])
    s.bank_says(request["order"], "ACSP")
    s.refuse("PAYMENT_UNCONFIRMED", "all_link.complete_funding", "factor.api", request=request["request"])
    s.refuse("STATE_INVALID", "all_link.reopen_funding", "factor.api", request=request["request"])
    s.bank_says(request["order"], "ACSC")
    s.refuse("STATE_INVALID", "all_link.reopen_funding", "factor.api", request=request["request"])
    s.do("all_link.complete_funding", "factor.api", request=request["request"])


def test_a_refused_payment_is_ordered_anew_or_the_request_declined(s):
    request = s.paying(s.accepted("100.00"), "jia", "100.00")
    s.bank_says(request["order"], "RJCT", "AM04")
    s.refuse("PAYMENT_UNCONFIRMED", "all_link.complete_funding", "factor.api", request=request["request"])
    s.refuse("STATE_INVALID", "all_link.decline_finance", PERSONS, request=request["request"], reason="额度已用尽")
    again = s.do("all_link.reopen_funding", "factor.api", request=request["request"])
    assert (again["stage"], again["order"]) == ("REGISTERED", None)
    paid = s.do("all_link.fund_fjt", FUND, request=request["request"], proceeds=request["proceeds"])
    assert paid["order"] != request["order"]
    s.bank_says(paid["order"], "ACSC")
    assert s.do("all_link.complete_funding", "factor.api", request=request["request"])["stage"] == "FUNDED"


def test_a_factor_that_pays_later_takes_interest_from_then_only(s):
    request = s.registered(s.accepted("100000.00"), "jia", "100000.00")
    assert (request["days"], request["proceeds"]["minor"]) == (150, 10_000_000 - 200_000 - 12_500)
    s.day(START + timedelta(days=3))
    s.refuse("DOC_MISMATCH", "all_link.fund_fjt", FUND, request=request["request"], proceeds=request["proceeds"])
    # 147 days: 1,960.00 interest and 122.50 fee.
    paid = s.do("all_link.fund_fjt", FUND, request=request["request"], proceeds={"ccy": "CNY", "minor": 10_000_000 - 196_000 - 12_250})
    assert (paid["days"], paid["interest"]["minor"], paid["fee"]["minor"]) == (147, 196_000, 12_250)
    assert paid["value_date"] == str(START + timedelta(days=3))


def test_an_issuer_that_has_agreed_to_bear_the_interest_is_billed_for_it(s):
    request = s.funded(s.accepted("100000.00"), "jia", "100000.00", interest_bearer="ISSUER")
    assert request["proceeds"]["minor"] == 10_000_000
    assert s.claim("factor") == request["interest"]["minor"] + request["fee"]["minor"] == 212_500


def test_the_confirming_bank_bills_its_fee_to_the_issuer(s):
    s.accepted("2400000.00")
    assert s.claim("everbright") == 500_000 == s.sheet()["terms"]["confirm_fee"]["minor"]


def test_a_confirmation_for_nothing_bills_nothing(s):
    s.accepted("100.00", confirm_fee_pct="0")
    assert s.sheet()["terms"]["confirm_fee"] == {"ccy": "CNY", "minor": 0}


def test_maturity_ends_an_open_request_and_the_factor_may_still_clear_its_desk(s):
    request = s.asked(s.accepted("100.00", maturity="2026-03-20"), "jia", "100.00")["request"]
    s.day(date(2026, 3, 20))
    s.do("all_link.auto_pay", "everbright.api", package=NO)
    assert s.ask("vouchers.show_note", "jia.maker", note=WHOLE)["stage"] == "HELD"
    assert s.do("all_link.auto_approve", "factor.api", request=request)["stage"] == "REFERRED"
    s.do("all_link.decline_finance", PERSONS, request=request, reason="凭证已到期")


# --- refactoring --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("RATE_INVALID", {"rate": "03.6"}),
        ("DATE_INVALID", {"value_date": "2026-03-09"}),
        ("DATE_INVALID", {"value_date": "2026-08-08"}),
    ],
)  # fmt: skip
def test_what_is_no_refactoring(s, code, changes):
    request = s.funded(s.accepted("100.00"), "jia", "100.00")
    s.refuse(code, "all_link.refactor", f"{pair('factor')} {pair('boc')}", **resale(s, request, **changes))


def test_a_financed_note_is_sold_to_banks_only_and_to_one_at_a_time(s):
    request = s.funded(s.accepted("100.00"), "jia", "100.00")
    to_yi = resale(s, request, bank=s.org("yi"))
    s.refuse("ROLE_FORBIDDEN", "all_link.refactor", f"{pair('factor')} {pair('yi')}", **to_yi)
    refactor(s, request)
    s.refuse("STATE_INVALID", "all_link.refactor", f"{pair('factor')} {pair('icbc')}", **resale(s, request, bank=s.org("icbc")))


def test_a_refused_purchase_is_cancelled_and_the_note_may_be_sold_again(s):
    request = s.funded(s.accepted("100.00"), "jia", "100.00")
    sold = refactor(s, request)
    s.refuse("STATE_INVALID", "all_link.cancel_refactoring", "boc.api", refactoring=sold["refactoring"])
    s.bank_says(sold["order"], "RJCT", "AM04")
    s.refuse("PAYMENT_UNCONFIRMED", "all_link.complete_refactoring", "boc.api", refactoring=sold["refactoring"])
    assert s.do("all_link.cancel_refactoring", "boc.api", refactoring=sold["refactoring"])["stage"] == "CANCELLED"
    s.refuse("STATE_INVALID", "all_link.cancel_refactoring", "boc.api", refactoring=sold["refactoring"])
    again = s.do("all_link.refactor", f"{pair('factor')} {pair('icbc')}", **resale(s, request, bank=s.org("icbc")))
    s.bank_says(again["order"], "ACSC")
    s.register(request, "icbc")
    s.do("all_link.complete_refactoring", "icbc.api", refactoring=again["refactoring"])
    assert s.ask("vouchers.show_note", "icbc.maker", note=WHOLE)["holder"] == s.org("icbc")


def test_the_factor_keeps_the_difference_of_the_interests(s):
    request = s.funded(s.accepted("100000.00"), "jia", "100000.00")
    sold = refactor(s, request, rate="6")
    assert Money("CNY", sold["cost"]["minor"]) == Money("CNY", 250_000)
    assert sold["margin_fen"] == 200_000 - 250_000  # Sold on dearer than bought: a loss is told as one.


def test_a_digest_for_the_contract_is_kept_as_evidence(s):
    request = s.signed(s.accepted("100.00"), "jia", "100.00")
    assert request["assignment"] == digest(request["request"])
