"""Maturity: one instruction to each holder from the issuer's account, its bank's word on each, and cover of a shortfall.

What holds here: a voucher is a payment instruction at maturity; the instructions of a package are one a holder and add up to
what is due; none is given without the issuer's standing authorisation; a shortfall is what the issuer's bank has signed, and
what the confirming bank advances is exactly that, owed to it as a claim.
"""

from collections.abc import Iterator

import msgspec

from heqi.apps.all_link.billing import bill
from heqi.apps.all_link.contract import confirmation, confirming_bank, contract, issuer, terms
from heqi.apps.all_link.model import (
    Claim,
    Funding,
    Instruction,
    LateCharge,
    LateInterestClaimed,
    MaturityInstructed,
    PaymentCameBack,
    Quota,
    ShortfallCovered,
    Terms,
)
from heqi.finance import approvals, limits, parties, payments, pricing, verifications, vouchers
from heqi.finance.payments import PaymentStage
from heqi.finance.verifications.model import SourceSignature
from heqi.finance.vouchers import Note, NoteStage, PackageNo, PackageStage
from heqi.kernel.contracts import Context, api, changed, checker, maker, own, treasurer
from heqi.types.dates import following
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive
from heqi.types.refusals import AmountExceedsBalance, DateInvalid, DocMismatch, PaymentUnconfirmed, RoleForbidden, SchemaInvalid

instructions = contract.table("instruction", Instruction, key=("package", "holder", "part"), indexes={"holder": ("holder",)})
fundings = contract.table("funding", Funding, key=("package",))
late_charges = contract.table("late_charge", LateCharge, key=("package", "holder", "part"), indexes={"issuer": ("issuer",)})
claims = contract.table("claim", Claim, key=("package",), indexes={"bank": ("bank",), "issuer": ("issuer",)})

BALANCE = "BALANCE"
"""The kind of answer by which a bank says what an account of its own holds."""
LATE = (PackageStage.DUE, PackageStage.OVERDUE)
HOLDERS_MAX = 300
"""Holders instructed in one act; call again for the rest."""
INSTRUCTIONS_MAX = 10_000
"""Instructions of one package that are looked at together."""


def paying_bank(ctx: Context, package: PackageNo) -> PartyId:
    """the bank of the issuer's settlement account"""
    return parties.settlement_account(ctx, issuer(ctx, package)).bank


def reference(package: PackageNo) -> str:
    """The rule under which a package's maturity is paid; a mandate for `all_link` covers it."""
    return f"all_link/maturity/{package}"


@contract.action("到期资金检查", by=api(paying_bank))
def check_funds(ctx: Context, package: PackageNo, answer: msgspec.Raw, signature: SourceSignature) -> Funding:
    """付款行签名说明付款账户余额，账本据此计算缺口（到期前一日与到期日）。
    The paying bank signs what the account holds; the ledger works out the shortfall (the day before and on the day)."""
    source, said, _ = verifications.read_answer(ctx, answer, signature)
    account = parties.settlement_account(ctx, issuer(ctx, package))
    if said.kind != BALANCE or source.org != account.bank:
        raise RoleForbidden(problem="须为付款行关于余额的答复 (the paying bank's answer about the balance)")
    if said.facts.get("acct_no") != account.account_no:
        raise DocMismatch(item="acct_no", expected=account.account_no[-4:], actual=str(said.facts.get("acct_no"))[-4:])
    if said.business_date != ctx.today:  # What an account held on another day says nothing about today's shortfall.
        raise DateInvalid(problem=f"余额日期 {said.business_date} 非业务日期 {ctx.today} (the balance is not today's)", field="answer")
    found = vouchers.package(ctx, package)
    if said.facts.get("ccy") != found.face.ccy:
        raise DocMismatch(item="ccy", expected=found.face.ccy, actual=str(said.facts.get("ccy")))
    available = said.facts.get("minor")
    if not isinstance(available, int) or available < 0:
        raise SchemaInvalid(problem="余额须为非负整数（分） (balance: whole fen)", field="answer.facts.minor")
    due = found.face - found.paid - found.extinguished
    missing = Money(due.ccy, max(0, due.minor - available))
    return fundings.put(
        ctx, Funding(package=package, checked=ctx.today, due=due, available=Money(due.ccy, available), shortfall=missing)
    )


