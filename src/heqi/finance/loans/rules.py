"""What loans cost and when: rates, periods, instalments, daily postings, classification (spec C07, conventions §1.1, §1.2, §1.7).

What holds here: an amount is multiplied with whole rates (millionths of a percent) and whole days, and divided and rounded HALF_UP
once, at the end; so a period split anywhere gives the same total. Pure: no ledger.
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from heqi.finance.loans.model import (
    BY_INSTALMENT,
    BY_SETTLE_DAY,
    DailyPosting,
    FiveClass,
    Method,
    Movement,
    RateKind,
    RateStep,
    Terms,
)
from heqi.types.dates import add_months, days
from heqi.types.money import Money, check_positive, round_half_up
from heqi.types.rates import BPS_WHOLE, RATE_MAX_PCT, Rate, rate_fraction
from heqi.types.refusals import DateInvalid, RateInvalid, SchemaInvalid
from heqi.types.shares import running

MICRO = 10**6
"""Rates have at most six decimals: in millionths of a percent they are whole."""
WHOLE = 100 * MICRO
"""The rate that makes an amount its own double in a year."""
MONTHS_MAX = 360
ACT_365 = ("GBP", "HKD")
_BPS = MICRO // 100
_DAY = timedelta(days=1)


class Figures(NamedTuple):
    """The figures of policy in force: days past due above which a loan is in a class, the best first; months to be cured."""

    over: tuple[tuple[FiveClass, int], ...]
    cure_months: int


# --- rates ---------------------------------------------------------------------------------------------------------------------
def micro(rate: Rate) -> int:
    """A rate in millionths of a percent: "4.35" → 4,350,000. Refuses: RATE_INVALID."""
    return int(rate_fraction(rate) * WHOLE)


def rate_text(micros: int) -> Rate:
    """The rate as it travels: 4,350,000 → "4.35"."""
    whole, part = divmod(micros, MICRO)
    return f"{whole}.{part:06d}".rstrip("0").rstrip(".")


def floating(lpr: Rate, spread_bps: int) -> Rate:
    """LPR plus a spread in basis points. Refuses: RATE_INVALID (below 0 or above 36)."""
    found = micro(lpr) + spread_bps * _BPS
    if not 0 <= found <= RATE_MAX_PCT * MICRO:
        raise RateInvalid(problem=f"LPR {lpr} {spread_bps:+} bps ∉ [0, {RATE_MAX_PCT}]")
    return rate_text(found)


def rate_days(rates: Sequence[RateStep], start: date, end: date) -> int:
    """Σ of the rate of each day from `start` (counted) to `end` (not counted)."""
    total, until = 0, end
    for step in reversed(rates):
        if until <= start:
            break
        begin = max(step.since, start)
        if begin < until:
            total += step.micro * (until - begin).days
            until = begin
    assert until <= start or start >= end, "the first rate begins with the loan"
    return total


def year_of(ccy: str) -> int:
    """Days of the year interest is divided by (conventions §1.2)."""
    return 365 if ccy in ACT_365 else 360


def divisor(terms: Terms, since: date, until: date) -> int:
    """What a sum of amount × rate × days is divided by, besides WHOLE.

    EMI and EPP pay a twelfth of the yearly rate a month, whatever its days; each day of the month bears an equal part of it.
    """
    return 12 * days(since, until) if terms.method in BY_INSTALMENT else year_of(terms.amount.ccy)


def penalty_exact(terms: Terms, total: int) -> Fraction:
    """Penalty in minor units: overdue amount × rate × multiplier × days / 360."""
    return Fraction(total * terms.penalty_bps, BPS_WHOLE * WHOLE * year_of(terms.amount.ccy))


# --- terms ---------------------------------------------------------------------------------------------------------------------
def check_terms(terms: Terms, penalty_bps_max: int) -> None:
    """Refuse terms that contradict themselves.

    In this order: MONEY_INVALID, SCHEMA_INVALID (the parties, the payee), DATE_INVALID (end, whole months), RATE_INVALID (the
    rate, its base, the penalty).
    """
    check_positive(terms.amount)
    if terms.lender == terms.borrower:
        raise SchemaInvalid(problem="贷款人即借款人 (the lender borrows from itself)", field="terms.borrower")
    if terms.payee is not None and (not terms.entrusted or terms.payee == terms.borrower):
        raise SchemaInvalid(problem="受托支付须付给借款人以外的收款方 (only an entrusted payment has a payee)", field="terms.payee")
    if terms.end <= terms.start:
        raise DateInvalid(problem=f"{terms.end} 不晚于 {terms.start} (the end is not after the start)", field="terms.end")
    if terms.method in BY_INSTALMENT:
        months_of(terms)
    base = floating(terms.lpr, terms.spread_bps) if terms.lpr is not None and terms.spread_bps is not None else None
    if (terms.rate_kind is RateKind.LPR) != (base is not None) or (base is None and (terms.lpr, terms.spread_bps) != (None, None)):
        raise RateInvalid(problem=f"{terms.rate_kind}: LPR 与加点须同时给出或均不给出 (a floating rate has an LPR and a spread)")
    if base is not None and micro(terms.rate) != micro(base):
        raise RateInvalid(problem=f"{terms.rate} ≠ LPR {terms.lpr} {terms.spread_bps:+} bps = {base}")
    micro(terms.rate)
    if not BPS_WHOLE <= terms.penalty_bps <= penalty_bps_max:
        raise RateInvalid(problem=f"罚息倍率 {terms.penalty_bps} ∉ [{BPS_WHOLE}, {penalty_bps_max}] bps (penalty multiplier)")


def months_of(terms: Terms) -> int:
    """Instalments of EMI and EPP: the whole months from start to end. Refuses: DATE_INVALID."""
    count = (terms.end.year - terms.start.year) * 12 + terms.end.month - terms.start.month
    if not 1 <= count <= MONTHS_MAX or add_months(terms.start, count) != terms.end:
        raise DateInvalid(problem=f"{terms.start}–{terms.end} ≠ 整月 (no whole months, at most {MONTHS_MAX})", field="terms.end")
    return count


# --- days ----------------------------------------------------------------------------------------------------------------------
def period_end(terms: Terms, opened: date, since: date, matures: date, number: int) -> date:
    """Where the period that begins on `since` ends, the day not counted: at maturity, after a settlement day, or with its month.

    `number` counts the periods of an instalment loan from 1. A first period below `merge_days` is settled with the next one.
    """
    if terms.method in BY_INSTALMENT:
        return add_months(opened, number)
    if terms.method not in BY_SETTLE_DAY:
        return matures
    ends = _on_or_after(since, terms.settle_day) + _DAY
    if since == opened and (ends - since).days < terms.merge_days:
        ends = _on_or_after(ends, terms.settle_day) + _DAY
    return min(ends, matures)


def pay_date(terms: Terms, ends: date) -> date:
    """The day by which a period's interest is to be paid, before it moves to a business day: the next pay day."""
    return _on_or_after(ends, terms.pay_day) if terms.method in BY_SETTLE_DAY else ends


