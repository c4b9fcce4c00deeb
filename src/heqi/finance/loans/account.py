"""A loan account through time: interest grows, periods end, amounts fall due and become late, money is spread over them (C07).

What holds here: the same history gives the same figures on whatever days one looks at it. Interest is a sum over days that is
rounded when its period ends; penalty counts from the due day of what is past its grace days; a repayment is spread over what is owed
in the order of the waterfall and not a minor unit is lost. Pure: no ledger.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from heqi.finance.loans.model import (
    ALIVE,
    BY_INSTALMENT,
    BY_SETTLE_DAY,
    Due,
    Loan,
    LoanStage,
    Owed,
    Parts,
)
from heqi.finance.loans.rules import (
    WHOLE,
    Figures,
    classified,
    days_past_due,
    divisor,
    instalment,
    instalment_principal,
    months_of,
    next_look,
    pay_date,
    penalty_exact,
    period_end,
    prepaid,
    rate_days,
)
from heqi.kernel.contracts import changed
from heqi.types.dates import add_months, following
from heqi.types.money import Money, check_positive, round_half_up
from heqi.types.refusals import AmountExceedsBalance

_DAY = timedelta(days=1)
PayOn = Callable[[date], date]


class Account(NamedTuple):
    """A loan and what has fallen due of it and is unpaid, the oldest first."""

    loan: Loan
    dues: tuple[Due, ...] = ()


# --- time ----------------------------------------------------------------------------------------------------------------------
def caught_up(account: Account, day: date, policy: Figures, pay_on: PayOn = following) -> Account:
    """The account at the beginning of `day`: periods that have ended are due, what is past its grace days is late.

    `pay_on` moves a due day to a business day; DATE_INVALID for a year whose calendar is not known.
    """
    if account.loan.stage not in ALIVE:
        return account
    while account.loan.until is not None and account.loan.until <= day:
        account = _period_ended(account, account.loan.until, pay_on)
    return looked_at(_late(_rolled(account.loan, day), account.dues, day), day, policy)


def _rolled(loan: Loan, day: date) -> Loan:
    """The loan with the interest of the days before `day`."""
    if day <= loan.accrued_to:
        return loan
    grown = rate_days(loan.rates, loan.accrued_to, day)
    return changed(
        loan, accrued_to=day, interest_sum=_add(loan.interest_sum, loan.bearing, grown),
        penalty_sum=_add(loan.penalty_sum, loan.late_principal, grown),
        compound_sum=_add(loan.compound_sum, loan.late_interest, grown if loan.terms.compound else 0),
    )  # fmt: skip


def _add(total: str, amount: Money, grown: int) -> str:
    return str(int(total) + amount.minor * grown) if amount and grown else total


def _period_ended(account: Account, ends: date, pay_on: PayOn) -> Account:
    """The period's interest is rounded and falls due, with the principal that is due then."""
    loan, terms = _rolled(account.loan, ends), account.loan.terms
    opened = loan.opened
    assert loan.since is not None and opened is not None
    final = ends == loan.matures
    if final and terms.method not in BY_INSTALMENT and (moved := pay_on(ends)) > ends:
        # Maturity on a holiday: interest is borne for the extra days (conventions §1.2).
        loan = changed(loan, matures=moved, until=period_end(terms, opened, loan.since, moved, 0))
        return Account(loan, account.dues)
    accrued = Money(terms.amount.ccy, round_half_up(accrued_exact(loan)))
    interest, principal = accrued - loan.interest_paid, Money.zero(accrued.ccy)
    if loan.instalment is not None:
        principal = instalment_principal(terms.method, loan.instalment, loan.bearing, interest, final)
    elif final:
        principal = loan.bearing
    dues = account.dues
    if accrued or principal:
        due = Due(
            loan=loan.loan, number=loan.dues + 1, since=loan.since, until=ends, due=pay_on(ends if final else pay_date(terms, ends)),
            opening=loan.opening, accrued=accrued, prepaid=loan.interest_paid, interest=interest, principal=principal,
            interest_paid=Money.zero(accrued.ccy), principal_paid=Money.zero(accrued.ccy),
        )  # fmt: skip
        dues = (*dues, due)
        loan = changed(loan, dues=due.number, due_principal=loan.due_principal + principal)
    left = max(loan.left - 1, 0)
    number = months_of(terms) - left + 1 if loan.instalment is not None else 0
    loan = changed(
        loan, since=ends, until=None if final else period_end(terms, opened, ends, loan.matures, number), left=left,
        opening=loan.bearing, interest_sum="0", interest_paid=Money.zero(accrued.ccy),
    )  # fmt: skip
    return Account(loan, dues)


