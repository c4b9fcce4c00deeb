"""One served gateway for the module's tests: `served`; `jia`, `yi`, `regulator` are browsers logged in as their makers."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent / "examples"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from served import Served

    gateway = Served(tmp_path_factory.mktemp("gateway"))
    yield gateway
    gateway.close()


@pytest.fixture
def jia(served: Any) -> Iterator[httpx.Client]:
    with served.login(served.cast.jia.maker) as client:
        yield client


@pytest.fixture
def yi(served: Any) -> Iterator[httpx.Client]:
    with served.login(served.cast.yi.maker) as client:
        yield client


@pytest.fixture
def regulator(served: Any) -> Iterator[httpx.Client]:
    with served.login(served.cast.regulator.maker) as client:
        yield client
