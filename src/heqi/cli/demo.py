"""`heqi demo`, behind `make run`: a consortium from nothing to a served interface, and back from its data the next time."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from heqi.cli.serving import gateway, serve
from heqi.gateway.hosted import KeystoreKeys, set_passwords
from heqi.gateway.log import json_lines
from heqi.gateway.settings import Settings
from heqi.kernel.engines.cometbft.process import EngineMissing
from heqi.kernel.engines.embedded import Verifiers
from heqi.kernel.engines.replay import ChainDamaged
from heqi.kernel.ledger.blocklog import BlockLogDamaged, BlockLogInUse
from heqi.kernel.ledger.machine import RulesChanged
from heqi.kernel.state.damage import StoreDamaged
from heqi.node import network, stories
from heqi.node.cast import CAST
from heqi.node.chainhost import ChainHost
from heqi.node.home import Home, label
from heqi.node.workers import Workers
from heqi.node.world import World

CHAIN = "heqi-demo"
REFUSALS = (ChainDamaged, BlockLogDamaged, BlockLogInUse, RulesChanged, StoreDamaged)
"""What a node says instead of starting; each in both languages, with what to do."""


def run_demo(directory: Path, port: int, console: Console, *, engine: str, once: bool) -> None:
    """Create or reopen the demo in `directory`, play the stories on a fresh chain, serve until Ctrl-C."""
    directory.mkdir(parents=True, exist_ok=True)
    json_lines((directory / "heqi.log").open("a"))
    verifiers, catalogue = Verifiers(), stories.catalogue()
    world = World(directory / "standins", told=lambda name: console.print(f"  数据源 stand-in sim-{name}"))
    try:
        console.print("[bold]打开演示联盟：证书机构、成员、密钥 · opening the demo consortium[/bold]")
        with network.demonstration(directory, engine, chain=CHAIN, suite="intl", business_date=stories.STORY_DATE) as home:
            users = home.directory / "users.json"
            fresh = not users.exists()
            if fresh:
                set_passwords(users, {user: (label(user), password) for user, password in home.logins().items()})
            host = ChainHost(home.engine(catalogue, verifiers))
            try:
                if fresh:
                    _play_stories(host, home, world, console)
                _serve(host, home, world, users, port, console, once=once)
            finally:
                host.close()
    except (EngineMissing, network.NodeFailed, *REFUSALS) as damage:
        console.print(f"[red]{damage}[/red]", markup=True)
        raise SystemExit(1) from None
    finally:
        world.close()
        verifiers.close()


def _play_stories(host: ChainHost, home: Home, world: World, console: Console) -> None:
    table = Table(title="验收故事 · stories")
    for column in ("系统 system", "结果 story", "交易 transactions", "区块 blocks", "链头 head"):
        table.add_column(column)
    with console.status("演示故事 · playing stories") as status:
        for app in stories.APPS:
            played = stories.play(app, host, home, world, lambda zh, en: status.update(f"{zh} [dim]{en}[/dim]"))
            outcome = "[green]通过 passed[/green]" if played.passed else f"[red]未通过 failed[/red] {played.fault}"
            table.add_row(f"{app.system} {app.title[0]}", outcome, str(played.transactions), str(played.blocks), played.head[:16])
    console.print(table)


def _serve(host: ChainHost, home: Home, world: World, users: Path, port: int, console: Console, *, once: bool) -> None:
    address, workers = f"127.0.0.1:{port}", Workers(host, home, world)

    def ready() -> None:
        workers.start()
        _print_logins(home, console)
        status = host.run(host.engine.status())
        console.print(f"高度 height {status.height} · 交易 transactions {status.transactions} · 链头 head {status.head[:16]}…")
        console.print(f"控制台 · console: [bold]http://{address}/console/[/bold]")
        console.print(f"接口与文档 · interface and API page: [bold]http://{address}/docs[/bold]    Ctrl-C 停止 to stop")

    try:
        with gateway(host, home, KeystoreKeys(home.keys, users), Settings(origin=f"http://{address}")) as app:
            serve(host, app, address, ready=ready, once=once)
    finally:
        workers.stop()


def _print_logins(home: Home, console: Console) -> None:
    names = {party.org: party for party in CAST}
    table = Table(title="演示登录 · demo log-ins（仅限本机 this machine only）")
    for column in ("机构 organisation", "用户 user", "密码 password"):
        table.add_column(column)
    for user, password in home.logins().items():
        org, _, desk = user.partition("/")
        if desk in ("maker", "operator"):
            table.add_row(f"{names[org].name_zh} {names[org].name_en}", user, password)
    console.print(table)
    console.print(f"[dim]全部岗位 · all desks: {home.directory / 'logins.json'}[/dim]")