def _late(loan: Loan, dues: tuple[Due, ...], day: date) -> Account:
    """What is past its grace days becomes late and bears penalty from its due day on."""
    found = []
    for due in dues:
        if due.open and not due.late and due.due + _DAY * loan.terms.grace_days < day:
            grown = rate_days(loan.rates, due.due, day)
            loan = changed(
                loan, late_principal=loan.late_principal + due.unpaid_principal, late_interest=loan.late_interest + due.unpaid_interest,
                penalty_sum=_add(loan.penalty_sum, due.unpaid_principal, grown),
                compound_sum=_add(loan.compound_sum, due.unpaid_interest, grown if loan.terms.compound else 0),
            )  # fmt: skip
            due = changed(due, late=True)
        found.append(due)
    return Account(loan, tuple(found))


def looked_at(account: Account, day: date, policy: Figures) -> Account:
    """The account with its stage, its class, and the next day it must be looked at; what is paid is put aside by the caller."""
    loan, unpaid = account.loan, [due for due in account.dues if due.open]
    stage = LoanStage.OVERDUE if loan.late_principal or loan.late_interest else LoanStage.ACTIVE
    if stage is not loan.stage:
        loan = loan.moved(stage, "age")
    first = min((due.due for due in unpaid), default=None)
    five_class, cured = classified(loan.five_class, loan.cured, first, day, policy)
    looks = [due.due + _DAY * (loan.terms.grace_days + 1) for due in unpaid if not due.late]
    looks += [look for look in (loan.until, next_look(first, cured, day, policy)) if look is not None]
    loan = changed(loan, first_unpaid=first, five_class=five_class, cured=cured, wake=min(looks, default=None))
    return Account(loan, account.dues)


# --- what is owed --------------------------------------------------------------------------------------------------------------
def accrued_exact(loan: Loan) -> Fraction:
    """The running period's interest to `accrued_to`, in minor units, not rounded."""
    if loan.since is None or loan.until is None:
        return Fraction(0)
    return Fraction(int(loan.interest_sum), WHOLE * divisor(loan.terms, loan.since, loan.until))


def accrued(loan: Loan) -> Money:
    """The running period's interest that is not paid, rounded."""
    return Money(loan.drawn.ccy, round_half_up(accrued_exact(loan)) - loan.interest_paid.minor)


def due_now(account: Account) -> Parts:
    """What has fallen due and is unpaid, by the waterfall."""
    loan = account.loan
    ccy, terms = loan.drawn.ccy, loan.terms

    def sum_of(amounts: Iterable[Money]) -> Money:
        return Money.sum_of(ccy, amounts)

    return Parts(
        fees=loan.fees,
        penalty=Money(ccy, round_half_up(penalty_exact(terms, int(loan.penalty_sum)))) - loan.penalty_paid,
        compound=Money(ccy, round_half_up(penalty_exact(terms, int(loan.compound_sum)))) - loan.compound_paid,
        overdue_interest=sum_of(due.unpaid_interest for due in account.dues if due.late),
        interest=sum_of(due.unpaid_interest for due in account.dues if not due.late),
        overdue_principal=sum_of(due.unpaid_principal for due in account.dues if due.late),
        principal=sum_of(due.unpaid_principal for due in account.dues if not due.late),
    )


def owed(account: Account, day: date) -> Owed:
    """What the caught-up account owes."""
    loan, due = account.loan, due_now(account)
    return Owed(
        loan=loan.loan, day=day, stage=loan.stage, principal=loan.principal, accrued=accrued(loan), due=due,
        payoff=due.total + loan.bearing + accrued(loan), days_past_due=days_past_due(loan.first_unpaid, day), five_class=loan.five_class,
    )  # fmt: skip


