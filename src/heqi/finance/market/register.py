"""The market (C09): requests for quotes and sealed quotes, standing offers of funds, and the offers and deals that come of them.

What holds here: a quote is awarded only as it was sealed, while it is firm and valid, after the bidding has closed; an asset is in one
live offer; an offer that its counterparty has not confirmed within sixty minutes of ledger time binds nobody; the money of an offer is
C08's to the minor unit; funds are offered no further than they reach. What does not: the asset. It stays in its own register, which
locks it by a hold (law 4): the application hands `award`, `match` and `confirm` a `Lock`, the market checks the hold it gets. Nor
limits, payments and whose asset it was: the holds' register asks for the owner's signature, the application for the rest. Nor that a
requester does not read a quote before the deadline: it is sealed to it. And what is awarded is opened in the transaction that awards
it, so whoever runs a node can read the winner's terms, never a loser's.

Here: what is kept, and what the acts share. The acts: rfqs.py, awards.py, funds.py. What others are told: views.py.
"""

from collections.abc import Sequence
from datetime import date

from heqi.finance import holds, sealing
from heqi.finance.market.model import (
    LIVE,
    Audience,
    AudienceKind,
    Circle,
    Funds,
    FundsStage,
    Group,
    Offer,
    OfferStage,
    Quote,
    QuoteStage,
    Rfq,
    RfqId,
    RfqStage,
)
from heqi.finance.market.rules import precedence, seconds
from heqi.kernel.contracts import Context, Record, Register, checker, maker, own
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import OrgType
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import NotFound, SchemaInvalid

register = Register("market", title=("询价市场", "Market"), uses=(identity.register, sealing.register, holds.register))


class Invitation(Record, frozen=True, kw_only=True):
    """One of the parties a request is for, by name: its way to find it while it is open. `ends`: the deadline in seconds."""

    party: PartyId
    ends: int
    rfq: RfqId


circles = register.table("circle", Circle, key=("owner", "group"))
rfqs = register.table(
    "rfq", Rfq, key=("rfq",),
    indexes={
        "requester": ("requester", "rfq"),
        "public": lambda r: (seconds(r.terms.deadline),) if r.stage is RfqStage.OPEN and r.invited is None else None,
        "deadline": lambda r: (seconds(r.terms.deadline),) if r.stage is RfqStage.OPEN else None,
        "value_date": lambda r: (r.terms.value_date,) if r.stage in (RfqStage.OPEN, RfqStage.CLOSED) else None,
    },
)  # fmt: skip
invitations = register.table("invitation", Invitation, key=("party", "ends", "rfq"))
quotes = register.table(
    "quote", Quote, key=("rfq", "bidder"),
    indexes={
        "bidder": ("bidder", "rfq"),
        "valid_until": lambda q: (seconds(q.valid_until),) if q.stage is QuoteStage.SUBMITTED else None,
    },
)  # fmt: skip
funds = register.table(
    "funds", Funds, key=("funds",),
    indexes={
        "funder": ("funder", "funds"),
        "best": lambda f: (f.terms.amount.ccy, _rate_order(f), seconds(f.posted)) if f.stage is FundsStage.OPEN else None,
        "valid_to": lambda f: (seconds(f.terms.valid_to),) if f.stage is FundsStage.OPEN else None,
    },
)  # fmt: skip
offers = register.table(
    "offer", Offer, key=("offer",),
    indexes={
        "asset": lambda o: (o.asset,) if o.hold is not None and o.stage in LIVE else None,  # Locked: a name alone binds nobody.
        "requester": ("requester", "offer"),
        "counterparty": ("counterparty", "offer"),
        "confirm_by": lambda o: (seconds(o.confirm_by),) if o.stage is OfferStage.OFFERED else None,
        "accepted": lambda o: (o.value_date,) if o.stage is OfferStage.ACCEPTED else None,
        "concluded": lambda o: (month_of(o.concluded), o.concluded) if o.concluded is not None else None,
        "funds": lambda o: (o.funds,) if o.funds is not None and o.stage is not OfferStage.LAPSED else None,
    },
)  # fmt: skip

