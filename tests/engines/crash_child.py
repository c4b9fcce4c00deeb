"""A node's process for the crash tests: runs the embedded engine under load until it is killed, and tells what it was told.

It tells of every transaction once its receipt has arrived. With a step it kills itself with SIGKILL there: at
`("before:append", 3)` before the third append, at `("after:append", 3)` after it.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from purse import PURSES
from workload import MAKERS
from worlds import World, catalogue

from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.kernel.ledger.blocklog import BlockLog
from heqi.kernel.ledger.machine import Machine
from heqi.kernel.state.lmdb_store import LmdbStore

STEPS: dict[str, tuple[type, str]] = {
    "execute": (Machine, "execute"),
    "append": (BlockLog, "append"),
    "write": (BlockLog, "_write"),
    "sync": (BlockLog, "sync"),
    "acknowledge": (BlockLog, "acknowledge"),
    "commit": (Machine, "commit"),
    "apply": (LmdbStore, "apply"),
    "flush": (LmdbStore, "flush"),
}
CLIENTS = 6
EVERY_STEP = [f"{when}:{step}" for step in STEPS for when in ("before", "after")] + ["half:write"]


class Told(NamedTuple):
    """What a client was told before the process died."""

    tx: str
    height: int
    index: int
    code: str


def live(world: Path, folder: Path, seed: int, step: tuple[str, int] | None, tell: Connection) -> None:
    """The process: until it is killed."""
    if step is not None:
        kill_at(*step)
    asyncio.run(run(World.load(world), folder, seed, tell))


def kill_at(step: str, number: int) -> None:
    """Have this process killed at the `number`th time the step comes."""
    when, _, name = step.partition(":")
    owner, method = STEPS[name]
    original: Callable[..., Any] = getattr(owner, method)
    count = 0

    def stepped(self: Any, *args: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count == number:
            if when == "after":
                original(self, *args, **options)
            elif when == "half":  # Half of the bytes arrive.
                data, offset = args
                original(self, data[: len(data) // 2 // 512 * 512], offset)
            time.sleep(0.02)  # Whatever was told too early is heard.
            os.kill(os.getpid(), signal.SIGKILL)
        return original(self, *args, **options)

    setattr(owner, method, stepped)


async def run(world: World, folder: Path, seed: int, tell: Connection) -> None:
    engine = EmbeddedEngine(folder, catalogue(), world.genesis, world.founding, [world.validator_key], Verifiers(1))
    await engine.start()

    async def client(number: int) -> None:
        dice = random.Random(f"{seed}/{number}")
        while True:
            pair = (f"p{at:02}" for at in dice.sample(range(PURSES), 2))
            args = dict(zip(("source", "target"), pair, strict=True), amount=dice.randrange(1, 1000), memo="m" * dice.randrange(3000))
            data = world.sign("purse.pay", dice.choice(MAKERS), **args)
            receipt = await engine.wait(await engine.submit(data), 60)
            assert receipt.code in ("OK", "AMOUNT_EXCEEDS_BALANCE"), receipt
            tell.send(Told(receipt.tx, receipt.height, receipt.index, receipt.code))

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))

