"""Random persons, power that fails at any write, and clients who ask again: the books are right after every block."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from actors import Actors
from worlds import TODAY, World, catalogue, found

from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.kernel.engines.embedded.chain import ChainStopped
from heqi.kernel.ledger.blocklog import SECTOR, BlockLog
from heqi.kernel.ledger.indexes import rebuild_index
from heqi.kernel.ledger.machine import Machine
from heqi.kernel.state.lmdb_store import LmdbStore
from heqi.kernel.state.scan import scan_all
from heqi.kernel.state.store import MemoryStore
from heqi.node.audit import audit
from heqi.proof.receipt import Receipt
from heqi.types.rejection import Rejection

ACTS = 160
WAIT_S = 60.0


class PowerFailed(Exception):
    """Everything that was not on the disk is gone."""


class Power:
    """Fails at a write of the log, of which some sectors may have arrived, or just before or after a flush of the state."""

    def __init__(self, seed: int, patch: pytest.MonkeyPatch) -> None:
        self.dice, self.on, self.failures = random.Random(f"power {seed}"), True, 0
        write, sync, flush = BlockLog._write, BlockLog.sync, LmdbStore.flush

        def writes(log: BlockLog, data: bytes, offset: int) -> None:
            if self.fails(60):
                cuts = [0, *range(SECTOR - offset % SECTOR, len(data), SECTOR)] if offset else [0, len(data)]
                write(log, data[: self.dice.choice(cuts)], offset)
                raise PowerFailed
            write(log, data, offset)

        def syncs(log: BlockLog) -> None:
            if self.fails(60):
                raise PowerFailed
            sync(log)
            if self.fails(60):
                raise PowerFailed

        def flushes(store: LmdbStore) -> None:
            if self.fails(8):
                raise PowerFailed
            flush(store)
            if self.fails(8):
                raise PowerFailed

        patch.setattr(BlockLog, "_write", writes)
        patch.setattr(BlockLog, "sync", syncs)
        patch.setattr(LmdbStore, "flush", flushes)

    def fails(self, once_in: int) -> bool:
        failed = self.on and self.dice.randrange(once_in) == 0
        self.failures += failed
        return failed


class Simulation:
    """One chain, its persons, and what they were told."""

    def __init__(self, world: World, folder: Path, seed: int, power: Power) -> None:
        self.world, self.folder, self.power = world, folder, power
        self.actors, self.verifiers = Actors(world, seed), Verifiers(1)
        self.told: dict[str, Receipt] = {}
        self.codes: Counter[str] = Counter()

    async def open(self) -> EmbeddedEngine:
        world = self.world
        while True:
            engine = EmbeddedEngine(self.folder, catalogue(), world.genesis, world.founding, [world.validator_key], self.verifiers)
            try:
                await engine.start()
                for tx_id, receipt in self.told.items():
                    assert await engine.receipt(tx_id) == receipt, f"{tx_id} was acknowledged and is lost"
                return engine
            except (PowerFailed, ChainStopped):  # Again.
                await engine.close()

    async def run(self) -> None:
        engine = await self.open()
        for _ in range(ACTS):
            data = self.actors.act()
            while True:
                try:
                    receipt = await engine.wait(await engine.submit(data), WAIT_S)
                    await engine.call(Machine.check_invariants)
                    break
                except Rejection as refusal:
                    receipt = None
                    self.codes[refusal.code] += 1
                    break
                except ChainStopped as stopped:
                    assert isinstance(stopped.__cause__, PowerFailed)
                    await engine.close()
                    engine = await self.open()  # And the client asks again.
            if receipt is not None:
                assert receipt.tx not in self.told
                self.told[receipt.tx] = receipt
                self.codes[receipt.code] += 1
                self.actors.saw(receipt.action, receipt.code, msgspec.json.decode(receipt.result))
        self.power.on = False
        await engine.close()
        engine = await self.open()
        await engine.call(self.check_indexes)
        assert (await engine.status()).transactions == len(self.told)
        self.root = (await engine.status()).app_hash
        await engine.close()

    def check_indexes(self, machine: Machine) -> None:
        """The indexes are those the records alone give."""
        fresh = MemoryStore()
        fresh.apply({"state": dict(scan_all(machine.store, "state"))})
        rebuild_index(fresh, catalogue())
        assert dict(scan_all(fresh, "index")) == dict(scan_all(machine.store, "index"))


@pytest.fixture(params=[1, 2, 3])
def simulation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulation]:
    yield Simulation(found("simulation-1"), tmp_path / "chain", request.param, Power(request.param, monkeypatch))


def test_whatever_happens_nothing_acknowledged_is_lost_and_nothing_is_done_twice(simulation: Simulation) -> None:
    asyncio.run(simulation.run())
    audited = audit(simulation.folder, catalogue(), simulation.world.genesis, simulation.world.founding)
    assert (audited.transactions, audited.app_hash) == (len(simulation.told), simulation.root)
    # The simulation was worth it.
    assert simulation.power.failures > 5
    assert simulation.actors.day > TODAY
    assert {"OK", "AMOUNT_EXCEEDS_BALANCE", "CERT_REVOKED", "ROLE_FORBIDDEN"} <= set(simulation.codes)
