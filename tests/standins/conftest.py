"""Real stand-ins as separate processes on free loopback ports, each with a key of its own that the test pins."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from heqi.connectors.source import Source
from heqi.proof.suites import PrivateKey
from heqi.standins.start import load_key

READY_WITHIN_S = 30


class Running(msgspec.Struct):
    """A stand-in that answers: its address, its key, and the means to switch and stop it."""

    name: str
    url: str
    key: PrivateKey
    process: Any

    def source(self, **options: Any) -> Source:
        return Source(self.name, self.url, self.key.public, **options)

    def post(self, path: str, content: Any) -> httpx.Response:
        return httpx.post(self.url + path, content=msgspec.json.encode(content), trust_env=False, timeout=30)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False, timeout=30)

    def fault(self, kind: str, **more: Any) -> None:
        assert self.post("/admin/fault", {"kind": kind, **more}).is_success

    def day(self, day: str) -> None:
        answer = self.post("/admin/day", {"date": day})
        assert answer.is_success, answer.text

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def launch(name: str, folder: Path, seed: str = "s03", db: str | None = None) -> Running:
    """Starts it and waits until its health answers; another port when somebody was quicker."""
    key_file = folder / f"{name}.key"
    key = load_key(str(key_file))
    for _ in range(3):
        port = free_port()
        command = [sys.executable, "-m", f"heqi.standins.{name}", "--port", str(port), "--key", str(key_file)]
        command += ["--seed", seed, *(["--db", db] if db else [])]
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        running = Running(f"sim-{name}", f"http://127.0.0.1:{port}", key, process)
        until = time.monotonic() + READY_WITHIN_S
        while process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                if running.get("/health").is_success:
                    return running
            time.sleep(0.05)
        running.stop()
    raise AssertionError(f"{name} did not start: {process.stderr.read().decode() if process.stderr else ''}")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """start(name, seed=, db=): stand-ins that end with the test."""
    running: list[Running] = []

    def begin(name: str, **options: Any) -> Running:
        running.append(launch(name, tmp_path, **options))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


def for_module(name: str) -> Any:
    """A stand-in shared by the tests of one file, which keep their own data apart."""

    @pytest.fixture(scope="module", name=name)
    def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
        running = launch(name, tmp_path_factory.mktemp(name))
        yield running
        running.stop()

    return shared


bank, tax, registry, zhongdeng, erp = (for_module(name) for name in ("bank", "tax", "registry", "zhongdeng", "erp"))
