"""What the embedded engine does beyond what every engine does: one fsync a block, several chains, and ends that are told."""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from conformance import WAIT_S, ask_books, first_blocks, outcome, play
from purse import TOTAL_FEN
from workload import some_transactions
from worlds import World, catalogue, found

from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.kernel.engines.embedded.chain import QUESTIONS_MAX, ChainDamaged, ChainStopped
from heqi.kernel.ledger import blocklog
from heqi.kernel.ledger.blocklog import BlockLogDamaged, BlockLogInUse
from heqi.kernel.state.damage import StoreDamaged
from heqi.node.audit import audit
from heqi.node.chainhost import ChainHost
from heqi.proof import canonical
from heqi.proof.header import Validator
from heqi.proof.suites import generate_key
from heqi.proof.verify import verify_receipt
from heqi.types.refusals import ProofInvalid


@asynccontextmanager
async def running(folder: Path, world: World, verifiers: Verifiers) -> AsyncIterator[EmbeddedEngine]:
    engine = EmbeddedEngine(folder, catalogue(), world.genesis, world.founding, [world.validator_key], verifiers)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


@pytest.fixture
def run(tmp_path: Path, world: World, verifiers: Verifiers) -> Callable[..., None]:
    """`run(acts)` runs the coroutine function on the chain in `tmp_path/chain`, opened and closed."""

    def go(acts: Callable[..., object] | None = None, folder: Path | None = None, of: World | None = None) -> None:
        async def main() -> None:
            async with running(folder or tmp_path / "chain", of or world, verifiers) as engine:
                if acts is not None:
                    await acts(engine)  # type: ignore[misc]

        asyncio.run(main())

    return go


# --- blocks ------------------------------------------------------------------------------------------------------------
def test_a_block_takes_one_fsync_however_many_transactions_it_holds(
    run: Callable[..., None], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    original = os.fdatasync
    batch = list(some_transactions(world, seed=1, count=300))

    async def acts(engine: EmbeddedEngine) -> None:
        before = (await engine.status()).height
        monkeypatch.setattr(blocklog.os, "fdatasync", lambda fd: (synced.append(fd), original(fd))[1])
        ids = await engine.submit_many(batch)
        receipts = [await engine.wait(str(tx_id), WAIT_S) for tx_id in ids]
        last = max(receipt.height for receipt in receipts)
        await engine.proof(receipts[-1].tx)  # The block after it is there.
        monkeypatch.undo()
        blocks = (await first_blocks(engine, last + 1))[before:]
        assert len(synced) == len(blocks)
        assert max(len(block.txs) for block in blocks) > 50
        assert len(blocks) < len(batch) / 10

    run(acts)


def test_nothing_is_written_while_nothing_happens(run: Callable[..., None], world: World) -> None:
    async def acts(engine: EmbeddedEngine) -> None:
        receipt = await play(engine, world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1))
        await engine.proof(receipt.tx)
        for _ in range(50):
            await ask_books(engine, world)
        assert (await engine.status()).height == receipt.height + 1  # One empty block commits the results; no other follows.

    run(acts)


def test_several_chains_run_in_one_process_and_know_nothing_of_each_other(tmp_path: Path, verifiers: Verifiers) -> None:
    worlds = [found("shared-a-1"), found("shared-b-1"), found("shared-c-1", "gm")]

    async def load(engine: EmbeddedEngine, world: World, seed: int) -> None:
        ids = await engine.submit_many(list(some_transactions(world, seed, 120)))
        receipts = [await engine.wait(str(tx_id), WAIT_S) for tx_id in ids]
        file = canonical.encode(await engine.proof(receipts[-1].tx))
        assert verify_receipt(file, world.genesis).receipt == receipts[-1]
        for other in worlds:
            if other is not world:
                with pytest.raises(ProofInvalid):
                    verify_receipt(file, other.genesis)

    async def main() -> None:
        engines = [
            EmbeddedEngine(tmp_path / world.chain, catalogue(), world.genesis, world.founding, [world.validator_key], verifiers)
            for world in worlds
        ]
        await asyncio.gather(*(engine.start() for engine in engines))
        await asyncio.gather(*(load(*each) for each in zip(engines, worlds, range(3), strict=True)))
        stray = worlds[0].sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1)
        assert [await outcome(engine, stray) for engine in engines[1:]] == ["SCHEMA_INVALID"] * 2
        await engines[0].close()  # The others go on.
        assert [(await engine.status()).transactions for engine in engines[1:]] == [120, 120]
        more = worlds[1].sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1)
        assert await outcome(engines[1], more) == "OK"
        await asyncio.gather(*(engine.close() for engine in engines[1:]))

    asyncio.run(main())
    for world in worlds:
        assert audit(tmp_path / world.chain, catalogue(), world.genesis, world.founding).transactions in (120, 121)


