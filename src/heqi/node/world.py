"""The outside world of a demo: the stand-ins as processes on loopback, and the connectors that speak to them.

Each stand-in keeps its database and key in the node's folder, so the world goes on where it stopped. They end with the node.
"""

import atexit
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import msgspec

from heqi.connectors.bank import Bank
from heqi.connectors.erp_api import Erp
from heqi.connectors.registry import Registry
from heqi.connectors.source import Source
from heqi.connectors.tax import Tax
from heqi.connectors.zhongdeng import Zhongdeng
from heqi.proof.suites import PublicKey

STAND_INS = ("bank", "tax", "erp", "zhongdeng", "registry")
START_S = 30.0


class StandInFailed(Exception):
    """A stand-in process did not start."""


class Running(msgspec.Struct):
    """One stand-in process."""

    name: str
    url: str
    process: "subprocess.Popen[bytes]"
    key: PublicKey


class World:
    """The running stand-ins and the connectors to them."""

    def __init__(self, directory: Path, seed: str = "s03", told: Callable[[str], None] = lambda _: None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.running: dict[str, Running] = {}
        atexit.register(self.close)
        started = {name: _start(name, directory, seed) for name in STAND_INS}
        for name, (process, url) in started.items():
            told(name)
            self.running[name] = Running(name, url, process, _await_key(name, process, url))
        self.bank = Bank(self.source("bank"))
        self.tax = Tax(self.source("tax"))
        self.erp = Erp(self.source("erp"))
        self.zhongdeng = Zhongdeng(self.source("zhongdeng"))
        self.registry = Registry(self.source("registry"))

    def source(self, name: str) -> Source:
        """A stand-in's address with its pinned key."""
        running = self.running[name]
        return Source(f"sim-{name}", running.url, running.key)

    def open_day(self, day: date) -> None:
        """Tell every stand-in the ledger's business date: the world ages with the ledger."""
        for running in self.running.values():
            answer = httpx.post(f"{running.url}/admin/day", json={"date": day.isoformat()}, trust_env=False)
            answer.raise_for_status()

    def close(self) -> None:
        """End the processes this world started."""
        atexit.unregister(self.close)
        for running in self.running.values():
            running.process.terminate()
        for running in self.running.values():
            running.process.wait(timeout=10)
        self.running = {}


def _start(name: str, directory: Path, seed: str) -> "tuple[subprocess.Popen[bytes], str]":
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", f"heqi.standins.{name}", "--port", str(port), "--seed", seed,
        "--db", str(directory / f"{name}.sqlite"), "--key", str(directory / f"{name}.key"),
    ]  # fmt: skip
    output = (directory / f"{name}.log").open("ab")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    output.close()
    return process, f"http://127.0.0.1:{port}"


def _await_key(name: str, process: "subprocess.Popen[bytes]", url: str) -> PublicKey:
    """Wait until the process answers; its key is taken from its own health page on loopback, then pinned."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise StandInFailed(f"sim-{name} ended with {process.returncode}; see {name}.log")
        try:
            state = httpx.get(f"{url}/health", timeout=2, trust_env=False).json()
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        return PublicKey(state["algorithm"], bytes.fromhex(state["public_key"]))
    raise StandInFailed(f"sim-{name} did not answer within {START_S:.0f} s")
