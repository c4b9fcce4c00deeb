"""A contract for tests with one action for each function of the register, signed by one desk (or two, where both must sign)."""

from datetime import date

from heqi.finance import uses, verifications, vouchers
from heqi.finance.uses import DocumentRef, DocumentUse
from heqi.finance.verifications import Source
from heqi.finance.vouchers import Note, NoteId, Package, PackageNo
from heqi.kernel.contracts import Context, Contract, anybody, anyone, maker, own
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive
from heqi.types.rates import Rate

contract = Contract("play", title=("凭证演练", "Voucher play"), uses=(uses.register, vouchers.register))
one = maker(own)
two = (maker(own), anybody(anyone))


@contract.action("信任", by=one)
def trust(ctx: Context, source: Source) -> None:
    """信任数据源。
    Trust a source."""
    verifications.trust(ctx, source)


@contract.action("登记单据", by=one)
def enter(ctx: Context, document: DocumentRef, total: Positive) -> None:
    """登记单据。
    Register a document."""
    uses.open(ctx, document, total)


@contract.action("剩余", by=one)
def left(ctx: Context, document: DocumentRef) -> Money:
    """单据剩余。
    What is left of a document."""
    return uses.available(ctx, document, uses.UseClass.VOUCHER_BASIS)


@contract.action("他用", by=one)
def use_elsewhere(ctx: Context, document: DocumentRef, amount: Money) -> None:
    """单据他用。
    Use a document elsewhere."""
    uses.activate(ctx, uses.reserve(ctx, document, uses.UseClass.FINANCING, amount).use)


@contract.action("开立", by=one)
def issue(
    ctx: Context, package: str, issuer: PartyId, first_payee: PartyId, face: Money, issue_date: date, maturity: date,
    basis: list[DocumentUse], splittable: bool = True, transferable: bool = True, confirm_bank: PartyId | None = None,
    confirm_fee_rate: Rate | None = None, tenor_reason: str | None = None,
) -> Package:  # fmt: skip
    """开立。
    Issue."""
    return vouchers.issue(
        ctx, package=package, product="TEST", issuer=issuer, first_payee=first_payee, face=face, issue_date=issue_date, maturity=maturity,
        splittable=splittable, transferable=transferable, confirm_bank=confirm_bank, confirm_fee_rate=confirm_fee_rate,
        tenor_reason=tenor_reason, basis=basis,
    )  # fmt: skip


@contract.action("草拟", by=one)
def draft(
    ctx: Context, package: str, issuer: PartyId, first_payee: PartyId, face: Money, maturity: date,
    confirm_bank: PartyId | None = None, confirm_fee_rate: Rate | None = None,
) -> Package:  # fmt: skip
    """草拟。
    Draft."""
    return vouchers.draft(
        ctx, package=package, product="TEST", issuer=issuer, first_payee=first_payee, face=face, maturity=maturity,
        confirm_bank=confirm_bank, confirm_fee_rate=confirm_fee_rate,
    )  # fmt: skip


@contract.action("弃稿", by=one)
def drop_draft(ctx: Context, package: PackageNo) -> Package:
    """弃稿。
    Drop a draft."""
    return vouchers.drop_draft(ctx, package)


@contract.action("批准", by=one)
def approve(ctx: Context, package: PackageNo) -> Package:
    """批准。
    Approve."""
    return vouchers.approve(ctx, package)


@contract.action("保兑", by=one)
def confirm(ctx: Context, package: PackageNo) -> Package:
    """保兑。
    Confirm."""
    return vouchers.confirm(ctx, package)


@contract.action("提示", by=one)
def offer(ctx: Context, package: PackageNo) -> Package:
    """提示签收。
    Offer."""
    return vouchers.offer(ctx, package)


@contract.action("签收", by=one)
def accept(ctx: Context, package: PackageNo) -> Note:
    """签收。
    Accept."""
    return vouchers.accept(ctx, package)


@contract.action("拒收", by=one)
def reject(ctx: Context, package: PackageNo) -> Package:
    """拒收。
    Reject."""
    return vouchers.reject(ctx, package)


@contract.action("撤回", by=one)
def withdraw(ctx: Context, package: PackageNo) -> Package:
    """撤回。
    Withdraw."""
    return vouchers.withdraw(ctx, package)


@contract.action("切分", by=one)
def cut(ctx: Context, note: NoteId, amount: Money) -> list[Note]:
    """切分。
    Cut."""
    return list(vouchers.cut(ctx, note, amount))


@contract.action("多次切分", by=one)
def cut_at(ctx: Context, note: NoteId, cuts: list[int]) -> list[Note]:
    """切分。
    Cut at."""
    return vouchers.cut_at(ctx, note, cuts)


@contract.action("转让", by=one)
def transfer(ctx: Context, note: NoteId, amount: Money, to: PartyId, basis: list[DocumentUse]) -> Note:
    """转让。
    Transfer."""
    return vouchers.transfer(ctx, note, amount, to, basis)


@contract.action("签收转让", by=one)
def sign_in(ctx: Context, note: NoteId) -> Note:
    """签收。
    Sign in."""
    return vouchers.sign_in(ctx, note)


@contract.action("拒签", by=one)
def decline(ctx: Context, note: NoteId) -> Note:
    """拒签。
    Decline."""
    return vouchers.decline(ctx, note)


