"""Loans: an account from its signing to its settlement; draws, interest, dues, repayments, lateness (spec C07).

What holds here: terms are what both parties signed and never change; drawn − repaid is the principal; every period's interest is the
formula, rounded once; a repayment is spread over what is owed by the waterfall to the minor unit; a loan that owes nothing is settled
in the transaction that paid it. What not: limits, documents and collateral (`backing` names them: whoever put them there releases
them when a repayment's `stage` is SETTLED), claims on guarantors, and money. Money moves only by settled evidence: the caller of
`disburse` and `repay` has checked it (payments.require_settled, or a posted entry of accounts) and names it; a name counts once.

A loan begins here with SIGNED. Who applies, checks, visits and approves differs from one system to the next, and nothing is owed
meanwhile: APPLIED, APPROVED and REJECTED are stages of the applications' own records.

Nothing is written for a day that only passes. Interest is an exact sum that is brought up to a day when somebody acts, when its period
ends, or when something becomes late; `wake` is the next such day of each loan, and the day end looks at the loans whose day has come.
What a view tells of other days is computed from the same records by the same functions. An act brings its loan up to today first, so
it does not matter how far the day end has come. A figure changed by vote applies to a loan from its next such day on.
"""

from datetime import date

from heqi.finance.loans.account import Account, accrued, caught_up, drawn, due_now, nothing_owed, repaid, replanned
from heqi.finance.loans.events import (
    DrawFailed,
    DrawOrdered,
    LoanCancelled,
    LoanClassified,
    LoanCurrent,
    LoanDrawn,
    LoanFeeCharged,
    LoanFellDue,
    LoanOverdue,
    LoanRateChanged,
    LoanRepaid,
    LoanSettled,
    LoanSigned,
    LoanWrittenOff,
)
from heqi.finance.loans.model import (
    ALIVE,
    BY_INSTALMENT,
    OVER,
    Draw,
    DrawId,
    DrawStage,
    Due,
    Loan,
    LoanId,
    LoanStage,
    Method,
    Movement,
    MovementKind,
    Parts,
    PaymentRef,
    RateKind,
    RateStep,
    Terms,
)
from heqi.finance.loans.rules import Figures, check_terms, days_past_due, figures, floating, micro
from heqi.kernel.contracts import Context, Register, changed
from heqi.kernel.identity import contract as identity
from heqi.types.dates import is_business_day
from heqi.types.ids import PartyId
from heqi.types.money import Money, check_positive
from heqi.types.rates import Rate
from heqi.types.refusals import (
    AlreadyExists,
    AmountExceedsBalance,
    DateInvalid,
    MoneyInvalid,
    NotOwner,
    PayeeNotWhitelisted,
    RateInvalid,
    StateInvalid,
)

register = Register("loans", title=("贷款账户", "Loans"), uses=(identity.register,))

loans = register.table(
    "loan", Loan, key=("loan",),
    indexes={
        "number": lambda loan: (loan.terms.lender, loan.terms.loan_no),
        "borrower": lambda loan: (loan.terms.borrower, loan.loan),
        "lender": lambda loan: (loan.terms.lender, loan.stage, loan.loan),
        "wake": lambda loan: None if loan.wake is None else (loan.wake,),
    },
)  # fmt: skip
dues = register.table("due", Due, key=("loan", "number"), indexes={"open": lambda due: (due.loan,) if due.open else None})
draws = register.table("draw", Draw, key=("draw",), indexes={"loan": ("loan",)})
movements = register.table(
    "movement", Movement, key=("loan", "number"), indexes={"payment": lambda one: None if one.payment is None else (one.payment,)}
)

penalty_bps_max = register.parameter(
    "penalty_multiplier_bps", 15_000,
    title=("罚息利率倍数上限（万分之一）", "Penalty rate as a multiple of the rate, at most (bps)"), source="罚息上浮 30%–50% [K]",
)  # fmt: skip
class_by_dpd = register.parameter(
    "class_by_dpd", {"SPECIAL_MENTION": 0, "SUBSTANDARD": 90, "DOUBTFUL": 270, "LOSS": 360},
    title=("五级分类：逾期超过天数", "Five classes: more than so many days past due"), source="商业银行金融资产风险分类办法（2023）[K]",
)  # fmt: skip
class_tolerance_days = register.parameter(
    "class_tolerance_days", 7,
    title=("分类技术性容忍期（天）", "Days past due that do not yet count for the class"), source="conventions §1.7 [K]",
)  # fmt: skip
cure_months = register.parameter(
    "cure_months", 6, title=("分类上调观察期（月）", "Months without arrears before a class goes up"), source="风险分类办法（2023）[K]"
)  # fmt: skip

