"""A core enterprise's ERP over REST (sim-erp): open payables, the nightly CSV drop, and our confirmation back.

What holds here: the same record as the file import gives (erp.OpenPayable), so an application does not care where it came
from. Credit notes are named, not imported.
"""

from datetime import date
from typing import Literal

import msgspec

from heqi.connectors.erp import OpenPayable
from heqi.connectors.source import Source
from heqi.types.ids import check_uscc
from heqi.types.money import Money


class PayablePage(msgspec.Struct, frozen=True):
    """`next` is where to go on; it equals the number asked for when there is nothing more.

    `credit_notes` and `confirmed` are the ap_nos left out: the first are no payables, the second are vouchers already.
    """

    payables: tuple[OpenPayable, ...]
    credit_notes: tuple[str, ...]
    confirmed: tuple[str, ...]
    next: int


class _Item(msgspec.Struct, frozen=True):
    ap_no: str
    vendor: str
    vendor_name: str
    document_no: str
    amount_fen: int
    due_date: date
    posting_date: date
    gr_ir_matched: bool
    invoice_no: str
    contract_no: str
    plant: str
    confirmed: str


class _Page(msgspec.Struct, frozen=True):
    items: tuple[_Item, ...]
    next: int


class Erp:
    def __init__(self, source: Source) -> None:
        self._source = source

    def payables(self, since: int = 0) -> PayablePage:
        """At most 500 items after number `since`."""
        page = self._source.get("/ap", "ap", since=str(since)).facts(_Page)
        return PayablePage(
            payables=tuple(_payable(one) for one in page.items if one.amount_fen > 0 and not one.confirmed),
            credit_notes=tuple(one.ap_no for one in page.items if one.amount_fen <= 0),
            confirmed=tuple(one.ap_no for one in page.items if one.confirmed),
            next=page.next,
        )

    def csv(self, encoding: Literal["utf-8", "gb18030"] = "utf-8") -> bytes:
        """The nightly drop, for erp.import_payables."""
        return self._source.get_document("/ap.csv", "ap.csv", encoding=encoding)

    def confirm(self, ap_nos: list[str], reference: str) -> None:
        """Tells the ERP that these items became vouchers, so its payment run leaves them out. All or none."""
        self._source.post("/confirm", "confirmation", {"ap_nos": ap_nos, "reference": reference})


def _payable(item: _Item) -> OpenPayable:
    check_uscc(item.vendor)
    given = {name: value for name, value in msgspec.structs.asdict(item).items() if name not in ("amount_fen", "confirmed")}
    return OpenPayable(**given, amount=Money("CNY", item.amount_fen))
