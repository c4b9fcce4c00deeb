"""Limits: a tree of credit lines; `reserve` → `commit` → `repay`, or `reserve` → `release` (spec C06).

What holds here: what is taken of a node is taken of every ancestor, and none of them ever gives more than was approved;
a frozen or expired node gives nothing new, what was taken stays; a repaid amount comes back only where the limit
revolves; nobody takes a limit unless its holder or its grantor signs. What does not hold here: when a business matter
is over; the contract that reserved says so.

Refusals of `reserve`, in this order: NOT_FOUND, NOT_OWNER, MONEY_INVALID (zero); then from the node upwards, node by
node: FROZEN, MONEY_INVALID (another currency), LIMIT_EXCEEDED (expired: nothing available; or not enough); at last
ALREADY_EXISTS (the reference was used before).
"""

from collections.abc import Collection
from datetime import date

from heqi.finance.limits.model import (
    Limit,
    LimitChanged,
    LimitCommitted,
    LimitFrozen,
    LimitGranted,
    LimitId,
    LimitLine,
    LimitReleased,
    LimitRepaid,
    LimitReserved,
    LimitTitle,
    LimitUnfrozen,
    Reservation,
    ReservationRef,
    ReservationStage,
)
from heqi.kernel.contracts import Context, Register, approver, changed, checker, maker, members, own
from heqi.kernel.identity import contract as identity
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive, check_positive
from heqi.types.refusals import AmountExceedsBalance, DateInvalid, Frozen, LimitExceeded, NotOwner, SchemaInvalid, StateInvalid

register = Register("limits", title=("额度", "Limits"), uses=(identity.register,))

limits = register.table(
    "limit", Limit, key=("node",),
    indexes={
        "grantor": ("grantor",), "holder": ("holder",),
        "parent": lambda limit: None if limit.parent is None else (limit.parent, limit.approved.minor),
    },
)  # fmt: skip
reservations = register.table("reservation", Reservation, key=("ref",), indexes={"node": ("node",)})

DEPTH_MAX = 8
"""Bank, group, entity, product and some to spare: a bound for the work of one reservation."""
TREE_MAX = 1000


# --- granting ------------------------------------------------------------------------------------------------------
@register.action("授予额度", by=(maker(own), checker(own), approver(own)))
def grant(
    ctx: Context, parent: LimitId | None, holder: PartyId, title: LimitTitle, approved: Positive, revolving: bool, valid_to: date
) -> Limit:
    """授予一项额度；在上级额度之下授予时，须由上级额度的授信人或受信人授予，且不得超过上级。
    Grant a limit; below another one only its grantor or its holder may, and never more than that one."""
    above = None if parent is None else limits.get(ctx, parent)
    if "/" in title:
        raise SchemaInvalid(problem="名目不得含“/” (a title holds no slash)", field="title")
    identity.require_active(ctx, holder)
    if valid_to < ctx.today:
        raise DateInvalid(problem=f"额度到期日 {valid_to} 早于今日 (valid to a day gone by)", field="valid_to")
    if above is not None:
        if ctx.org not in (above.grantor, above.holder):
            raise NotOwner(record=f"Limit {above.node}")
        if above.depth + 1 >= DEPTH_MAX:
            raise SchemaInvalid(problem=f"额度层级超过 {DEPTH_MAX} (too many levels)", field="parent")
        _within(above, approved)
    limit = limits.insert(
        ctx,
        Limit(
            node=limit_id(ctx.org, holder, title), parent=parent, grantor=ctx.org, holder=holder, title=title, approved=approved,
            revolving=revolving, valid_to=valid_to, depth=0 if above is None else above.depth + 1,
        ),
    )  # fmt: skip
    ctx.emit(LimitGranted(node=limit.node, grantor=limit.grantor, holder=holder, approved=approved, valid_to=valid_to))
    return limit


@register.action("调整额度", by=(maker(own), checker(own), approver(own)))
def change_limit(ctx: Context, node: LimitId, approved: Positive, valid_to: date) -> Limit:
    """调整额度金额或到期日；不得低于已占用金额和下级额度，不得高于上级额度。
    Change a limit's amount or last day; never below what is taken or granted below it, never above its parent."""
    limit = _granted(ctx, node)
    if approved < Money(limit.approved.ccy, limit.approved.minor - limit.free):  # A limit keeps its currency: MONEY_INVALID.
        raise LimitExceeded(node=node, available=Money(limit.approved.ccy, limit.free))
    largest = limits.by(ctx, "parent", node, limit=1, reverse=True)
    if largest and approved < largest[0].approved:
        raise LimitExceeded(node=largest[0].node, available=approved)
    if limit.parent is not None:
        _within(limits.get(ctx, limit.parent), approved)
    ctx.emit(LimitChanged(node=node, grantor=limit.grantor, holder=limit.holder, approved=approved, valid_to=valid_to))
    return limits.put(ctx, changed(limit, approved=approved, valid_to=valid_to))


