"""What the market announces. Never a rate, an amount or an asset, and no competitor beside another (ADR 0012).

A receipt is shown whole to every organisation one of its events names. So what one party must not learn of another is told by
views: bidders find requests on their board, and losers find their quote NOT_AWARDED.
"""

from heqi.finance.market.model import FundsId, OfferId, RfqId
from heqi.kernel.contracts import Event
from heqi.types.ids import PartyId


class RfqOpened(Event, frozen=True, kw_only=True):
    rfq: RfqId
    requester: PartyId


class BiddingClosed(Event, frozen=True, kw_only=True):
    rfq: RfqId
    requester: PartyId


class RfqLapsed(Event, frozen=True, kw_only=True):
    rfq: RfqId
    requester: PartyId


class QuoteSubmitted(Event, frozen=True, kw_only=True):
    """For the bidder; a masked requester is not named to it."""

    rfq: RfqId
    bidder: PartyId


class QuoteWithdrawn(Event, frozen=True, kw_only=True):
    rfq: RfqId
    bidder: PartyId


class FundsPosted(Event, frozen=True, kw_only=True):
    funds: FundsId
    funder: PartyId


class FundsWithdrawn(Event, frozen=True, kw_only=True):
    funds: FundsId
    funder: PartyId


class OfferMade(Event, frozen=True, kw_only=True):
    offer: OfferId
    requester: PartyId
    counterparty: PartyId


class OfferConfirmed(Event, frozen=True, kw_only=True):
    offer: OfferId
    requester: PartyId
    counterparty: PartyId


class OfferLapsed(Event, frozen=True, kw_only=True):
    offer: OfferId
    requester: PartyId
    counterparty: PartyId


class DealConcluded(Event, frozen=True, kw_only=True):
    offer: OfferId
    requester: PartyId
    counterparty: PartyId
