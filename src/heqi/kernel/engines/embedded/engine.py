"""The embedded engine's port: an asyncio face on one chain's thread."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from heqi.kernel.contracts.authority import Signer
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.embedded.blocks import StoredBlock, result_leaves
from heqi.kernel.engines.embedded.chain import EmbeddedChain, Submission
from heqi.kernel.engines.embedded.verifiers import Verifiers
from heqi.kernel.engines.port import BlockView, ChainStopped, Status
from heqi.kernel.engines.waiting import Waiting, decode_receipt
from heqi.kernel.identity.contract import require_valid
from heqi.kernel.ledger.genesis import GenesisState
from heqi.kernel.ledger.machine import Machine
from heqi.proof import merkle
from heqi.proof.commit import LightBlock
from heqi.proof.receipt import Genesis, Receipt, ReceiptProof
from heqi.proof.suites import SUITES, PrivateKey
from heqi.types.refusals import NotFound

T = TypeVar("T")


class EmbeddedEngine:
    """One chain of this process behind the `Engine` port. Use it from one event loop."""

    def __init__(
        self, directory: Path, catalogue: Catalogue, genesis: Genesis, state: GenesisState, keys: Sequence[PrivateKey], verifiers: Verifiers
    ) -> None:
        self.genesis, self.catalogue = genesis, catalogue
        self._chain = EmbeddedChain(directory, catalogue, genesis, state, keys, verifiers, self._on_block, self._on_end)
        self._suite = SUITES[genesis.suite]
        self._waiting = Waiting()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Open the chain: verify its files, replay what a crash left. Raises what is wrong with them."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._chain.start)

    def log_bytes(self) -> int:
        """Bytes of the block log so far."""
        return self._chain.log_bytes

    async def close(self) -> None:
        await asyncio.to_thread(self._chain.close)

    async def submit(self, data: bytes) -> str:
        (outcome,) = await self.submit_many([data])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def submit_many(self, batch: list[bytes]) -> list[str | Exception]:
        assert self._loop is not None
        done: asyncio.Future[list[str | Exception]] = self._loop.create_future()
        outcomes: list[str | Exception] = [""] * len(batch)
        left = len(batch)
        if not batch:
            return []

        def admitted_at(index: int) -> Callable[[str | Exception], None]:
            def admitted(outcome: str | Exception) -> None:  # On the chain's thread.
                nonlocal left
                outcomes[index] = outcome
                left -= 1
                if left == 0:
                    self._tell(done, outcomes)

            return admitted

        self._chain.submit([Submission(data, admitted_at(index)) for index, data in enumerate(batch)])
        return await done

    async def wait(self, tx_id: str, timeout_s: float) -> Receipt:
        return await self._waiting.receipt(tx_id, self.receipt, timeout_s)

    async def receipt(self, tx_id: str) -> Receipt | None:
        place = await self.call(lambda machine: machine.where(tx_id))
        if place is None:
            return None
        block = self._chain.read_block(place[0])
        return None if block is None else decode_receipt(block.receipts[place[1]])

    async def ask(self, view: str, args: bytes, viewer: str) -> bytes:
        return await self.call(lambda machine: machine.ask(view, args, viewer))

    async def signer(self, fingerprint: str) -> Signer:
        held, signer = await self.call(lambda machine: machine.signer_of(fingerprint))
        require_valid(held, datetime.now(UTC))
        return signer

    async def block(self, height: int) -> BlockView | None:
        block = self._chain.read_block(height)
        return None if block is None else BlockView(block.signed, block.txs, block.receipts)

    async def blocks(self, start: int) -> AsyncIterator[BlockView]:
        height = max(start, 1)
        while True:
            grown = self._waiting.grown
            try:
                view = await self.block(height)
            except ChainStopped:
                if self._chain.failed is not None:
                    raise
                return
            if view is None:
                await grown.wait()
                continue
            yield view
            height += 1
            await asyncio.sleep(0)  # A long way to catch up is not to keep everybody else waiting.

    async def proof(self, tx_id: str) -> ReceiptProof:
        place = await self.call(lambda machine: machine.where(tx_id))
        block = None if place is None else self._chain.read_block(place[0])
        if place is None or block is None:
            raise NotFound(record=f"transaction {tx_id}")
        height, index = place
        following = await anext(self.blocks(height + 1), None)
        if following is None:
            raise self._chain.stopped()
        return ReceiptProof(
            v=1,
            kind="heqi-receipt",
            chain=self.genesis.chain,
            transaction=msgspec.Raw(block.txs[index]),
            receipt=msgspec.Raw(block.receipts[index]),
            tx_path=_path(merkle.proof([merkle.sha256(tx) for tx in block.txs], index)),
            result_path=_path(merkle.proof(result_leaves(block, self._suite), index)),
            steps=[],
            block=LightBlock(block.header, block.commit, self.genesis.validators, None),
            following=following.signed,
        )

    async def status(self) -> Status:
        if self._chain.ended:
            raise self._chain.stopped()
        head = self._chain.head
        return Status(
            chain=self.genesis.chain,
            engine="embedded",
            height=0 if head is None else head.header.height,
            head="" if head is None else head.commit.block_id.hash,
            app_hash="" if head is None else head.app_hash,
            time=self.genesis.created if head is None else head.header.time,
            transactions=self._chain.transactions,
            waiting=self._chain.waiting,
        )

    async def call(self, work: Callable[[Machine], T]) -> T:
        """Run a read-only piece of work on the chain's thread, between blocks (audit, invariants, snapshots)."""
        assert self._loop is not None
        future: asyncio.Future[T] = self._loop.create_future()
        self._chain.call(work, lambda answer, error: self._tell(future, answer, error))
        return await future

    def _tell(self, future: "asyncio.Future[Any]", answer: Any, error: BaseException | None = None) -> None:
        def tell() -> None:
            if not future.done():
                future.set_result(answer) if error is None else future.set_exception(error)

        self._post(tell)

    def _on_block(self, block: StoredBlock) -> None:
        """On the chain's thread: the block is durable. Hand over to the event loop once a block."""
        self._post(self._announce, block)

    def _on_end(self) -> None:
        self._post(self._give_up)

    def _post(self, act: Callable[..., None], *args: Any) -> None:
        """Have the event loop do it. A loop that was closed has nobody left to tell, and the chain goes on."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act, *args)

    def _give_up(self) -> None:
        """The chain has ended: nobody waits any longer."""
        self._waiting.give_up(self._chain.stopped)

    def _announce(self, block: StoredBlock) -> None:
        self._waiting.announce(block.receipts)


def _path(path: Sequence[tuple[str, bytes]]) -> list[Any]:
    return [(side, digest.hex()) for side, digest in path]
