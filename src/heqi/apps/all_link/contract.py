"""All-Link 福金通 (S03): from an open payable to the payment at maturity, act by act in the order of a voucher's life.

What holds here: the group's quota bounds what its issuers promise; a promise binds nobody before the payee's own signature;
nothing leaves a holder without theirs; every figure of a financing is computed by the ledger; a payment counts only when the
bank's signed evidence says so. What the ledger does not prove: that the goods were delivered; it relies on the ERP's word.
"""

from datetime import date, timedelta

from heqi.apps.all_link import rules
from heqi.apps.all_link.billing import bill, open_books
from heqi.apps.all_link.model import (
    ITEMS_MAX,
    PRODUCT,
    ApNo,
    ApNos,
    DealerMonth,
    DealerProfile,
    DealerRated,
    MaturityNear,
    OpenItem,
    Part,
    Payable,
    PayablesImported,
    Programme,
    Quota,
    Terms,
    Text40,
    VoucherConfirmed,
    VoucherIssued,
    payable_document,
)
from heqi.finance import accounts, approvals, decisions, evidence, holds, limits, parties, payments, uses, verifications, vouchers
from heqi.finance.limits import LimitId, ReservationStage
from heqi.finance.uses import DocumentUse
from heqi.finance.vouchers import Note, NoteId, NoteStage, Package, PackageNo, PackageStage
from heqi.kernel.contracts import Context, Contract, api, approver, changed, checker, maker, own
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import OrgType
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive
from heqi.types.rates import Rate
from heqi.types.refusals import AlreadyExists, DocMismatch, DocNotVerified, DupUse, EligibilityFailed, MoneyInvalid, SchemaInvalid
from heqi.types.rejection import Rejection

contract = Contract(
    "all_link",
    version=1,
    title=("福金通", "All-Link"),
    uses=(
        identity.register, parties.register, evidence.register, verifications.register, uses.register, limits.register, holds.register,
        vouchers.register, approvals.register, accounts.register, payments.register, decisions.register,
    ),
)  # fmt: skip

programmes = contract.table("programme", Programme, key=("issuer",), indexes={"group": ("group",)})
payables = contract.table("payable", Payable, key=("issuer", "ap_no"), indexes={"vendor": lambda p: (p.item.vendor, p.issuer)})
terms = contract.table(
    "terms",
    Terms,
    key=("package",),
    indexes={
        "issuer": ("issuer",),
        "group": ("group",),
        "reserved": lambda t: (t.maturity,) if t.stage is Quota.RESERVED else None,
        "unpaid": lambda t: (t.maturity,) if t.stage is Quota.USED or t.reopened else None,
        "to_remind": lambda t: (t.maturity,) if t.stage is Quota.USED and not t.reminded else None,
    },
)
profiles = contract.table("profile", DealerProfile, key=("dealer", "month"))

ATTESTED_DAYS = 366
"""An ERP's word about an open item holds as long as the longest voucher."""
NEVER_TOOK_EFFECT = (PackageStage.WITHDRAWN, PackageStage.REJECTED, PackageStage.EXPIRED)
DEALER_CARD = "dealer_score"
"""The group's score card (S03.6): 100 less 0.4 of aged stock, 0.3 of overdue days, 0.3 of payments not on time."""
REMINDER_DAYS = contract.parameter("reminder_days", 5, title=("到期提醒提前天数", "Days before maturity to remind"), source="S03.4")


# --- who signs ----------------------------------------------------------------------------------------------------------
def group(ctx: Context) -> PartyId:
    """the group whose programme the acting issuer is in"""
    return programmes.get(ctx, ctx.org).group


def newcomer(ctx: Context, issuer: PartyId) -> PartyId:
    """the issuer that joins the programme"""
    return issuer


def issuer(ctx: Context, package: PackageNo) -> PartyId:
    """the package's issuer"""
    return terms.get(ctx, package).issuer


def payee(ctx: Context, package: PackageNo) -> PartyId:
    """the package's first payee"""
    return vouchers.package(ctx, package).first_payee


def confirming_bank(ctx: Context, package: PackageNo) -> PartyId | None:
    """the package's confirming bank"""
    return terms.get(ctx, package).confirm_bank


def holder(ctx: Context, note: NoteId) -> PartyId:
    """the note's holder"""
    return vouchers.note(ctx, note).holder


def transferee(ctx: Context, note: NoteId) -> PartyId | None:
    """the one the note is offered to"""
    offered = vouchers.note(ctx, note)
    offered.expect("sign_in", NoteStage.IN_TRANSFER)
    return offered.counterparty


