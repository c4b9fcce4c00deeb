"""A ledger in memory for tests and first steps: the real state machine, one block a transaction, invariants after each.

stage, cast = rehearse([my_app.contract])
stage.act("my_app.open", cast.jia.maker, …)
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from heqi.client.stage import Stage
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.contract import Register
from heqi.kernel.governance import contract as governance
from heqi.kernel.identity import contract as identity
from heqi.kernel.ledger import register as ledger
from heqi.kernel.ledger.machine import BlockIn, Known, Machine
from heqi.kernel.nodes import contract as nodes
from heqi.kernel.state.store import MemoryStore
from heqi.node.cast import CAST
from heqi.node.consortium import Consortium, establish
from heqi.proof.receipt import Receipt

SYSTEM: tuple[Register, ...] = (ledger.register, identity.register, governance.register, nodes.register)
START = datetime(2026, 3, 1, tzinfo=UTC)


class Rehearsal:
    """A `LedgerPort` on a memory store."""

    def __init__(
        self, registers: Sequence[Register], consortium: Consortium, *, chain: str = "rehearsal", check_invariants: bool = True
    ) -> None:
        self.chain, self.time, self.checks = chain, START, check_invariants
        self.machine = Machine(MemoryStore(), Catalogue([*SYSTEM, *registers]), chain=chain, suite=consortium.suite)
        self.machine.init(consortium.genesis, self.time)
        self.receipts: dict[str, Receipt] = {}

    def submit(self, data: bytes) -> Receipt:
        try:
            self.machine.check(self.machine.read(data), self.time)
        except Known as known:
            return self.receipts[known.tx_id]
        self.time += timedelta(seconds=1)
        out = self.machine.execute(BlockIn(self.machine.info()[0] + 1, self.time, [data]))
        self.machine.commit()
        receipt = msgspec.json.decode(out.receipts[0], type=Receipt)
        self.receipts[receipt.tx] = receipt
        if self.checks:
            self.machine.check_invariants()
        return receipt

    def ask(self, view: str, args: bytes, viewer: str) -> bytes:
        return self.machine.ask(view, args, viewer)

    def now(self) -> datetime:
        return self.time

    def fingerprint(self) -> str:
        return self.machine.fingerprint()


@cache
def demo_consortium(suite: str, business_date: date) -> Consortium:
    """The demo cast with keys, made once a process: making a hundred certificates takes a moment."""
    return establish(CAST, suite=suite, start=START - timedelta(days=1), business_date=business_date)


def rehearse(
    registers: Sequence[Register], *, suite: str = "intl", business_date: date = date(2026, 3, 10), check_invariants: bool = True
) -> tuple[Stage, Any]:
    """A stage on a fresh ledger in memory, and the demo cast (`cast.foton.maker`, `cast.foton.org`)."""
    consortium = demo_consortium(suite, business_date)
    return Stage(Rehearsal(registers, consortium, check_invariants=check_invariants)), consortium.cast()