confirm_minutes = register.parameter(
    "confirm_minutes", 60, title=("要约确认时限（分钟）", "Minutes to confirm an offer"), source="capabilities C09: within 60 min",
    within=(1, 1440),
)  # fmt: skip
same_day_cutoff = register.parameter(
    "same_day_cutoff_minutes", 930,
    title=("当日询价截止（北京时间零点起分钟）", "Cut-off of same-day requests, minutes of the Beijing day"), source="S02.4: 15:30",
    within=(0, 1439),
)  # fmt: skip
index_k = register.parameter(
    "index_k", 3, title=("价格指数最少笔数与买方数", "Deals and buyers a published rate needs"), source="S02.6, S02.8: k = 3",
    within=(3, 100),
)  # fmt: skip

PAGE = 400
QUOTES_MAX = 200
"""Quotes on one request: a bound for the work of its end."""
FUNDS_MAX = 1000
"""Offers of funds that one match looks at, the best first."""
EVERY = 1 << 60
OUTSIDERS = (OrgType.PLATFORM, OrgType.REGULATOR)
"""Who does no business here: not part of "everybody"."""


def month_of(day: date) -> int:
    """Year and month as one number, 202603: deals are looked up by the month."""
    return day.year * 100 + day.month


def _rate_order(offer: Funds) -> int:
    return int(precedence(offer)[0] * 10**9)


# --- who is asked --------------------------------------------------------------------------------------------------------
@register.action("设定询价组", by=(maker(own), checker(own)))
def set_circle(ctx: Context, group: Group, parties: list[PartyId]) -> Circle:
    """设定本机构的一个询价对象组；已发出的询价不受影响。
    Set a group of parties one asks together; requests already out are not changed."""
    named = _named(ctx, parties)
    return circles.put(ctx, Circle(owner=ctx.org, group=group, parties=named))


def invited(ctx: Context, audience: Audience) -> tuple[PartyId, ...] | None:
    """The parties an audience means now; None for everybody. Refuses: SCHEMA_INVALID, NOT_FOUND (no such group), ROLE_FORBIDDEN."""
    if audience.kind is AudienceKind.ALL:
        if audience.group is not None or audience.parties:
            raise SchemaInvalid(problem="面向全体时不得另列对象 (everybody, and yet some)", field="audience")
        return None
    if audience.kind is AudienceKind.GROUP:
        if audience.group is None or audience.parties:
            raise SchemaInvalid(problem="须指明对象组 (name the group alone)", field="audience")
        return circles.get(ctx, ctx.org, audience.group).parties
    if audience.group is not None:
        raise SchemaInvalid(problem="须逐一列明对象 (name the parties alone)", field="audience")
    return _named(ctx, audience.parties)


def _named(ctx: Context, parties: Sequence[PartyId]) -> tuple[PartyId, ...]:
    if not parties or len({*parties}) < len(parties) or ctx.org in parties or len(parties) > QUOTES_MAX:
        raise SchemaInvalid(problem="对象须为其他机构，不重复，至多 200 家 (others, each once, at most 200)", field="parties")
    for party in parties:
        identity.require_active(ctx, party)
    return tuple(parties)


def invite(ctx: Context, rfq: Rfq) -> None:
    """Let each party a request is for by name find it on its board."""
    for party in rfq.invited or ():
        invitations.add(ctx, Invitation(party=party, ends=seconds(rfq.terms.deadline), rfq=rfq.rfq))


def invited_to(ctx: Context, org: PartyId) -> list[Rfq]:
    """The requests an organisation is invited to by name and whose deadline is to come, the soonest first."""
    return [rfqs.get(ctx, one.rfq) for one in invitations.scan(ctx, org, after=(org, seconds(ctx.time)), limit=PAGE)]


