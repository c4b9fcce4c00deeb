"""`heqi demo`, behind `make run`: a consortium from nothing to a served interface, and back from its data the next time."""

import signal
import threading
from functools import cache
from pathlib import Path

import uvicorn
from rich.console import Console
from rich.table import Table
from starlette.routing import BaseRoute

from heqi.console.document import document
from heqi.console.web import routes
from heqi.gateway.app import create_app
from heqi.gateway.hosted import KeystoreKeys, set_passwords
from heqi.gateway.log import json_lines
from heqi.gateway.settings import Settings
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.embedded import Verifiers
from heqi.kernel.engines.embedded.chain import ChainDamaged
from heqi.kernel.ledger.blocklog import BlockLogDamaged, BlockLogInUse
from heqi.kernel.ledger.machine import RulesChanged
from heqi.kernel.state.damage import StoreDamaged
from heqi.node import faces, stories
from heqi.node.cast import CAST
from heqi.node.chainhost import ChainHost
from heqi.node.follower import Follower
from heqi.node.home import Home, label
from heqi.node.workers import Workers
from heqi.node.world import World
from heqi.types.pages import Document

CHAIN = "heqi-demo"
REFUSALS = (ChainDamaged, BlockLogDamaged, BlockLogInUse, RulesChanged, StoreDamaged)
"""What a node says instead of starting; each in both languages, with what to do."""


def run_demo(directory: Path, port: int, console: Console, *, once: bool) -> None:
    """Create or reopen the demo in `directory`, play the stories on a fresh chain, serve until Ctrl-C."""
    directory.mkdir(parents=True, exist_ok=True)
    json_lines((directory / "heqi.log").open("a"))
    fresh = not Home.exists(directory)
    if fresh:
        console.print("[bold]建立演示联盟：证书机构、成员、密钥 · founding the demo consortium[/bold]")
        home = Home.create(directory, chain=CHAIN, suite="intl", business_date=stories.STORY_DATE)
        set_passwords(directory / "users.json", {user: (label(user), password) for user, password in home.logins().items()})
    else:
        home = Home.open(directory)
    verifiers, catalogue = Verifiers(), stories.catalogue()
    world = World(directory / "standins", told=lambda name: console.print(f"  数据源 stand-in sim-{name}"))
    try:
        host = ChainHost(home.engine(catalogue, verifiers))
    except REFUSALS as damage:
        world.close()
        console.print(f"[red]{damage}[/red]", markup=True)
        raise SystemExit(1) from None
    try:
        if fresh:
            _play_stories(host, home, world, console)
        workers = Workers(host, home, world)
        follower = Follower(directory / "history", host.engine, home.founding, stories.catalogue)
        host.run(follower.start())
        try:
            app = create_app(
                host.engine, catalogue, KeystoreKeys(home.keys, directory / "users.json"), Settings(origin=f"http://127.0.0.1:{port}"),
                importers=faces.importers(), beside=console_routes(catalogue), history=follower.history, words=pages(catalogue).words,
            )  # fmt: skip
            server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False))
            _serve(host, server, workers, home, port, console, once=once)
        finally:
            host.run(follower.close())
    finally:
        host.close()
        world.close()
        verifiers.close()


@cache
def pages(catalogue: Catalogue) -> Document:
    """The console's pages and words of everything this node runs."""
    return document(catalogue, faces.screens(), tuple(faces.importers()))


def console_routes(catalogue: Catalogue) -> list[BaseRoute]:
    """What serves them."""
    return routes(pages(catalogue))


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


def _serve(host: ChainHost, server: uvicorn.Server, workers: Workers, home: Home, port: int, console: Console, *, once: bool) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    serving = host.start(server.serve())
    while not server.started and not serving.done():
        stop.wait(0.02)
    if serving.done():
        serving.result()
    workers.start()
    _print_logins(home, console)
    status = host.run(host.engine.status())
    console.print(f"高度 height {status.height} · 交易 transactions {status.transactions} · 链头 head {status.head[:16]}…")
    console.print(f"控制台 · console: [bold]http://127.0.0.1:{port}/console/[/bold]")
    console.print(f"接口与文档 · interface and API page: [bold]http://127.0.0.1:{port}/docs[/bold]    Ctrl-C 停止 to stop")
    try:
        if not once:
            stop.wait()
    finally:
        workers.stop()
        server.should_exit = True
        serving.result(timeout=30)


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
