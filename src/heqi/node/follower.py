"""Keeps the read model up with the chain, in a process of its own: the chain's thread does nothing for it.

What holds here: the process replays each block on a state of its own and writes the read model; the read model is written
before the state is flushed, so what a crash loses is replayed and nothing is missing. A block whose receipts come out
otherwise ends the process, and the read model stays at the block before: its height tells.
"""

import asyncio
import contextlib
import logging
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.embedded.verifiers import leave_with_parent
from heqi.kernel.engines.port import BlockView, Engine
from heqi.kernel.ledger.genesis import GenesisState
from heqi.kernel.ledger.machine import time_of
from heqi.kernel.state.lmdb_store import open_store
from heqi.node.history import History
from heqi.node.replay import Replayer, Written
from heqi.proof.receipt import Genesis

log = logging.getLogger("heqi.follower")
BATCH = 64
"""Blocks that go into the read model in one SQL transaction at most, when there is something to catch up."""
DATABASE = "history.sqlite"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(BlockView).decode


class Follower:
    """`history` is the read model, to be asked. Start it in the engine's event loop.

    `catalogue`: a function of a module, which the process calls for itself.
    """

    def __init__(self, directory: Path, engine: Engine, founding: GenesisState, catalogue: Callable[[], Catalogue]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._engine = engine
        self.history = History(directory / DATABASE, catalogue())  # Before the process, which finds its tables there.
        context = multiprocessing.get_context("spawn")  # Not fork: the node has threads.
        self._ours, theirs = context.Pipe()
        documents = (msgspec.json.encode(engine.genesis), msgspec.json.encode(founding))
        self._process = context.Process(target=_follow, args=(directory, theirs, catalogue, *documents), name="history", daemon=True)
        self._process.start()
        theirs.close()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process.pid is not None
        return self._process.pid

    async def start(self) -> None:
        """Begin to hand over blocks; returns at once."""
        self._task = asyncio.create_task(self._hand_over())

    async def close(self) -> None:
        """End the process; what it has not read it reads the next time."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._ours.close()
        await asyncio.to_thread(self._process.join)
        self.history.close()

    async def _hand_over(self) -> None:
        try:
            height = await asyncio.to_thread(self._ours.recv)
            async for block in self._engine.blocks(height + 1):
                await asyncio.to_thread(self._ours.send_bytes, _encode(block))
        except (EOFError, OSError):
            log.error("the history process ended; the explorer stays where it is until the node starts again")


def _follow(directory: Path, blocks: Connection, catalogue: Callable[[], Catalogue], anchor: bytes, founding: bytes) -> None:
    leave_with_parent()
    genesis = msgspec.json.decode(anchor, type=Genesis)
    rules, store = catalogue(), open_store(directory / "replayed")
    history = History(directory / DATABASE, rules)
    try:
        machine = Replayer(store, rules, chain=genesis.chain, suite=genesis.suite)
        if machine.marker is None:
            machine.init(msgspec.json.decode(founding, type=GenesisState), time_of(genesis.created))
            store.flush()
        blocks.send(machine.info()[0])
        with contextlib.suppress(EOFError, ConnectionResetError):  # The node has closed the chain.
            while True:
                batch: list[tuple[BlockView, list[Written]]] = []
                while not batch or (len(batch) < BATCH and blocks.poll()):
                    block = _decode(blocks.recv_bytes())
                    batch.append((block, machine.replay(block)))
                history.add(batch)
                store.flush()
    finally:
        history.close()
        store.close()
