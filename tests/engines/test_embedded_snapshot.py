"""A snapshot in the place of a lost state: the same chain, to the byte, without executing what came before."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conformance import WAIT_S
from workload import some_transactions
from worlds import World, catalogue, found

from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.kernel.engines.embedded.restore import restore_state
from heqi.kernel.ledger.machine import Machine
from heqi.kernel.state.reader import SPACES, Space
from heqi.kernel.state.scan import scan_all
from heqi.node.audit import audit
from heqi.types.rejection import Rejection

Rows = dict[Space, dict[bytes, bytes]]


def everything(machine: Machine) -> Rows:
    return {space: dict(scan_all(machine.store, space)) for space in SPACES}


class Node:
    """A chain's folder."""

    def __init__(self, folder: Path, world: World, verifiers: Verifiers) -> None:
        self.folder, self.world, self.verifiers = folder, world, verifiers

    def run(self, acts: Callable[[EmbeddedEngine], Any]) -> Any:
        async def main() -> Any:
            world = self.world
            engine = EmbeddedEngine(self.folder, catalogue(), world.genesis, world.founding, [world.validator_key], self.verifiers)
            await engine.start()
            try:
                return await acts(engine)
            finally:
                await engine.close()

        return asyncio.run(main())

    def load(self, seed: int) -> None:
        async def acts(engine: EmbeddedEngine) -> None:
            ids = await engine.submit_many(list(some_transactions(self.world, seed, 80)))
            assert all([await engine.wait(str(tx_id), WAIT_S) for tx_id in ids])

        self.run(acts)

    def everything(self) -> Rows:
        return self.run(lambda engine: engine.call(everything))

    def lose_the_state(self) -> None:
        (self.folder / "state").unlink()
        (self.folder / "state-lock").unlink(missing_ok=True)


@pytest.fixture
def node(tmp_path: Path, world: World, verifiers: Verifiers) -> Node:
    node = Node(tmp_path / "chain", world, verifiers)
    node.load(1)
    manifest = node.run(lambda engine: engine.call(lambda machine: machine.snapshot(tmp_path / "saved")))
    assert (manifest.chain, manifest.height) == (world.chain, node.run(lambda engine: engine.status()).height)
    return node


def test_a_restored_state_is_the_lost_one_and_the_blocks_since_are_replayed(node: Node, tmp_path: Path) -> None:
    at_snapshot = node.everything()
    node.lose_the_state()
    restore_state(node.folder, tmp_path / "saved", catalogue(), node.world.genesis)
    assert node.everything() == at_snapshot
    node.load(2)
    since = node.everything()
    node.lose_the_state()
    restore_state(node.folder, tmp_path / "saved", catalogue(), node.world.genesis)
    assert node.everything() == since
    assert len(since["index"]) > len(at_snapshot["index"]) > 0
    node.load(3)
    assert audit(node.folder, catalogue(), node.world.genesis, node.world.founding).transactions == 240


def test_a_snapshot_that_is_not_of_this_state_is_refused(node: Node, tmp_path: Path, verifiers: Verifiers) -> None:
    def restore(folder: Path = node.folder, of: World = node.world) -> str:
        with pytest.raises(Rejection) as refusal:
            restore_state(folder, tmp_path / "saved", catalogue(), of.genesis)
        return refusal.value.code

    assert restore() == "CONFLICT"  # There is a state.
    stranger = Node(tmp_path / "other", found("elsewhere-1"), verifiers)
    for seed in range(6):
        stranger.load(seed)
    stranger.lose_the_state()
    assert restore(stranger.folder, stranger.world) == "HASH_MISMATCH"
    before = node.everything()
    node.lose_the_state()
    chunk = tmp_path / "saved" / "000000"
    whole = chunk.read_bytes()
    chunk.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert restore() == "HASH_MISMATCH"
    assert node.everything() == before  # Nothing of it was kept: the chain was replayed from its blocks.
