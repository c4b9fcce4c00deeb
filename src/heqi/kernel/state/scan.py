"""Reading a whole space in bounded pieces."""

from collections.abc import Iterator

from heqi.kernel.state.keys import AFTER_EVERY_KEY
from heqi.kernel.state.reader import Reader, Row, Space

PIECE = 10_000


def scan_all(reader: Reader, space: Space, start: bytes = b"", stop: bytes = AFTER_EVERY_KEY) -> Iterator[Row]:
    """Every row of a space in key order."""
    while rows := reader.scan(space, start, stop, PIECE):
        yield from rows
        start = rows[-1][0] + b"\0"
