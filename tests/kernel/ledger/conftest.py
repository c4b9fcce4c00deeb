"""The machine is tried with the contract the engines are tried with."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "engines"))

from worlds import World, found


@pytest.fixture(scope="session")
def world() -> World:
    return found("machine-1")
