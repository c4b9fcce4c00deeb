"""Limits and what is taken of them (spec C06)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.types.ids import PartyId
from heqi.types.money import Money

LimitId = Annotated[
    str, Meta(title="Limit", description="额度编号 <授信人>/<受信人>/<名目> · grantor/holder/title", min_length=39, max_length=80)
]
"""Made of the grantor, the holder and the title, so nobody can take the name of another's limit."""

LimitTitle = Annotated[str, Meta(title="Title of the limit", description="额度名目，如产品", min_length=1, max_length=40)]
ReservationRef = Annotated[
    str, Meta(title="Reference", description="占用编号，由业务给定，全账本唯一 · what takes the limit", min_length=1, max_length=120)
]


class Limit(Record, frozen=True, kw_only=True):
    """A node of the tree: what a grantor lets a holder take, in whole minor units of the approved amount's currency.

    `reserved` and `used` include what the nodes below it hold; `spent` is what was repaid to a limit that does not
    revolve and so does not come back. The last day it can be taken is `valid_to`.
    """

    node: LimitId
    parent: LimitId | None
    grantor: PartyId
    holder: PartyId
    title: LimitTitle
    approved: Money
    revolving: bool
    valid_to: date
    frozen: str | None = None
    """Why it is frozen; None when it is not."""
    depth: int = 0
    reserved: int = 0
    used: int = 0
    spent: int = 0

    @property
    def free(self) -> int:
        """Minor units left on this node alone, its ancestors not asked."""
        return self.approved.minor - self.reserved - self.used - self.spent


class ReservationStage(StrEnum):
    RESERVED = "RESERVED"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    REPAID = "REPAID"


class Reservation(Staged, frozen=True, kw_only=True):
    """What one business matter takes of a node and its ancestors. `amount`: what it still takes."""

    MOVES: ClassVar = {
        ReservationStage.RESERVED: (ReservationStage.COMMITTED, ReservationStage.RELEASED),
        ReservationStage.COMMITTED: (ReservationStage.REPAID,),
    }
    ref: ReservationRef
    node: LimitId
    amount: Money
    stage: ReservationStage


class LimitLine(Record, frozen=True, kw_only=True):
    """A node as a reader sees it, with what can still be taken of it (ancestors asked)."""

    limit: Limit
    available: Money


class LimitGranted(Event, frozen=True, kw_only=True):
    node: LimitId
    grantor: PartyId
    holder: PartyId
    approved: Money
    valid_to: date


class LimitChanged(Event, frozen=True, kw_only=True):
    node: LimitId
    grantor: PartyId
    holder: PartyId
    approved: Money
    valid_to: date


class LimitFrozen(Event, frozen=True, kw_only=True):
    node: LimitId
    grantor: PartyId
    holder: PartyId
    reason: str


class LimitUnfrozen(Event, frozen=True, kw_only=True):
    node: LimitId
    grantor: PartyId
    holder: PartyId


class LimitReserved(Event, frozen=True, kw_only=True):
    node: LimitId
    grantor: PartyId
    holder: PartyId
    ref: ReservationRef
    amount: Money


class LimitCommitted(Event, frozen=True, kw_only=True):
    node: LimitId
    grantor: PartyId
    holder: PartyId
    ref: ReservationRef
    amount: Money


class LimitReleased(Event, frozen=True, kw_only=True):
    node: LimitId
    grantor: PartyId
    holder: PartyId
    ref: ReservationRef
    amount: Money


class LimitRepaid(Event, frozen=True, kw_only=True):
    node: LimitId
    grantor: PartyId
    holder: PartyId
    ref: ReservationRef
    amount: Money
