"""From an award to a deal: award → confirm within sixty minutes → conclude, or lapse (C09).

The seam with the asset's register: the application hands in a `Lock`, a function that has the asset's own register place the hold
(`vouchers.lock`, say), signed by the owner in this transaction. The market checks that the hold says what the offer says and makes
it wait for the counterparty: unconfirmed after sixty minutes it binds no longer, whether or not anybody closes the offer.

Refusals of `award`, in this order: NOT_FOUND (no request of this requester, no such quote), STATE_INVALID (bidding still open, a
pre-inquiry, or awarded), RULE_BLOCKED (too few quotes stand), QUOTE_EXPIRED, STATE_INVALID (withdrawn; INDICATIVE), HASH_MISMATCH (not
what was sealed), CONFLICT (the asset is in another offer), MONEY_INVALID, AMOUNT_EXCEEDS_BALANCE, DATE_INVALID, DOC_MISMATCH (the net is
not C08's), then what the lock refuses, DOC_MISMATCH (its hold says something else). RATE_INVALID comes before all of them, at the door.
"""

from collections.abc import Callable
from datetime import date, timedelta

from heqi.finance import holds, pricing
from heqi.finance.holds import HoldId, HoldStage
from heqi.finance.market.events import DealConcluded, OfferConfirmed, OfferLapsed, OfferMade
from heqi.finance.market.model import (
    FundsStage,
    Grace,
    Offer,
    OfferId,
    OfferStage,
    Opened,
    Quote,
    QuoteKind,
    QuoteStage,
    Rfq,
    RfqId,
    RfqStage,
    Side,
)
from heqi.finance.market.register import (
    bidding_over,
    confirm_minutes,
    funds,
    live_quotes,
    offers,
    own_rfq,
    quotes,
    refuse_rest,
    register,
    rfqs,
)
from heqi.finance.market.rules import commitment, seconds
from heqi.kernel.contracts import Context, changed
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import (
    AmountExceedsBalance,
    Conflict,
    DateInvalid,
    DocMismatch,
    HashMismatch,
    NotFound,
    PaymentUnconfirmed,
    QuoteExpired,
    RuleBlocked,
    StateInvalid,
)

Lock = Callable[[PartyId, Money, Money, date], HoldId]
"""lock(to, face, at_least, until): the asset's register locks it, or a part of this face, and returns the hold."""
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def award(ctx: Context, rfq: RfqId, bidder: PartyId, opened: Opened, net: Money, *, grace: Grace = 0, lock: Lock | None = None) -> Offer:
    """The requester opens one quote and makes its bidder an offer on those terms; `net` is what both have computed.

    `lock` locks the asset where the requester sells one. The order of refusals: the module's docstring.
    """
    asked = own_rfq(ctx, rfq)
    _check_awardable(ctx, asked)
    chosen = _chosen(ctx, asked, bidder, opened)
    selling, terms = asked.terms.side is Side.SELL, opened.terms
    asset = asked.terms.asset if selling else terms.asset
    clear_asset(ctx, asset)
    whole, offered = asked.terms.amount, terms.amount
    face, most = (whole, offered) if selling else (offered, whole)
    if face > most:
        raise AmountExceedsBalance(record=chosen.label(), available=most)
    offer = priced(
        ctx, rfq=rfq, funds=None, opened=opened, requester=asked.requester, counterparty=bidder,
        owner=asked.requester if selling else bidder, buyer=bidder if selling else asked.requester, asset=asset,
        obligor_class=asked.terms.obligor_class, face=face, rate=terms.rate, value_date=asked.terms.value_date,
        maturity=asked.terms.maturity, grace=grace, fees=terms.fees,
    )  # fmt: skip
    pricing.require_equal("净额 (net)", offer.net, net)
    quotes.put(ctx, chosen.moved(QuoteStage.OFFERED, "award"))
    rfqs.put(ctx, asked.moved(RfqStage.AWARDED, "award"))
    return make(ctx, offer, lock if selling else None)


def _check_awardable(ctx: Context, asked: Rfq) -> None:
    if not bidding_over(ctx, asked) or asked.indicative:
        raise StateInvalid(record=asked.label(), stage="PRE_INQUIRY" if asked.indicative else str(asked.stage), act="award")
    asked.expect("award", RfqStage.OPEN, RfqStage.CLOSED)


