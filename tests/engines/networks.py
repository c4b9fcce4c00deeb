"""Real CometBFT chains for tests: one validator alone, or several on this machine."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from worlds import World, catalogue, founded

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.cometbft import CometEngine
from heqi.kernel.engines.cometbft.config import Settings, node_id
from heqi.kernel.engines.cometbft.process import EngineMissing, find_binary
from heqi.kernel.ledger.genesis import FoundingNode
from heqi.kernel.nodes.contract import POWER
from heqi.node.cast import CAST
from heqi.node.chainhost import ChainHost
from heqi.proof.header import Validator, sort_validators
from heqi.proof.suites import SUITES, PrivateKey, generate_key

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


class NodeFile(msgspec.Struct, frozen=True):
    """A node of a test's network: its addresses and its keys (hex)."""

    settings: Settings
    vote: str
    link: str

    @property
    def vote_key(self) -> PrivateKey:
        return PrivateKey("ed25519", bytes.fromhex(self.vote))

    @property
    def link_key(self) -> PrivateKey:
        return PrivateKey("ed25519", bytes.fromhex(self.link))

    @classmethod
    def load(cls, path: Path) -> "NodeFile":
        return msgspec.json.decode(path.read_bytes(), type=cls)


class Network:
    """Validators on this machine: the first in this process, behind `host`; each other one a process with its CometBFT."""

    PARTIES = ("boc", "everbright", "zhongbang", "platform")

    def __init__(self, folder: Path, chain: str, window: int = 1) -> None:
        plain = founded(chain, [party for party in CAST if party.key in (*self.PARTIES, "regulator")])
        keys = [(generate_key("ed25519"), generate_key("ed25519")) for _ in self.PARTIES]
        founders = tuple(
            FoundingNode(plain.desks[f"{party}.admin"].org, link.public.raw.hex(), vote.public.raw.hex())
            for party, (vote, link) in zip(self.PARTIES, keys, strict=True)
        )
        parameters = {"nodes.window": msgspec.Raw(str(window).encode())}
        founding = msgspec.structs.replace(plain.founding, nodes=founders, parameters=parameters)
        genesis = msgspec.structs.replace(
            plain.genesis, content=founding.digest(SUITES["intl"]),
            validators=sort_validators([Validator(vote.public.raw.hex(), POWER) for vote, _ in keys]),
        )  # fmt: skip
        self.world: World = msgspec.structs.replace(plain, genesis=genesis, founding=founding)
        self.folder, self.children = folder, dict[int, subprocess.Popen[bytes]]()
        folder.mkdir()
        self.world.save(folder / "world.json")
        addresses = [(free_address(), free_address()) for _ in keys]
        peers = [f"{node_id(link)}@{p2p}" for (_, link), (p2p, _) in zip(keys, addresses, strict=True)]
        for number, ((vote, link), (p2p, rpc)) in enumerate(zip(keys, addresses, strict=True)):
            others = tuple(peer for peer in peers if peer != peers[number])
            self.add(number, Settings(str(number), p2p=p2p, rpc=rpc, peers=others, commit_wait_ms=50, rest_s=REST_S), vote, link)
        for number in range(1, len(keys)):
            self.start(number)
        self.open()
        for number in range(len(keys)):
            self.until(lambda number=number: self.height(number) >= 1, f"node {number} does not start")

    def add(self, number: int, settings: Settings, vote: PrivateKey, link: PrivateKey) -> None:
        """Write a node's folder."""
        place = self.place(number)
        place.mkdir()
        (place / "node.json").write_bytes(msgspec.json.encode(NodeFile(settings, vote.raw().hex(), link.raw().hex())))

    def place(self, number: int) -> Path:
        return self.folder / f"node{number}"

    def node(self, number: int) -> NodeFile:
        return NodeFile.load(self.place(number) / "node.json")

    def open(self) -> None:
        """Open the first node in this process."""
        node = self.node(0)
        world = self.world
        self.host = ChainHost(
            CometEngine(
                self.place(0), catalogue(), world.genesis, world.founding, node.settings, validator=node.vote_key, node=node.link_key
            )
        )

    def start(self, number: int) -> None:
        """Start another node's process."""
        child = Path(__file__).with_name("replica_child.py")
        with (self.place(number) / "out.log").open("ab") as output:
            command = [sys.executable, str(child), str(self.place(number))]
            self.children[number] = subprocess.Popen(command, stdout=output, stderr=output)

    def kill_application(self, number: int) -> None:
        """SIGKILL to a node's own process; its CometBFT loses it and ends by itself."""
        self.children[number].kill()
        self.children.pop(number).wait()
        self.until(lambda: self.engine_pid(number) is None, f"the CometBFT of node {number} outlives its application")

    def kill_engine(self, number: int) -> int:
        """SIGKILL to a node's CometBFT, which its application starts again. Gives the id that was."""
        pid = self.engine_pid(number)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        return pid

    def engine_pid(self, number: int) -> int | None:
        """The process id of a node's CometBFT."""
        home = str(self.place(number) / "cometbft").encode()
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().split(b"\0")
                if home in words and words[0].endswith(b"cometbft"):
                    return int(path.parent.name)
        return None

    def ask(self, number: int, method: str, **params: str) -> dict[str, Any] | None:
        """What a node's CometBFT answers; None while it does not."""
        try:
            told = httpx.get(f"http://{self.node(number).settings.rpc}/{method}", params=params, timeout=5, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            return None
        return told.get("result")

    def height(self, number: int) -> int:
        """The last block a node has; -1 while it does not answer."""
        status = self.ask(number, "status")
        return -1 if status is None else int(status["sync_info"]["latest_block_height"])

    def peers(self, number: int) -> list[str]:
        """The node ids a node is connected with."""
        told = self.ask(number, "net_info")
        return [] if told is None else [peer["node_info"]["id"] for peer in told["peers"]]

    def agree(self, numbers: Iterable[int]) -> None:
        """Wait until these nodes have come as far as the first is now; there they have the same header."""
        height = self.host.run(self.host.engine.status()).height
        headers = set()
        for number in numbers:
            self.until(lambda number=number: self.height(number) >= height, f"node {number} does not catch up to {height}")
            commit = self.ask(number, "commit", height=str(height))
            assert commit is not None
            headers.add(commit["signed_header"]["commit"]["block_id"]["hash"])
        assert len(headers) == 1

    def until(self, condition: Callable[[], bool], otherwise: str, seconds: float = 60) -> None:
        """Wait for a condition; AssertionError when it does not come."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, otherwise
            time.sleep(0.05)

    def close(self) -> None:
        self.host.close()
        for child in self.children.values():
            child.send_signal(signal.SIGCONT)
            child.terminate()
        for child in self.children.values():
            child.wait(timeout=30)
