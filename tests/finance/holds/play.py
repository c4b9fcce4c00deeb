"""A contract for tests: places and ends holds on assets it makes up."""

from datetime import date, timedelta

from heqi.finance import holds
from heqi.finance.holds import Hold, HoldId
from heqi.kernel.contracts import Context, Contract, maker, own
from heqi.types.ids import PartyId
from heqi.types.money import Money

contract = Contract("play_holds", title=("持有授权演练", "Holds play"), uses=(holds.register,))
one = maker(own)


@contract.action("给出", by=one)
def place(ctx: Context, asset: str, owner: PartyId, to: PartyId, at_least: Money, until: date) -> Hold:
    """给出持有授权。
    Place."""
    return holds.place(ctx, asset, owner, to, at_least, until, "DvP")


@contract.action("待确认给出", by=one)
def place_to_confirm(
    ctx: Context, asset: str, to: PartyId, at_least: Money, until: date, minutes: int, earlier: HoldId | None = None
) -> Hold:
    """给出须在若干分钟内确认的持有授权。
    Place a hold that waits so many minutes to be confirmed; or make an earlier one wait."""
    placed = earlier or holds.place(ctx, asset, ctx.org, to, at_least, until, "DvP").hold
    return holds.until_confirmed(ctx, placed, ctx.time + timedelta(minutes=minutes))


@contract.action("确认", by=one)
def confirm(ctx: Context, hold: HoldId) -> Hold:
    """确认。
    Confirm."""
    return holds.confirm(ctx, hold)


@contract.action("交割", by=one)
def release(ctx: Context, hold: HoldId, to: PartyId, paid: Money) -> Hold:
    """交割。
    Release."""
    return holds.release(ctx, hold, to, paid)


@contract.action("归还", by=one)
def give_back(ctx: Context, hold: HoldId) -> Hold:
    """归还。
    Give back."""
    return holds.give_back(ctx, hold)


@contract.action("查看", by=one)
def look(ctx: Context, asset: str) -> dict[str, bool]:
    """标的是否有有效授权。
    Is the asset held, and does the hold bind?"""
    found = holds.find(ctx, asset)
    return {} if found is None else {"binding": holds.binding(ctx, found.hold)}
