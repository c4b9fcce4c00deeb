"""Files of a core enterprise brought to the ledger: open payables from its ERP, dealers' months from its dealer system (S03.7).

What holds here: good rows proceed and bad rows are told with row, column and reason; what the ledger knows is not submitted
again, so an import that broke off is simply run again. It owns no truth: each row is judged by the rules of the ledger.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from heqi.apps.all_link.model import ITEMS_MAX, OpenItem
from heqi.client.stage import Refused
from heqi.connectors import dealers, erp
from heqi.connectors.files.mapping import Mapping
from heqi.connectors.files.report import BadRow as Unreadable
from heqi.connectors.files.report import GoodRow
from heqi.proof.receipt import Receipt
from heqi.types.refusals import NotFound, SchemaInvalid

Progress = Callable[[int, int], None]
"""Called with (rows decided, rows in the file); the second is 0 while it is not known."""


class Desk(Protocol):
    """The `api` desk that imports: a session at a gateway, or a stage with the desk's key."""

    def ask(self, view: str, /, **args: Any) -> Any:
        """A view's answer as plain data."""
        ...

    def send(self, action: str, /, **args: Any) -> Receipt:
        """An act's receipt, whatever it says."""
        ...


CHECKED_AT_ONCE = 50
"""Items a question carries: behind a gateway it travels in the address of a request."""
_PLACE = re.compile(r"items\[([0-9]+)\]")


class Bad(msgspec.Struct, frozen=True, kw_only=True):
    """Why a row was not imported. `row` as a spreadsheet numbers it; `column`: the file's heading, where the fault is a cell's."""

    row: int
    code: str
    reason_zh: str
    reason_en: str
    column: str | None = None
    ap_no: str | None = None


class ImportReport(msgspec.Struct, frozen=True):
    """What became of a file: every row is imported, known before, or named in `bad` (once for each of its faults)."""

    file: str
    rows: int
    imported: int
    known: int
    bad: tuple[Bad, ...]


class _Run:
    """An import on its way."""

    def __init__(self, desk: Desk, file: str, progress: Progress | None) -> None:
        self.desk, self.file, self.progress = desk, file, progress
        self.rows, self.total, self.imported, self.known = 0, 0, 0, 0
        self.bad: list[Bad] = []

    def noted(self, done: int, total: int) -> None:
        """From the reader: how many rows the file has."""
        self.total = total

    def unreadable(self, row: Unreadable) -> None:
        self.rows += 1
        for one in row.problems:
            column = one.column or None
            self.bad.append(Bad(row=row.row, column=column, code=one.code, reason_zh=one.reason_zh, reason_en=one.reason_en))

    def told(self) -> None:
        if self.progress is not None:
            self.progress(self.rows, self.total)

    def report(self) -> ImportReport:
        self.total = self.rows
        self.told()
        return ImportReport(self.file, self.rows, self.imported, self.known, tuple(sorted(self.bad, key=lambda bad: bad.row)))


# --- payables -----------------------------------------------------------------------------------------------------------
def import_payables(desk: Desk, path: Path, mapping: Mapping | None = None, progress: Progress | None = None) -> ImportReport:
    """Import a file of open items (CSV in UTF-8 or GB18030, or xlsx) as the `api` desk of their issuer.

    Raises SchemaInvalid when the file as a whole cannot be read, Refused when the ledger refuses more than a row: no programme, say.
    """
    run = _Run(desk, path.name, progress)
    waiting: list[tuple[int, OpenItem]] = []
    for page in _pages(erp.read_payables(path, mapping, run.noted)):
        waiting += _fit(run, [found for row in page if (found := _item(run, row)) is not None])
        while len(waiting) >= ITEMS_MAX:
            _submit(run, waiting[:ITEMS_MAX])
            waiting = waiting[ITEMS_MAX:]
        run.told()
    _submit(run, waiting)
    return run.report()


def _pages(rows: Iterable[Any]) -> Iterator[list[Any]]:
    page: list[Any] = []
    for row in rows:
        page.append(row)
        if len(page) == CHECKED_AT_ONCE:
            yield page
            page = []
    yield page


