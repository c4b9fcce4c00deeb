"""Holds: place → release, give back, or lapse (DESIGN law 4).

What holds here: only the owner's signature places a hold; an asset has one open hold; it is released to the party it
names, for no less than it says, not after its day; one that waits to be confirmed binds no longer than to its moment,
and no condition is put on a hold after the transaction that placed it. What does not: the asset itself. Its register
places the hold while it marks the asset, refuses to move it while `binding`, and calls `release` when it moves it; that
`paid` was really paid is for the caller to know, from the settlement bank's evidence.
"""

from datetime import date, timedelta

from heqi.finance.holds.model import (
    Asset,
    Hold,
    HoldConfirmed,
    HoldId,
    HoldLapsed,
    HoldPlaced,
    HoldReleased,
    HoldReturned,
    HoldStage,
    Moment,
    Purpose,
)
from heqi.kernel.contracts import Context, Register, changed, is_regulator, members
from heqi.kernel.identity import contract as identity
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import AlreadyExists, DateInvalid, DocMismatch, NotFound, NotOwner, SchemaInvalid, StateInvalid

register = Register("holds", title=("持有授权", "Holds"), uses=(identity.register,))

holds = register.table(
    "hold", Hold, key=("hold",),
    indexes={
        "asset": lambda hold: (hold.asset,) if hold.stage is HoldStage.OPEN else None,
        "until": lambda hold: (hold.until,) if hold.stage is HoldStage.OPEN else None,
        "owner": lambda hold: (hold.owner,) if hold.stage is HoldStage.OPEN else None,
        "to": lambda hold: (hold.to,) if hold.stage is HoldStage.OPEN else None,
    },
)  # fmt: skip


def place(ctx: Context, asset: Asset, owner: PartyId, to: PartyId, at_least: Money, until: date, purpose: Purpose) -> Hold:
    """The owner lets `to` have the asset on these terms.

    Refuses, in this order: NOT_OWNER (the owner has not signed), ALREADY_EXISTS (held already), SCHEMA_INVALID (to the
    owner itself), ROLE_FORBIDDEN (`to` is no active member), DATE_INVALID (until a day gone by).
    """
    ctx.require_owner(owner, asset)
    before = find(ctx, asset)
    if before is not None and _unconfirmed_in_time(ctx, before):
        _lapse(ctx, before)
    elif before is not None:
        raise AlreadyExists(record=f"Hold {asset}")
    if to == owner:
        raise SchemaInvalid(problem="受让方即持有人 (held for its owner)", field="to")
    identity.require_active(ctx, to)
    if until < ctx.today:
        raise DateInvalid(problem=f"{until} 早于今日 (until a day gone by)", field="until")
    hold = holds.insert(
        ctx,
        Hold(
            hold=ctx.unique("hold"), asset=asset, owner=owner, to=to, at_least=at_least, until=until, purpose=purpose,
            stage=HoldStage.OPEN, tx=ctx.tx_id,
        ),
    )  # fmt: skip
    ctx.emit(HoldPlaced(hold=hold.hold, asset=asset, owner=owner, to=to, at_least=at_least, until=until))
    return hold


def until_confirmed(ctx: Context, hold: HoldId, confirm_by: Moment) -> Hold:
    """The owner makes a hold it places in this transaction wait for `to`: unless confirmed by then, it binds no longer.

    Refuses: STATE_INVALID (no hold of this transaction: nobody weakens what another may already rely on), DATE_INVALID.
    """
    found = holds.get(ctx, hold)
    if found.tx != ctx.tx_id or found.stage is not HoldStage.OPEN:
        raise StateInvalid(record=found.label(), stage=str(found.stage), act="until_confirmed")
    if confirm_by <= ctx.time:
        raise DateInvalid(problem=f"{confirm_by} 已过 (a moment gone by)", field="confirm_by")
    return holds.put(ctx, changed(found, confirm_by=confirm_by))


def confirm(ctx: Context, hold: HoldId) -> Hold:
    """`to` takes the hold as it is, in time. Refuses: NOT_OWNER (`to` has not signed), STATE_INVALID (nothing to confirm, or too late)."""
    found = holds.get(ctx, hold)
    ctx.require_owner(found.to, found.label())
    if found.stage is not HoldStage.OPEN or found.confirm_by is None or _over(ctx, found):
        raise StateInvalid(record=found.label(), stage="OVER" if _over(ctx, found) else str(found.stage), act="confirm")
    ctx.emit(HoldConfirmed(hold=hold, asset=found.asset, owner=found.owner, to=found.to))
    return holds.put(ctx, changed(found, confirm_by=None))


