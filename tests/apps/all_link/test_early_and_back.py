"""What happens beside the straight road: a request withdrawn, a fee never earned, a note repaid early, money sent back, money late."""

from datetime import date

import pytest

from .scene import MATURITY, NO, WHOLE, pair

DUE = date(2026, 3, 20)  # A Friday.


def free(s):
    return s.ask("all_link.quota_lines", "foton_group.maker", group=s.org("foton_group"))[s.org("foton")]["minor"]


def books(s, owner):
    """What an organisation's books say, by the name of the account."""
    return {book["name"]: abs(book["debit"] - book["credit"]) for book in s.ask("accounts.trial_balance", f"{owner}.maker")}


# --- the fee of a confirmation -------------------------------------------------------------------------------------------
def test_a_confirmation_is_billed_when_the_voucher_takes_effect(s):
    s.offered("2400000.00")
    assert s.sheet()["terms"]["confirm_fee"]["minor"] == 500_000
    assert books(s, "everbright")["confirm_fees"] == 0
    s.do("all_link.accept", pair("jia"), package=NO)
    assert books(s, "everbright")["confirm_fees"] == 500_000
    assert s.claim("everbright") == 500_000


@pytest.mark.parametrize("end", ["reject", "withdraw", "expire"])
def test_a_voucher_that_never_took_effect_costs_no_fee(s, end):
    s.offered("2400000.00")
    if end == "expire":
        s.day(date(2026, 3, 21))
    else:
        s.do(f"all_link.{end}", pair("jia" if end == "reject" else "foton"), package=NO)
    assert s.claim("everbright") == 0
    s.offered("2400000.00", "FJT-2", items=[f"AP-{NO}"])
    s.do("all_link.accept", pair("jia"), package="FJT-2")
    assert s.claim("everbright") == s.sheet("FJT-2")["terms"]["confirm_fee"]["minor"] > 0


# --- a request withdrawn -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("referred", [False, True])
def test_the_applicant_takes_a_request_back_before_it_is_approved(s, referred):
    s.accepted("100.00", confirm_fee_pct=None if referred else "0.5")
    request = s.asked(WHOLE, "jia", "100.00")["request"]
    if referred:
        assert s.do("all_link.auto_approve", "factor.api", request=request)["stage"] == "REFERRED"
    assert s.do("all_link.withdraw_finance", pair("jia"), request=request)["stage"] == "WITHDRAWN"
    assert s.ask("vouchers.show_note", "jia.maker", note=WHOLE)["stage"] == "HELD"
    for act, desks in (("withdraw_finance", pair("jia")), ("auto_approve", "factor.api")):
        s.refuse("STATE_INVALID", f"all_link.{act}", desks, request=request)
    s.asked(WHOLE, "jia", "100.00")


def test_what_is_approved_is_no_longer_withdrawn(s):
    s.accepted("100.00")
    request = s.asked(WHOLE, "jia", "100.00")["request"]
    s.do("all_link.auto_approve", "factor.api", request=request)
    s.refuse("STATE_INVALID", "all_link.withdraw_finance", pair("jia"), request=request)


def test_a_request_that_maturity_has_overtaken_can_still_be_withdrawn(s):
    s.accepted("100.00", maturity=DUE)
    request = s.asked(WHOLE, "jia", "100.00")["request"]
    s.day(DUE)
    s.do("all_link.auto_pay", "everbright.api", package=NO)
    assert s.do("all_link.withdraw_finance", pair("jia"), request=request)["stage"] == "WITHDRAWN"


