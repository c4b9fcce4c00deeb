"""Money: a currency and a whole number of its minor units (spec/conventions.md §1.1).

What holds here: 0 ≤ minor < 10^15, the currency is one of the exponent table, money of two currencies is never added
nor compared, nothing goes below zero, no float comes near. Rounding is HALF_UP (四舍五入), once, at the end of a
formula, in `times` and `round_half_up`. To divide a sum use `shares.allot`. What does not hold here: exchange (that is
a rate of a day, not arithmetic) and signs (a debit is a side of a posting, not a negative amount).
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import msgspec
from msgspec import Meta

from heqi.types.refusals import MoneyInvalid, SchemaInvalid
from heqi.types.text import plain_number

EXPONENTS: dict[str, int] = {"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "HKD": 2, "JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}
"""ISO 4217 decimals of each currency the house knows."""

LIMIT = 10**15
"""First amount that is too large. It also keeps every amount exact in JSON (RFC 8785: integers up to 2^53 − 1)."""


def round_half_up(exact: Fraction) -> int:
    """The nearest whole number; a half goes away from zero (四舍五入, as decimal.ROUND_HALF_UP)."""
    numerator, denominator = exact.numerator, exact.denominator
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True, order=False):
    """An amount of one currency in its minor units: `Money("CNY", 80_000_000)` is 800,000.00 yuan.

    Refused with MoneyInvalid: an unknown currency, a `minor` that is not an int (bool and float included) or not in [0,
    10^15).
    """

    # While msgspec decodes, it wraps the refusal of __post_init__ in its ValidationError, as `__cause__`.

    ccy: str
    minor: int

    def __post_init__(self) -> None:
        # `type is int` also refuses bool. One chained test, because every amount of every request passes here.
        if self.ccy not in EXPONENTS or type(self.minor) is not int or not 0 <= self.minor < LIMIT:
            raise MoneyInvalid(problem=_what_is_wrong(self.ccy, self.minor))

    @classmethod
    def zero(cls, ccy: str) -> "Money":
        return cls(ccy, 0)

    @classmethod
    def sum_of(cls, ccy: str, amounts: Iterable["Money"]) -> "Money":
        """The sum; zero of `ccy` when there is none. Every amount must be in `ccy`."""
        total = 0
        for amount in amounts:
            if amount.ccy != ccy:
                raise MoneyInvalid(problem=f"{ccy} ≠ {amount.ccy}")
            total += amount.minor
        return cls(ccy, total)

    @classmethod
    def parse(cls, text: str, ccy: str) -> "Money":
        """Reads what a person or an ERP wrote in major units: "800,000.00", "８００，０００．００".

        Refuses more decimals than the currency has, even zeros: "800.000" may be somebody's eight hundred thousand.
        """
        exponent = EXPONENTS.get(ccy)
        if exponent is None:
            raise MoneyInvalid(problem=_what_is_wrong(ccy, 0))
        try:
            number = plain_number(text)
        except SchemaInvalid as refusal:
            raise MoneyInvalid(problem=repr(text)) from refusal
        places = -int(number.as_tuple().exponent)
        if places > exponent:
            raise MoneyInvalid(problem=f"{text!r}: {places} > {exponent} 位小数 decimals ({ccy})")
        return cls(ccy, int(number.scaleb(exponent)))

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.ccy, self.minor + other.minor)

    def __sub__(self, other: "Money") -> "Money":
        """The rest; refused when `other` is the larger."""
        self._same(other)
        if other.minor > self.minor:
            raise MoneyInvalid(problem=f"{self} − {other} < 0")
        return Money(self.ccy, self.minor - other.minor)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor > other.minor

    def __ge__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor >= other.minor

    def __bool__(self) -> bool:
        return self.minor > 0

    def __str__(self) -> str:
        return f"{self.decimal:,} {self.ccy}"

    @property
    def decimal(self) -> Decimal:
        """Major units with the currency's decimals: Decimal("800000.00")."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.ccy])

    def times(self, factor: Fraction) -> "Money":
        """`factor` times this amount, rounded HALF_UP to the minor unit; refuses a negative factor.

        Collect a formula into one factor (rate × days / 360) and call this once: rounding is once, at the end.
        """
        if not isinstance(factor, (Fraction, int)) or isinstance(factor, bool):
            raise MoneyInvalid(problem=f"× {factor!r}")
        return Money(self.ccy, round_half_up(self.minor * Fraction(factor)))

    def _same(self, other: "Money") -> None:
        if self.ccy != other.ccy:
            raise MoneyInvalid(problem=f"{self.ccy} ≠ {other.ccy}")


def cny(yuan: str | int) -> Money:
    """Yuan from text or a whole number: `cny("800,000.00") == cny(800_000)`."""
    if isinstance(yuan, str):
        return Money.parse(yuan, "CNY")
    if type(yuan) is not int:
        raise MoneyInvalid(problem=repr(yuan))
    return Money("CNY", yuan * 100)


def check_positive(amount: Money) -> None:
    """Refuses zero."""
    if amount.minor < 1:
        raise MoneyInvalid(problem=f"{amount} ≤ 0")


Positive = Annotated[
    Money,
    Meta(
        title="Amount above zero",
        extra={"check": check_positive, "scalar": "positive"},
        extra_json_schema={"x-heqi": {"scalar": "positive", "zh": "金额（大于零）"}},
    ),
]
"""An amount of at least one minor unit. A field that may be zero is a plain Money."""


def _what_is_wrong(ccy: object, minor: object) -> str:
    if ccy not in EXPONENTS:
        return f"{ccy!r} ∉ {{{', '.join(EXPONENTS)}}}"
    if type(minor) is not int:
        return f"{type(minor).__name__} {minor!r} ∉ ℤ"
    return f"{minor} ∉ [0, 10^15)"