OPEN_MAX = 1000
"""Unpaid dues of one loan: more than 80 years of months."""
DUES_A_PIECE = 10
"""A loan with many unpaid months is several pieces of the day end's work."""


# --- before the money ------------------------------------------------------------------------------------------------------------
def sign(ctx: Context, terms: Terms) -> Loan:
    """Open the account of a loan that borrower and lender both sign in this transaction.

    Refuses, in this order: as `rules.check_terms`; DATE_INVALID (it starts before today); NOT_OWNER (one of the two has not
    signed); ROLE_FORBIDDEN (a party is no active member); ALREADY_EXISTS (the lender has a loan of this number).
    """
    check_terms(terms, ctx.parameter(penalty_bps_max))
    if terms.start < ctx.today:
        raise DateInvalid(problem=f"{terms.start} 早于业务日期 {ctx.today} (starts before today)", field="terms.start")
    for party in (terms.borrower, terms.lender):
        ctx.require_owner(party, f"Loan {terms.loan_no}")
        identity.require_active(ctx, party)
    if terms.payee is not None:
        identity.require_active(ctx, terms.payee)
    if loans.by(ctx, "number", terms.lender, terms.loan_no, limit=1):
        raise AlreadyExists(record=f"Loan {terms.lender} {terms.loan_no}")
    none = Money.zero(terms.amount.ccy)
    loan = Loan(
        loan=ctx.unique("loan"), terms=terms, rates=(RateStep(since=terms.start, micro=micro(terms.rate)),), drawn=none, repaid=none,
        in_flight=none, due_principal=none, late_principal=none, late_interest=none, fees=none, accrued_to=terms.start, matures=terms.end,
        opening=none, interest_paid=none, penalty_paid=none, compound_paid=none, stage=LoanStage.SIGNED,
    )  # fmt: skip
    ctx.emit(LoanSigned(loan=loan.loan, loan_no=terms.loan_no, amount=terms.amount, **_parties(loan)))
    return loans.add(ctx, loan)


def cancel(ctx: Context, loan: LoanId) -> Loan:
    """Either party calls a loan off of which nothing was drawn (S11: cool-off). Refuses: STATE_INVALID, NOT_OWNER."""
    cancelled = loans.get(ctx, loan).moved(LoanStage.CANCELLED, "cancel")
    _one_of_the_two(ctx, cancelled)
    ctx.emit(LoanCancelled(loan=loan, backing=cancelled.terms.backing, **_parties(cancelled)))
    return loans.put(ctx, cancelled)


def order_draw(ctx: Context, loan: LoanId, amount: Money, payee: PartyId) -> Draw:
    """The borrower asks for money; the caller now orders its payment. It counts against the loan's amount at once.

    Refuses, in this order: STATE_INVALID (overdue or over; a second draw of an instalment loan), NOT_OWNER (the borrower has not
    signed), MONEY_INVALID, DATE_INVALID (before the start, on or after the end, no business day), PAYEE_NOT_WHITELISTED (an entrusted
    payment to the borrower or to another than the terms name; one not entrusted to another than the borrower), ROLE_FORBIDDEN (the
    payee is no active member), AMOUNT_EXCEEDS_BALANCE (more than the loan's amount leaves).
    """
    found = up_to_date(ctx, loan).loan
    found.expect("draw", LoanStage.SIGNED, LoanStage.DISBURSING, LoanStage.ACTIVE)
    terms = found.terms
    if terms.method in BY_INSTALMENT and (found.drawn or found.in_flight):
        raise StateInvalid(record=found.label(), stage="DRAWN", act="draw")
    ctx.require_owner(terms.borrower, found.label())
    _check_amount(found, amount)
    if not terms.start <= ctx.today < terms.end or not is_business_day(ctx.today):
        problem = f"{ctx.today} ∉ [{terms.start}, {terms.end}) 或非营业日 (not a business day of the term)"
        raise DateInvalid(problem=problem)
    if payee == terms.borrower if terms.entrusted else payee != terms.borrower:
        raise PayeeNotWhitelisted(payee=payee, field="payee")
    if terms.payee is not None and payee != terms.payee:
        raise PayeeNotWhitelisted(payee=payee, field="payee")
    identity.require_active(ctx, payee)
    free = available(found)
    if amount > free:
        raise AmountExceedsBalance(record=found.label(), available=free, field="amount")
    if found.stage is LoanStage.SIGNED:
        found = found.moved(LoanStage.DISBURSING, "draw")
    loans.put(ctx, changed(found, in_flight=found.in_flight + amount))
    draw = Draw(
        draw=ctx.unique("draw"), loan=loan, payee=payee, amount=amount, ordered=ctx.today, stage=DrawStage.ORDERED
    )  # fmt: skip
    ctx.emit(DrawOrdered(draw=draw.draw, loan=loan, payee=payee, amount=amount, **_parties(found)))
    return draws.add(ctx, draw)