def offeror(ctx: Context, note: NoteId) -> PartyId:
    """the holder who has offered the note"""
    offered = vouchers.note(ctx, note)
    offered.expect("recall", NoteStage.IN_TRANSFER)
    return offered.holder


# --- the programme ------------------------------------------------------------------------------------------------------
@contract.action("设立开单项目", by=(maker(own), checker(own), approver(own), maker(newcomer)))
def admit_issuer(ctx: Context, issuer: PartyId, quota: LimitId, confirm_bank: PartyId | None, confirm_limit: LimitId | None) -> Programme:
    """集团与一家子公司或经销商约定：后者在集团额度下开立福金通，并约定保兑行及其额度；再次约定即替换。
    A group and a subsidiary or dealer agree: it issues under the group's quota, with this confirming bank and limit; agreed again, it
    is replaced."""
    known = programmes.find(ctx, issuer)
    # Joining is by the issuer's own signature; leaving a group is not for another group to arrange.
    if known is not None and known.group != ctx.org:
        raise AlreadyExists(record=f"Programme {issuer}")
    line = limits.node(ctx, quota)
    if (line.grantor, line.holder) != (ctx.org, issuer):
        raise DocMismatch(item="quota", expected=f"{ctx.org} → {issuer}", actual=f"{line.grantor} → {line.holder}")
    if confirm_bank is not None:
        bank_line = limits.node(ctx, confirm_limit or "")
        if bank_line.grantor != confirm_bank:
            raise DocMismatch(item="confirm_limit", expected=confirm_bank, actual=bank_line.grantor)
    return programmes.put(
        ctx, Programme(issuer=issuer, group=ctx.org, quota=quota, confirm_bank=confirm_bank, confirm_limit=confirm_limit)
    )


# --- payables -----------------------------------------------------------------------------------------------------------
@contract.action("导入应付", by=api(own))
def import_ap(ctx: Context, items: list[OpenItem]) -> int:
    """ERP 接口导入已核对的应付未清项，每笔最多 200 项；任一项不合格则整笔不入账，并指出该项。
    The ERP imports matched open items, up to 200 at once; one unfit item refuses all and is named."""
    programmes.get(ctx, ctx.org)
    if not 1 <= len(items) <= ITEMS_MAX:
        raise SchemaInvalid(problem=f"每笔 1 至 {ITEMS_MAX} 项 (1 to {ITEMS_MAX} items)", field="items")
    for index, item in enumerate(items):
        try:
            check_item(ctx, ctx.org, item)
        except Rejection as refusal:
            refusal.field = f"items[{index}]"
            raise
        _register_document(ctx, item)
        payables.add(ctx, Payable(issuer=ctx.org, ap_no=item.ap_no, item=item, imported=ctx.today, vouchered=Money.zero(item.amount.ccy)))
    ctx.emit(PayablesImported(issuer=ctx.org, count=len(items), total=Money.sum_of("CNY", [item.amount for item in items])))
    return len(items)


def _register_document(ctx: Context, item: OpenItem) -> None:
    """The ERP vouches for its own item by signing the import; from here the item is a document with one economic use."""
    document = payable_document(ctx.org, item.ap_no)
    facts: dict[str, str | int] = {"total": item.amount.minor, "ccy": item.amount.ccy, "seller": item.vendor, "buyer": ctx.org}
    verifications.attest(ctx, verifications.AP_ITEM, document.label, facts, ATTESTED_DAYS)
    uses.open(ctx, document, item.amount)


def check_item(ctx: Context, issuer: PartyId, item: OpenItem) -> None:
    """Refuse an open item unfit for a voucher. In order: SCHEMA_INVALID (number, vendor), MONEY_INVALID (not in yuan),
    DOC_NOT_VERIFIED, DUP_USE (under any writing of its number), ROLE_FORBIDDEN (vendor)."""
    document = payable_document(issuer, item.ap_no)
    if item.vendor == issuer:
        raise SchemaInvalid(problem="供应商即开单方 (an issuer owes itself nothing)")
    if item.amount.ccy != "CNY":
        raise MoneyInvalid(problem=f"{item.amount.ccy} ≠ CNY")
    if not item.gr_ir_matched:
        raise DocNotVerified(document=document.label, problem="收货与发票未核对一致 (goods receipt and invoice receipt do not match)")
    try:
        left = uses.available(ctx, document, uses.UseClass.VOUCHER_BASIS)
    except DocNotVerified:
        identity.require_active(ctx, item.vendor)
    else:
        raise DupUse(document=document.label, available=left)


