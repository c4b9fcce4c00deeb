"""Views by REST: the query string becomes the view's request; the ledger tells who sees the answer.

To whom a record is not shown, and for a record that never was, the answer is the same NOT_FOUND, naming only the view.
"""

from typing import Any

import msgspec
from msgspec import inspect as shapes
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.gate import JSON, Caller, Gate, asked
from heqi.gateway.refusals import MethodNotAllowed
from heqi.kernel.contracts.contract import View
from heqi.kernel.contracts.request import bare
from heqi.proof import canonical
from heqi.types.refusals import NotFound, SchemaInvalid

MANY = (shapes.ListType, shapes.VarTupleType, shapes.SetType, shapes.FrozenSetType, shapes.TupleType)
TEXT = (shapes.StrType, shapes.EnumType, shapes.DateType, shapes.DateTimeType, shapes.TimeType, shapes.LiteralType, shapes.BytesType)
PLAIN = (*TEXT, shapes.IntType, shapes.BoolType, shapes.DecimalType, shapes.FloatType)


async def ask(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/<contract>/<view>?field=value"""
    name = asked(request)
    view = gate.catalogue.views.get(name)
    if view is None:
        raise MethodNotAllowed(allowed="POST") if name in gate.catalogue.actions else NotFound(record=f"view {name}")
    args = read_query(view, request.query_params.multi_items())
    try:
        answer = await gate.engine.ask(name, args, caller.session.certificate)
    except NotFound:
        raise NotFound(record=name) from None
    return Response(answer, media_type=JSON)


def read_query(view: View, items: list[tuple[str, str]]) -> bytes:
    """The view's request, canonical JSON. A list is one key repeated; records and maps are JSON text. Refuses: SCHEMA_INVALID."""
    kinds = {field.encode_name: bare(field.type) for field in _fields(view)}
    given: dict[str, Any] = {}
    for name, text in items:
        kind = kinds.get(name)
        if kind is None:
            raise SchemaInvalid(problem=f"没有参数 {name} (no such parameter)", field=name)
        if isinstance(kind, MANY) and not text.startswith("["):
            given.setdefault(name, []).append(_value(bare(_item(kind)), name, text))
        elif name in given:
            raise SchemaInvalid(problem="参数重复 (given twice)", field=name)
        else:
            given[name] = _value(kind, name, text)
    return canonical.encode(given)


def _fields(view: View) -> tuple[shapes.Field, ...]:
    shape = shapes.type_info(view.request.type)
    assert isinstance(shape, shapes.StructType), "a request is a record"
    return shape.fields


def _item(kind: Any) -> Any:
    return kind.item_types[0] if isinstance(kind, shapes.TupleType) else kind.item_type


def _value(kind: Any, name: str, text: str) -> Any:
    """The plain value this text stands for; that it fits is judged with the whole request."""
    if isinstance(kind, TEXT):
        return text
    if isinstance(kind, shapes.IntType):
        try:
            return msgspec.convert(text, int, strict=False)
        except msgspec.ValidationError:
            raise SchemaInvalid(problem=f"须为整数 (must be an integer): {text[:40]}", field=name) from None
    if isinstance(kind, shapes.BoolType):
        if text not in ("true", "false"):
            raise SchemaInvalid(problem="须为 true 或 false (must be true or false)", field=name)
        return text == "true"
    try:
        return canonical.decode(text.encode(), object)
    except SchemaInvalid as refusal:
        refusal.field = name
        raise