def release(ctx: Context, hold: HoldId, to: PartyId, paid: Money) -> Hold:
    """The asset goes to `to` for `paid`: the terms are checked here.

    Refuses, in this order: STATE_INVALID (also while it waits to be confirmed), NOT_OWNER (another party), DATE_INVALID (too
    late), MONEY_INVALID (another currency), DOC_MISMATCH (too little).
    """
    found = holds.get(ctx, hold)
    released = found.moved(HoldStage.RELEASED, "release")
    if found.confirm_by is not None:
        raise StateInvalid(record=found.label(), stage="UNCONFIRMED", act="release")
    if to != found.to:
        raise NotOwner(record=found.asset)
    if ctx.today > found.until:
        raise DateInvalid(problem=f"授权已于 {found.until} 到期 (the hold ended)")
    if paid < found.at_least:
        raise DocMismatch(item=f"{found.asset} paid", expected=f"≥ {found.at_least}", actual=paid)
    ctx.emit(HoldReleased(hold=hold, asset=found.asset, owner=found.owner, to=to, paid=paid))
    return holds.put(ctx, released)


def give_back(ctx: Context, hold: HoldId) -> Hold:
    """End a hold without moving the asset: `to` at any time, anybody once its day, or its moment to be confirmed, is over.

    Refuses: STATE_INVALID, NOT_OWNER.
    """
    found = holds.get(ctx, hold)
    if _over(ctx, found):
        return _lapse(ctx, found)
    returned = found.moved(HoldStage.RETURNED, "give_back")
    ctx.require_owner(found.to, f"Hold {hold}")
    ctx.emit(HoldReturned(hold=hold, asset=found.asset, owner=found.owner, to=found.to))
    return holds.put(ctx, returned)


def find(ctx: Context, asset: Asset) -> Hold | None:
    """The open hold on an asset, if it still binds or awaits its day end."""
    found = holds.by(ctx, "asset", asset, limit=1)
    return found[0] if found else None


def get(ctx: Context, hold: HoldId) -> Hold:
    """A hold. Refuses: NOT_FOUND."""
    return holds.get(ctx, hold)


def binding(ctx: Context, hold: HoldId) -> bool:
    """Does the hold bind the asset now?"""
    found = holds.get(ctx, hold)
    return found.stage is HoldStage.OPEN and not _over(ctx, found)


def _over(ctx: Context, hold: Hold) -> bool:
    return ctx.today > hold.until or _unconfirmed_in_time(ctx, hold)


def _unconfirmed_in_time(ctx: Context, hold: Hold) -> bool:
    return hold.confirm_by is not None and ctx.time > hold.confirm_by


@register.each_day
def holds_whose_day_is_over_lapse(ctx: Context, limit: int) -> int:
    over = holds.by(ctx, "until", upto=ctx.today - timedelta(days=1), limit=limit)
    for hold in over:
        _lapse(ctx, hold)
    return len(over)


def _lapse(ctx: Context, hold: Hold) -> Hold:
    lapsed = hold.moved(HoldStage.LAPSED, "lapse")
    ctx.emit(HoldLapsed(hold=hold.hold, asset=hold.asset, owner=hold.owner, to=hold.to))
    return holds.put(ctx, lapsed)


@register.view("持有授权", sees=members)
def show(ctx: Context, hold: HoldId) -> Hold:
    """一项持有授权；仅持有人、受让方和监管可见。
    One hold; for its owner, the party it names, and the regulator."""
    assert ctx.viewer is not None
    found = holds.find(ctx, hold)
    if found is None or not (is_regulator(ctx) or ctx.viewer.org in (found.owner, found.to)):
        raise NotFound(record=f"Hold {hold}")
    return found


@register.view("本机构持有授权", sees=members)
def mine(ctx: Context) -> list[Hold]:
    """本机构给出和取得的有效持有授权。
    Open holds the asker gave and got."""
    assert ctx.viewer is not None
    return [*holds.by(ctx, "owner", ctx.viewer.org), *holds.by(ctx, "to", ctx.viewer.org)]


@register.invariant
def an_asset_has_one_open_hold(ctx: Context) -> None:
    held = [hold.asset for hold in holds.by(ctx, "asset", limit=1 << 60)]
    assert len(held) == len({*held}), held
