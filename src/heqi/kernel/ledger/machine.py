"""The replicated state machine: what the embedded loop and the BFT engine both drive, block by block.

`check` admits a transaction, `execute` runs a block and computes its app hash without persisting anything, `commit` makes
the executed block the state. The app hash is the root of the state tree: it covers members, parameters, code and records,
is a pure function of the state, and an empty block does not change it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from heqi.kernel.contracts.authority import Signer
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.context import WORK_MAX, Context, ViewBooks
from heqi.kernel.contracts.sight import answer
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import Certificate
from heqi.kernel.ledger import register as ledger
from heqi.kernel.ledger.genesis import GenesisState, found
from heqi.kernel.ledger.transition import Chain, Facts, admit, apply
from heqi.kernel.state import snapshot
from heqi.kernel.state.damage import StoreDamaged
from heqi.kernel.state.overlay import Overlay
from heqi.kernel.state.reader import Changes, Store
from heqi.kernel.state.scan import scan_all
from heqi.kernel.state.tree import Pending, StateTree
from heqi.proof.receipt import Receipt
from heqi.proof.state import StateProof
from heqi.proof.suites import SUITES
from heqi.proof.transaction import Transaction, glance, read_transaction, tx_message
from heqi.types.refusals import NotFound, Replayed
from heqi.types.rejection import Rejection

MARKER = b"marker"
MEMBERS = b"members/"
NONCES = ledger.nonces.prefix
READY_MAX = 50_000
VIEW_WORK_MAX = 5_000_000

_sorted = msgspec.json.Encoder(order="sorted").encode


class Marker(msgspec.Struct, frozen=True):
    """How far the state has come; written in the same store transaction as the state."""

    height: int
    app_hash: str
    time: datetime
    transactions: int

    def rows(self) -> Changes:
        """As it is kept."""
        return {"meta": {MARKER: _sorted(self)}}


class BlockIn(msgspec.Struct, frozen=True):
    """A block to execute. `stamp`: its time as the header spells it, where that is finer than microseconds."""

    height: int
    time: datetime
    txs: Sequence[bytes]
    stamp: str = ""


class BlockOut(msgspec.Struct, frozen=True):
    """What executing gave: one receipt (canonical bytes) a transaction, and the root after the block."""

    height: int
    receipts: tuple[bytes, ...]
    codes: tuple[str, ...]
    app_hash: bytes


class RulesChanged(Exception):
    """The rules on this machine are not those the chain was founded with."""

    def __init__(self, registers: list[str]) -> None:
        names = ", ".join(registers)
        super().__init__(
            f"本机规则与建链时登记的不同：{names}。请使用建链时的版本；演示链可移走其目录后重建。\n"
            f"The rules of {names} are not those this chain was founded with. Run the version it was founded with; for a demo, move its "
            "folder away and found it anew."
        )


class Known(Exception):
    """The same transaction came before; its receipt answers."""

    def __init__(self, tx_id: str) -> None:
        super().__init__(tx_id)
        self.tx_id = tx_id


class Machine:
    """One chain's state and rules. Owned by one thread."""

    def __init__(self, store: Store, catalogue: Catalogue, *, chain: str, suite: str) -> None:
        self.store, self.chain = store, Chain(chain, SUITES[suite], catalogue)
        self.tree = StateTree(self.chain.suite)
        self.marker: Marker | None = None
        data = store.get("meta", MARKER)
        if data is not None:
            self.marker = msgspec.json.decode(data, type=Marker)
            self._rebuild_tree(self.marker)
            self._check_rules()
        self._ready: dict[bytes, Transaction] = {}
        self._signers: dict[str, tuple[Certificate, Signer]] = {}
        self._candidate: tuple[Overlay, Pending, BlockOut, datetime] | None = None

    # --- life of the chain -----------------------------------------------------------------------------------------
    def info(self) -> tuple[int, bytes]:
        """Height and app hash of the last committed block; (0, empty root) before genesis."""
        return (self.marker.height, bytes.fromhex(self.marker.app_hash)) if self.marker else (0, self.tree.root)

    @property
    def transactions(self) -> int:
        """How many transactions the chain holds, refused ones included."""
        return self.marker.transactions if self.marker else 0

    def init(self, genesis: GenesisState, time: datetime) -> bytes:
        """Found the chain: the genesis document becomes the state. Gives the first app hash."""
        sheet = Overlay(self.store)
        found(self._context(sheet, Facts(0, time), tx_id="genesis"), genesis)
        _, pending = self.tree.root_with(sheet.changes["state"].items())
        self._persist(sheet, pending, Marker(0, pending.root.hex(), time, 0))
        return pending.root

    # --- admission -------------------------------------------------------------------------------------------------
    def read(self, data: bytes) -> Transaction:
        """The envelope in these bytes, read once. Refuses: SCHEMA_INVALID."""
        tx = self._ready.get(data)
        return read_transaction(data, self.chain.suite) if tx is None else tx

    def checked(self, data: bytes) -> bool:
        """Were these very bytes found good by `check`, and are they not yet in a block?"""
        return data in self._ready

    def glance(self, data: bytes) -> Transaction:
        """The envelope, whose canonical form somebody else looks into before `check`. Refuses: SCHEMA_INVALID."""
        return glance(data, self.chain.suite)

    def check(self, tx: Transaction, now: datetime, *, verified: bool = False) -> None:
        """Admit a transaction to a block to come; what `apply` will do again with the block's facts.

        `verified`: the caller has asked `keys_of` and checked the signatures. Raises Known for a repeat, a Rejection else.
        """
        if not verified:
            admit(self.chain, Facts(self.info()[0] + 1, now), tx, self.signer_of, verified=False)
        user = self.signer_of(tx.body.signers[0])[1].user
        nonce = self.store.get("state", ledger.nonces.place(user, tx.body.nonce))
        if nonce is not None:
            if ledger.nonces.decode(nonce).tx == tx.tx_id:
                raise Known(tx.tx_id)
            raise Replayed(nonce=tx.body.nonce)
        if len(self._ready) >= READY_MAX:
            self._ready.clear()
        self._ready[tx.data] = tx

    def keys_of(self, tx: Transaction, now: datetime) -> list[tuple[str, bytes]]:
        """Algorithm and public key of each signer, for a verifier elsewhere. Refuses what `check` would but for the signatures."""
        signers = admit(self.chain, Facts(self.info()[0] + 1, now), tx, self.signer_of, verified=True)
        return [(signer.alg, signer.public_key) for signer in signers]

    def signer_of(self, fingerprint: str) -> tuple[Certificate, Signer]:
        """The person behind a certificate as of the last committed block."""
        known = self._signers.get(fingerprint)
        if known is None:
            ctx = self.view_context()
            known = self._signers[fingerprint] = identity.signer(ctx, fingerprint)
        return known

    # --- blocks ----------------------------------------------------------------------------------------------------
    def execute(self, block: BlockIn) -> BlockOut:
        """Run a block's transactions. Nothing is persisted; the same block may be executed again."""
        sheet, facts = Overlay(self.store), Facts(block.height, block.time, block.stamp or stamp(block.time))
        if block.txs:  # An empty block changes nothing, its app hash included.
            ledger.forget(self._context(sheet, facts), block.time)
        settings: dict[str, Any] = {}
        digests: dict[bytes, bytes] = {}
        results = [self._run(sheet, facts, index, data, settings, digests) for index, data in enumerate(block.txs)]
        receipts, codes = map(_sorted, results), (receipt.code for receipt in results)
        for receipt, (key, place) in zip(results, places(block.height, [receipt.tx for receipt in results]), strict=True):
            # A repeat never hides the first receipt; what was done was no repeat.
            if receipt.code == "OK" or sheet.get("meta", key) is None:
                sheet.put("meta", key, place)
        root, pending = self.tree.root_with(sheet.changes["state"].items(), digests)
        out = BlockOut(block.height, tuple(receipts), tuple(codes), root)
        self._candidate = (sheet, pending, out, block.time)
        return out

    def _run(self, sheet: Overlay, facts: Facts, index: int, data: bytes, settings: dict[str, Any], digests: dict[bytes, bytes]) -> Receipt:
        try:
            tx, verified = self._ready.pop(data, None), True
            if tx is None:
                tx, verified = read_transaction(data, self.chain.suite), False
        except Rejection as refusal:
            # Only a faulty proposer puts such bytes into a block; it gets a receipt that names nobody.
            return Receipt(
                v=1, chain=self.chain.name, tx=self.chain.suite.tagged(tx_message(data)), height=facts.height, index=index,
                time=facts.stamp, contract="", action="", signers=[], code=refusal.code, error=refusal.told(),
                result=msgspec.Raw(b"null"), events=[], writes=[], work=0,
            )  # fmt: skip
        return apply(self.chain, sheet, facts, index, tx, self.signer_of, verified=verified, settings=settings, digests=digests)

    def commit(self) -> None:
        """Make the executed block the state (visible at once, durable with the store's next flush)."""
        assert self._candidate is not None, "commit follows execute"
        sheet, pending, out, time = self._candidate
        self._candidate = None
        self._persist(sheet, pending, Marker(out.height, out.app_hash.hex(), time, self.transactions + len(out.codes)))

    def _persist(self, sheet: Overlay, pending: Pending, marker: Marker) -> None:
        self.marker = marker
        sheet.changes["meta"].update(marker.rows()["meta"])
        if any(key.startswith(MEMBERS) for key in sheet.changes["state"]):
            self._signers.clear()
        self.store.apply(sheet.changes)
        self.tree.accept(pending)

    # --- questions -------------------------------------------------------------------------------------------------
    def ask(self, view: str, args: bytes, viewer: str) -> bytes:
        """The answer to a view (canonical JSON) for the holder of a certificate. Refuses: NOT_FOUND, ROLE_FORBIDDEN …"""
        declared = self.chain.catalogue.views.get(view)
        if declared is None:
            raise NotFound(record=f"view {view}")
        ctx = self.view_context(viewer)
        return _sorted(answer(ctx, declared, declared.request.read(args)))

    def view_context(self, viewer: str | None = None) -> Context:
        """A read-only context on the committed state, for views and invariants."""
        return self._asked(ViewBooks(self.store), viewer, "view", VIEW_WORK_MAX)

    def trial_context(self, viewer: str) -> Context:
        """A context whose writes go nowhere, metered like a transaction's: to try what an act would do now."""
        return self._asked(Overlay(self.store), viewer, "trial", WORK_MAX)

    def _asked(self, sheet: Overlay, viewer: str | None, tx_id: str, work_max: int) -> Context:
        assert self.marker is not None, "the chain is not founded"
        signer = None if viewer is None else self.signer_of(viewer)[1]
        return Context(
            sheet, self.chain.catalogue, suite=self.chain.suite, chain=self.chain.name, height=self.marker.height, time=self.marker.time,
            tx_id=tx_id, signers=() if signer is None else (signer,), viewer=signer, work_max=work_max,
        )  # fmt: skip

    def executed_context(self) -> Context:
        """A context on the block that was executed last and is not yet committed."""
        assert self._candidate is not None, "nothing was executed"
        sheet, _, out, time = self._candidate
        return self._context(sheet, Facts(out.height, time))

    def check_invariants(self) -> list[str]:
        """Check every named invariant on the whole state; gives their names. Raises AssertionError."""
        ctx, names = self.view_context(), []
        ctx.work_max = 1 << 60
        for register in self.chain.catalogue.registers.values():
            for name, invariant in register.invariants.items():
                invariant(ctx)
                names.append(f"{register.name}.{name}")
        return names

    def fingerprint(self) -> str:
        """A digest of all records but the remembered nonces: the same before and after a refused act."""
        rows = [key + b"\0" + value for key, value in scan_all(self.store, "state") if not key.startswith(NONCES)]
        return self.chain.suite.tagged(b"\n".join(rows))

    def where(self, tx_id: str) -> tuple[int, int] | None:
        """Height and index of a transaction's receipt."""
        data = self.store.get("meta", tx_key(tx_id))
        if data is None:
            return None
        height, _, index = data.partition(b"/")
        return int(height), int(index)

    def snapshot(self, directory: Path) -> snapshot.Manifest:
        """Write STATE as of the last committed block into a directory that is not there yet; the chain waits meanwhile."""
        height, app_hash = self.info()
        return snapshot.write(self.store, directory, chain=self.chain.name, height=height, app_hash=app_hash)

    def prove(self, key: bytes) -> StateProof:
        """Inclusion or absence of a record's key under the committed app hash."""
        return self.tree.prove(key)

    def _context(self, sheet: Overlay, facts: Facts, tx_id: str = "") -> Context:
        return Context(
            sheet, self.chain.catalogue, suite=self.chain.suite, chain=self.chain.name, height=facts.height, time=facts.time, tx_id=tx_id,
            work_max=1 << 60,
        )  # fmt: skip

    def _check_rules(self) -> None:
        """Other rules would give other results than the blocks record: better said at the start than found in the middle."""
        catalogue = self.chain.catalogue
        kept, here = ledger.rules_in_force(self.view_context()), {n: catalogue.code_digest(r) for n, r in catalogue.registers.items()}
        if kept != here:
            raise RulesChanged(sorted(name for name in {*kept, *here} if kept.get(name) != here.get(name)))

    def _rebuild_tree(self, marker: Marker) -> None:
        """Read every record: a start is also a full check of the state against the app hash."""
        root = self.tree.build(scan_all(self.store, "state"))
        if root.hex() != marker.app_hash:
            raise StoreDamaged("state", f"root {root.hex()}, app hash of height {marker.height}: {marker.app_hash}")


def places(height: int, tx_ids: Sequence[str]) -> Iterator[tuple[bytes, bytes]]:
    """What META keeps of the transactions of a block, in their order."""
    return ((tx_key(tx_id), b"%d/%d" % (height, index)) for index, tx_id in enumerate(tx_ids))


def tx_key(tx_id: str) -> bytes:
    """Where META keeps a transaction's place. Refuses what is no id: NOT_FOUND."""
    try:
        return b"tx/" + bytes.fromhex(tx_id.partition(":")[2])
    except ValueError:
        raise NotFound(record=f"transaction {tx_id}") from None


def stamp(time: datetime) -> str:
    """A block's time as headers and receipts write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def time_of(text: str) -> datetime:
    """A header's time as rules see it: cut to microseconds, the same on every replica."""
    return datetime.fromisoformat(text[:26] + "Z")
