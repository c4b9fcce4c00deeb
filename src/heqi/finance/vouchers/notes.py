"""What is done with notes while they circulate: cut, passed on, financed, sold, pledged, frozen (spec C05).

Refusals of an act, in this order: SCHEMA_INVALID (the note's name), NOT_FOUND, STATE_INVALID (note or package),
NOT_OWNER or SIGNATURE_INVALID, FROZEN, STATE_INVALID (locked by a hold), SCHEMA_INVALID or AMOUNT_EXCEEDS_BALANCE,
RULE_BLOCKED (not splittable, not transferable), ROLE_FORBIDDEN (the other party), DATE_INVALID, RULE_BLOCKED (passed on
too often), then what the documents bring: DOC_NOT_VERIFIED, DOC_VOID, DOC_MISMATCH, NEAR_DUP, DUP_USE.
"""

from collections.abc import Sequence
from datetime import date

from heqi.finance import holds
from heqi.finance.uses import DocumentUse
from heqi.finance.vouchers.documents import activate, reserve
from heqi.finance.vouchers.events import (
    NoteExtinguished,
    NoteFrozen,
    NoteLocked,
    NoteOffered,
    NotePledged,
    NoteRedeemed,
    NoteReturned,
    NoteUnfrozen,
    PledgeReleased,
)
from heqi.finance.vouchers.model import (
    IN_FLIGHT,
    HopKind,
    Note,
    NoteId,
    NoteStage,
    Package,
    PackageStage,
)
from heqi.finance.vouchers.register import (
    DAY,
    circulating_before_maturity,
    detach,
    free,
    give_back,
    hand_over,
    hops_max,
    in_stage,
    measure,
    note_of,
    notes,
    offer_days,
    packages,
    receiver,
    register,
    require_other,
    require_signed,
    require_thawed,
    same_currency,
)
from heqi.finance.vouchers.rules import cut_points
from heqi.kernel.contracts import Context, changed, checker, maker, own
from heqi.kernel.identity import contract as identity
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import DateInvalid, Frozen, RuleBlocked, SchemaInvalid, StateInvalid
from heqi.types.words import CaseNo

CUTS_MAX = 100
"""Parts one act cuts a note into."""


# --- cut and passed on -----------------------------------------------------------------------------------------------
def cut(ctx: Context, note: NoteId, amount: Money) -> tuple[Note, Note]:
    """Cut a note in two: the lowest units that make `amount`, and the rest. Refuses a part without units: SCHEMA_INVALID."""
    held, package = free(ctx, note, "cut")
    same_currency(held, amount)
    first, second = _cut(ctx, held, package, [held.lo + amount.minor - 1])
    return first, second


def cut_at(ctx: Context, note: NoteId, cuts: list[int]) -> list[Note]:
    """Cut a note after each of these units, given upwards. Refuses a part without units: SCHEMA_INVALID."""
    held, package = free(ctx, note, "cut")
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
    held, package = free(ctx, note, "transfer")
    measure(held, package, amount)
    if not package.transferable:
        raise RuleBlocked(rule="vouchers.transferable", reason=f"{package.label()} 不得转让 (not transferable)")
    require_other(ctx, held, to)
    if ctx.today >= package.maturity - DAY:
        raise DateInvalid(problem=f"到期日 {package.maturity} 前一日起不得转让 (no transfer from the day before maturity)")
    if held.hops >= ctx.parameter(hops_max):
        raise RuleBlocked(rule="vouchers.hops_max", reason=f"{held.label()} 已流转 {held.hops} 次 (passed on {held.hops} times)")
    taken = reserve(ctx, (held.package, held.lo), basis, amount, buyer=held.holder, seller=to)
    part = detach(ctx, held, amount)
    offered = part.moved(NoteStage.IN_TRANSFER, "transfer", counterparty=to, offered=ctx.today, uses=taken)
    ctx.emit(NoteOffered(note=offered.note, amount=amount, holder=held.holder, counterparty=to, stage=NoteStage.IN_TRANSFER))
    return notes.put(ctx, offered)


