"""Replay a chain from its founding document and compare everything: what an auditor does who trusts nobody's database.

What holds here: for every block, the signatures over its header, the link to the block before, the roots of transactions
and results, every receipt byte for byte, and the state's root; at the end every named invariant. The first difference is
reported with its block. Needs the block log, founding document, trust anchor, and the code in force.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.embedded.blocks import EMPTY_HASH, StoredBlock, decode_block, results_hash
from heqi.kernel.ledger.blocklog import BlockLog
from heqi.kernel.ledger.genesis import GenesisState
from heqi.kernel.ledger.machine import BlockIn, Machine, time_of
from heqi.kernel.state.store import MemoryStore
from heqi.proof import merkle
from heqi.proof.commit import commit_hash, verify_commit
from heqi.proof.header import NO_BLOCK
from heqi.proof.receipt import Genesis
from heqi.proof.suites import SUITES
from heqi.types.refusals import ProofInvalid


class Audited(msgspec.Struct, frozen=True):
    """What was replayed and found right."""

    chain: str
    blocks: int
    transactions: int
    refused: int
    app_hash: str
    head: str
    invariants: list[str]


def audit(
    directory: Path,
    catalogue: Catalogue,
    genesis: Genesis,
    founding: GenesisState,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Audited:
    """Replay the chain in `directory`. Raises ProofInvalid at the first difference, AssertionError for a broken invariant."""
    if founding.digest(SUITES[genesis.suite]) != genesis.content:
        raise ProofInvalid(step="创始文件与信任锚不符 (the founding document is not the one the trust anchor names)")
    if not (directory / "blocks").exists():  # Opening would make an empty one.
        raise FileNotFoundError(directory / "blocks")
    log = BlockLog(directory / "blocks")
    try:
        machine = Machine(MemoryStore(), catalogue, chain=genesis.chain, suite=genesis.suite)
        machine.init(founding, time_of(genesis.created))
        previous: StoredBlock | None = None
        refused, total = 0, len(log.heights)
        for height in log.heights:
            block = decode_block(log.read(height))
            _check_header(block, height, previous, machine, genesis)
            out = machine.execute(BlockIn(height, time_of(block.header.time), block.txs))
            if out.receipts != block.receipts or out.codes != block.codes:
                raise ProofInvalid(step=f"第 {height} 块的回执与重放结果不符 (receipts of block {height} differ)")
            if out.app_hash.hex() != block.app_hash:
                raise ProofInvalid(step=f"第 {height} 块后的状态根不符 (state root after block {height} differs)")
            machine.commit()
            refused += sum(code != "OK" for code in block.codes)
            previous = block
            progress(height, total)
        head = previous.commit.block_id.hash if previous else ""
        return Audited(genesis.chain, total, machine.transactions, refused, machine.info()[1].hex(), head, machine.check_invariants())
    finally:
        log.close()


def _check_header(block: StoredBlock, height: int, previous: StoredBlock | None, machine: Machine, genesis: Genesis) -> None:
    header, at = block.header, f"第 {height} 块 (block {height})"
    verify_commit(genesis.chain, header, block.commit, genesis.validators)
    if header.height != height or header.time <= (genesis.created if previous is None else previous.header.time):
        raise ProofInvalid(step=f"{at} 的高度或时间次序不符 (its height or time is out of order)")
    if header.last_block_id != (NO_BLOCK if previous is None else previous.commit.block_id):
        raise ProofInvalid(step=f"{at} 与前一块不相接 (does not follow the one before)")
    if header.last_commit_hash != (EMPTY_HASH if previous is None else commit_hash(previous.commit).hex()):
        raise ProofInvalid(step=f"{at} 所载前一块签名不符 (signatures of the block before differ from the header)")
    if header.data_hash != merkle.root([merkle.sha256(tx) for tx in block.txs]).hex():
        raise ProofInvalid(step=f"{at} 的交易根不符 (transactions differ from the header)")
    if header.last_results_hash != results_hash(previous, SUITES[genesis.suite]):
        raise ProofInvalid(step=f"{at} 的结果根不符 (results of the block before differ from the header)")
    if header.app_hash != machine.info()[1].hex():
        if previous is None:
            raise ProofInvalid(
                step="创始状态不符：本机的合约代码或创始文件与建链时不同，请用建链时的版本审计 "
                "(the founding state differs: other rules or another document than the chain was founded with; audit with that version)"
            )
        raise ProofInvalid(step=f"{at} 的状态根不符 (the state before differs from the header)")
