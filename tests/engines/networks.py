"""Real CometBFT chains for tests: one validator alone, or several on this machine."""

import socket
from pathlib import Path

import pytest
from worlds import World, catalogue

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.cometbft import CometEngine
from heqi.kernel.engines.cometbft.config import Settings
from heqi.kernel.engines.cometbft.process import EngineMissing, find_binary
from heqi.proof.suites import generate_key

REST_S = 0.5
"""Tests look at the last block of a resting chain, which is shown when the next one is there."""


def _missing() -> bool:
    try:
        find_binary()
    except EngineMissing:
        return True
    return False


needs_cometbft = pytest.mark.skipif(_missing(), reason="no cometbft here: `make engines` builds it")


def free_address() -> str:
    """A port of 127.0.0.1 nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def alone(folder: Path, world: World) -> CometEngine:
    """The chain of a world with its one validator."""
    return alone_with(folder, world, catalogue())


def alone_with(folder: Path, world: World, rules: Catalogue) -> CometEngine:
    """The same with other rules."""
    settings = Settings("alone", p2p=free_address(), rpc=free_address(), commit_wait_ms=0, rest_s=REST_S)
    return CometEngine(folder, rules, world.genesis, world.founding, settings, validator=world.validator_key, node=generate_key("ed25519"))
