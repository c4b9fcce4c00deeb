"""The example chain of the vectors, also for tests that want it otherwise."""

import importlib.util
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[1] / "vectors"


@pytest.fixture(scope="session")
def make():
    """The module that made the vectors: its TestChain writes signed blocks."""
    spec = importlib.util.spec_from_file_location("vectors_make", VECTORS / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
