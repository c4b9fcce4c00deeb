"""What the engines are tried with."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("conformance")

from worlds import World, found  # noqa: E402

from heqi.kernel.engines.embedded import Verifiers  # noqa: E402


@pytest.fixture(scope="session")
def world() -> World:
    """A chain with Ed25519 and SHA-256. Each test runs it in a folder of its own."""
    return found("conformance-1")


@pytest.fixture(scope="session")
def verifiers() -> Iterator[Verifiers]:
    """Shared by all chains, as in a node."""
    pool = Verifiers(2)
    yield pool
    pool.close()
