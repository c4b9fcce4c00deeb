"""What state is made of: three spaces of ordered bytes keys, and the two questions one may ask of them.

What holds here: the names of the spaces and the `Reader` every store and overlay answers to. A key is 1 to 511 bytes
(LMDB's limit, the same for every store so that every engine refuses the same transaction); a value is any bytes, also
none at all.
What not: no storage, and no meaning of any key.
"""

from collections.abc import Mapping
from typing import Literal, Protocol

Space = Literal["state", "index", "meta"]
"""`state` is committed by the state tree; `index` derives from it; `meta` is the engine's own book-keeping."""

SPACES: tuple[Space, ...] = ("state", "index", "meta")

KEY_SIZE_MAX = 511

Row = tuple[bytes, bytes]

Changes = Mapping[Space, Mapping[bytes, bytes | None]]
"""New values by space and key; None deletes."""


class Reader(Protocol):
    """Ordered key-value state as of one moment."""

    def get(self, space: Space, key: bytes) -> bytes | None:
        """The value, or None when the key is absent."""
        ...

    def scan(self, space: Space, start: bytes, stop: bytes, limit: int, reverse: bool = False) -> list[Row]:
        """At most `limit` rows with start <= key < stop, ascending, or descending from the upper end when `reverse`."""
        ...


class Store(Reader, Protocol):
    """A reader that keeps what it is given. Owned by one thread."""

    def apply(self, changes: Changes) -> None:
        """Take over the changes: visible to this reader at once, safe on disk after `flush`."""
        ...

    def flush(self) -> None:
        """Make everything applied so far durable, all of it or none of it."""
        ...

    def close(self) -> None:
        """Let go of the files. What was applied after the last flush is lost."""
        ...
