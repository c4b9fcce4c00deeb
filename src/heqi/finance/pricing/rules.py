"""贴现: straight discount, simple yield, semi-annual yield, fees (spec C08, S02.6, S03.6).

What holds here: days run from the value date (counted) to the adjusted maturity (not counted), plus the grace days;
a formula is one exact fraction, rounded HALF_UP once; interest and net always add up to the face. What does not: who
pays which part, and whether a price was agreed. A contract recomputes and calls `require_equal`.
"""

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from heqi.finance.pricing.model import Discount
from heqi.types.dates import Basis, days, following, year_days, year_fraction
from heqi.types.money import Money
from heqi.types.rates import BPS_WHOLE, bps_fraction, rate_fraction
from heqi.types.refusals import DateInvalid, DocMismatch

GRACE_MAX = 10
"""Grace days may be 0 to 10 (S02.6)."""

HALF_YEARS = (182, 183)
"""Compounding periods of a semi-annual yield, in turn (spec C08)."""


def discount(face: Money, rate: str, value_date: date, maturity: date, *, grace: int = 0, basis: Basis = Basis.ACT_360) -> Discount:
    """直接贴现法: interest = face × rate × days / 360; net = face − interest.

    `rate`: percent per year. Refuses RATE_INVALID, DATE_INVALID (value date after maturity, a year without a calendar,
    grace outside 0…10), MONEY_INVALID (the interest would exceed the face).
    """
    count = discount_days(value_date, maturity, grace)
    interest = face.times(rate_fraction(rate) * Fraction(count, year_days(basis)))
    return Discount(interest=interest, net=face - interest, days=count, calc_version="straight/1")


def simple_yield_net(
    face: Money, rate: str, value_date: date, maturity: date, *, grace: int = 0, basis: Basis = Basis.ACT_360
) -> Discount:
    """单利收益率法: net = face / (1 + rate × days / 360); the interest is the rest. Refuses as `discount` does."""
    return _at_yield(face, rate, discount_days(value_date, maturity, grace), basis, lambda count: (count,), "simple-yield/1")


def yield_semiannual(
    face: Money, rate: str, value_date: date, maturity: date, *, grace: int = 0, basis: Basis = Basis.ACT_360
) -> Discount:
    """半年复利收益率法: face divided by (1 + rate × 182/360), by (1 + rate × 183/360), …, at last by the stub days.

    Refuses as `discount` does.
    """
    return _at_yield(face, rate, discount_days(value_date, maturity, grace), basis, _half_years, "semi-annual/1")


def fee(amount: Money, rate: str, count: int, *, basis: Basis = Basis.ACT_360) -> Money:
    """A fee by time: amount × rate × days / 360 (platform fee, confirmation fee, commitment fee). `rate`: percent per year."""
    if count < 0:
        raise DateInvalid(problem=f"{count} < 0 天 days")
    return amount.times(rate_fraction(rate) * Fraction(count, year_days(basis)))


def late_interest(unpaid: Money, rate: str, multiplier_bps: int, due: date, paid_on: date) -> Money:
    """逾期利息: unpaid × rate × multiplier × days / 360 from the due day (counted) to the day of payment (not counted); spec C05.

    `rate`: percent per year; `multiplier_bps`: 13000 is 1.3. Refuses: RATE_INVALID, DATE_INVALID (paid before it was due).
    """
    return unpaid.times(rate_fraction(rate) * Fraction(multiplier_bps, BPS_WHOLE) * year_fraction(due, paid_on, Basis.ACT_360))


def handling_fee(amount: Money, bps: int) -> Money:
    """手续费: a flat part of the amount in basis points, whatever the days."""
    return amount.times(bps_fraction(bps))


def discount_days(value_date: date, maturity: date, grace: int = 0) -> int:
    """adj(maturity) − value date + grace: the maturity moves to the next business day, the first day counts (spec C08)."""
    if not 0 <= grace <= GRACE_MAX:
        raise DateInvalid(problem=f"宽限期 {grace} ∉ [0, {GRACE_MAX}] (grace days)")
    return days(value_date, following(maturity)) + grace


def commitment_days(commitment: date, value_date: date) -> int:
    """Days a promise to buy stands: from the commitment to the value date, neither adjusted."""
    return days(commitment, value_date)


def require_equal(item: str, expected: Money, actual: Money) -> None:
    """Refuse a figure that differs from the recomputed one by even one minor unit: DOC_MISMATCH."""
    if actual != expected:
        raise DocMismatch(item=item, expected=expected, actual=actual)


def _at_yield(face: Money, rate: str, count: int, basis: Basis, periods: Callable[[int], tuple[int, ...]], version: str) -> Discount:
    yearly, factor = rate_fraction(rate), Fraction(1)
    for period in periods(count):
        factor *= 1 + yearly * Fraction(period, year_days(basis))
    net = face.times(factor**-1)
    return Discount(interest=face - net, net=net, days=count, calc_version=version)


def _half_years(count: int) -> tuple[int, ...]:
    periods: list[int] = []
    while count:
        period = min(count, HALF_YEARS[len(periods) % 2])
        periods.append(period)
        count -= period
    return tuple(periods)
