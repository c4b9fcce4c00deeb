"""Questions about loans: what they owe, what is to come, how it came about.

Borrower and lender see a loan whole, nobody else but the regulator; a guarantor's application tells its guarantor what it may know. A
view computes the account as of today from what is kept; it does not wait for the day end.
"""

from collections.abc import Collection
from datetime import date, timedelta

from heqi.finance.loans.account import Account, caught_up, drawn, owed
from heqi.finance.loans.model import (
    ALIVE,
    DailyPosting,
    Draw,
    Due,
    Loan,
    LoanId,
    LoanStage,
    Movement,
    Owed,
    PlanLine,
    RateStep,
    Terms,
)
from heqi.finance.loans.register import account, draws, dues, loans, movements, penalty_bps_max, policy, register
from heqi.finance.loans.rules import Figures, check_terms, daily_postings, micro
from heqi.kernel.contracts import Context, changed, members
from heqi.types.dates import KNOWN_YEARS, following
from heqi.types.money import Money
from heqi.types.refusals import DateInvalid

PAGE = 400
POSTINGS_MAX = 400
LINES_MAX = 1000


def both_parties(ctx: Context, loan: LoanId) -> Collection[str]:
    """borrower and lender"""
    found = loans.find(ctx, loan)
    return [] if found is None else [found.terms.borrower, found.terms.lender]


@register.view("贷款账户", sees=both_parties)
def show_loan(ctx: Context, loan: LoanId) -> Loan:
    """一个贷款账户今日的状态。
    A loan account as it stands today."""
    return _today(ctx, loan).loan


@register.view("应还款额", sees=both_parties)
def show_owed(ctx: Context, loan: LoanId) -> Owed:
    """今日应还（按清偿顺序）、结清金额、逾期天数与五级分类。
    What is owed today by the waterfall, what would settle the loan, days past due and class."""
    return owed_today(ctx, loan)


@register.view("应还款项", sees=both_parties)
def list_dues(ctx: Context, loan: LoanId, after: int = 0) -> list[Due]:
    """各计息期的利息与应还本金及其偿还情况，每页 400 期。
    What each interest period brought and what of it is paid, 400 a page."""
    return dues.scan(ctx, loan, after=(loan, after), limit=PAGE)


@register.view("贷款流水", sees=both_parties)
def journal(ctx: Context, loan: LoanId, after: int = 0) -> list[Movement]:
    """提款、还款、费用与核销流水，每页 400 笔。
    Draws, repayments, fees and the writing off, 400 a page."""
    return movements.scan(ctx, loan, after=(loan, after), limit=PAGE)


@register.view("提款", sees=both_parties)
def list_draws(ctx: Context, loan: LoanId) -> list[Draw]:
    """贷款项下的提款及其付款结果。
    The draws under a loan and what became of them."""
    return draws.by(ctx, "loan", loan)


@register.view("还款计划", sees=both_parties)
def coming(ctx: Context, loan: LoanId) -> list[PlanLine]:
    """按今日余额与利率推算的未来应还款；假设均按期偿还。日历未公布年度的还款日未作节假日调整。
    What will fall due by today's balance and rate, if all is paid in time. Days of years without a calendar are not moved to a business
    day."""
    return plan(_today(ctx, loan), policy(ctx))


@register.view("还款试算", sees=members)
def trial(ctx: Context, terms: Terms) -> list[PlanLine]:
    """贷款试算：于起始日全额提款、按期偿还时的应还款。不留记录。
    What a loan on these terms would cost, drawn whole on its first day and paid in time. Leaves no trace."""
    check_terms(terms, ctx.parameter(penalty_bps_max))
    none = Money.zero(terms.amount.ccy)
    loan = Loan(
        loan="", terms=terms, rates=(RateStep(since=terms.start, micro=micro(terms.rate)),), drawn=none, repaid=none, in_flight=none,
        due_principal=none, late_principal=none, late_interest=none, fees=none, accrued_to=terms.start, matures=terms.end, opening=none,
        interest_paid=none, penalty_paid=none, compound_paid=none, stage=LoanStage.ACTIVE,
    )  # fmt: skip
    return plan(drawn(Account(loan), terms.amount, terms.start), policy(ctx))


