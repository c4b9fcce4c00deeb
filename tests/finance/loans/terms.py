"""For tests: terms to change, and the policy of the defaults."""

from datetime import date

from heqi.finance.loans.model import Loan, LoanStage, Method, RateKind, RateStep, Security, Terms
from heqi.finance.loans.register import class_by_dpd, class_tolerance_days, cure_months
from heqi.finance.loans.rules import figures, micro
from heqi.types.money import Money, cny

POLICY = figures(class_by_dpd.default, class_tolerance_days.default, cure_months.default)


def terms(**changes) -> Terms:
    """A year of 1,200,000.00 at 4.05 %, as S11.12 has it."""
    said = {
        "loan_no": "JJ-0001", "lender": "91990000MA000100X9", "borrower": "91990000MA00020535", "product": "SME_TAX",
        "security": Security.CREDIT, "amount": cny(1_200_000), "method": Method.INTEREST_ONLY, "rate": "4.05", "rate_kind": RateKind.FIXED,
        "start": date(2026, 9, 15), "end": date(2027, 9, 14), "settle_day": 20, "pay_day": 21, "merge_days": 10, "grace_days": 0,
        "penalty_bps": 15_000, "compound": True, "purpose": "流动资金", "entrusted": False,
    }  # fmt: skip
    return Terms(**said | changes)


def signed(terms: Terms, *, stage: LoanStage = LoanStage.ACTIVE) -> Loan:
    """A loan before its first draw."""
    none = Money.zero(terms.amount.ccy)
    return Loan(
        loan="0" * 32, terms=terms, rates=(RateStep(since=terms.start, micro=micro(terms.rate)),), drawn=none, repaid=none, in_flight=none,
        due_principal=none, late_principal=none, late_interest=none, fees=none, accrued_to=terms.start, matures=terms.end, opening=none,
        interest_paid=none, penalty_paid=none, compound_paid=none, stage=stage,
    )  # fmt: skip