def sign_in(ctx: Context, note: NoteId) -> Note:
    """The transferee takes the offered note: it is theirs, without recourse to the transferor. At the issuer it is extinct.

    Refuses, in this order: STATE_INVALID, SIGNATURE_INVALID, FROZEN, STATE_INVALID (offer lapsed), DATE_INVALID (matured),
    what the documents bring if their reservation has expired meanwhile.
    """
    offered = in_stage(ctx, note, NoteStage.IN_TRANSFER, "sign_in")
    to = receiver(ctx, offered)
    package = packages.get(ctx, offered.package)
    assert offered.offered is not None
    if package.stage is not PackageStage.CIRCULATING or ctx.today > offered.offered + DAY * ctx.parameter(offer_days):
        raise StateInvalid(record=offered.label(), stage="LAPSED", act="sign_in")
    if ctx.today >= package.maturity:
        raise DateInvalid(problem=f"已到期 {package.maturity} (matured)")
    active = activate(ctx, (offered.package, offered.lo), offered.uses, offered.holder)
    if to == package.issuer:
        packages.put(ctx, changed(package, extinguished=package.extinguished + offered.face))
        ctx.emit(NoteExtinguished(note=note, amount=offered.face, issuer=to))
        return hand_over(ctx, offered, to, HopKind.TRANSFER, NoteStage.EXTINGUISHED, active)
    return hand_over(ctx, offered, to, HopKind.TRANSFER, NoteStage.HELD, active)


def decline(ctx: Context, note: NoteId) -> Note:
    """The transferee does not want it: back to its holder. Refuses: STATE_INVALID, SIGNATURE_INVALID, FROZEN."""
    offered = in_stage(ctx, note, NoteStage.IN_TRANSFER, "decline")
    receiver(ctx, offered)
    return give_back(ctx, offered, "拒收 (declined)")


def recall(ctx: Context, note: NoteId) -> Note:
    """The holder takes the offer back before it is signed for. Refuses: STATE_INVALID, NOT_OWNER, FROZEN."""
    offered = in_stage(ctx, note, NoteStage.IN_TRANSFER, "recall")
    ctx.require_owner(offered.holder, offered.label())
    require_thawed(offered)
    return give_back(ctx, offered, "撤回 (recalled)")


# --- financed, sold, pledged -----------------------------------------------------------------------------------------
def apply_finance(ctx: Context, note: NoteId, amount: Money, financier: PartyId) -> Note:
    """Lock the lowest units of a note for a financier; the rest stays. The holder signs. Returns the locked part."""
    held, package = free(ctx, note, "apply_finance")
    measure(held, package, amount)
    require_other(ctx, held, financier)
    if ctx.today >= package.maturity:
        raise DateInvalid(problem=f"已到期 {package.maturity} (matured)")
    locked = detach(ctx, held, amount).moved(NoteStage.IN_FINANCING, "apply_finance", counterparty=financier)
    ctx.emit(NoteOffered(note=locked.note, amount=amount, holder=held.holder, counterparty=financier, stage=NoteStage.IN_FINANCING))
    return notes.put(ctx, locked)


def end_finance(ctx: Context, note: NoteId) -> Note:
    """No financing: back to its holder. The holder or the financier signs. Refuses: STATE_INVALID, NOT_OWNER, FROZEN."""
    locked = in_stage(ctx, note, NoteStage.IN_FINANCING, "end_finance")
    if not ctx.signed_by(str(locked.counterparty)):
        ctx.require_owner(locked.holder, locked.label())
    require_thawed(locked)
    return give_back(ctx, locked, "融资终止 (financing ended)")