def _item(run: _Run, row: GoodRow[erp.OpenPayable] | Unreadable) -> tuple[int, OpenItem] | None:
    """The row as the ledger's open item, unless it cannot be one."""
    if isinstance(row, Unreadable):
        run.unreadable(row)
        return None
    found = row.record
    given = {name: getattr(found, name) or None for name in ("invoice_no", "contract_no", "plant")}
    given |= {name: getattr(found, name) for name in ("ap_no", "vendor", "document_no", "amount", "due_date", "gr_ir_matched")}
    run.rows += 1
    try:
        return row.row, msgspec.convert(given, OpenItem)
    except msgspec.ValidationError as error:
        problem, _, column = str(error).partition(" - at `$.")
        refusal = SchemaInvalid(problem=problem)
        run.bad.append(
            Bad(
                row=row.row, column=column.rstrip("`") or None, ap_no=found.ap_no, code=refusal.code, reason_zh=refusal.text("zh"),
                reason_en=refusal.text("en"),
            )
        )  # fmt: skip
        return None


def _fit(run: _Run, items: list[tuple[int, OpenItem]]) -> list[tuple[int, OpenItem]]:
    """Those the ledger would take; it knows the others, or says why not."""
    if not items:
        return []
    verdicts = run.desk.ask("all_link.check_payables", items=[item for _, item in items])
    fit = []
    for (row, item), verdict in zip(items, verdicts, strict=True):
        if verdict["code"] == "OK":
            fit.append((row, item))
        elif verdict["code"] == "KNOWN":
            run.known += 1
        else:
            run.bad.append(_unfit(row, item, verdict["code"], verdict))
    return fit


def _submit(run: _Run, batch: list[tuple[int, OpenItem]]) -> None:
    """Import a batch; a row for which the ledger refuses it is set aside and the others are tried again."""
    while batch:
        receipt = run.desk.send("all_link.import_ap", items=[item for _, item in batch])
        if receipt.code == "OK":
            run.imported += len(batch)
            return
        place = _PLACE.match((receipt.error or {}).get("field") or "")
        if place is None:
            raise Refused(receipt)
        row, item = batch.pop(int(place[1]))
        run.bad.append(_unfit(row, item, receipt.code, receipt.error or {}))


def _unfit(row: int, item: OpenItem, code: str, words: dict[str, Any]) -> Bad:
    return Bad(row=row, ap_no=item.ap_no, code=code, reason_zh=words["message_zh"], reason_en=words["message_en"])


# --- dealers ------------------------------------------------------------------------------------------------------------
def import_dealer_months(desk: Desk, path: Path, mapping: Mapping | None = None, progress: Progress | None = None) -> ImportReport:
    """Import a file of dealers' months as the `api` desk of their group; a corrected month replaces the one before.

    Raises SchemaInvalid when the file as a whole cannot be read.
    """
    run = _Run(desk, path.name, progress)
    kept: dict[str, dict[str, Any]] = {}
    for row in dealers.read_dealer_months(path, mapping, run.noted):
        if isinstance(row, Unreadable):
            run.unreadable(row)
            continue
        run.rows += 1
        month = msgspec.to_builtins(row.record)
        dealer = month["dealer"]
        if dealer not in kept:
            kept[dealer] = _months(run, dealer)
        if kept[dealer].get(month["month"]) == month:
            run.known += 1
            continue
        receipt = run.desk.send("all_link.record_dealer_month", month=month)
        if receipt.code == "OK":
            run.imported += 1
        else:
            run.bad.append(_refused(row.row, receipt))
        run.told()
    return run.report()


def _months(run: _Run, dealer: str) -> dict[str, dict[str, Any]]:
    """What the ledger has of a dealer. Of one that is in no programme of ours it tells nothing; the import will be refused."""
    try:
        return {kept["month"]: kept["facts"] for kept in run.desk.ask("all_link.dealer_months", dealer=dealer)}
    except NotFound:
        return {}


def _refused(row: int, receipt: Receipt) -> Bad:
    words = receipt.error or {}
    return Bad(row=row, code=receipt.code, reason_zh=words["message_zh"], reason_en=words["message_en"])


IMPORTERS = {"import_ap": import_payables, "record_dealer_month": import_dealer_months}
"""By the action a file's rows become: what a gateway offers to upload."""
