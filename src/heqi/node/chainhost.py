"""An engine driven from ordinary, synchronous code: stories, the command line, benchmarks.

The engine lives in an event loop on a thread of its own; this host is the `LedgerPort` a stage plays on.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, TypeVar

from heqi.kernel.engines.port import Engine
from heqi.kernel.ledger.machine import Machine
from heqi.proof.receipt import Receipt, ReceiptProof

T = TypeVar("T")
WAIT_S = 60.0


class ChainHost:
    """Runs one engine until closed."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.chain = engine, engine.genesis.chain
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chain-host", daemon=True)
        self._thread.start()
        try:
            self.run(engine.start())
        except BaseException:
            self._stop()
            raise

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the engine's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine in the engine's loop: a server, say."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def submit(self, data: bytes) -> Receipt:
        async def go() -> Receipt:
            return await self.engine.wait(await self.engine.submit(data), WAIT_S)

        return self.run(go())

    def ask(self, view: str, args: bytes, viewer: str) -> bytes:
        return self.run(self.engine.ask(view, args, viewer))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def fingerprint(self) -> str:
        return self.call(lambda machine: machine.fingerprint())

    def call(self, work: Callable[[Machine], T]) -> T:
        """A read-only piece of work on the chain's thread, between blocks."""
        return self.run(self.engine.call(work))

    def proof(self, tx_id: str) -> ReceiptProof:
        return self.run(self.engine.proof(tx_id))

    def close(self) -> None:
        self.run(self.engine.close())
        self._stop()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