# --- early repayment -----------------------------------------------------------------------------------------------------
def test_an_early_repayment_is_discounted_for_the_days_left_and_frees_the_limits(s):
    """800,000.00 at 3 % for 150 days: 800,000 × 0.03 × 150 / 360 = 10,000.00, by hand."""
    s.pass_on(s.accepted("2400000.00"), "jia", "yi", "800000.00")
    agreed = s.repaying(WHOLE, "yi", "3")
    assert (agreed["days"], agreed["discount"]["minor"], agreed["pays"]["minor"]) == (150, 1_000_000, 79_000_000)
    s.refuse("PAYMENT_UNCONFIRMED", "all_link.complete_repayment", "foton.api", repayment=agreed["repayment"])
    s.refuse("STATE_INVALID", "all_link.split", pair("yi"), note=WHOLE, cuts=[1])  # Held for the issuer alone.
    before = free(s)
    s.bank_says(agreed["order"], "ACSC")
    assert s.do("all_link.complete_repayment", "foton.api", repayment=agreed["repayment"])["stage"] == "DONE"
    assert free(s) == before + 80_000_000
    package = s.sheet()["package"]
    assert (package["stage"], package["paid"]["minor"], package["early"]["minor"]) == ("CIRCULATING", 80_000_000, 80_000_000)
    s.refuse("STATE_INVALID", "all_link.complete_repayment", "foton.api", repayment=agreed["repayment"])


def test_the_rest_is_paid_at_maturity_and_the_repaid_note_is_not(s):
    s.pass_on(s.accepted("2400.00", maturity=DUE), "jia", "yi", "800.00")
    early = s.repaying(WHOLE, "yi")
    s.bank_says(early["order"], "ACSC")
    s.do("all_link.complete_repayment", "foton.api", repayment=early["repayment"])
    s.day(DUE)
    (given,) = s.do("all_link.auto_pay", "everbright.api", package=NO)
    assert (given["holder"], given["amount"]["minor"]) == (s.org("jia"), 160_000)
    s.bank_says(given["orders"][0], "ACSC")
    assert s.do("all_link.settle", "everbright.api", package=NO) == "SETTLED"
    assert free(s) == 500_000_000


def test_a_package_repaid_wholly_is_settled_at_once(s):
    early = s.repaying(s.accepted("100.00"), "jia")
    s.bank_says(early["order"], "ACSC")
    s.do("all_link.complete_repayment", "foton.api", repayment=early["repayment"])
    assert s.sheet()["package"]["stage"] == "SETTLED"
    assert free(s) == 500_000_000


def test_a_financed_note_is_repaid_to_the_factor(s):
    request = s.funded(s.accepted("100.00"), "jia", "100.00")
    early = s.repaying(request["note"], "factor")
    s.bank_says(early["order"], "ACSC")
    assert s.do("all_link.complete_repayment", "foton.api", repayment=early["repayment"])["holder"] == s.org("factor")


def test_a_repayment_the_bank_refused_is_off_and_the_note_free(s):
    early = s.repaying(s.accepted("100.00"), "jia")
    s.refuse("STATE_INVALID", "all_link.cancel_repayment", "foton.api", repayment=early["repayment"])
    s.bank_says(early["order"], "RJCT", "AM04")
    assert s.do("all_link.cancel_repayment", "foton.api", repayment=early["repayment"])["stage"] == "CANCELLED"
    s.repaying(WHOLE, "jia")


def test_a_note_is_repaid_by_its_issuer_with_its_holders_word(s):
    s.accepted("100.00")
    args = {"note": WHOLE, "discount_rate": "0", "value_date": s.today}
    s.refuse("SIGNATURE_INVALID", "all_link.repay_early", f"{pair('foton')} foton.approver", **args)
    s.refuse("SIGNATURE_INVALID", "all_link.repay_early", f"{pair('jia')} {pair('foton_group')} foton_group.approver", **args)
    s.repaying(WHOLE, "jia")
    s.refuse("STATE_INVALID", "all_link.repay_early", f"{pair('foton')} foton.approver {pair('jia')}", **args)  # Locked already.


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("NOT_FOUND", {"note": f"{NO}:7"}),
        ("RATE_INVALID", {"discount_rate": "36.5"}),
        ("DATE_INVALID", {"value_date": date(2026, 3, 9)}),
        ("DATE_INVALID", {"value_date": MATURITY}),
    ],
)
def test_an_early_repayment_that_is_none(s, code, changes):
    s.accepted("100.00")
    args = {"note": WHOLE, "discount_rate": "0", "value_date": s.today} | changes
    s.refuse(code, "all_link.repay_early", f"{pair('foton')} foton.approver {pair('jia')}", **args)


