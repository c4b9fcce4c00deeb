"""A network of institutions: each its own folder, keys, node and gateway; the same files for one machine or for four.

    <network>/
        boc/ everbright/ zhongbang/ icbc/     one institution's node each (home.py), to be carried to its own machine
        authority/                            keys of the certificate authority and of the TLS authority; they belong on no node

What holds here: no folder holds another institution's key. What not: this founds a demonstration, in which one command makes
everybody's keys; in earnest each institution makes its own and hands in requests.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import msgspec

from heqi.kernel.engines.cometbft.config import Settings, node_id
from heqi.kernel.identity.keystore import Keystore
from heqi.kernel.ledger.genesis import FoundingNode
from heqi.kernel.state.durable import write_private
from heqi.node.cast import CAST
from heqi.node.consortium import Issued, establish
from heqi.node.home import AUTHORITY, NODE, VALIDATOR, Home, NodePlace, anchor
from heqi.node.tls import TlsAuthority
from heqi.proof.suites import SUITES, generate_key

MEMBERS = ("boc", "everbright", "zhongbang", "icbc")
"""Four banks: the fewest of which one may fail or lie."""
P2P, RPC, GATEWAY, STEP = 26656, 26657, 8081, 10
START_S, STOP_S = 60.0, 30.0
PARTIES = {party.key: party for party in CAST}


class NodeFailed(Exception):
    """A member's node ended or did not become ready."""


def init(
    directory: Path, *, chain: str, suite: str, business_date: date, hosts: Sequence[str] = (), free_ports: bool = False,
    all_desks_at_first: bool = False,
) -> list[Path]:  # fmt: skip
    """Found a network in an empty folder: a folder for each of the four institutions. Gives them.

    `hosts`: a name or address for each machine; left out, all are this one. Companies and the platform are hosted by the first.
    """
    directory.mkdir(parents=True, exist_ok=True)
    start = datetime.now(UTC)
    consortium = establish(CAST, suite=suite, start=start - timedelta(minutes=5), business_date=business_date)
    validators, nodes = ({key: generate_key("ed25519") for key in MEMBERS} for _ in range(2))
    founders = tuple(FoundingNode(PARTIES[key].org, nodes[key].public.raw.hex(), validators[key].public.raw.hex()) for key in MEMBERS)
    consortium = msgspec.structs.replace(consortium, genesis=msgspec.structs.replace(consortium.genesis, nodes=founders))
    genesis = anchor(chain, consortium, list(validators.values()), start)
    places = _addresses(list(hosts) or ["127.0.0.1"] * len(MEMBERS), free_ports=free_ports)
    peers = {key: f"{node_id(nodes[key])}@{places[key][0]}" for key in MEMBERS}
    tls = TlsAuthority.create(directory / "authority" / "tls", chain)
    folders = []
    for key in MEMBERS:
        p2p, rpc, gateway = places[key]
        others = tuple(peers[other] for other in MEMBERS if other != key)
        folder = directory / key
        hosted = _hosted(consortium.desks, key, everybody=all_desks_at_first)
        Home.furnish(folder, genesis, consortium, hosted, {VALIDATOR: validators[key], NODE: nodes[key]}, PARTIES[key].org)
        tls.issue(folder / "tls", gateway.rpartition(":")[0])
        write_place(folder, NodePlace(gateway, Settings(key, p2p=p2p, rpc=rpc, peers=others)))
        folders.append(folder)
    passphrase = secrets.token_urlsafe(24)
    consortium.authority.save(Keystore(directory / "authority" / "keys", SUITES[suite]).unlock(passphrase), AUTHORITY)
    write_private(directory / "authority" / "passphrase", passphrase.encode())
    return folders


@contextmanager
def demonstration(directory: Path, engine: str, *, chain: str, suite: str, business_date: date) -> Iterator[Home]:
    """The folder a demonstration runs on, made or opened; on `cometbft` the first of four institutions, the others' nodes running."""
    if engine == "embedded":
        known = Home.exists(directory)
        yield Home.open(directory) if known else Home.create(directory, chain=chain, suite=suite, business_date=business_date)
        return
    folders = [directory / "network" / key for key in MEMBERS]
    if not Home.exists(folders[-1]):
        init(
            directory / "network", chain=chain, suite=suite, business_date=business_date, free_ports=True, all_desks_at_first=True
        )
    start(folders[1:], REPLICA)
    try:
        yield Home.open(folders[0])
    finally:
        for folder in folders[1:]:
            stop(folder)


def members(directory: Path) -> list[Path]:
    """The institutions' folders of a network on this machine."""
    return sorted(path.parent for path in directory.glob("*/node.json"))