def test_a_chain_serves_synchronous_callers(tmp_path: Path, world: World, verifiers: Verifiers) -> None:
    engine = EmbeddedEngine(tmp_path / "chain", catalogue(), world.genesis, world.founding, [world.validator_key], verifiers)
    host = ChainHost(engine)
    receipt = host.submit(world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1))
    assert verify_receipt(canonical.encode(host.proof(receipt.tx)), world.genesis).receipt == receipt
    before = host.fingerprint()
    assert host.submit(world.sign("purse.pay", "boc.maker", source="p01", target="p99", amount=1)).code == "NOT_FOUND"
    assert host.fingerprint() == before
    assert host.call(lambda machine: machine.check_invariants()) == ["purse.all_money_is_there"]
    host.close()


def test_readers_however_eager_do_not_keep_transactions_waiting(run: Callable[..., None], world: World) -> None:
    async def acts(engine: EmbeddedEngine) -> None:
        chain, over, asked = engine._chain, threading.Event(), [0]

        def again(*_: object) -> None:  # On the chain's thread: there is always another question.
            asked[0] += 1
            if not over.is_set():
                chain.call(lambda machine: machine.info(), again)

        for _ in range(2 * QUESTIONS_MAX):
            again()
        receipt = await play(engine, world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1))
        await asyncio.wait_for(engine.proof(receipt.tx), WAIT_S)
        over.set()
        assert asked[0] > 2 * QUESTIONS_MAX

    run(acts)


def test_a_chain_is_not_opened_with_keys_that_cannot_make_its_blocks_believed(tmp_path: Path, world: World, verifiers: Verifiers) -> None:
    validators = [Validator(world.validator_key.public.raw.hex(), 10), Validator(generate_key("ed25519").public.raw.hex(), 5)]
    genesis = msgspec.structs.replace(world.genesis, validators=validators)
    with pytest.raises(ValueError, match="two thirds"):
        EmbeddedEngine(tmp_path, catalogue(), genesis, world.founding, [world.validator_key], verifiers)


# --- ends --------------------------------------------------------------------------------------------------------------
@pytest.mark.filterwarnings("error")
def test_a_failing_disk_stops_the_chain_and_everybody_who_waits_is_told(
    tmp_path: Path, world: World, verifiers: Verifiers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(fd: int) -> None:
        raise OSError("input/output error")

    async def main() -> None:
        engine = EmbeddedEngine(tmp_path / "chain", catalogue(), world.genesis, world.founding, [world.validator_key], verifiers)
        await engine.start()
        first = await play(engine, world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1))
        await engine.proof(first.tx)
        height = (await engine.status()).height
        waiting = [
            asyncio.create_task(engine.wait("sha256:" + "00" * 32, 3600)),
            asyncio.ensure_future(anext(engine.blocks(height + 1))),  # pyright: ignore[reportArgumentType]
        ]
        await asyncio.sleep(0)
        monkeypatch.setattr(blocklog.os, "fdatasync", fail)
        batch = list(some_transactions(world, seed=3, count=40))
        waiting += [asyncio.create_task(play(engine, data)) for data in batch]
        ends = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), WAIT_S)
        assert {type(end).__name__ for end in ends} == {"ChainStopped"}
        assert all("input/output" in str(end.__cause__) for end in ends if isinstance(end, RuntimeError))
        monkeypatch.undo()
        for late in (engine.submit(batch[0]), engine.status(), ask_books(engine, world), engine.wait(first.tx, 1), engine.block(1)):
            with pytest.raises(RuntimeError, match="has stopped"):
                await asyncio.wait_for(late, WAIT_S)
        await engine.close()
        async with running(tmp_path / "chain", world, verifiers) as again:  # What was acknowledged is there.
            assert await again.receipt(first.tx) == first

    asyncio.run(main())


