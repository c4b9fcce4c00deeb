"""What each party may know of the market. A competitor's quote, and that there is one, is nobody's to see but the requester's.

A masked request shows no name, no asset and no exact amount. Statistics are of whole months that are over, so that no window can be
moved by one deal (k-anonymity, S02.8).
"""

from collections.abc import Collection
from datetime import date
from typing import Annotated

from msgspec import Meta

from heqi.finance.market.model import Funds, IndexLine, Listing, Mask, Offer, OfferId, Quote, Rfq, RfqId, RfqStage
from heqi.finance.market.register import (
    PAGE,
    Circle,
    circles,
    funds,
    index_k,
    invited_to,
    is_for,
    month_of,
    offers,
    quotes,
    register,
    rfqs,
)
from heqi.finance.market.rules import amount_band, price_index, seconds
from heqi.kernel.contracts import Context, is_regulator, members
from heqi.types.dates import add_months, days
from heqi.types.ids import PartyId
from heqi.types.refusals import DateInvalid, NotFound

Month = Annotated[date, Meta(title="Month", description="月份（任一日）")]
DEALS_MAX = 20_000
"""Deals of one month that the index looks at: a bound for the work of one question."""


def _me(ctx: Context) -> PartyId:
    assert ctx.viewer is not None
    return ctx.viewer.org


def the_requester(ctx: Context, rfq: RfqId) -> Collection[PartyId]:
    """the requester"""
    return (rfqs.get(ctx, rfq).requester,)


def offer_parties(ctx: Context, offer: OfferId) -> Collection[PartyId]:
    """requester and counterparty"""
    found = offers.get(ctx, offer)
    return (found.requester, found.counterparty)


# --- requests ------------------------------------------------------------------------------------------------------------
@register.view("询价", sees=the_requester)
def show_rfq(ctx: Context, rfq: RfqId) -> Rfq:
    """询价方查看自己的询价。
    A request, for its requester."""
    return rfqs.get(ctx, rfq)


@register.view("收到的报价", sees=the_requester)
def quotes_on(ctx: Context, rfq: RfqId) -> list[Quote]:
    """询价方查看收到的密封报价。
    The sealed quotes on a request, for its requester."""
    return quotes.scan(ctx, rfq, limit=PAGE)


@register.view("本机构的询价", sees=members)
def my_rfqs(ctx: Context) -> list[Rfq]:
    """本机构发出的询价。
    The requests the asker made."""
    return rfqs.by(ctx, "requester", _me(ctx), limit=PAGE)


@register.view("询价单", sees=members)
def listing(ctx: Context, rfq: RfqId) -> Listing:
    """受邀方所见的询价；遮蔽的不显示名称、标的与准确金额。
    A request as those it is for see it; masked, it shows no name, no asset and no exact amount."""
    found = rfqs.find(ctx, rfq)
    if found is None or not (is_regulator(ctx) or is_for(ctx, found.invited, found.requester, _me(ctx))):
        raise NotFound(record=f"Rfq {rfq}")
    return _listed(found)


@register.view("询价板", sees=members)
def board(ctx: Context) -> list[Listing]:
    """面向本机构且未截止的询价，先截止者在前；点名邀请的与面向全体的各至多 400 项。
    The open requests for the asker, the soonest deadline first: those it is invited to by name and those for everybody, 400 of each."""
    me = _me(ctx)
    named = invited_to(ctx, me)
    public = rfqs.by(ctx, "public", limit=PAGE)
    found = {rfq.rfq: rfq for rfq in (*named, *public) if rfq.stage is RfqStage.OPEN}
    open_now = [rfq for rfq in found.values() if ctx.time <= rfq.terms.deadline and is_for(ctx, rfq.invited, rfq.requester, me)]
    return [_listed(rfq) for rfq in sorted(open_now, key=lambda rfq: (seconds(rfq.terms.deadline), rfq.rfq))]


