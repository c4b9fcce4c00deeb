"""A node killed at any moment loses nothing it acknowledged and does nothing twice. The processes here really die (SIGKILL)."""

import asyncio
import multiprocessing
import random
import signal
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec
import pytest
from conformance import ask_books, first_blocks
from crash_child import EVERY_STEP, Told, live
from purse import TOTAL_FEN
from worlds import World, catalogue

from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.node.audit import Audited, audit
from heqi.proof.receipt import Receipt

ROUNDS = 25
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["crash_child"])
decode_receipt = msgspec.json.Decoder(Receipt).decode


class Node:
    """A chain's folder, the processes that ran on it, and all they told."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder, self.world = folder, world
        self.file = folder.parent / "world.json"
        world.save(self.file)
        self.told: list[Told] = []

    def run(self, seed: int, step: tuple[str, int] | None = None, kill_after: int | None = None, moment_s: float = 0) -> None:
        """A process until it is killed: by itself at `step`, or a moment after `kill_after` acknowledgements."""
        hear, tell = PROCESSES.Pipe(duplex=False)
        child: BaseProcess = PROCESSES.Process(target=live, args=(self.file, self.folder, seed, step, tell))
        child.start()
        tell.close()
        heard: list[Told] = []
        try:
            while True:
                if len(heard) == kill_after:
                    time.sleep(moment_s)  # The moment of the kill, not a wait for anything.
                    child.kill()
                heard.append(hear.recv())
        except (EOFError, ConnectionResetError):  # All it ever told; the last word may have been cut by the kill.
            pass
        child.join()
        assert child.exitcode == -signal.SIGKILL
        self.told += heard

    def look(self) -> int:
        """Open the chain as its owner would: every acknowledged transaction is there, once, where it was said to be."""
        return asyncio.run(self._look())

    async def _look(self) -> int:
        world = self.world
        engine = EmbeddedEngine(self.folder, catalogue(), world.genesis, world.founding, [world.validator_key], Verifiers(1))
        await engine.start()
        try:
            for told in self.told:
                receipt = await engine.receipt(told.tx)
                assert receipt is not None, f"{told.tx} was acknowledged and is lost"
                assert (receipt.height, receipt.index, receipt.code) == told[1:]
            books, status = await ask_books(engine, world), await engine.status()
            assert sum(books.balances) == TOTAL_FEN
            assert books.paid >= sum(told.code == "OK" for told in self.told)
            assert status.transactions >= len(self.told)
            ids = [decode_receipt(data).tx for block in await first_blocks(engine, status.height) for data in block.receipts]
            assert len(set(ids)) == len(ids) == status.transactions  # Nothing twice.
            return status.height
        finally:
            await engine.close()

    def audit(self) -> Audited:
        return audit(self.folder, catalogue(), self.world.genesis, self.world.founding)


@pytest.fixture
def node(tmp_path: Path, world: World) -> Node:
    return Node(tmp_path / "chain", world)


def test_a_process_killed_at_random_moments_loses_nothing_acknowledged(node: Node) -> None:
    dice, height = random.Random(25), 0
    for seed in range(ROUNDS):
        node.run(seed, kill_after=dice.randrange(0, 40), moment_s=dice.random() * 0.05)
        if seed % 5 == 4:  # In between the next process replays what several crashes left.
            grown = node.look()
            assert grown >= height
            height = grown
    audited = node.audit()
    assert audited.transactions >= len(node.told) > 100
    assert audited.refused == 0
    assert audited.invariants == ["purse.all_money_is_there"]


@pytest.mark.parametrize("step", EVERY_STEP)
def test_a_process_killed_at_this_step_loses_nothing_acknowledged(step: str, node: Node) -> None:
    # The first flush of all is the founding's; later ones come with every sixteenth block.
    for seed, number in enumerate((1, 2, 3) if step.endswith("flush") else (1, 3, 24)):
        node.run(seed, (step, number))
    node.look()
    assert node.audit().transactions >= len(node.told)
