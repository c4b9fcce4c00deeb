"""What a calculation gives: figures and the version of the formula that gave them."""

import msgspec

from heqi.types.money import Money


class Discount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A face value bought before its maturity. `interest` + `net` = face, to the minor unit; `days` include the grace days.

    `calc_version` names the formula, so that a deal can be recomputed in ten years as it was.
    """

    interest: Money
    net: Money
    days: int
    calc_version: str
