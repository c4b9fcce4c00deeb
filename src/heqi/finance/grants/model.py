"""The words of data authorisation (C12): a grant, its uses, and what was released on them.

What holds here: names of assets and fields are words, never values, so that nothing of a person comes onto the ledger.
"""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from heqi.finance.evidence import Digest
from heqi.kernel.contracts import Event, Record, Staged
from heqi.kernel.identity.model import UserId
from heqi.privacy.envelope import Envelope
from heqi.types.ids import PartyId
from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import scalar

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DIGITS = re.compile(r"[0-9]{5}")


def check_word(value: str) -> None:
    """Lower case, digits and underscores, at most 40, no run of five digits: `tax_paid_12m` is the name of a field, a number is a value."""
    if not _WORD.fullmatch(value) or _DIGITS.search(value):
        raise SchemaInvalid(problem=f"{value[:50]!r} 不是数据项名称，不得含证件号等数值 (the name of data, never a value)")


Word = Annotated[str, scalar("data_word", zh="数据名称", en="Name of data", check=check_word, example="tax_paid_12m")]
Fields = Annotated[tuple[Word, ...], Meta(title="Fields", description="字段", min_length=1, max_length=100)]
GrantId = Annotated[str, Meta(title="Grant", description="授权编号", min_length=32, max_length=32)]
UseRef = Annotated[str, Meta(title="Use of a grant", description="使用编号 <授权编号>/<次序>", min_length=34, max_length=40)]
Application = Annotated[str, Meta(title="Application", description="所属业务申请编号", min_length=1, max_length=100)]
Times = Annotated[int, Meta(title="Uses", description="可使用次数", ge=1, le=1000)]


class Purpose(StrEnum):
    """What data may be used for. One grant, one purpose."""

    CREDIT = "CREDIT"
    """to decide on a loan or a limit"""
    POST_LOAN = "POST_LOAN"
    """to watch a loan that runs"""
    RISK = "RISK"
    """to find fraud and duplicate financing"""
    IDENTITY = "IDENTITY"
    """to establish who somebody is"""
    AUDIT = "AUDIT"
    """to confirm balances to an auditor"""
    STATISTICS = "STATISTICS"
    """to compute figures about many"""


class Scope(Record, frozen=True, kw_only=True):
    """Fields of one asset of data, which `source` keeps and will release: the tax office's `tax` with `grade` and `tax_paid_12m`."""

    source: PartyId
    asset: Word
    fields: Fields


Scopes = Annotated[tuple[Scope, ...], Meta(title="Scope", description="授权范围", min_length=1, max_length=20)]


class GrantStage(StrEnum):
    """Whether a grant has expired or is used up is no stage: it is asked at each use, of the ledger's date."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


class Grant(Staged, frozen=True, kw_only=True):
    """The grantor's signed word that `grantee` may use this data, from the day `since` to the day `until`, both included.

    `evidence`: the digest of the text that was signed. `bound_to`: the business application it serves, and no other.
    """

    MOVES: ClassVar = {GrantStage.ACTIVE: (GrantStage.REVOKED,)}
    grant: GrantId
    grantor: PartyId
    grantee: PartyId
    scope: Scopes
    purpose: Purpose
    since: date
    until: date
    max_uses: Times
    used: int
    revocable: bool
    evidence: Digest
    bound_to: Application | None
    stage: GrantStage


class Use(Record, frozen=True, kw_only=True):
    """One use, on record before any data is released. `number` counts from 1."""

    grant: GrantId
    number: int
    by: UserId
    scope: Scopes
    query_hash: Digest
    time: datetime
    date: date


class Release(Record, frozen=True, kw_only=True):
    """What a source released on a use: its digest, and the data itself sealed to the grantee where it travels by the ledger."""

    grant: GrantId
    number: int
    source: PartyId
    result_hash: Digest
    envelope: Envelope | None
    time: datetime


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log: which source gave what, by its digest."""

    source: PartyId
    result_hash: Digest
    time: datetime


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One use as its grantor sees it: who, when, which fields, for what, and the digests of what was released."""

    grantee: PartyId
    purpose: Purpose
    bound_to: Application | None
    use: Use
    releases: list[Released]


class DataGranted(Event, frozen=True, kw_only=True):
    grant: GrantId
    grantor: PartyId
    grantee: PartyId
    purpose: Purpose


class GrantRevoked(Event, frozen=True, kw_only=True):
    grant: GrantId
    grantor: PartyId
    grantee: PartyId


class DataUsed(Event, frozen=True, kw_only=True):
    """The sources named may now release what was asked for."""

    use: UseRef
    grantor: PartyId
    grantee: PartyId
    sources: tuple[PartyId, ...]
    query_hash: Digest


class DataReleased(Event, frozen=True, kw_only=True):
    use: UseRef
    grantor: PartyId
    grantee: PartyId
    source: PartyId
    result_hash: Digest
