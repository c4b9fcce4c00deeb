"""A second machine that does again what a chain did, and sees what the receipts leave out: the records themselves.

What holds here: a receipt names the records an act wrote by their digests; the values follow from executing the block again.
Each receipt is compared byte by byte with the one in the block, so whoever reads the chain's past audits it all the while.
"""

from typing import Any

import msgspec

from heqi.kernel.engines.port import BlockView
from heqi.kernel.ledger.machine import BlockIn, Machine, time_of
from heqi.kernel.ledger.transition import Facts
from heqi.kernel.state.overlay import Overlay
from heqi.proof.receipt import Receipt
from heqi.types.refusals import ProofInvalid


class Written(msgspec.Struct, frozen=True):
    """A record as the transaction at `index` of a block left it. `value`: canonical JSON, None once it is deleted."""

    index: int
    key: bytes
    value: bytes | None


class Replayer(Machine):
    """The machine that `machine.py` describes, which also keeps what each transaction of the last block wrote."""

    written: list[Written]

    def replay(self, block: BlockView) -> list[Written]:
        """Execute and commit a block of the chain. Raises ProofInvalid when other receipts come of it."""
        self.written = []
        at = block.signed.header.time
        out = self.execute(BlockIn(block.height, time_of(at), block.txs, at))
        if out.receipts != block.receipts:
            raise ProofInvalid(step=f"第 {block.height} 块的回执与重放结果不符 (receipts of block {block.height} differ)")
        self.commit()
        return self.written

    def _run(
        self, sheet: Overlay, facts: Facts, index: int, data: bytes, settings: dict[str, Any], digests: dict[bytes, bytes]
    ) -> Receipt:
        receipt = super()._run(sheet, facts, index, data, settings, digests)
        # Before the next transaction runs, the block's sheet holds exactly what this one left.
        keys = (bytes.fromhex(key) for key, _ in receipt.writes)
        self.written += [Written(index, key, sheet.get("state", key)) for key in keys]
        return receipt
