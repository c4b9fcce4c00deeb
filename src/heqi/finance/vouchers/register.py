"""Vouchers: packages from their issue to their settlement, notes from hand to hand (spec C05, STANDARD mode).

What holds here: the live and dead notes of a package partition its face; a note leaves its holder only by the holder's
signature or under a hold they signed; the next holder signs for it; locked units do not move; after maturity units are
only paid. What does not hold here: limits (the application reserves and frees them), prices and payments (the caller of
`fund`, `resell`, `redeem`, `subrogate` has checked the settlement bank's evidence).

Here: what is kept, how a package comes into circulation, the questions, and what acts share. Acts on notes: contract.py.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from heqi.finance import holds, uses, verifications
from heqi.finance.uses import DocumentUse, UseClass, UseId, UseStage
from heqi.finance.vouchers.model import (
    Backing,
    Hop,
    HopId,
    HopKind,
    Note,
    NoteId,
    NotePassed,
    NoteReturned,
    NoteStage,
    Package,
    PackageAccepted,
    PackageApproved,
    PackageClosed,
    PackageConfirmed,
    PackageIssued,
    PackageNo,
    PackageOffered,
    PackageStage,
)
from heqi.finance.vouchers.rules import check_package_no, check_tenor, split_note_id
from heqi.kernel.contracts import Context, Register, changed
from heqi.kernel.identity import contract as identity
from heqi.types.dates import following
from heqi.types.ids import PartyId
from heqi.types.money import Money, check_positive
from heqi.types.rates import check_rate
from heqi.types.refusals import (
    AmountExceedsBalance,
    DateInvalid,
    DocNotVerified,
    Frozen,
    RoleForbidden,
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

LATE = (PackageStage.DUE, PackageStage.OVERDUE)
BASIS_MAX = 50
"""Documents behind one package or one transfer."""
PAGE = 400
"""Notes of a package that fall due in one piece of work."""
DAY = timedelta(days=1)
_encode = msgspec.json.Encoder(order="sorted").encode


def _waits_for(package: Package) -> tuple[str] | None:
    """Who has to act for the package to come into circulation."""
    if package.stage is PackageStage.APPROVED and package.confirm_bank is not None:
        return (package.confirm_bank,)
    return (package.first_payee,) if package.stage is PackageStage.OFFERED else None


# --- a package comes into circulation ------------------------------------------------------------------------------
def issue(
    ctx: Context, *, package: PackageNo, product: str, issuer: PartyId, first_payee: PartyId, face: Money, issue_date: date, maturity: date,
    splittable: bool = True, transferable: bool = True, confirm_bank: PartyId | None = None, confirm_fee_rate: str | None = None,
    tenor_reason: str | None = None, basis: Sequence[DocumentUse],
) -> Package:  # fmt: skip
    """The issuer promises `face` at maturity to the first payee, against documents the payee has as seller.

    Refuses, in this order: NOT_OWNER, SCHEMA_INVALID, MONEY_INVALID, RATE_INVALID, DATE_INVALID, TENOR_EXCEEDED,
    ROLE_FORBIDDEN, what the documents bring, ALREADY_EXISTS.
    """
    check_package_no(package)
    ctx.require_owner(issuer, f"Package {package}")
    if first_payee == issuer:
        raise SchemaInvalid(problem="收款人即开单人 (an issuer owes itself nothing)", field="first_payee")
    if (confirm_bank is None) != (confirm_fee_rate is None):
        raise SchemaInvalid(problem="保兑行与保兑费率须同时填写 (a confirming bank has its fee rate)", field="confirm_fee_rate")
    check_positive(face)
    if confirm_fee_rate is not None:
        check_rate(confirm_fee_rate)
    if issue_date > ctx.today or maturity <= ctx.today:
        raise DateInvalid(problem=f"开立日 {issue_date} 不晚于今日，到期日 {maturity} 晚于今日 (issued by today, due after today)")
    check_tenor(issue_date, maturity, soft_months=ctx.parameter(tenor_soft), hard_months=ctx.parameter(tenor_hard), reason=tenor_reason)
    identity.require_active(ctx, first_payee)
    if confirm_bank is not None and identity.require_active(ctx, confirm_bank).org_type != "BANK":
        raise RoleForbidden(problem=f"{confirm_bank} 不是银行 (only a bank confirms)")
    taken = reserve(ctx, (package, 0), basis, face, buyer=issuer, seller=first_payee)
    issued = packages.insert(
        ctx,
        Package(
            package=package, product=product, issuer=issuer, first_payee=first_payee, face=face, issue_date=issue_date, maturity=maturity,
            due=following(maturity), splittable=splittable, transferable=transferable, confirm_bank=confirm_bank,
            confirm_fee_rate=confirm_fee_rate, tenor_reason=tenor_reason, uses=taken, offered=None,
            paid=Money.zero(face.ccy), extinguished=Money.zero(face.ccy), handed=0, stage=PackageStage.SUBMITTED,
        ),
    )  # fmt: skip
    ctx.emit(PackageIssued(package=package, issuer=issuer, face=face, maturity=maturity))
    return issued


def approve(ctx: Context, package: PackageNo) -> Package:
    """The issuer's second word: SUBMITTED → APPROVED. The application has reserved the limits. Refuses: STATE_INVALID, NOT_OWNER."""
    found = packages.get(ctx, package)
    approved = found.moved(PackageStage.APPROVED, "approve")
    ctx.require_owner(found.issuer, found.label())
    ctx.emit(PackageApproved(package=package, issuer=found.issuer, confirm_bank=found.confirm_bank))
    return packages.put(ctx, approved)


