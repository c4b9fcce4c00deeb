"""What a node needs of an engine, whichever it is. Engines are held together by one conformance suite, not by a base class."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol, TypeVar

import msgspec

from heqi.kernel.ledger.machine import Machine
from heqi.proof.commit import SignedHeader
from heqi.proof.receipt import Genesis, Receipt, ReceiptProof

T = TypeVar("T")


class BlockView(msgspec.Struct, frozen=True):
    """A committed block as a reader sees it: signed header, transactions and their receipts as canonical bytes."""

    signed: SignedHeader
    txs: tuple[bytes, ...]
    receipts: tuple[bytes, ...]

    @property
    def height(self) -> int:
        return self.signed.header.height


class Status(msgspec.Struct, frozen=True):
    """How a chain is doing. `waiting`: transactions admitted and not yet in a block."""

    chain: str
    engine: str
    height: int
    head: str
    app_hash: str
    time: str
    transactions: int
    waiting: int


class ChainStopped(RuntimeError):
    """The chain takes nothing more: it was closed, or it failed, and then `__cause__` says of what."""


class Engine(Protocol):
    """One chain. Every method may be called from the node's event loop; all raise ChainStopped once the chain has stopped."""

    genesis: Genesis

    async def start(self) -> None:
        """Open the chain; returns when it is ready. Raises what is wrong with its files."""
        ...

    async def close(self) -> None:
        """Let go of the chain; whoever waits is told ChainStopped."""
        ...

    async def submit(self, data: bytes) -> str:
        """Admit a transaction; its id. The same transaction again gives the same id. Raises a Rejection if not admitted."""
        ...

    async def submit_many(self, batch: list[bytes]) -> list[str | Exception]:
        """Admit many at once; for each its id or the Rejection."""
        ...

    async def wait(self, tx_id: str, timeout_s: float) -> Receipt:
        """The final receipt, once its block is durable. Raises TimeoutError."""
        ...

    async def receipt(self, tx_id: str) -> Receipt | None:
        """The receipt of a transaction in a block, or None."""
        ...

    async def ask(self, view: str, args: bytes, viewer: str) -> bytes:
        """The answer to a view for the holder of a certificate, canonical JSON. Raises a Rejection."""
        ...

    async def signer(self, fingerprint: str) -> Any:
        """The Signer behind a certificate now (kernel.contracts.Signer). Raises CertRevoked when unknown, revoked or expired."""
        ...

    async def block(self, height: int) -> BlockView | None:
        """A committed block, or None."""
        ...

    def blocks(self, start: int) -> AsyncIterator[BlockView]:
        """Every block from `start` on, then each new one as it becomes durable: a cursor to resume from. Ends with a close."""
        ...

    async def proof(self, tx_id: str) -> ReceiptProof:
        """The file that proves a receipt off line. Waits for the next header. Raises NotFound."""
        ...

    async def call(self, work: Callable[[Machine], T]) -> T:
        """Run a read-only piece of work on the state, between blocks (audit, invariants, snapshots)."""
        ...

    def log_bytes(self) -> int:
        """Bytes of the block log so far."""
        ...

    async def status(self) -> Status:
        """Height, head, counts."""
        ...
