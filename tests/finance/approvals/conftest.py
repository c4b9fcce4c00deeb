import pytest

from heqi.node.rehearsal import rehearse

from .play import contract


@pytest.fixture
def world():
    return rehearse([contract])
