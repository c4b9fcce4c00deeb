"""Financing a note before maturity: request, rules, assignment, registration, payment, funding; and selling it on to a bank.

What holds here: the figures are computed once, when the holder asks, and again when the factor pays; a note that the bank has
confirmed, on verified documents and within the limit, is approved without human act; the asset moves only against the settled
payment (DvP: a hold signed by its holder) and the first registration.
"""

from datetime import date, timedelta

from heqi.apps.all_link import rules
from heqi.apps.all_link.billing import bill
from heqi.apps.all_link.contract import contract, holder, terms
from heqi.apps.all_link.model import (
    AssignmentSigned,
    Bearer,
    FinanceDecided,
    FinanceFunded,
    FinanceRequest,
    FinanceRequested,
    FinanceStage,
    NoteRefactored,
    Refactoring,
    RefactoringStage,
    RequestId,
    payable_document,
)
from heqi.finance import approvals, decisions, evidence, payments, pricing, verifications, vouchers
from heqi.finance.evidence.model import Digest
from heqi.finance.vouchers import Note, NoteId, PackageStage
from heqi.kernel.contracts import Context, api, approver, checker, maker, treasurer
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import OrgType
from heqi.types.ids import PartyId
from heqi.types.money import Positive
from heqi.types.rates import Rate
from heqi.types.refusals import AlreadyExists, ConsentMissing, DateInvalid, DocMismatch, RoleForbidden
from heqi.types.words import Reason

requests = contract.table(
    "request",
    FinanceRequest,
    key=("request",),
    indexes={"applicant": ("applicant",), "financier": ("financier", "stage"), "package": ("package",), "note": ("note",)},
)
refactorings = contract.table("refactoring", Refactoring, key=("refactoring",), indexes={"factor": ("factor",), "bank": ("bank", "stage")})

BENCHMARK = contract.parameter("benchmark_rate", "7", title=("对比融资利率（年 %）", "Benchmark rate, percent a year"), source="S03.12")
AUTO_MAX = contract.parameter(
    "auto_max_fen", 500_000_000, title=("自动审批上限（分）", "Largest amount approved automatically, fen"), source="S03.4: 5,000,000.00"
)
HOLD_DAYS = contract.parameter("hold_days", 10, title=("交割锁定天数", "Days a sale is held for payment"), source="S03.4 [K]")
RULES = "all_link_auto_finance"
"""The rule set of the factor's risk desk over the facts of `_facts`: what it blocks or refers goes to a person."""
ASSIGNMENT_CONTRACT = "ASSIGNMENT_CONTRACT"
FINANCIERS = (OrgType.FACTOR, OrgType.BANK)


# --- who signs ----------------------------------------------------------------------------------------------------------
def applicant(ctx: Context, request: RequestId) -> PartyId:
    """the applicant"""
    return requests.get(ctx, request).applicant


def financier(ctx: Context, request: RequestId) -> PartyId:
    """the financier"""
    return requests.get(ctx, request).financier


def bearing_issuer(ctx: Context, note: NoteId, interest_bearer: Bearer) -> PartyId | None:
    """the issuer, when it is to bear interest and fee"""
    return vouchers.package(ctx, vouchers.note(ctx, note).package).issuer if interest_bearer is Bearer.ISSUER else None


def buyer(ctx: Context, bank: PartyId) -> PartyId:
    """the buying bank"""
    return bank


def refactoring_bank(ctx: Context, refactoring: RequestId) -> PartyId:
    """the buying bank"""
    return refactorings.get(ctx, refactoring).bank


# --- request and decision -----------------------------------------------------------------------------------------------
@contract.action("申请融资", by=(maker(holder), approver(holder), checker(bearing_issuer)))
def request_finance(
    ctx: Context, note: NoteId, amount: Positive, financier: PartyId, rate: Rate, platform_fee_pct: Rate, interest_bearer: Bearer,
    value_date: date, show_chain: bool,
) -> FinanceRequest:  # fmt: skip
    """持有人以凭证的一部分向保理商或银行申请融资，并同意其查看该凭证的流转链；利息、费用与实付额由账本计算，由开单方承担的须其签署。
    The holder asks a factor or bank to finance part of a note and lets it see the note's chain; the ledger computes the figures. An
    issuer bears interest and fee only by its own signature."""
    if identity.require_active(ctx, financier).org_type not in FINANCIERS:
        raise RoleForbidden(problem=f"{financier} 不是保理商或银行 (neither a factor nor a bank)")
    if not show_chain:
        raise ConsentMissing(consent="查看流转链 (to see the chain of the note)")
    if value_date < ctx.today:
        raise DateInvalid(problem=f"起息日 {value_date} 早于业务日期 {ctx.today} (value date is past)", field="value_date")
    applicant = vouchers.note(ctx, note).holder
    locked = vouchers.apply_finance(ctx, note, amount, financier)
    package = vouchers.package(ctx, locked.package)
    benchmark = ctx.parameter(BENCHMARK)
    figures = rules.finance(amount, rate, platform_fee_pct, benchmark, value_date, package.maturity, interest_bearer)
    asked = requests.add(
        ctx,
        FinanceRequest(
            request=ctx.unique("finance"), note=locked.note, package=locked.package, applicant=applicant, financier=financier,
            amount=amount, rate=rate, platform_fee_pct=platform_fee_pct, interest_bearer=interest_bearer, value_date=value_date,
            maturity=package.maturity, days=figures.days, interest=figures.interest, fee=figures.fee, proceeds=figures.proceeds,
            benchmark=benchmark, saving_fen=figures.saving_fen, stage=FinanceStage.REQUESTED,
        ),
    )  # fmt: skip
    ctx.emit(
        FinanceRequested(
            request=asked.request, note=asked.note, applicant=applicant, financier=financier, amount=amount, proceeds=asked.proceeds
        )
    )
    return asked


