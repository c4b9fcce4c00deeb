"""The words of a market (C09): requests for quotes, sealed quotes, offers of funds, and the offers and deals that come of them."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from heqi.finance.evidence import Digest
from heqi.finance.holds import Asset, HoldId, Moment
from heqi.finance.sealing import Readable
from heqi.kernel.contracts import Record, Staged
from heqi.privacy.envelope import Envelope
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive
from heqi.types.rates import Rate
from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import scalar

_SALT = re.compile(r"[0-9a-f]{32}")


def check_salt(value: str) -> None:
    """16 random bytes in lower-case hex."""
    if not _SALT.fullmatch(value):
        raise SchemaInvalid(problem="须为 16 字节随机数的十六进制 (16 random bytes in hex)")


RfqId = Annotated[str, Meta(title="Request for quotes", description="询价编号", min_length=32, max_length=32)]
FundsId = Annotated[str, Meta(title="Offer of funds", description="资金发布编号", min_length=32, max_length=32)]
OfferId = Annotated[str, Meta(title="Offer", description="要约编号", min_length=32, max_length=32)]
Group = Annotated[str, Meta(title="Group", description="询价对象组", min_length=1, max_length=40)]
ObligorClass = Annotated[str, Meta(title="Class of obligor", description="债务人类别", pattern="^[A-Z][A-Z0-9_]{0,29}$")]
"""The application says which there are, such as STATE_BANK or JOINT_STOCK_BANK."""
Hint = Annotated[str, Meta(title="Hint", description="遮蔽时可示的信息，如行业、省份", max_length=40)]
Need = Annotated[str, Meta(title="Need", description="需求说明", min_length=1, max_length=200)]
Branch = Annotated[str, Meta(title="Business point", description="业务网点", max_length=60)]
Salt = Annotated[str, scalar("salt", zh="盐值", en="Salt", check=check_salt, example="0" * 32, pattern="^[0-9a-f]{32}$")]
Days = Annotated[int, Meta(title="Days", description="天数", ge=0, le=3660)]
Grace = Annotated[int, Meta(title="Grace days", description="宽限期（天）", ge=0, le=10)]


class Side(StrEnum):
    SELL = "SELL"
    """the requester parts with the asset, or borrows: the lowest rate is the best"""
    BUY = "BUY"
    """the requester takes the asset, or lends: the highest rate is the best"""


class Mask(StrEnum):
    NAMED = "NAMED"
    MASKED = "MASKED"
    """until an offer, bidders see no name, no asset and no exact amount: industry, province, amount band and tenor"""


class AudienceKind(StrEnum):
    ALL = "ALL"
    GROUP = "GROUP"
    NAMED = "NAMED"


class Audience(Record, frozen=True, kw_only=True):
    """Whom something is for: all members that do business, a group of one's own, or parties by name (at most 200)."""

    kind: AudienceKind
    group: Group | None = None
    parties: Annotated[tuple[PartyId, ...], Meta(max_length=200)] = ()


class Circle(Record, frozen=True, kw_only=True):
    """A group of parties an organisation asks together."""

    owner: PartyId
    group: Group
    parties: tuple[PartyId, ...]


class RfqTerms(Record, frozen=True, kw_only=True):
    """What is asked. An asset, as its own register names it, or a need in words; from the value date to the maturity.

    `deadline` is ledger time. `reader_key` is a fresh key made for this request alone, so that sealing to it names nobody.
    """

    side: Side
    asset: Asset | None = None
    need: Need | None = None
    amount: Positive
    value_date: date
    maturity: date
    obligor_class: ObligorClass
    deadline: Moment
    min_quotes: Annotated[int, Meta(ge=0, le=200)] = 0
    same_day: bool = False
    mask: Mask = Mask.NAMED
    industry: Hint = ""
    province: Hint = ""
    reader_key: Readable


