"""A view's rows as a table: sorted, filtered, paged and exported here, so that a browser never holds more than a page.

    GET /api/v1/tables/<contract>/<view>?…&_sort=-face&_find=text&_where=stage:HELD&_page=1&_size=20

What holds here: the rows are those the view shows the asker, asked with the view's own arguments. `Accept: text/csv` gives them all,
with `_column=path~heading` for each column.
"""

import csv
import io
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import inspect as shapes
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.asks import read_query
from heqi.gateway.chain import whole_number
from heqi.gateway.gate import JSON, Caller, Gate
from heqi.gateway.openapi import returned
from heqi.kernel.contracts.contract import View
from heqi.kernel.contracts.request import bare
from heqi.types.money import EXPONENTS
from heqi.types.refusals import NotFound, SchemaInvalid

SIZE_MAX = 200
ROWS_MAX = 1000
CSV = "text/csv"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a cell for a formula; a quote in front makes it text again (OWASP CSV Injection)."""


class TableShown(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rows. `total`: rows that fit the filters; `whole`: false when the view had more to give than it can at once."""

    rows: list[Any]
    total: int
    whole: bool


async def show_table(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/tables/<contract>/<view>"""
    name = f"{request.path_params['contract']}.{request.path_params['name']}"
    view = gate.catalogue.views.get(name)
    if view is None:
        raise NotFound(record=f"view {name}")
    items = request.query_params.multi_items()
    asked = [(key, value) for key, value in items if not key.startswith("_")]
    limit = _limit(view)
    if limit and "limit" not in dict(asked):
        asked.append(("limit", str(limit)))
    answer = await gate.engine.ask(name, read_query(view, asked), caller.session.certificate)
    rows = _rows(view, msgspec.json.decode(answer))
    whole = not limit or len(rows) < limit
    rows = _chosen(rows, request.query_params.getlist("_find"), request.query_params.getlist("_where"))
    rows = _ordered(rows, request.query_params.get("_sort", ""))
    if CSV in request.headers.get("accept", ""):
        return _exported(rows, request.query_params.getlist("_column"), name)
    size = whole_number(request.query_params.get("_size", "20"), "_size", SIZE_MAX)
    start = (whole_number(request.query_params.get("_page", "1"), "_page") - 1) * size
    shown = TableShown(rows=rows[start : start + size], total=len(rows), whole=whole)
    return Response(msgspec.json.encode(shown), media_type=JSON)


def _limit(view: View) -> int:
    """How many rows to ask for, where the view lets the asker say."""
    shape = shapes.type_info(view.request.type)
    assert isinstance(shape, shapes.StructType)
    for field in shape.fields:
        if field.name == "limit":
            kind = bare(field.type)
            return min(ROWS_MAX, kind.le or ROWS_MAX) if isinstance(kind, shapes.IntType) else 0
    return 0


def _rows(view: View, answer: Any) -> list[Any]:
    """The rows of an answer: a list's items, or a map's keys and values. Refuses a single record: SCHEMA_INVALID."""
    if isinstance(bare(shapes.type_info(returned(view))), shapes.DictType):
        return [{"key": key, "value": value} for key, value in answer.items()]
    if not isinstance(answer, list):
        raise SchemaInvalid(problem="此查询的答复不是表 (this view answers no rows)")
    return [row if isinstance(row, dict) else {"value": row} for row in answer]


def _chosen(rows: list[Any], find: list[str], where: list[str]) -> list[Any]:
    """Rows in which one of the texts stands, and whose paths have one of the values named for them."""
    wanted: dict[str, set[str]] = {}
    for each in where:
        path, _, value = each.partition(":")
        wanted.setdefault(path, set()).add(value)
    rows = [row for row in rows if all(str(at(row, path)) in values for path, values in wanted.items())]
    texts = [text.casefold() for text in find if text]
    return [row for row in rows if any(text in leaf for leaf in _leaves(row) for text in texts)] if texts else rows


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        if value.keys() == {"ccy", "minor"}:
            return [_written(value)]
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [] if value is None else [str(value).casefold()]


def _ordered(rows: list[Any], sort: str) -> list[Any]:
    if not sort:
        return rows
    path = sort.removeprefix("-")

    def place(row: Any) -> tuple[int, Any]:
        value = at(row, path)
        if isinstance(value, dict):
            value = value.get("minor")
        if isinstance(value, bool | int):
            return (1, value)
        return (0, "") if value is None else (2, str(value))

    return sorted(rows, key=place, reverse=sort.startswith("-"))


def _exported(rows: list[Any], columns: list[str], name: str) -> Response:
    """UTF-8 with its mark, which lets a spreadsheet read Chinese."""
    parts = [column.partition("~") for column in columns]
    if not parts:
        raise SchemaInvalid(problem="未给出列 (no columns given)", field="_column")
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([_safe(heading or path) for path, _, heading in parts])
    table.writerows([[_safe(_written(at(row, path))) for path, _, _ in parts] for row in rows])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type=f"{CSV}; charset=utf-8", headers=headers)


def _written(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"ccy", "minor"}:
        return str(Decimal(value["minor"]).scaleb(-EXPONENTS[value["ccy"]]))
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    return "" if value is None else str(value)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) and not _number(text) else text


def _number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


def at(value: Any, path: str) -> Any:
    """What stands at a path in plain data; None where there is nothing."""
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
