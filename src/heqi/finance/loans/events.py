"""What happens to loans, in the past tense."""

from datetime import date

from heqi.finance.loans.model import Backing, DrawId, FiveClass, LoanId, LoanNo, Parts
from heqi.kernel.contracts import Event
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.rates import Rate


class LoanSigned(Event, frozen=True, kw_only=True):
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    loan_no: LoanNo
    amount: Money


class LoanCancelled(Event, frozen=True, kw_only=True):
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    backing: tuple[Backing, ...]


class DrawOrdered(Event, frozen=True, kw_only=True):
    draw: DrawId
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    payee: PartyId
    amount: Money


class DrawFailed(Event, frozen=True, kw_only=True):
    draw: DrawId
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    amount: Money


class LoanDrawn(Event, frozen=True, kw_only=True):
    draw: DrawId
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    amount: Money


class LoanRepaid(Event, frozen=True, kw_only=True):
    """`parts.of_principal` is what a limit may take back."""

    loan: LoanId
    lender: PartyId
    borrower: PartyId
    amount: Money
    parts: Parts


class LoanFellDue(Event, frozen=True, kw_only=True):
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    due: date
    interest: Money
    principal: Money


class LoanOverdue(Event, frozen=True, kw_only=True):
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    since: date


class LoanCurrent(Event, frozen=True, kw_only=True):
    """Nothing of it is overdue any more."""

    loan: LoanId
    lender: PartyId
    borrower: PartyId


class LoanClassified(Event, frozen=True, kw_only=True):
    """For the lender: the loan is in another of the five classes."""

    loan: LoanId
    lender: PartyId
    five_class: FiveClass
    days_past_due: int


class LoanRateChanged(Event, frozen=True, kw_only=True):
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    rate: Rate


class LoanFeeCharged(Event, frozen=True, kw_only=True):
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    amount: Money


class LoanSettled(Event, frozen=True, kw_only=True):
    """Nothing is owed. `backing` must be released by whoever put it there, in the same transaction."""

    loan: LoanId
    lender: PartyId
    borrower: PartyId
    backing: tuple[Backing, ...]


class LoanWrittenOff(Event, frozen=True, kw_only=True):
    loan: LoanId
    lender: PartyId
    borrower: PartyId
    owed: Parts