@contract.action("收回", by=one)
def recall(ctx: Context, note: NoteId) -> Note:
    """收回。
    Recall."""
    return vouchers.recall(ctx, note)


@contract.action("申请融资", by=one)
def apply_finance(ctx: Context, note: NoteId, amount: Money, financier: PartyId) -> Note:
    """申请融资。
    Apply for finance."""
    return vouchers.apply_finance(ctx, note, amount, financier)


@contract.action("终止融资", by=one)
def end_finance(ctx: Context, note: NoteId) -> Note:
    """终止融资。
    End finance."""
    return vouchers.end_finance(ctx, note)


@contract.action("放款", by=one)
def fund(ctx: Context, note: NoteId) -> Note:
    """放款。
    Fund."""
    return vouchers.fund(ctx, note)


@contract.action("锁定", by=one)
def lock(ctx: Context, note: NoteId, to: PartyId, at_least: Money, until: date) -> Note:
    """锁定。
    Lock."""
    return vouchers.lock(ctx, note, to, at_least, until, "DvP")


@contract.action("解锁", by=one)
def unlock(ctx: Context, note: NoteId) -> Note:
    """解锁。
    Unlock."""
    return vouchers.unlock(ctx, note)


@contract.action("转售", by=one)
def resell(ctx: Context, note: NoteId, to: PartyId, paid: Money | None = None) -> Note:
    """转售。
    Resell."""
    return vouchers.resell(ctx, note, to, paid)


@contract.action("双签转售", by=two)
def resell_both(ctx: Context, note: NoteId, to: PartyId) -> Note:
    """转售。
    Resell."""
    return vouchers.resell(ctx, note, to)


@contract.action("提前兑付", by=one)
def repay_early(ctx: Context, note: NoteId, paid: Money | None = None) -> Note:
    """提前兑付。
    Repay early."""
    return vouchers.repay_early(ctx, note, paid)


@contract.action("双签提前兑付", by=two)
def repay_both(ctx: Context, note: NoteId) -> Note:
    """提前兑付。
    Repay early."""
    return vouchers.repay_early(ctx, note)


@contract.action("退汇", by=one)
def reinstate(ctx: Context, note: NoteId, early: bool = False) -> Note:
    """退汇。
    Reinstate."""
    return vouchers.reinstate(ctx, note, early=early)


@contract.action("质押", by=one)
def pledge(ctx: Context, note: NoteId, pledgee: PartyId) -> Note:
    """质押。
    Pledge."""
    return vouchers.pledge(ctx, note, pledgee)


@contract.action("双签质押", by=two)
def pledge_both(ctx: Context, note: NoteId, pledgee: PartyId) -> Note:
    """质押。
    Pledge."""
    return vouchers.pledge(ctx, note, pledgee)


@contract.action("解质押", by=one)
def release_pledge(ctx: Context, note: NoteId) -> Note:
    """解质押。
    Release a pledge."""
    return vouchers.release_pledge(ctx, note)


@contract.action("双签解质押", by=two)
def release_both(ctx: Context, note: NoteId) -> Note:
    """解质押。
    Release a pledge."""
    return vouchers.release_pledge(ctx, note)


@contract.action("到期", by=one)
def due(ctx: Context, package: PackageNo, limit: int = 400) -> list[Note]:
    """到期。
    Due."""
    return vouchers.due(ctx, package, limit)


@contract.action("到期清单", by=one)
def due_packages(ctx: Context) -> list[PackageNo]:
    """到期清单。
    Due packages."""
    return [package.package for package in vouchers.due_packages(ctx, ctx.today, 10)]


@contract.action("兑付", by=one)
def redeem(ctx: Context, note: NoteId, amount: Money | None = None) -> Note:
    """兑付。
    Redeem."""
    return vouchers.redeem(ctx, note, amount)


@contract.action("逾期", by=one)
def overdue(ctx: Context, note: NoteId) -> Note:
    """逾期。
    Overdue."""
    return vouchers.overdue(ctx, note)


@contract.action("代偿", by=one)
def subrogate(ctx: Context, note: NoteId, to: PartyId) -> Note:
    """代偿。
    Subrogate."""
    return vouchers.subrogate(ctx, note, to)


@contract.action("结清", by=one)
def settle_package(ctx: Context, package: PackageNo) -> Package:
    """结清。
    Settle."""
    return vouchers.settle_package(ctx, package)


@contract.action("逾期利息", by=one)
def late_interest(ctx: Context, unpaid: Money, due: date, paid_on: date) -> Money:
    """逾期利息。
    Late interest."""
    return vouchers.late_interest(ctx, unpaid, due, paid_on)


@contract.action("有效凭证", by=one)
def live(ctx: Context, package: PackageNo) -> list[Note]:
    """有效凭证。
    Live notes."""
    return vouchers.live(ctx, package)


@contract.action("持有", by=one)
def of_holder(ctx: Context, org: PartyId, limit: int) -> list[NoteId]:
    """一家机构持有的有效凭证，逐页。
    An organisation's live notes, page by page."""
    found, last = [], None
    while page := vouchers.of_holder(ctx, org, after=last, limit=limit):
        found, last = [*found, *(note.note for note in page)], page[-1]
    return found
