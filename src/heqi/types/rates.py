"""Rates and ratios as they travel (spec/conventions.md §1.1): decimal text and whole basis points, never floats.

What holds here: one value has one text (canonical: no exponent, no sign, no leading or trailing zeros). Formulas take
the Fraction.
"""

import re
from fractions import Fraction
from typing import Annotated

from heqi.types.refusals import RateInvalid
from heqi.types.scalar import scalar

RATE_MAX_PCT = 36
BPS_WHOLE = 10_000
_RATE = re.compile(r"(?:0|[1-9][0-9]?)(?:\.[0-9]{0,5}[1-9])?")
_FX = re.compile(r"(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{0,7}[1-9])?")


def check_rate(value: str) -> None:
    """Percent per year, 0…36, at most 6 decimals, canonical: "2.9"."""
    if not isinstance(value, str) or not _RATE.fullmatch(value) or Fraction(value) > RATE_MAX_PCT:
        raise RateInvalid(problem=repr(value))


def check_fx_rate(value: str) -> None:
    """Units of the quote currency for one of the base currency, above 0, at most 8 decimals, canonical: "7.1"."""
    if not isinstance(value, str) or not _FX.fullmatch(value) or value == "0":
        raise RateInvalid(problem=repr(value))


def check_bps(value: int) -> None:
    """A share of a whole in basis points, 0…10000."""
    if type(value) is not int or not 0 <= value <= BPS_WHOLE:
        raise RateInvalid(problem=f"{value!r} ∉ [0, {BPS_WHOLE}] bps")


Rate = Annotated[
    str,
    scalar(
        "rate", zh="年利率（%）", en="Rate, percent per year", check=check_rate, example="2.9",
        pattern=r"^(0|[1-9][0-9]?)(\.[0-9]{0,5}[1-9])?$",
    ),
]  # fmt: skip
FxRate = Annotated[
    str,
    scalar(
        "fx_rate", zh="汇率", en="Exchange rate, quote per base", check=check_fx_rate, example="7.1",
        pattern=r"^(0|[1-9][0-9]{0,9})(\.[0-9]{0,7}[1-9])?$",
    ),
]  # fmt: skip
Bps = Annotated[int, scalar("bps", zh="比例（万分之一）", en="Basis points of a whole", check=check_bps, example=8000)]


def rate_fraction(rate: str) -> Fraction:
    """The part of one per year: "2.9" → 29/1000. Refuses what `check_rate` refuses."""
    check_rate(rate)
    return Fraction(rate) / 100


def fx_fraction(rate: str) -> Fraction:
    """Quote units for one base unit: "7.1" → 71/10. Refuses what `check_fx_rate` refuses."""
    check_fx_rate(rate)
    return Fraction(rate)


def bps_fraction(bps: int) -> Fraction:
    """The part of the whole: 8000 → 4/5. Refuses what `check_bps` refuses."""
    check_bps(bps)
    return Fraction(bps, BPS_WHOLE)