# --- issue --------------------------------------------------------------------------------------------------------------
@contract.action("开立", by=(maker(own), checker(own), approver(group)))
def issue_fjt(
    ctx: Context, package: PackageNo, first_payee: PartyId, items: ApNos, face: Positive, maturity: date, plant: Text40,
    confirm_fee_pct: Rate | None = None, vehicle_programme: Text40 | None = None, tenor_reason: str | None = None,
) -> Package:  # fmt: skip
    """以应付未清项开立福金通：子公司经办、复核，集团审批；占用子公司与集团额度，待保兑与收单方签收。
    Issue a voucher on open items: the subsidiary's maker and checker and the group's approver sign; both quotas are reserved."""
    programme = programmes.get(ctx, ctx.org)
    _require_band(ctx, ctx.org)
    parts = _take(ctx, ctx.org, first_payee, items, face)
    basis = [DocumentUse(document=payable_document(ctx.org, part.ap_no), amount=part.amount) for part in parts]
    confirmed = programme.confirm_bank if confirm_fee_pct is not None else None
    vouchers.issue(
        ctx, package=package, product=PRODUCT, issuer=ctx.org, first_payee=first_payee, face=face, issue_date=ctx.today, maturity=maturity,
        confirm_bank=confirmed, confirm_fee_rate=confirm_fee_pct, tenor_reason=tenor_reason, basis=basis,
    )  # fmt: skip
    limits.reserve(ctx, programme.quota, package, face)
    issued = vouchers.approve(ctx, package)
    if confirmed is None:
        issued = vouchers.offer(ctx, package)
    terms.add(
        ctx,
        Terms(
            package=package, issuer=ctx.org, group=programme.group, parts=parts, plant=plant, vehicle_programme=vehicle_programme,
            confirm_bank=confirmed, confirm_fee_pct=confirm_fee_pct, confirm_fee=None, confirmed=False, maturity=maturity,
            released=Money.zero(face.ccy), stage=Quota.RESERVED,
        ),
    )  # fmt: skip
    ctx.emit(VoucherIssued(package=package, issuer=ctx.org, group=programme.group, first_payee=first_payee, face=face, maturity=maturity))
    return issued


def _require_band(ctx: Context, issuer: PartyId) -> None:
    """A dealer of band D issues nothing (S03.6); a dealer not yet rated issues nothing either."""
    if identity.organisation(ctx, issuer).org_type is not OrgType.DEALER:
        return
    profile = latest_profile(ctx, issuer)
    if profile is None or profile.band == "D":
        reason = "经销商尚无评级 (dealer not rated)" if profile is None else f"经销商 {profile.month} 评级为 D (dealer rated D)"
        raise EligibilityFailed(reason=reason)


def _take(ctx: Context, issuer: PartyId, first_payee: PartyId, items: ApNos, face: Money) -> tuple[Part, ...]:
    """Take the face from the open items in the order given, each up to what is left of it. Refuses: NOT_FOUND, DOC_MISMATCH
    (another vendor's item), MONEY_INVALID (not in yuan), DUP_USE (not enough is left)."""
    left, parts = face, []
    for ap_no in items:
        payable = payables.get(ctx, issuer, ap_no)
        if payable.item.vendor != first_payee:
            raise DocMismatch(item=f"{ap_no} vendor", expected=payable.item.vendor, actual=first_payee)
        part = min(left, payable.item.amount - payable.vouchered)
        if part:
            parts.append(Part(ap_no=ap_no, amount=part))
            payables.put(ctx, changed(payable, vouchered=payable.vouchered + part))
            left = left - part
    if left:
        raise DupUse(document="、".join(items), available=face - left)
    return tuple(parts)


@contract.action("保兑", by=(maker(confirming_bank), checker(confirming_bank)))
def confirm_fjt(ctx: Context, package: PackageNo) -> Package:
    """保兑行为凭证加保：占用其对开单方的额度；保兑费于收单方签收时向开单方计收，拒收、撤回或逾期未签收的不收。
    The confirming bank adds its undertaking: its limit for the issuer is reserved. Its fee is billed to the issuer when the payee
    accepts, for a voucher that never takes effect is nothing to stand for."""
    held = terms.get(ctx, package)
    assert held.confirm_bank is not None and held.confirm_fee_pct is not None, "the seats name a bank"
    programme = programmes.get(ctx, held.issuer)
    confirmed = vouchers.confirm(ctx, package)
    limits.reserve(ctx, programme.confirm_limit or "", confirmation(package), confirmed.face)
    fee = rules.confirm_fee(confirmed.face, held.confirm_fee_pct, confirmed.issue_date, confirmed.maturity)
    open_books(ctx, held.confirm_bank, held.issuer, fee.ccy, "confirm_fees")
    terms.put(ctx, changed(held, confirmed=True, confirm_fee=fee))
    ctx.emit(VoucherConfirmed(package=package, bank=held.confirm_bank, issuer=held.issuer, fee=fee))
    return vouchers.offer(ctx, package)


