"""The embedded engine keeps what every engine must keep."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from conformance import SENTENCES, Sentence
from worlds import World, catalogue

from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.__name__)
def test_the_embedded_engine_conforms(sentence: Sentence, world: World, tmp_path: Path, verifiers: Verifiers) -> None:
    @asynccontextmanager
    async def opened(of: World, name: str) -> AsyncIterator[EmbeddedEngine]:
        engine = EmbeddedEngine(tmp_path / name, catalogue(), of.genesis, of.founding, [of.validator_key], verifiers)
        await engine.start()
        try:
            yield engine
        finally:
            await engine.close()

    asyncio.run(sentence(opened, world))
