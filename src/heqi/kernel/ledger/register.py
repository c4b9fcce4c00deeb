"""The ledger's own records: the business date, the nonces still remembered, the code in force.

`tick` is the day end: signed by the operator, consecutive, idempotent for a date; it moves the date on and then does the
due work of every register in bounded pieces. While it names registers as `pending`, the same date is ticked again.
"""

from datetime import date, datetime, timedelta

from heqi.kernel.contracts import Context, Event, Record, Register, members, operator
from heqi.types.ids import PartyId
from heqi.types.refusals import DateInvalid

register = Register("ledger", title=("账本", "Ledger"))

WORK_PIECES = 400
"""Pieces of due work one tick does: a bound for the time of its block."""


class Day(Record, frozen=True, kw_only=True):
    """The business date. `pending`: registers whose work of this date is not finished."""

    id: str
    date: date
    pending: tuple[str, ...]


class Nonce(Record, frozen=True, kw_only=True):
    """A nonce its signer may not use again before it is forgotten."""

    user: str
    nonce: str
    tx: str
    until: int


class Code(Record, frozen=True, kw_only=True):
    """The source of a register's rules as a digest: what this ledger runs."""

    register: str
    version: int
    digest: str


class DayOpened(Event, frozen=True, kw_only=True):
    date: date


class DayWorked(Event, frozen=True, kw_only=True):
    """All work due on this date is done."""

    date: date


days = register.table("day", Day, key=("id",))
nonces = register.table("nonce", Nonce, key=("user", "nonce"), indexes={"until": ("until",)})
codes = register.table("code", Code, key=("register",))


def the_operator(ctx: Context) -> PartyId:
    """the platform operator"""
    return ctx.org


@register.action("日终", by=operator(the_operator))
def tick(ctx: Context, business_date: date) -> Day:
    """推进账本业务日期并处理当日到期事项；返回仍待处理的登记簿时，以同一日期再次提交。
    Move the business date on and do the work due; tick the same date again while registers are pending."""
    day = days.find(ctx, "today")
    if day is None:
        raise DateInvalid(problem="账本尚未开日 (no business date yet)")
    if business_date == day.date + timedelta(days=1) and not day.pending:
        day = Day(id="today", date=business_date, pending=tuple(r.name for r in ctx.catalogue.registers.values() if r.days))
        ctx.open_day(business_date)
        ctx.emit(DayOpened(date=business_date))
    elif business_date != day.date:
        raise DateInvalid(
            problem=f"当前业务日期 {day.date}，须逐日推进且先完成当日事项 (today is {day.date}; days follow one another, finished first)"
        )
    elif not day.pending:
        return day
    return days.put(ctx, _work(ctx, day))


def _work(ctx: Context, day: Day) -> Day:
    left, pending = WORK_PIECES, list(day.pending)
    while pending and left > 0:
        for work in ctx.catalogue.registers[pending[0]].days:
            left -= work(ctx, left) if left > 0 else 0
        if left <= 0:
            break
        pending.pop(0)
    if not pending:
        ctx.emit(DayWorked(date=day.date))
    return Day(id="today", date=day.date, pending=tuple(pending))


@register.view("业务日期", sees=members)
def today(ctx: Context) -> Day:
    """账本业务日期及当日未完成的日终事项。
    The ledger's business date and the day-end work still pending."""
    day = days.find(ctx, "today")
    if day is None:
        raise DateInvalid(problem="账本尚未开日 (no business date yet)")
    return day


def remember(ctx: Context, user: str, nonce: str, tx: str, not_after: datetime) -> None:
    """Keep a nonce until the hour after its transaction can no longer come."""
    nonces.add(ctx, Nonce(user=user, nonce=nonce, tx=tx, until=int(not_after.timestamp()) // 3600 + 1))


def forget(ctx: Context, time: datetime, limit: int = 500) -> None:
    """Drop nonces whose transactions have expired."""
    for nonce in nonces.by(ctx, "until", upto=int(time.timestamp()) // 3600 - 1, limit=limit):
        nonces.delete(ctx, nonce)


def rules_in_force(ctx: Context) -> dict[str, str]:
    """The digest of each register's rules as this ledger was founded with them."""
    return {code.register: code.digest for code in codes.scan(ctx)}