def is_for(ctx: Context, parties: tuple[PartyId, ...] | None, owner: PartyId, org: PartyId) -> bool:
    """May this organisation answer something of `owner` that is for these parties?"""
    if parties is not None:
        return org in parties
    return org != owner and identity.organisation(ctx, org).org_type not in OUTSIDERS


# --- what acts share -----------------------------------------------------------------------------------------------------
def own_rfq(ctx: Context, rfq: RfqId) -> Rfq:
    """A request for its requester, who has signed. To others it does not exist: NOT_FOUND, the same words."""
    found = rfqs.find(ctx, rfq)
    if found is None or not ctx.signed_by(found.requester):
        raise NotFound(record=f"Rfq {rfq}")
    return found


def bidding_over(ctx: Context, rfq: Rfq) -> bool:
    """Is the bidding closed, by its requester or by the deadline?"""
    return rfq.stage is not RfqStage.OPEN or ctx.time > rfq.terms.deadline


def live_quotes(ctx: Context, rfq: RfqId) -> list[Quote]:
    """The quotes on a request that stand: neither withdrawn, nor past their validity."""
    found = quotes.scan(ctx, rfq, limit=QUOTES_MAX)
    return [quote for quote in found if quote.stage is QuoteStage.SUBMITTED and ctx.time <= quote.valid_until]


def refuse_rest(ctx: Context, rfq: RfqId) -> None:
    """The quotes still standing are not awarded. No event: each bidder learns of its own by asking."""
    for quote in quotes.scan(ctx, rfq, limit=QUOTES_MAX):
        if quote.stage is QuoteStage.SUBMITTED:
            quotes.put(ctx, quote.moved(QuoteStage.NOT_AWARDED, "award"))


# --- truths --------------------------------------------------------------------------------------------------------------
@register.law(offers)
def the_economics_of_an_offer_never_change(ctx: Context, changes: list[tuple[Offer | None, Offer | None]]) -> None:
    for old, new in changes:
        assert new is not None, "an offer is never forgotten"
        assert new.interest + new.net == new.face, new.offer
        if old is not None:
            kept = ("asset", "owner", "buyer", "face", "rate", "value_date", "maturity", "grace", "interest", "net", "fees", "opened")
            assert all(getattr(old, name) == getattr(new, name) for name in kept), new.offer
            assert old.hold is None or old.hold == new.hold, new.offer


@register.law(quotes)
def a_sealed_quote_is_never_changed(ctx: Context, changes: list[tuple[Quote | None, Quote | None]]) -> None:
    for old, new in changes:
        assert new is not None, "a quote is never forgotten"
        if old is not None and old.number == new.number:
            assert (old.commitment, old.valid_until, old.kind) == (new.commitment, new.valid_until, new.kind), new.rfq


@register.invariant
def no_asset_is_in_two_live_offers(ctx: Context) -> None:
    held = [offer.asset for offer in offers.by(ctx, "asset", limit=EVERY)]
    assert len(held) == len({*held}), held


@register.invariant
def funds_are_offered_no_further_than_they_reach(ctx: Context) -> None:
    for posted in funds.scan(ctx, limit=EVERY):
        ccy = posted.terms.amount.ccy
        taken = Money.sum_of(ccy, (offer.face for offer in offers.by(ctx, "funds", posted.funds, limit=EVERY)))
        assert taken + posted.left == posted.terms.amount, posted.funds


@register.invariant
def a_deal_has_its_asset_released_to_the_buyer(ctx: Context) -> None:
    for deal in offers.by(ctx, "concluded", limit=EVERY):
        if deal.hold is not None:
            hold = holds.get(ctx, deal.hold)
            assert (hold.stage, hold.to, hold.at_least) == (holds.HoldStage.RELEASED, deal.buyer, deal.net), deal.offer
