"""A core enterprise's ERP over REST (sim-erp): open payables, the nightly CSV drop, and our confirmation back.

What holds here: the same record as the file import gives (erp.OpenPayable), so an application does not care where it came
from. Credit notes are named, not imported.
"""

from datetime import date
from typing import Any, Literal

import msgspec

from heqi.connectors.answers import SignedAnswer, believe
from heqi.connectors.erp import OpenPayable
from heqi.connectors.source import Source
from heqi.proof.canonical import encode
from heqi.types.ids import check_uscc
from heqi.types.money import Money


class ProvedPayable(msgspec.Struct, frozen=True):
    """A payable with the ERP's signed word about it, for verifications.record: kind AP_ITEM, PASS when GR/IR is matched."""

    payable: OpenPayable
    issuer: str
    evidence: SignedAnswer


class PayablePage(msgspec.Struct, frozen=True):
    """`next` is where to go on; it equals the number asked for when there is nothing more.

    `credit_notes` and `confirmed` are the ap_nos left out: the first are no payables, the second are vouchers already.
    """

    proved: tuple[ProvedPayable, ...]
    credit_notes: tuple[str, ...]
    confirmed: tuple[str, ...]
    next: int

    @property
    def payables(self) -> tuple[OpenPayable, ...]:
        return tuple(one.payable for one in self.proved)


class _Signed(msgspec.Struct, frozen=True):
    answer: dict[str, Any]
    signature: str


class _Item(msgspec.Struct, frozen=True):
    ap_no: str
    seller: str
    seller_name: str
    buyer: str
    document_no: str
    total: int
    ccy: str
    due_date: date
    date: date
    gr_ir_matched: int
    invoice_no: str
    contract_no: str
    plant: str
    confirmed: str


class _Page(msgspec.Struct, frozen=True):
    items: tuple[_Signed, ...]
    next: int


class Erp:
    """One core enterprise's ERP, which may keep the books of several companies."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def payables(self, since: int = 0) -> PayablePage:
        """At most 500 items after number `since`."""
        page = self._source.get("/ap", "ap", since=str(since)).facts(_Page)
        read = [self._item(one) for one in page.items]
        return PayablePage(
            proved=tuple(_proved(item, answer) for item, answer in read if item.total > 0 and not item.confirmed),
            credit_notes=tuple(item.ap_no for item, _ in read if item.total <= 0),
            confirmed=tuple(item.ap_no for item, _ in read if item.confirmed),
            next=page.next,
        )

    def _item(self, signed: _Signed) -> tuple[_Item, SignedAnswer]:
        """Each item is signed for its own company, under that company's name of the source."""
        buyer = str(signed.answer.get("facts", {}).get("buyer", ""))
        name = f"{self._source.name}-{buyer}"
        answer = believe(encode(signed.answer), signed.signature, self._source.key, name, "AP_ITEM")
        return answer.facts(_Item), answer

    def csv(self, encoding: Literal["utf-8", "gb18030"] = "utf-8") -> bytes:
        """The nightly drop, for erp.import_payables."""
        return self._source.get_document("/ap.csv", "ap.csv", encoding=encoding)

    def confirm(self, ap_nos: list[str], reference: str) -> None:
        """Tells the ERP that these items became vouchers, so its payment run leaves them out. All or none."""
        self._source.post("/confirm", "confirmation", {"ap_nos": ap_nos, "reference": reference})


def _proved(item: _Item, evidence: SignedAnswer) -> ProvedPayable:
    check_uscc(item.seller)
    payable = OpenPayable(
        ap_no=item.ap_no,
        vendor=item.seller,
        vendor_name=item.seller_name,
        document_no=item.document_no,
        amount=Money(item.ccy, item.total),
        due_date=item.due_date,
        gr_ir_matched=item.gr_ir_matched == 1,
        invoice_no=item.invoice_no,
        contract_no=item.contract_no,
        plant=item.plant,
        posting_date=item.date,
    )
    return ProvedPayable(payable=payable, issuer=item.buyer, evidence=evidence)
