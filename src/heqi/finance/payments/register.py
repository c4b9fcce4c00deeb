"""Payment orders: who may be debited, by which rail, and what the debtor's bank says became of it (支付, C11).

What holds here: nothing leaves an account without its owner's signature or its standing authorisation for that rule; an order's
terms never change; SETTLED, REJECTED and RETURNED come from evidence that the debtor's bank signed, about this payment to the
fen, and from nothing else; the same evidence again changes nothing. What not: that money exists (banks know), and sending: the
orders to send are read from the view `instructions` by whoever speaks to the bank.
"""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from heqi.finance import parties, verifications
from heqi.finance.parties.model import AccountStage
from heqi.finance.payments.model import (
    PAYMENT,
    AccountId,
    DebitsAuthorised,
    Mandate,
    MandateRevoked,
    OrderId,
    Payee,
    PaymentMoved,
    PaymentOrder,
    PaymentOrdered,
    PaymentStage,
    RuleRef,
    check_purpose,
    check_rule_ref,
)
from heqi.finance.payments.rules import (
    STATUS,
    PaymentFacts,
    booked_on,
    check_hours,
    choose_rail,
    compare,
    compare_account,
    read_facts,
    scopes_over,
)
from heqi.finance.verifications.model import SourceSignature
from heqi.kernel.contracts import Context, Register, api, approver, changed, checker, maker, own
from heqi.types.ids import PartyId
from heqi.types.money import Money, check_positive
from heqi.types.refusals import (
    ConsentMissing,
    DateInvalid,
    DocMismatch,
    NotOwner,
    PayeeNotWhitelisted,
    PaymentUnconfirmed,
    RoleForbidden,
    SchemaInvalid,
)

register = Register("payments", title=("支付", "Payments"), uses=(parties.register, verifications.register))

orders = register.table(
    "order", PaymentOrder, key=("order",),
    indexes={
        "rule": ("rule_ref",),
        "debtor": ("debtor", "stage"),
        "creditor": ("creditor", "stage"),
        "to_send": lambda o: (o.debtor_bank, o.value_date) if o.stage is PaymentStage.CREATED else None,
        "debited": lambda o: (o.debtor, o.debtor_account, o.settled) if o.settled else None,
        "credited": lambda o: (o.creditor, o.creditor_account, o.settled) if o.settled else None,
        "debit_returned": lambda o: (o.debtor, o.debtor_account, o.returned) if o.returned else None,
        "credit_returned": lambda o: (o.creditor, o.creditor_account, o.returned) if o.returned else None,
    },
)  # fmt: skip
mandates = register.table("mandate", Mandate, key=("debtor", "scope"))
payees = register.table("payee", Payee, key=("debtor", "account_id", "payee"))

beps_limit = register.parameter(
    "beps_limit", 100_000_000, title=("小额支付上限（分）", "Upper limit of BEPS (fen)"), source="capabilities C11: 1,000,000.00 [K]"
)
hvps_closes = register.parameter(
    "hvps_closes_min", 1_035, title=("大额支付系统关闭时刻（当日第几分钟）", "HVPS closes, minute of the day"),
    source="capabilities C11: business days 8:30–17:15 [K]", within=(0, 1_440),
)  # fmt: skip

RESTRICTED = ("SPECIAL", "ESCROW", "WAGE")
"""Kinds of account with a purpose: they pay listed payees only (C11)."""
REMITTANCE_SIZE_MAX = 140
BATCH_MAX = 500


# --- standing authorisations and payee lists -------------------------------------------------------------------------------------
@register.action("授权扣款", by=(maker(own), checker(own), approver(own)))
def authorise_debits(ctx: Context, scope: RuleRef, bank: PartyId, valid_to: date) -> Mandate:
    """授权某项规则（如 all_link，含其下各项）在有效期内从本机构在该行的账户扣款；再次授权即替换。
    Let a rule (such as all_link, with all under it) debit one's own account at a bank until a date; given again, it is replaced."""
    if valid_to < ctx.today:
        raise DateInvalid(problem=f"{valid_to} 早于业务日期 {ctx.today} (before today)", field="valid_to")
    parties.require_clear(ctx, bank)
    ctx.emit(DebitsAuthorised(debtor=ctx.org, bank=bank, scope=scope, valid_to=valid_to))
    return mandates.put(ctx, Mandate(debtor=ctx.org, scope=scope, bank=bank, valid_to=valid_to, granted=ctx.today))


