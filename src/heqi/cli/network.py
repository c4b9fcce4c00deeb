"""`heqi network`: four institutions on one machine, or the same folders carried to four; who joins and who leaves is voted on."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import httpx
from rich.console import Console
from rich.table import Table

from heqi.cli.demo import REFUSALS
from heqi.cli.serving import gateway, serve
from heqi.client.http import HeqiClient
from heqi.gateway.hosted import KeystoreKeys, set_passwords
from heqi.gateway.log import json_lines
from heqi.gateway.settings import Settings
from heqi.kernel.engines.cometbft.process import EngineMissing
from heqi.kernel.engines.embedded import Verifiers
from heqi.node import membership, stories
from heqi.node import network as net
from heqi.node.chainhost import ChainHost
from heqi.node.home import Home, label

console = Console(highlight=False)
directory_argument = click.argument("directory", type=click.Path(path_type=Path, exists=True))
NODE = (sys.executable, "-c", "from heqi.cli import main; main()", "network", "run")


@click.group(help="由四家机构共同维护的网络 · a network that four institutions keep together")
def network() -> None:
    pass


@network.command(help="建立网络：每家机构一个目录 · found a network: a folder for each institution")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--chain", default="heqi-network", show_default=True, help="链名 · chain")
@click.option("--suite", type=click.Choice(["intl", "gm"]), default="intl", show_default=True, help="密码套件 · suite")
@click.option("--host", "hosts", multiple=True, help="四台机器的地址，重复四次 · address of each of four machines")
@click.option("--free-ports", is_flag=True, help="用空闲端口 · use ports that are free now")
def init(directory: Path, chain: str, suite: str, hosts: tuple[str, ...], free_ports: bool) -> None:
    if directory.exists() and any(directory.iterdir()):
        raise click.ClickException(f"{directory} 不是空目录 (is not empty)")
    if len(hosts) not in (0, len(net.MEMBERS)):
        raise click.BadParameter(f"--host 须给出 {len(net.MEMBERS)} 次 (give it {len(net.MEMBERS)} times)")
    folders = net.init(directory, chain=chain, suite=suite, business_date=datetime.now(UTC).date(), hosts=hosts, free_ports=free_ports)
    for folder in folders:
        _give_passwords(Home.open(folder))
        console.print(f"  {folder}  https://{net.place(folder).gateway}")


@network.command(help="启动本机上的全部节点 · start every node of this machine")
@directory_argument
def up(directory: Path) -> None:
    folders = [folder for folder in net.members(directory) if net.running(folder) is None]
    try:
        net.start(folders, NODE)
        net.await_ready(folders)
    except net.NodeFailed as failed:
        raise click.ClickException(str(failed)) from None
    _show(directory)


@network.command(help="各节点的状态 · how each node is")
@directory_argument
def status(directory: Path) -> None:
    _show(directory)


@network.command(help="停止本机上的全部节点 · stop every node of this machine")
@directory_argument
def down(directory: Path) -> None:
    for folder in net.members(directory):
        console.print(f"  {folder.name}: {'已停止 stopped' if net.stop(folder) else '未在运行 not running'}")


@network.command(help="在前台运行一家机构的节点和网关 · run one institution's node and gateway in the foreground")
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
def run(folder: Path) -> None:
    run_member(folder)


@network.command(help="接纳一家成员机构的节点：建目录、表决、启动 · admit a member's node: its folder, the vote, its start")
@directory_argument
@click.argument("party")
@click.option("--observer", is_flag=True, help="只接收区块，不参与共识 · receives blocks, does not vote on them")
def admit(directory: Path, party: str, observer: bool) -> None:
    folders = net.members(directory)
    request = membership.prepare(directory, party, observer=observer)
    outcome = membership.decide(_dial(folders), folders, "nodes.admit", request.args)
    console.print(f"  {outcome}")
    _give_passwords(Home.open(request.folder))
    net.start([request.folder], NODE)
    net.await_ready([request.folder])
    _show(directory)


@network.command(help="移除一家机构的节点 · expel a member's node")
@directory_argument
@click.argument("party")
@click.option("--reason", default="…", help="理由 · reason")
def expel(directory: Path, party: str, reason: str) -> None:
    folder = directory / party
    remaining = [other for other in net.members(directory) if other != folder]
    node = membership.node_of(Home.open(folder))
    outcome = membership.decide(_dial(remaining), net.members(directory), "nodes.expel", {"node": node, "reason": reason})
    console.print(f"  {outcome}")
    net.stop(folder)
    _show(directory)


def run_member(folder: Path) -> None:
    """An institution's node and its gateway over TLS, until SIGTERM or Ctrl-C."""
    json_lines((folder / "heqi.log").open("a"))
    home, verifiers, catalogue = Home.open(folder), Verifiers(), stories.catalogue()
    place = net.place(folder)
    try:
        chain = ChainHost(home.engine(catalogue, verifiers))
    except (EngineMissing, *REFUSALS) as refusal:
        raise click.ClickException(str(refusal)) from None
    try:
        keys = KeystoreKeys(home.keys, folder / "users.json")
        with gateway(chain, home, keys, Settings(origin=f"https://{place.gateway}")) as app:
            serve(chain, app, place.gateway, tls=folder / "tls")
    finally:
        chain.close()
        verifiers.close()


def _dial(folders: list[Path]) -> membership.Dial:
    """A session of a person at the first gateway that answers."""
    folder = next((each for each in folders if net.answer(each, "/ready")), None)
    if folder is None:
        raise click.ClickException("没有节点在应答 (no node answers)")
    address, trust = f"https://{net.place(folder).gateway}", str(folder / "tls" / "ca.pem")
    return lambda actor: HeqiClient(address, actor, transport=httpx.HTTPTransport(verify=trust))


def _give_passwords(home: Home) -> None:
    set_passwords(home.directory / "users.json", {user: (label(user), password) for user, password in home.logins().items()})


def _show(directory: Path) -> None:
    table = Table()
    for column in ("机构 institution", "网关 gateway", "进程 process", "高度 height"):
        table.add_column(column)
    for folder in net.members(directory):
        ready = net.answer(folder, "/ready") or {}
        pid = net.running(folder)
        table.add_row(folder.name, f"https://{net.place(folder).gateway}", str(pid or "—"), str(ready.get("height", "—")))
    console.print(table)
