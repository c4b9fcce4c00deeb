"""What became of each row: good rows proceed, bad rows say where and why, in Chinese and English."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import msgspec

from heqi.connectors.files.mapping import Layout, Mapping, find_header
from heqi.connectors.files.table import Cell, open_table
from heqi.types.rejection import Rejection

PROGRESS_EVERY = 1000

Progress = Callable[[int, int], None]
"""Called with (rows done, rows in all); the second is 0 while it is not known."""

T = TypeVar("T")


class Problem(msgspec.Struct, frozen=True):
    """`column` is the file's own heading."""

    column: str
    code: str
    reason_zh: str
    reason_en: str


class BadRow(msgspec.Struct, frozen=True):
    """`row` as a spreadsheet numbers it: the file's first line is 1."""

    row: int
    problems: tuple[Problem, ...]


class GoodRow(msgspec.Struct, Generic[T], frozen=True):
    """A row that was understood, with its number in the file."""

    row: int
    record: T


class RowReader:
    """Reads one row's fields and collects every problem, so that a person can correct the row in one go."""

    def __init__(self, layout: Layout, cells: list[Cell]) -> None:
        self._layout, self._cells = layout, cells
        self.problems: list[Problem] = []

    def has(self, field: str) -> bool:
        return field in self._layout.columns

    def take(self, field: str, read: Callable[[Cell], T], instead: T) -> T:
        """The field as `read` understands it; on a refusal, notes the problem and gives `instead` so reading goes on."""
        try:
            return read(self._cell(field))
        except Rejection as refusal:
            self.note(field, refusal)
            return instead

    def note(self, field: str, refusal: Rejection) -> None:
        self.problems.append(Problem(self._layout.heading(field), refusal.code, refusal.text("zh"), refusal.text("en")))

    def _cell(self, field: str) -> Cell:
        found = [self._cells[at] if at < len(self._cells) else None for at in self._layout.columns.get(field, ())]
        if len(found) == 1:
            return found[0]
        return "-".join("" if cell is None else str(cell).strip() for cell in found) if found else None


UNREADABLE = Problem("", "CELL_UNREADABLE", "该行引号未闭合，无法读取", "a quote in this row is not closed")


def read_rows(
    data: bytes,
    mappings: tuple[Mapping, ...],
    required: frozenset[str],
    read: Callable[[RowReader, Layout, int], T],
    progress: Progress | None,
) -> Iterator[GoodRow[T] | BadRow]:
    """Each row after the header as `read` makes a record of it. Refused with SchemaInvalid: no table, no known header."""
    table = open_table(data)
    layout = find_header(table.rows, mappings, required)
    done = 0
    for done, (number, cells) in enumerate(table.rows, 1):
        if cells is None:
            yield BadRow(number, (UNREADABLE,))
        else:
            reader = RowReader(layout, cells)
            record = read(reader, layout, number)
            yield BadRow(number, tuple(reader.problems)) if reader.problems else GoodRow(number, record)
        if progress and done % PROGRESS_EVERY == 0:
            progress(done, table.total)
    if progress:
        progress(done, done)