@register.action("撤销扣款授权", by=(maker(own), checker(own)))
def revoke_mandate(ctx: Context, scope: RuleRef) -> Mandate:
    """撤销一项扣款授权，立即生效；此前已生成的付款指令不受影响。
    Revoke a standing authorisation at once; orders made before stay."""
    found = mandates.get(ctx, ctx.org, scope)
    if found.revoked is not None:
        raise ConsentMissing(consent=f"{scope} 已撤销 (already revoked)")
    ctx.emit(MandateRevoked(debtor=ctx.org, bank=found.bank, scope=scope))
    return mandates.put(ctx, changed(found, revoked=ctx.today))


@register.action("登记专户收款方", by=(maker(own), checker(own), approver(own)))
def allow_payee(ctx: Context, account_id: AccountId, payee: PartyId) -> Payee:
    """将一家机构列入本机构专户的收款白名单。
    Put an organisation on the list of payees of one's own special account."""
    parties.account(ctx, ctx.org, account_id)
    parties.require_clear(ctx, payee)
    return payees.put(ctx, Payee(debtor=ctx.org, account_id=account_id, payee=payee))


@register.action("移除专户收款方", by=(maker(own), checker(own)))
def drop_payee(ctx: Context, account_id: AccountId, payee: PartyId) -> Payee:
    """将一家机构移出本机构专户的收款白名单。
    Take an organisation off the list of payees of one's own special account."""
    found = payees.get(ctx, ctx.org, account_id, payee)
    payees.delete(ctx, found)
    return found


def mandate_for(ctx: Context, debtor: PartyId, rule_ref: RuleRef) -> Mandate | None:
    """The debtor's authorisation in force that covers this rule, the widest first."""
    for scope in scopes_over(rule_ref):
        found = mandates.find(ctx, debtor, scope)
        if found is not None and found.revoked is None and found.valid_to >= ctx.today:
            return found
    return None


# --- the life of an order ----------------------------------------------------------------------------------------------------------
def create(
    ctx: Context,
    *,
    debtor: PartyId,
    creditor: PartyId,
    amount: Money,
    purpose: str,
    remittance: str,
    value_date: date,
    rule_ref: str,
    dvp: str | None = None,
    debtor_account: AccountId | None = None,
    creditor_account: AccountId | None = None,
) -> PaymentOrder:
    """Order a payment from the debtor's settlement account (or the one named) to the creditor's.

    Refuses, in this order: MONEY_INVALID or SCHEMA_INVALID (form); ROLE_FORBIDDEN, ELIGIBILITY_FAILED (a party); NOT_FOUND,
    STATE_INVALID (an account); CONSENT_MISSING (neither the debtor's signature nor its mandate for this rule at that bank);
    PAYEE_NOT_WHITELISTED (a special account); DATE_INVALID (value date past, or the rail closed on it, or by now).
    """
    check_positive(amount)
    check_purpose(purpose)
    check_rule_ref(rule_ref)
    if len(remittance) > REMITTANCE_SIZE_MAX:
        raise SchemaInvalid(problem=f"附言超过 {REMITTANCE_SIZE_MAX} 字 (longer than Max140Text)", field="remittance")
    parties.require_clear(ctx, debtor)
    parties.require_clear(ctx, creditor)
    source = _account(ctx, debtor, debtor_account)
    target = _account(ctx, creditor, creditor_account)
    if (source.org, source.account_id) == (target.org, target.account_id):
        raise SchemaInvalid(problem="付款与收款为同一账户 (the account would pay itself)", field="creditor_account")
    if not ctx.signed_by(debtor):
        mandate = mandate_for(ctx, debtor, rule_ref)
        if mandate is None or mandate.bank != source.bank:
            raise ConsentMissing(consent=f"{debtor} → {rule_ref} 扣款授权 (standing authorisation to debit)")
    if str(source.kind) in RESTRICTED and payees.find(ctx, debtor, source.account_id, creditor) is None:
        raise PayeeNotWhitelisted(payee=creditor)
    rail = choose_rail(amount, same_bank=source.bank == target.bank, beps_max=Money("CNY", ctx.parameter(beps_limit)))
    if value_date < ctx.today:
        raise DateInvalid(problem=f"起息日 {value_date} 早于业务日期 {ctx.today} (value date is past)", field="value_date")
    check_hours(rail, value_date, ctx.time, ctx.parameter(hvps_closes))
    order = orders.insert(
        ctx,
        PaymentOrder(
            order=ctx.unique("payment"), debtor=debtor, debtor_account=source.account_id, debtor_bank=source.bank, creditor=creditor,
            creditor_account=target.account_id, creditor_bank=target.bank, creditor_name=target.account_name, amount=amount,
            purpose_code=purpose, remittance=remittance, value_date=value_date, rail=rail, rule_ref=rule_ref, dvp=dvp, created=ctx.today,
            stage=PaymentStage.CREATED,
        ),
    )  # fmt: skip
    ctx.emit(PaymentOrdered(order=order.order, debtor=debtor, creditor=creditor, bank=order.debtor_bank, rule_ref=rule_ref))
    return order


