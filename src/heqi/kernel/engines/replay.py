"""Bringing a state up to its block log after a crash: every block since the last flush is executed again and compared."""

from collections.abc import Callable, Sequence
from typing import Protocol

from heqi.kernel.ledger.blocklog import BlockLog
from heqi.kernel.ledger.machine import BlockIn, Machine


class ChainDamaged(Exception):
    """The block log and the state contradict each other. Nothing was repaired."""


class Recorded(Protocol):
    """What a record of a block log tells of its block."""

    @property
    def receipts(self) -> Sequence[bytes]: ...

    @property
    def app_hash(self) -> str: ...

    def as_input(self) -> BlockIn: ...


def replay(machine: Machine, log: BlockLog, decode: Callable[[bytes], Recorded]) -> int:
    """Execute what the log holds beyond the state; how many blocks that were. Raises ChainDamaged."""
    height, root = machine.info()
    heights = log.heights
    last = heights[-1] if heights else 0
    first = heights[0] if heights else 0
    if height > last or (heights and first > height + 1):
        raise ChainDamaged(
            f"状态库已到高度 {height}，区块日志为高度 {first} 至 {last}：日志缺失区块，未作任何修复。\n"
            f"The state is at height {height}, the block log holds {first} to {last}: blocks are missing. Nothing was repaired."
        )
    if height in heights and decode(log.read(height)).app_hash != root.hex():
        raise ChainDamaged(
            f"高度 {height} 的状态根与区块日志所载不符，未作任何修复。\n"
            f"The state's root at height {height} is not the one the block log records. Nothing was repaired."
        )
    for at in range(height + 1, last + 1):
        block = decode(log.read(at))
        out = machine.execute(block.as_input())
        if out.app_hash.hex() != block.app_hash or tuple(out.receipts) != tuple(block.receipts):
            raise ChainDamaged(f"重放高度 {at} 结果不一致。\nReplaying height {at} gave other results than its block records.")
        machine.commit()
    return max(last - height, 0)