def fund(ctx: Context, note: NoteId) -> Note:
    """The financier has it: IN_FINANCING → FINANCED. The caller has checked price, registration and settled payment.

    Refuses, in this order: STATE_INVALID, SIGNATURE_INVALID, FROZEN, STATE_INVALID (package), DATE_INVALID.
    """
    locked = in_stage(ctx, note, NoteStage.IN_FINANCING, "fund")
    financier = receiver(ctx, locked)
    circulating_before_maturity(ctx, locked, "fund")
    return hand_over(ctx, locked, financier, HopKind.FINANCE, NoteStage.FINANCED)


def lock(ctx: Context, note: NoteId, to: PartyId, at_least: Money, until: date, purpose: str) -> Note:
    """The holder lets `to` have the whole note for at least so much, until a day before maturity (a hold, law 4).

    While the hold binds, the note moves by `resell` to `to` only. Refuses: STATE_INVALID, NOT_OWNER, FROZEN,
    STATE_INVALID (locked already), DATE_INVALID, then what `holds.place` refuses.
    """
    held, package = free(ctx, note, "lock", NoteStage.HELD, NoteStage.FINANCED)
    if until >= package.maturity:
        raise DateInvalid(problem=f"授权须早于到期日 {package.maturity} (a hold ends before maturity)", field="until")
    hold = holds.place(ctx, f"{register.name}:{held.note}", held.holder, to, at_least, until, purpose)
    ctx.emit(NoteLocked(note=held.note, holder=held.holder, to=to, hold=hold.hold))
    return notes.put(ctx, changed(held, hold=hold.hold))


def unlock(ctx: Context, note: NoteId) -> Note:
    """End the hold on a note without a sale: the party it names at any time, anybody after its day. Refuses: STATE_INVALID, NOT_OWNER."""
    held = note_of(ctx, note)
    if held.hold is None:
        raise StateInvalid(record=held.label(), stage="NOT_LOCKED", act="unlock")
    if holds.get(ctx, held.hold).stage is holds.HoldStage.OPEN:
        holds.give_back(ctx, held.hold)
    ctx.emit(NoteReturned(note=held.note, amount=held.face, holder=held.holder, counterparty=None, reason="解除锁定 (unlocked)"))
    return notes.put(ctx, changed(held, hold=None))


def resell(ctx: Context, note: NoteId, to: PartyId, paid: Money | None = None) -> Note:
    """Sell a whole note on (再保理): FINANCED(to). The caller has checked the settled payment.

    Either its hold is met, `paid` by `to` (any note its holder has locked); or holder and buyer both sign (a financed
    note). Refuses, in this order: FROZEN, STATE_INVALID, NOT_OWNER and SIGNATURE_INVALID (or what `holds.release`
    refuses), STATE_INVALID (package), DATE_INVALID, SCHEMA_INVALID, ROLE_FORBIDDEN.
    """
    held = note_of(ctx, note)
    _let_go(ctx, held, to, paid, "resell", NoteStage.FINANCED)
    require_other(ctx, held, to)
    return hand_over(ctx, held, to, HopKind.RESALE, NoteStage.FINANCED)


def repay_early(ctx: Context, note: NoteId, paid: Money | None = None) -> Note:
    """The issuer has paid a whole note before maturity (提前兑付): HELD or FINANCED → REDEEMED. The caller has checked the payment.

    Nobody need take his money early, nor less of it: either the note's hold to the issuer is met by `paid`, or holder and issuer
    both sign. Refuses, in this order: FROZEN, STATE_INVALID, NOT_OWNER and SIGNATURE_INVALID (or what `holds.release` refuses),
    STATE_INVALID (package), DATE_INVALID.
    """
    held = note_of(ctx, note)
    package = packages.get(ctx, held.package)
    _let_go(ctx, held, package.issuer, paid, "repay_early", NoteStage.HELD, NoteStage.FINANCED)
    packages.put(ctx, changed(package, paid=package.paid + held.face, early=package.early + held.face))
    ctx.emit(NoteRedeemed(note=held.note, amount=held.face, holder=held.holder, issuer=package.issuer))
    return notes.put(ctx, held.moved(NoteStage.REDEEMED, "repay_early", hold=None))