@register.view("逐日计提", sees=both_parties)
def postings(ctx: Context, loan: LoanId, since: date, until: date) -> list[DailyPosting]:
    """贷款利息逐日计提（至多 400 天，含首日，不含末日）；每期各日之和等于该期利息。
    The loan's interest day by day (at most 400 days, the last one not counted); the days of a period sum to its interest."""
    if not since <= until or (until - since).days > POSTINGS_MAX:
        raise DateInvalid(problem=f"{since}–{until} ∉ 0–{POSTINGS_MAX} 天 (days)", field="until")
    return posted(ctx, loan, since, until)


@register.view("本机构借款", sees=members)
def borrowed(ctx: Context, after: LoanId | None = None) -> list[Loan]:
    """本机构作为借款人的贷款，每页 400 笔。
    The loans the asker owes, 400 a page."""
    assert ctx.viewer is not None
    return loans.by(ctx, "borrower", ctx.viewer.org, after=None if after is None else loans.get(ctx, after), limit=PAGE)


@register.view("本机构贷款", sees=members)
def lent(ctx: Context, stage: LoanStage, after: LoanId | None = None) -> list[Loan]:
    """本机构发放的、处于某一状态的贷款，每页 400 笔。
    The loans the asker made that are in one stage, 400 a page."""
    assert ctx.viewer is not None
    return loans.by(ctx, "lender", ctx.viewer.org, stage, after=None if after is None else loans.get(ctx, after), limit=PAGE)


# --- what contracts ask too --------------------------------------------------------------------------------------------------------
def get(ctx: Context, loan: LoanId) -> Loan:
    """A loan as of today. Refuses: NOT_FOUND."""
    return _today(ctx, loan).loan


def owed_today(ctx: Context, loan: LoanId) -> Owed:
    """What a loan owes today, its days past due and its class. Refuses: NOT_FOUND."""
    return owed(_today(ctx, loan), ctx.today)


def plan(account: Account, policy: Figures) -> list[PlanLine]:
    """What will fall due of a caught-up account: each period is let end and its due is paid on its day."""
    found: list[PlanLine] = []
    account = _as_paid(account)
    while (until := account.loan.until) is not None and account.loan.bearing and len(found) < LINES_MAX:
        account = caught_up(account, until, policy, _as_known)
        for due in account.dues:
            line = PlanLine(
                number=len(found) + 1, due=due.due, interest=due.interest, principal=due.principal, balance=account.loan.bearing
            )  # fmt: skip
            found += [line] if line.total else []
        account = _as_paid(account)
    return found


def posted(ctx: Context, loan: LoanId, since: date, until: date) -> list[DailyPosting]:
    """The interest of a loan, day by day from `since` to the day before `until` and before today, from its journal."""
    found, kept = loans.get(ctx, loan), movements.scan(ctx, loan, limit=1 << 60)
    today = _today(ctx, loan)
    every = [*dues.scan(ctx, loan, limit=1 << 60)]
    every += [due for due in today.dues if due.number > found.dues]
    periods = [((due.since, due.until), due.opening) for due in every]
    now = today.loan
    if now.since is not None and now.until is not None and found.stage in ALIVE:
        periods.append(((now.since, now.until), now.opening))
    lines = [
        line
        for period, opening in periods
        for line in daily_postings(now.terms, now.rates, period, opening, kept, min(until, ctx.today))
        if period[1] > since
    ]
    return [line for line in lines if line.day >= since]


def _as_paid(account: Account) -> Account:
    loan = account.loan
    none = Money.zero(loan.drawn.ccy)
    paid = changed(loan, repaid=loan.repaid + loan.due_principal, due_principal=none, late_principal=none, late_interest=none)
    return Account(paid)


def _as_known(day: date) -> date:
    """The business day; the day itself where the calendar is not yet published: a plan is no promise."""
    week = {(day + timedelta(days=ahead)).year for ahead in range(10)}  # No holiday of the calendar is longer.
    return following(day) if week <= KNOWN_YEARS else day


def _today(ctx: Context, loan: LoanId) -> Account:
    return caught_up(account(ctx, loan), ctx.today, policy(ctx))
