"""`heqi import`: files of a core enterprise brought to the ledger, with a progress bar and a reason for every bad row."""

import csv
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from heqi.apps.all_link.importer import ImportReport, import_dealer_months, import_payables
from heqi.cli.catalogue import URL
from heqi.client.http import ApiProblem, HeqiClient
from heqi.client.stage import Refused
from heqi.connectors.files.mapping import load_mapping
from heqi.types.rejection import Rejection

console = Console(stderr=True, highlight=False)
Importer = Callable[..., ImportReport]


@click.group("import")
def import_files() -> None:
    """导入文件 · import files"""


def _command(name: str, importer: Importer, help_text: str) -> None:
    @import_files.command(name, help=help_text)
    @click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @click.option("--mapping", type=click.Path(path_type=Path, exists=True), help="栏目对照文件（TOML、JSON）· mapping file")
    @click.option("--bad", type=click.Path(path_type=Path), help="不合格行写入此 CSV · write the bad rows to this CSV")
    @click.option("--as", "user", required=True, envvar="HEQI_USER", help="接口用户 · the api user, <organisation>/api")
    @click.option("--password", required=True, envvar="HEQI_PASSWORD", help="密码 · password")
    @click.option("--url", default=URL, envvar="HEQI_URL", show_default=True, help="节点 · node")
    @click.option("--json", "as_json", is_flag=True, help="机器可读 · machine-readable")
    def run(file: Path, mapping: Path | None, bad: Path | None, user: str, password: str, url: str, as_json: bool) -> None:
        try:
            with HeqiClient(url, user=user, password=password) as client:
                report = _with_progress(importer, client, file, mapping, quiet=as_json)
        except (Rejection, Refused, ApiProblem) as fault:
            console.print(f"[red]{fault}[/red]")
            raise SystemExit(1) from None
        if bad is not None:
            _write_bad(bad, report)
        _say(report, as_json)
        raise SystemExit(1 if report.bad else 0)


def _with_progress(importer: Importer, client: HeqiClient, file: Path, mapping: Path | None, *, quiet: bool) -> ImportReport:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet) as bar:
        task = bar.add_task(file.name, total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        return importer(client, file, load_mapping(mapping) if mapping else None, progress)


def _write_bad(path: Path, report: ImportReport) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:  # The mark lets a spreadsheet read Chinese.
        table = csv.writer(out)
        table.writerow(["行 row", "列 column", "编号 item", "代码 code", "原因", "reason"])
        for one in report.bad:
            table.writerow([one.row, one.column or "", one.ap_no or "", one.code, one.reason_zh, one.reason_en])


def _say(report: ImportReport, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
        return
    counts = f"{report.rows} 行 rows · {report.imported} 导入 imported · {report.known} 已有 known · {len(report.bad)} 问题 faults"
    click.echo(f"{report.file}: {counts}")
    for one in report.bad[:20]:
        click.echo(f"  {one.row}{f' [{one.column}]' if one.column else ''} {one.code} {one.reason_zh} {one.reason_en}")
    if len(report.bad) > 20:
        click.echo(f"  … {len(report.bad) - 20} 更多 more（--bad FILE）")


_command("payables", import_payables, "导入 ERP 应付未清项（CSV、xlsx）· open payables of an ERP")
_command("dealer-months", import_dealer_months, "导入经销商月报 · dealers' months")
