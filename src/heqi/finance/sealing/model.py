"""The keys to which documents are sealed. A signing key never opens an envelope: these are keys of their own."""

import re
from datetime import datetime
from typing import Annotated

from heqi.kernel.contracts import Event, Record
from heqi.types.ids import PartyId
from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import scalar

_KEY = re.compile(r"[0-9a-f]{64}|04[0-9a-f]{128}")


def check_reader_key(value: str) -> None:
    """A public key to encrypt to, in hex: 32 bytes of X25519, or the 65 bytes of an uncompressed SM2 point."""
    if not _KEY.fullmatch(value):
        raise SchemaInvalid(problem=f"须为 X25519 或 SM2 公钥的十六进制 (an X25519 or SM2 public key in hex): {value[:80]}")


Readable = Annotated[
    str,
    scalar(
        "reader_key", zh="收件公钥", en="Public key of a reader", check=check_reader_key, example="0" * 64,
        pattern="^([0-9a-f]{64}|04[0-9a-f]{128})$",
    ),
]  # fmt: skip


class ReaderKey(Record, frozen=True, kw_only=True):
    """What an organisation wants documents sealed to. A newer key replaces it; what was sealed before stays sealed to the old."""

    org: PartyId
    public_key: Readable
    since: datetime


class ReaderKeyPublished(Event, frozen=True, kw_only=True):
    org: PartyId
    public_key: str