@contract.action("到期付款", by=api(paying_bank))
def auto_pay(ctx: Context, package: PackageNo) -> list[Instruction]:
    """到期日按开单方的扣款授权，为每一持有人生成一笔付款指令；此前被拒的，重新生成；被冻结的凭证待解冻后再生成。
    At maturity, under the issuer's standing authorisation: one payment order a holder; those refused before are ordered anew, and a
    frozen note waits until it is unfrozen."""
    before = instructions.scan(ctx, package, limit=INSTRUCTIONS_MAX)
    instructed = {note for each in before for note in each.notes}
    made: dict[PartyId, list[Note]] = {}
    # Those thawed since they were handed out; then the rest of the package, upwards.
    thawed = [note for note in _handed(ctx, package) if note.note not in instructed]
    while len(made) < HOLDERS_MAX and (page := thawed or vouchers.due(ctx, package)):
        thawed = []
        for note in page:
            if note.stage is not NoteStage.FROZEN:
                made.setdefault(note.holder, []).append(note)
    given = [_instruct(ctx, package, holder, notes) for holder, notes in made.items()]
    again = [_order_again(ctx, each) for each in before if not each.paid and _refused(ctx, each) and not _frozen(ctx, each)]
    if given:
        total = Money.sum_of("CNY", [each.amount for each in given])
        ctx.emit(MaturityInstructed(package=package, issuer=issuer(ctx, package), count=len(given), total=total))
    return given + again


def _handed(ctx: Context, package: PackageNo) -> Iterator[Note]:
    """The live notes that `vouchers.due` has handed out."""
    handed, last = vouchers.package(ctx, package).handed, 0
    while last < handed and (page := vouchers.notes_of(ctx, package, after=last)):
        yield from (note for note in page if note.live and note.hi <= handed)
        last = page[-1].hi


def _frozen(ctx: Context, given: Instruction) -> bool:
    return any(vouchers.note(ctx, note).stage is NoteStage.FROZEN for note in given.notes)


def _instruct(ctx: Context, package: PackageNo, holder: PartyId, notes: list[Note]) -> Instruction:
    amount = Money.sum_of(notes[0].ccy, [note.face for note in notes])
    part = len(instructions.scan(ctx, package, holder, limit=INSTRUCTIONS_MAX))
    given = Instruction(
        package=package, holder=holder, part=part, amount=amount, notes=tuple(note.note for note in notes),
        orders=(_order(ctx, package, holder, amount),), paid=False,
    )  # fmt: skip
    return instructions.add(ctx, given)


def _order(ctx: Context, package: PackageNo, holder: PartyId, amount: Money) -> str:
    return payments.create(
        ctx, debtor=issuer(ctx, package), creditor=holder, amount=amount, purpose="SUPP", remittance=f"福金通到期 {package}",
        value_date=following(ctx.today), rule_ref=reference(package),
    ).order  # fmt: skip


def _refused(ctx: Context, given: Instruction) -> bool:
    return payments.order(ctx, given.orders[-1]).stage in (PaymentStage.REJECTED, PaymentStage.RETURNED)


def _order_again(ctx: Context, given: Instruction) -> Instruction:
    order = _order(ctx, given.package, given.holder, given.amount)
    return instructions.put(ctx, changed(given, orders=(*given.orders, order)))


