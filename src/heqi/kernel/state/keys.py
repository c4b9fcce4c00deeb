"""Tuples as bytes in the same order, for the keys of tables and indexes.

What holds here: for two tuples whose parts have the same types, encode(a) < encode(b) exactly when a < b, and the
encoding of a leading part of a tuple is a prefix of the tuple's encoding. Text is UTF-8 (its byte order is code point
order) ended by NUL, which text may not contain; an integer is 8 bytes big-endian; a date its ten ISO characters. What
not: parts of different types at one place are not told apart. A table's keys have one form, and its name comes first.
"""

from datetime import date

from heqi.kernel.state.reader import KEY_SIZE_MAX
from heqi.types.refusals import SchemaInvalid

KeyPart = str | int | date

KEY_INT_MAX = 2**63 - 1

AFTER_EVERY_KEY = b"\xff" * (KEY_SIZE_MAX + 1)


def encode_key(parts: tuple[KeyPart, ...]) -> bytes:
    """The key of the tuple. Refuses SCHEMA_INVALID: NUL or a lone surrogate in text, an integer not in 0..2^63-1."""
    key = b""
    for part in parts:
        if isinstance(part, str):
            if "\0" in part:
                raise SchemaInvalid(problem=f"NUL in {part!r}")
            try:
                key += part.encode() + b"\0"
            except UnicodeEncodeError:
                raise SchemaInvalid(problem=f"{part!r} is not Unicode text") from None
        elif type(part) is int:
            if not 0 <= part <= KEY_INT_MAX:
                raise SchemaInvalid(problem=f"{part} is not in 0..{KEY_INT_MAX}")
            key += part.to_bytes(8, "big")
        elif type(part) is date:  # Not datetime, which is a date too.
            key += part.isoformat().encode()
        else:
            raise TypeError(f"{type(part).__name__} cannot be part of a key")
    return key


def prefix_end(prefix: bytes) -> bytes:
    """The least bytes above every key that begins with `prefix`: the `stop` of a scan of them."""
    head = prefix.rstrip(b"\xff")
    return head[:-1] + bytes((head[-1] + 1,)) if head else AFTER_EVERY_KEY