@register.action("冻结额度", by=(maker(own), checker(own)))
def freeze_limit(ctx: Context, node: LimitId, reason: str) -> Limit:
    """冻结额度，不再受理新的占用；已有占用不变。
    Freeze a limit: nothing new is taken of it or below it; what is taken stays."""
    limit = _granted(ctx, node)
    if limit.frozen is not None:
        raise Frozen(record=f"Limit {node}", case_no=limit.frozen)
    if not reason.strip():
        raise SchemaInvalid(problem="冻结须说明原因 (say why)", field="reason")
    ctx.emit(LimitFrozen(node=node, grantor=limit.grantor, holder=limit.holder, reason=reason))
    return limits.put(ctx, changed(limit, frozen=reason))


@register.action("解冻额度", by=(maker(own), checker(own)))
def unfreeze_limit(ctx: Context, node: LimitId) -> Limit:
    """解冻额度。
    Let a frozen limit be taken again."""
    limit = _granted(ctx, node)
    if limit.frozen is None:
        raise StateInvalid(record=f"Limit {node}", stage="NOT_FROZEN", act="unfreeze_limit")
    ctx.emit(LimitUnfrozen(node=node, grantor=limit.grantor, holder=limit.holder))
    return limits.put(ctx, changed(limit, frozen=None))


# --- taking --------------------------------------------------------------------------------------------------------
def reserve(ctx: Context, node: LimitId, ref: ReservationRef, amount: Money) -> Reservation:
    """Take an amount of a node and all above it for a matter to come. `ref` is new on the whole ledger."""
    path = _path(ctx, node)
    if not ctx.signed_by(path[0].holder):
        ctx.require_owner(path[0].grantor, f"Limit {node}")
    check_positive(amount)
    for limit in path:
        if limit.frozen is not None:
            raise Frozen(record=f"Limit {limit.node}", case_no=limit.frozen)
        free = Money(limit.approved.ccy, limit.free if ctx.today <= limit.valid_to else 0)
        if amount > free:
            raise LimitExceeded(node=limit.node, available=free)
    taken = reservations.insert(ctx, Reservation(ref=ref, node=node, amount=amount, stage=ReservationStage.RESERVED))
    for limit in path:
        limits.put(ctx, changed(limit, reserved=limit.reserved + amount.minor))
    ctx.emit(LimitReserved(node=node, grantor=path[0].grantor, holder=path[0].holder, ref=ref, amount=amount))
    return taken


def commit(ctx: Context, ref: ReservationRef) -> Reservation:
    """What was reserved is now owed. Refuses: NOT_FOUND, STATE_INVALID."""
    taken = reservations.get(ctx, ref).moved(ReservationStage.COMMITTED, "commit")
    path, minor = _path(ctx, taken.node), taken.amount.minor
    for limit in path:
        limits.put(ctx, changed(limit, reserved=limit.reserved - minor, used=limit.used + minor))
    ctx.emit(LimitCommitted(node=taken.node, grantor=path[0].grantor, holder=path[0].holder, ref=ref, amount=taken.amount))
    return reservations.put(ctx, taken)


def release(ctx: Context, ref: ReservationRef, amount: Money | None = None) -> Reservation:
    """Give back what was reserved and not committed, all or a part. Refuses: STATE_INVALID, AMOUNT_EXCEEDS_BALANCE."""
    taken = reservations.get(ctx, ref)
    taken.expect("release", ReservationStage.RESERVED)
    amount, left = _part(taken, amount)
    path = _path(ctx, taken.node)
    for limit in path:
        limits.put(ctx, changed(limit, reserved=limit.reserved - amount.minor))
    ctx.emit(LimitReleased(node=taken.node, grantor=path[0].grantor, holder=path[0].holder, ref=ref, amount=amount))
    return reservations.put(ctx, left if left.amount else left.moved(ReservationStage.RELEASED, "release"))


def repay(ctx: Context, ref: ReservationRef, amount: Money | None = None) -> Reservation:
    """Free what was committed, all or a part; a limit that does not revolve stays spent.

    Refuses: STATE_INVALID, AMOUNT_EXCEEDS_BALANCE.
    """
    taken = reservations.get(ctx, ref)
    taken.expect("repay", ReservationStage.COMMITTED)
    amount, left = _part(taken, amount)
    path = _path(ctx, taken.node)
    for limit in path:
        spent = limit.spent if limit.revolving else limit.spent + amount.minor
        limits.put(ctx, changed(limit, used=limit.used - amount.minor, spent=spent))
    ctx.emit(LimitRepaid(node=taken.node, grantor=path[0].grantor, holder=path[0].holder, ref=ref, amount=amount))
    return reservations.put(ctx, left if left.amount else left.moved(ReservationStage.REPAID, "repay"))


# --- asking --------------------------------------------------------------------------------------------------------
def available(ctx: Context, node: LimitId) -> Money:
    """What can be taken of a node today: the least that is free on it and above it; nothing when one is frozen or expired."""
    path = _path(ctx, node)
    open_today = all(limit.frozen is None and ctx.today <= limit.valid_to for limit in path)
    return Money(path[0].approved.ccy, min(limit.free for limit in path) if open_today else 0)


