"""Playing an application's acceptance story on a fresh chain, with the stand-ins as its world."""

import importlib
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from heqi.client.stage import Stage
from heqi.kernel.contracts.app import App
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.embedded import Verifiers
from heqi.node import network
from heqi.node.applications import APPS, REGISTERS
from heqi.node.chainhost import ChainHost
from heqi.node.home import Home
from heqi.node.world import World

STORY_DATE = date(2026, 3, 10)
"""The demo consortium opens its books on the first day of the first story."""

Tell = Callable[[str, str], None]
"""Called with each step of a story in Chinese and English."""


class Played(msgspec.Struct, frozen=True):
    """How a story went: its figures (plain data), and what it left on the chain."""

    system: str
    name: str
    passed: bool
    figures: dict[str, Any]
    fault: str | None
    transactions: int
    blocks: int
    head: str
    seconds: float


def catalogue() -> Catalogue:
    """Everything this node runs."""
    return Catalogue([*REGISTERS, *(app.contract for app in APPS)])


def find(system: str) -> App:
    """The application of a specification number (S03) or name (all_link). Raises KeyError."""
    wanted = system.lower().replace("-", "_")
    return next(app for app in APPS if wanted in (app.system.lower(), app.name))


def play(app: App, host: ChainHost, home: Home, world: World, tell: Tell = lambda zh, en: None) -> Played:
    """Play one story on a chain. A failed assertion or a refusal the story did not expect is its fault, told in words."""
    started, before = time.monotonic(), host.run(host.engine.status())
    stage, fault = Stage(host), None
    try:
        importlib.import_module(app.story).play(stage, home.cast(), world, tell)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a story is its result.
        fault = f"{type(error).__name__}: {error}"
    after = host.run(host.engine.status())
    return Played(
        app.system, app.name, fault is None, stage.figures, fault, after.transactions - before.transactions, after.height - before.height,
        after.head, round(time.monotonic() - started, 2),
    )  # fmt: skip


def play_alone(app: App, *, engine: str = "embedded", suite: str = "intl", tell: Tell = lambda zh, en: None) -> Played:
    """Play one story on a fresh chain in a temporary place."""
    chain = f"story-{app.system.lower()}"
    with tempfile.TemporaryDirectory(prefix="heqi-story-") as place:
        verifiers = Verifiers()
        world = World(Path(place) / "world")
        try:
            with network.demonstration(Path(place) / "home", engine, chain=chain, suite=suite, business_date=STORY_DATE) as home:
                host = ChainHost(home.engine(catalogue(), verifiers))
                try:
                    return play(app, host, home, world, tell)
                finally:
                    host.close()
        finally:
            world.close()
            verifiers.close()
