"""`heqi bench network`: S03 transfers on four validators of this machine, beside CometBFT's own key-value store in the same run.

Both have the same settings, the same number of nodes and transactions of the same size; the key-value store checks no
signature, runs no contract and proves nothing. So the ratio says what signatures, rules and receipts cost.
Run as a module, this is one of the other three nodes: `python -m heqi.node.bench.network TRANSFERS FOLDER`.
"""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from heqi.client.stage import sign_transaction
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.cometbft.config import write_home
from heqi.kernel.engines.cometbft.process import find_binary
from heqi.kernel.engines.cometbft.rpc import EngineAway, Rpc
from heqi.kernel.engines.embedded import Verifiers
from heqi.node import member, stories
from heqi.node import network as net
from heqi.node.applications import REGISTERS
from heqi.node.bench.seed import Plan, invoice_number, package_number, seeding
from heqi.node.bench.stand import machine, sign_all
from heqi.node.chainhost import ChainHost
from heqi.node.home import NODE, VALIDATOR, Home
from heqi.proof.receipt import Receipt

FACE = 1_000_000
NOTES_A_PACKAGE, USES_AN_INVOICE = 100, 400
WINDOW = 500
WAIT_S = 120.0
LATENCY_S = 15.0
ORG = {key: party.org for key, party in net.PARTIES.items()}

Tell = Callable[[str], None]


