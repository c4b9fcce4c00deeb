"""INDEX made again from STATE: after a snapshot was restored, which holds the records only.

What holds here: the entries are those the acts themselves would have left, byte for byte, because every table knows its own.
"""

from collections.abc import Callable
from typing import Any

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.state.keys import prefix_end
from heqi.kernel.state.reader import Store
from heqi.kernel.state.scan import scan_all

BATCH = 20_000


class _Entries:
    """What a table takes for a context when it only writes index entries."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.records: dict[bytes, Any] = {}
        self._rows: dict[bytes, bytes | None] = {}

    def read(self, space: str, key: bytes) -> bytes | None:
        raise PermissionError("an index is made from the record alone")

    def recall(self, key: bytes, decode: Callable[[bytes], Any], keep: bool) -> Any:
        raise PermissionError("an index is made from the record alone")

    def range(self, space: str, start: bytes, stop: bytes, limit: int, reverse: bool) -> list[tuple[bytes, bytes]]:
        raise PermissionError("an index is made from the record alone")

    def write(self, space: str, key: bytes, value: bytes | None) -> None:
        assert space == "index"
        self._rows[key] = value
        if len(self._rows) >= BATCH:
            self.keep()

    def keep(self) -> None:
        self._store.apply({"index": self._rows})
        self._rows = {}


def rebuild_index(store: Store, catalogue: Catalogue) -> None:
    """Write every table's index entries for the records in STATE. The store's INDEX is empty before."""
    entries = _Entries(store)
    for register in catalogue.registers.values():
        for table in register.tables.values():
            if table.indexes:
                for _, value in scan_all(store, "state", table.prefix, prefix_end(table.prefix)):
                    table.reindex(entries, table.decode(value))
    entries.keep()
