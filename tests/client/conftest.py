"""A served gateway for the client's tests."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "gateway" / "examples"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from served import Served

    gateway = Served(tmp_path_factory.mktemp("gateway"))
    yield gateway
    gateway.close()