@contract.action("到期兑付", by=api(paying_bank))
def settle(ctx: Context, package: PackageNo) -> PackageStage:
    """依据银行回执兑付各持有人：到账的凭证注销，被拒的转逾期，被冻结的待解冻；全部兑付后结清并释放额度。
    By the bank's word on each order: settled notes are redeemed, refused ones are overdue, frozen ones wait; when all is paid the
    package is settled and its limits are free."""
    vouchers.package(ctx, package).expect("settle", *LATE)
    for given in instructions.scan(ctx, package, limit=INSTRUCTIONS_MAX):
        if given.paid or _frozen(ctx, given):
            continue
        stage = payments.order(ctx, given.orders[-1]).stage
        if stage is PaymentStage.SETTLED:
            for note in given.notes:
                vouchers.redeem(ctx, note)
            instructions.put(ctx, changed(given, paid=True))
        elif stage in (PaymentStage.REJECTED, PaymentStage.RETURNED):
            for note in given.notes:
                if vouchers.note(ctx, note).stage is not NoteStage.OVERDUE:
                    vouchers.overdue(ctx, note)
    return settled_part(ctx, package)


def settled_part(ctx: Context, package: PackageNo) -> PackageStage:
    """Something of a package was paid: its part of the limits is free, and when all is paid it is settled."""
    _free_limits(ctx, package)
    found = vouchers.package(ctx, package)
    if found.paid + found.extinguished == found.face:
        found = vouchers.settle_package(ctx, package)
        terms.put(ctx, changed(terms.get(ctx, package), reopened=False))
    return PackageStage(found.stage)


def reopened(ctx: Context, package: PackageNo) -> Terms:
    """A payment came back: the package is among the unpaid ones again, also when its limits were all free."""
    held = terms.get(ctx, package)
    return terms.put(ctx, changed(held, reopened=held.stage is Quota.RELEASED))


def _free_limits(ctx: Context, package: PackageNo) -> None:
    """Limits are freed by the part that was paid (C05), once: a payment that came back does not take them anew."""
    held, found = terms.get(ctx, package), vouchers.package(ctx, package)
    paid = found.paid + found.extinguished
    if paid <= held.released:
        return
    part = paid - held.released
    limits.repay(ctx, package, part)
    if held.confirmed:
        limits.repay(ctx, confirmation(package), part)
    now = changed(held, released=paid)
    terms.put(ctx, now.moved(Quota.RELEASED, "settle") if paid == found.face else now)


@contract.action("登记到期退汇", by=api(paying_bank))
def take_back(ctx: Context, package: PackageNo) -> list[Instruction]:
    """依据银行退汇回执，将已兑付后被退回的款项恢复为欠款：凭证转逾期，已结清的凭证包重新打开，并告知持有人、开单方、集团与保兑行；其后可重新付款。
    By the bank's word that payments came back after they were settled: what they had paid is owed again. The notes are overdue, a
    settled package is open; holder, issuer, group and confirming bank are told. They can be paid anew. Limits are not taken anew."""
    vouchers.package(ctx, package).expect("take_back", *LATE, PackageStage.SETTLED)
    held, back = terms.get(ctx, package), list[Instruction]()
    for given in instructions.scan(ctx, package, limit=INSTRUCTIONS_MAX):
        order = payments.order(ctx, given.orders[-1])
        if given.paid and order.stage is PaymentStage.RETURNED:
            for note in given.notes:
                vouchers.reinstate(ctx, note)
            back.append(instructions.put(ctx, changed(given, paid=False)))
            ctx.emit(
                PaymentCameBack(
                    package=package, issuer=held.issuer, group=held.group, confirm_bank=held.confirm_bank, holder=given.holder,
                    amount=given.amount, reason=order.reason,
                )
            )  # fmt: skip
    if back:
        reopened(ctx, package)
    return back