def confirm(ctx: Context, package: PackageNo) -> Package:
    """The confirming bank stands for the issuer (保兑): APPROVED → CONFIRMED. Refuses: STATE_INVALID, SIGNATURE_INVALID."""
    found = packages.get(ctx, package)
    confirmed = found.moved(PackageStage.CONFIRMED, "confirm")
    if found.confirm_bank is None:
        raise StateInvalid(record=found.label(), stage="NO_CONFIRMING_BANK", act="confirm")
    require_signed(ctx, found.confirm_bank)
    ctx.emit(PackageConfirmed(package=package, issuer=found.issuer, confirm_bank=found.confirm_bank))
    return packages.put(ctx, confirmed)


def offer(ctx: Context, package: PackageNo) -> Package:
    """Lay the package before its first payee: APPROVED (or CONFIRMED where a bank confirms) → OFFERED.

    The issuer or the confirming bank signs. Refuses: STATE_INVALID, NOT_OWNER.
    """
    found = packages.get(ctx, package)
    offered = found.moved(PackageStage.OFFERED, "offer", offered=ctx.today)
    if found.confirm_bank is not None:
        found.expect("offer", PackageStage.CONFIRMED)
    if found.confirm_bank is None or not ctx.signed_by(found.confirm_bank):
        ctx.require_owner(found.issuer, found.label())
    ctx.emit(PackageOffered(package=package, issuer=found.issuer, first_payee=found.first_payee, face=found.face))
    return packages.put(ctx, offered)


def accept(ctx: Context, package: PackageNo) -> Note:
    """The first payee takes the promise within ten days: it circulates as one note of the whole face.

    Refuses, in this order: STATE_INVALID, SIGNATURE_INVALID, STATE_INVALID (too late), DATE_INVALID (matured), what the
    documents bring if their reservation has expired meanwhile.
    """
    found = packages.get(ctx, package)
    accepted = found.moved(PackageStage.CIRCULATING, "accept")
    require_signed(ctx, found.first_payee)
    assert found.offered is not None
    if ctx.today > found.offered + DAY * ctx.parameter(accept_days):
        raise StateInvalid(record=found.label(), stage=PackageStage.EXPIRED, act="accept")
    if ctx.today >= found.maturity:
        raise DateInvalid(problem=f"已到期 {found.maturity} (matured)")
    active = activate(ctx, (package, 0), found.uses, found.issuer)
    packages.put(ctx, changed(accepted, uses=active))
    whole = Note(
        package=package, lo=1, hi=found.face.minor, ccy=found.face.ccy, holder=found.first_payee, stage=NoteStage.HELD, hops=0,
        acquired_tx=ctx.tx_id, last_hop="",
    )  # fmt: skip
    hop = keep_hop(ctx, whole, HopKind.ISSUE, found.issuer, found.first_payee, active)
    ctx.emit(
        PackageAccepted(
            package=package, issuer=found.issuer, first_payee=found.first_payee, confirm_bank=found.confirm_bank, face=found.face
        )
    )
    return notes.insert(ctx, changed(whole, last_hop=hop))


def reject(ctx: Context, package: PackageNo) -> Package:
    """The first payee declines: OFFERED → REJECTED, the documents are free. Refuses: STATE_INVALID, SIGNATURE_INVALID."""
    found = packages.get(ctx, package)
    rejected = found.moved(PackageStage.REJECTED, "reject")
    require_signed(ctx, found.first_payee)
    return close(ctx, rejected)


def withdraw(ctx: Context, package: PackageNo) -> Package:
    """The issuer takes it back before acceptance: → WITHDRAWN, the documents are free. Refuses: STATE_INVALID, NOT_OWNER."""
    found = packages.get(ctx, package)
    withdrawn = found.moved(PackageStage.WITHDRAWN, "withdraw")
    ctx.require_owner(found.issuer, found.label())
    return close(ctx, withdrawn)


def close(ctx: Context, package: Package) -> Package:
    release(ctx, package.uses, f"{package.label()} {package.stage}")
    ctx.emit(
        PackageClosed(
            package=package.package, issuer=package.issuer, first_payee=package.first_payee, confirm_bank=package.confirm_bank,
            stage=PackageStage(package.stage),
        )
    )  # fmt: skip
    return packages.put(ctx, package)


# --- asking --------------------------------------------------------------------------------------------------------
def note(ctx: Context, note: NoteId) -> Note:
    """A note by its name. Refuses: SCHEMA_INVALID, NOT_FOUND."""
    return note_of(ctx, note)


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


