"""Who waits for a receipt, and who for the next block: what the event loop keeps of them for any engine."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import msgspec

from heqi.proof.receipt import Receipt

decode_receipt = msgspec.json.Decoder(Receipt).decode


class Waiting:
    """Use it from the engine's event loop only."""

    def __init__(self) -> None:
        self._futures: dict[str, list[asyncio.Future[Receipt]]] = {}
        self.grown = asyncio.Event()
        """Set, and replaced by a new one, with each block and at the end."""

    async def receipt(self, tx_id: str, look: Callable[[str], Awaitable[Receipt | None]], timeout_s: float) -> Receipt:
        """The receipt that `look` finds or a block to come brings. Raises TimeoutError."""
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._futures.setdefault(tx_id, []).append(future)
        try:
            async with asyncio.timeout(timeout_s):
                # Registered first, looked up second: it cannot slip through between the two.
                known = await look(tx_id)
                return known if known is not None else await future
        finally:
            waiting = self._futures.get(tx_id, [])
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._futures.pop(tx_id, None)

    def announce(self, receipts: Iterable[bytes]) -> None:
        """A block is durable: its receipts, canonical bytes."""
        if self._futures:
            for data in receipts:
                receipt = decode_receipt(data)
                for future in self._futures.pop(receipt.tx, ()):
                    if not future.done():
                        future.set_result(receipt)
        grown, self.grown = self.grown, asyncio.Event()
        grown.set()

    def refuse(self, tx_id: str, error: Exception) -> None:
        """No receipt will ever come for this one."""
        for future in self._futures.pop(tx_id, ()):
            if not future.done():
                future.set_exception(error)
                future.exception()  # Its waiter may have learned of it otherwise.

    def give_up(self, error: Callable[[], Exception]) -> None:
        """The chain has ended: nobody waits any longer."""
        for tx_id in list(self._futures):
            self.refuse(tx_id, error())
        self.grown.set()
