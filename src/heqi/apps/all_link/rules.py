"""The arithmetic of All-Link (spec S03.6): each named result is exact until it is rounded once, half up, to the fen."""

from datetime import date
from fractions import Fraction

import msgspec

from heqi.apps.all_link.model import Bearer, DealerMonth
from heqi.finance import pricing
from heqi.types.money import Money, round_half_up
from heqi.types.rates import Rate, rate_fraction


class Figures(msgspec.Struct, frozen=True):
    """What a finance request costs and brings. `saving_fen` may be below zero: financing dearer than the benchmark."""

    days: int
    interest: Money
    fee: Money
    proceeds: Money
    saving_fen: int


def finance(amount: Money, rate: Rate, fee_pct: Rate, benchmark: Rate, value_date: date, maturity: date, bearer: Bearer) -> Figures:
    """Interest, platform fee, proceeds and saving of selling `amount` on `value_date` (S03.6)."""
    sold = pricing.discount(amount, rate, value_date, maturity)
    fee = pricing.fee(amount, fee_pct, sold.days)
    proceeds = amount if bearer is Bearer.ISSUER else sold.net - fee
    spread = rate_fraction(benchmark) - rate_fraction(rate) - rate_fraction(fee_pct)
    return Figures(sold.days, sold.interest, fee, proceeds, round_half_up(amount.minor * spread * Fraction(sold.days, 360)))


def confirm_fee(face: Money, fee_pct: Rate, issue_date: date, maturity: date) -> Money:
    """What the confirming bank bills the issuer: face · c · days / 360 from issue to maturity (S03.6)."""
    return pricing.fee(face, fee_pct, pricing.discount_days(issue_date, maturity))


def dealer_facts(month: DealerMonth) -> dict[str, Fraction]:
    """What the score card is asked with: percent of stock older than 90 days, overdue days, percent of payments on time.

    A dealer without stock has no aged stock.
    """
    aged = Fraction(100 * month.aged_90d_units, month.stock_units) if month.stock_units else Fraction(0)
    return {"aged_pct": aged, "overdue_days": Fraction(month.overdue_days), "on_time_pct": Fraction(month.payments_on_time_bps, 100)}