def node(ctx: Context, node: LimitId) -> Limit:
    """A limit. Refuses: NOT_FOUND."""
    return limits.get(ctx, node)


def find(ctx: Context, grantor: PartyId, holder: PartyId, title: LimitTitle) -> Limit | None:
    """The limit a grantor gave a holder under this title, or None."""
    return limits.find(ctx, limit_id(grantor, holder, title))


def node_of(ctx: Context, grantor: PartyId, holder: PartyId, title: LimitTitle) -> Limit:
    """The limit a grantor gave a holder under this title. Refuses: NOT_FOUND."""
    return limits.get(ctx, limit_id(grantor, holder, title))


def reservation(ctx: Context, ref: ReservationRef) -> Reservation:
    """What a matter takes. Refuses: NOT_FOUND."""
    return reservations.get(ctx, ref)


def limit_id(grantor: PartyId, holder: PartyId, title: LimitTitle) -> LimitId:
    """The name of a limit: nobody can take that of another grantor."""
    return f"{grantor}/{holder}/{title}"


def parties(ctx: Context, node: LimitId) -> Collection[str]:
    """Grantor and holder of a limit, and of those above it: whoever granted the whole sees its parts."""
    path = _path(ctx, node)
    return [path[0].holder, *(limit.grantor for limit in path), *(limit.holder for limit in path[1:])]


@register.view("额度树", sees=parties)
def tree(ctx: Context, node: LimitId) -> list[LimitLine]:
    """一项额度及其全部下级额度（至多 1000 项），每项附可用金额。
    A limit and all below it (at most 1,000), each with what can still be taken."""
    found, level = [limits.get(ctx, node)], [node]
    while level and len(found) < TREE_MAX:
        below = [child for parent in level for child in limits.by(ctx, "parent", parent, limit=TREE_MAX)]
        found, level = found + below, [child.node for child in below]
    return [LimitLine(limit=limit, available=available(ctx, limit.node)) for limit in found[:TREE_MAX]]


@register.view("本机构额度", sees=members)
def lines(ctx: Context) -> list[LimitLine]:
    """本机构受信和授出的额度。
    The limits the asker holds and those it granted."""
    assert ctx.viewer is not None
    held = limits.by(ctx, "holder", ctx.viewer.org)
    granted = [limit for limit in limits.by(ctx, "grantor", ctx.viewer.org) if limit.holder != ctx.viewer.org]
    return [LimitLine(limit=limit, available=available(ctx, limit.node)) for limit in [*held, *granted]]


@register.view("额度占用", sees=parties)
def takings(ctx: Context, node: LimitId) -> list[Reservation]:
    """直接占用该额度的业务。
    What takes this limit directly, not through a limit below it."""
    return reservations.by(ctx, "node", node)


# --- truths --------------------------------------------------------------------------------------------------------
@register.invariant
def what_is_taken_of_a_limit_is_what_its_matters_and_the_limits_below_it_take(ctx: Context) -> None:
    parts: dict[str, list[int]] = {}
    for taken in reservations.every(ctx):
        part = parts.setdefault(taken.node, [0, 0])
        if taken.stage is ReservationStage.RESERVED:
            part[0] += taken.amount.minor
        elif taken.stage is ReservationStage.COMMITTED:
            part[1] += taken.amount.minor
        else:
            assert not taken.amount, f"{taken.ref} is {taken.stage} and still takes {taken.amount}"
    every = list(limits.every(ctx))
    for child in every:
        if child.parent is not None:
            part = parts.setdefault(child.parent, [0, 0])
            part[0], part[1] = part[0] + child.reserved, part[1] + child.used
    for limit in every:
        assert [limit.reserved, limit.used] == parts.get(limit.node, [0, 0]), limit.node


@register.invariant
def no_limit_gives_more_than_was_approved(ctx: Context) -> None:
    for limit in limits.every(ctx):
        assert limit.free >= 0 and min(limit.reserved, limit.used, limit.spent) >= 0, limit
        assert limit.parent is None or limit.approved <= limits.get(ctx, limit.parent).approved, limit.node


def _path(ctx: Context, node: LimitId) -> list[Limit]:
    """The node and its ancestors, upwards."""
    path = [limits.get(ctx, node)]
    while path[-1].parent is not None:
        path.append(limits.get(ctx, path[-1].parent))
    return path


def _granted(ctx: Context, node: LimitId) -> Limit:
    limit = limits.get(ctx, node)
    ctx.require_owner(limit.grantor, f"Limit {node}")
    return limit


def _within(above: Limit, approved: Money) -> None:
    if approved > above.approved:
        raise LimitExceeded(node=above.node, available=above.approved)


def _part(taken: Reservation, amount: Money | None) -> tuple[Money, Reservation]:
    """The part to free and the reservation with the rest."""
    part = taken.amount if amount is None else amount
    check_positive(part)
    if part > taken.amount:
        raise AmountExceedsBalance(record=f"Reservation {taken.ref}", available=taken.amount)
    return part, changed(taken, amount=taken.amount - part)
