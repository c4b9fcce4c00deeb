"""Amounts on the ISO 20022 wire: a decimal in major units with its currency beside it, exact both ways."""

from collections.abc import Iterable
from decimal import Decimal

from lxml import etree

from heqi.connectors.iso20022.document import Part
from heqi.types.money import Money


def amount_part(name: str, amount: Money) -> Part:
    """An amount element with its currency, in major units."""
    return name, str(amount.decimal), {"Ccy": amount.ccy}


def control_sum(amounts: Iterable[Money]) -> str:
    """CtrlSum: the plain sum of the figures, whatever their currencies (ISO 20022 definition)."""
    return str(sum((amount.decimal for amount in amounts), Decimal(0)))


def read_amount(node: etree._Element) -> Money:
    """Refuses with MoneyInvalid a currency we do not know or more decimals than it has."""
    return Money.parse((node.text or "").strip(), node.get("Ccy", ""))