@contract.action("自动审批", by=api(financier))
def auto_approve(ctx: Context, request: RequestId) -> FinanceRequest:
    """规则引擎审批：已保兑、单据已核验、凭证锁定中、金额在限额内且无预警则批准，否则转人工。
    The rules engine decides: confirmed, documents verified, note locked, amount within the limit and no alert; else it refers."""
    asked = requests.get(ctx, request)
    asked.expect("auto_approve", FinanceStage.REQUESTED)
    decision = decisions.decide(ctx, asked.financier, RULES, _facts(ctx, asked), subject=request)
    stage = FinanceStage.APPROVED if decision.outcome is decisions.Outcome.APPROVE else FinanceStage.REFERRED
    return _decided(ctx, asked.moved(stage, "auto_approve", decision=decision.decision), automatic=True)


def _facts(ctx: Context, asked: FinanceRequest) -> dict[str, int | str | bool]:
    note, held = vouchers.note(ctx, asked.note), terms.get(ctx, asked.package)
    documents = [payable_document(held.issuer, part.ap_no) for part in held.parts]
    verified = all(_verified(ctx, document.doc_type, document.label) for document in documents)
    return {
        "confirmed": held.confirmed,
        "documents_verified": verified,
        "note_locked": note.stage is vouchers.NoteStage.IN_FINANCING and note.counterparty == asked.financier,
        "amount_over_limit": asked.amount.minor > ctx.parameter(AUTO_MAX),
        "alerts": decisions.open_alerts(ctx, asked.financier, asked.package),
    }


def _verified(ctx: Context, kind: str, document: str) -> bool:
    found = verifications.latest(ctx, kind, document)
    return found is not None and found.result is verifications.Result.PASS and found.valid_until >= ctx.today


@contract.action("人工批准", by=(checker(financier), approver(financier)))
def approve_finance(ctx: Context, request: RequestId) -> FinanceRequest:
    """保理商复核与审批人批准转人工的申请。
    The factor's checker and approver approve what the rules referred to them."""
    asked = requests.get(ctx, request)
    asked.expect("approve_finance", FinanceStage.REFERRED)
    return _decided(ctx, asked.moved(FinanceStage.APPROVED, "approve_finance"), automatic=False)


@contract.action("拒绝融资", by=(checker(financier), approver(financier)))
def decline_finance(ctx: Context, request: RequestId, reason: Reason) -> FinanceRequest:
    """保理商在付款前拒绝申请，凭证退回持有人；已到期的凭证此前已自动退回。
    The factor declines before it has paid; the note goes back to its holder, unless maturity has given it back already."""
    declined = requests.get(ctx, request).moved(FinanceStage.DECLINED, "decline_finance")
    _unlock(ctx, declined)
    return _decided(ctx, declined, automatic=False)


@contract.action("撤回融资申请", by=(maker(applicant), checker(applicant)))
def withdraw_finance(ctx: Context, request: RequestId) -> FinanceRequest:
    """申请人在融资申请获批前撤回，凭证恢复持有；已到期的凭证此前已自动退回。
    The applicant takes a request back before it is approved; the note is free again, unless maturity has given it back already."""
    withdrawn = requests.get(ctx, request).moved(FinanceStage.WITHDRAWN, "withdraw_finance")
    _unlock(ctx, withdrawn)
    return _decided(ctx, withdrawn, automatic=False)


def _unlock(ctx: Context, ended: FinanceRequest) -> None:
    if vouchers.package(ctx, ended.package).stage is PackageStage.CIRCULATING:
        vouchers.end_finance(ctx, ended.note)


