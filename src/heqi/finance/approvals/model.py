"""Proposals: an act several persons agree to one after the other. Tiers: above what amounts approvers must agree too.
Delegations: who stands in at whose desk. Slas: how long a desk has for its step."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.kernel.identity.model import Fingerprint, PersonHash, UserId
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive

ProposalId = Annotated[
    str,
    Meta(title="Proposal", description="待签事项编号，即所提内容的摘要 (the digest of what is proposed)", min_length=64, max_length=64),
]
Remark = Annotated[str, Meta(title="Note", description="说明", max_length=200)]
ActionName = Annotated[str, Meta(title="Action", description="操作全名 <合约>.<操作>", min_length=3, max_length=100)]
DelegationId = Annotated[str, Meta(title="Delegation", description="代理授权编号", min_length=32, max_length=32)]
Desk = Annotated[str, Meta(title="Desk", description="岗位", min_length=1, max_length=20)]
Minutes = Annotated[int, Meta(title="Minutes", description="分钟", ge=1, le=100_000)]
Amounts = Annotated[list[Positive], Meta(title="Amounts", description="逐级金额，由低到高", min_length=1, max_length=3)]


class ProposalStage(StrEnum):
    OPEN = "OPEN"
    DONE = "DONE"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class Consent(Record, frozen=True, kw_only=True):
    """One person's signature under a proposal; the transaction `tx` carries the signature itself.

    `delegation`: under which the person stood in for the absent holder of the desk, `absent`; None for one's own desk.
    """

    user: UserId
    org: PartyId
    person: PersonHash
    roles: tuple[str, ...]
    certificate: Fingerprint
    date: date
    tx: str
    delegation: DelegationId | None = None
    absent: PersonHash | None = None


class Awaited(Record, frozen=True, kw_only=True):
    """The desk whose signature comes next, and until when it should have signed. `org` None: any member's."""

    role: str
    org: PartyId | None
    asked: datetime
    due: datetime


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
    """Above each of these amounts, upwards, one more approver of the organisation signs the action."""

    org: PartyId
    action: ActionName
    ccy: str
    above: tuple[Money, ...]


class Sla(Record, frozen=True, kw_only=True):
    """How many minutes of ledger time a desk of the organisation has for its step of an action."""

    org: PartyId
    action: ActionName
    role: Desk
    minutes: Minutes


class Delegation(Record, frozen=True, kw_only=True):
    """A person stands in at another's desk, from one business date to another, both included. `person`: the absent one."""

    delegation: DelegationId
    org: PartyId
    user: UserId
    person: PersonHash
    stand_in: UserId
    role: Desk
    start: date
    end: date
    revoked: date | None = None


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
    above: tuple[Money, ...]


class SlaSet(Event, frozen=True, kw_only=True):
    org: PartyId
    action: str
    role: str
    minutes: int


class DeskDelegated(Event, frozen=True, kw_only=True):
    delegation: DelegationId
    org: PartyId
    user: UserId
    stand_in: UserId
    role: str


class DelegationRevoked(Event, frozen=True, kw_only=True):
    delegation: DelegationId
    org: PartyId
