"""The few protobuf bytes CometBFT hashes and signs, and its time stamps.

What holds here: proto3 writers only (a zero is not written), no reader. A time in a record is RFC 3339 in UTC with
exactly nine decimals, so that text order is time order and each instant has one spelling.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from msgspec import Meta

from heqi.types.refusals import SchemaInvalid

Hex = Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{2}){0,65}\Z")]
"""Bytes in lower case; the longest are a digest of 64 and a public key of 65."""
Hex20 = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}\Z")]
Hex32 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z\Z")]

ZERO_TIME = "0001-01-01T00:00:00.000000000Z"
"""Go's zero time, which stands where a validator did not vote."""
_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{9})Z")
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def time_ns(text: str) -> int:
    """Nanoseconds since 1970, negative before. Refuses any other spelling and days that are not: `SchemaInvalid`."""
    match = _TIME.fullmatch(text)
    try:
        year, month, day, hour, minute, second, nanos = (int(part) for part in match.groups()) if match else (0,) * 7
        day_no = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        raise SchemaInvalid(problem=f"not a time: {text}") from None
    if hour > 23 or minute > 59 or second > 59:
        raise SchemaInvalid(problem=f"not a time: {text}")
    return (((day_no * 24 + hour) * 60 + minute) * 60 + second) * 10**9 + nanos


def time_text(ns: int) -> str:
    """The spelling of an instant given in nanoseconds since 1970."""
    seconds, nanos = divmod(ns, 10**9)
    moment = datetime.fromordinal(_EPOCH_DAY + seconds // 86400).replace(tzinfo=UTC)
    hours, rest = divmod(seconds % 86400, 3600)
    return f"{moment:%Y-%m-%d}".rjust(10, "0") + f"T{hours:02}:{rest // 60:02}:{rest % 60:02}.{nanos:09}Z"


def uvarint(number: int) -> bytes:
    """Base-128 varint; a negative int64 takes ten bytes (two's complement)."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def varint_field(number: int, value: int) -> bytes:
    """A varint field; zero is not written."""
    return uvarint(number << 3) + uvarint(value) if value else b""


def fixed64_field(number: int, value: int) -> bytes:
    """An sfixed64 field; zero is not written."""
    return uvarint(number << 3 | 1) + value.to_bytes(8, "little", signed=True) if value else b""


def bytes_field(number: int, value: bytes, *, always: bool = False) -> bytes:
    """`always` writes an empty value too, as Go does for a message that is not a pointer."""
    return uvarint(number << 3 | 2) + uvarint(len(value)) + value if value or always else b""


def timestamp(text: str) -> bytes:
    """google.protobuf.Timestamp."""
    seconds, nanos = divmod(time_ns(text), 10**9)
    return varint_field(1, seconds) + varint_field(2, nanos)
