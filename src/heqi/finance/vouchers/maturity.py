"""What time brings: offers lapse, packages fall due, notes are paid, overdue or taken over (spec C05).

What holds here: after maturity units are only paid; what is paid never exceeds the face; a package is settled when nothing
of it is live. What does not: that money has moved. The caller of `redeem` and `subrogate` has checked the settlement bank's
evidence.
"""

from datetime import date

from heqi.finance import pricing, uses
from heqi.finance.uses import UseStage
from heqi.finance.vouchers.events import (
    NoteOverdue,
    NoteRedeemed,
    NoteReinstated,
    PackageDue,
    PackageOverdue,
    PackageSettled,
)
from heqi.finance.vouchers.model import (
    IN_FLIGHT,
    PAYABLE,
    HopKind,
    Note,
    NoteId,
    NoteStage,
    Package,
    PackageNo,
    PackageStage,
)
from heqi.finance.vouchers.packages import close
from heqi.finance.vouchers.register import (
    DAY,
    LATE,
    PAGE,
    accept_days,
    detach,
    give_back,
    hand_over,
    late_multiplier,
    lpr_1y,
    note_of,
    notes,
    offer_days,
    packages,
    register,
    require_other,
    require_signed,
    require_thawed,
    within,
)
from heqi.kernel.contracts import Context, changed
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import DateInvalid, RoleForbidden, StateInvalid


def due_packages(ctx: Context, day: date, limit: int) -> list[Package]:
    """Packages whose due day has come and some of whose notes `due` has not yet handed out, the earliest first."""
    return packages.by(ctx, "due", upto=day, limit=limit)


def due(ctx: Context, package: PackageNo, limit: int = PAGE) -> list[Note]:
    """CIRCULATING → DUE, and the next notes to be paid, upwards, each once; call again while `due_packages` names it.

    Pending offers and applications end: their holder is paid. Refuses: STATE_INVALID, DATE_INVALID (before the due day).
    """
    found = packages.get(ctx, package)
    if found.stage is PackageStage.CIRCULATING:
        if ctx.today < found.due:
            raise DateInvalid(problem=f"{found.label()} 于 {found.due} 到期 (not due yet)")
        ctx.emit(PackageDue(package=package, issuer=found.issuer, confirm_bank=found.confirm_bank, face=found.face))
        found = found.moved(PackageStage.DUE, "due")
    found.expect("due", *LATE)
    page = notes.scan(ctx, package, after=(package, found.handed), limit=limit)
    packages.put(ctx, changed(found, handed=page[-1].hi if page else found.face.minor))
    return [give_back(ctx, note, "到期 (matured)") if note.stage in IN_FLIGHT else note for note in page if note.live]


def redeem(ctx: Context, note: NoteId, amount: Money | None = None) -> Note:
    """A note is paid, or its lowest units are when `amount` is less than its face; the rest stays. Returns what was paid.

    The caller has checked the settled payment. Refuses: STATE_INVALID, FROZEN, AMOUNT_EXCEEDS_BALANCE.
    """
    held = changed(note_of(ctx, note), hold=None)  # A hold ends before maturity.
    package = packages.get(ctx, held.package)
    package.expect("redeem", *LATE)
    require_thawed(held)
    held.expect("redeem", *PAYABLE)
    paid = held.face if amount is None else amount
    within(held, paid)
    part = detach(ctx, held, paid).moved(NoteStage.REDEEMED, "redeem", counterparty=None)
    packages.put(ctx, changed(package, paid=package.paid + paid))
    ctx.emit(NoteRedeemed(note=part.note, amount=paid, holder=held.holder, issuer=package.issuer))
    return notes.put(ctx, part)


def overdue(ctx: Context, note: NoteId) -> Note:
    """What was not paid when it was due is overdue, and its package with it. Refuses: STATE_INVALID, FROZEN."""
    held = note_of(ctx, note)
    package = packages.get(ctx, held.package)
    package.expect("overdue", *LATE)
    require_thawed(held)
    late = held.moved(NoteStage.OVERDUE, "overdue")
    if package.stage is PackageStage.DUE:
        packages.put(ctx, package.moved(PackageStage.OVERDUE, "overdue"))
        ctx.emit(PackageOverdue(package=package.package, issuer=package.issuer, confirm_bank=package.confirm_bank))
    ctx.emit(NoteOverdue(note=late.note, amount=late.face, holder=late.holder, issuer=package.issuer))
    return notes.put(ctx, late)