def _decided(ctx: Context, asked: FinanceRequest, *, automatic: bool) -> FinanceRequest:
    ctx.emit(
        FinanceDecided(
            request=asked.request, applicant=asked.applicant, financier=asked.financier, outcome=str(asked.stage), automatic=automatic
        )
    )
    return requests.put(ctx, asked)


# --- assignment, registration, payment ----------------------------------------------------------------------------------
@contract.action("签署转让合同", by=(maker(applicant), checker(applicant), maker(financier)))
def sign_assignment(ctx: Context, request: RequestId, contract_digest: Digest) -> FinanceRequest:
    """申请人与保理商签署应收账款转让合同，合同摘要存证；一份合同只对应一笔申请。
    Applicant and factor sign the assignment of the receivable; the contract's digest is kept as evidence, one contract a request."""
    asked = requests.get(ctx, request).moved(FinanceStage.SIGNED, "sign_assignment", assignment=contract_digest)
    kept = evidence.put(ctx, contract_digest, ASSIGNMENT_CONTRACT, request)
    if kept.category == ASSIGNMENT_CONTRACT and kept.biz_ref != request:
        raise AlreadyExists(record=f"Assignment {contract_digest}")
    ctx.emit(AssignmentSigned(request=request, applicant=asked.applicant, financier=asked.financier))
    return requests.put(ctx, asked)


@contract.action("登记转让", by=api(financier))
def register_assignment(ctx: Context, request: RequestId, registration: str) -> FinanceRequest:
    """登记机构的答复证明转让已登记且为首位登记。
    The registry's answer proves that the assignment is registered, and first."""
    asked = requests.get(ctx, request).moved(FinanceStage.REGISTERED, "register_assignment", registration=registration)
    _require_registered(ctx, asked, asked.financier)
    return requests.put(ctx, asked)


def _require_registered(ctx: Context, asked: FinanceRequest, secured: PartyId) -> None:
    document = f"{verifications.ASSIGNMENT}:{secured}:{interval(vouchers.note(ctx, asked.note))}"
    verifications.require(
        ctx, verifications.ASSIGNMENT, document, reg_no=asked.registration or "", debtor=asked.applicant, secured_party=secured,
        total=asked.amount.minor, ccy=asked.amount.ccy,
    )  # fmt: skip


def interval(note: Note) -> str:
    """A note as registries name it: `package:lo-hi`."""
    return f"{note.package}:{note.lo}-{note.hi}"


@contract.action(
    "付款", by=(treasurer(financier), checker(financier), *approvals.tier_steps(financier, "all_link.fund_fjt", amount="proceeds"))
)
def fund_fjt(ctx: Context, request: RequestId, proceeds: Positive) -> FinanceRequest:
    """保理商资金岗与复核岗付款；账本按实际起息日重算，实付额须一致，凭证在银行确认到账后过户。
    The factor's treasurer and checker pay; the ledger computes anew from the day of payment, the amount must equal it, and the note
    moves once the bank has settled it."""
    asked = requests.get(ctx, request)
    asked.expect("fund_fjt", FinanceStage.REGISTERED)
    value_date = max(asked.value_date, ctx.today)  # Who pays late earns less: interest runs from the payment.
    again = rules.finance(
        asked.amount, asked.rate, asked.platform_fee_pct, asked.benchmark, value_date, asked.maturity, asked.interest_bearer
    )
    pricing.require_equal("proceeds", again.proceeds, proceeds)
    order = payments.create(
        ctx, debtor=asked.financier, creditor=asked.applicant, amount=proceeds, purpose="SUPP", remittance=f"福金通融资 {asked.note}",
        value_date=value_date, rule_ref=reference(request),
    )  # fmt: skip
    paying = asked.moved(
        FinanceStage.PAYING, "fund_fjt", order=order.order, value_date=value_date, days=again.days, interest=again.interest, fee=again.fee,
        proceeds=again.proceeds, saving_fen=again.saving_fen,
    )  # fmt: skip
    return requests.put(ctx, paying)


def reference(request: RequestId) -> str:
    """The rule under which a financing is paid."""
    return f"all_link/finance/{request}"


@contract.action("融资过户", by=api(financier))
def complete_funding(ctx: Context, request: RequestId) -> FinanceRequest:
    """凭银行到账证据将凭证过户给保理商；约定由开单方承担的利息与费用此时向其计收。
    On the bank's settled evidence the note becomes the factor's; interest and fee that the issuer bears are now billed to it."""
    asked = requests.get(ctx, request)
    asked.expect("complete_funding", FinanceStage.PAYING)
    payments.require_settled(ctx, asked.order or "", rule_ref=reference(request))
    _require_registered(ctx, asked, asked.financier)
    vouchers.fund(ctx, asked.note)
    if asked.interest_bearer is Bearer.ISSUER:
        issuer = vouchers.package(ctx, asked.package).issuer
        bill(ctx, asked.financier, issuer, asked.interest + asked.fee, "finance_charges", f"{request}/charges")
    ctx.emit(
        FinanceFunded(
            request=request, note=asked.note, applicant=asked.applicant, financier=asked.financier, proceeds=asked.proceeds
        )
    )
    return requests.put(ctx, asked.moved(FinanceStage.FUNDED, "complete_funding"))