def _on_or_after(day: date, of_month: int) -> date:
    return day.replace(day=of_month) if day.day <= of_month else add_months(day.replace(day=1), 1).replace(day=of_month)


# --- instalments ---------------------------------------------------------------------------------------------------------------
def instalment(method: Method, principal: Money, micros: int, count: int) -> Money:
    """What is paid each month: EMI the whole, A = P·i(1+i)^n / ((1+i)^n − 1) with i = rate / 12; EPP the principal, P / n."""
    if method is Method.EPP or not micros:
        return principal.times(Fraction(1, count))
    monthly = Fraction(micros, 12 * WHOLE)
    growth = (1 + monthly) ** count
    return principal.times(monthly * Fraction(growth, growth - 1))


def instalment_principal(method: Method, each: Money, bearing: Money, interest: Money, last: bool) -> Money:
    """The principal in an instalment; the last one clears the balance."""
    if last:
        return bearing
    if method is Method.EPP:
        return min(each, bearing, key=lambda amount: amount.minor)
    return Money(each.ccy, min(max(each.minor - interest.minor, 0), bearing.minor))


def prepaid(available: int, bearing: int, accrued: Fraction) -> int:
    """Principal that `available` repays before it is due, together with its own part of the interest accrued so far (利随本清).

    The largest principal that fits; what is left of `available` is interest.
    """

    def cost(principal: int) -> int:
        return principal + round_half_up(accrued * principal * Fraction(1, bearing))

    found = min(bearing, math.floor(available * bearing * (bearing + accrued) ** -1))
    while found > 0 and cost(found) > available:
        found -= 1
    while found < bearing and cost(found + 1) <= available:
        found += 1
    return found


