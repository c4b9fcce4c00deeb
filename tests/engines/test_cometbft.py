"""The BFT engine keeps what every engine must keep; here with one validator, so that only the engine is tried, not the network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from conformance import SENTENCES, Sentence
from networks import alone, needs_cometbft
from worlds import World

from heqi.kernel.engines.cometbft import CometEngine

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