def available(loan: Loan) -> Money:
    """What may still be drawn under the loan's own amount; a limit above it may leave less."""
    taken = (loan.principal if loan.terms.method is Method.REVOLVING else loan.drawn) + loan.in_flight
    return loan.terms.amount - taken


def fail_draw(ctx: Context, draw: DrawId) -> Draw:
    """The payment of a draw was rejected or taken back: the caller has checked that. Refuses: STATE_INVALID."""
    failed = draws.get(ctx, draw).moved(DrawStage.FAILED, "fail")
    found = up_to_date(ctx, failed.loan).loan
    found = changed(found, in_flight=found.in_flight - failed.amount)
    if found.stage is LoanStage.DISBURSING and not found.in_flight:
        found = found.moved(LoanStage.SIGNED, "fail")
    loans.put(ctx, found)
    ctx.emit(DrawFailed(draw=draw, loan=found.loan, amount=failed.amount, **_parties(found)))
    return draws.put(ctx, failed)


# --- money -----------------------------------------------------------------------------------------------------------------------
def disburse(ctx: Context, draw: DrawId, payment: PaymentRef, value_date: date) -> Movement:
    """The money of a draw was paid: it is owed from today on. The caller has checked the settled payment.

    Refuses, in this order: STATE_INVALID, DATE_INVALID (any day but today: a payment whose evidence comes late counts from the
    day it is brought, and whose loss the days are is for the parties to say), ALREADY_EXISTS (the payment has counted before).
    """
    paid = draws.get(ctx, draw).moved(DrawStage.PAID, "disburse", payment=payment, paid=ctx.today)
    _check_today(ctx, value_date)
    _check_new(ctx, payment)
    before = up_to_date(ctx, paid.loan)
    loan = changed(before.loan, in_flight=before.loan.in_flight - paid.amount)
    if loan.stage is LoanStage.DISBURSING:
        loan = loan.moved(LoanStage.ACTIVE, "disburse", accrued_to=ctx.today)
    after = drawn(Account(loan, before.dues), paid.amount, ctx.today)
    draws.put(ctx, paid)
    ctx.emit(LoanDrawn(draw=draw, loan=loan.loan, amount=paid.amount, **_parties(loan)))
    return _journal(ctx, before, after, MovementKind.DRAW, paid.amount, payment=payment)


def repay(ctx: Context, loan: LoanId, amount: Money, payment: PaymentRef, value_date: date) -> Movement:
    """Money for the loan came in and is spread over what is owed. The caller has checked the settled payment.

    What it paid is in the movement's `parts`; when its `stage` is SETTLED, nothing is owed and the loan's `backing` must be released
    by the caller in this transaction. A REVOLVING loan with nothing owed stays open for its next draw until it is closed (`close`).
    Refuses, in this order: STATE_INVALID, DATE_INVALID (any day but today), MONEY_INVALID, ALREADY_EXISTS (the payment has
    counted before), AMOUNT_EXCEEDS_BALANCE (more than would settle it).
    """
    before = up_to_date(ctx, loan)
    before.loan.expect("repay", *ALIVE)
    _check_today(ctx, value_date)
    _check_amount(before.loan, amount)
    _check_new(ctx, payment)
    after, parts = repaid(before, amount)
    ctx.emit(LoanRepaid(loan=loan, amount=amount, parts=parts, **_parties(before.loan)))
    return _journal(ctx, before, after, MovementKind.REPAYMENT, amount, parts=parts, payment=payment)


def close(ctx: Context, loan: LoanId) -> Loan:
    """A revolving loan that owes nothing ends: when its borrower signs, or when its last day is over.

    Its `backing` must be released by the caller in this transaction. Refuses, in this order: STATE_INVALID (not active, or a draw is on
    its way), NOT_OWNER, AMOUNT_EXCEEDS_BALANCE (something is owed).
    """
    account = up_to_date(ctx, loan)
    found = account.loan
    found.expect("close", LoanStage.ACTIVE)
    if found.in_flight:
        raise StateInvalid(record=found.label(), stage="DISBURSING", act="close")
    if found.until is not None:
        ctx.require_owner(found.terms.borrower, found.label())
    if not nothing_owed(account):
        raise AmountExceedsBalance(record=found.label(), available=Money.zero(found.drawn.ccy))
    return loans.put(ctx, _settled(ctx, found))