# --- money ---------------------------------------------------------------------------------------------------------------------
def drawn(account: Account, amount: Money, day: date) -> Account:
    """The caught-up account after a draw: the first one opens its first period, and the one of an instalment loan makes its plan."""
    loan, terms = account.loan, account.loan.terms
    loan = changed(loan, drawn=loan.drawn + amount)
    if loan.opened is None:
        matures, left = loan.matures, 0
        if terms.method in BY_INSTALMENT:
            left = months_of(terms)
            matures = add_months(day, left)
        # A payment that comes when the loan has matured falls due at once.
        matures = max(matures, day)
        loan = changed(
            loan, opened=day, since=day, matures=matures, left=left, until=period_end(terms, day, day, matures, 1), opening=loan.bearing
        )  # fmt: skip
    elif loan.until is None:
        loan = changed(loan, since=day, until=day, matures=day, opening=loan.bearing)
    return Account(replanned(loan), account.dues)


def replanned(loan: Loan) -> Loan:
    """The loan with the instalment that its balance, its rate and the months left give: after a draw, a prepayment, a new rate."""
    if loan.terms.method not in BY_INSTALMENT or not loan.left:
        return loan
    return changed(loan, instalment=instalment(loan.terms.method, loan.bearing, loan.rate, loan.left))


def repaid(account: Account, amount: Money) -> tuple[Account, Parts]:
    """The caught-up account after a repayment, and what it paid, in the order of the waterfall (C07).

    Interest that has not fallen due is paid after all principal where a settlement day collects it (积数法), else with the principal
    prepaid, its own part. Refuses: MONEY_INVALID, AMOUNT_EXCEEDS_BALANCE (more than would settle the loan).
    """
    check_positive(amount)
    loan, due = account.loan, due_now(account)
    payoff = due.total + loan.bearing + accrued(loan)
    if amount > payoff:
        raise AmountExceedsBalance(record=loan.label(), available=payoff, field="amount")
    paid, rest = _filled(due, amount)
    early = _early(loan, rest)
    dues = _spread(account.dues, paid)
    loan = changed(
        loan, fees=loan.fees - paid.fees, penalty_paid=loan.penalty_paid + paid.penalty, compound_paid=loan.compound_paid + paid.compound,
        late_interest=loan.late_interest - paid.overdue_interest, late_principal=loan.late_principal - paid.overdue_principal,
        due_principal=loan.due_principal - paid.of_principal,
        repaid=loan.repaid + paid.of_principal + early, interest_paid=loan.interest_paid + (rest - early),
    )  # fmt: skip
    parts = changed(paid, interest=paid.interest + (rest - early), principal=paid.principal + early)
    return Account(replanned(loan) if early else loan, dues), parts


def _filled(due: Parts, amount: Money) -> tuple[Parts, Money]:
    """As much of each part as there is money for, in order; and what is left."""
    paid = {}
    for name in Parts.__struct_fields__:
        paid[name] = min(getattr(due, name), amount, key=lambda one: one.minor)
        amount = amount - paid[name]
    return Parts(**paid), amount


def _early(loan: Loan, rest: Money) -> Money:
    """How much of what is left when all that is due is paid repays principal."""
    if loan.terms.method in BY_SETTLE_DAY or not rest:
        return min(rest, loan.bearing, key=lambda one: one.minor)
    if not loan.bearing:
        return loan.bearing
    exact = max(accrued_exact(loan) - loan.interest_paid.minor, Fraction(0))
    return Money(rest.ccy, prepaid(rest.minor, loan.bearing.minor, exact))


def _spread(dues: tuple[Due, ...], paid: Parts) -> tuple[Due, ...]:
    """The dues after a payment, the oldest first."""
    pots = {
        (True, "interest_paid"): paid.overdue_interest, (False, "interest_paid"): paid.interest,
        (True, "principal_paid"): paid.overdue_principal, (False, "principal_paid"): paid.principal,
    }  # fmt: skip
    found = []
    for due in dues:
        for name, unpaid in (("interest_paid", due.unpaid_interest), ("principal_paid", due.unpaid_principal)):
            part = min(unpaid, pots[due.late, name], key=lambda one: one.minor)
            pots[due.late, name] -= part
            due = changed(due, **{name: getattr(due, name) + part})
        found.append(due)
    return tuple(found)


def nothing_owed(account: Account) -> bool:
    """Is the loan repaid, its interest and fees too, and no draw on its way?"""
    loan = account.loan
    return not (due_now(account).total or loan.principal or accrued(loan) or loan.in_flight)