def cancel(ctx: Context, order: OrderId) -> PaymentOrder:
    """Take back an order that was not sent. Refuses: NOT_OWNER (the debtor has not signed), STATE_INVALID."""
    found = orders.get(ctx, order)
    ctx.require_owner(found.debtor, found.label())
    return _move(ctx, found.moved(PaymentStage.CANCELLED, "cancel"))


def require_settled(ctx: Context, order: OrderId, *, rule_ref: str | None = None) -> PaymentOrder:
    """The order, settled by its bank's evidence. Refuses: NOT_FOUND, PAYMENT_UNCONFIRMED, DOC_MISMATCH (made for another rule).

    One payment is good for one thing: name the `rule_ref` it was ordered for, or find it with `of_rule`.
    """
    found = orders.get(ctx, order)
    if found.stage is not PaymentStage.SETTLED:
        raise PaymentUnconfirmed(payment=f"{found.label()} {found.stage}")
    if rule_ref is not None and found.rule_ref != rule_ref:
        raise DocMismatch(item=f"{found.label()} rule_ref", expected=rule_ref, actual=found.rule_ref)
    return found


def order(ctx: Context, order: OrderId) -> PaymentOrder:
    """An order. Refuses: NOT_FOUND."""
    return orders.get(ctx, order)


def of_rule(ctx: Context, rule_ref: str) -> list[PaymentOrder]:
    """The orders made under exactly this reference, in the order of their ids."""
    return orders.by(ctx, "rule", rule_ref)


@register.action("登记已发送", by=api(own))
def sent(ctx: Context, orders: Annotated[list[OrderId], Meta(min_length=1, max_length=BATCH_MAX)]) -> list[PaymentOrder]:
    """登记付款指令已发送银行；由付款人或其开户行的系统提交。
    Note that orders went to the bank; for the system of the debtor or of its bank."""
    return [_sent(ctx, one) for one in orders]


def _sent(ctx: Context, order: OrderId) -> PaymentOrder:
    found = orders.get(ctx, order)
    if ctx.org not in (found.debtor, found.debtor_bank):
        raise NotOwner(record=found.label())
    return _move(ctx, found.moved(PaymentStage.SENT, "send"))