class RfqStage(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    AWARDED = "AWARDED"
    LAPSED = "LAPSED"


class Rfq(Staged, frozen=True, kw_only=True):
    """A request for quotes. `invited`: None is everybody. `indicative`: a pre-inquiry (预询价), of which nothing is awarded."""

    MOVES: ClassVar = {
        RfqStage.OPEN: (RfqStage.CLOSED, RfqStage.AWARDED, RfqStage.LAPSED),
        RfqStage.CLOSED: (RfqStage.AWARDED, RfqStage.LAPSED),
        RfqStage.AWARDED: (RfqStage.CLOSED, RfqStage.LAPSED),
    }
    rfq: RfqId
    requester: PartyId
    terms: RfqTerms
    invited: tuple[PartyId, ...] | None
    indicative: bool
    opened: datetime
    stage: RfqStage


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A request as an invited bidder sees it; None where it is masked."""

    rfq: RfqId
    requester: PartyId | None
    side: Side
    asset: Asset | None
    need: Need | None
    amount: Money | None
    amount_band: str
    industry: Hint
    province: Hint
    value_date: date
    maturity: date
    tenor_days: int
    obligor_class: ObligorClass
    deadline: datetime
    same_day: bool
    indicative: bool
    reader_key: Readable


class QuoteTerms(Record, frozen=True, kw_only=True):
    """What is sealed. `rate`: percent per year; `asset`: what a bidder would sell, where the requester buys."""

    rate: Rate
    amount: Positive
    fees: Money
    branch: Branch = ""
    asset: Asset | None = None


class Opened(Record, frozen=True, kw_only=True):
    """A quote out of its envelope: with its salt it gives the digest on the ledger again, or it is another quote."""

    salt: Salt
    terms: QuoteTerms


class QuoteKind(StrEnum):
    FIRM = "FIRM"
    INDICATIVE = "INDICATIVE"


class QuoteStage(StrEnum):
    SUBMITTED = "SUBMITTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    DEAL = "DEAL"
    LAPSED = "LAPSED"
    NOT_AWARDED = "NOT_AWARDED"


class Quote(Staged, frozen=True, kw_only=True):
    """A sealed quote, at most one a bidder and request. `number` counts a bidder's quotes: who withdraws one may put another.

    In the clear: who, when, which kind, until when. Rate, amount, fees and branch are in the envelope alone.
    """

    MOVES: ClassVar = {
        QuoteStage.SUBMITTED: (QuoteStage.WITHDRAWN, QuoteStage.EXPIRED, QuoteStage.OFFERED, QuoteStage.NOT_AWARDED),
        QuoteStage.OFFERED: (QuoteStage.ACCEPTED, QuoteStage.LAPSED),
        QuoteStage.ACCEPTED: (QuoteStage.DEAL, QuoteStage.LAPSED),
    }
    rfq: RfqId
    bidder: PartyId
    number: int
    kind: QuoteKind
    valid_until: Moment
    commitment: Digest
    envelope: Envelope
    submitted: datetime
    stage: QuoteStage


class FundsTerms(Record, frozen=True, kw_only=True):
    """Money looking for assets (资金发布): up to `amount`, at `rate`, for such tenors and obligors, until a moment of ledger time."""

    amount: Positive
    rate: Rate
    tenor_min: Days
    tenor_max: Days
    obligor_classes: Annotated[tuple[ObligorClass, ...], Meta(min_length=1, max_length=30)]
    valid_to: Moment


class FundsStage(StrEnum):
    OPEN = "OPEN"
    FILLED = "FILLED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class Funds(Staged, frozen=True, kw_only=True):
    """A standing offer of funds; `left` of it is neither offered nor dealt."""

    MOVES: ClassVar = {
        FundsStage.OPEN: (FundsStage.FILLED, FundsStage.WITHDRAWN, FundsStage.EXPIRED),
        FundsStage.FILLED: (FundsStage.OPEN,),
    }
    funds: FundsId
    funder: PartyId
    terms: FundsTerms
    invited: tuple[PartyId, ...] | None
    left: Money
    posted: datetime
    stage: FundsStage


class Ask(Record, frozen=True, kw_only=True):
    """An asset its owner would part with at `rate_max` or less, at once and, if it is splittable, in parts."""

    asset: Asset
    amount: Positive
    value_date: date
    maturity: date
    obligor_class: ObligorClass
    rate_max: Rate
    splittable: bool = False


class OfferStage(StrEnum):
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    DEAL = "DEAL"
    LAPSED = "LAPSED"


LIVE = (OfferStage.OFFERED, OfferStage.ACCEPTED)


class Offer(Staged, frozen=True, kw_only=True):
    """An offer with all its economics, and the deal it becomes.

    `requester` has signed it when it was made; `counterparty` confirms it by `confirm_by`. `owner` parts with the asset for `net`, which
    `buyer` pays. It came of a quote (`rfq`, with what was in its envelope) or of funds (`funds`). The asset's hold binds it.
    """

    MOVES: ClassVar = {
        OfferStage.OFFERED: (OfferStage.ACCEPTED, OfferStage.LAPSED),
        OfferStage.ACCEPTED: (OfferStage.DEAL, OfferStage.LAPSED),
    }
    offer: OfferId
    rfq: RfqId | None
    funds: FundsId | None
    opened: Opened | None
    requester: PartyId
    counterparty: PartyId
    owner: PartyId
    buyer: PartyId
    asset: Asset | None
    hold: HoldId | None
    obligor_class: ObligorClass
    face: Positive
    rate: Rate
    value_date: date
    maturity: date
    grace: Grace
    days: int
    interest: Money
    net: Money
    fees: Money
    calc_version: str
    offered: datetime
    confirm_by: Moment
    concluded: date | None
    stage: OfferStage


class IndexLine(msgspec.Struct, frozen=True, kw_only=True):
    """The volume-weighted rate of the deals in one bucket of tenor and class of obligor, HALF_UP to four decimals."""

    ccy: str
    tenor: str
    obligor_class: ObligorClass
    rate: str
    deals: int
