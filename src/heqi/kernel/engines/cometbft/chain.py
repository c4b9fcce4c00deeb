"""One replica's thread: it owns the state and the log, answers CometBFT, and answers questions between requests."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.cometbft import server
from heqi.kernel.engines.cometbft.log import FinalBlock, decode_block
from heqi.kernel.engines.cometbft.replica import Replica
from heqi.kernel.engines.port import ChainStopped
from heqi.kernel.ledger.blocklog import BlockLog
from heqi.kernel.ledger.genesis import GenesisState
from heqi.kernel.ledger.machine import Machine
from heqi.kernel.state.lmdb_store import open_store
from heqi.proof.receipt import Genesis
from heqi.types.rejection import Rejection

log = logging.getLogger("heqi.cometbft")


class ReplicaThread:
    """Start it, call it from any thread, close it. The callbacks run on its thread."""

    def __init__(
        self,
        directory: Path,
        catalogue: Catalogue,
        genesis: Genesis,
        founding: GenesisState,
        socket: Path,
        *,
        on_block: Callable[[FinalBlock], None],
        on_refused: Callable[[str, Rejection], None],
        on_end: Callable[[], None],
    ) -> None:
        self.genesis, self.directory = genesis, directory
        self._catalogue, self._founding, self._socket = catalogue, founding, socket
        self._on_block, self._on_refused, self._on_end = on_block, on_refused, on_end
        self._gate = threading.Lock()  # Nothing is asked, and nobody reads the log, once the thread has ended.
        self._ended = False
        self.failed: BaseException | None = None
        self._opened = threading.Event()
        self.head: FinalBlock | None = None
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._live, name=f"replica-{genesis.chain}", daemon=True)

    def start(self) -> None:
        """Open, verify and replay; returns when CometBFT may connect. Raises what is wrong with the files."""
        self._thread.start()
        self._opened.wait()
        if self.failed is not None:
            self._thread.join()
            raise self.failed

    def call(self, work: Callable[[Replica], Any], done: Callable[[Any, BaseException | None], None]) -> None:
        """Run `work` on the replica's thread; `done` is told its answer, or why there is none."""

        def run() -> None:
            try:
                answer = work(self._replica)
            except Exception as error:  # noqa: BLE001 - handed to the asker.
                done(None, error)
            else:
                done(answer, None)

        with self._gate:
            if not self._ended:
                self._loop.call_soon_threadsafe(run)
                return
        done(None, self.stopped())

    def read_block(self, height: int) -> FinalBlock | None:
        """A durable block, from any thread. Raises ChainStopped."""
        with self._gate:  # So that the file is not closed meanwhile.
            if self._ended:
                raise self.stopped()
            head = self.head
            if head is None or height == head.height:
                return head
            data = self._log.read(height) if height in self._log.heights and height < head.height else None
        return None if data is None else decode_block(data)

    @property
    def log_bytes(self) -> int:
        """Bytes of the block log so far."""
        return self._log.used

    @property
    def ended(self) -> bool:
        """Was it closed, or did it fail?"""
        return self._ended

    def stopped(self) -> ChainStopped:
        """What to tell those who come after the end."""
        stopped = ChainStopped(f"chain {self.genesis.chain} has stopped")
        stopped.__cause__ = self.failed
        return stopped

    def close(self) -> None:
        """Flush and let go of the files. CometBFT has been stopped before."""
        with self._gate:
            if not self._ended:
                self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    # --- the replica's thread --------------------------------------------------------------------------------------
    def _live(self) -> None:
        try:
            with contextlib.ExitStack() as files:
                files.callback(self._loop.close)
                self._open(files)
                self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001 - told to whoever started the chain, waits for it or comes later.
            self.failed = error
            self._end()
        self._opened.set()

    def _open(self, files: contextlib.ExitStack) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._log = BlockLog(self.directory / "blocks")
        files.callback(self._log.close)
        store = open_store(self.directory / "state")
        files.callback(store.close)
        machine = Machine(store, self._catalogue, chain=self.genesis.chain, suite=self.genesis.suite)
        self._replica = Replica(machine, self._log, self.genesis, self._founding, on_block=self._told, on_refused=self._on_refused)
        files.push(self._end)  # Before the files are closed.
        self.head = self._replica.head

    async def _serve(self) -> None:
        listening = await server.serve(self._socket, self._replica.handle, self._fault)
        self._opened.set()
        await self._over.wait()
        listening.close()
        if self.failed is None:
            self._replica.flush()

    def _told(self, block: FinalBlock) -> None:
        self.head = block
        self._on_block(block)

    def _fault(self, error: Exception) -> None:
        """A request could not be answered: this replica stops rather than differ from the others."""
        log.error("replica %s stops", self.genesis.chain, exc_info=error)
        self.failed = error
        self._over.set()

    def _end(self, *_: object) -> None:
        with self._gate:
            if self._ended:
                return
            self._ended = True
        self._on_end()
