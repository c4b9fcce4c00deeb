"""The machine is tried with the contract the engines are tried with."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "engines"))

from worlds import World, found


@pytest.fixture(scope="session")
def world() -> World:
    # The tests' own time begins when their file is read, which may be long before they run.
    return found("machine-1", start=datetime.now(UTC) - timedelta(hours=2))