def plan(transfers: int) -> Plan:
    """A live note for every transfer."""
    return Plan(
        notes=transfers, notes_a_package=NOTES_A_PACKAGE, face=FACE, maturity=stories.STORY_DATE + timedelta(days=150),
        holders=(ORG["jia"],), issuer=ORG["foton"], group=ORG["foton_group"], bank=ORG["everbright"],
        invoices=-(-transfers // USES_AN_INVOICE), buyer=ORG["jia"], seller=ORG["yi"],
    )  # fmt: skip


def rules(transfers: int) -> Catalogue:
    """What every node of the run executes: the registers, All-Link, and its seed."""
    return Catalogue([*REGISTERS, seeding((plan(transfers),))])


def run(*, transfers: int, tell: Tell) -> dict[str, Any]:
    """Transfer as many notes as go through, then at half that rate, then the same number on the key-value store."""
    with tempfile.TemporaryDirectory(prefix="heqi-bench-") as place, ExitStack() as nodes:
        folders = net.init(
            Path(place) / "net", chain="bench", suite="intl", business_date=stories.STORY_DATE, free_ports=True, all_desks_at_first=True
        )
        home, verifiers = Home.open(folders[0]), Verifiers(1)
        total = transfers + transfers // 2  # A third of the notes is for the latency.
        net.start(folders[1:], (sys.executable, "-m", "heqi.node.bench.network", str(total)))
        for folder in folders[1:]:
            nodes.callback(net.stop, folder)
        nodes.callback(verifiers.close)
        host = ChainHost(home.engine(rules(total), verifiers))
        nodes.callback(host.close)
        tell(f"签名 signing {total:,}")
        txs = sign_all(_transfers(home), total)
        tell("饱和 saturating")
        seconds, blocks = host.run(_saturate(host, txs[:transfers]))
        rate = transfers / seconds
        tell("半载延迟 latency at half of it")
        latencies = sorted(host.run(_pace(host, txs[transfers:], rate / 2)))
        used = sum(path.stat().st_size for path in (folders[0] / "chain" / "cometbft" / "data").rglob("*") if path.is_file())
        log = host.engine.log_bytes()
        nodes.close()
        tell("CometBFT 键值库 key-value store")
        peer = asyncio.run(_key_values(Path(place) / "kv", folders, transfers, len(txs[0])))
    return {
        "workload": "S03 transfer, 4 validators on this machine", "transfers": transfers, "bytes_of_a_tx": len(txs[0]),
        "tx_per_s": round(rate), "blocks": blocks, "tx_per_block": round(transfers / blocks),
        "latency_rate_per_s": round(rate / 2), "latencies": len(latencies),
        "p50_ms": _share(latencies, 0.50), "p99_ms": _share(latencies, 0.99),
        "kvstore_tx_per_s": round(peer), "ratio_to_kvstore": round(rate / peer, 3),
        "log_bytes_per_tx": round(log / total), "cometbft_bytes_per_tx": round(used / total), **machine(),
    }  # fmt: skip


def _transfers(home: Home) -> Callable[[int], bytes]:
    until, signers = datetime.now(UTC) + timedelta(hours=6), tuple(home.actor(f"{ORG['jia']}/{desk}") for desk in ("maker", "checker"))
    notes = plan(1)

    def transfer(number: int) -> bytes:
        note = f"{package_number(notes, number // NOTES_A_PACKAGE)}:{number % NOTES_A_PACKAGE * FACE + 1}"
        document = {"doc_type": "INVOICE", "number": invoice_number(number // USES_AN_INVOICE)}
        amount = {"ccy": "CNY", "minor": 100_00}
        args = {"note": note, "amount": amount, "to": ORG["yi"], "basis": [{"document": document, "amount": amount}]}
        return sign_transaction("bench", "all_link.transfer", msgspec.json.encode(args, order="sorted"), signers, until)

    return transfer


async def _saturate(host: ChainHost, txs: Sequence[bytes]) -> tuple[float, int]:
    """Seconds until the last has its receipt, and how many blocks that took."""
    engine, started = host.engine, time.perf_counter()
    before = (await engine.status()).height
    ids: list[str] = []
    for at in range(0, len(txs), WINDOW):
        for told in await engine.submit_many(list(txs[at : at + WINDOW])):
            if isinstance(told, Exception):
                raise told
            ids.append(told)
    receipts = await asyncio.gather(*(engine.wait(tx, WAIT_S) for tx in ids))
    _require_ok(receipts)
    return time.perf_counter() - started, (await engine.status()).height - before


async def _pace(host: ChainHost, txs: Sequence[bytes], rate: float) -> list[float]:
    """One after the other at this rate for LATENCY_S at most; from the call to the receipt, in ms."""
    latencies: list[float] = []

    async def one(data: bytes) -> None:
        started = time.perf_counter()
        _require_ok([await host.engine.wait(await host.engine.submit(data), WAIT_S)])
        latencies.append((time.perf_counter() - started) * 1000)

    started, tasks = time.perf_counter(), []
    for number, data in enumerate(txs[: round(rate * LATENCY_S)]):
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(one(data)))
    await asyncio.gather(*tasks)
    return latencies


def _require_ok(receipts: Sequence[Receipt]) -> None:
    codes = {receipt.code for receipt in receipts}
    if codes != {"OK"}:
        raise ValueError(f"transfers were refused: {codes}")


async def _key_values(place: Path, folders: Sequence[Path], count: int, size: int) -> float:
    """Transactions a second of CometBFT's own application, on the same addresses with the same settings."""
    processes: list[subprocess.Popen[bytes]] = []
    for folder in folders:
        home, settings = Home.open(folder), net.place(folder).settings
        keys = {"validator": home.keys.open(VALIDATOR).key, "node": home.keys.open(NODE).key}
        write_home(place / folder.name, home.genesis, settings, app=Path("app"), **keys)
        config = place / folder.name / "config" / "config.toml"
        config.write_text(config.read_text().replace('"unix://app"', '"kvstore"').replace("filter_peers = true", "filter_peers = false"))
        output = (place / f"{folder.name}.log").open("wb")
        processes.append(subprocess.Popen([str(find_binary()), "start", "--home", str(place / folder.name)], stdout=output, stderr=output))
        output.close()
    rpc = Rpc(net.place(folders[0]).settings.rpc)
    try:
        counter = _Counter(rpc)
        while counter.height < 1 or len(await rpc.peers()) < len(folders) - 1:
            await counter.look()
            await asyncio.sleep(0.1)
        txs = [f"{number:08d}={'x' * (size - 9)}".encode() for number in range(count)]
        started = time.perf_counter()
        for at in range(0, count, 100):
            for problem in await rpc.broadcast(txs[at : at + 100]):
                if problem is not None:
                    raise problem
        while await counter.look() < count:
            await asyncio.sleep(0.02)
        return count / (time.perf_counter() - started)
    finally:
        await rpc.close()
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=30)


class _Counter:
    """Counts the transactions of a chain, each block once."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc, self.height, self.transactions = rpc, 0, 0

    async def look(self) -> int:
        """How many there are by now."""
        with contextlib.suppress(EngineAway):  # It is being started.
            head = int((await self._rpc.status())["sync_info"]["latest_block_height"])
            while self.height < head:
                self.transactions += await self._rpc.size_of_block(self.height + 1)
                self.height += 1
        return self.transactions


def _share(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1)


if __name__ == "__main__":
    member.main(Path(sys.argv[2]), rules(int(sys.argv[1])))
