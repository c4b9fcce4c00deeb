"""Early repayment (提前兑付): the issuer pays a note before maturity, at its face or less what the holder lets it off.

What holds here: the holder agrees by its signature and keeps the note, held for the issuer alone, until the issuer's bank has
settled the payment; the discount is the ledger's own arithmetic (C08: straight discount from the day of payment to the adjusted
maturity); limits are free by the face at once; when nothing of a package is live it is settled. What not: the fee of a
confirmation, which was earned when the voucher took effect, and interest a financier has deducted, are not given back.
"""

from datetime import date, timedelta

from heqi.apps.all_link.contract import contract
from heqi.apps.all_link.financing import HOLD_DAYS
from heqi.apps.all_link.maturity import reopened, settled_part
from heqi.apps.all_link.model import NoteRepaid, PaymentCameBack, Repayment, RepaymentStage, RequestId
from heqi.finance import payments, pricing, vouchers
from heqi.finance.payments import PaymentStage
from heqi.finance.vouchers import NoteId
from heqi.kernel.contracts import Context, api, approver, checker, maker, members
from heqi.types.ids import PartyId
from heqi.types.rates import Rate
from heqi.types.refusals import DateInvalid

repayments = contract.table(
    "repayment", Repayment, key=("repayment",), indexes={"issuer": ("issuer", "stage"), "holder": ("holder", "stage")}
)


# --- who signs ----------------------------------------------------------------------------------------------------------
def debtor(ctx: Context, note: NoteId) -> PartyId:
    """the issuer of the note's package"""
    return vouchers.package(ctx, vouchers.note(ctx, note).package).issuer


def creditor(ctx: Context, note: NoteId) -> PartyId:
    """the note's holder"""
    return vouchers.note(ctx, note).holder


def repayer(ctx: Context, repayment: RequestId) -> PartyId:
    """the issuer that repays"""
    return repayments.get(ctx, repayment).issuer


# --- the acts -----------------------------------------------------------------------------------------------------------
@contract.action("提前兑付", by=(maker(debtor), checker(debtor), approver(debtor), maker(creditor), checker(creditor)))
def repay_early(ctx: Context, note: NoteId, discount_rate: Rate, value_date: date) -> Repayment:
    """开单方与持有人约定提前兑付整张凭证，按约定年利率贴扣剩余天数的利息（0 为按面额）；付款到账后凭证注销。
    Issuer and holder agree that a note is repaid before maturity, whole, less interest at the agreed rate for the days left (0: at its
    face); it is redeemed once the payment is settled."""
    held = vouchers.note(ctx, note)
    package = vouchers.package(ctx, held.package)
    if not ctx.today <= value_date < package.maturity:
        raise DateInvalid(problem=f"起息日 {value_date} 须自今日起且早于到期日 {package.maturity} (from today, before maturity)")
    priced = pricing.discount(held.face, discount_rate, value_date, package.maturity)
    until = min(value_date + timedelta(days=ctx.parameter(HOLD_DAYS)), package.maturity - timedelta(days=1))
    repayment = ctx.unique("repayment")
    locked = vouchers.lock(ctx, note, package.issuer, priced.net, until, f"early repayment {repayment}")
    order = payments.create(
        ctx, debtor=package.issuer, creditor=held.holder, amount=priced.net, purpose="SUPP", remittance=f"福金通提前兑付 {note}",
        value_date=value_date, rule_ref=reference(repayment), dvp=locked.hold,
    )  # fmt: skip
    return repayments.add(
        ctx,
        Repayment(
            repayment=repayment, note=note, package=held.package, issuer=package.issuer, holder=held.holder, amount=held.face,
            rate=discount_rate, days=priced.days, discount=priced.interest, pays=priced.net, hold=locked.hold or "", order=order.order,
            stage=RepaymentStage.AGREED,
        ),
    )  # fmt: skip


def reference(repayment: RequestId) -> str:
    """The rule under which an early repayment is paid."""
    return f"all_link/repayment/{repayment}"


@contract.action("提前兑付完成", by=api(repayer))
def complete_repayment(ctx: Context, repayment: RequestId) -> Repayment:
    """凭银行到账证据注销凭证，释放相应额度；全部兑付的凭证包随即结清。
    On the bank's settled evidence the note is redeemed and its part of the limits free; a package with nothing left is settled."""
    agreed = repayments.get(ctx, repayment)
    done = agreed.moved(RepaymentStage.DONE, "complete_repayment")
    paid = payments.require_settled(ctx, agreed.order, rule_ref=reference(repayment))
    vouchers.repay_early(ctx, agreed.note, paid.amount)
    settled_part(ctx, agreed.package)
    ctx.emit(NoteRepaid(repayment=repayment, note=agreed.note, issuer=agreed.issuer, holder=agreed.holder, pays=agreed.pays))
    return repayments.put(ctx, done)


@contract.action("取消提前兑付", by=api(repayer))
def cancel_repayment(ctx: Context, repayment: RequestId) -> Repayment:
    """付款被拒后取消提前兑付，凭证解锁。
    After the payment was refused: the repayment is off and the note unlocked."""
    agreed = repayments.get(ctx, repayment)
    cancelled = agreed.moved(RepaymentStage.CANCELLED, "cancel_repayment")
    payments.order(ctx, agreed.order).expect("cancel_repayment", PaymentStage.REJECTED, PaymentStage.RETURNED)
    vouchers.unlock(ctx, agreed.note)
    return repayments.put(ctx, cancelled)


@contract.action("提前兑付退汇", by=api(repayer))
def take_back_repayment(ctx: Context, repayment: RequestId) -> Repayment:
    """依据银行退汇回执，将已提前兑付的凭证恢复：到期前恢复持有，到期后转逾期；额度不重新占用。
    By the bank's word that the payment came back: the note stands again, held before maturity, overdue after. Limits are not taken
    anew."""
    done = repayments.get(ctx, repayment)
    returned = done.moved(RepaymentStage.RETURNED, "take_back_repayment")
    order = payments.order(ctx, done.order)
    order.expect("take_back_repayment", PaymentStage.RETURNED)
    vouchers.reinstate(ctx, done.note, early=True)
    held = reopened(ctx, done.package)
    ctx.emit(
        PaymentCameBack(
            package=done.package, issuer=done.issuer, group=held.group, confirm_bank=held.confirm_bank, holder=done.holder,
            amount=done.amount, reason=order.reason,
        )
    )  # fmt: skip
    return repayments.put(ctx, returned)


@contract.view("我的提前兑付", sees=members)
def my_repayments(ctx: Context, stage: RepaymentStage = RepaymentStage.AGREED) -> list[Repayment]:
    """本机构付出或收到的、处于某一状态的提前兑付。
    Early repayments one makes or receives, in one stage."""
    assert ctx.viewer is not None
    return [each for index in ("issuer", "holder") for each in repayments.by(ctx, index, ctx.viewer.org, stage)]