# --- daily postings ------------------------------------------------------------------------------------------------------------
def daily_postings(
    terms: Terms, rates: Sequence[RateStep], period: tuple[date, date], opening: Money, moves: Sequence[Movement], until: date
) -> list[DailyPosting]:
    """A period's interest day by day through the day before `until`, from the journal alone (conventions §1.1).

    post(n) = round(exact through day n) − Σ posted before, so that the days sum to the period's interest to the minor unit.
    """
    since, ends = period
    bearing, exact, posted = opening, Fraction(0), 0
    found: list[DailyPosting] = []
    waiting = [move for move in moves if since <= move.day < min(ends, until)]
    per_day = Fraction(1, WHOLE * divisor(terms, since, ends))
    for offset in range((min(ends, until) - since).days):
        day = since + _DAY * offset
        while waiting and waiting[0].day == day:
            bearing = waiting.pop(0).bearing
        exact += bearing.minor * rate_days(rates, day, day + _DAY) * per_day
        post = running(exact, posted)
        posted += post
        found.append(DailyPosting(day=day, bearing=bearing, posted=post))
    return found


# --- five classes --------------------------------------------------------------------------------------------------------------
CLASSES = tuple(FiveClass)


def figures(class_by_dpd: dict[str, int], tolerance_days: int, cure_months: int) -> Figures:
    """The ledger's figures in their order; the technical tolerance raises what lies below it."""
    return Figures(tuple((one, max(class_by_dpd[one], tolerance_days)) for one in CLASSES[1:]), cure_months)


def class_of(days_past_due: int, policy: Figures) -> FiveClass:
    """The class that these days past due give: more than 90 are 次级 (SUBSTANDARD)."""
    return max((one for one, over in policy.over if days_past_due > over), key=CLASSES.index, default=FiveClass.NORMAL)


def days_past_due(first_unpaid: date | None, day: date) -> int:
    """逾期天数: days since the oldest unpaid amount was due."""
    return 0 if first_unpaid is None else max((day - first_unpaid).days, 0)


def classified(now: FiveClass, cured: date | None, first_unpaid: date | None, day: date, policy: Figures) -> tuple[FiveClass, date | None]:
    """The class on a day, and since when the loan is cured: it goes down with the days past due, and up only when nothing was
    past due for the cure months (conventions §1.7)."""
    past = days_past_due(first_unpaid, day)
    if past:
        return max(now, class_of(past, policy), key=CLASSES.index), None
    if now is FiveClass.NORMAL:
        return now, None
    since = day if cured is None else cured
    return (FiveClass.NORMAL, None) if add_months(since, policy.cure_months) <= day else (now, since)


def next_look(first_unpaid: date | None, cured: date | None, day: date, policy: Figures) -> date | None:
    """The next day on which the class may change by itself."""
    looks = [] if cured is None else [add_months(cured, policy.cure_months)]
    if first_unpaid is not None:
        looks += [first_unpaid + _DAY * (over + 1) for _, over in policy.over]
    return min((look for look in looks if look > day), default=None)
