"""The commands of `heqi`: stories, the demo, audit, benchmarks, and every action and view of the catalogue."""

from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from heqi.cli.bench import bench
from heqi.cli.catalogue import add_catalogue
from heqi.cli.demo import run_demo
from heqi.cli.imports import import_files
from heqi.cli.network import network
from heqi.kernel.engines.embedded import Verifiers
from heqi.kernel.engines.embedded.restore import restore_state
from heqi.node import stories
from heqi.node.audit import audit as replay
from heqi.node.certificate import Language, Names, certificate
from heqi.node.chainhost import ChainHost
from heqi.node.home import Home
from heqi.proof.receipt import Genesis
from heqi.types.rejection import Rejection

console = Console(highlight=False)
json_option = click.option("--json", "as_json", is_flag=True, help="机器可读 · machine-readable")


@click.group(help="Heqi 合契：银行联盟账本 · a consortium ledger for bank finance")
def cli() -> None:
    pass


@cli.command(help="核验回执文件 · verify a receipt file off line", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def verify(arguments: tuple[str, ...]) -> None:
    from heqi.cli.verify import run as run_verify

    raise SystemExit(run_verify(list(arguments)))


@cli.command(name="certificate", help="由回执文件制作存证证书 PDF · make the certificate of a receipt file, as a PDF")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--genesis", type=click.Path(path_type=Path, exists=True), default=Path("demo/genesis.json"), help="信任锚 · trust anchor")
@click.option("--origin", default="http://127.0.0.1:8080", show_default=True, help="控制台地址 · the console its code leads to")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言 · language")
@click.option("--out", type=click.Path(path_type=Path), default=Path("certificate.pdf"), show_default=True, help="输出 · output")
def make_certificate(file: Path, genesis: Path, origin: str, lang: Language, out: Path) -> None:
    anchor = msgspec.json.decode(genesis.read_bytes(), type=Genesis)
    try:
        pdf = certificate(file.read_bytes(), anchor, stories.catalogue(), Names(), origin, lang)
    except Rejection as refusal:
        console.print(f"[red]未证明，不予出证 · not proven, no certificate:[/red] {refusal.text(lang)}")
        raise SystemExit(1) from None
    out.write_bytes(pdf)
    console.print(f"{out} · {len(pdf):,} 字节 bytes")


@cli.command(help="在全新的链上演一遍验收故事并打印其数字 · play one story on a fresh chain and print its figures")
@click.argument("system")
@click.option("--engine", type=click.Choice(["embedded", "cometbft"]), default="embedded", show_default=True, help="引擎 · engine")
@click.option("--suite", type=click.Choice(["intl", "gm"]), default="intl", show_default=True, help="密码套件 · suite")
@json_option
def story(system: str, engine: str, suite: str, as_json: bool) -> None:
    try:
        found = stories.find(system)
    except StopIteration:
        raise click.BadParameter(f"{system}: {', '.join(each.system for each in stories.APPS)}") from None
    if as_json:
        played = stories.play_alone(found, engine=engine, suite=suite)
        click.echo(msgspec.json.encode(played).decode())
    else:

        def tell(zh: str, en: str) -> None:
            console.print(f"  [dim]·[/dim] {zh}  [dim]{en}[/dim]")

        played = stories.play_alone(found, engine=engine, suite=suite, tell=tell)
        for name, value in played.figures.items():
            console.print(f"  {name:<40} {value}")
        if played.fault:
            console.print(f"[red]{played.fault}[/red]")
        console.print(f"{'✓' if played.passed else '✗'} {played.system} · {played.transactions} 笔交易 transactions · {played.seconds} s")
    raise SystemExit(0 if played.passed else 1)


@cli.command(help="从创始文件重放整条链，逐块比对签名、根与回执 · replay a chain from its founding document and compare everything")
@click.argument("home", type=click.Path(path_type=Path, exists=True), default=Path("demo"))
@json_option
def audit(home: Path, as_json: bool) -> None:
    opened = _alone(home)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), disable=as_json) as bar:
            task = bar.add_task("重放 replaying", total=None)

            def progress(at: int, total: int) -> None:
                bar.update(task, completed=at, total=total)

            done = replay(home / "chain", stories.catalogue(), opened.genesis, opened.founding, progress)
    except (Rejection, AssertionError) as fault:
        console.print(f"[red]审计不通过 · audit failed:[/red] {fault}")
        raise SystemExit(1) from None
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
        return
    console.print(
        f"审计通过 · audit passed: {done.blocks} 块 blocks, {done.transactions} 笔 transactions ({done.refused} 拒绝 refused), "
        f"app hash {done.app_hash[:16]}…, {len(done.invariants)} 不变量 invariants"
    )


@cli.command(help="为停机的节点写一份状态快照 · write a snapshot of a stopped node's state")
@click.argument("home", type=click.Path(path_type=Path, exists=True))
@click.argument("directory", type=click.Path(path_type=Path))
def snapshot(home: Path, directory: Path) -> None:
    opened, verifiers = Home.open(home), Verifiers()
    host = ChainHost(opened.engine(stories.catalogue(), verifiers))
    try:
        manifest = host.call(lambda machine: machine.snapshot(directory))
    finally:
        host.close()
        verifiers.close()
    console.print(f"高度 height {manifest.height} · {len(manifest.chunks)} 块 chunks · app hash {manifest.app_hash[:16]}…")


@cli.command(help="由快照重建状态库（区块日志须在） · restore a state from a snapshot; the block log must be there")
@click.argument("home", type=click.Path(path_type=Path, exists=True))
@click.argument("directory", type=click.Path(path_type=Path, exists=True))
def restore(home: Path, directory: Path) -> None:
    manifest = restore_state(home / "chain", directory, stories.catalogue(), _alone(home).genesis)
    console.print(f"已恢复到高度 restored to height {manifest.height}")


@cli.command(help="启动演示联盟：建链、数据源、故事、接口 · start the demo consortium: chain, stand-ins, stories, interface")
@click.option("--home", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="节点目录 · the node's folder")
@click.option("--port", default=8080, show_default=True, help="端口 · port on 127.0.0.1")
@click.option("--engine", type=click.Choice(["embedded", "cometbft"]), default="embedded", show_default=True, help="引擎 · engine")
@click.option("--once", is_flag=True, help="就绪后即退出 · stop when ready, for checks")
def demo(home: Path, port: int, engine: str, once: bool) -> None:
    run_demo(home, port, console, engine=engine, once=once)


def _alone(home: Path) -> Home:
    """A home on the embedded engine: a network's node has its headers from CometBFT, and compares its own log at every start."""
    if (home / "node.json").exists():
        raise click.ClickException("仅适用于内置引擎的节点目录 (only for the folder of a node on the embedded engine)")
    return Home.open(home)


def run() -> None:
    """The whole command line: the commands above and those of the catalogue."""
    cli.add_command(bench)
    cli.add_command(import_files)
    cli.add_command(network)
    add_catalogue(cli)
    cli()
