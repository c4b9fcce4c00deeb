"""Open payables as a core enterprise's ERP exports them (spec S03.7): CSV or xlsx, Chinese or English headings.

What holds here: good rows proceed, bad rows are reported with row, column and reason; one open item appears once in a
file, its second row is a bad row. What does not hold here: whether an item was imported before. The ledger knows that,
and `PayableReport.fresh` leaves out what the caller says it knows, so a second import of a file does nothing twice.
"""

import hashlib
from collections.abc import Container, Iterator
from datetime import date
from pathlib import Path

import msgspec

from heqi.connectors.files import cells
from heqi.connectors.files.mapping import Layout, Mapping, shipped
from heqi.connectors.files.report import BadRow, GoodRow, Progress, RowReader, read_rows
from heqi.connectors.files.table import Cell, load
from heqi.types.ids import check_uscc
from heqi.types.money import Money
from heqi.types.refusals import AlreadyExists, DateInvalid

REQUIRED = frozenset({"ap_no", "vendor", "vendor_name", "document_no", "amount", "due_date", "gr_ir_matched"})
_NO_DAY = date.min


class OpenPayable(msgspec.Struct, frozen=True):
    """One open item of the accounts payable ledger. `vendor` is a checked USCC; `amount` is above zero.

    `gr_ir_matched`: goods receipt, order and invoice agree (三单匹配). Empty text where the file has no such column.
    """

    ap_no: str
    vendor: str
    vendor_name: str
    document_no: str
    amount: Money
    due_date: date
    gr_ir_matched: bool
    invoice_no: str = ""
    contract_no: str = ""
    plant: str = ""
    posting_date: date | None = None


class PayableReport(msgspec.Struct, frozen=True):
    """What became of a file. `sha256` is the file's own digest, so that the same file is known again."""

    sha256: str
    good: tuple[GoodRow[OpenPayable], ...]
    bad: tuple[BadRow, ...]

    @property
    def payables(self) -> tuple[OpenPayable, ...]:
        return tuple(row.record for row in self.good)

    def fresh(self, known: Container[str]) -> tuple[OpenPayable, ...]:
        """The payables whose `ap_no` is not known yet."""
        return tuple(row.record for row in self.good if row.record.ap_no not in known)


def read_payables(
    source: Path | bytes, mapping: Mapping | None = None, progress: Progress | None = None
) -> Iterator[GoodRow[OpenPayable] | BadRow]:
    """Row by row. Without `mapping` the shipped ones are tried on the file's headers (Chinese, SAP English).

    Refused with SchemaInvalid as a whole: too large, no known encoding, no header that a mapping fits.
    """
    seen: dict[str, int] = {}

    def read(row: RowReader, layout: Layout, number: int) -> OpenPayable:
        found = _payable(row, layout)
        first = seen.setdefault(found.ap_no, number) if found.ap_no else number
        if first != number:
            row.note("ap_no", AlreadyExists(record=f"{found.ap_no} (第 {first} 行 row {first})"))
        return found

    mappings = (mapping,) if mapping else shipped("payables")
    return read_rows(load(source), mappings, REQUIRED, read, progress)


def import_payables(source: Path | bytes, mapping: Mapping | None = None, progress: Progress | None = None) -> PayableReport:
    """The whole file as a report."""
    data = load(source)
    good: list[GoodRow[OpenPayable]] = []
    bad: list[BadRow] = []
    for row in read_payables(data, mapping, progress):
        if isinstance(row, BadRow):
            bad.append(row)
        else:
            good.append(row)
    return PayableReport(sha256=hashlib.sha256(data).hexdigest(), good=tuple(good), bad=tuple(bad))


def _payable(row: RowReader, layout: Layout) -> OpenPayable:
    mapping = layout.mapping
    ccy = (row.take("ccy", cells.safe_text, "") if row.has("ccy") else "") or mapping.ccy

    def a_day(cell: Cell) -> date:
        return cells.day(cell, mapping.dates)

    def a_day_or_none(cell: Cell) -> date | None:
        return None if cell in (None, "") else a_day(cell)

    posting = row.take("posting_date", a_day_or_none, None)
    due = row.take("due_date", a_day, _NO_DAY)
    if posting and due != _NO_DAY and due < posting:
        row.note("due_date", DateInvalid(problem=f"到期日 due {due} < 过账日 posted {posting}"))
    return OpenPayable(
        ap_no=row.take("ap_no", _needed, ""),
        vendor=row.take("vendor", _uscc, ""),
        vendor_name=row.take("vendor_name", _needed, ""),
        document_no=row.take("document_no", _needed, ""),
        amount=row.take("amount", lambda cell: cells.amount(cell, ccy), Money("CNY", 0)),
        due_date=due,
        gr_ir_matched=row.take("gr_ir_matched", lambda cell: cells.yes_or_no(cell, mapping.yes, mapping.no), False),
        invoice_no=row.take("invoice_no", cells.safe_text, ""),
        contract_no=row.take("contract_no", cells.safe_text, ""),
        plant=row.take("plant", cells.safe_text, ""),
        posting_date=posting,
    )


def _needed(cell: Cell) -> str:
    found = cells.safe_text(cell)
    if not found.strip("-"):
        raise cells.CellUnreadable(zh="必填项为空", en="it is required and empty")
    return found


def _uscc(cell: Cell) -> str:
    found = _needed(cell).upper()
    check_uscc(found)
    return found