# --- what acts share -----------------------------------------------------------------------------------------------
def note_of(ctx: Context, note: NoteId) -> Note:
    return notes.get(ctx, *split_note_id(note))


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
    package = packages.get(ctx, held.package)
    package.expect(act, PackageStage.CIRCULATING)
    return package


def circulating_before_maturity(ctx: Context, held: Note, act: str) -> None:
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
    if not ctx.signed_by(org):
        raise SignatureInvalid(problem=f"须由 {org} 签名 (must be signed by {org})")


def require_thawed(note: Note) -> None:
    if note.stage is NoteStage.FROZEN:
        raise Frozen(record=note.label(), case_no=note.case_no or "")


def require_other(ctx: Context, held: Note, to: PartyId) -> None:
    if to == held.holder:
        raise SchemaInvalid(problem="对方即持有人 (the holder itself)")
    identity.require_active(ctx, to)


def same_currency(held: Note, amount: Money) -> None:
    if amount.ccy != held.ccy:
        raise SchemaInvalid(problem=f"{amount.ccy} ≠ {held.ccy}", field="amount")


def within(held: Note, amount: Money) -> None:
    same_currency(held, amount)
    if amount.minor < 1:
        raise SchemaInvalid(problem="金额为零的凭证 (a note without units)", field="amount")
    if amount > held.face:
        raise AmountExceedsBalance(record=held.label(), available=held.face)


def measure(held: Note, package: Package, amount: Money) -> None:
    within(held, amount)
    if amount.minor < held.face.minor and not package.splittable:
        raise RuleBlocked(rule="vouchers.splittable", reason=f"{package.label()} 不可拆分 (not splittable)")


def detach(ctx: Context, held: Note, amount: Money) -> Note:
    """The lowest units that make `amount`, for the caller to keep; the rest, if any, is kept here as it was."""
    last = held.lo + amount.minor - 1
    if last == held.hi:
        return held
    notes.put(ctx, changed(held, lo=last + 1))
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
    hop = Hop(
        hop="", previous=note.last_hop or None, kind=kind, package=note.package, lo=note.lo, hi=note.hi, amount=note.face, sender=sender,
        receiver=receiver, uses=used, tx=ctx.tx_id, date=ctx.today,
    )  # fmt: skip
    return hops.put(ctx, changed(hop, hop=ctx.suite.tagged(_encode(hop)))).hop


def give_back(ctx: Context, note: Note, reason: str) -> Note:
    """An offer or application ends; its documents are free and its holder has it as before."""
    release(ctx, note.uses, f"{note.label()} {reason}")
    ctx.emit(NoteReturned(note=note.note, amount=note.face, holder=note.holder, counterparty=note.counterparty, reason=reason))
    return notes.put(ctx, note.moved(NoteStage.HELD, "return", counterparty=None, offered=None, uses=()))


# --- documents -----------------------------------------------------------------------------------------------------
def reserve(
    ctx: Context, key: tuple[PackageNo, int], basis: Sequence[DocumentUse], amount: Money, *, buyer: PartyId, seller: PartyId
) -> tuple[UseId, ...]:
    """Reserve verified documents of a sale between the two that cover the amount. Refuses: DOC_NOT_VERIFIED and what they bring."""
    if len(basis) > BASIS_MAX:
        raise SchemaInvalid(problem=f"单据超过 {BASIS_MAX} 份 (too many documents)", field="basis")
    covered = sum(use.amount.minor for use in basis if use.amount.ccy == amount.ccy)
    if covered < amount.minor:
        raise DocNotVerified(
            document="、".join(use.document.label for use in basis) or "—",
            problem=f"单据仅覆盖 {Money(amount.ccy, covered)} (the documents cover less than {amount})",
        )
    for use in basis:
        verifications.require(ctx, use.document.doc_type, use.document.label, buyer=buyer, seller=seller)
    backings.put(ctx, Backing(package=key[0], lo=key[1], documents=tuple(basis)))
    return tuple(uses.reserve(ctx, use.document, UseClass.VOUCHER_BASIS, use.amount, org=buyer).use for use in basis)


def activate(ctx: Context, key: tuple[PackageNo, int], reserved: tuple[UseId, ...], user: PartyId) -> tuple[UseId, ...]:
    """Make reservations last. A reservation (three days) may end before an offer does: then it is made again, if it still can be."""
    active = []
    for place, use in enumerate(reserved):
        found = uses.get(ctx, use)
        if found.stage is UseStage.RELEASED:
            again = backings.get(ctx, *key).documents[place]
            found = uses.reserve(ctx, again.document, UseClass.VOUCHER_BASIS, again.amount, org=user)
        active.append(uses.activate(ctx, found.use).use)
    return tuple(active)


def release(ctx: Context, reserved: tuple[UseId, ...], reason: str) -> None:
    for use in reserved:
        if uses.get(ctx, use).stage is not UseStage.RELEASED:
            uses.release(ctx, use, reason)