def charge(ctx: Context, loan: LoanId, amount: Money) -> Movement:
    """Add a fee that both parties sign for. Refuses: STATE_INVALID, NOT_OWNER, MONEY_INVALID."""
    before = up_to_date(ctx, loan)
    before.loan.expect("charge", *ALIVE)
    for party in (before.loan.terms.lender, before.loan.terms.borrower):
        ctx.require_owner(party, before.loan.label())
    _check_amount(before.loan, amount)
    after = Account(changed(before.loan, fees=before.loan.fees + amount), before.dues)
    ctx.emit(LoanFeeCharged(loan=loan, amount=amount, **_parties(before.loan)))
    return _journal(ctx, before, after, MovementKind.FEE, amount)


def write_off(ctx: Context, loan: LoanId) -> Movement:
    """The lender writes an overdue loan off (核销): it grows no more; what it owed stays on record as the lender's claim.

    Refuses: STATE_INVALID (not overdue, or a draw is on its way), NOT_OWNER.
    """
    before = up_to_date(ctx, loan)
    gone = before.loan.moved(LoanStage.WRITTEN_OFF, "write_off", wake=None)
    if gone.in_flight:
        raise StateInvalid(record=gone.label(), stage="DISBURSING", act="write_off")
    ctx.require_owner(gone.terms.lender, gone.label())
    lost = due_now(before)
    lost = changed(lost, principal=lost.principal + gone.bearing, interest=lost.interest + accrued(gone))
    ctx.emit(LoanWrittenOff(loan=loan, owed=lost, **_parties(gone)))
    return _journal(ctx, before, Account(gone, before.dues), MovementKind.WRITE_OFF, lost.total, parts=lost)


# --- rates -----------------------------------------------------------------------------------------------------------------------
def change_rate(ctx: Context, loan: LoanId, rate: Rate) -> Loan:
    """Another fixed rate from today on: the lender signs, and the borrower too when it rises.

    Refuses: STATE_INVALID (over), RATE_INVALID (no rate, or a floating loan), NOT_OWNER.
    """
    found = loans.get(ctx, loan)
    if found.terms.rate_kind is not RateKind.FIXED:
        raise RateInvalid(problem=f"{found.label()} 为浮动利率 (a floating rate follows LPR)")
    ctx.require_owner(found.terms.lender, found.label())
    if micro(rate) > found.rate:
        ctx.require_owner(found.terms.borrower, found.label())
    return _at_rate(ctx, loan, rate)


def reprice(ctx: Context, loan: LoanId, lpr: Rate) -> Loan:
    """The rate of a floating loan from today on: LPR and the spread that was signed. The caller has checked LPR and the repricing day.

    Refuses: STATE_INVALID (over), RATE_INVALID (a fixed rate, or no rate comes of it), NOT_OWNER (the lender has not signed).
    """
    found = loans.get(ctx, loan)
    if found.terms.spread_bps is None:
        raise RateInvalid(problem=f"{found.label()} 为固定利率 (a fixed rate does not follow LPR)")
    ctx.require_owner(found.terms.lender, found.label())
    return _at_rate(ctx, loan, floating(lpr, found.terms.spread_bps))


def _at_rate(ctx: Context, loan: LoanId, rate: Rate) -> Loan:
    account = up_to_date(ctx, loan)
    found = account.loan
    if found.stage in OVER:
        raise StateInvalid(record=found.label(), stage=found.stage, act="change_rate")
    since = max(ctx.today, found.terms.start)
    kept = tuple(step for step in found.rates if step.since < since)
    found = replanned(changed(found, rates=(*kept, RateStep(since=since, micro=micro(rate)))))
    ctx.emit(LoanRateChanged(loan=loan, rate=rate, **_parties(found)))
    return loans.put(ctx, found)


# --- time ------------------------------------------------------------------------------------------------------------------------
@register.each_day
def loans_whose_day_has_come_are_looked_at(ctx: Context, limit: int) -> int:
    """Periods end, amounts fall due or become late, classes change: for the loans this day concerns, and for no other."""
    done = 0
    for loan in loans.by(ctx, "wake", upto=ctx.today, limit=limit):
        after = up_to_date(ctx, loan.loan)
        loans.put(ctx, after.loan)
        done += 1 + len(after.dues) // DUES_A_PIECE
        if done >= limit:
            break
    return done


