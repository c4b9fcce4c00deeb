"""A store in memory, for tests and for checking a candidate without a disk.

What holds here: the same answers as the LMDB store. What not: nothing survives the process.
"""

from itertools import islice

from sortedcontainers import SortedDict

from heqi.kernel.state.reader import SPACES, Changes, Row, Space


class MemoryStore:
    """The three spaces as sorted dictionaries."""

    def __init__(self) -> None:
        self._spaces: dict[Space, SortedDict] = {space: SortedDict() for space in SPACES}

    def get(self, space: Space, key: bytes) -> bytes | None:
        return self._spaces[space].get(key)

    def scan(self, space: Space, start: bytes, stop: bytes, limit: int, reverse: bool = False) -> list[Row]:
        if start >= stop:
            return []
        rows = self._spaces[space]
        keys = rows.irange(start, stop, inclusive=(True, False), reverse=reverse)
        return [(key, rows[key]) for key in islice(keys, max(limit, 0))]

    def apply(self, changes: Changes) -> None:
        for space, changed in changes.items():
            rows = self._spaces[space]
            for key, value in changed.items():
                if value is None:
                    rows.pop(key, None)
                else:
                    rows[key] = value

    def flush(self) -> None:
        """Memory is as durable as it gets."""

    def close(self) -> None:
        """Nothing to let go of."""
