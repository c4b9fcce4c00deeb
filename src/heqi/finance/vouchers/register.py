"""Vouchers: packages from their issue to their settlement, notes from hand to hand (spec C05, STANDARD mode).

What holds here: the live and dead notes of a package partition its face; a note leaves its holder only by the holder's
signature or under a hold they signed; the next holder signs for it; locked units do not move; after maturity units are
only paid. What does not hold here: limits (the application reserves and frees them), prices and payments (the caller of
`fund`, `resell`, `redeem`, `subrogate` has checked the settlement bank's evidence).

Refusals of acts on a note, in this order: NOT_FOUND, STATE_INVALID (note or package), NOT_OWNER or SIGNATURE_INVALID,
FROZEN, STATE_INVALID (locked by a hold), SCHEMA_INVALID or AMOUNT_EXCEEDS_BALANCE, RULE_BLOCKED (not splittable, not
transferable), ROLE_FORBIDDEN (the other party), DATE_INVALID, RULE_BLOCKED (too many hops), then what the documents bring:
DOC_VOID, DOC_NOT_VERIFIED, DOC_MISMATCH, NEAR_DUP, DUP_USE.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from heqi.finance import holds, uses, verifications
from heqi.finance.uses import DocumentUse, UseClass, UseId, UseStage
from heqi.finance.vouchers.model import (
    IN_FLIGHT,
    PAYABLE,
    Backing,
    CaseNo,
    Hop,
    HopId,
    HopKind,
    Note,
    NoteExtinguished,
    NoteFrozen,
    NoteId,
    NoteLocked,
    NoteOffered,
    NoteOverdue,
    NotePassed,
    NotePledged,
    NoteRedeemed,
    NoteReturned,
    NoteStage,
    NoteUnfrozen,
    Package,
    PackageAccepted,
    PackageApproved,
    PackageClosed,
    PackageConfirmed,
    PackageDue,
    PackageIssued,
    PackageNo,
    PackageOffered,
    PackageOverdue,
    PackageSettled,
    PackageStage,
    PledgeReleased,
)
from heqi.finance.vouchers.rules import check_package_no, check_tenor, cut_points, split_note_id
from heqi.kernel.contracts import Context, Register, changed, checker, maker, own
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
CUTS_MAX = 100
"""Parts one act cuts a note into."""
PAGE = 400
"""Notes of a package that fall due in one piece of work."""
_DAY = timedelta(days=1)
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
    taken = _reserve(ctx, (package, 0), basis, face, buyer=issuer, seller=first_payee)
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
    _require_signed(ctx, found.confirm_bank)
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
    _require_signed(ctx, found.first_payee)
    assert found.offered is not None
    if ctx.today > found.offered + _DAY * ctx.parameter(accept_days):
        raise StateInvalid(record=found.label(), stage=PackageStage.EXPIRED, act="accept")
    if ctx.today >= found.maturity:
        raise DateInvalid(problem=f"已到期 {found.maturity} (matured)")
    active = _activate(ctx, (package, 0), found.uses, found.issuer)
    packages.put(ctx, changed(accepted, uses=active))
    whole = Note(
        package=package, lo=1, hi=found.face.minor, ccy=found.face.ccy, holder=found.first_payee, stage=NoteStage.HELD, hops=0,
        acquired_tx=ctx.tx_id, last_hop="",
    )  # fmt: skip
    hop = _hop(ctx, whole, HopKind.ISSUE, found.issuer, found.first_payee, active)
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
    _require_signed(ctx, found.first_payee)
    return _close(ctx, rejected)


def withdraw(ctx: Context, package: PackageNo) -> Package:
    """The issuer takes it back before acceptance: → WITHDRAWN, the documents are free. Refuses: STATE_INVALID, NOT_OWNER."""
    found = packages.get(ctx, package)
    withdrawn = found.moved(PackageStage.WITHDRAWN, "withdraw")
    ctx.require_owner(found.issuer, found.label())
    return _close(ctx, withdrawn)


def _close(ctx: Context, package: Package) -> Package:
    _release(ctx, package.uses, f"{package.label()} {package.stage}")
    ctx.emit(
        PackageClosed(
            package=package.package, issuer=package.issuer, first_payee=package.first_payee, confirm_bank=package.confirm_bank,
            stage=PackageStage(package.stage),
        )
    )  # fmt: skip
    return packages.put(ctx, package)


# --- a note is cut and passed on -----------------------------------------------------------------------------------
def cut(ctx: Context, note: NoteId, amount: Money) -> tuple[Note, Note]:
    """Cut a note in two: the lowest units that make `amount`, and the rest. Refuses a part without units: SCHEMA_INVALID."""
    held, package = _free(ctx, note, "cut")
    _same_currency(held, amount)
    first, second = _cut(ctx, held, package, [held.lo + amount.minor - 1])
    return first, second


def cut_at(ctx: Context, note: NoteId, cuts: list[int]) -> list[Note]:
    """Cut a note after each of these units, given upwards. Refuses a part without units: SCHEMA_INVALID."""
    held, package = _free(ctx, note, "cut")
    if not 1 <= len(cuts) <= CUTS_MAX:
        raise SchemaInvalid(problem=f"须有 1–{CUTS_MAX} 个切分点 (cuts)", field="cuts")
    return _cut(ctx, held, package, cuts)


def _cut(ctx: Context, held: Note, package: Package, cuts: Sequence[int]) -> list[Note]:
    parts = cut_points(held.lo, held.hi, cuts)
    if not package.splittable:
        raise RuleBlocked(rule="vouchers.splittable", reason=f"{package.label()} 不可拆分 (not splittable)")
    return [notes.put(ctx, changed(held, lo=lo, hi=hi)) for lo, hi in parts]


def transfer(ctx: Context, note: NoteId, amount: Money, to: PartyId, basis: Sequence[DocumentUse]) -> Note:
    """Offer the lowest units of a note against documents `to` has as seller; the rest stays. Returns the offered part.

    It passes when `to` signs, within five days. Refusals and their order: the module's docstring.
    """
    held, package = _free(ctx, note, "transfer")
    _measure(held, package, amount)
    if not package.transferable:
        raise RuleBlocked(rule="vouchers.transferable", reason=f"{package.label()} 不得转让 (not transferable)")
    _require_other(ctx, held, to)
    if ctx.today >= package.maturity - _DAY:
        raise DateInvalid(problem=f"到期日 {package.maturity} 前一日起不得转让 (no transfer from the day before maturity)")
    if held.hops >= ctx.parameter(hops_max):
        raise RuleBlocked(rule="vouchers.hops_max", reason=f"{held.label()} 已流转 {held.hops} 次 (passed on {held.hops} times)")
    taken = _reserve(ctx, (held.package, held.lo), basis, amount, buyer=held.holder, seller=to)
    offered = _detach(ctx, held, amount).moved(
        NoteStage.IN_TRANSFER, "transfer", counterparty=to, offered=ctx.today, uses=taken
    )
    ctx.emit(NoteOffered(note=offered.note, amount=amount, holder=held.holder, counterparty=to, stage=NoteStage.IN_TRANSFER))
    return notes.put(ctx, offered)


def sign_in(ctx: Context, note: NoteId) -> Note:
    """The transferee takes the offered note: it is theirs, without recourse to the transferor. At the issuer it is extinct.

    Refuses, in this order: STATE_INVALID, SIGNATURE_INVALID, FROZEN, STATE_INVALID (offer lapsed), DATE_INVALID (matured),
    what the documents bring if their reservation has expired meanwhile.
    """
    offered = _in_flight(ctx, note, NoteStage.IN_TRANSFER, "sign_in")
    to = _receiver(ctx, offered)
    package = packages.get(ctx, offered.package)
    assert offered.offered is not None
    if package.stage is not PackageStage.CIRCULATING or ctx.today > offered.offered + _DAY * ctx.parameter(offer_days):
        raise StateInvalid(record=offered.label(), stage="LAPSED", act="sign_in")
    if ctx.today >= package.maturity:
        raise DateInvalid(problem=f"已到期 {package.maturity} (matured)")
    active = _activate(ctx, (offered.package, offered.lo), offered.uses, offered.holder)
    if to == package.issuer:
        packages.put(ctx, changed(package, extinguished=package.extinguished + offered.face))
        ctx.emit(NoteExtinguished(note=note, amount=offered.face, issuer=to))
        return _pass(ctx, offered, to, HopKind.TRANSFER, NoteStage.EXTINGUISHED, active)
    return _pass(ctx, offered, to, HopKind.TRANSFER, NoteStage.HELD, active)


def decline(ctx: Context, note: NoteId) -> Note:
    """The transferee does not want it: back to its holder. Refuses: STATE_INVALID, SIGNATURE_INVALID, FROZEN."""
    offered = _in_flight(ctx, note, NoteStage.IN_TRANSFER, "decline")
    _receiver(ctx, offered)
    return _return(ctx, offered, "拒收 (declined)")


def recall(ctx: Context, note: NoteId) -> Note:
    """The holder takes the offer back before it is signed for. Refuses: STATE_INVALID, NOT_OWNER, FROZEN."""
    offered = _in_flight(ctx, note, NoteStage.IN_TRANSFER, "recall")
    ctx.require_owner(offered.holder, offered.label())
    _require_thawed(offered)
    return _return(ctx, offered, "撤回 (recalled)")


# --- a note is financed, sold, pledged -----------------------------------------------------------------------------
def apply_finance(ctx: Context, note: NoteId, amount: Money, financier: PartyId) -> Note:
    """Lock the lowest units of a note for a financier; the rest stays. The holder signs. Returns the locked part."""
    held, package = _free(ctx, note, "apply_finance")
    _measure(held, package, amount)
    _require_other(ctx, held, financier)
    if ctx.today >= package.maturity:
        raise DateInvalid(problem=f"已到期 {package.maturity} (matured)")
    locked = _detach(ctx, held, amount).moved(NoteStage.IN_FINANCING, "apply_finance", counterparty=financier)
    ctx.emit(NoteOffered(note=locked.note, amount=amount, holder=held.holder, counterparty=financier, stage=NoteStage.IN_FINANCING))
    return notes.put(ctx, locked)


def end_finance(ctx: Context, note: NoteId) -> Note:
    """No financing: back to its holder. The holder or the financier signs. Refuses: STATE_INVALID, NOT_OWNER, FROZEN."""
    locked = _in_flight(ctx, note, NoteStage.IN_FINANCING, "end_finance")
    if not ctx.signed_by(str(locked.counterparty)):
        ctx.require_owner(locked.holder, locked.label())
    _require_thawed(locked)
    return _return(ctx, locked, "融资终止 (financing ended)")


def fund(ctx: Context, note: NoteId) -> Note:
    """The financier has it: IN_FINANCING → FINANCED. The caller has checked price, registration and settled payment.

    Refuses, in this order: STATE_INVALID, SIGNATURE_INVALID, FROZEN, STATE_INVALID (package), DATE_INVALID.
    """
    locked = _in_flight(ctx, note, NoteStage.IN_FINANCING, "fund")
    financier = _receiver(ctx, locked)
    _circulating(ctx, locked, "fund")
    return _pass(ctx, locked, financier, HopKind.FINANCE, NoteStage.FINANCED)


def lock(ctx: Context, note: NoteId, to: PartyId, at_least: Money, until: date, purpose: str) -> Note:
    """The holder lets `to` have the whole note for at least so much, until a day before maturity (a hold, law 4).

    While the hold binds, the note moves by `resell` to `to` only. Refuses: STATE_INVALID, NOT_OWNER, FROZEN,
    STATE_INVALID (locked already), DATE_INVALID, then what `holds.place` refuses.
    """
    held, package = _free(ctx, note, "lock", NoteStage.HELD, NoteStage.FINANCED)
    if until >= package.maturity:
        raise DateInvalid(problem=f"授权须早于到期日 {package.maturity} (a hold ends before maturity)", field="until")
    hold = holds.place(ctx, f"{register.name}:{held.note}", held.holder, to, at_least, until, purpose)
    ctx.emit(NoteLocked(note=held.note, holder=held.holder, to=to, hold=hold.hold))
    return notes.put(ctx, changed(held, hold=hold.hold))


def unlock(ctx: Context, note: NoteId) -> Note:
    """End the hold on a note without a sale: the party it names at any time, anybody after its day. Refuses: STATE_INVALID, NOT_OWNER."""
    held = _get(ctx, note)
    if held.hold is None:
        raise StateInvalid(record=held.label(), stage="NOT_LOCKED", act="unlock")
    if holds.get(ctx, held.hold).stage is holds.HoldStage.OPEN:
        holds.give_back(ctx, held.hold)
    ctx.emit(NoteReturned(note=held.note, amount=held.face, holder=held.holder, counterparty=None, reason="解除锁定 (unlocked)"))
    return notes.put(ctx, changed(held, hold=None))


def resell(ctx: Context, note: NoteId, to: PartyId, paid: Money | None = None) -> Note:
    """Sell a whole note on (再保理): FINANCED(to). The caller has checked the settled payment.

    Either its hold is met, `paid` by `to` (any note its holder has locked); or holder and buyer both sign (a financed
    note). Refuses, in this order: STATE_INVALID, NOT_OWNER, FROZEN, SIGNATURE_INVALID, DATE_INVALID, ROLE_FORBIDDEN.
    """
    held = _get(ctx, note)
    locked = held.hold is not None and holds.binding(ctx, held.hold)
    stages = (NoteStage.FINANCED, NoteStage.HELD) if locked else (NoteStage.FINANCED,)
    if held.stage is NoteStage.FROZEN:
        _require_thawed(held)
    held.expect("resell", *stages)
    if locked:
        assert held.hold is not None
        if paid is None:
            raise StateInvalid(record=held.label(), stage="LOCKED", act="resell")
        holds.release(ctx, held.hold, to, paid)
    else:
        ctx.require_owner(held.holder, held.label())
        _require_signed(ctx, to)
    _circulating(ctx, held, "resell")
    _require_other(ctx, held, to)
    return _pass(ctx, held, to, HopKind.RESALE, NoteStage.FINANCED)


def pledge(ctx: Context, note: NoteId, pledgee: PartyId) -> Note:
    """Give a whole note in pledge; holder and pledgee both sign. Refuses: STATE_INVALID, NOT_OWNER, FROZEN, SIGNATURE_INVALID."""
    held, _ = _free(ctx, note, "pledge")
    _require_other(ctx, held, pledgee)
    _require_signed(ctx, pledgee)
    ctx.emit(NotePledged(note=held.note, amount=held.face, holder=held.holder, pledgee=pledgee))
    return notes.put(ctx, held.moved(NoteStage.PLEDGED, "pledge", counterparty=pledgee))


def release_pledge(ctx: Context, note: NoteId) -> Note:
    """End a pledge; pledgee and holder both sign. Refuses: STATE_INVALID, SIGNATURE_INVALID, NOT_OWNER, FROZEN."""
    pledged = _in_flight(ctx, note, NoteStage.PLEDGED, "release_pledge")
    pledgee = _receiver(ctx, pledged)
    ctx.require_owner(pledged.holder, pledged.label())
    ctx.emit(PledgeReleased(note=pledged.note, amount=pledged.face, holder=pledged.holder, pledgee=pledgee))
    return notes.put(ctx, pledged.moved(NoteStage.HELD, "release_pledge", counterparty=None))


# --- maturity ------------------------------------------------------------------------------------------------------
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
    return [_return(ctx, note, "到期 (matured)") if note.stage in IN_FLIGHT else note for note in page if note.live]


def redeem(ctx: Context, note: NoteId, amount: Money | None = None) -> Note:
    """A note is paid, or its lowest units are when `amount` is less than its face; the rest stays. Returns what was paid.

    The caller has checked the settled payment. Refuses: STATE_INVALID, FROZEN, AMOUNT_EXCEEDS_BALANCE.
    """
    held = _get(ctx, note)
    package = packages.get(ctx, held.package)
    package.expect("redeem", *LATE)
    _require_thawed(held)
    held.expect("redeem", *PAYABLE)
    paid = held.face if amount is None else amount
    _within(held, paid)
    part = _detach(ctx, held, paid).moved(NoteStage.REDEEMED, "redeem", counterparty=None, hold=None)
    packages.put(ctx, changed(package, paid=package.paid + paid))
    ctx.emit(NoteRedeemed(note=part.note, amount=paid, holder=held.holder, issuer=package.issuer))
    return notes.put(ctx, part)


def overdue(ctx: Context, note: NoteId) -> Note:
    """What was not paid when it was due is overdue, and its package with it. Refuses: STATE_INVALID, FROZEN."""
    held = _get(ctx, note)
    package = packages.get(ctx, held.package)
    package.expect("overdue", *LATE)
    _require_thawed(held)
    late = held.moved(NoteStage.OVERDUE, "overdue")
    if package.stage is PackageStage.DUE:
        packages.put(ctx, package.moved(PackageStage.OVERDUE, "overdue"))
        ctx.emit(PackageOverdue(package=package.package, issuer=package.issuer, confirm_bank=package.confirm_bank))
    ctx.emit(NoteOverdue(note=late.note, amount=late.face, holder=late.holder, issuer=package.issuer))
    return notes.put(ctx, late)


def subrogate(ctx: Context, note: NoteId, to: PartyId) -> Note:
    """The confirming bank has paid the holder and steps into the claim on the issuer: OVERDUE → HELD(bank).

    The caller has checked the settled payment. Refuses: STATE_INVALID, ROLE_FORBIDDEN (not the confirming bank),
    SIGNATURE_INVALID, FROZEN.
    """
    held = _get(ctx, note)
    package = packages.get(ctx, held.package)
    if held.stage is not NoteStage.FROZEN:
        held.expect("subrogate", NoteStage.OVERDUE)
    if to != package.confirm_bank:
        raise RoleForbidden(problem=f"{to} 不是 {package.label()} 的保兑行 (not its confirming bank)")
    _require_signed(ctx, to)
    _require_thawed(held)
    return _pass(ctx, held, to, HopKind.SUBROGATION, NoteStage.HELD)


def settle_package(ctx: Context, package: PackageNo) -> Package:
    """All is paid: DUE or OVERDUE → SETTLED, its documents are used up. Refuses: STATE_INVALID (units are still live)."""
    found = packages.get(ctx, package)
    settled = found.moved(PackageStage.SETTLED, "settle")
    if found.paid + found.extinguished != found.face:
        raise StateInvalid(record=found.label(), stage=found.stage, act="settle")
    for use in found.uses:
        uses.consume(ctx, use)
    ctx.emit(PackageSettled(package=package, issuer=found.issuer, confirm_bank=found.confirm_bank, paid=found.paid))
    return packages.put(ctx, settled)


# --- asking --------------------------------------------------------------------------------------------------------
def note(ctx: Context, note: NoteId) -> Note:
    """A note by its name. Refuses: SCHEMA_INVALID, NOT_FOUND."""
    return _get(ctx, note)


def package(ctx: Context, package: PackageNo) -> Package:
    """A package. Refuses: NOT_FOUND."""
    return packages.get(ctx, package)


def live(ctx: Context, package: PackageNo, *, after: int = 0, limit: int = PAGE) -> list[Note]:
    """The live notes of a package, upwards, among its next `limit` notes behind the unit `after`."""
    return [note for note in notes.scan(ctx, package, after=(package, after), limit=limit) if note.live]


def of_holder(ctx: Context, org: PartyId, *, after: Note | None = None, limit: int = PAGE) -> list[Note]:
    """The live notes an organisation holds, by package, behind the note `after`."""
    return notes.by(ctx, "holder", org, after=after, limit=limit)


def chain(ctx: Context, note: NoteId) -> list[Hop]:
    """How a note came to its holder: from the last change of hands back to the issue."""
    found, link = [], _get(ctx, note).last_hop
    while link:
        found.append(hops.get(ctx, link))
        link = found[-1].previous
    return found


# --- what acts share -----------------------------------------------------------------------------------------------
def _get(ctx: Context, note: NoteId) -> Note:
    return notes.get(ctx, *split_note_id(note))


def _free(ctx: Context, note: NoteId, act: str, *stages: NoteStage) -> tuple[Note, Package]:
    """A note its holder may now act on, with its package."""
    held = _get(ctx, note)
    if held.stage is not NoteStage.FROZEN:
        held.expect(act, *(stages or (NoteStage.HELD,)))
    package = _circulating_package(ctx, held, act)
    ctx.require_owner(held.holder, held.label())
    _require_thawed(held)
    if held.hold is None:
        return held, package
    if holds.binding(ctx, held.hold):
        raise StateInvalid(record=held.label(), stage="LOCKED", act=act)
    return changed(held, hold=None), package


def _circulating_package(ctx: Context, held: Note, act: str) -> Package:
    package = packages.get(ctx, held.package)
    package.expect(act, PackageStage.CIRCULATING)
    return package


def _circulating(ctx: Context, held: Note, act: str) -> None:
    package = _circulating_package(ctx, held, act)
    if ctx.today >= package.maturity:
        raise DateInvalid(problem=f"已到期 {package.maturity} (matured)")


def _in_flight(ctx: Context, note: NoteId, stage: NoteStage, act: str) -> Note:
    """A note in this stage, or frozen out of it."""
    found = _get(ctx, note)
    if found.frozen_from is not stage:
        found.expect(act, stage)
    return found


def _receiver(ctx: Context, note: Note) -> PartyId:
    """The counterparty, who must have signed."""
    assert note.counterparty is not None, f"{note.label()} is {note.stage} with nobody"
    _require_signed(ctx, note.counterparty)
    _require_thawed(note)
    return note.counterparty


def _require_signed(ctx: Context, org: PartyId) -> None:
    if not ctx.signed_by(org):
        raise SignatureInvalid(problem=f"须由 {org} 签名 (must be signed by {org})")


def _require_thawed(note: Note) -> None:
    if note.stage is NoteStage.FROZEN:
        raise Frozen(record=note.label(), case_no=note.case_no or "")


def _require_other(ctx: Context, held: Note, to: PartyId) -> None:
    if to == held.holder:
        raise SchemaInvalid(problem="对方即持有人 (the holder itself)")
    identity.require_active(ctx, to)


def _same_currency(held: Note, amount: Money) -> None:
    if amount.ccy != held.ccy:
        raise SchemaInvalid(problem=f"{amount.ccy} ≠ {held.ccy}", field="amount")


def _within(held: Note, amount: Money) -> None:
    _same_currency(held, amount)
    if amount.minor < 1:
        raise SchemaInvalid(problem="金额为零的凭证 (a note without units)", field="amount")
    if amount > held.face:
        raise AmountExceedsBalance(record=held.label(), available=held.face)


def _measure(held: Note, package: Package, amount: Money) -> None:
    _within(held, amount)
    if amount.minor < held.face.minor and not package.splittable:
        raise RuleBlocked(rule="vouchers.splittable", reason=f"{package.label()} 不可拆分 (not splittable)")


def _detach(ctx: Context, held: Note, amount: Money) -> Note:
    """The lowest units that make `amount`, for the caller to keep; the rest, if any, is kept here as it was."""
    last = held.lo + amount.minor - 1
    if last == held.hi:
        return held
    notes.put(ctx, changed(held, lo=last + 1))
    return changed(held, hi=last)


def _pass(ctx: Context, note: Note, to: PartyId, kind: HopKind, stage: NoteStage, used: tuple[UseId, ...] = ()) -> Note:
    """The note changes hands."""
    hop = _hop(ctx, note, kind, note.holder, to, used)
    ctx.emit(NotePassed(note=note.note, amount=note.face, sender=note.holder, receiver=to, kind=kind, hop=hop))
    passed = note.moved(
        stage, kind.lower(), holder=to, counterparty=None, offered=None, uses=(), hold=None, hops=note.hops + 1,
        acquired_tx=ctx.tx_id, last_hop=hop,
    )  # fmt: skip
    return notes.put(ctx, passed)


def _hop(ctx: Context, note: Note, kind: HopKind, sender: PartyId, receiver: PartyId, used: tuple[UseId, ...]) -> HopId:
    hop = Hop(
        hop="", previous=note.last_hop or None, kind=kind, package=note.package, lo=note.lo, hi=note.hi, amount=note.face, sender=sender,
        receiver=receiver, uses=used, tx=ctx.tx_id, date=ctx.today,
    )  # fmt: skip
    return hops.put(ctx, changed(hop, hop=ctx.suite.tagged(_encode(hop)))).hop


def _return(ctx: Context, note: Note, reason: str) -> Note:
    """An offer or application ends; its documents are free and its holder has it as before."""
    _release(ctx, note.uses, f"{note.label()} {reason}")
    ctx.emit(NoteReturned(note=note.note, amount=note.face, holder=note.holder, counterparty=note.counterparty, reason=reason))
    return notes.put(ctx, note.moved(NoteStage.HELD, "return", counterparty=None, offered=None, uses=()))


# --- documents -----------------------------------------------------------------------------------------------------
def _reserve(
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


def _activate(ctx: Context, key: tuple[PackageNo, int], reserved: tuple[UseId, ...], user: PartyId) -> tuple[UseId, ...]:
    """Make reservations last. A reservation (three days) may end before an offer does: then it is made again, if it still can be."""
    active = []
    for place, use in enumerate(reserved):
        found = uses.get(ctx, use)
        if found.stage is UseStage.RELEASED:
            again = backings.get(ctx, *key).documents[place]
            found = uses.reserve(ctx, again.document, UseClass.VOUCHER_BASIS, again.amount, org=user)
        active.append(uses.activate(ctx, found.use).use)
    return tuple(active)


def _release(ctx: Context, reserved: tuple[UseId, ...], reason: str) -> None:
    for use in reserved:
        if uses.get(ctx, use).stage is not UseStage.RELEASED:
            uses.release(ctx, use, reason)


# --- freezing and the day end --------------------------------------------------------------------------------------
@register.action("冻结凭证", by=(maker(own), checker(own)))
def freeze(ctx: Context, note: NoteId, case_no: CaseNo) -> Note:
    """监管机构依案号冻结一张有效凭证。
    The regulator freezes a live note under a case number."""
    found = _get(ctx, note)
    _require_regulator(ctx)
    _require_thawed(found)
    frozen = found.moved(NoteStage.FROZEN, "freeze", frozen_from=found.stage, case_no=case_no)
    ctx.emit(NoteFrozen(note=found.note, holder=found.holder, case_no=case_no))
    return notes.put(ctx, frozen)


@register.action("解冻凭证", by=(maker(own), checker(own)))
def unfreeze(ctx: Context, note: NoteId, case_no: CaseNo) -> Note:
    """监管机构依原案号解冻凭证，恢复冻结前的状态；其间已到期的，未决的转让或融资随之终止。
    The regulator unfreezes a note under its case number: it is as it was, but what has matured meanwhile is no longer on offer."""
    found = _get(ctx, note)
    _require_regulator(ctx)
    found.expect("unfreeze", NoteStage.FROZEN)
    if case_no != found.case_no:
        raise Frozen(record=found.label(), case_no=found.case_no or "")
    assert found.frozen_from is not None
    thawed = found.moved(found.frozen_from, "unfreeze", frozen_from=None, case_no=None)
    ctx.emit(NoteUnfrozen(note=found.note, holder=found.holder, case_no=case_no))
    if thawed.stage in IN_FLIGHT and packages.get(ctx, found.package).stage is not PackageStage.CIRCULATING:
        return _return(ctx, thawed, "到期 (matured)")
    return notes.put(ctx, thawed)


def _require_regulator(ctx: Context) -> None:
    if ctx.signers[0].org_type != "REGULATOR":
        raise RoleForbidden(problem="仅监管机构可冻结或解冻 (only a regulator freezes)")


@register.each_day
def offers_nobody_signed_for_lapse(ctx: Context, limit: int) -> int:
    lapsed = notes.by(ctx, "offered", upto=ctx.today - _DAY * (ctx.parameter(offer_days) + 1), limit=limit)
    for offered in lapsed:
        _return(ctx, offered, "逾期未签收 (lapsed)")
    unaccepted = packages.by(ctx, "offered", upto=ctx.today - _DAY * (ctx.parameter(accept_days) + 1), limit=limit - len(lapsed))
    for found in unaccepted:
        _close(ctx, found.moved(PackageStage.EXPIRED, "expire"))
    return len(lapsed) + len(unaccepted)
