"""One fresh market a test."""

import pytest

from .scene import Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()