def test_a_chain_whose_caller_went_away_goes_on(tmp_path: Path, world: World, verifiers: Verifiers) -> None:
    async def start() -> EmbeddedEngine:
        engine = EmbeddedEngine(tmp_path / "chain", catalogue(), world.genesis, world.founding, [world.validator_key], verifiers)
        await engine.start()
        task = asyncio.create_task(engine.submit_many(list(some_transactions(world, seed=4, count=100))))
        await asyncio.sleep(0)
        task.cancel()
        return engine

    engine = asyncio.run(start())  # Its loop is closed now, with a batch under way.
    engine._chain.close()
    assert engine._chain.failed is None
    assert audit(tmp_path / "chain", catalogue(), world.genesis, world.founding).transactions == 100


def test_a_killed_verifying_process_loses_no_transaction(tmp_path: Path, world: World) -> None:
    async def main() -> None:
        pool = Verifiers(2)
        async with running(tmp_path / "chain", world, pool) as engine:
            for seed in range(4):
                for process in list(pool._pool._processes.values()) if pool._pool else ():
                    process.kill()
                ids = await asyncio.wait_for(engine.submit_many(list(some_transactions(world, seed, 60))), WAIT_S)
                assert all([await engine.wait(str(tx_id), WAIT_S) for tx_id in ids])
            pool.close()
            late = await engine.submit_many(list(some_transactions(world, 9, 60)))  # Checked by the chain itself.
            assert all([await engine.wait(str(tx_id), WAIT_S) for tx_id in late])
            assert (await engine.status()).transactions == 300

    asyncio.run(main())


PARENT = """
from heqi.kernel.engines.embedded import Verifiers

if __name__ == "__main__":
    pool = Verifiers(2)
    pool.warm()
    print(*pool._pool._processes, flush=True)
    input()
"""


def test_verifying_processes_end_with_a_node_that_was_killed(tmp_path: Path) -> None:
    program = tmp_path / "parent.py"
    program.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + WAIT_S
    while any(map(is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(is_alive, workers))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# --- damage ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def grown(tmp_path: Path, run: Callable[..., None], world: World) -> Path:
    """The folder of a chain with a hundred transactions, closed."""

    async def acts(engine: EmbeddedEngine) -> None:
        for seed in range(10):
            ids = await engine.submit_many(list(some_transactions(world, seed, 10)))
            assert [await engine.wait(str(tx_id), WAIT_S) for tx_id in ids]

    run(acts)
    return tmp_path / "chain"


def assert_refused_and_untouched(
    run: Callable[..., None], folder: Path, kind: type[Exception], *says: str, of: World | None = None
) -> None:
    def contents() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-lock")}

    before = contents()
    for _ in range(2):  # Nor does asking twice help; and the first try holds no lock.
        with pytest.raises(kind) as damage:
            run(folder=folder, of=of)
        assert all(text in str(damage.value) for text in says), str(damage.value)
    assert contents() == before


def test_a_truncated_block_is_refused_at_start(run: Callable[..., None], grown: Path) -> None:
    blocks = grown / "blocks"
    data = bytearray(blocks.read_bytes())
    end = len(data.rstrip(b"\0"))
    data[end - 40 : end] = bytes(40)
    blocks.write_bytes(data)
    assert_refused_and_untouched(run, grown, BlockLogDamaged, "未作任何修复", "Nothing was repaired")


def test_a_damaged_page_of_the_state_is_refused_at_start(run: Callable[..., None], grown: Path) -> None:
    state = grown / "state"
    data = bytearray(state.read_bytes())
    for space in (b'"balance":', b"purse/payment@source\0p"):  # A record, and an entry of an index.
        changed = bytearray(data)
        at = data.find(space)
        while at >= 0:  # Also in pages no longer used; one of them is in use.
            changed[at + 3] ^= 1
            at = data.find(space, at + 1)
        state.write_bytes(changed)
        assert_refused_and_untouched(run, grown, StoreDamaged, "状态库已损坏", "The state database is damaged", "Nothing was repaired")


def test_a_state_ahead_of_the_blocks_is_refused_at_start(run: Callable[..., None], grown: Path, world: World, tmp_path: Path) -> None:
    older = tmp_path / "older"
    run(lambda engine: play(engine, world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1)), folder=older)
    shutil.copy(older / "blocks", grown / "blocks")
    assert_refused_and_untouched(run, grown, ChainDamaged, "日志缺失区块", "blocks are missing")


