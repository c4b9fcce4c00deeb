"""A register named like a route of the gateway."""

from heqi.kernel.contracts import Register

register = Register("receipts", title=("收据", "Receipts"))
