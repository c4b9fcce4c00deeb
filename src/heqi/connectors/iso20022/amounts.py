"""Amounts on the ISO 20022 wire: a decimal in major units with its currency beside it, exact both ways."""

from collections.abc import Iterable
from decimal import Decimal

from lxml import etree

from heqi.connectors.iso20022.document import Part
from heqi.types.money import Money
from heqi.types.refusals import SchemaInvalid

DIGITS_MAX = 18


def amount_part(name: str, amount: Money) -> Part:
    """An amount element with its currency, in major units."""
    return name, str(amount.decimal), {"Ccy": amount.ccy}


def control_sum(amounts: Iterable[Money]) -> str:
    """CtrlSum: the plain sum of the figures, whatever their currencies (ISO 20022 definition).

    Refused with SchemaInvalid above 18 digits as written: the schema counts no trailing zeros, but some banks do.
    """
    total = str(sum((amount.decimal for amount in amounts), Decimal(0)))
    if len(total.replace(".", "")) > DIGITS_MAX:
        raise SchemaInvalid(problem=f"CtrlSum {total} > {DIGITS_MAX} 位，请分成多个文件 digits, split the file")
    return total


def read_amount(node: etree._Element) -> Money:
    """Refuses with MoneyInvalid a currency we do not know or more decimals than it has."""
    return Money.parse((node.text or "").strip(), node.get("Ccy", ""))