def test_a_state_of_another_history_is_refused_at_start(run: Callable[..., None], world: World, tmp_path: Path) -> None:
    for name, amount in (("one", 1), ("other", 2)):
        data = world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=amount)
        run(lambda engine, data=data: play(engine, data), folder=tmp_path / name)
    shutil.copy(tmp_path / "other" / "state", tmp_path / "one" / "state")
    assert_refused_and_untouched(run, tmp_path / "one", ChainDamaged, "状态根", "not the one the block log records")


def test_the_blocks_of_another_chain_are_refused_at_start(run: Callable[..., None], grown: Path, world: World) -> None:
    stranger = found("elsewhere-1")
    assert_refused_and_untouched(run, grown, ChainDamaged, "conformance-1", "not of elsewhere-1", of=stranger)


def test_a_lost_state_is_made_again_from_the_blocks(run: Callable[..., None], grown: Path, world: World) -> None:
    (grown / "state").unlink()
    (grown / "state-lock").unlink()

    async def acts(engine: EmbeddedEngine) -> None:
        assert (await engine.status()).transactions == 100
        assert sum((await ask_books(engine, world)).balances) == TOTAL_FEN

    run(acts)
    assert audit(grown, catalogue(), world.genesis, world.founding).transactions == 100


def test_one_folder_is_one_node(run: Callable[..., None], tmp_path: Path, world: World) -> None:
    async def acts(engine: EmbeddedEngine) -> None:
        second = EmbeddedEngine(tmp_path / "chain", catalogue(), world.genesis, world.founding, [world.validator_key], Verifiers(1))
        with pytest.raises(BlockLogInUse):
            await second.start()
        with pytest.raises(RuntimeError):  # And it does not keep anybody waiting.
            await second.submit(world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1))
        await second.close()
        assert await outcome(engine, world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1)) == "OK"

    run(acts)


# --- audit -------------------------------------------------------------------------------------------------------------
def test_an_audit_wants_the_founding_document_the_anchor_names(grown: Path, world: World, tmp_path: Path) -> None:
    audited = audit(grown, catalogue(), world.genesis, world.founding)
    assert (audited.transactions, audited.invariants) == (100, ["purse.all_money_is_there"])
    other = msgspec.structs.replace(world.founding, business_date=world.founding.business_date + timedelta(days=1))
    with pytest.raises(ProofInvalid, match="founding document"):
        audit(grown, catalogue(), world.genesis, other)
    with pytest.raises(FileNotFoundError):
        audit(tmp_path / "nowhere", catalogue(), world.genesis, world.founding)
    with pytest.raises(ProofInvalid, match="validator set"):  # Signed by somebody else.
        stranger = msgspec.structs.replace(world.genesis, validators=found("x-1").genesis.validators)
        audit(grown, catalogue(), stranger, world.founding)


def test_a_fault_in_the_midst_of_admitting_leaves_nobody_waiting(tmp_path: Path, world: World, verifiers: Verifiers) -> None:
    batch = list(some_transactions(world, seed=4, count=4))

    async def main() -> None:
        engine = EmbeddedEngine(tmp_path / "chain", catalogue(), world.genesis, world.founding, [world.validator_key], verifiers)
        await engine.start()

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("a bug of ours")

        engine._chain._machine.check = broken  # type: ignore[method-assign]
        outcomes = await asyncio.wait_for(engine.submit_many(batch), WAIT_S)
        assert all(isinstance(outcome, ChainStopped) for outcome in outcomes)
        await engine.close()

    asyncio.run(main())
