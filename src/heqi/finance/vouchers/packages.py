"""How a package comes into circulation: drafted, issued, approved, confirmed, offered, accepted (spec C05).

What holds here: the issuer signs what it promises, the confirming bank what it confirms, the first payee what it takes;
nobody accepts for another. A draft is seen by its issuer alone, takes no document and no limit, and is changed or dropped freely;
issuing its number turns it into the promise. The application has reserved the limits before it calls `approve` and `confirm`.
"""

from collections.abc import Sequence
from datetime import date

from heqi.finance.uses import DocumentUse
from heqi.finance.vouchers.documents import activate, reserve
from heqi.finance.vouchers.events import (
    DraftDropped,
    PackageAccepted,
    PackageApproved,
    PackageClosed,
    PackageConfirmed,
    PackageDrafted,
    PackageIssued,
    PackageOffered,
)
from heqi.finance.vouchers.model import (
    HopKind,
    Note,
    NoteStage,
    Package,
    PackageNo,
    PackageStage,
)
from heqi.finance.vouchers.register import (
    DAY,
    accept_days,
    keep_hop,
    notes,
    packages,
    release,
    require_signed,
    tenor_hard,
    tenor_soft,
)
from heqi.finance.vouchers.rules import check_package_no, check_tenor
from heqi.kernel.contracts import Context, changed
from heqi.kernel.identity import contract as identity
from heqi.types.dates import following
from heqi.types.ids import PartyId
from heqi.types.money import Money, check_positive
from heqi.types.rates import check_rate
from heqi.types.refusals import (
    AlreadyExists,
    DateInvalid,
    RoleForbidden,
    SchemaInvalid,
    StateInvalid,
)


def draft(
    ctx: Context, *, package: PackageNo, product: str, issuer: PartyId, first_payee: PartyId, face: Money, maturity: date,
    splittable: bool = True, transferable: bool = True, confirm_bank: PartyId | None = None, confirm_fee_rate: str | None = None,
    tenor_reason: str | None = None,
) -> Package:  # fmt: skip
    """The issuer prepares a promise, or changes what it has prepared. What can change until it is issued is judged then.

    Refuses, in this order: SCHEMA_INVALID (number), NOT_OWNER, SCHEMA_INVALID, MONEY_INVALID, RATE_INVALID, ALREADY_EXISTS (the
    number is taken).
    """
    _check_terms(ctx, package, issuer, first_payee, face, confirm_bank, confirm_fee_rate)
    written = Package(
        package=package, product=product, issuer=issuer, first_payee=first_payee, face=face, issue_date=ctx.today, maturity=maturity,
        due=following(maturity), splittable=splittable, transferable=transferable, confirm_bank=confirm_bank,
        confirm_fee_rate=confirm_fee_rate, tenor_reason=tenor_reason, uses=(), offered=None, paid=Money.zero(face.ccy),
        early=Money.zero(face.ccy), extinguished=Money.zero(face.ccy), handed=0, stage=PackageStage.DRAFT,
    )  # fmt: skip
    ctx.emit(PackageDrafted(package=package, issuer=issuer))
    return _enter(ctx, written)


def drop_draft(ctx: Context, package: PackageNo) -> Package:
    """The issuer gives a draft up; its number is free again. Refuses: STATE_INVALID, NOT_OWNER."""
    found = packages.get(ctx, package)
    found.expect("drop_draft", PackageStage.DRAFT)
    ctx.require_owner(found.issuer, found.label())
    packages.delete(ctx, found)
    ctx.emit(DraftDropped(package=package, issuer=found.issuer))
    return found


def issue(
    ctx: Context, *, package: PackageNo, product: str, issuer: PartyId, first_payee: PartyId, face: Money, issue_date: date, maturity: date,
    splittable: bool = True, transferable: bool = True, confirm_bank: PartyId | None = None, confirm_fee_rate: str | None = None,
    tenor_reason: str | None = None, basis: Sequence[DocumentUse],
) -> Package:  # fmt: skip
    """The issuer promises `face` at maturity to the first payee, against documents the payee has as seller.

    Refuses, in this order: NOT_OWNER, SCHEMA_INVALID, MONEY_INVALID, RATE_INVALID, DATE_INVALID, TENOR_EXCEEDED,
    ROLE_FORBIDDEN, what the documents bring, ALREADY_EXISTS.
    """
    _check_terms(ctx, package, issuer, first_payee, face, confirm_bank, confirm_fee_rate)
    if issue_date > ctx.today or maturity <= ctx.today:
        raise DateInvalid(problem=f"开立日 {issue_date} 不晚于今日，到期日 {maturity} 晚于今日 (issued by today, due after today)")
    check_tenor(issue_date, maturity, soft_months=ctx.parameter(tenor_soft), hard_months=ctx.parameter(tenor_hard), reason=tenor_reason)
    identity.require_active(ctx, first_payee)
    if confirm_bank is not None and identity.require_active(ctx, confirm_bank).org_type != "BANK":
        raise RoleForbidden(problem=f"{confirm_bank} 不是银行 (only a bank confirms)")
    taken = reserve(ctx, (package, 0), basis, face, buyer=issuer, seller=first_payee)
    issued = _enter(
        ctx,
        Package(
            package=package, product=product, issuer=issuer, first_payee=first_payee, face=face, issue_date=issue_date, maturity=maturity,
            due=following(maturity), splittable=splittable, transferable=transferable, confirm_bank=confirm_bank,
            confirm_fee_rate=confirm_fee_rate, tenor_reason=tenor_reason, uses=taken, offered=None, paid=Money.zero(face.ccy),
            early=Money.zero(face.ccy), extinguished=Money.zero(face.ccy), handed=0, stage=PackageStage.SUBMITTED,
        ),
    )  # fmt: skip
    ctx.emit(PackageIssued(package=package, issuer=issuer, face=face, maturity=maturity))
    return issued


def _check_terms(
    ctx: Context, package: PackageNo, issuer: PartyId, first_payee: PartyId, face: Money, confirm_bank: PartyId | None,
    confirm_fee_rate: str | None,
) -> None:  # fmt: skip
    """What holds of a promise on any day."""
    check_package_no(package)
    ctx.require_owner(issuer, f"Package {package}")
    if first_payee == issuer:
        raise SchemaInvalid(problem="收款人即开单人 (an issuer owes itself nothing)", field="first_payee")
    if (confirm_bank is None) != (confirm_fee_rate is None):
        raise SchemaInvalid(problem="保兑行与保兑费率须同时填写 (a confirming bank has its fee rate)", field="confirm_fee_rate")
    check_positive(face)
    if confirm_fee_rate is not None:
        check_rate(confirm_fee_rate)


def _enter(ctx: Context, package: Package) -> Package:
    """Keep a package under its number: a new one, or in the place of the issuer's own draft. Refuses: ALREADY_EXISTS."""
    known = packages.find(ctx, package.package)
    if known is not None and (known.stage, known.issuer) != (PackageStage.DRAFT, package.issuer):
        raise AlreadyExists(record=f"Package {package.package}")
    return packages.put(ctx, package)


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
    """A package that was not accepted is closed in the stage it has reached; its documents are free."""
    release(ctx, package.uses, f"{package.label()} {package.stage}")
    ctx.emit(
        PackageClosed(
            package=package.package, issuer=package.issuer, first_payee=package.first_payee, confirm_bank=package.confirm_bank,
            stage=PackageStage(package.stage),
        )
    )  # fmt: skip
    return packages.put(ctx, package)
