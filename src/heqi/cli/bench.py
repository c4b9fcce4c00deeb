"""`heqi bench`: what the ledger does in a second, beside a limit measured in the same run. Results go to bench/results as JSON."""

from typing import Any

import click
import msgspec
from rich.console import Console

from heqi.node.bench import ledger as ledger_bench
from heqi.node.bench import loans as loans_bench
from heqi.node.bench import s03 as s03_bench
from heqi.node.bench.stand import save

console = Console(stderr=True, highlight=False)


@click.group(help="基准 · benchmarks")
def bench() -> None:
    pass


@bench.command(help="S03 转让，端到端，与同轮验签上限对照 · S03 transfers end to end, beside the verification limit of the same run")
@click.option("--transfers", default=20_000, show_default=True, help="转让笔数 · transfers")
@click.option("--notes", multiple=True, type=int, default=(10_000, 1_000_000), show_default=True, help="在世凭证数，可重复 · live notes")
@click.option("--gm/--no-gm", default=True, show_default=True, help="另测国密套件 · the gm suite beside it")
def ledger(transfers: int, notes: tuple[int, ...], gm: bool) -> None:
    runs = [ledger_bench.run(transfers=min(transfers, count), notes=count, suite="intl", tell=console.print) for count in notes]
    if gm:
        runs.append(ledger_bench.run(transfers=min(transfers, 5_000), notes=notes[0], suite="gm", tell=console.print))
    result: dict[str, Any] = {"runs": runs}
    if len(notes) > 1:
        result["cost_ratio"] = round(runs[len(notes) - 1]["us_per_tx"] / runs[0]["us_per_tx"], 3)
    _report("ledger", result)


@bench.command(help="S03.10：600 家供应商、5 万张凭证、月末 3000 张到期 · 600 suppliers, 50,000 notes, 3,000 due at month end")
@click.option("--requests", default=100, show_default=True, help="自动审批笔数 · automatic approvals")
def s03(requests: int) -> None:
    _report("s03", s03_bench.run(requests=requests, tell=console.print))


@bench.command(help="S05.10：1.5 万笔循环贷日终计息，合计与独立计算一致 · 15,000 revolving loans accrued by the day end, totals exact")
@click.option("--count", default=15_000, show_default=True, help="贷款笔数 · loans")
def loans(count: int) -> None:
    _report("loans", loans_bench.run(count=count, tell=console.print))


def _report(name: str, result: dict[str, Any]) -> None:
    path = save(name, result)
    click.echo(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    console.print(f"→ {path}")
