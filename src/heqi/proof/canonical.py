"""The one byte form of a record: RFC 8785 JSON, which for our data is msgspec's JSON with sorted keys.

What holds here: no floats, no integers beyond ±(2^53 - 1) (a browser must read the same number), no key with a
character beyond U+FFFF (RFC 8785 sorts by UTF-16 units, msgspec by code point; below that limit both agree). What does
not: `encode` copies a `msgspec.Raw` as it stands; whoever builds one gives canonical bytes. `is_canonical` looks in.
"""

import re
from functools import cache
from typing import Any, TypeVar

import msgspec

from heqi.types.refusals import SchemaInvalid

T = TypeVar("T")
INTEGER_MAX = 2**53 - 1

# Accepts at once what is surely fine: short integers and text below U+10000. All else goes to the slow, exact look.
_PLAIN = re.compile(
    rb'(?:"[^"\\\xf0-\xf7]*+(?:\\.[^"\\\xf0-\xf7]*+)*+"|[^"\-0-9]++|-?[0-9]{1,15}+(?![0-9.eE]))*+', re.DOTALL
)
_LONG_NUMBER = re.compile(rb"[0-9]{16}")
_NUMBER_OR_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"|-?[0-9][0-9.eE+\-]*+', re.DOTALL)


def encode(obj: Any) -> bytes:
    """The canonical bytes of a record. Refuses floats, great integers and lone surrogates: `SchemaInvalid`."""
    try:
        data = msgspec.json.encode(obj, order="sorted")
        if _is_plain(type(obj)) and not _LONG_NUMBER.search(data):
            return data
        _check(data)
        # JSON has no NaN or infinity: msgspec writes null for them, so a null calls for a look at the object itself.
        floats = b"null" in data and _holds_float(obj)
    except (UnicodeEncodeError, OverflowError, RecursionError) as problem:
        raise SchemaInvalid(problem=str(problem)) from None
    if floats:
        raise SchemaInvalid(problem="floats are not allowed")
    return data


def decode(data: bytes, type: type[T]) -> T:
    """A record from JSON bytes, canonical or not. Refuses what `encode` refuses and what does not fit `type`."""
    try:
        record = msgspec.json.decode(data, type=type)
        _check(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise SchemaInvalid(problem=str(problem)) from None
    return record


def is_canonical(data: bytes, type: Any) -> bool:
    """Whether these bytes, and no others, are the canonical form of a record of this type."""
    try:
        # Without a type first: a Raw part of the typed record would be compared with itself only.
        return encode(msgspec.json.decode(data)) == data and encode(decode(data, type)) == data
    except (SchemaInvalid, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _check(data: bytes) -> None:
    if _PLAIN.fullmatch(data):
        return
    for token in _NUMBER_OR_TEXT.findall(data):
        if token[0] == 0x22:
            continue
        if not token.lstrip(b"-").isdigit():
            raise SchemaInvalid(problem="floats are not allowed")
        if abs(int(token)) > INTEGER_MAX:
            raise SchemaInvalid(problem="an integer is beyond 2^53 - 1")
    _check_keys(msgspec.json.decode(data))


def _check_keys(value: Any) -> None:
    if isinstance(value, dict):
        if any(key and max(key) > "\uffff" for key in value):
            raise SchemaInvalid(problem="a key has a character beyond U+FFFF")
        for item in value.values():
            _check_keys(item)
    elif isinstance(value, list):
        for item in value:
            _check_keys(item)


@cache
def _is_plain(kind: type) -> bool:
    """A record type that, all the way down, can hold no float and no key but its own: only its integers may be too great."""
    from msgspec import inspect as shapes  # Only writers get here; a verifier starts faster without it.

    if not issubclass(kind, msgspec.Struct):
        return False
    met: set[type] = set()

    def free(shape: Any) -> bool:
        if isinstance(shape, shapes.StructType):
            if shape.cls in met:
                return True
            met.add(shape.cls)
            return all(free(field.type) for field in shape.fields)
        if isinstance(shape, shapes.Metadata):
            return free(shape.type)
        if isinstance(shape, shapes.UnionType):
            return all(map(free, shape.types))
        if isinstance(shape, shapes.ListType | shapes.VarTupleType):
            return free(shape.item_type)
        leaf = shapes.StrType | shapes.IntType | shapes.BoolType | shapes.NoneType | shapes.DateType | shapes.DateTimeType | shapes.EnumType
        return isinstance(shape, leaf)

    return free(shapes.type_info(kind))


def _holds_float(value: Any) -> bool:
    if value is None or isinstance(value, str | int):
        return False
    if isinstance(value, float):
        return True
    if isinstance(value, msgspec.Struct):
        return any(_holds_float(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, dict):
        return any(map(_holds_float, value.values()))
    return isinstance(value, list | tuple | set | frozenset) and any(map(_holds_float, value))