def _let_go(ctx: Context, held: Note, to: PartyId, paid: Money | None, act: str, *unlocked: NoteStage) -> None:
    """The holder lets `to` have the note: by the hold that `paid` meets, or by both signatures while it is in a stage of `unlocked`."""
    locked = held.hold is not None and holds.binding(ctx, held.hold)
    require_thawed(held)
    held.expect(act, *((NoteStage.FINANCED, NoteStage.HELD) if locked else unlocked))
    if locked:
        assert held.hold is not None
        if paid is None:
            raise StateInvalid(record=held.label(), stage="LOCKED", act=act)
        holds.release(ctx, held.hold, to, paid)
    else:
        ctx.require_owner(held.holder, held.label())
        require_signed(ctx, to)
    circulating_before_maturity(ctx, held, act)


def pledge(ctx: Context, note: NoteId, pledgee: PartyId) -> Note:
    """Give a whole note in pledge; holder and pledgee both sign. Refuses: STATE_INVALID, NOT_OWNER, FROZEN, SIGNATURE_INVALID."""
    held, _ = free(ctx, note, "pledge")
    require_other(ctx, held, pledgee)
    require_signed(ctx, pledgee)
    ctx.emit(NotePledged(note=held.note, amount=held.face, holder=held.holder, pledgee=pledgee))
    return notes.put(ctx, held.moved(NoteStage.PLEDGED, "pledge", counterparty=pledgee))


def release_pledge(ctx: Context, note: NoteId) -> Note:
    """End a pledge; pledgee and holder both sign. Refuses: STATE_INVALID, SIGNATURE_INVALID, NOT_OWNER, FROZEN."""
    pledged = in_stage(ctx, note, NoteStage.PLEDGED, "release_pledge")
    pledgee = receiver(ctx, pledged)
    ctx.require_owner(pledged.holder, pledged.label())
    ctx.emit(PledgeReleased(note=pledged.note, amount=pledged.face, holder=pledged.holder, pledgee=pledgee))
    return notes.put(ctx, pledged.moved(NoteStage.HELD, "release_pledge", counterparty=None))


# --- frozen ----------------------------------------------------------------------------------------------------------
@register.action("冻结凭证", by=(maker(own), checker(own)))
def freeze(ctx: Context, note: NoteId, case_no: CaseNo) -> Note:
    """监管机构依案号冻结一张有效凭证。
    The regulator freezes a live note under a case number."""
    found = note_of(ctx, note)
    identity.require_regulator(ctx)
    require_thawed(found)
    frozen = found.moved(NoteStage.FROZEN, "freeze", frozen_from=found.stage, case_no=case_no)
    ctx.emit(NoteFrozen(note=found.note, holder=found.holder, case_no=case_no))
    return notes.put(ctx, frozen)


@register.action("解冻凭证", by=(maker(own), checker(own)))
def unfreeze(ctx: Context, note: NoteId, case_no: CaseNo) -> Note:
    """监管机构依原案号解冻凭证，恢复冻结前的状态；其间已到期的，未决的转让或融资随之终止。
    The regulator unfreezes a note under its case number: it is as it was, but what has matured meanwhile is no longer on offer."""
    found = note_of(ctx, note)
    identity.require_regulator(ctx)
    found.expect("unfreeze", NoteStage.FROZEN)
    if case_no != found.case_no:
        raise Frozen(record=found.label(), case_no=found.case_no or "")
    assert found.frozen_from is not None
    thawed = found.moved(found.frozen_from, "unfreeze", frozen_from=None, case_no=None)
    ctx.emit(NoteUnfrozen(note=found.note, holder=found.holder, case_no=case_no))
    if thawed.stage in IN_FLIGHT and packages.get(ctx, found.package).stage is not PackageStage.CIRCULATING:
        return give_back(ctx, thawed, "到期 (matured)")
    return notes.put(ctx, thawed)