def confirmation(package: PackageNo) -> str:
    """The reference of a confirmation in the bank's limit."""
    return f"{package}/confirm"


@contract.action("签收", by=(maker(payee), checker(payee)))
def accept(ctx: Context, package: PackageNo) -> Note:
    """收单方签收，凭证生效并归其持有；开单额度转为已用，保兑费计收。
    The payee accepts: the voucher takes effect in its hands, the reserved quota is used and the confirmation's fee billed."""
    note = vouchers.accept(ctx, package)
    held = terms.get(ctx, package)
    limits.commit(ctx, package)
    if held.confirmed:
        limits.commit(ctx, confirmation(package))
        assert held.confirm_bank is not None and held.confirm_fee is not None
        bill(ctx, held.confirm_bank, held.issuer, held.confirm_fee, "confirm_fees", f"{package}/confirm-fee")
    terms.put(ctx, held.moved(Quota.USED, "accept"))
    return note


@contract.action("拒收", by=(maker(payee), checker(payee)))
def reject(ctx: Context, package: PackageNo) -> Package:
    """收单方拒收，额度和应付单据随即释放。
    The payee refuses the voucher; quota and payables are free again."""
    rejected = vouchers.reject(ctx, package)
    _release(ctx, package)
    return rejected


@contract.action("撤回开立", by=(maker(issuer), checker(issuer)))
def withdraw(ctx: Context, package: PackageNo) -> Package:
    """签收前由开单方撤回，额度和应付单据随即释放。
    The issuer withdraws before acceptance; quota and payables are free again."""
    withdrawn = vouchers.withdraw(ctx, package)
    _release(ctx, package)
    return withdrawn


def _release(ctx: Context, package: PackageNo) -> None:
    held, face = terms.get(ctx, package), vouchers.package(ctx, package).face
    limits.release(ctx, package)
    if held.confirmed:
        limits.release(ctx, confirmation(package))
    for part in held.parts:
        payable = payables.get(ctx, held.issuer, part.ap_no)
        payables.put(ctx, changed(payable, vouchered=payable.vouchered - part.amount))
    terms.put(ctx, changed(held.moved(Quota.RELEASED, "release"), released=face))


# --- circulation --------------------------------------------------------------------------------------------------------
@contract.action("拆分", by=(maker(holder), checker(holder)))
def split(ctx: Context, note: NoteId, cuts: list[int]) -> list[Note]:
    """持有人在所列各分之后把凭证拆开，至多 100 处；各部分之和等于原凭证，任何部分不得为空。
    The holder cuts a note after each of these units, at most 100; the parts add up to the note and none is empty."""
    return vouchers.cut_at(ctx, note, cuts)


@contract.action("转让", by=(maker(holder), checker(holder), *approvals.tier_steps(holder, "all_link.transfer")))
def transfer(ctx: Context, note: NoteId, amount: Money, to: PartyId, basis: list[DocumentUse]) -> Note:
    """凭已核验的贸易单据把凭证的一部分转让给上游供应商，余额仍归持有人；待对方签收。
    Pass part of a note on against verified trade documents; the holder keeps the rest and the other side signs in."""
    return vouchers.transfer(ctx, note, amount, to, basis)


@contract.action("签收转让", by=(maker(transferee), checker(transferee)))
def sign_in(ctx: Context, note: NoteId) -> Note:
    """受让方签收转让的凭证，成为持有人；转让人就此免责。
    The transferee signs in and becomes the holder; the transferor is discharged."""
    return vouchers.sign_in(ctx, note)


@contract.action("拒收转让", by=(maker(transferee), checker(transferee)))
def decline(ctx: Context, note: NoteId) -> Note:
    """受让方拒收，凭证退回原持有人。
    The transferee declines; the note goes back to its holder."""
    return vouchers.decline(ctx, note)