def test_an_early_repayment_that_came_back_puts_the_note_into_its_holders_hands_again(s):
    early = s.repaying(s.accepted("100.00"), "jia")
    s.bank_says(early["order"], "ACSC")
    s.do("all_link.complete_repayment", "foton.api", repayment=early["repayment"])
    s.refuse("STATE_INVALID", "all_link.take_back_repayment", "foton.api", repayment=early["repayment"])
    s.bank_says(early["order"], "RTND", "AC04")
    assert s.do("all_link.take_back_repayment", "foton.api", repayment=early["repayment"])["stage"] == "RETURNED"
    assert s.sheet()["package"]["stage"] == "CIRCULATING"
    s.pass_on(WHOLE, "jia", "yi", "100.00")


# --- a payment that comes back ---------------------------------------------------------------------------------------------
@pytest.fixture
def settled(s):
    """1,600.00 paid to Jia and 800.00 to Yi on the due day; all is settled."""
    s.pass_on(s.accepted("2400.00", maturity=DUE), "jia", "yi", "800.00")
    s.day(DUE)
    for given in s.do("all_link.auto_pay", "everbright.api", package=NO):
        s.bank_says(given["orders"][0], "ACSC")
    assert s.do("all_link.settle", "everbright.api", package=NO) == "SETTLED"
    return s


def test_a_returned_payment_is_owed_again_and_everybody_concerned_is_told(settled):
    s = settled
    assert s.do("all_link.take_back", "everbright.api", package=NO) == []
    s.day(date(2026, 3, 23))
    s.bank_says(s.instructed()["yi"]["orders"][0], "RTND", "AC04")
    (back,) = s.do("all_link.take_back", "everbright.api", package=NO)
    assert (back["holder"], back["paid"]) == (s.org("yi"), False)
    package = s.sheet()["package"]
    assert (package["stage"], package["paid"]["minor"]) == ("OVERDUE", 160_000)
    assert s.ask("vouchers.show_note", "yi.maker", note=WHOLE)["stage"] == "OVERDUE"
    (told,) = s.events("PaymentCameBack")
    assert all(s.org(party) in told for party in ("foton", "foton_group", "everbright", "yi")) and "AC04" in told
    assert s.do("all_link.take_back", "everbright.api", package=NO) == []  # Once.


def test_what_came_back_is_paid_anew_and_then_late_interest_is_due(settled):
    """800.00 × 3 % × 1.3 × 4/360 from 20 to 24 March = 0.3466…, by hand."""
    s = settled
    s.bank_says(s.instructed()["yi"]["orders"][0], "RTND", "AC04")
    s.do("all_link.take_back", "everbright.api", package=NO)
    s.refuse("PAYMENT_UNCONFIRMED", "all_link.claim_late_interest", pair("yi"), package=NO, part=0)
    s.day(date(2026, 3, 24))
    (again,) = s.do("all_link.auto_pay", "everbright.api", package=NO)
    s.bank_says(again["orders"][-1], "ACSC")
    assert s.do("all_link.settle", "everbright.api", package=NO) == "SETTLED"
    assert free(s) == 500_000_000
    charge = s.do("all_link.claim_late_interest", pair("yi"), package=NO, part=0)
    assert (charge["paid_on"], charge["interest"]["minor"]) == ("2026-03-24", 35)
    assert s.claim("yi") == 35
    s.refuse("ALREADY_EXISTS", "all_link.claim_late_interest", pair("yi"), package=NO, part=0)
    s.refuse("DATE_INVALID", "all_link.claim_late_interest", pair("jia"), package=NO, part=0)  # Paid on its day.
    s.refuse("NOT_FOUND", "all_link.claim_late_interest", pair("bing"), package=NO, part=0)


def test_nothing_is_taken_back_of_what_circulates(s):
    s.accepted("100.00")
    s.refuse("STATE_INVALID", "all_link.take_back", "everbright.api", package=NO)