@register.action("登记银行回执", by=api(own))
def report(ctx: Context, evidence: msgspec.Raw, signature: SourceSignature) -> PaymentOrder:
    """登记付款行签名的付款结果；账本核对签名、金额、账户与户名。任何成员均可提交，重复提交不改变任何记录。
    Record what the debtor's bank signed about a payment; the ledger checks signature, amount, accounts and name. Any member may
    bring it; brought again it changes nothing."""
    source, said, digest = verifications.read_answer(ctx, evidence, signature)
    if said.kind != PAYMENT:
        raise RoleForbidden(problem=f"{said.kind} 不是付款回执 (not an answer about a payment)")
    facts = read_facts(said.facts)
    found = orders.get(ctx, facts.e2e_id)
    if source.org != found.debtor_bank:
        raise PaymentUnconfirmed(payment=f"{found.label()}: {source.source} ≠ 付款行 (not the debtor's bank)")
    _compare(ctx, found, said.document, facts)
    stage = STATUS[facts.status]
    if found.evidence_at is not None and said.answered_at <= found.evidence_at:
        return found  # The bank's later word is known already.
    if stage is found.stage:
        return found
    days = {}
    if stage in (PaymentStage.SETTLED, PaymentStage.RETURNED):
        days["settled"] = booked_on(facts.settled_on, "settled_on")
    if stage is PaymentStage.RETURNED:
        days["returned"] = booked_on(facts.returned_on, "returned_on")
    return _move(
        ctx, found.moved(stage, facts.status, reason=facts.reason or None, evidence=digest, evidence_at=said.answered_at, **days)
    )  # fmt: skip


def _compare(ctx: Context, order: PaymentOrder, document: str, facts: PaymentFacts) -> None:
    """The bank speaks of this payment and no other: DOC_MISMATCH."""
    source = parties.account(ctx, order.debtor, order.debtor_account)
    target = parties.account(ctx, order.creditor, order.creditor_account)
    compare(
        [
            ("ccy", order.amount.ccy, facts.ccy),
            ("amount", order.amount.minor, facts.minor),
            ("creditor_name", order.creditor_name, facts.creditor_name),
            ("debtor_agent", source.bank_cnaps, facts.debtor_agent),
            ("creditor_agent", target.bank_cnaps, facts.creditor_agent),
            ("document", f"{PAYMENT}:{source.bank_cnaps}:{order.order}", document),
        ]
    )
    compare_account("debtor_account", source.account_no, facts.debtor_account)
    compare_account("creditor_account", target.account_no, facts.creditor_account)


def _account(ctx: Context, org: PartyId, account_id: AccountId | None) -> parties.Account:
    if account_id is None:
        return parties.settlement_account(ctx, org)
    found = parties.account(ctx, org, account_id)
    found.expect("pay", AccountStage.OPEN)
    return found


def _move(ctx: Context, order: PaymentOrder) -> PaymentOrder:
    ctx.emit(
        PaymentMoved(
            order=order.order, debtor=order.debtor, creditor=order.creditor, bank=order.debtor_bank, rule_ref=order.rule_ref,
            stage=order.stage, reason=order.reason,
        )
    )  # fmt: skip
    return orders.put(ctx, order)


# --- laws ------------------------------------------------------------------------------------------------------------------------
_LIFE = ("stage", "reason", "settled", "returned", "evidence", "evidence_at")


@register.law(orders)
def an_order_never_changes_its_terms(ctx: Context, changes: list[tuple[PaymentOrder | None, PaymentOrder | None]]) -> None:
    for old, new in changes:
        assert new is not None, "an order is never deleted"
        if old is None:
            assert new.stage is PaymentStage.CREATED, new.order
            continue
        for name in PaymentOrder.__struct_fields__:
            assert name in _LIFE or getattr(old, name) == getattr(new, name), f"{new.order} {name}"


@register.invariant
def no_order_is_settled_without_its_banks_word(ctx: Context) -> None:
    for kept in orders.every(ctx):
        proved = kept.evidence is not None
        assert proved == (kept.stage not in (PaymentStage.CREATED, PaymentStage.SENT, PaymentStage.CANCELLED)), kept.order
        assert (kept.settled is not None) == (kept.stage in (PaymentStage.SETTLED, PaymentStage.RETURNED)), kept.order
