"""Requests and sealed quotes: open → quote, withdraw → close, or end without an award (C09).

Refusals of `open_rfq`, in this order: SCHEMA_INVALID (asset or need, one of them; the key's suite), DATE_INVALID (deadline gone by, value
date gone by, maturity not after it, the same-day cut-off), the audience's (SCHEMA_INVALID, NOT_FOUND, ROLE_FORBIDDEN), NOT_FOUND (a
regulator without a reader's key). Of `quote`: NOT_FOUND (none, or not for this bidder: the same words), RFQ_CLOSED, ALREADY_EXISTS (a
quote of this bidder stands), LIMIT_EXCEEDED (too many quotes), DATE_INVALID (valid until a moment gone by), SCHEMA_INVALID (the
envelope). What is inside cannot be checked before it is opened: a rate that is none is refused then, RATE_INVALID.
"""

from datetime import timedelta

from heqi.finance import sealing
from heqi.finance.evidence import Digest
from heqi.finance.holds import Moment
from heqi.finance.market.events import BiddingClosed, QuoteSubmitted, QuoteWithdrawn, RfqLapsed, RfqOpened
from heqi.finance.market.model import Audience, Quote, QuoteKind, QuoteStage, Rfq, RfqId, RfqStage, RfqTerms
from heqi.finance.market.register import (
    QUOTES_MAX,
    bidding_over,
    invite,
    invited,
    is_for,
    own_rfq,
    quotes,
    refuse_rest,
    register,
    rfqs,
    same_day_cutoff,
)
from heqi.finance.market.rules import check_same_day, record_of, seconds
from heqi.finance.sealing import check_suite
from heqi.kernel.contracts import Context
from heqi.privacy.envelope import Envelope
from heqi.types.refusals import AlreadyExists, DateInvalid, LimitExceeded, NotFound, RfqClosed, SchemaInvalid

REQUESTER = "requester"
"""What an envelope calls the reader of a request's own key: a masked requester is not named."""
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def open_rfq(ctx: Context, terms: RfqTerms, audience: Audience, *, indicative: bool = False) -> Rfq:
    """Ask the audience for quotes until the deadline. `indicative`: a pre-inquiry, whose quotes bind nobody whatever they say."""
    if (terms.asset is None) == (terms.need is None):
        raise SchemaInvalid(problem="标的与需求须填其一 (an asset or a need, one of them)", field="terms.asset")
    check_suite(ctx, terms.reader_key)
    if terms.deadline <= ctx.time:
        raise DateInvalid(problem=f"截止时间 {terms.deadline} 已过 (a deadline gone by)", field="terms.deadline")
    if not ctx.today <= terms.value_date < terms.maturity:
        raise DateInvalid(problem=f"{ctx.today} ≤ {terms.value_date} < {terms.maturity} 不成立 (does not hold)", field="terms.value_date")
    if terms.same_day:
        check_same_day(terms, ctx.time, ctx.today, ctx.parameter(same_day_cutoff))
    parties = invited(ctx, audience)
    sealing.overseers(ctx)
    asked = rfqs.add(
        ctx,
        Rfq(
            rfq=ctx.unique("rfq"), requester=ctx.org, terms=terms, invited=parties, indicative=indicative, opened=ctx.time,
            stage=RfqStage.OPEN,
        ),
    )  # fmt: skip
    invite(ctx, asked)
    ctx.emit(RfqOpened(rfq=asked.rfq, requester=ctx.org))
    return asked


