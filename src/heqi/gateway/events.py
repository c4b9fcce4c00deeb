"""The ledger's events as a stream (Server-Sent Events, HTML §9.2), resumed without loss or repetition.

The id of an event is `<height>/<index>/<event>`: its place on the chain. Last-Event-ID resumes behind it, whichever gateway
answers. Each organisation gets the events that name it or that it signed; the regulator gets all. When idle, the stream
tells how far it has read (`id` alone, which browsers remember) and ends when the session has ended.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from heqi.gateway.chain import whole_number
from heqi.gateway.gate import Caller, Gate
from heqi.gateway.refusals import SessionRequired
from heqi.kernel.contracts import Signer
from heqi.kernel.engines.port import BlockView
from heqi.node.visibility import concerns
from heqi.types.refusals import SchemaInvalid

Cursor = tuple[int, int, int]
MEDIA_TYPE = "text/event-stream"


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """One event: its place, the transaction that caused it, its name and facts."""

    height: int
    index: int
    event: int
    time: str
    tx: str
    contract: str
    action: str
    name: str
    data: msgspec.Raw


async def stream_events(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/events: from Last-Event-ID, else from the block `from`, else what happens from now on."""
    if request.method == "HEAD":  # Its answer has no body, so nothing would end the stream.
        return Response(media_type=MEDIA_TYPE)
    last = request.headers.get("last-event-id")
    if last is not None:
        cursor = read_cursor(last)
    elif "from" in request.query_params:
        cursor = (whole_number(request.query_params["from"], "from"), -1, -1)
    else:
        cursor = ((await gate.engine.status()).height + 1, -1, -1)
    return StreamingResponse(_stream(gate, caller, cursor), media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})


def read_cursor(text: str) -> Cursor:
    """The place an id names. Refuses: SCHEMA_INVALID."""
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) <= 16 for part in parts):
        raise SchemaInvalid(problem="Last-Event-ID 须为 <height>/<index>/<event>", field="Last-Event-ID")
    return int(parts[0]), int(parts[1]), int(parts[2])


async def _stream(gate: Gate, caller: Caller, cursor: Cursor) -> AsyncIterator[bytes]:
    blocks = gate.engine.blocks(max(cursor[0], gate.engine.genesis.initial_height))
    coming: asyncio.Task[BlockView] | None = None
    gate.metrics.streams.inc()
    try:
        yield b"retry: 2000\n\n"
        while True:
            coming = coming or asyncio.ensure_future(anext(blocks))  # pyright: ignore[reportArgumentType]
            await asyncio.wait({coming}, timeout=gate.settings.heartbeat_s)
            viewer = await _still(gate, caller)
            if viewer is None:
                return
            if not coming.done():
                yield b"id: %d/%d/%d\n\n" % cursor if cursor[1] >= 0 else b": -\n\n"
                continue
            block, coming = coming.result(), None
            for place, data in _shown(gate, viewer, block, cursor):
                yield b"id: %d/%d/%d\ndata: %s\n\n" % (*place, data)
            cursor = (block.height, len(block.receipts), 0)  # Behind the block's last event.
    except StopAsyncIteration:
        return
    finally:
        if coming is not None:
            coming.cancel()
        gate.metrics.streams.dec()


def _shown(gate: Gate, viewer: Signer, block: BlockView, cursor: Cursor) -> list[tuple[Cursor, bytes]]:
    found = []
    for entry in gate.visibility.entries(block):
        receipt = entry.receipt
        for number, (event, orgs) in enumerate(zip(receipt.events, entry.events, strict=True)):
            place = (block.height, receipt.index, number)
            if place > cursor and concerns(viewer, orgs):
                shown = EventShown(
                    height=block.height, index=receipt.index, event=number, time=receipt.time, tx=receipt.tx, contract=receipt.contract,
                    action=receipt.action, name=event.name, data=event.data,
                )  # fmt: skip
                found.append((place, msgspec.json.encode(shown)))
    return found


async def _still(gate: Gate, caller: Caller) -> Signer | None:
    """The viewer as of now; None once the session has ended. Reading a stream does not keep a session from being idle."""
    if gate.sessions.find(caller.token, touch=False) is None:
        return None
    try:
        viewer = await gate.signer(caller.token, caller.session)
    except SessionRequired:
        return None
    return viewer if viewer.active else None
