"""The commands of `heqi`: stories, the demo, audit, benchmarks, and every action and view of the catalogue."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from heqi.cli import bench
from heqi.cli.catalogue import add_catalogue
from heqi.cli.demo import run_demo
from heqi.node import stories
from heqi.node.audit import audit as replay
from heqi.node.home import Home
from heqi.types.rejection import Rejection

app = typer.Typer(
    help="Heqi 合契：银行联盟账本 · a consortium ledger for bank finance", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
console = Console(highlight=False)

Json = Annotated[bool, typer.Option("--json", help="机器可读 · machine-readable")]


@app.command()
def story(
    system: Annotated[str, typer.Argument(help="系统编号或应用名 · specification number or application, e.g. S03")],
    engine: Annotated[str, typer.Option(help="引擎 · engine")] = "embedded",
    suite: Annotated[str, typer.Option(help="密码套件 · suite: intl | gm")] = "intl",
    as_json: Json = False,
) -> None:
    """在全新的链上演一遍验收故事并打印其数字 · play one story on a fresh chain and print its figures."""
    try:
        found = stories.find(system)
    except StopIteration:
        raise typer.BadParameter(f"{system}: {', '.join(each.system for each in stories.APPS)}") from None
    if engine != "embedded":
        raise typer.BadParameter(f"{engine}: embedded")
    if as_json:
        played = stories.play_alone(found, suite=suite)
        print(msgspec.json.encode(played).decode())
    else:
        played = stories.play_alone(found, suite=suite, tell=lambda zh, en: console.print(f"  [dim]·[/dim] {zh}  [dim]{en}[/dim]"))
        for name, value in played.figures.items():
            console.print(f"  {name:<40} {value}")
        if played.fault:
            console.print(f"[red]{played.fault}[/red]")
        console.print(f"{'✓' if played.passed else '✗'} {played.system} {played.transactions} 笔交易 transactions · {played.seconds} s")
    raise typer.Exit(0 if played.passed else 1)


@app.command()
def audit(
    home: Annotated[Path, typer.Argument(help="节点目录 · the node's folder")] = Path("demo"),
    as_json: Json = False,
) -> None:
    """从创始文件重放整条链，逐块比对签名、根与回执 · replay a chain from its founding document and compare everything."""
    opened = Home.open(home)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), disable=as_json) as bar:
            task = bar.add_task("重放 replaying", total=None)
            done = replay(
                home / "chain", stories.catalogue(), opened.genesis, opened.founding, lambda at, total: bar.update(task, completed=at, total=total)
            )
    except (Rejection, AssertionError) as fault:
        console.print(f"[red]审计不通过 · audit failed:[/red] {fault}")
        raise typer.Exit(1) from None
    if as_json:
        print(msgspec.json.encode(done).decode())
    else:
        console.print(
            f"审计通过 · audit passed: {done.blocks} 块 blocks, {done.transactions} 笔 transactions ({done.refused} 拒绝 refused), "
            f"app hash {done.app_hash[:16]}…, {len(done.invariants)} 不变量 invariants"
        )


@app.command()
def demo(
    home: Annotated[Path, typer.Option(help="节点目录 · the node's folder")] = Path("demo"),
    port: Annotated[int, typer.Option(help="端口 · port on 127.0.0.1")] = 8080,
    once: Annotated[bool, typer.Option(help="就绪后即退出 · stop when ready, for checks")] = False,
) -> None:
    """启动演示联盟：建链、数据源、故事、接口 · start the demo consortium: chain, stand-ins, stories, interface."""
    run_demo(home, port, console, once=once)


app.add_typer(bench.app, name="bench")
add_catalogue(app)