def _chosen(ctx: Context, asked: Rfq, bidder: PartyId, opened: Opened) -> Quote:
    """The quote to award: it stands, it is firm, it is what was sealed."""
    chosen = quotes.find(ctx, asked.rfq, bidder)
    if chosen is None:
        raise NotFound(record=f"Quote {asked.rfq} {bidder}")
    standing = len(live_quotes(ctx, asked.rfq))
    if standing < asked.terms.min_quotes:
        least = asked.terms.min_quotes
        raise RuleBlocked(rule="market.min_quotes", reason=f"有效报价 {standing} 份，至少须 {least} 份 (too few quotes)")
    if chosen.stage is QuoteStage.EXPIRED or (chosen.stage is QuoteStage.SUBMITTED and ctx.time > chosen.valid_until):
        raise QuoteExpired(quote=chosen.label(), valid_until=chosen.valid_until)
    chosen.expect("award", QuoteStage.SUBMITTED)
    if chosen.kind is not QuoteKind.FIRM:
        raise StateInvalid(record=chosen.label(), stage=str(chosen.kind), act="award")
    if commitment(ctx.suite.name, ctx.chain, asked.rfq, bidder, opened) != chosen.commitment:
        raise HashMismatch(item=chosen.label())
    return chosen


# --- making an offer -----------------------------------------------------------------------------------------------------
def priced(
    ctx: Context, *, rfq: RfqId | None, funds: str | None, opened: Opened | None, requester: PartyId, counterparty: PartyId, owner: PartyId,
    buyer: PartyId, asset: str | None, obligor_class: str, face: Money, rate: str, value_date: date, maturity: date, grace: int,
    fees: Money,
) -> Offer:  # fmt: skip
    """An offer with its money by C08's straight discount. Refuses: DATE_INVALID, MONEY_INVALID."""
    if value_date < ctx.today:
        raise DateInvalid(problem=f"起息日 {value_date} 早于今日 (the value date is past)", field="value_date")
    figures = pricing.discount(face, rate, value_date, maturity, grace=grace)
    return Offer(
        offer=ctx.unique("offer"), rfq=rfq, funds=funds, opened=opened, requester=requester, counterparty=counterparty, owner=owner,
        buyer=buyer, asset=asset, hold=None, obligor_class=obligor_class, face=face, rate=rate, value_date=value_date, maturity=maturity,
        grace=grace, days=figures.days, interest=figures.interest, net=figures.net, fees=fees, calc_version=figures.calc_version,
        offered=ctx.time, confirm_by=ctx.time + timedelta(minutes=ctx.parameter(confirm_minutes)), concluded=None,
        stage=OfferStage.OFFERED,
    )  # fmt: skip


def make(ctx: Context, offer: Offer, lock: Lock | None, *, whole: bool = True) -> Offer:
    """Make the offer, of the `whole` asset or of a part; what its requester owns is locked until it is confirmed or the time is over."""
    if offer.asset is not None and offer.owner == offer.requester:
        offer = _locked(ctx, offer, lock, whole=whole)
        assert offer.hold is not None
        holds.until_confirmed(ctx, offer.hold, offer.confirm_by)
    ctx.emit(OfferMade(offer=offer.offer, requester=offer.requester, counterparty=offer.counterparty))
    return offers.add(ctx, offer)


def _locked(ctx: Context, offer: Offer, lock: Lock | None, *, whole: bool) -> Offer:
    assert lock is not None, "an application that offers an asset says how its register locks it"
    hold = holds.get(ctx, lock(offer.buyer, offer.face, offer.net, offer.value_date))
    # A part of a splittable asset has a name of its own, which its register has just given it.
    asset = offer.asset if whole else hold.asset
    said = (hold.asset, hold.owner, hold.to, hold.at_least, hold.until, hold.stage, hold.tx)
    meant = (asset, offer.owner, offer.buyer, offer.net, offer.value_date, HoldStage.OPEN, ctx.tx_id)
    if said != meant:
        raise DocMismatch(item=hold.label(), expected="、".join(map(str, meant)), actual="、".join(map(str, said)))
    clear_asset(ctx, asset)
    return changed(offer, hold=hold.hold, asset=asset)


def clear_asset(ctx: Context, asset: str | None) -> None:
    """Let go of an earlier offer on this asset whose time is over. Refuses one that lives: CONFLICT."""
    for earlier in offers.by(ctx, "asset", asset, limit=1) if asset is not None else []:
        if not _over(ctx, earlier) and not _released(ctx, earlier):
            raise Conflict(record=asset or "")
        _clear(ctx, earlier)


# --- its life ------------------------------------------------------------------------------------------------------------
def confirm(ctx: Context, offer: OfferId, lock: Lock | None = None) -> Offer:
    """The counterparty takes the offer, in time. `lock` locks the asset where it is the counterparty's.

    Refuses: NOT_FOUND (no offer to this organisation), STATE_INVALID (no longer an offer, or too late), what the lock refuses.
    """
    found = _of_party(ctx, offer)
    if not ctx.signed_by(found.counterparty):
        raise NotFound(record=f"Offer {offer}")
    if _over(ctx, found):
        raise StateInvalid(record=found.label(), stage=str(OfferStage.LAPSED), act="confirm")
    taken = found.moved(OfferStage.ACCEPTED, "confirm")
    if taken.hold is not None:
        holds.confirm(ctx, taken.hold)
    elif taken.asset is not None:
        clear_asset(ctx, taken.asset)
        taken = _locked(ctx, taken, lock, whole=True)
    if taken.rfq is not None:
        quotes.put(ctx, quotes.get(ctx, taken.rfq, taken.counterparty).moved(QuoteStage.ACCEPTED, "confirm"))
        refuse_rest(ctx, taken.rfq)
    ctx.emit(OfferConfirmed(offer=offer, requester=taken.requester, counterparty=taken.counterparty))
    return offers.put(ctx, taken)


