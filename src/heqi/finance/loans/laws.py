"""What must always be true of loans: of each transaction's changes (laws), and of all records (invariants)."""

from heqi.finance.loans.account import accrued
from heqi.finance.loans.model import ALIVE, OVER, Due, Loan, LoanStage, Method, Movement, MovementKind
from heqi.finance.loans.register import dues, loans, movements, register
from heqi.finance.loans.rules import daily_postings
from heqi.kernel.contracts import Context
from heqi.types.money import Money

EVERY = 1 << 60
"""No bound: only for the invariants, which look at everything."""


@register.law(loans)
def a_loan_keeps_its_terms_and_owes_no_more_than_was_drawn(ctx: Context, changes: list[tuple[Loan | None, Loan | None]]) -> None:
    for old, new in changes:
        assert new is not None, "a loan is never forgotten"
        assert new.repaid <= new.drawn, new.loan
        assert new.late_principal <= new.due_principal <= new.principal, new.loan
        taken = new.principal if new.terms.method is Method.REVOLVING else new.drawn
        assert taken + new.in_flight <= new.terms.amount, new.loan
        if new.stage is LoanStage.SETTLED:
            assert not (new.principal or new.due_principal or new.late_interest or new.fees or new.in_flight or accrued(new)), new.loan
        if old is None:
            assert new.stage is LoanStage.SIGNED, new.loan
            continue
        assert old.stage not in OVER, "what is over stays as it ended"
        assert (old.loan, old.terms) == (new.loan, new.terms), new.loan
        assert new.drawn >= old.drawn and new.repaid >= old.repaid and new.accrued_to >= old.accrued_to, new.loan


@register.law(movements)
def a_journal_line_is_written_once_and_its_parts_sum_to_it(
    ctx: Context, changes: list[tuple[Movement | None, Movement | None]]
) -> None:  # fmt: skip
    for old, new in changes:
        assert old is None and new is not None, "a journal is only added to"
        assert (new.parts is not None) == (new.kind in (MovementKind.REPAYMENT, MovementKind.WRITE_OFF)), new.loan
        assert new.parts is None or new.parts.total == new.amount, new.loan


@register.law(dues)
def what_fell_due_never_changes_and_is_paid_once(ctx: Context, changes: list[tuple[Due | None, Due | None]]) -> None:
    for old, new in changes:
        assert new is not None, "a due is never forgotten"
        assert new.interest_paid <= new.interest and new.principal_paid <= new.principal, new.loan
        assert new.interest + new.prepaid == new.accrued, new.loan
        if old is not None:
            for name in ("since", "until", "due", "opening", "accrued", "prepaid", "interest", "principal"):
                assert getattr(old, name) == getattr(new, name), f"{new.loan} {name}"
            assert new.interest_paid >= old.interest_paid and new.principal_paid >= old.principal_paid, new.loan


@register.invariant
def the_journal_of_a_loan_gives_its_figures(ctx: Context) -> None:
    """Drawn − repaid = principal, and every part paid is where the waterfall put it."""
    for loan in loans.scan(ctx, limit=EVERY):
        ccy, lines, due = loan.drawn.ccy, _lines(ctx, loan), dues.scan(ctx, loan.loan, limit=EVERY)
        paid = [line.parts for line in lines if line.kind is MovementKind.REPAYMENT and line.parts is not None]
        assert loan.drawn == Money.sum_of(ccy, (line.amount for line in lines if line.kind is MovementKind.DRAW)), loan.loan
        assert loan.repaid == Money.sum_of(ccy, (part.of_principal for part in paid)), loan.loan
        assert loan.due_principal == Money.sum_of(ccy, (one.unpaid_principal for one in due)), loan.loan
        assert loan.late_principal == Money.sum_of(ccy, (one.unpaid_principal for one in due if one.late)), loan.loan
        assert loan.late_interest == Money.sum_of(ccy, (one.unpaid_interest for one in due if one.late)), loan.loan
        assert (loan.penalty_paid, loan.compound_paid) == tuple(
            Money.sum_of(ccy, (getattr(part, name) for part in paid)) for name in ("penalty", "compound")
        ), loan.loan  # fmt: skip
        interest = Money.sum_of(ccy, (part.overdue_interest + part.interest for part in paid))
        assert interest == loan.interest_paid + Money.sum_of(ccy, (one.prepaid + one.interest_paid for one in due)), loan.loan
        charged = Money.sum_of(ccy, (line.amount for line in lines if line.kind is MovementKind.FEE))
        assert charged == loan.fees + Money.sum_of(ccy, (part.fees for part in paid)), loan.loan


@register.invariant
def the_daily_postings_of_a_period_sum_to_its_interest(ctx: Context) -> None:
    """Day by day from the journal, the interest that the sums gave."""
    for loan in loans.scan(ctx, limit=EVERY):
        lines = _lines(ctx, loan)
        for due in dues.scan(ctx, loan.loan, limit=EVERY):
            days = daily_postings(loan.terms, loan.rates, (due.since, due.until), due.opening, lines, due.until)
            assert sum(day.posted for day in days) == due.accrued.minor, f"{loan.loan} {due.number}"
        if loan.stage in ALIVE and loan.since is not None and loan.until is not None:
            days = daily_postings(loan.terms, loan.rates, (loan.since, loan.until), loan.opening, lines, loan.accrued_to)
            assert sum(day.posted for day in days) == accrued(loan).minor + loan.interest_paid.minor, loan.loan


@register.invariant
def a_loan_that_can_change_by_itself_has_a_day_to_be_looked_at(ctx: Context) -> None:
    for loan in loans.scan(ctx, limit=EVERY):
        unpaid = dues.by(ctx, "open", loan.loan, limit=EVERY)
        assert loan.first_unpaid == min((due.due for due in unpaid), default=None), loan.loan
        if loan.stage in ALIVE:
            assert (loan.stage is LoanStage.OVERDUE) == any(due.late for due in unpaid), loan.loan
            assert loan.until is None or (loan.wake is not None and loan.wake <= loan.until), loan.loan
        else:
            assert loan.wake is None, loan.loan
        if loan.stage is LoanStage.SETTLED:
            assert not unpaid, loan.loan


def _lines(ctx: Context, loan: Loan) -> list[Movement]:
    return movements.scan(ctx, loan.loan, limit=EVERY)
