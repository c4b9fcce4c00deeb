"""A table from a file: rows of cells with their row numbers, whatever the encoding, the delimiter or the workbook.

What holds here: CSV in UTF-8 (with or without BOM), UTF-16 with BOM or GB18030; comma, semicolon or tab; xlsx, its first
sheet, values only. A line is a row: a quote left open spoils that row and no other. Bounded in bytes, also unpacked.
What does not: what a column means (mapping.py), what a cell says (cells.py).
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from heqi.types.refusals import SchemaInvalid

SIZE_MAX = 64 * 2**20
UNPACKED_MAX = 512 * 2**20
DELIMITERS = (",", ";", "\t")
_LINE_END = re.compile(r"\r\n|\n|\r")

Cell = str | int | float | bool | date | datetime | None
Row = tuple[int, list[Cell] | None]
"""A row number as a spreadsheet shows it (the first line is 1), and the cells; None is a row that cannot be read."""


class Table(msgspec.Struct):
    """`rows` can be gone through once; `total` counts them, 0 when the workbook does not say."""

    rows: Iterator[Row]
    total: int


def load(source: Path | bytes) -> bytes:
    """The file's bytes. Refused with SchemaInvalid when it is too large."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > SIZE_MAX:
        raise SchemaInvalid(problem=f"文件过大 file > {SIZE_MAX} 字节 bytes")
    return source if isinstance(source, bytes) else source.read_bytes()


def open_table(data: bytes) -> Table:
    """Refused with SchemaInvalid: neither a workbook nor text in a known encoding."""
    return _workbook(data) if data.startswith(b"PK\x03\x04") else _text_table(decode(data))


def decode(data: bytes) -> str:
    """Text by its byte order mark, else UTF-8, else GB18030, each strict: nothing is replaced by a question mark."""
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SchemaInvalid(problem="编码无法识别 neither UTF-8 nor GB18030")


def _text_table(text: str) -> Table:
    lines = _LINE_END.split(text)
    delimiter = max(DELIMITERS, key=lambda mark: max((line.count(mark) for line in lines[:20]), default=0))
    return Table(rows=_text_rows(lines, delimiter), total=sum(1 for line in lines if line.strip()))


def _text_rows(lines: list[str], delimiter: str) -> Iterator[Row]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            cells: list[Cell] = list(next(csv.reader([line], delimiter=delimiter, strict=True)))
        except csv.Error:
            yield number, None
        else:
            if any(cells):
                yield number, cells


def _workbook(data: bytes) -> Table:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > UNPACKED_MAX:
            raise SchemaInvalid(problem=f"xlsx > {UNPACKED_MAX} 字节 bytes unpacked")
        sheet: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False).worksheets[0]
    # openpyxl lets its readers' own errors through; a broken workbook can raise any of these.
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, TypeError, OSError, SyntaxError) as problem:
        if isinstance(problem, SchemaInvalid):
            raise
        raise SchemaInvalid(problem=f"xlsx: {type(problem).__name__}") from None
    return Table(rows=_sheet_rows(sheet), total=sheet.max_row or 0)


def _sheet_rows(sheet: Any) -> Iterator[Row]:
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(cell not in (None, "") for cell in cells):
            yield number, list(cells)