def conclude(ctx: Context, offer: OfferId) -> Offer:
    """The deal is done: the asset's register has released it to the buyer for the price; without an asset, who is owed the money says so.

    Refuses, in this order: NOT_FOUND (to others than its parties), STATE_INVALID, PAYMENT_UNCONFIRMED, NOT_OWNER.
    """
    found = _of_party(ctx, offer)
    found.expect("conclude", OfferStage.ACCEPTED)
    if found.hold is None:
        ctx.require_owner(found.owner, found.label())
    elif not _released(ctx, found):
        raise PaymentUnconfirmed(payment=f"{found.label()}：{found.net}")
    return _conclude(ctx, found)


def lapse(ctx: Context, offer: OfferId) -> Offer:
    """Close an offer whose time is over; its asset is free. Refuses: NOT_FOUND (to others than its parties), STATE_INVALID (it lives)."""
    found = _of_party(ctx, offer)
    if not _over(ctx, found):
        raise StateInvalid(record=found.label(), stage=str(found.stage), act="lapse")
    return _lapse(ctx, found)


def _of_party(ctx: Context, offer: OfferId) -> Offer:
    found = offers.find(ctx, offer)
    if found is None or not (ctx.signed_by(found.requester) or ctx.signed_by(found.counterparty)):
        raise NotFound(record=f"Offer {offer}")
    return found


def _over(ctx: Context, offer: Offer) -> bool:
    """Not confirmed in time; or confirmed, and the hold ended without the asset going to the buyer."""
    if offer.stage is OfferStage.OFFERED:
        return ctx.time > offer.confirm_by
    if offer.stage is not OfferStage.ACCEPTED or _released(ctx, offer):
        return False
    return not holds.binding(ctx, offer.hold) if offer.hold is not None else ctx.today > offer.value_date


def _released(ctx: Context, offer: Offer) -> bool:
    return offer.hold is not None and holds.get(ctx, offer.hold).stage is HoldStage.RELEASED


def _conclude(ctx: Context, offer: Offer) -> Offer:
    if offer.rfq is not None:
        quotes.put(ctx, quotes.get(ctx, offer.rfq, offer.counterparty).moved(QuoteStage.DEAL, "conclude"))
    ctx.emit(DealConcluded(offer=offer.offer, requester=offer.requester, counterparty=offer.counterparty))
    return offers.put(ctx, offer.moved(OfferStage.DEAL, "conclude", concluded=ctx.today))


def _lapse(ctx: Context, offer: Offer) -> Offer:
    """The hold ends, the funds are free again, the request may be awarded to another if its quotes still stand."""
    if offer.hold is not None and holds.get(ctx, offer.hold).stage is HoldStage.OPEN:
        holds.give_back(ctx, offer.hold)
    if offer.rfq is not None:
        quotes.put(ctx, quotes.get(ctx, offer.rfq, offer.counterparty).moved(QuoteStage.LAPSED, "lapse"))
        back = RfqStage.CLOSED if offer.stage is OfferStage.OFFERED else RfqStage.LAPSED  # Confirmed, the others were released.
        rfqs.put(ctx, rfqs.get(ctx, offer.rfq).moved(back, "lapse"))
    if offer.funds is not None:
        posted = funds.get(ctx, offer.funds)
        posted = posted.moved(FundsStage.OPEN, "lapse") if posted.stage is FundsStage.FILLED else posted
        funds.put(ctx, changed(posted, left=posted.left + offer.face))
    ctx.emit(OfferLapsed(offer=offer.offer, requester=offer.requester, counterparty=offer.counterparty))
    return offers.put(ctx, offer.moved(OfferStage.LAPSED, "lapse"))


def _clear(ctx: Context, offer: Offer) -> None:
    if _released(ctx, offer):
        _conclude(ctx, offer)
    else:
        _lapse(ctx, offer)


@register.each_day
def offers_whose_time_is_over_are_closed(ctx: Context, limit: int) -> int:
    due = offers.by(ctx, "confirm_by", upto=seconds(ctx.time - SECOND), limit=limit)
    due += offers.by(ctx, "accepted", upto=ctx.today - DAY, limit=limit - len(due))
    for offer in due:
        _clear(ctx, offer)
    return len(due)