def place(folder: Path) -> NodePlace:
    """Where a member's node is."""
    return msgspec.json.decode((folder / "node.json").read_bytes(), type=NodePlace)


def write_place(folder: Path, place: NodePlace) -> None:
    """Keep where a member's node is."""
    (folder / "node.json").write_bytes(msgspec.json.format(msgspec.json.encode(place)))


def one_more(folders: Sequence[Path]) -> tuple[str, str, str]:
    """Free addresses on this machine for one more member: to members, its RPC, its gateway."""
    host = place(folders[0]).gateway.rpartition(":")[0]
    with ExitStack() as probes:
        p2p, rpc, gateway = (_free(probes) for _ in range(3))
    return f"{host}:{p2p}", f"127.0.0.1:{rpc}", f"{host}:{gateway}"


def start(folders: Sequence[Path], command: Sequence[str]) -> "list[subprocess.Popen[bytes]]":
    """Start a node process for each folder, detached; its id lies in node.pid, its words in node.log."""
    started = []
    for folder in folders:
        if running(folder) is not None:
            raise NodeFailed(f"{folder.name}: 节点已在运行 (the node runs already)")
        with (folder / "node.log").open("ab") as output:
            process = subprocess.Popen(
                [*command, str(folder)], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        (folder / "node.pid").write_text(str(process.pid))
        started.append(process)
    return started


REPLICA = (sys.executable, "-m", "heqi.node.member")
"""The command of a node without a gateway."""


def running(folder: Path) -> int | None:
    """The id of the node's process, if it runs."""
    try:
        pid = int((folder / "node.pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if str(folder).encode() in command else None  # Ids are used again after a restart of the machine.


def stop(folder: Path) -> bool:
    """Stop the node of a folder and wait for its end; False where none runs."""
    pid = running(folder)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOP_S
    while running(folder) is not None:
        if time.monotonic() > until:
            raise NodeFailed(f"{folder.name}: 节点未能停止 (the node does not stop), pid {pid}")
        time.sleep(0.05)
    (folder / "node.pid").unlink(missing_ok=True)
    return True


def answer(folder: Path, path: str) -> dict[str, object] | None:
    """What the gateway of a folder answers over TLS; None while it does not answer with success."""
    address = place(folder).gateway
    try:
        told = httpx.get(f"https://{address}{path}", verify=str(folder / "tls" / "ca.pem"), timeout=5, trust_env=False)
    except httpx.HTTPError:
        return None
    return told.json() if told.status_code == 200 else None


def await_ready(folders: Sequence[Path], height: int = 1) -> None:
    """Wait until every gateway answers and its chain has reached the height. Raises NodeFailed."""
    until = time.monotonic() + START_S
    for folder in folders:
        while int(str((answer(folder, "/ready") or {}).get("height", 0))) < height:
            if running(folder) is None:
                raise NodeFailed(f"{folder.name}: 节点已退出，见 (the node ended, see) {folder / 'node.log'}")
            if time.monotonic() > until:
                raise NodeFailed(f"{folder.name}: {START_S:.0f} 秒内未就绪 (not ready within that time)")
            time.sleep(0.1)


def _hosted(desks: dict[str, Issued], member: str, *, everybody: bool) -> list[Issued]:
    first = member == MEMBERS[0]
    return [
        issued
        for name, issued in desks.items()
        if name.partition(".")[0] == member or (first and (everybody or name.partition(".")[0] not in MEMBERS))
    ]


def _addresses(hosts: Sequence[str], *, free_ports: bool) -> dict[str, tuple[str, str, str]]:
    """Each member's three addresses: members to members, its own RPC, its gateway. On one host the ports differ."""
    if len(hosts) != len(MEMBERS):
        raise ValueError(f"there are {len(MEMBERS)} members, not {len(hosts)}")
    found: dict[str, tuple[str, str, str]] = {}
    with ExitStack() as probes:
        for number, (key, host) in enumerate(zip(MEMBERS, hosts, strict=True)):
            step = STEP * hosts[:number].count(host)
            ports = [_free(probes) for _ in range(3)] if free_ports else [P2P + step, RPC + step, GATEWAY + step // STEP]
            # The RPC is for this node alone, so it never leaves the machine.
            found[key] = (f"{host}:{ports[0]}", f"127.0.0.1:{ports[1]}", f"{host}:{ports[2]}")
    return found


def _free(probes: ExitStack) -> int:
    probe = probes.enter_context(socket.socket())  # Held until all are chosen, so that none is given twice.
    probe.bind(("127.0.0.1", 0))
    return probe.getsockname()[1]