def quote(ctx: Context, rfq: RfqId, kind: QuoteKind, valid_until: Moment, commitment: Digest, envelope: Envelope) -> Quote:
    """The acting organisation quotes, sealed to the requester and the regulators. On a pre-inquiry every quote is INDICATIVE."""
    asked, bidder = _asked(ctx, rfq), ctx.org
    before = quotes.find(ctx, rfq, bidder)
    if bidding_over(ctx, asked):
        raise RfqClosed(rfq=rfq, deadline=asked.terms.deadline)
    if before is not None and before.stage is not QuoteStage.WITHDRAWN and ctx.time <= before.valid_until:
        raise AlreadyExists(record=before.label())
    if before is None and len(quotes.scan(ctx, rfq, limit=QUOTES_MAX)) >= QUOTES_MAX:
        raise LimitExceeded(node=f"Rfq {rfq} ({QUOTES_MAX} quotes)", available=0)
    if valid_until <= ctx.time:
        raise DateInvalid(problem=f"报价有效期 {valid_until} 已过 (valid until a moment gone by)", field="valid_until")
    sealing.check_addressed(ctx, envelope, record_of(rfq, bidder), (REQUESTER,))
    ctx.emit(QuoteSubmitted(rfq=rfq, bidder=bidder))
    return quotes.put(
        ctx,
        Quote(
            rfq=rfq, bidder=bidder, number=1 if before is None else before.number + 1,
            kind=QuoteKind.INDICATIVE if asked.indicative else kind, valid_until=valid_until, commitment=commitment, envelope=envelope,
            submitted=ctx.time, stage=QuoteStage.SUBMITTED,
        ),
    )  # fmt: skip


def withdraw(ctx: Context, rfq: RfqId) -> Quote:
    """A bidder takes its quote back while the bidding is open. Refuses: NOT_FOUND, RFQ_CLOSED, STATE_INVALID."""
    found = quotes.find(ctx, rfq, ctx.org)
    if found is None:
        raise NotFound(record=f"Rfq {rfq}")
    asked = rfqs.get(ctx, rfq)
    if bidding_over(ctx, asked):
        raise RfqClosed(rfq=rfq, deadline=asked.terms.deadline)
    withdrawn = found.moved(QuoteStage.WITHDRAWN, "withdraw")
    ctx.emit(QuoteWithdrawn(rfq=rfq, bidder=ctx.org))
    return quotes.put(ctx, withdrawn)


def close(ctx: Context, rfq: RfqId) -> Rfq:
    """The requester ends the bidding before the deadline. Refuses: NOT_FOUND, STATE_INVALID."""
    return _close(ctx, own_rfq(ctx, rfq))


def end(ctx: Context, rfq: RfqId) -> Rfq:
    """The requester awards nothing; every quote is released. Refuses: NOT_FOUND, STATE_INVALID (awarded, or ended)."""
    found = own_rfq(ctx, rfq)
    found.expect("end", RfqStage.OPEN, RfqStage.CLOSED)
    return _lapse(ctx, found)


def _asked(ctx: Context, rfq: RfqId) -> Rfq:
    """A request for one who may answer it. To others it does not exist."""
    found = rfqs.find(ctx, rfq)
    if found is None or not is_for(ctx, found.invited, found.requester, ctx.org):
        raise NotFound(record=f"Rfq {rfq}")
    return found


def _close(ctx: Context, rfq: Rfq) -> Rfq:
    closed = rfq.moved(RfqStage.CLOSED, "close")
    ctx.emit(BiddingClosed(rfq=rfq.rfq, requester=rfq.requester))
    return rfqs.put(ctx, closed)


def _lapse(ctx: Context, rfq: Rfq) -> Rfq:
    refuse_rest(ctx, rfq.rfq)
    ctx.emit(RfqLapsed(rfq=rfq.rfq, requester=rfq.requester))
    return rfqs.put(ctx, rfq.moved(RfqStage.LAPSED, "end"))


@register.each_day
def requests_past_their_deadline_close_and_past_their_value_date_end(ctx: Context, limit: int) -> int:
    past = rfqs.by(ctx, "value_date", upto=ctx.today - DAY, limit=limit)
    for rfq in past:
        _lapse(ctx, rfq)
    due = rfqs.by(ctx, "deadline", upto=seconds(ctx.time - SECOND), limit=limit - len(past))
    for rfq in due:
        _close(ctx, rfq)
    return len(past) + len(due)


@register.each_day
def quotes_past_their_validity_expire(ctx: Context, limit: int) -> int:
    over = quotes.by(ctx, "valid_until", upto=seconds(ctx.time - SECOND), limit=limit)
    for quote in over:
        quotes.put(ctx, quote.moved(QuoteStage.EXPIRED, "expire"))
    return len(over)