@contract.action("计收逾期利息", by=(maker(own), checker(own)))
def claim_late_interest(ctx: Context, package: PackageNo, part: int) -> LateCharge:
    """持有人就到期后才收到的款项向开单方计收逾期利息：未付金额 × LPR × 1.3 × 天数/360，自到期日起算至到账日；每笔一次。
    A holder who was paid late claims late interest of the issuer: unpaid × LPR × 1.3 × days/360 from the due day to the day of
    payment, once for each instruction."""
    given = instructions.get(ctx, package, ctx.org, part)
    found, order = vouchers.package(ctx, package), payments.order(ctx, given.orders[-1])
    if not given.paid or order.settled is None:
        raise PaymentUnconfirmed(payment=f"{package} {ctx.org}/{part}")
    interest = vouchers.late_interest(ctx, given.amount, found.due, max(found.due, order.settled))
    if not interest:
        raise DateInvalid(problem=f"于 {order.settled} 付讫，到期日 {found.due} (paid in time)")
    charge = late_charges.insert(
        ctx,
        LateCharge(
            package=package, holder=ctx.org, part=part, issuer=found.issuer, unpaid=given.amount, due=found.due, paid_on=order.settled,
            interest=interest,
        ),
    )  # fmt: skip
    bill(ctx, ctx.org, found.issuer, interest, "late_interest", f"{package}/{ctx.org}/{part}/late")
    ctx.emit(LateInterestClaimed(package=package, holder=ctx.org, issuer=found.issuer, interest=interest))
    return charge


@contract.action(
    "垫付缺口",
    by=(
        maker(confirming_bank), checker(confirming_bank), treasurer(confirming_bank),
        *approvals.tier_steps(confirming_bank, "all_link.cover_shortfall"),
    ),
)  # fmt: skip
def cover_shortfall(ctx: Context, package: PackageNo, amount: Positive) -> Claim:
    """保兑行当日向开单方账户垫付缺口，随即对开单方享有债权；金额须等于账本记录的缺口。垫款被银行拒付的，可按原额重付。
    The confirming bank advances the shortfall to the issuer's account the same day and holds the claim; exactly the shortfall. An
    advance that the bank refused to execute is ordered anew."""
    found = vouchers.package(ctx, package)
    found.expect("cover_shortfall", PackageStage.OVERDUE)
    bank = confirming_bank(ctx, package)
    assert bank is not None, "the seats name a bank"
    shortfall = fundings.get(ctx, package).shortfall
    if amount > shortfall:
        raise AmountExceedsBalance(record=f"{package} 缺口 shortfall", available=shortfall)
    if amount < shortfall:
        raise DocMismatch(item=f"{package} 缺口 shortfall", expected=shortfall, actual=amount)
    known = claims.find(ctx, package)
    if known is not None:
        payments.order(ctx, known.order).expect("cover_shortfall", PaymentStage.REJECTED, PaymentStage.RETURNED)
        pricing.require_equal("claim", known.amount, amount)
    order = payments.create(
        ctx, debtor=bank, creditor=found.issuer, amount=amount, purpose="LOAN", remittance=f"福金通保兑垫款 {package}",
        value_date=ctx.today, rule_ref=f"all_link/cover/{package}",
    )  # fmt: skip
    if known is None:
        bill(ctx, bank, found.issuer, amount, "advances", f"{package}/cover")
    ctx.emit(ShortfallCovered(package=package, bank=bank, issuer=found.issuer, amount=amount))
    return claims.put(ctx, Claim(package=package, bank=bank, issuer=found.issuer, amount=amount, advanced=ctx.today, order=order.order))


@contract.invariant
def what_fell_due_is_instructed_once(ctx: Context) -> None:
    """Σ instructions and what waits for none (frozen, or thawed since) = face less what came back to the issuer or was repaid early
    (S03.5)."""
    for held in terms.every(ctx):
        found = vouchers.package(ctx, held.package)
        if found.stage in (*LATE, PackageStage.SETTLED):
            given = instructions.scan(ctx, held.package, limit=INSTRUCTIONS_MAX)
            names = [note for each in given for note in each.notes]
            assert len(names) == len({*names}), f"{held.package}: a note is instructed twice"
            waiting = sum(note.face.minor for note in vouchers.live(ctx, held.package, limit=1 << 40) if note.note not in {*names})
            total = sum(each.amount.minor for each in given)
            elsewhere = found.extinguished.minor + found.early.minor
            assert total + waiting + elsewhere == found.face.minor, f"{held.package}: {total} instructed"
