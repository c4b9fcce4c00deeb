"""Signed answers of outside sources: tax office, company registry, an issuer's ERP, a registry of assignments.

What holds here: the words. An answer is a source's statement about one document (`document` is its canonical text, for
trade papers `DocumentRef.label`); a verification is such an answer that the ledger has checked and keeps.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from heqi.kernel.contracts import Event, Record
from heqi.types.ids import PartyId

SourceName = Annotated[str, Meta(title="Source", description="数据源名称，如 sim-tax", min_length=2, max_length=40)]
Kind = Annotated[str, Meta(title="Kind of answer", description="核验类型，如 INVOICE", min_length=2, max_length=40)]
DocumentText = Annotated[
    str, Meta(title="Document", description="单据的规范文本，如 INVOICE::26990000000000000017", min_length=3, max_length=200)
]
VerificationId = Annotated[str, Meta(title="Verification", description="核验记录编号", min_length=64, max_length=64)]
FactName = Annotated[str, Meta(max_length=40)]
FactText = Annotated[str, Meta(max_length=500)]
Facts = Annotated[dict[FactName, FactText | int], Meta(title="Facts", description="数据源证实的事实", max_length=60)]
SourceSignature = Annotated[str, Meta(title="Source signature", description="数据源签名 <算法>:<128 位十六进制>", max_length=160)]
KeyHex = Annotated[str, Meta(title="Public key", description="数据源公钥（十六进制）", min_length=64, max_length=130)]
Days = Annotated[int, Meta(title="Days", description="天数", ge=0, le=366)]

COMPANY = "COMPANY"
ASSIGNMENT = "ASSIGNMENT"
AP_ITEM = "AP_ITEM"
OWN_DOCUMENTS = (AP_ITEM,)
"""Kinds in which a source speaks of its own organisation's documents only: an ERP knows no other company's payables."""

REVOKED = ("10", "20", "30", "VOID", "RED", "REVERSED", "DELETED", "CANCELLED", "REVOKED")
"""Values of the fact `status` that say a once genuine paper is dead: 作废, 红票, 红冲 (fields 5.1), 删单, 注销, 吊销."""


class Result(StrEnum):
    """PASS: genuine and in force. FAIL: not so. UNKNOWN: the source could not say, which is never a PASS."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class Source(Record, frozen=True, kw_only=True):
    """Somebody the members trust to answer: its key, what about, and for how many days an answer holds."""

    source: SourceName
    org: PartyId
    alg: str
    public_key: KeyHex
    kinds: Annotated[list[Kind], Meta(min_length=1, max_length=30)]
    valid_days: Days


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a source signs, in canonical bytes. It may say more than this; all of it is under the signature."""

    source: SourceName
    kind: Kind
    document: DocumentText
    result: Result
    facts: Facts
    answered_at: Annotated[datetime, Meta(tz=True)]
    business_date: date


class Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer as it came, with its source's signature over its canonical bytes."""

    answer: msgspec.Raw
    signature: SourceSignature


class Verification(Record, frozen=True, kw_only=True):
    """A source's answer, checked and kept. `verification` is the digest of the answer; `by` brought it."""

    verification: VerificationId
    kind: Kind
    document: DocumentText
    result: Result
    facts: dict[str, str | int]
    answered_at: datetime
    checked: date
    valid_until: date
    source: SourceName
    by: PartyId

    @property
    def revoked(self) -> bool:
        """Does the source say that the paper was genuine and is dead now?"""
        return self.result is Result.FAIL and str(self.facts.get("status")) in REVOKED


class SourceTrusted(Event, frozen=True, kw_only=True):
    source: SourceName
    org: PartyId


class TrustWithdrawn(Event, frozen=True, kw_only=True):
    source: SourceName
    org: PartyId
    reason: str


class VerificationRecorded(Event, frozen=True, kw_only=True):
    verification: VerificationId
    kind: Kind
    document: DocumentText
    result: Result
    by: PartyId
