"""Digests put on record: who held which content, and when at the latest (存证, C02)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heqi.kernel.contracts import Event, Record
from heqi.kernel.identity.model import UserId
from heqi.types.ids import PartyId
from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import matching, scalar

BATCH_MAX = 10_000
PATH_MAX = 14
"""Levels of a tree of 10,000 leaves."""


check_digest = matching(
    r"(sha256|sm3):[0-9a-f]{64}",
    lambda value: SchemaInvalid(problem=f"须为 sha256:<64 位十六进制> 或 sm3:<…> (sha256:<64 hex digits> or sm3:<…>): {value[:80]}"),
)
"""A digest with its algorithm: `sha256:` or `sm3:` and 64 lower-case hex digits."""
check_hash = matching(
    r"[0-9a-f]{64}", lambda value: SchemaInvalid(problem=f"须为 64 位十六进制 (64 lower-case hex digits): {value[:80]}")
)
"""64 lower-case hex digits."""


Digest = Annotated[
    str,
    scalar(
        "digest", zh="内容摘要", en="Digest of the content", check=check_digest, example="sha256:" + "0" * 64,
        pattern="^(sha256|sm3):[0-9a-f]{64}$",
    ),
]  # fmt: skip
Category = Annotated[str, Meta(title="Category", description="存证类别", min_length=1, max_length=40)]
BizRef = Annotated[str, Meta(title="Business reference", description="业务编号", max_length=100)]
MetaName = Annotated[str, Meta(min_length=1, max_length=40)]
MetaText = Annotated[str, Meta(max_length=200)]
Notes = Annotated[dict[MetaName, MetaText], Meta(title="Notes", description="附注，不得含个人信息 (no personal data)", max_length=20)]
Count = Annotated[int, Meta(title="Count", description="批量摘要个数", ge=1, le=BATCH_MAX)]
Hash = Annotated[str, scalar("hash", zh="哈希值", en="Hash", check=check_hash, example="0" * 64, pattern="^[0-9a-f]{64}$")]
Limit = Annotated[int, Meta(title="Limit", description="条数", ge=1, le=1000)]


class Form(StrEnum):
    """What a claimed digest is of."""

    CONTENT = "CONTENT"
    """of some content itself"""
    BATCH = "BATCH"
    """the Merkle root over `count` digests"""


class Claim(Record, frozen=True, kw_only=True):
    """An organisation's claim to have held a content at a time. `place`: the how manieth claim to this digest, from 0.

    `tx` names the transaction: its receipt proof is the certificate of this claim off line.
    """

    digest: Digest
    place: int
    form: Form
    count: int
    org: PartyId
    user: UserId
    category: Category
    biz_ref: BizRef
    meta: dict[str, str]
    tx: str
    height: int
    time: datetime
    date: date


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sibling on the way from a digest up to its batch's root."""

    side: Literal["left", "right"]
    hash: Hash


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """What everyone may know of a claim. The receipt of `tx` at `height` proves it off line."""

    org: PartyId
    form: Form
    count: int
    tx: str
    height: int
    time: datetime


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Is a digest on record, and whose claims to it are there, the earliest first?"""

    found: bool
    claims: list[Sighting]


class DigestClaimed(Event, frozen=True, kw_only=True):
    digest: Digest
    org: PartyId
    category: Category
