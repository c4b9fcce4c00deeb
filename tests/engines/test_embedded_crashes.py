"""A node killed at any moment loses nothing it acknowledged and does nothing twice. The processes here really die (SIGKILL)."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
from conformance import ask_books
from crash_child import EVERY_STEP
from purse import TOTAL_FEN
from worlds import World, catalogue

from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.node.audit import Audited, audit
from heqi.proof.receipt import Receipt

CHILD = Path(__file__).parent / "crash_child.py"
ROUNDS = 25


class Told(NamedTuple):
    """What a client was told before the process died."""

    tx: str
    height: int
    index: int
    code: str


def lines(told: str) -> list[Told]:
    """Whole lines only: the last one may have been cut by the kill."""
    parts = [line.split() for line in told[: told.rfind("\n") + 1].splitlines() if line != "started"]
    return [Told(tx, int(height), int(index), code) for tx, height, index, code in parts]


class Node:
    """A chain's folder, the processes that ran on it, and all they told."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder, self.world = folder, world
        self.file = folder.parent / "world.json"
        world.save(self.file)
        self.told: list[Told] = []

    def spawn(self, seed: int, *step: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(CHILD), str(self.file), str(self.folder), str(seed), *step]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, child: subprocess.Popen[str], heard: str = "") -> None:
        """Take in what the killed process told."""
        out, err = child.communicate(timeout=60)
        assert child.returncode == -signal.SIGKILL, err
        self.told += lines(heard + out)

    def look(self) -> int:
        """Open the chain as its owner would: every acknowledged transaction is there, once, where it was said to be."""
        return asyncio.run(self._look())

    async def _look(self) -> int:
        verifiers = Verifiers(1)
        world = self.world
        engine = EmbeddedEngine(self.folder, catalogue(), world.genesis, world.founding, [world.validator_key], verifiers)
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
            return status.height
        finally:
            await engine.close()
            verifiers.close()

    def audit(self) -> Audited:
        return audit(self.folder, catalogue(), self.world.genesis, self.world.founding)

    def every_receipt(self) -> list[Receipt]:
        """From the blocks themselves, in their order."""

        async def read() -> list[Receipt]:
            engine = EmbeddedEngine(
                self.folder, catalogue(), self.world.genesis, self.world.founding, [self.world.validator_key], Verifiers(1)
            )
            await engine.start()
            height = (await engine.status()).height
            blocks = [await engine.block(at) for at in range(1, height + 1)]
            await engine.close()
            return [decode(data) for block in blocks if block is not None for data in block.receipts]

        from msgspec.json import Decoder

        decode = Decoder(Receipt).decode
        return asyncio.run(read())


def assert_nothing_twice(node: Node, ids: Iterable[str]) -> None:
    found = [receipt.tx for receipt in node.every_receipt()]
    assert len(found) == len(set(found))
    assert set(ids) <= set(found)


@pytest.fixture
def node(tmp_path: Path, world: World) -> Node:
    return Node(tmp_path / "chain", world)


def test_a_process_killed_at_random_moments_loses_nothing_acknowledged(node: Node) -> None:
    dice, height = random.Random(25), 0
    for seed in range(ROUNDS):
        child = node.spawn(seed)
        assert child.stdout is not None
        heard = "".join(child.stdout.readline() for _ in range(dice.randrange(1, 40)))  # It has opened; perhaps it is at work.
        time.sleep(dice.random() * 0.05)  # The moment of the kill, not a wait for anything.
        child.send_signal(signal.SIGKILL)
        node.finish(child, heard)
        if seed % 5 == 4:  # In between the next process replays after two crashes and more.
            grown = node.look()
            assert grown >= height
            height = grown
    node.look()
    audited = node.audit()
    assert audited.transactions >= len(node.told) > 100
    assert audited.refused == 0
    assert_nothing_twice(node, (told.tx for told in node.told))


@pytest.mark.parametrize("step", EVERY_STEP)
def test_a_process_killed_at_this_step_loses_nothing_acknowledged(step: str, node: Node) -> None:
    # Founding is among the steps: the first flush of all makes the genesis durable.
    for seed, number in enumerate((1, 3, 24) if not step.endswith("flush") else (1, 2, 3)):
        node.finish(node.spawn(seed, step, str(number)))
    node.look()
    audited = node.audit()
    assert audited.transactions >= len(node.told)
    assert_nothing_twice(node, (told.tx for told in node.told))
