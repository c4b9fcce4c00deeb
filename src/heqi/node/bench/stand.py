"""A bench stand: one embedded chain in a temporary folder with a seeded state, and the report of a run."""

import asyncio
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Self

import msgspec

from heqi.client.stage import Stage
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.contract import Register
from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.kernel.engines.embedded.verifiers import Signed, signatures_hold
from heqi.kernel.ledger.genesis import FoundingOrganisation
from heqi.kernel.ledger.machine import stamp
from heqi.node.applications import REGISTERS
from heqi.node.cast import CAST
from heqi.node.chainhost import ChainHost
from heqi.node.consortium import establish
from heqi.proof.header import Validator
from heqi.proof.receipt import Genesis, Receipt
from heqi.proof.suites import SUITES, generate_key

WINDOW = 2000
CHUNK = 125


class Stand:
    """An open chain to run a workload on."""

    def __init__(self, register: Register, *, suite: str, business_date: date, more: Sequence[FoundingOrganisation] = ()) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="heqi-bench-")
        self.directory = Path(self._place.name)
        start = datetime.now(UTC)
        consortium = establish(CAST, suite=suite, start=start - timedelta(minutes=5), business_date=business_date)
        founding = msgspec.structs.replace(consortium.genesis, organisations=(*consortium.genesis.organisations, *more))
        key = generate_key("ed25519")
        genesis = Genesis(
            v=1,
            chain="bench",
            suite="gm" if suite == "gm" else "intl",
            validators=[Validator(key.public.raw.hex(), 10)],
            created=stamp(start),
            content=founding.digest(SUITES[suite]),
        )
        self.verifiers = Verifiers()
        engine = EmbeddedEngine(self.directory, Catalogue([*REGISTERS, register]), genesis, founding, [key], self.verifiers)
        self.host, self.cast = ChainHost(engine), consortium.cast()
        self.stage = Stage(self.host)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.host.close()
        self.verifiers.close()
        self._place.cleanup()

    def push(self, transactions: Sequence[bytes]) -> float:
        """Submit all and wait until the last is in a durable block; the seconds it took. Raises if one is not admitted."""
        self.verifiers.warm()

        async def go() -> float:
            engine = self.host.engine
            before = (await engine.status()).transactions
            started = time.perf_counter()
            windows = [list(transactions[at : at + WINDOW]) for at in range(0, len(transactions), WINDOW)]
            flying = asyncio.Semaphore(2)  # As several clients would: the next is there when the last has been taken.

            async def send(window: list[bytes]) -> None:
                async with flying:
                    for outcome in await engine.submit_many(window):
                        if isinstance(outcome, Exception):
                            raise outcome

            await asyncio.gather(*map(send, windows))
            tip = before + len(transactions)
            async for _ in engine.blocks((await engine.status()).height or 1):
                if (await engine.status()).transactions >= tip:
                    return time.perf_counter() - started
            raise AssertionError("the chain ended")

        return self.host.run(go())

    def codes(self, height: int) -> dict[str, int]:
        """How the transactions from a height on came out."""
        counts: dict[str, int] = {}
        at = height
        while (block := self.host.run(self.host.engine.block(at))) is not None:
            for data in block.receipts:
                code = msgspec.json.decode(data, type=Receipt).code
                counts[code] = counts.get(code, 0) + 1
            at += 1
        return counts

    def bytes_on_disk(self) -> dict[str, int]:
        """Bytes really used: what the log holds (not what it has reserved), and the state's pages."""
        self.host.call(lambda machine_: machine_.store.flush())
        state = sum(path.stat().st_blocks * 512 for path in self.directory.glob("state*"))
        return {"log": self.host.engine.log_bytes(), "state": state}


def verification_limit(checks: list[tuple[bytes, Signed]], processes: int | None = None) -> float:
    """Messages a second when nothing is done but verify their signatures, on all cores: the limit of any ledger here."""
    workers = processes or os.cpu_count() or 2
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(_verify, [[] for _ in range(workers * 4)]))
        parts = [checks[at : at + CHUNK] for at in range(0, len(checks), CHUNK)]
        started = time.perf_counter()
        verdicts = [verdict for part in pool.map(_verify, parts) for verdict in part]
        seconds = time.perf_counter() - started
    assert all(verdicts), "a signature of the workload does not verify"
    return len(checks) / seconds


def _verify(part: list[tuple[bytes, Signed]]) -> list[bool]:
    return [signatures_hold(message, signed) for message, signed in part]


def sign_all(make: Callable[[int], bytes], count: int) -> list[bytes]:
    """Make `count` signed transactions."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(make, range(count), chunksize=500))


def machine() -> dict[str, Any]:
    """What it ran on."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    return {"cpu": cpu, "cores": os.cpu_count(), "python": platform.python_version(), "commit": commit, "load": os.getloadavg()[0]}


def save(name: str, result: dict[str, Any]) -> Path:
    """Keep a result as JSON in bench/results."""
    folder = Path("bench/results")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    return path
