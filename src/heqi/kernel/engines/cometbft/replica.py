"""The replicated state machine as CometBFT sees it: each ABCI request answered by the Machine that every engine drives.

What holds here: the app hash is a pure function of the state, so an idle chain rests (no empty block changes it). A block is
in our log, durable, before Commit answers; Info tells exactly that height. FinalizeBlock keeps nothing and may be asked again.
A proposal is judged by its bytes, the state before it and its own time, never by a clock or by load: all honest replicas judge
alike, and what an honest one proposes is accepted. What not: no I/O but the log and the state.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from heqi.kernel.contracts.context import Context
from heqi.kernel.engines.cometbft import abci_pb2 as abci
from heqi.kernel.engines.cometbft.log import FinalBlock, decode_block, encode_block
from heqi.kernel.engines.replay import replay
from heqi.kernel.ledger.blocklog import BlockLog
from heqi.kernel.ledger.genesis import GenesisState
from heqi.kernel.ledger.machine import BlockIn, Known, Machine, time_of
from heqi.kernel.nodes import contract as nodes
from heqi.proof.receipt import Genesis
from heqi.proof.transaction import Transaction
from heqi.proof.wire import time_text
from heqi.types.refusals import CertRevoked, Expired, Replayed
from heqi.types.rejection import Rejection

log = logging.getLogger("heqi.cometbft")

APP_VERSION = 1
BLOCK_TXS_MAX = 1000
FLUSH_BLOCKS = 16
STALE_S = 5.0
"""A block's time is when the block before was signed. After a longer rest the first block goes empty, so that no transaction
is judged by a time further back than this."""
AGAIN, ACCEPT, REJECT = 1, 1, 2

_TOO_LATE = (CertRevoked, Expired, Replayed)
"""What was good when it was admitted and is refused by now: it may stand in a block, which then records the refusal."""


class Founding(msgspec.Struct, frozen=True):
    """The founding, as our genesis file tells it to CometBFT: `app_state`."""

    content: str


class Replica:
    """One chain's state, log and rules, driven from one thread."""

    def __init__(
        self,
        machine: Machine,
        blocks: BlockLog,
        genesis: Genesis,
        founding: GenesisState,
        *,
        on_block: Callable[[FinalBlock], None] = lambda _: None,
        on_refused: Callable[[str, Rejection], None] = lambda tx_id, refusal: None,
    ) -> None:
        self.machine, self.genesis, self.founding = machine, genesis, founding
        self._log, self._on_block, self._on_refused = blocks, on_block, on_refused
        self._final: FinalBlock | None = None
        self._last_commit = time.monotonic()
        self.head: FinalBlock | None = None
        self._unflushed = replay(machine, blocks, decode_block)
        if blocks.heights:
            self.head = decode_block(blocks.read(blocks.heights[-1]))
        self.flush()

    def handle(self, kind: str, request: abci.Request) -> abci.Response:
        """The answer to a request. What a handler raises is a fault of this replica."""
        return getattr(self, f"_{kind}")(getattr(request, kind))

    def flush(self) -> None:
        """Make the state durable; the log is already."""
        if self._unflushed:
            self.machine.store.flush()
            self._unflushed = 0

    # --- founding and info -----------------------------------------------------------------------------------------
    def _info(self, _: abci.AskInfo) -> abci.Response:
        height, root = self.machine.info()
        told = abci.Info(data="heqi", version="1", app_version=APP_VERSION)
        if height >= self.genesis.initial_height:  # Below, no block is committed: CometBFT is to ask for InitChain.
            told.height, told.app_hash = height, root
        return abci.Response(info=told)

    def _init_chain(self, asked: abci.AskInitChain) -> abci.Response:
        """Found the chain, or say again how it was founded: CometBFT asks anew if it died before block 1."""
        content = msgspec.json.decode(asked.app_state, type=Founding).content
        validators = {(update.key.ed25519.hex(), update.power) for update in asked.validators}
        ours = {(validator.public_key, validator.power) for validator in self.genesis.validators}
        told = (asked.chain_id, content, asked.initial_height, validators, _time(asked.time))
        if told != (self.genesis.chain, self.genesis.content, self.genesis.initial_height, ours, self.genesis.created):
            raise ValueError("CometBFT's genesis file is not of the trust anchor of this chain")
        if self.machine.marker is None:
            self.machine.init(self.founding, time_of(self.genesis.created))
            self.machine.store.flush()
        return abci.Response(init_chain=abci.Founded(app_hash=self.machine.info()[1]))

    # --- admission -------------------------------------------------------------------------------------------------
    def admit(self, data: bytes) -> str:
        """A transaction's id, if it may go into a block to come. Raises Known for a repeat, a Rejection else."""
        tx = self.machine.read(data)
        self._check(tx, datetime.now(UTC))
        return tx.tx_id

    def _check(self, tx: Transaction, at: datetime) -> None:
        """The machine's `check` at a time; signatures that were found good once are not verified again."""
        verified = self.machine.checked(tx.data)
        if verified:
            self.machine.keys_of(tx, at)
        self.machine.check(tx, at, verified=verified)

    def _check_tx(self, asked: abci.AskCheckTx) -> abci.Response:
        try:
            self._check_again(asked.tx) if asked.type == AGAIN else self.admit(asked.tx)
        except Known as known:
            return _refused("KNOWN", str(known))
        except Rejection as refusal:
            return _refused(refusal.code, refusal.text("en"))
        return abci.Response(check_tx=abci.Result())

    def _check_again(self, data: bytes) -> None:
        """After a block: is it still good? Gone is only what no block to come could take, whatever its time."""
        tx, marker = self.machine.read(data), self.machine.marker
        assert marker is not None
        try:
            self._check(tx, datetime.now(UTC))
        except Rejection:
            try:
                self._check(tx, marker.time)
            except Rejection as final:
                self._on_refused(tx.tx_id, final)
                raise

    # --- blocks ----------------------------------------------------------------------------------------------------
    def _prepare_proposal(self, asked: abci.AskPrepare) -> abci.Response:
        if time.monotonic() - self._last_commit > STALE_S:
            return abci.Response(prepare_proposal=abci.Proposal())
        return abci.Response(prepare_proposal=abci.Proposal(txs=self._fit(asked.txs, time_of(_time(asked.time)))[:BLOCK_TXS_MAX]))

    def _process_proposal(self, asked: abci.AskBlock) -> abci.Response:
        txs = list(asked.txs)
        accepted = len(txs) <= BLOCK_TXS_MAX and self._fit(txs, time_of(_time(asked.time))) == txs
        if not accepted:
            log.error("the proposal of %s for height %d is refused: no honest one makes such a block", asked.proposer.hex(), asked.height)
        return abci.Response(process_proposal=abci.Judgement(status=ACCEPT if accepted else REJECT))

    def _fit(self, txs: Sequence[bytes], at: datetime) -> list[bytes]:
        """Those of these transactions that may stand in a block of this time: signed by members, new, each once."""
        fit: dict[str, bytes] = {}
        for data in txs:
            with contextlib.suppress(Known, Rejection):
                tx = self.machine.read(data)
                with contextlib.suppress(*_TOO_LATE):
                    self._check(tx, at)
                fit.setdefault(tx.tx_id, data)
        return list(fit.values())

    def _finalize_block(self, asked: abci.AskBlock) -> abci.Response:
        for wrong in asked.misbehaviour:
            validator, height = wrong.validator.address.hex(), wrong.height
            log.error("validator %s has signed twice at height %d: its votes there contradict each other", validator, height)
        at = _time(asked.time)
        block = BlockIn(asked.height, time_of(at), tuple(asked.txs), at)
        out = self.machine.execute(block)
        self._final = FinalBlock(asked.height, at, asked.hash.hex(), tuple(block.txs), out.receipts, out.codes, out.app_hash.hex())
        digest = self.machine.chain.suite.digest
        results = [
            abci.Result(code=0 if code == "OK" else 1, data=digest(receipt), log=code)
            for receipt, code in zip(out.receipts, out.codes, strict=True)
        ]
        updates = self._validator_updates() if block.txs else []
        return abci.Response(finalize_block=abci.Finalized(results=results, validator_updates=updates, app_hash=out.app_hash))

    def _validator_updates(self) -> list[abci.ValidatorUpdate]:
        """How the members' votes in this block change the set. In force two blocks on."""
        before = _powers(self.machine.view_context())
        after = _powers(self.machine.executed_context())
        # A key that leaves has power 0. No other key is named: CometBFT halts at the removal of one it does not know.
        changed = {key: after.get(key, 0) for key in sorted({*before, *after}) if before.get(key) != after.get(key)}
        return [abci.ValidatorUpdate(key=abci.PublicKey(ed25519=bytes.fromhex(key)), power=power) for key, power in changed.items()]

    def _commit(self, _: abci.Empty) -> abci.Response:
        """Durable, then the state, then told: in this order and no other."""
        block, self._final = self._final, None
        assert block is not None, "Commit follows FinalizeBlock"
        self._log.append(block.height, encode_block(block))
        self._log.sync()
        self._log.acknowledge(block.height)
        self.machine.commit()
        self.head, self._last_commit = block, time.monotonic()
        self._unflushed += 1
        if self._unflushed >= FLUSH_BLOCKS:
            self.flush()
        self._on_block(block)
        return abci.Response(commit=abci.Committed(retain_height=0))

    # --- questions and snapshots -----------------------------------------------------------------------------------
    def _query(self, asked: abci.AskQuery) -> abci.Response:
        """Only CometBFT itself asks: whether a peer may connect. Everybody else asks the node."""
        kind, _, subject = asked.path.removeprefix("/p2p/filter/").partition("/")
        # An address proves nothing; the id is a key the peer has just proved to hold.
        welcome = kind == "addr" or (kind == "id" and nodes.may_connect(self.machine.view_context(), subject))
        if not welcome:
            log.warning("a connection is refused: %s", asked.path)
        return abci.Response(query=abci.Answer(code=0 if welcome else 1, height=self.machine.info()[0]))

    def _list_snapshots(self, _: abci.Empty) -> abci.Response:
        """None are served: a new node replays the blocks."""
        return abci.Response(list_snapshots=abci.Snapshots())

    def _load_snapshot_chunk(self, _: abci.AskLoadChunk) -> abci.Response:
        """A peer may ask for any; it gets an empty one, which CometBFT tells as missing."""
        return abci.Response(load_snapshot_chunk=abci.Chunk())


def _refused(code: str, text: str) -> abci.Response:
    return abci.Response(check_tx=abci.Result(code=1, log=f"{code}: {text}"))


def _powers(ctx: Context) -> dict[str, int]:
    return {node.vote_key: node.power for node in nodes.validators(ctx)}


def _time(moment: abci.Time) -> str:
    return time_text(moment.seconds * 10**9 + moment.nanos)
