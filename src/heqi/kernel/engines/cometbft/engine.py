"""The BFT engine's port: an asyncio face on a replica's thread and on the CometBFT beside it."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from heqi.kernel.contracts.authority import Signer
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.cometbft.chain import ReplicaThread
from heqi.kernel.engines.cometbft.config import Settings, write_home
from heqi.kernel.engines.cometbft.light import follow
from heqi.kernel.engines.cometbft.log import FinalBlock
from heqi.kernel.engines.cometbft.process import CometProcess, find_binary
from heqi.kernel.engines.cometbft.replica import Replica
from heqi.kernel.engines.cometbft.rpc import EngineAway, EngineRefused, Rpc
from heqi.kernel.engines.port import BlockView, ChainStopped, Status
from heqi.kernel.engines.waiting import Waiting, decode_receipt
from heqi.kernel.identity.contract import require_valid
from heqi.kernel.ledger.genesis import GenesisState
from heqi.kernel.ledger.machine import Known, Machine
from heqi.proof import merkle
from heqi.proof.commit import LightBlock, Trusted
from heqi.proof.receipt import Genesis, Receipt, ReceiptProof, result_leaf
from heqi.proof.suites import SUITES, PrivateKey
from heqi.proof.wire import ZERO_TIME
from heqi.types.refusals import NotFound
from heqi.types.rejection import Rejection

T = TypeVar("T")
START_S = 60.0
ASK_AGAIN_S = 0.02
SENT_MAX = 100
"""Transactions in one call to CometBFT."""


class CometEngine:
    """One chain of a BFT network behind the `Engine` port: this process executes, its CometBFT orders. Use it from one event loop."""

    def __init__(
        self,
        directory: Path,
        catalogue: Catalogue,
        genesis: Genesis,
        state: GenesisState,
        settings: Settings,
        *,
        validator: PrivateKey,
        node: PrivateKey,
    ) -> None:
        self.genesis, self.catalogue, self.settings = genesis, catalogue, settings
        self.home = directory / "cometbft"
        self._keys = {"validator": validator, "node": node}
        # A unix socket's path has 107 bytes at most, so it does not lie in the node's folder.
        self._sockets = Path(tempfile.mkdtemp(prefix="heqi-"))
        self._socket = self._sockets / "abci"
        self._replica = ReplicaThread(
            directory, catalogue, genesis, state, self._socket, on_block=self._on_block, on_refused=self._on_refused, on_end=self._on_end
        )
        self._process = CometProcess(find_binary(), self.home)
        self._suite = SUITES[genesis.suite]
        self._waiting = Waiting()
        self._outbox: list[tuple[bytes, asyncio.Future[Exception | None]]] = []
        self._sender: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """Open the replica, start CometBFT, return when it answers. Raises what is wrong with the files."""
        self._loop = asyncio.get_running_loop()
        write_home(self.home, self.genesis, self.settings, app=self._socket, **self._keys)
        try:
            await asyncio.to_thread(self._replica.start)
        except BaseException:
            shutil.rmtree(self._sockets, ignore_errors=True)
            raise
        self._rpc = Rpc(self.settings.rpc)
        self._process.start()
        try:
            async with asyncio.timeout(START_S):
                while not await self._answers():
                    await asyncio.sleep(ASK_AGAIN_S)
        except BaseException:
            await self.close()
            raise

    async def _answers(self) -> bool:
        self._require_alive()
        try:
            await self._rpc.status()
        except EngineAway:
            return False
        return True

    async def close(self) -> None:
        self._closing = True
        await self._process.close()
        await asyncio.to_thread(self._replica.close)
        await self._rpc.close()
        shutil.rmtree(self._sockets, ignore_errors=True)

    # --- transactions ----------------------------------------------------------------------------------------------
    async def submit(self, data: bytes) -> str:
        (outcome,) = await self.submit_many([data])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def submit_many(self, batch: list[bytes]) -> list[str | Exception]:
        self._require_alive()

        def admit(replica: Replica) -> list[tuple[str, bool] | Exception]:
            """Each one's id and whether CometBFT is to have it, or why it is not admitted."""
            told: list[tuple[str, bool] | Exception] = []
            for data in batch:
                try:
                    told.append((replica.admit(data), True))
                except Known as known:
                    told.append((known.tx_id, False))
                except Rejection as refusal:
                    told.append(refusal)
            return told

        admitted = await self._ask(admit)
        sending = {at: self._send(batch[at]) for at, told in enumerate(admitted) if isinstance(told, tuple) and told[1]}
        problems = dict(zip(sending, await asyncio.gather(*sending.values()), strict=True))
        return [problems.get(at) or (told[0] if isinstance(told, tuple) else told) for at, told in enumerate(admitted)]

    def _send(self, data: bytes) -> "asyncio.Future[Exception | None]":
        """Hand a transaction to CometBFT with the next call; what it had against it."""
        future: asyncio.Future[Exception | None] = self._loop.create_future()
        self._outbox.append((data, future))
        if self._sender is None or self._sender.done():
            self._sender = self._loop.create_task(self._empty_outbox())
        return future

    async def _empty_outbox(self) -> None:
        while self._outbox:
            sent, self._outbox = self._outbox[:SENT_MAX], self._outbox[SENT_MAX:]
            try:
                problems = await self._rpc.broadcast([data for data, _ in sent])
            except (EngineAway, EngineRefused) as error:
                problems = [error] * len(sent)
            for (_, future), problem in zip(sent, problems, strict=True):
                if not future.done():
                    future.set_result(self._replica.stopped() if problem is not None and self._closing else problem)

    async def wait(self, tx_id: str, timeout_s: float) -> Receipt:
        return await self._waiting.receipt(tx_id, self.receipt, timeout_s)

    async def receipt(self, tx_id: str) -> Receipt | None:
        place = await self.call(lambda machine: machine.where(tx_id))
        if place is None:
            return None
        block = self._replica.read_block(place[0])
        return None if block is None else decode_receipt(block.receipts[place[1]])

    # --- questions -------------------------------------------------------------------------------------------------
    async def ask(self, view: str, args: bytes, viewer: str) -> bytes:
        return await self.call(lambda machine: machine.ask(view, args, viewer))

    async def signer(self, fingerprint: str) -> Signer:
        held, signer = await self.call(lambda machine: machine.signer_of(fingerprint))
        require_valid(held, datetime.now(UTC))
        return signer

    async def call(self, work: Callable[[Machine], T]) -> T:
        return await self._ask(lambda replica: work(replica.machine))

    async def _ask(self, work: Callable[[Replica], T]) -> T:
        future: asyncio.Future[T] = self._loop.create_future()

        def done(answer: Any, error: BaseException | None) -> None:
            def tell() -> None:
                if not future.done():
                    future.set_result(answer) if error is None else future.set_exception(error)

            self._post(tell)

        self._replica.call(work, done)
        return await future

    def log_bytes(self) -> int:
        return self._replica.log_bytes

    async def status(self) -> Status:
        def now(replica: Replica) -> tuple[FinalBlock | None, bytes, int]:
            return replica.head, replica.machine.info()[1], replica.machine.transactions

        head, root, transactions = await self._ask(now)
        return Status(
            chain=self.genesis.chain,
            engine="cometbft",
            height=0 if head is None else head.height,
            head="" if head is None else head.hash,
            app_hash=root.hex(),
            time=self.genesis.created if head is None else head.time,
            transactions=transactions,
            waiting=await self._rpc.waiting(),
        )

    # --- blocks and proofs -----------------------------------------------------------------------------------------
    async def block(self, height: int) -> BlockView | None:
        """A block is shown once the next one has recorded its signatures: from then on they are the same for everybody."""
        self._require_alive()
        head = self._replica.head
        if head is None or height >= head.height:
            return None
        block = self._replica.read_block(height)
        return None if block is None else BlockView(await self._rpc.signed_header(height), block.txs, block.receipts)

    async def blocks(self, start: int) -> AsyncIterator[BlockView]:
        height = max(start, self.genesis.initial_height)
        while True:
            grown = self._waiting.grown
            try:
                view = await self.block(height)
            except EngineAway:
                await asyncio.sleep(ASK_AGAIN_S)
                continue
            except ChainStopped:
                if self._replica.failed is not None:
                    raise
                return
            if view is None:
                await grown.wait()
                continue
            yield view
            height += 1

    async def proof(self, tx_id: str) -> ReceiptProof:
        place = await self.call(lambda machine: machine.where(tx_id))
        block = None if place is None else self._replica.read_block(place[0])
        if place is None or block is None:
            raise NotFound(record=f"transaction {tx_id}")
        height, index = place
        while (head := self._replica.head) is None or head.height <= height:
            grown = self._waiting.grown
            self._require_alive()
            await grown.wait()
        trusted = Trusted(self.genesis.initial_height - 1, ZERO_TIME, self.genesis.validators)
        # Two thirds, for a receipt is read without a clock (verify.py).
        *steps, last = await follow(self.genesis.chain, trusted, height, self._light_block, share=(2, 3))
        leaves = [result_leaf(receipt, code, self._suite) for receipt, code in zip(block.receipts, block.codes, strict=True)]
        return ReceiptProof(
            v=1,
            kind="heqi-receipt",
            chain=self.genesis.chain,
            transaction=msgspec.Raw(block.txs[index]),
            receipt=msgspec.Raw(block.receipts[index]),
            tx_path=_path(merkle.proof([merkle.sha256(tx) for tx in block.txs], index)),
            result_path=_path(merkle.proof(leaves, index)),
            steps=steps,
            block=last,
            following=await self._rpc.signed_header(height + 1),
        )

    async def _light_block(self, height: int) -> LightBlock:
        signed = await self._rpc.signed_header(height)
        validators, coming = await self._rpc.validators(height), await self._rpc.validators(height + 1)
        return LightBlock(signed.header, signed.commit, validators, None if coming == validators else coming)

    # --- from the replica's thread ---------------------------------------------------------------------------------
    def _on_block(self, block: FinalBlock) -> None:
        self._post(self._waiting.announce, block.receipts)

    def _on_refused(self, tx_id: str, refusal: Rejection) -> None:
        self._post(self._waiting.refuse, tx_id, refusal)

    def _on_end(self) -> None:
        self._post(self._give_up)

    def _give_up(self) -> None:
        self._waiting.give_up(self._replica.stopped)
        if not self._closing:  # The replica failed: CometBFT alone is of no use.
            self._ending = self._loop.create_task(self._process.close())

    def _post(self, act: Callable[..., None], *args: Any) -> None:
        """Have the event loop do it. A loop that was closed has nobody left to tell, and the chain goes on."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(act, *args)

    def _require_alive(self) -> None:
        if self._replica.ended or self._closing:
            raise self._replica.stopped()


def _path(path: Sequence[tuple[str, bytes]]) -> list[Any]:
    return [(side, digest.hex()) for side, digest in path]