@contract.action("付款失败重试", by=api(financier))
def reopen_funding(ctx: Context, request: RequestId) -> FinanceRequest:
    """银行拒付后，退回待付款状态，可重新付款。
    After the bank refused the payment: back to registered, to be paid anew."""
    asked = requests.get(ctx, request)
    reopened = asked.moved(FinanceStage.REGISTERED, "reopen_funding", order=None)
    payments.order(ctx, asked.order or "").expect("reopen_funding", payments.PaymentStage.REJECTED, payments.PaymentStage.RETURNED)
    return requests.put(ctx, reopened)


# --- refactoring --------------------------------------------------------------------------------------------------------
@contract.action("再保理", by=(maker(financier), checker(financier), maker(buyer), checker(buyer)))
def refactor(ctx: Context, request: RequestId, bank: PartyId, rate: Rate, value_date: date) -> Refactoring:
    """保理商与银行约定整张转卖已融资凭证；银行付款、登记变更后过户。
    Factor and bank agree on the sale of a financed note, whole; it moves once the bank has paid and the registration is amended."""
    asked = requests.get(ctx, request)
    asked.expect("refactor", FinanceStage.FUNDED)
    if identity.require_active(ctx, bank).org_type is not OrgType.BANK:
        raise RoleForbidden(problem=f"{bank} 不是银行 (not a bank)")
    if value_date < ctx.today:
        raise DateInvalid(problem=f"起息日 {value_date} 早于业务日期 {ctx.today} (value date is past)", field="value_date")
    note = vouchers.note(ctx, asked.note)
    if note.holder != asked.financier:
        raise DocMismatch(item="holder", expected=asked.financier, actual=note.holder)
    sold = pricing.discount(note.face, rate, value_date, asked.maturity)
    until = min(value_date + timedelta(days=ctx.parameter(HOLD_DAYS)), asked.maturity - timedelta(days=1))
    locked = vouchers.lock(ctx, asked.note, bank, sold.net, until, f"refactoring {request}")
    order = payments.create(
        ctx, debtor=bank, creditor=asked.financier, amount=sold.net, purpose="SUPP", remittance=f"福金通再保理 {asked.note}",
        value_date=value_date, rule_ref=f"all_link/refactoring/{request}", dvp=locked.hold,
    )  # fmt: skip
    return refactorings.add(
        ctx,
        Refactoring(
            refactoring=ctx.unique("refactoring"), request=request, note=asked.note, factor=asked.financier, bank=bank, amount=note.face,
            rate=rate, value_date=value_date, days=sold.days, cost=sold.interest, receives=sold.net,
            margin_fen=asked.interest.minor - sold.interest.minor, hold=locked.hold or "", order=order.order, stage=RefactoringStage.AGREED,
        ),
    )  # fmt: skip


@contract.action("再保理过户", by=api(refactoring_bank))
def complete_refactoring(ctx: Context, refactoring: RequestId) -> Refactoring:
    """凭到账证据与变更后的登记，将凭证过户给银行。
    On settled payment and the amended registration the note becomes the bank's."""
    agreed = refactorings.get(ctx, refactoring)
    done = agreed.moved(RefactoringStage.DONE, "complete_refactoring")
    paid = payments.require_settled(ctx, agreed.order, rule_ref=f"all_link/refactoring/{agreed.request}")
    _require_registered(ctx, requests.get(ctx, agreed.request), agreed.bank)
    vouchers.resell(ctx, agreed.note, agreed.bank, paid.amount)
    ctx.emit(
        NoteRefactored(refactoring=refactoring, note=agreed.note, factor=agreed.factor, bank=agreed.bank, receives=agreed.receives)
    )
    return refactorings.put(ctx, done)


@contract.action("取消再保理", by=api(refactoring_bank))
def cancel_refactoring(ctx: Context, refactoring: RequestId) -> Refactoring:
    """付款被拒后取消再保理，凭证解锁。
    After the payment was refused: the sale is off and the note unlocked."""
    agreed = refactorings.get(ctx, refactoring)
    cancelled = agreed.moved(RefactoringStage.CANCELLED, "cancel_refactoring")
    payments.order(ctx, agreed.order).expect("cancel_refactoring", payments.PaymentStage.REJECTED, payments.PaymentStage.RETURNED)
    vouchers.unlock(ctx, agreed.note)
    return refactorings.put(ctx, cancelled)
