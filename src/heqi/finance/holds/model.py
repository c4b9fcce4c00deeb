"""A hold: an owner's signed word that an asset may go to one party, for at least so much, until a day."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.kernel.contracts import Event, Staged
from heqi.types.ids import PartyId
from heqi.types.money import Money

HoldId = Annotated[str, Meta(title="Hold", description="持有授权编号", min_length=32, max_length=32)]
Asset = Annotated[
    str, Meta(title="Asset", description="标的 <登记簿>:<编号> · the asset, as its register names it", min_length=3, max_length=120)
]
Moment = Annotated[datetime, Meta(title="Moment", description="账本时间的一刻（含时区） · a moment of ledger time", tz=True)]
Purpose = Annotated[str, Meta(title="Purpose", description="用途，如 DvP、质押", min_length=1, max_length=80)]


class HoldStage(StrEnum):
    OPEN = "OPEN"
    RELEASED = "RELEASED"
    RETURNED = "RETURNED"
    LAPSED = "LAPSED"


class Hold(Staged, frozen=True, kw_only=True):
    """The terms: the asset goes to `to`, for at least `at_least` (zero where no price is due), until the end of `until`.

    `confirm_by`: it binds no longer than to this moment of ledger time unless `to` confirms it (None: confirmed, or never asked).
    `tx`: the transaction that placed it.
    """

    MOVES: ClassVar = {HoldStage.OPEN: (HoldStage.RELEASED, HoldStage.RETURNED, HoldStage.LAPSED)}
    hold: HoldId
    asset: Asset
    owner: PartyId
    to: PartyId
    at_least: Money
    until: date
    purpose: Purpose
    stage: HoldStage
    confirm_by: Moment | None = None
    tx: str = ""


class HoldPlaced(Event, frozen=True, kw_only=True):
    hold: HoldId
    asset: Asset
    owner: PartyId
    to: PartyId
    at_least: Money
    until: date


class HoldConfirmed(Event, frozen=True, kw_only=True):
    """`to` has taken the hold as it is: it binds to the end of its day."""

    hold: HoldId
    asset: Asset
    owner: PartyId
    to: PartyId


class HoldReleased(Event, frozen=True, kw_only=True):
    """The terms were met: the asset went to `to`."""

    hold: HoldId
    asset: Asset
    owner: PartyId
    to: PartyId
    paid: Money


class HoldReturned(Event, frozen=True, kw_only=True):
    hold: HoldId
    asset: Asset
    owner: PartyId
    to: PartyId


class HoldLapsed(Event, frozen=True, kw_only=True):
    hold: HoldId
    asset: Asset
    owner: PartyId
    to: PartyId
