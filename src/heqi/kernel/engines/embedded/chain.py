"""One embedded chain: a thread that admits, executes, writes and acknowledges, block by block.

What holds here: a transaction is acknowledged only when its block is on disk (one fdatasync a block); after a crash the
log is replayed from the state's last flush, and every replayed root must be the recorded one. The thread owns the store;
questions run on it between blocks, so an answer is of one height and never older than an acknowledged receipt.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.embedded.blocks import BYTES_MAX, Sealer, StoredBlock, decode_block, encode_block
from heqi.kernel.engines.embedded.verifiers import CHUNK, Check, Verifiers
from heqi.kernel.engines.port import ChainStopped
from heqi.kernel.engines.replay import ChainDamaged, replay
from heqi.kernel.ledger.blocklog import BlockLog
from heqi.kernel.ledger.genesis import GenesisState
from heqi.kernel.ledger.machine import BlockIn, Known, Machine, time_of
from heqi.kernel.state.lmdb_store import open_store
from heqi.proof.receipt import Genesis
from heqi.proof.suites import SUITES, PrivateKey
from heqi.proof.transaction import Transaction
from heqi.types.refusals import SignatureInvalid
from heqi.types.rejection import Rejection

log = logging.getLogger("heqi.embedded")

BLOCK_TXS_MAX = 1000
FLUSH_BLOCKS = 16
FLUSH_IDLE_S = 0.25
QUESTIONS_MAX = 200
"""Questions answered between two blocks at most: readers, however many, do not keep transactions waiting."""

Admitted = Callable[[str | Exception], None]
"""Called on the chain's thread with the transaction's id, or with why it was not admitted."""


class Submission:
    """A transaction on its way into a block."""

    __slots__ = ("_tell", "data", "tx")

    def __init__(self, data: bytes, admitted: Admitted) -> None:
        self.data = data
        self._tell: Admitted | None = admitted
        self.tx: Transaction | None = None

    def admitted(self, outcome: str | Exception) -> None:
        """Tell whoever waits, once: the id, or why not."""
        if self._tell is not None:
            tell, self._tell = self._tell, None
            tell(outcome)


class EmbeddedChain:
    """A chain in this process. Start it, submit to it from any thread, close it."""

    def __init__(
        self,
        directory: Path,
        catalogue: Catalogue,
        genesis: Genesis,
        state: GenesisState,
        keys: Sequence[PrivateKey],
        verifiers: Verifiers,
        on_block: Callable[[StoredBlock], None] = lambda _: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.genesis, self.directory = genesis, directory
        self._catalogue, self._state, self._verifiers = catalogue, state, verifiers
        self._on_block, self._on_end = on_block, on_end
        self._sealer = Sealer(genesis.chain, SUITES[genesis.suite], genesis.validators, keys)
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._mempool: list[Submission] = []
        self._known: set[str] = set()
        self._closing = False
        self._gate = threading.Lock()  # Nothing enters the inbox, and nobody reads the log, once the chain has ended.
        self._ended = False
        self._failed: BaseException | None = None
        self._opened = threading.Event()
        self.head: StoredBlock | None = None
        self.transactions = 0
        self._unflushed = 0
        self._verifying = 0
        self._job: Any = None
        self._thread = threading.Thread(target=self._live, name=f"chain-{genesis.chain}", daemon=True)

    # --- from other threads ----------------------------------------------------------------------------------------
    def start(self) -> None:
        """Open, verify and replay; returns when the chain is ready. Raises what is wrong with its files."""
        self._thread.start()
        self._opened.wait()
        if self._failed is not None:
            self._thread.join()
            raise self._failed

    def submit(self, submissions: Sequence[Submission]) -> None:
        """Hand in transactions; each is told by its `admitted`."""
        self._put(submissions)

    def call(self, work: Callable[[Machine], Any], done: Callable[[Any, BaseException | None], None]) -> None:
        """Run `work` on the chain's thread between blocks."""
        self._put((work, done))

    def read_block(self, height: int) -> StoredBlock | None:
        """A durable block, from any thread. Raises ChainStopped."""
        with self._gate:  # So that the file is not closed meanwhile.
            if self._ended:
                raise self.stopped()
            head = self.head
            if head is None or height == head.header.height:
                return head
            data = self._log.read(height) if height in self._log.heights and height < head.header.height else None
        return None if data is None else decode_block(data)

    @property
    def log_bytes(self) -> int:
        """Bytes of the block log so far."""
        return self._log.used

    @property
    def waiting(self) -> int:
        """Transactions that came and are not yet in a block."""
        return len(self._mempool) + self._verifying

    @property
    def failed(self) -> BaseException | None:
        """Why the chain's thread stopped by itself, or None."""
        return self._failed

    @property
    def ended(self) -> bool:
        """Was it closed, or did it fail?"""
        return self._ended

    def stopped(self) -> ChainStopped:
        """What to tell those who come after the end."""
        stopped = ChainStopped(f"chain {self.genesis.chain} has stopped")
        stopped.__cause__ = self._failed
        return stopped

    def close(self) -> None:
        """Finish what was admitted, flush, and let go of the files."""
        self._closing = True
        self._inbox.put(None)
        self._thread.join()

    def _put(self, job: Any) -> None:
        with self._gate:
            if not self._ended:
                self._inbox.put(job)
                return
        self._turn_away(job)

    def _turn_away(self, job: Any) -> None:
        """Tell whoever waits for this job that it will not be done."""
        stopped = self.stopped()
        if isinstance(job, tuple):
            job[1](None, stopped)
        elif job is not None:
            for submission in job.submissions if isinstance(job, _Verified) else job:
                submission.admitted(stopped)

    # --- the chain's thread ----------------------------------------------------------------------------------------
    def _live(self) -> None:
        try:
            with contextlib.ExitStack() as files:
                self._open(files)
                files.push(self._end)  # Before the files are closed.
                self._opened.set()
                while self._turn():
                    pass
                self._flush()
        except BaseException as error:  # Told to whoever started the chain, waits for it or comes later.
            if self._opened.is_set():
                log.exception("chain %s stopped", self.genesis.chain)
            self._end(None, error)
            self._failed = error
        self._opened.set()

    def _open(self, files: contextlib.ExitStack) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._log = BlockLog(self.directory / "blocks")
        files.callback(self._log.close)
        store = open_store(self.directory / "state")
        files.callback(store.close)
        self._machine = Machine(store, self._catalogue, chain=self.genesis.chain, suite=self.genesis.suite)
        if self._machine.marker is None:
            self._machine.init(self._state, time_of(self.genesis.created))
            store.flush()
        self._replay()

    def _end(self, kind: object = None, error: BaseException | None = None, trace: object = None) -> None:
        """From here on nothing is taken; who waits is told. `error`: what ended it, None when it was closed."""
        with self._gate:
            if self._ended:
                return
            self._ended, self._failed = True, error
        self._turn_away(self._job)
        with contextlib.suppress(queue.Empty):
            while True:
                self._turn_away(self._inbox.get_nowait())
        self._on_end()

    def _replay(self) -> None:
        """Bring the state up to the log: after a crash it is up to FLUSH_BLOCKS behind."""
        if self._log.heights:
            self.head = decode_block(self._log.read(self._log.heights[-1]))
            if self.head.header.chain_id != self.genesis.chain:
                raise ChainDamaged(
                    f"区块日志属于链 {self.head.header.chain_id}，不属于 {self.genesis.chain}。\n"
                    f"The block log is of chain {self.head.header.chain_id}, not of {self.genesis.chain}."
                )
        self._unflushed += replay(self._machine, self._log, decode_block)
        self.transactions = self._machine.transactions

    def _turn(self) -> bool:
        """One round: take what came, admit it, make a block of what is verified. False when it is time to stop."""
        asked, job = 0, self._next_job()
        while job is not _NOTHING:
            self._job = job  # So that a fault in the midst of it leaves nobody waiting.
            self._take(job)
            self._job = None
            asked += isinstance(job, tuple)
            job = self._poll() if asked < QUESTIONS_MAX else _NOTHING
        if self._mempool or self._wants_seal():
            self._make_block()
        busy = self._mempool or self._verifying or self._wants_seal() or not self._inbox.empty()
        return bool(busy) or not self._closing

    def _wants_seal(self) -> bool:
        """Nothing to put into a block, and no header yet that commits the last results: an empty block will."""
        return self._verifying == 0 and self.head is not None and len(self.head.txs) > 0

    def _next_job(self) -> Any:
        if self._mempool or self._wants_seal():
            return self._poll()
        with contextlib.suppress(queue.Empty):
            return self._inbox.get(timeout=FLUSH_IDLE_S if self._unflushed else None)
        self._flush()
        return _NOTHING

    def _poll(self) -> Any:
        if len(self._mempool) >= BLOCK_TXS_MAX:
            return _NOTHING
        try:
            return self._inbox.get_nowait()
        except queue.Empty:
            return _NOTHING

    def _take(self, job: Any) -> None:
        if job is None:
            return  # Only to wake the thread: `_closing` says why.
        if isinstance(job, tuple):
            work, done = job
            try:
                answer = work(self._machine)
            except Exception as error:  # noqa: BLE001 - handed to the asker.
                done(None, error)
            else:
                done(answer, None)
        elif isinstance(job, _Verified):
            self._verifying -= len(job.submissions)
            for submission, holds in zip(job.submissions, job.verdicts, strict=True):
                self._admit(submission, holds)
        else:
            self._send_to_verify(job)

    def _send_to_verify(self, submissions: Sequence[Submission]) -> None:
        batch: list[Submission] = []
        checks: list[Check] = []
        for submission in submissions:
            try:
                tx = submission.tx = self._machine.glance(submission.data)
                keys = self._machine.keys_of(tx, datetime.now(UTC))
            except Rejection as refusal:
                submission.admitted(self._form_first(submission.data, refusal))
                continue
            batch.append(submission)
            checks.append((submission.data, tuple((alg, key, text) for (alg, key), text in zip(keys, tx.signatures, strict=True))))
        for at in range(0, len(batch), CHUNK):
            part = batch[at : at + CHUNK]
            self._verifying += len(part)
            self._verifiers.submit(checks[at : at + CHUNK], lambda verdicts, part=part: self._put(_Verified(part, verdicts)))

    def _form_first(self, data: bytes, refusal: Rejection) -> Rejection:
        """Bytes that are not canonical are refused for that before anything else, whoever found out what first."""
        try:
            self._machine.read(data)
        except Rejection as malformed:
            return malformed
        return refusal

    def _admit(self, submission: Submission, holds: bool) -> None:
        tx = submission.tx
        assert tx is not None
        if tx.tx_id in self._known:  # On its way already.
            submission.admitted(tx.tx_id)
            return
        try:
            if not holds:
                refusal = SignatureInvalid(problem="签名与内容或签名人不符 (a signature does not verify)")
                raise self._form_first(submission.data, refusal)
            self._machine.check(tx, datetime.now(UTC), verified=True)
        except Known as known:
            submission.admitted(known.tx_id)
        except Rejection as refusal:
            submission.admitted(refusal)
        else:
            self._known.add(tx.tx_id)
            self._mempool.append(submission)
            submission.admitted(tx.tx_id)

    def _make_block(self) -> None:
        """Execute, write, make durable, commit, acknowledge: in this order and no other."""
        chosen = self._choose()
        txs = [submission.data for submission in chosen]
        height, before = self._machine.info()
        time = self._next_time()
        out = self._machine.execute(BlockIn(height + 1, time, txs))
        block = self._sealer.seal(self.head, before, height + 1, time, txs, out.receipts, out.codes, out.app_hash)
        self._log.append(height + 1, encode_block(block))
        self._log.sync()
        self._log.acknowledge(height + 1)
        self._machine.commit()
        self.head = block
        self.transactions = self._machine.transactions
        for submission in chosen:
            assert submission.tx is not None
            self._known.discard(submission.tx.tx_id)
        self._on_block(block)
        self._unflushed += 1
        if self._unflushed >= FLUSH_BLOCKS:
            self._flush()

    def _choose(self) -> list[Submission]:
        size, count = 0, 0
        for submission in self._mempool[:BLOCK_TXS_MAX]:
            size += len(submission.data)
            if count and size > BYTES_MAX:
                break
            count += 1
        chosen, self._mempool = self._mempool[:count], self._mempool[count:]
        return chosen

    def _next_time(self) -> datetime:
        before = self.genesis.created if self.head is None else self.head.header.time
        return max(datetime.now(UTC), time_of(before) + timedelta(milliseconds=1))

    def _flush(self) -> None:
        self._machine.store.flush()
        self._unflushed = 0


class _Verified(msgspec.Struct):
    submissions: list[Submission]
    verdicts: list[bool]


_NOTHING = object()

