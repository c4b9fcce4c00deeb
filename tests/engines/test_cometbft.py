"""The BFT engine keeps what every engine must keep; here with one validator, so that only the engine is tried, not the network."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from conformance import SENTENCES, WAIT_S, Sentence, ask_books, play, until
from networks import REST_S, alone, needs_cometbft
from worlds import World

from heqi.kernel.engines.cometbft import CometEngine
from heqi.kernel.engines.port import ChainStopped, LedgerBusy
from heqi.kernel.ledger.blocklog import BlockLog
from heqi.kernel.ledger.machine import time_of

pytestmark = needs_cometbft


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.__name__)
def test_the_bft_engine_conforms(sentence: Sentence, world: World, tmp_path: Path) -> None:
    @asynccontextmanager
    async def opened(of: World, name: str) -> AsyncIterator[CometEngine]:
        engine = alone(tmp_path / name, of)
        await engine.start()
        try:
            yield engine
        finally:
            await engine.close()

    asyncio.run(sentence(opened, world))


def test_without_its_cometbft_the_chain_says_that_it_is_busy_and_soon_is_not(world: World, tmp_path: Path) -> None:
    async def main() -> None:
        engine = alone(tmp_path / "chain", world)
        await engine.start()
        try:
            before = await play(engine, world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1))
            pid = engine.engine_pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            data = world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=2)
            with pytest.raises(LedgerBusy):
                while True:  # The kill takes a moment.
                    await engine.submit(world.sign("purse.pay", "boc.maker", source="p03", target="p04", amount=3))
            async with asyncio.timeout(60):
                while True:
                    try:
                        receipt = await play(engine, data)
                        break
                    except LedgerBusy:
                        await asyncio.sleep(0.05)
            assert (receipt.code, engine.engine_pid != pid) == ("OK", True)
            assert await engine.receipt(before.tx) == before
        finally:
            await engine.close()

    asyncio.run(main())


def test_an_idle_chain_rests_but_for_a_sign_of_life(world: World, tmp_path: Path) -> None:
    async def main() -> None:
        engine = alone(tmp_path / "chain", world)
        await engine.start()
        try:
            receipt = await play(engine, world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1))
            await asyncio.wait_for(engine.proof(receipt.tx), WAIT_S)
            blocks = [block async for block in until(engine, receipt.height + 1, receipt.height + 4)]
            times = [time_of(block.signed.header.time) for block in blocks]
            # Were the app hash to change with each block, they would follow one another at once.
            assert all(later - earlier >= timedelta(seconds=REST_S / 2) for earlier, later in pairwise(times[1:]))
        finally:
            await engine.close()

    asyncio.run(main())


def test_a_disk_that_fails_stops_the_node_and_the_next_start_goes_on_where_the_others_are(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pay(amount: int) -> bytes:
        return world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=amount)

    async def main() -> None:
        engine = alone(tmp_path / "chain", world)
        await engine.start()
        first = await play(engine, pay(1))
        data = pay(2)
        with monkeypatch.context() as disk:
            disk.setattr(BlockLog, "append", full)
            with pytest.raises(ChainStopped) as stopped:
                await play(engine, data)
            assert isinstance(stopped.value.__cause__, OSError)
            for act in (engine.status(), engine.submit(data), engine.receipt(first.tx)):
                with pytest.raises(ChainStopped):
                    await act
            await engine.close()
        again = alone(tmp_path / "chain", world)
        await again.start()
        try:
            assert await again.receipt(first.tx) == first
            assert (await play(again, data)).code == "OK"  # Decided before the fault, and executed now; sent again it is the same.
            books = await ask_books(again, world)
            assert (books.balances[1:3], books.paid) == ([999_997, 1_000_003], 2)
        finally:
            await again.close()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    asyncio.run(asyncio.wait_for(main(), 120))
