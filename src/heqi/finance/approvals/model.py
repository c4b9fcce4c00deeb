"""Proposals: an act several persons agree to one after the other. Tiers: above what amount an approver must agree too."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.kernel.identity.model import Fingerprint, PersonHash, UserId
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import scalar

REASON_SIZE_MIN = 5
REASON_SIZE_MAX = 200


def check_reason(value: str) -> None:
    """At least five characters beside blanks (capabilities C10)."""
    if not REASON_SIZE_MIN <= len(value.strip()) <= REASON_SIZE_MAX:
        size = f"{REASON_SIZE_MIN}–{REASON_SIZE_MAX}"
        raise SchemaInvalid(problem=f"理由须为 {size} 字 (a reason has {size} characters)")


ProposalId = Annotated[
    str,
    Meta(title="Proposal", description="待签事项编号，即所提内容的摘要 (the digest of what is proposed)", min_length=64, max_length=64),
]
Reason = Annotated[str, scalar("reason", zh="理由", en="Reason", check=check_reason, example="发票金额与订单不符")]
Remark = Annotated[str, Meta(title="Note", description="说明", max_length=200)]
ActionName = Annotated[str, Meta(title="Action", description="操作全名 <合约>.<操作>", min_length=3, max_length=100)]


class ProposalStage(StrEnum):
    OPEN = "OPEN"
    DONE = "DONE"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class Consent(Record, frozen=True, kw_only=True):
    """One person's signature under a proposal; the transaction `tx` carries the signature itself."""

    user: UserId
    org: PartyId
    person: PersonHash
    roles: tuple[str, ...]
    certificate: Fingerprint
    date: date
    tx: str


class Awaited(Record, frozen=True, kw_only=True):
    """The desk whose signature comes next. `org` None: any member's."""

    role: str
    org: PartyId | None


class Proposal(Staged, frozen=True, kw_only=True):
    """An action with its request, signed step by step. It runs with the last signature, as an act of the proposer.

    `payload_hash` is the digest of `[action, args]`; the id is the digest of that and of the proposing transaction: whoever signs
    the id signs the content. `signatures` are those that still count, in the order of the steps; `next` is the desk to sign (None
    once closed); `result` is what the action answered, `null` until DONE; `expires` is the last day to sign.
    """

    MOVES: ClassVar = {
        ProposalStage.OPEN: (ProposalStage.DONE, ProposalStage.REJECTED, ProposalStage.WITHDRAWN, ProposalStage.EXPIRED),
    }
    proposal: ProposalId
    action: ActionName
    args: msgspec.Raw
    payload_hash: str
    note: str
    proposer: PartyId
    parties: tuple[PartyId, ...]
    signatures: tuple[Consent, ...]
    next: Awaited | None
    opened: date
    expires: date
    reason: str | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    stage: ProposalStage


class Tier(Record, frozen=True, kw_only=True):
    """Above this amount, in this currency, an approver of the organisation must sign the action too."""

    org: PartyId
    action: ActionName
    ccy: str
    above: Money


class ActProposed(Event, frozen=True, kw_only=True):
    proposal: ProposalId
    action: str
    proposer: PartyId


class SignatureAsked(Event, frozen=True, kw_only=True):
    """A desk of `org` is next to sign."""

    proposal: ProposalId
    action: str
    org: PartyId
    role: str


class ProposalSigned(Event, frozen=True, kw_only=True):
    proposal: ProposalId
    proposer: PartyId
    org: PartyId


class ProposalDone(Event, frozen=True, kw_only=True):
    proposal: ProposalId
    action: str
    proposer: PartyId


class ProposalRejected(Event, frozen=True, kw_only=True):
    proposal: ProposalId
    proposer: PartyId
    org: PartyId
    reason: str


class ProposalWithdrawn(Event, frozen=True, kw_only=True):
    proposal: ProposalId
    proposer: PartyId


class ProposalExpired(Event, frozen=True, kw_only=True):
    proposal: ProposalId
    proposer: PartyId


class TierSet(Event, frozen=True, kw_only=True):
    org: PartyId
    action: str
    above: Money
