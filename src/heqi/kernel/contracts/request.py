"""The request of an action: a record made from its signature, decoded once, then trusted.

Plain misfits become SCHEMA_INVALID (MONEY_INVALID inside an amount, DATE_INVALID for a date) with the path of the field;
scalars that carry a check (identifiers, rates, positive amounts) are checked here and nowhere else.
"""

import datetime
import inspect
import re
from collections.abc import Callable
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect as shapes

from heqi.types.money import Money
from heqi.types.refusals import DateInvalid, MoneyInvalid, SchemaInvalid
from heqi.types.rejection import Rejection

Walk = Callable[[Any, str], None]


def request_type(name: str, function: Callable[..., Any]) -> type[msgspec.Struct]:
    """The request record of `function(ctx, …)`: one required field a parameter (a default makes it optional)."""
    hints = get_type_hints(function, include_extras=True)
    fields: list[Any] = []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.name not in hints:
            raise TypeError(f"{function.__qualname__}: parameter {parameter.name} has no type")
        field = (parameter.name, hints[parameter.name])
        fields.append(field if parameter.default is parameter.empty else (*field, parameter.default))
    return msgspec.defstruct(name, fields, frozen=True, kw_only=True, forbid_unknown_fields=True, module=function.__module__)


class RequestReader:
    """Decodes and checks requests of one type."""

    def __init__(self, request: type[msgspec.Struct]) -> None:
        self.type = request
        self._decode = msgspec.json.Decoder(request).decode
        self._walk = _walker(shapes.type_info(request))

    def read(self, data: bytes | msgspec.Raw) -> Any:
        """The request in these bytes. Refuses what does not fit, naming the field."""
        try:
            request = self._decode(data)
        except msgspec.ValidationError as error:
            raise self._refusal(error) from None
        except (msgspec.DecodeError, RecursionError):
            raise SchemaInvalid(problem="不是合法的 JSON (not valid JSON)") from None
        if self._walk is not None:
            self._walk(request, "")
        return request

    def _refusal(self, error: msgspec.ValidationError) -> Rejection:
        text = str(error)
        match = re.search(r" - at `\$\.?(.*?)`$", text)
        path, problem = (match[1], text[: match.start()]) if match else ("", text)
        if isinstance(error.__cause__, Rejection):
            cause = error.__cause__
            cause.field = path or None
            return cause
        kind: type[Rejection] = SchemaInvalid
        for step in _along(self.type, path):
            if step is Money:
                kind = MoneyInvalid
            elif step is datetime.date:
                kind = DateInvalid
        return kind(problem=problem, field=path or None)


def _along(root: type, path: str) -> list[Any]:
    """The types met on the way along an error's path, e.g. `basis[0].amount.minor`."""
    shape: Any = shapes.type_info(root)
    met: list[Any] = []
    for name in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
        shape = bare(shape)
        if name.startswith("["):
            shape = getattr(shape, "item_type", None) or getattr(shape, "value_type", None)
        elif isinstance(shape, shapes.StructType):
            shape = next((field.type for field in shape.fields if field.encode_name == name), None)
        else:
            return met
        found = bare(shape)
        if isinstance(found, shapes.StructType):
            met.append(found.cls)
        elif isinstance(found, shapes.DateType):
            met.append(datetime.date)
    return met


def bare(shape: Any) -> Any:
    """The type without its annotations and without `| None`."""
    while isinstance(shape, shapes.Metadata):
        shape = shape.type
    if isinstance(shape, shapes.UnionType):
        others = [member for member in shape.types if not isinstance(member, shapes.NoneType)]
        return bare(others[0]) if len(others) == 1 else shape
    return shape


def _walker(shape: Any) -> Walk | None:
    """A function that runs the checks inside a value of this shape; None when it holds none."""
    if isinstance(shape, shapes.Metadata):
        return _chain((shape.extra or {}).get("check"), _walker(shape.type))
    if isinstance(shape, shapes.UnionType):
        inner = [walk for walk in map(_walker, shape.types) if walk is not None]
        if len(inner) > 1:
            raise TypeError("a union may hold one checked type only")
        return (lambda value, path, walk=inner[0]: None if value is None else walk(value, path)) if inner else None
    if isinstance(shape, shapes.ListType | shapes.VarTupleType):
        inside = _walker(shape.item_type)
        if inside is None:
            return None

        def walk_items(value: Any, path: str) -> None:
            for index, item in enumerate(value):
                inside(item, f"{path}[{index}]")

        return walk_items
    if isinstance(shape, shapes.StructType):
        parts = [(field.name, walk) for field in shape.fields if (walk := _walker(field.type)) is not None]
        if not parts:
            return None

        def walk_struct(value: Any, path: str) -> None:
            for name, walk in parts:
                walk(getattr(value, name), f"{path}.{name}" if path else name)

        return walk_struct
    others = [getattr(shape, name) for name in ("key_type", "value_type", "item_type") if hasattr(shape, name)]
    if any(map(_walker, [*others, *getattr(shape, "item_types", ())])):
        raise TypeError(f"a checked type inside {type(shape).__name__} would not be checked: use a list of records")
    return None


def _chain(check: Callable[[Any], None] | None, inner: Walk | None) -> Walk | None:
    if check is None:
        return inner

    def walk(value: Any, path: str) -> None:
        try:
            check(value)
        except Rejection as refusal:
            refusal.field = path
            raise
        if inner is not None:
            inner(value, path)

    return walk
