"""The read model: what the chain's past looks like from beside it."""

import asyncio
import os
import signal
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from workload import some_transactions
from worlds import World, catalogue

from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.kernel.engines.embedded.blocks import time_of
from heqi.kernel.engines.port import BlockView
from heqi.kernel.state.store import MemoryStore
from heqi.node.follower import Follower
from heqi.node.history import History
from heqi.node.replay import Replayer
from heqi.proof.receipt import Receipt
from heqi.proof.suites import SUITES
from heqi.types.refusals import ProofInvalid

WAIT_S = 60


async def explored(history: History, height: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while history.height < height:
            await asyncio.sleep(0.01)


def receipts(block: BlockView) -> list[Receipt]:
    return [msgspec.json.decode(data, type=Receipt) for data in block.receipts]


def check_against(history: History, found: list[BlockView], suite: str) -> int:
    """Each write of each receipt has its record, whose digest is the receipt's; returns how many there were."""
    count = 0
    for block in found:
        for receipt in receipts(block):
            versions = history.written_by(block.height, receipt.index)
            digests = [(v.key.hex(), None if v.value is None else SUITES[suite].digest(v.value).hex()) for v in versions]
            assert digests == [tuple(write) for write in receipt.writes]
            assert [row.tx for row in history.list_transactions(None, limit=1, before=(block.height, receipt.index + 1))] == [receipt.tx]
            count += len(versions)
    return count


def test_the_read_model_holds_every_record_as_each_act_left_it_also_over_a_kill(world: World, tmp_path: Path, verifiers: Verifiers) -> None:
    async def play() -> int:
        engine = EmbeddedEngine(tmp_path / "chain", catalogue(), world.genesis, world.founding, [world.validator_key], verifiers)
        await engine.start()
        follower = Follower(tmp_path / "history", engine, world.founding, catalogue)
        await follower.start()
        try:
            for part in range(6):
                # Many in one block, so that several acts change one record within it.
                admitted = await engine.submit_many(list(some_transactions(world, part, 40)))
                for tx in map(str, admitted):
                    await engine.wait(tx, WAIT_S)
                if part == 3:
                    await explored(follower.history, 1)
                    os.kill(follower.pid, signal.SIGKILL)
                    await follower.close()
                    follower = Follower(tmp_path / "history", engine, world.founding, catalogue)
                    await follower.start()
            head = (await engine.status()).height
            await explored(follower.history, head)
            blocks = [block for height in range(1, head + 1) if (block := await engine.block(height)) is not None]
            return check_against(follower.history, blocks, world.suite)
        finally:
            await follower.close()
            await engine.close()

    assert asyncio.run(play()) > 100


def test_a_block_that_comes_out_otherwise_is_not_believed(world: World, tmp_path: Path, verifiers: Verifiers) -> None:
    async def one_block() -> BlockView:
        engine = EmbeddedEngine(tmp_path / "chain", catalogue(), world.genesis, world.founding, [world.validator_key], verifiers)
        await engine.start()
        try:
            await engine.wait(await engine.submit(world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=5)), WAIT_S)
            block = await engine.block(1)
        finally:
            await engine.close()
        assert block is not None
        return block

    def machine() -> Replayer:
        made = Replayer(MemoryStore(), catalogue(), chain=world.chain, suite=world.suite)
        made.init(world.founding, time_of(world.genesis.created))
        return made

    block = asyncio.run(one_block())
    assert machine().replay(block)
    receipt = msgspec.json.decode(block.receipts[0], type=Receipt)
    forged = msgspec.json.encode(structs.replace(receipt, work=receipt.work + 1), order="sorted")
    with pytest.raises(ProofInvalid, match="block 1 differ"):
        machine().replay(structs.replace(block, receipts=(forged,)))