def reinstate(ctx: Context, note: NoteId, *, early: bool = False) -> Note:
    """The bank has returned the payment of a redeemed note: the claim stands again, with the holder it was paid to.

    Before maturity the note is HELD and its package circulates; after it the note is OVERDUE and its package with it, even a
    settled one. The caller has checked the bank's evidence, and knows whether it was repaid `early`. Refuses: STATE_INVALID.
    """
    redeemed = note_of(ctx, note)
    package = packages.get(ctx, redeemed.package)
    redeemed.expect("reinstate", NoteStage.REDEEMED)
    matured = ctx.today >= package.due or package.stage in LATE
    stage, where = (NoteStage.OVERDUE, PackageStage.OVERDUE) if matured else (NoteStage.HELD, PackageStage.CIRCULATING)
    before = package.early - redeemed.face if early else package.early
    reopened = changed(package, paid=package.paid - redeemed.face, early=before)
    packages.put(ctx, reopened if package.stage is where else reopened.moved(where, "reinstate"))
    ctx.emit(
        NoteReinstated(
            note=redeemed.note, amount=redeemed.face, holder=redeemed.holder, issuer=package.issuer, confirm_bank=package.confirm_bank,
            stage=stage,
        )
    )  # fmt: skip
    return notes.put(ctx, redeemed.moved(stage, "reinstate"))


def subrogate(ctx: Context, note: NoteId, to: PartyId) -> Note:
    """The confirming bank has paid the holder and steps into the claim on the issuer: OVERDUE → HELD(bank).

    The caller has checked the settled payment. Refuses: STATE_INVALID, ROLE_FORBIDDEN (not the confirming bank),
    SIGNATURE_INVALID, FROZEN, SCHEMA_INVALID (it holds the note already).
    """
    held = note_of(ctx, note)
    package = packages.get(ctx, held.package)
    if held.stage is not NoteStage.FROZEN:
        held.expect("subrogate", NoteStage.OVERDUE)
    if to != package.confirm_bank:
        raise RoleForbidden(problem=f"{to} 不是 {package.label()} 的保兑行 (not its confirming bank)")
    require_signed(ctx, to)
    require_thawed(held)
    require_other(ctx, held, to)
    return hand_over(ctx, held, to, HopKind.SUBROGATION, NoteStage.HELD)


def settle_package(ctx: Context, package: PackageNo) -> Package:
    """All is paid: DUE or OVERDUE → SETTLED (or CIRCULATING → SETTLED, paid early), its documents are used up.

    Refuses: STATE_INVALID (units are still live).
    """
    found = packages.get(ctx, package)
    settled = found.moved(PackageStage.SETTLED, "settle")
    if found.paid + found.extinguished != found.face:
        raise StateInvalid(record=found.label(), stage=found.stage, act="settle")
    for use in found.uses:
        if uses.get(ctx, use).stage is not UseStage.CONSUMED:  # It was settled before, and a payment returned.
            uses.consume(ctx, use)
    ctx.emit(PackageSettled(package=package, issuer=found.issuer, confirm_bank=found.confirm_bank, paid=found.paid))
    return packages.put(ctx, settled)


def late_interest(ctx: Context, unpaid: Money, due: date, paid_on: date) -> Money:
    """What a payment due on one day and made on a later one costs its debtor (逾期利息): unpaid × LPR × 1.3 × days/360 (spec C05).

    LPR and multiplier are those in force when it is computed. Refuses: DATE_INVALID (paid before it was due).
    """
    return pricing.late_interest(unpaid, ctx.parameter(lpr_1y), ctx.parameter(late_multiplier), due, paid_on)


@register.each_day
def offers_nobody_signed_for_lapse(ctx: Context, limit: int) -> int:
    lapsed = notes.by(ctx, "offered", upto=ctx.today - DAY * (ctx.parameter(offer_days) + 1), limit=limit)
    for offered in lapsed:
        give_back(ctx, offered, "逾期未签收 (lapsed)")
    unaccepted = packages.by(ctx, "offered", upto=ctx.today - DAY * (ctx.parameter(accept_days) + 1), limit=limit - len(lapsed))
    for found in unaccepted:
        close(ctx, found.moved(PackageStage.EXPIRED, "expire"))
    return len(lapsed) + len(unaccepted)
