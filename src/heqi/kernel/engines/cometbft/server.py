"""ABCI 2.0 over a unix socket: frames in, frames out, each connection in its own strict order.

What holds here: CometBFT opens four connections (query, snapshot, mempool, consensus) and matches answers to questions by
their order alone, so each request gets exactly one response of its kind. Handlers are ordinary functions and run on the
loop's thread, one at a time: no request sees another half done. A handler that fails ends the connection with `exception`;
CometBFT then stops itself, which is what a replica with a fault must do. What not: no meaning of any request.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from heqi.kernel.engines.cometbft import abci_pb2 as abci
from heqi.proof.wire import uvarint

log = logging.getLogger("heqi.cometbft")

MESSAGE_MAX = 128 << 20
"""Bytes; CometBFT's blocks end at 100 MB."""
VARINT_SIZE_MAX = 10

Handler = Callable[[str, abci.Request], abci.Response]
"""Answers a request, whose kind is its first argument."""


def frame(message: abci.Request | abci.Response) -> bytes:
    """A message as it travels: its length as a varint, then its bytes."""
    data = message.SerializeToString()
    return uvarint(len(data)) + data


FLUSHED = frame(abci.Response(flush=abci.Empty()))


class Frames:
    """Cuts a stream into frames, however it arrives."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The frames completed by these bytes. ValueError: no length, or one beyond MESSAGE_MAX."""
        held = self._held
        held += data
        frames: list[bytes] = []
        at = 0
        while (length := self._length(at)) is not None:
            start, size = length
            if len(held) - start < size:
                break
            frames.append(bytes(memoryview(held)[start : start + size]))
            at = start + size
        del held[:at]
        return frames

    def _length(self, at: int) -> tuple[int, int] | None:
        """(where the message starts, its size), or None while the length itself has not arrived."""
        size = 0
        for count, byte in enumerate(self._held[at : at + VARINT_SIZE_MAX]):
            size |= (byte & 0x7F) << 7 * count
            if byte < 0x80:
                if size > MESSAGE_MAX:
                    raise ValueError(f"a message of {size} bytes")
                return at + count + 1, size
        if len(self._held) - at >= VARINT_SIZE_MAX:
            raise ValueError("no length where a message should begin")
        return None


class Connection(asyncio.Protocol):
    """One of CometBFT's connections."""

    def __init__(self, handle: Handler, failed: Callable[[Exception], None]) -> None:
        self._handle, self._failed, self._frames = handle, failed, Frames()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        answers: list[bytes] = []
        try:
            for message in self._frames.feed(data):
                answers.append(self._answer(abci.Request.FromString(message)))
        except Exception as error:  # noqa: BLE001 - told to CometBFT, which stops, and to the chain, which ends.
            answers.append(frame(abci.Response(exception=abci.Failed(error=repr(error)))))
            self._transport.write(b"".join(answers))
            self._transport.close()
            self._failed(error)
            return
        self._transport.write(b"".join(answers))

    def _answer(self, request: abci.Request) -> bytes:
        kind = request.WhichOneof("value")
        if kind == "flush":
            return FLUSHED
        if kind == "echo":
            return frame(abci.Response(echo=abci.Echoed(message=request.echo.message)))
        if kind is None:
            raise ValueError("a request of a kind unknown to ABCI 2.0")
        return frame(self._handle(kind, request))


async def serve(path: Path, handle: Handler, failed: Callable[[Exception], None]) -> asyncio.Server:
    """Listen on a unix socket in a folder only this user may enter. `failed` hears of a handler that raised."""
    return await asyncio.get_running_loop().create_unix_server(lambda: Connection(handle, failed), path)
