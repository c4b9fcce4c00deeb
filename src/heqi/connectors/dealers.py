"""The dealers' monthly figures from a dealer management system (spec S03.3, DealerProfile): CSV or xlsx.

What holds here: one row per dealer and month; aged stock is part of the stock. The score is a rule of the application.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from heqi.connectors.files import cells
from heqi.connectors.files.mapping import Layout, Mapping, shipped
from heqi.connectors.files.report import BadRow, GoodRow, Progress, RowReader, read_rows
from heqi.connectors.files.table import Cell, load
from heqi.types.ids import check_uscc
from heqi.types.refusals import AlreadyExists, SchemaInvalid
from heqi.types.text import fullwidth_to_half, plain_number

REQUIRED = frozenset({"dealer", "month", "retail_units", "stock_units", "aged_90d_units", "overdue_days"})
_MONTH = re.compile(r"(\d{4})(?:[-/年.](0?[1-9]|1[0-2])月?|(0[1-9]|1[0-2]))")
_BPS_WHOLE = 10_000


class DealerMonth(msgspec.Struct, frozen=True):
    """`month` is YYYY-MM; units are vehicles; `payments_on_time_bps` 10000 = every payment on time."""

    dealer: str
    month: str
    retail_units: int
    stock_units: int
    aged_90d_units: int
    overdue_days: int
    payments_on_time_bps: int


def read_dealer_months(
    source: Path | bytes, mapping: Mapping | None = None, progress: Progress | None = None
) -> Iterator[GoodRow[DealerMonth] | BadRow]:
    """Row by row; payments on time as basis points or as a percentage, whichever column the file has.

    Refused with SchemaInvalid as a whole: too large, no known encoding, no header that a mapping fits.
    """
    seen: dict[tuple[str, str], int] = {}

    def read(row: RowReader, _: Layout, number: int) -> DealerMonth:
        found = _dealer_month(row)
        first = seen.setdefault((found.dealer, found.month), number)
        if first != number and found.dealer and found.month:
            row.note("month", AlreadyExists(record=f"{found.dealer} {found.month} (第 {first} 行 row {first})"))
        return found

    return read_rows(load(source), (mapping,) if mapping else shipped("dealers"), REQUIRED, read, progress)


def _dealer_month(row: RowReader) -> DealerMonth:
    on_time = "payments_on_time_bps" if row.has("payments_on_time_bps") else "payments_on_time_pct"
    found = DealerMonth(
        dealer=row.take("dealer", _dealer, ""),
        month=row.take("month", _month, ""),
        retail_units=row.take("retail_units", cells.whole, 0),
        stock_units=row.take("stock_units", cells.whole, 0),
        aged_90d_units=row.take("aged_90d_units", cells.whole, 0),
        overdue_days=row.take("overdue_days", cells.whole, 0),
        payments_on_time_bps=row.take(on_time, _bps if on_time.endswith("bps") else _percent, 0),
    )
    if not row.problems and found.aged_90d_units > found.stock_units:
        row.note("aged_90d_units", SchemaInvalid(problem=f"{found.aged_90d_units} > {found.stock_units}"))
    return found


def _dealer(cell: Cell) -> str:
    found = cells.safe_text(cell).upper()
    check_uscc(found)
    return found


def _month(cell: Cell) -> str:
    written = fullwidth_to_half(cells.text(cell))
    match = _MONTH.fullmatch(written) or _MONTH.fullmatch(written.removesuffix("-01"))
    if not match:
        raise cells.CellUnreadable(zh=f"月份 {written!r} 无法识别", en=f"{written!r} is not a month")
    return f"{match[1]}-{int(match[2] or match[3]):02d}"


def _bps(cell: Cell) -> int:
    found = cells.whole(cell)
    if found > _BPS_WHOLE:
        raise cells.CellUnreadable(zh="超过 10000", en="it is more than 10000")
    return found


def _percent(cell: Cell) -> int:
    """ "90", "90.25%" → 9000, 9025; refuses more than two decimals, which basis points cannot hold."""
    written = cells.text(cell).removesuffix("%").strip()
    bps = plain_number(written) * 100
    if bps != bps.to_integral_value() or not 0 <= bps <= _BPS_WHOLE:
        raise cells.CellUnreadable(zh="不是 0–100 的百分数(至多两位小数)", en="not a percentage of 0 to 100, two decimals")
    return int(bps)
