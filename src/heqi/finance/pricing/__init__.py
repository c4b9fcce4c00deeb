"""贴现与费用: what money costs between two days. Pure arithmetic, no register."""

from heqi.finance.pricing.model import Discount
from heqi.finance.pricing.rules import (
    commitment_days,
    discount,
    discount_days,
    fee,
    handling_fee,
    late_interest,
    require_equal,
    simple_yield_net,
    yield_semiannual,
)
from heqi.types.dates import Basis

__all__ = [
    "Basis",
    "Discount",
    "commitment_days",
    "discount",
    "discount_days",
    "fee",
    "handling_fee",
    "late_interest",
    "require_equal",
    "simple_yield_net",
    "yield_semiannual",
]
