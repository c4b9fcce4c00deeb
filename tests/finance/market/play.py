"""A register of papers that somebody owns, and a contract that brings them to market: the seam between the two is the hold."""

from datetime import date

from heqi.finance import holds, market
from heqi.finance.evidence import Digest
from heqi.kernel.contracts import Context, Contract, Record, anyone, api, changed, checker, maker, own
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive

contract = Contract("play_market", title=("市场演练", "Market play"), uses=(market.register,))
desks = (maker(own), checker(own))


class Paper(Record, frozen=True, kw_only=True):
    """An asset at home here: `play:A` with its owner and face."""

    asset: str
    owner: PartyId
    face: Money


papers = contract.table("paper", Paper, key=("asset",))


@contract.action("登记", by=desks)
def enter(ctx: Context, asset: str, face: Positive) -> Paper:
    """登记一份资产。
    Enter an asset of one's own."""
    return papers.insert(ctx, Paper(asset=asset, owner=ctx.org, face=face))


def locking(ctx: Context, asset: str | None, fen_less: int = 0, stale: str | None = None) -> market.Lock | None:
    """How this register locks an asset, or a part of it; a careless one asks for less, or hands back an earlier hold."""
    if asset is None:
        return None

    def lock(to: PartyId, face: Money, at_least: Money, until: date) -> holds.HoldId:
        if stale is not None:
            return stale
        paper, price = papers.get(ctx, asset), Money(at_least.ccy, at_least.minor - fen_less)
        if face < paper.face:
            papers.put(ctx, changed(paper, face=paper.face - face))
            paper = papers.insert(ctx, Paper(asset=f"{asset}.{paper.face.minor}", owner=paper.owner, face=face))
        return holds.place(ctx, paper.asset, paper.owner, to, price, until, "DvP").hold

    return lock


@contract.action("询价", by=desks)
def open_rfq(ctx: Context, terms: market.RfqTerms, audience: market.Audience, indicative: bool = False) -> market.Rfq:
    """询价。
    Ask for quotes."""
    return market.open_rfq(ctx, terms, audience, indicative=indicative)


@contract.action("报价", by=desks)
def quote(
    ctx: Context, rfq: market.RfqId, kind: market.QuoteKind, valid_until: holds.Moment, commitment: Digest, envelope: market.model.Envelope
) -> market.Quote:
    """报价。
    Quote."""
    return market.quote(ctx, rfq, kind, valid_until, commitment, envelope)


@contract.action("撤价", by=desks)
def withdraw(ctx: Context, rfq: market.RfqId) -> market.Quote:
    """撤价。
    Withdraw."""
    return market.withdraw(ctx, rfq)


@contract.action("截止", by=desks)
def close(ctx: Context, rfq: market.RfqId) -> market.Rfq:
    """截止。
    Close."""
    return market.close(ctx, rfq)


@contract.action("终止", by=desks)
def end(ctx: Context, rfq: market.RfqId) -> market.Rfq:
    """终止。
    End."""
    return market.end(ctx, rfq)


@contract.action("中标", by=desks)
def award(
    ctx: Context, rfq: market.RfqId, bidder: PartyId, opened: market.Opened, net: Money, grace: market.model.Grace = 0,
    asset: str | None = None, fen_less: int = 0, stale: str | None = None,
) -> market.Offer:  # fmt: skip
    """中标。
    Award."""
    return market.award(ctx, rfq, bidder, opened, net, grace=grace, lock=locking(ctx, asset, fen_less, stale))


@contract.action("确认要约", by=desks)
def confirm(ctx: Context, offer: market.OfferId, asset: str | None = None) -> market.Offer:
    """确认要约。
    Confirm."""
    return market.confirm(ctx, offer, locking(ctx, asset))


@contract.action("付款交割", by=api(anyone))
def pay(ctx: Context, hold: holds.HoldId, to: PartyId, paid: Money) -> Paper:
    """付款后交割资产。
    The asset goes to the buyer, as the settlement bank's evidence would have it."""
    released = holds.release(ctx, hold, to, paid)
    return papers.put(ctx, changed(papers.get(ctx, released.asset), owner=to))


@contract.action("成交", by=desks)
def conclude(ctx: Context, offer: market.OfferId) -> market.Offer:
    """成交。
    Conclude."""
    return market.conclude(ctx, offer)


@contract.action("要约失效", by=desks)
def lapse(ctx: Context, offer: market.OfferId) -> market.Offer:
    """要约失效。
    Lapse."""
    return market.lapse(ctx, offer)


@contract.action("资金发布", by=desks)
def post_funds(ctx: Context, terms: market.FundsTerms, audience: market.Audience) -> market.Funds:
    """资金发布。
    Post funds."""
    return market.post_funds(ctx, terms, audience)


@contract.action("撤回资金", by=desks)
def withdraw_funds(ctx: Context, offer: market.FundsId) -> market.Funds:
    """撤回资金。
    Withdraw funds."""
    return market.withdraw_funds(ctx, offer)


@contract.action("撮合", by=desks)
def match(ctx: Context, ask: market.Ask, grace: market.model.Grace = 0) -> list[market.Offer]:
    """撮合。
    Match."""
    lock = locking(ctx, ask.asset)
    assert lock is not None
    return market.match(ctx, ask, grace=grace, lock=lock)
