"""A sheet of changes laid over a reader: one per transaction on top of one per block.

What holds here: reads see the sheet first and what lies beneath it second; `commit_to` lays the changes on the sheet
below, `discard` throws them away, and until either happens nothing beneath has changed. A block's sheet remembers the records
its transactions have read, so that each is decoded once a block. What not: no metering and no authority; the transaction's
context adds those.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sortedcontainers import SortedList

from heqi.kernel.state.reader import KEY_SIZE_MAX, SPACES, Reader, Row, Space
from heqi.types.refusals import SchemaInvalid

UNTOUCHED = b"untouched"
"""Stands for "this sheet says nothing of the key"; compared by identity, so a value of the same bytes does no harm."""


class Overlay:
    """Changes over `parent`. `changes[space]` maps each changed key to its new value, None for deleted."""

    __slots__ = ("_parent", "_read", "_sorted", "changes")

    def __init__(self, parent: Reader) -> None:
        self._parent = parent
        self._read: dict[bytes, Any] = {}
        self.changes: dict[Space, dict[bytes, bytes | None]] = {space: {} for space in SPACES}
        self._sorted: dict[Space, SortedList] = {}

    def get(self, space: Space, key: bytes) -> bytes | None:
        value = self.changes[space].get(key, UNTOUCHED)
        return self._parent.get(space, key) if value is UNTOUCHED else value

    def recall(self, key: bytes, decode: Callable[[bytes], Any], keep: bool) -> Any:
        """The record under a key of STATE, None when there is none.

        `keep`: the lowest sheet may give the same object again, to other transactions too. Only for records that nobody can
        change in place, or a refused act could leave something behind in one.
        """
        sheet = self
        while (value := sheet.changes["state"].get(key, UNTOUCHED)) is UNTOUCHED and isinstance(sheet._parent, Overlay):
            sheet = sheet._parent
        record = sheet._read.get(key, UNTOUCHED)
        if record is UNTOUCHED:
            value = sheet._parent.get("state", key) if value is UNTOUCHED else value
            record = None if value is None else decode(value)
            if keep:
                sheet._read[key] = record
        return record

    def put(self, space: Space, key: bytes, value: bytes) -> None:
        """Refuses SCHEMA_INVALID for a key no store could keep."""
        if not 0 < len(key) <= KEY_SIZE_MAX:
            raise SchemaInvalid(problem=f"a key of {len(key)} bytes; 1 to {KEY_SIZE_MAX} are possible")
        self.changes[space][key] = value
        if self._read:
            self._read.pop(key, None)

    def delete(self, space: Space, key: bytes) -> None:
        """Deleting what is not there is no error."""
        if 0 < len(key) <= KEY_SIZE_MAX:
            self.changes[space][key] = None
            self._read.pop(key, None)

    def scan(self, space: Space, start: bytes, stop: bytes, limit: int, reverse: bool = False) -> list[Row]:
        changes = self.changes[space]
        if not changes:
            return self._parent.scan(space, start, stop, limit, reverse)
        if limit <= 0 or start >= stop:
            return []
        rows: list[Row] = []
        ours = self._keys(space).irange(start, stop, inclusive=(True, False), reverse=reverse)
        theirs = self._parent_rows(space, start, stop, limit + 1, reverse)
        key, row = next(ours, None), next(theirs, None)
        while len(rows) < limit and (key is not None or row is not None):
            if key is None or (row is not None and (key < row[0] if reverse else key > row[0])):
                assert row is not None
                rows.append(row)
                row = next(theirs, None)
                continue
            if row is not None and key == row[0]:  # The sheet hides what lies beneath.
                row = next(theirs, None)
            if (value := changes[key]) is not None:
                rows.append((key, value))
            key = next(ours, None)
        return rows

    def commit_to(self, below: "Overlay") -> None:
        """Lay these changes on the overlay `below` and leave this sheet empty."""
        for space, changes in self.changes.items():
            if changes:
                below.changes[space].update(changes)
        for key in self.changes["state"]:
            below._read.pop(key, None)
        self.discard()

    def discard(self) -> None:
        """Leave this sheet empty; nothing beneath ever changed."""
        self.changes = {space: {} for space in SPACES}
        self._sorted, self._read = {}, {}

    def _keys(self, space: Space) -> SortedList:
        """The changed keys in order. Sorted only when somebody scans, then kept up with the keys that came since: a
        dict keeps its order of insertion and a sheet never forgets a key, so those are the last ones."""
        changes = self.changes[space]
        keys = self._sorted.get(space)
        if keys is None:
            keys = self._sorted[space] = SortedList(changes)
        elif len(keys) < len(changes):
            keys.update(list(islice(reversed(changes), len(changes) - len(keys))))
        return keys

    def _parent_rows(self, space: Space, start: bytes, stop: bytes, page: int, reverse: bool) -> Iterator[Row]:
        """The parent's rows, fetched a page at a time, since this sheet may hide any number of them."""
        while True:
            rows = self._parent.scan(space, start, stop, page, reverse)
            yield from rows
            if len(rows) < page:
                return
            last = rows[-1][0]
            start, stop = (start, last) if reverse else (last + b"\0", stop)
