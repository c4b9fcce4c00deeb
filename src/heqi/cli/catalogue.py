"""Every action and view as a command, derived from the catalogue: `heqi all-link transfer --note … --amount 800000.00 …`.

The command asks a running node as a user with a password (or HEQI_USER, HEQI_PASSWORD, HEQI_URL). An amount is written as
people write it; a list or a record is given as JSON, or as @file. Exit codes: 0 done, 1 refused, 2 used wrongly.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import inspect as shapes

from heqi.client.http import ApiProblem, HeqiClient
from heqi.client.stage import Refused
from heqi.kernel.contracts.contract import Action, Register, View
from heqi.kernel.contracts.request import bare
from heqi.node.stories import catalogue
from heqi.types.money import Money
from heqi.types.rejection import Rejection

URL = "http://127.0.0.1:8080"


def add_catalogue(group: click.Group) -> None:
    """Add one group a register, with a command for each of its actions and views."""
    for register in catalogue().registers.values():
        if register.actions or register.views:
            group.add_command(_group(register))


def _group(register: Register) -> click.Group:
    group = click.Group(_dashed(register.name), help=f"{register.title[0]} · {register.title[1]}")
    for action in register.actions.values():
        group.add_command(_command(action, lambda client, args, action=action: client.act(action.full_name, **args)))
    for view in register.views.values():
        group.add_command(_command(view, lambda client, args, view=view: client.ask(view.full_name, **args)))
    return group


def _command(act: Action | View, call: Callable[[HeqiClient, dict[str, Any]], Any]) -> click.Command:
    fields = msgspec.structs.fields(act.request.type)
    kinds = {field.name: bare(field.type) for field in shapes.type_info(act.request.type).fields}  # pyright: ignore[reportAttributeAccessIssue]
    parameters: list[click.Parameter] = [
        click.Option([f"--{_dashed(field.name)}", field.name], required=field.required, help=_hint(kinds[field.name])) for field in fields
    ]
    parameters += [
        click.Option(["--as", "user"], required=True, envvar="HEQI_USER", help="用户 · user, <organisation>/<log-in>"),
        click.Option(["--password"], required=True, envvar="HEQI_PASSWORD", help="密码 · password"),
        click.Option(["--url"], default=URL, envvar="HEQI_URL", show_default=True, help="节点 · node"),
        click.Option(["--json", "as_json"], is_flag=True, help="机器可读 · machine-readable"),
    ]

    def run(user: str, password: str, url: str, as_json: bool, **given: str | None) -> None:
        args = {name: _read(kinds[name], text, name) for name, text in given.items() if text is not None}
        with HeqiClient(url, user=user, password=password) as client:
            raise SystemExit(_say(lambda: call(client, args), as_json))

    help_text = f"{act.help[0]}\n\n{act.help[1]}"
    return click.Command(_dashed(act.name), params=parameters, callback=run, help=help_text, short_help=f"{act.title[0]} · {act.title[1]}")


def _say(work: Callable[[], Any], as_json: bool) -> int:
    try:
        answer = work()
    except Refused as refused:
        return _refused(refused.receipt.code, refused.receipt.error or {}, as_json)
    except Rejection as refusal:
        return _refused(refusal.code, refusal.told(), as_json)
    except ApiProblem as problem:
        return _refused(problem.code, problem.problem, as_json)
    text = msgspec.json.encode(answer)
    click.echo(text.decode() if as_json else msgspec.json.format(text, indent=2).decode())
    return 0


def _refused(code: str, told: dict[str, Any], as_json: bool) -> int:
    if as_json:
        click.echo(msgspec.json.encode({"code": code, **told}).decode())
    else:
        language = "message_en" if os.environ.get("LANG", "").startswith("en") else "message_zh"
        where = f" [{told['field']}]" if told.get("field") else ""
        click.echo(f"{code}{where}: {told.get(language, '')}", err=True)
    return 1


def _read(kind: Any, text: str, name: str) -> Any:
    """The value a person wrote, as the request wants it."""
    try:
        if isinstance(kind, shapes.StructType) and kind.cls is Money and not text.lstrip().startswith("{"):
            amount, _, ccy = text.strip().partition(" ")
            return Money.parse(amount, ccy or "CNY")
        if isinstance(kind, shapes.StrType | shapes.DateType | shapes.DateTimeType | shapes.EnumType):
            return text
        data = Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
        return msgspec.json.decode(data)
    except (Rejection, msgspec.DecodeError, OSError) as problem:
        raise click.BadParameter(str(problem), param_hint=f"--{_dashed(name)}") from None


def _hint(kind: Any) -> str:
    match kind:
        case shapes.StructType(cls=cls) if cls is Money:
            return "金额 · amount, e.g. 800000.00 or 800000.00 USD"
        case shapes.DateType():
            return "日期 · date YYYY-MM-DD"
        case shapes.EnumType(cls=cls):
            return " | ".join(str(member.value) for member in cls)
        case shapes.StrType():
            return ""
        case shapes.BoolType():
            return "true | false"
        case shapes.IntType():
            return "整数 · whole number"
    return "JSON 或 @文件 · JSON or @file"


def _dashed(name: str) -> str:
    return name.replace("_", "-")

