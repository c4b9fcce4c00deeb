"""Vouchers: packages from their issue to their settlement, notes from hand to hand (spec C05, STANDARD mode).

What holds here: the live and dead notes of a package partition its face; a note leaves its holder only by the holder's
signature or under a hold they signed; the next holder signs for it; locked units do not move; after maturity units are
only paid. What does not hold here: limits (the application reserves and frees them), prices and payments (the caller of
`fund`, `resell`, `redeem`, `subrogate` has checked the settlement bank's evidence).

Here: what is kept, what others may ask, and what acts share. The acts: packages.py, notes.py, maturity.py.
"""

from datetime import timedelta

import msgspec

from heqi.finance import holds, uses, verifications
from heqi.finance.uses import UseId, UseStage
from heqi.finance.vouchers.events import (
    NotePassed,
    NoteReturned,
)
from heqi.finance.vouchers.model import (
    Backing,
    Hop,
    HopId,
    HopKind,
    Note,
    NoteId,
    NoteStage,
    Package,
    PackageNo,
    PackageStage,
)
from heqi.finance.vouchers.rules import split_note_id
from heqi.kernel.contracts import Context, Register, changed
from heqi.kernel.identity import contract as identity
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import (
    AmountExceedsBalance,
    DateInvalid,
    Frozen,
    RuleBlocked,
    SchemaInvalid,
    SignatureInvalid,
    StateInvalid,
)

register = Register(
    "vouchers", title=("电子债权凭证", "Vouchers"), uses=(identity.register, verifications.register, uses.register, holds.register)
)

packages = register.table(
    "package", Package, key=("package",),
    indexes={
        "issuer": ("issuer",),
        "waiting": lambda p: _waits_for(p),
        "offered": lambda p: (p.offered,) if p.stage is PackageStage.OFFERED else None,
        "due": lambda p: (p.due,) if p.stage is PackageStage.CIRCULATING or (p.stage in LATE and p.handed < p.face.minor) else None,
    },
)  # fmt: skip
notes = register.table(
    "note", Note, key=("package", "lo"),
    indexes={
        "holder": lambda n: (n.holder, n.package) if n.live else None,
        "counterparty": lambda n: (n.counterparty, n.package) if n.counterparty is not None and n.live else None,
        "offered": lambda n: (n.offered,) if n.stage is NoteStage.IN_TRANSFER else None,
    },
)  # fmt: skip
hops = register.table("hop", Hop, key=("hop",))
backings = register.table("backing", Backing, key=("package", "lo"))

tenor_soft = register.parameter(
    "tenor_soft_months", 6, title=("付款期限（月），原则上", "Tenor in months, in principle"), source="银发〔2025〕77号: 原则上 6 个月以内"
)
tenor_hard = register.parameter(
    "tenor_hard_months", 12, title=("付款期限（月），最长", "Tenor in months, at most"), source="银发〔2025〕77号: 最长 1 年"
)
hops_max = register.parameter("hops_max", 20, title=("最多流转次数", "Most changes of hands"), source="capabilities C05")
offer_days = register.parameter("offer_days", 5, title=("转让待签收天数", "Days a transferee has to sign"), source="capabilities C05")
accept_days = register.parameter("accept_days", 10, title=("开立待签收天数", "Days a first payee has to accept"), source="capabilities C05")
lpr_1y = register.parameter(
    "lpr_1y", "3", title=("一年期贷款市场报价利率（年 %）", "One-year loan prime rate, percent a year"),
    source="全国银行间同业拆借中心受权公布，自 2025-05-20 起 3.00%",
)  # fmt: skip
late_multiplier = register.parameter(
    "late_multiplier_bps", 13_000, title=("逾期利率为 LPR 的倍数（万分之一）", "Late rate as a multiple of the LPR, basis points"),
    source="capabilities C05: LPR1Y × 1.3 [K]; 参照法释〔2020〕17 号第十八条（LPR 上浮 30%–50%）", within=(10_000, 20_000),
)  # fmt: skip

