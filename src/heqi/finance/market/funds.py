"""Standing offers of funds (资金发布) and their automatic matching with an asset (C09).

An asset is matched in its owner's own transaction, because nothing leaves an owner without their signature: who posts funds takes no
asset by posting. Refusals of `match`, in this order: DATE_INVALID, CONFLICT (the asset is in another offer), then what the lock refuses,
DOC_MISMATCH (its hold says something else). Where nothing fits, nothing happens and the list is empty.
"""

from datetime import timedelta

from heqi.finance.market.awards import Lock, clear_asset, make, priced
from heqi.finance.market.events import FundsPosted, FundsWithdrawn
from heqi.finance.market.model import Ask, Audience, Funds, FundsId, FundsStage, FundsTerms, Grace, Offer
from heqi.finance.market.register import FUNDS_MAX, funds, invited, is_for, register
from heqi.finance.market.rules import matched, seconds
from heqi.kernel.contracts import Context, changed
from heqi.types.money import Money
from heqi.types.refusals import DateInvalid, NotFound

SECOND = timedelta(seconds=1)


def post_funds(ctx: Context, terms: FundsTerms, audience: Audience) -> Funds:
    """Offer funds to whoever of the audience has a fitting asset. Refuses: DATE_INVALID, then the audience's."""
    if terms.tenor_min > terms.tenor_max:
        raise DateInvalid(problem=f"{terms.tenor_min} > {terms.tenor_max} 天 days", field="terms.tenor_min")
    if terms.valid_to <= ctx.time:
        raise DateInvalid(problem=f"有效期 {terms.valid_to} 已过 (valid to a moment gone by)", field="terms.valid_to")
    parties = invited(ctx, audience)
    posted = funds.add(
        ctx,
        Funds(
            funds=ctx.unique("funds"), funder=ctx.org, terms=terms, invited=parties, left=terms.amount, posted=ctx.time,
            stage=FundsStage.OPEN,
        ),
    )  # fmt: skip
    ctx.emit(FundsPosted(funds=posted.funds, funder=ctx.org))
    return posted


def withdraw_funds(ctx: Context, offer: FundsId) -> Funds:
    """Take back what is left of an offer of funds; offers already made stand. Refuses: NOT_FOUND, STATE_INVALID."""
    found = funds.find(ctx, offer)
    if found is None or not ctx.signed_by(found.funder):
        raise NotFound(record=f"Funds {offer}")
    withdrawn = found.moved(FundsStage.WITHDRAWN, "withdraw")
    ctx.emit(FundsWithdrawn(funds=offer, funder=found.funder))
    return funds.put(ctx, withdrawn)


def match(ctx: Context, ask: Ask, *, grace: Grace = 0, lock: Lock) -> list[Offer]:
    """Offer one's own asset to the funds that fit, the best rate first, then the earliest; each funder confirms its part."""
    if ask.value_date >= ask.maturity:
        raise DateInvalid(problem=f"{ask.value_date} ≥ {ask.maturity}", field="ask.value_date")
    clear_asset(ctx, ask.asset)
    standing = [one for one in funds.by(ctx, "best", ask.amount.ccy, limit=FUNDS_MAX) if is_for(ctx, one.invited, one.funder, ctx.org)]
    made = []
    for taker, part in matched(ask, standing, ctx.time):
        offer = priced(
            ctx, rfq=None, funds=taker.funds, opened=None, requester=ctx.org, counterparty=taker.funder, owner=ctx.org,
            buyer=taker.funder, asset=ask.asset, obligor_class=ask.obligor_class, face=part, rate=taker.terms.rate,
            value_date=ask.value_date, maturity=ask.maturity, grace=grace, fees=Money.zero(part.ccy),
        )  # fmt: skip
        made.append(make(ctx, offer, lock, whole=part == ask.amount))
        left = changed(taker, left=taker.left - part)
        funds.put(ctx, left if left.left else left.moved(FundsStage.FILLED, "match"))
    return made


@register.each_day
def funds_past_their_validity_expire(ctx: Context, limit: int) -> int:
    over = funds.by(ctx, "valid_to", upto=seconds(ctx.time - SECOND), limit=limit)
    for posted in over:
        funds.put(ctx, posted.moved(FundsStage.EXPIRED, "expire"))
    return len(over)