@contract.action("撤回转让", by=(maker(offeror), checker(offeror)))
def recall(ctx: Context, note: NoteId) -> Note:
    """对方签收前撤回转让。
    Take an offered note back before the other side has signed in."""
    return vouchers.recall(ctx, note)


# --- dealers ------------------------------------------------------------------------------------------------------------
@contract.action("登记经销商月报", by=api(own))
def record_dealer_month(ctx: Context, month: DealerMonth) -> DealerProfile:
    """集团接口登记经销商月度数据，按评分卡计分定级；同一数据再次登记不改变任何记录，更正后的数据替换原月报。
    The group's interface records a dealer's month; the score card gives points and band. The same again changes nothing, a corrected
    month replaces it."""
    programme = programmes.find(ctx, month.dealer)
    if programme is None or programme.group != ctx.org:
        raise EligibilityFailed(reason=f"{month.dealer} 不在本集团项目内 (not in this group's programme)")
    if month.aged_90d_units > month.stock_units:
        raise DocMismatch(item="aged_90d_units", expected=f"≤ {month.stock_units}", actual=month.aged_90d_units)
    score = decisions.score(ctx, ctx.org, DEALER_CARD, rules.dealer_facts(month))
    known = profiles.find(ctx, month.dealer, month.month)
    if known is not None and known.facts == month:
        return known
    profile = DealerProfile(dealer=month.dealer, month=month.month, facts=month, score=score.points, band=score.band)
    ctx.emit(DealerRated(dealer=month.dealer, month=month.month, score=profile.score, band=profile.band))
    return profiles.put(ctx, profile)


def latest_profile(ctx: Context, dealer: PartyId) -> DealerProfile | None:
    """A dealer's newest month."""
    months = profiles.scan(ctx, dealer, limit=240)
    return months[-1] if months else None


# --- days ---------------------------------------------------------------------------------------------------------------
@contract.each_day
def quota_of_vouchers_nobody_accepted_is_released(ctx: Context, limit: int) -> int:
    """A voucher not accepted in time has expired (vouchers do that); here its quota and payables come back."""
    done, after = 0, None
    while done < limit and (page := terms.by(ctx, "reserved", limit=limit, after=after)):
        for held in page:
            if vouchers.package(ctx, held.package).stage is PackageStage.EXPIRED:
                _release(ctx, held.package)
                done += 1
        after = page[-1]
    return done


@contract.each_day
def issuers_are_reminded_before_maturity(ctx: Context, limit: int) -> int:
    """Five days before: issuer and group hear of it (S03.4)."""
    day = ctx.today + timedelta(days=ctx.parameter(REMINDER_DAYS))
    due = terms.by(ctx, "to_remind", upto=day, limit=limit)
    for held in due:
        terms.put(ctx, changed(held, reminded=True))
        face = vouchers.package(ctx, held.package).face
        ctx.emit(MaturityNear(package=held.package, issuer=held.issuer, group=held.group, face=face, maturity=held.maturity))
    return len(due)


@contract.invariant
def a_package_holds_of_its_limits_exactly_what_is_unpaid(ctx: Context) -> None:
    """Σ live faces ≤ an issuer's quota ≤ its group's, and ≤ the confirming bank's limit (S03.5): limits add up, this holds them to it."""
    for held in terms.every(ctx):
        unpaid = vouchers.package(ctx, held.package).face - held.released
        stage = {Quota.RESERVED: ReservationStage.RESERVED, Quota.USED: ReservationStage.COMMITTED}.get(Quota(held.stage))
        assert (stage is None) == (not unpaid), held.package
        for ref in (held.package, confirmation(held.package)) if held.confirmed else (held.package,):
            taken = limits.reservation(ctx, ref)
            assert taken.amount == unpaid and (stage is None or taken.stage is stage), f"{ref}: {taken} against {unpaid}"


@contract.invariant
def an_open_item_is_in_vouchers_for_what_they_took_of_it(ctx: Context) -> None:
    """Never more than the item, and exactly what the packages standing on it took; one that never took effect gave it back."""
    taken: dict[tuple[PartyId, ApNo], int] = {}
    for held in terms.every(ctx):
        if held.stage is not Quota.RELEASED or vouchers.package(ctx, held.package).stage not in NEVER_TOOK_EFFECT:
            for part in held.parts:
                key = (held.issuer, part.ap_no)
                taken[key] = taken.get(key, 0) + part.amount.minor
    for payable in payables.every(ctx):
        vouchered = taken.get((payable.issuer, payable.ap_no), 0)
        assert vouchered == payable.vouchered.minor <= payable.item.amount.minor, payable.ap_no