LATE = (PackageStage.DUE, PackageStage.OVERDUE)
PAGE = 400
"""Notes of a package that fall due in one piece of work."""
DAY = timedelta(days=1)
_encode = msgspec.json.Encoder(order="sorted").encode


def _waits_for(package: Package) -> tuple[str] | None:
    """Who has to act for the package to come into circulation."""
    if package.stage is PackageStage.APPROVED and package.confirm_bank is not None:
        return (package.confirm_bank,)
    return (package.first_payee,) if package.stage is PackageStage.OFFERED else None


# --- questions of other registers and contracts ----------------------------------------------------------------------
def note_of(ctx: Context, note: NoteId) -> Note:
    """A note by its name (`vouchers.note` outside this package). Refuses: SCHEMA_INVALID, NOT_FOUND."""
    return notes.get(ctx, *split_note_id(note))


def package(ctx: Context, package: PackageNo) -> Package:
    """A package. Refuses: NOT_FOUND."""
    return packages.get(ctx, package)


def live(ctx: Context, package: PackageNo, *, after: int = 0, limit: int = PAGE) -> list[Note]:
    """The live notes of a package, upwards, among its next `limit` notes behind the unit `after`."""
    return [note for note in notes.scan(ctx, package, after=(package, after), limit=limit) if note.live]


def notes_of(ctx: Context, package: PackageNo, *, after: int = 0, limit: int = PAGE) -> list[Note]:
    """The notes of a package, live and dead, upwards, behind the unit `after`."""
    return notes.scan(ctx, package, after=(package, after), limit=limit)


def of_holder(ctx: Context, org: PartyId, *, after: Note | None = None, limit: int = PAGE) -> list[Note]:
    """The live notes an organisation holds, by package, behind the note `after`."""
    return notes.by(ctx, "holder", org, after=after, limit=limit)


def chain(ctx: Context, note: NoteId) -> list[Hop]:
    """How a note came to its holder: from the last change of hands back to the issue."""
    found, link = [], note_of(ctx, note).last_hop
    while link:
        found.append(hops.get(ctx, link))
        link = found[-1].previous
    return found


# --- what acts on notes share ---------------------------------------------------------------------------------------
def free(ctx: Context, note: NoteId, act: str, *stages: NoteStage) -> tuple[Note, Package]:
    """A note its holder may now act on, with its package."""
    held = note_of(ctx, note)
    if held.stage is not NoteStage.FROZEN:
        held.expect(act, *(stages or (NoteStage.HELD,)))
    package = circulating(ctx, held, act)
    ctx.require_owner(held.holder, held.label())
    require_thawed(held)
    if held.hold is None:
        return held, package
    if holds.binding(ctx, held.hold):
        raise StateInvalid(record=held.label(), stage="LOCKED", act=act)
    return changed(held, hold=None), package


def circulating(ctx: Context, held: Note, act: str) -> Package:
    """The package of a note, while it circulates. Refuses: STATE_INVALID."""
    package = packages.get(ctx, held.package)
    package.expect(act, PackageStage.CIRCULATING)
    return package


def circulating_before_maturity(ctx: Context, held: Note, act: str) -> None:
    """Refuse unless the package of a note circulates and has not matured: STATE_INVALID, DATE_INVALID."""
    package = circulating(ctx, held, act)
    if ctx.today >= package.maturity:
        raise DateInvalid(problem=f"已到期 {package.maturity} (matured)")


def in_stage(ctx: Context, note: NoteId, stage: NoteStage, act: str) -> Note:
    """A note in this stage, or frozen out of it."""
    found = note_of(ctx, note)
    if found.frozen_from is not stage:
        found.expect(act, stage)
    return found


def receiver(ctx: Context, note: Note) -> PartyId:
    """The counterparty, who must have signed."""
    assert note.counterparty is not None, f"{note.label()} is {note.stage} with nobody"
    require_signed(ctx, note.counterparty)
    require_thawed(note)
    return note.counterparty


def require_signed(ctx: Context, org: PartyId) -> None:
    """Refuse unless somebody of this organisation has signed: SIGNATURE_INVALID."""
    if not ctx.signed_by(org):
        raise SignatureInvalid(problem=f"须由 {org} 签名 (must be signed by {org})")


