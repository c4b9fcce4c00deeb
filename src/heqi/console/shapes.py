"""What stands at a path: the types of a view's answer, as pages refer to them, and how a value of a type is written."""

from typing import Any, get_type_hints

from msgspec import inspect as shapes

from heqi.kernel.contracts.contract import View
from heqi.kernel.contracts.request import bare
from heqi.types.money import Money
from heqi.types.pages import Format

Shape = Any
"""A type as msgspec tells it, or a dict of them by name: a row of a map."""
MANY = (shapes.ListType, shapes.VarTupleType, shapes.SetType, shapes.FrozenSetType, shapes.CollectionType)
BY_SCALAR = {"uscc": Format.PARTY, "rate": Format.RATE, "bps": Format.BPS, "digest": Format.HASH}
BY_NAME = {"tx": Format.HASH, "hop": Format.HASH, "certificate": Format.HASH}


def answer(view: View) -> Shape:
    """The type a view answers with."""
    return shapes.type_info(get_type_hints(view.function, include_extras=True).get("return", Any))


def row(shape: Shape) -> Shape | None:
    """The type of a row: of a list's item, of a map's key and value. None: no rows."""
    plain = bare(shape)
    if isinstance(plain, MANY):
        item = plain.item_type
        return item if isinstance(bare(item), shapes.StructType) else {"value": item}
    if isinstance(plain, shapes.DictType):
        return {"key": plain.key_type, "value": plain.value_type}
    return None


def fields(shape: Shape) -> dict[str, Shape]:
    """The named parts of a record's type, in their order."""
    if isinstance(shape, dict):
        return shape
    plain = bare(shape)
    return {field.encode_name: field.type for field in plain.fields} if isinstance(plain, shapes.StructType) else {}


def at(shape: Shape, path: str) -> Shape | None:
    """The type at a path; None where there is nothing of that name."""
    for step in path.split(".") if path else ():
        shape = fields(shape).get(step)
        if shape is None:
            return None
    return shape


def is_plain(shape: Shape) -> bool:
    """Is it one value, an amount included, and no record or list?"""
    plain = bare(shape)
    if isinstance(plain, shapes.StructType):
        return plain.cls is Money
    return not isinstance(plain, (*MANY, shapes.DictType, shapes.TupleType, shapes.RawType, dict))


def written(shape: Shape, name: str) -> Format:
    """How a value of this type, under this name, is written."""
    plain, scalar = bare(shape), _scalar(shape)
    if scalar in BY_SCALAR:
        return BY_SCALAR[scalar]
    if isinstance(plain, shapes.StructType) and plain.cls is Money:
        return Format.MONEY
    if isinstance(plain, shapes.IntType):
        return Format.FEN if name.endswith("_fen") else Format.INT
    for kind, found in ((shapes.DateType, Format.DATE), (shapes.DateTimeType, Format.TIME), (shapes.BoolType, Format.BOOL)):
        if isinstance(plain, kind):
            return found
    if isinstance(plain, shapes.EnumType | shapes.LiteralType):
        return Format.STAGE
    if not is_plain(shape):
        return Format.MANY
    hashes = name.endswith(("hash", "digest", "fingerprint")) or name in BY_NAME
    return BY_NAME.get(name, Format.HASH) if hashes else Format.TEXT


def _scalar(shape: Shape) -> str:
    while isinstance(shape, shapes.Metadata):
        if shape.extra and "scalar" in shape.extra:
            return shape.extra["scalar"]
        shape = shape.type
    if isinstance(shape, shapes.UnionType):
        return next((found for found in map(_scalar, shape.types) if found), "")
    return ""