def _listed(rfq: Rfq) -> Listing:
    terms, hidden = rfq.terms, rfq.terms.mask is Mask.MASKED
    return Listing(
        rfq=rfq.rfq, requester=None if hidden else rfq.requester, side=terms.side, asset=None if hidden else terms.asset,
        need=None if hidden else terms.need, amount=None if hidden else terms.amount, amount_band=amount_band(terms.amount),
        industry=terms.industry, province=terms.province, value_date=terms.value_date, maturity=terms.maturity,
        tenor_days=days(terms.value_date, terms.maturity), obligor_class=terms.obligor_class, deadline=terms.deadline,
        same_day=terms.same_day, indicative=rfq.indicative, reader_key=terms.reader_key,
    )  # fmt: skip


# --- quotes and offers ---------------------------------------------------------------------------------------------------
@register.view("本机构的报价", sees=members)
def my_quote(ctx: Context, rfq: RfqId) -> Quote:
    """本机构对一项询价的报价及其结果；未中标只显示未中标。
    The asker's own quote on a request and what became of it; not awarded, it says no more."""
    found = quotes.find(ctx, rfq, _me(ctx))
    if found is None:
        raise NotFound(record=f"Rfq {rfq}")
    return found


@register.view("本机构的全部报价", sees=members)
def my_quotes(ctx: Context) -> list[Quote]:
    """本机构的报价，每页 400 项。
    The asker's own quotes, up to 400."""
    return quotes.by(ctx, "bidder", _me(ctx), limit=PAGE)


@register.view("要约", sees=offer_parties)
def show_offer(ctx: Context, offer: OfferId) -> Offer:
    """一项要约或成交的全部要素；仅双方和监管可见。
    An offer or deal with all its economics; for its two parties and the regulator."""
    return offers.get(ctx, offer)


@register.view("本机构的要约", sees=members)
def my_offers(ctx: Context) -> list[Offer]:
    """本机构发出和收到的要约与成交。
    The offers and deals the asker made or got."""
    return [*offers.by(ctx, "requester", _me(ctx), limit=PAGE), *offers.by(ctx, "counterparty", _me(ctx), limit=PAGE)]


# --- funds ---------------------------------------------------------------------------------------------------------------
@register.view("资金板", sees=members)
def funds_board(ctx: Context, ccy: str = "CNY") -> list[Funds]:
    """面向本机构的资金发布，利率低者在前，同利率先发布者在前。
    The standing offers of funds for the asker, lowest rate first, then the earliest."""
    return [one for one in funds.by(ctx, "best", ccy, limit=PAGE) if is_regulator(ctx) or is_for(ctx, one.invited, one.funder, _me(ctx))]


@register.view("本机构的资金发布", sees=members)
def my_funds(ctx: Context) -> list[Funds]:
    """本机构发布的资金。
    The funds the asker offers."""
    return funds.by(ctx, "funder", _me(ctx), limit=PAGE)


@register.view("本机构的询价组", sees=members)
def my_circles(ctx: Context) -> list[Circle]:
    """本机构设定的询价对象组。
    The groups of parties the asker has set."""
    return circles.scan(ctx, _me(ctx), limit=PAGE)


# --- statistics ----------------------------------------------------------------------------------------------------------
@register.view("价格指数", sees=members)
def index_of(ctx: Context, month: Month) -> list[IndexLine]:
    """一个已结束月份的成交价格指数：按期限档与债务人类别的加权平均利率，不足三笔或三家买方的不公布。
    The price index of a month that is over: weighted rates by tenor and class of obligor, none of fewer than three deals or buyers."""
    first = month.replace(day=1)
    if ctx.today < add_months(first, 1):
        raise DateInvalid(problem=f"{first:%Y-%m} 尚未结束 (the month is not over)", field="month")
    return price_index(offers.by(ctx, "concluded", month_of(first), limit=DEALS_MAX), ctx.parameter(index_k))