def require_thawed(note: Note) -> None:
    """Refuse a frozen note: FROZEN."""
    if note.stage is NoteStage.FROZEN:
        raise Frozen(record=note.label(), case_no=note.case_no or "")


def require_other(ctx: Context, held: Note, to: PartyId) -> None:
    """Refuse what is no active member other than the holder: SCHEMA_INVALID, ROLE_FORBIDDEN."""
    if to == held.holder:
        raise SchemaInvalid(problem="对方即持有人 (the holder itself)")
    identity.require_active(ctx, to)


def same_currency(held: Note, amount: Money) -> None:
    """Refuse an amount in another currency than the note: SCHEMA_INVALID."""
    if amount.ccy != held.ccy:
        raise SchemaInvalid(problem=f"{amount.ccy} ≠ {held.ccy}", field="amount")


def within(held: Note, amount: Money) -> None:
    """Refuse an amount that is no part of the note: SCHEMA_INVALID, AMOUNT_EXCEEDS_BALANCE."""
    same_currency(held, amount)
    if amount.minor < 1:
        raise SchemaInvalid(problem="金额为零的凭证 (a note without units)", field="amount")
    if amount.minor > held.units:
        raise AmountExceedsBalance(record=held.label(), available=held.face)


def measure(held: Note, package: Package, amount: Money) -> None:
    """Refuse an amount that cannot be taken of the note: as `within`, and RULE_BLOCKED where it may not be split."""
    within(held, amount)
    if amount.minor < held.units and not package.splittable:
        raise RuleBlocked(rule="vouchers.splittable", reason=f"{package.label()} 不可拆分 (not splittable)")


def detach(ctx: Context, held: Note, amount: Money) -> Note:
    """The lowest units that make `amount`, for the caller to keep; the rest, if any, is kept here as it was."""
    last = held.lo + amount.minor - 1
    if last == held.hi:
        return held
    notes.add(ctx, changed(held, lo=last + 1))  # No note begins inside another.
    return changed(held, hi=last)


def hand_over(ctx: Context, note: Note, to: PartyId, kind: HopKind, stage: NoteStage, used: tuple[UseId, ...] = ()) -> Note:
    """The note changes hands."""
    hop = keep_hop(ctx, note, kind, note.holder, to, used)
    ctx.emit(NotePassed(note=note.note, amount=note.face, sender=note.holder, receiver=to, kind=kind, hop=hop))
    passed = note.moved(
        stage, kind.lower(), holder=to, counterparty=None, offered=None, uses=(), hold=None, hops=note.hops + 1,
        acquired_tx=ctx.tx_id, last_hop=hop,
    )  # fmt: skip
    return notes.put(ctx, passed)


def keep_hop(ctx: Context, note: Note, kind: HopKind, sender: PartyId, receiver: PartyId, used: tuple[UseId, ...]) -> HopId:
    """Record a change of hands, named by the digest of what it says, the link to the one before included."""
    hop = Hop(
        hop="", previous=note.last_hop or None, kind=kind, package=note.package, lo=note.lo, hi=note.hi, amount=note.face, sender=sender,
        receiver=receiver, uses=used, tx=ctx.tx_id, date=ctx.today,
    )  # fmt: skip
    return hops.add(ctx, changed(hop, hop=ctx.suite.tagged(_encode(hop)))).hop


def give_back(ctx: Context, note: Note, reason: str) -> Note:
    """An offer or application ends; its documents are free and its holder has it as before."""
    release(ctx, note.uses, f"{note.label()} {reason}")
    ctx.emit(NoteReturned(note=note.note, amount=note.face, holder=note.holder, counterparty=note.counterparty, reason=reason))
    return notes.put(ctx, note.moved(NoteStage.HELD, "return", counterparty=None, offered=None, uses=()))


def release(ctx: Context, reserved: tuple[UseId, ...], reason: str) -> None:
    """Give reserved or active uses back to their documents; those that have expired are back already."""
    for use in reserved:
        if uses.get(ctx, use).stage is not UseStage.RELEASED:
            uses.release(ctx, use, reason)
