"""A fresh scene a test."""

import pytest

from .scene import Scene


@pytest.fixture
def s() -> Scene:
    return Scene()