def up_to_date(ctx: Context, loan: LoanId) -> Account:
    """The account as of today: what time has brought is kept and told. The caller keeps the loan itself. Refuses: NOT_FOUND."""
    before = account(ctx, loan)
    after = caught_up(before, ctx.today, policy(ctx))
    if after != before:
        keep_dues(ctx, before, after)
        _tell(ctx, before.loan, after)
    return after


def account(ctx: Context, loan: LoanId) -> Account:
    """A loan as it was last kept, with what is due and unpaid. Refuses: NOT_FOUND."""
    found = loans.get(ctx, loan)
    return Account(found, tuple(dues.by(ctx, "open", loan, limit=OPEN_MAX)) if found.first_unpaid is not None else ())


def policy(ctx: Context) -> Figures:
    """The figures of classification in force."""
    return figures(ctx.parameter(class_by_dpd), ctx.parameter(class_tolerance_days), ctx.parameter(cure_months))


def keep_dues(ctx: Context, before: Account, after: Account) -> None:
    """Keep the dues that are new or have changed."""
    known = {due.number: due for due in before.dues}
    for due in after.dues:
        if due.number not in known:
            dues.add(ctx, due)
        elif known[due.number] != due:
            dues.put(ctx, due)


# --- the work --------------------------------------------------------------------------------------------------------------------
def _journal(
    ctx: Context, before: Account, after: Account, kind: MovementKind, amount: Money, *, parts: Parts | None = None,
    payment: PaymentRef | None = None,
) -> Movement:  # fmt: skip
    """Keep what an act did to an account, and the line that tells it."""
    keep_dues(ctx, before, after)
    unpaid = Account(after.loan, tuple(due for due in after.dues if due.open))
    after = caught_up(unpaid, ctx.today, policy(ctx))
    keep_dues(ctx, unpaid, after)
    _tell(ctx, before.loan, after)
    loan = changed(after.loan, movements=after.loan.movements + 1)
    if kind is MovementKind.REPAYMENT and loan.terms.method is not Method.REVOLVING and nothing_owed(after):
        loan = _settled(ctx, loan)
    loans.put(ctx, loan)
    return movements.add(
        ctx,
        Movement(
            loan=loan.loan, number=loan.movements, kind=kind, day=ctx.today, amount=amount, bearing=loan.bearing, stage=loan.stage,
            parts=parts, payment=payment,
        ),
    )  # fmt: skip


def _settled(ctx: Context, loan: Loan) -> Loan:
    ctx.emit(LoanSettled(loan=loan.loan, backing=loan.terms.backing, **_parties(loan)))
    return loan.moved(LoanStage.SETTLED, "settle", wake=None)


def _tell(ctx: Context, before: Loan, after: Account) -> None:
    """Announce what time or an act brought."""
    loan, parties = after.loan, _parties(after.loan)
    for due in after.dues:
        if due.number > before.dues:
            ctx.emit(LoanFellDue(loan=loan.loan, due=due.due, interest=due.interest, principal=due.principal, **parties))
    if loan.stage is LoanStage.OVERDUE and before.stage is not LoanStage.OVERDUE:
        assert loan.first_unpaid is not None
        ctx.emit(LoanOverdue(loan=loan.loan, since=loan.first_unpaid, **parties))
    if loan.stage is LoanStage.ACTIVE and before.stage is LoanStage.OVERDUE:
        ctx.emit(LoanCurrent(loan=loan.loan, **parties))
    if loan.five_class is not before.five_class:
        past = days_past_due(loan.first_unpaid, ctx.today)
        ctx.emit(LoanClassified(loan=loan.loan, lender=loan.terms.lender, five_class=loan.five_class, days_past_due=past))


def _parties(loan: Loan) -> dict[str, PartyId]:
    return {"lender": loan.terms.lender, "borrower": loan.terms.borrower}


def _one_of_the_two(ctx: Context, loan: Loan) -> None:
    if not (ctx.signed_by(loan.terms.borrower) or ctx.signed_by(loan.terms.lender)):
        raise NotOwner(record=loan.label())


def _check_amount(loan: Loan, amount: Money) -> None:
    if amount.ccy != loan.drawn.ccy:
        raise MoneyInvalid(problem=f"{amount.ccy} ≠ {loan.drawn.ccy}", field="amount")
    check_positive(amount)


def _check_today(ctx: Context, value_date: date) -> None:
    if value_date != ctx.today:
        raise DateInvalid(problem=f"{value_date} ≠ 业务日期 {ctx.today} (not today)", field="value_date")


def _check_new(ctx: Context, payment: PaymentRef) -> None:
    if movements.by(ctx, "payment", payment, limit=1):
        raise AlreadyExists(record=f"Movement {payment}")
