"""Questions about payments: one's own orders, what a bank has to send, and a statement against the ledger.

What holds here: account numbers are told to the debtor and its bank only.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from msgspec import Meta

from heqi.finance import parties
from heqi.finance.payments.model import (
    AccountId,
    Difference,
    Instruction,
    Mandate,
    OrderId,
    PaymentOrder,
    PaymentStage,
    Side,
    StatementLine,
)
from heqi.finance.payments.register import mandates, orders, register
from heqi.finance.payments.rules import Booking, differences
from heqi.kernel.contracts import Context, members
from heqi.types.ids import PartyId
from heqi.types.money import Money

PAGE_MAX = 500


def parties_of(ctx: Context, order: OrderId) -> Sequence[PartyId]:
    """debtor, creditor and their banks"""
    found = orders.find(ctx, order)
    return () if found is None else (found.debtor, found.creditor, found.debtor_bank, found.creditor_bank)


@register.view("付款指令", sees=parties_of)
def find(ctx: Context, order: OrderId) -> PaymentOrder:
    """一笔付款指令及其状态。
    One payment order and its stage."""
    return orders.get(ctx, order)


@register.view("本机构付款", sees=members)
def list_orders(ctx: Context, side: Side = "DBIT", stage: PaymentStage = PaymentStage.CREATED) -> list[PaymentOrder]:
    """本机构付出（DBIT）或收到（CRDT）的、处于某一状态的付款。
    The asker's payments in one stage: those it makes (DBIT) or receives (CRDT)."""
    assert ctx.viewer is not None
    return orders.by(ctx, "debtor" if side == "DBIT" else "creditor", ctx.viewer.org, stage)


@register.view("待发送指令", sees=members)
def instructions(ctx: Context, limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 100) -> list[Instruction]:
    """开户行待处理的、起息日已到的付款指令（含账号），最早的在前。
    For the debtor's bank: orders not yet sent whose value date has come, with account numbers, the earliest first."""
    assert ctx.viewer is not None
    due = orders.by(ctx, "to_send", ctx.viewer.org, upto=ctx.today, limit=limit)
    return [_instruction(ctx, one) for one in due]


def payer(ctx: Context, order: OrderId) -> Sequence[PartyId]:
    """the debtor and its bank"""
    found = orders.find(ctx, order)
    return () if found is None else (found.debtor, found.debtor_bank)


@register.view("付款指令明细", sees=payer)
def instruction(ctx: Context, order: OrderId) -> Instruction:
    """一笔付款指令的完整要素（含账号），供生成 pain.001。
    One order with everything a pain.001 needs, account numbers included."""
    return _instruction(ctx, orders.get(ctx, order))


def _instruction(ctx: Context, order: PaymentOrder) -> Instruction:
    source = parties.account(ctx, order.debtor, order.debtor_account)
    target = parties.account(ctx, order.creditor, order.creditor_account)
    return Instruction(
        order=order.order, debtor_name=source.account_name, debtor_account=source.account_no, debtor_agent=source.bank_cnaps,
        creditor_name=order.creditor_name, creditor_account=target.account_no, creditor_agent=target.bank_cnaps, amount=order.amount,
        purpose_code=order.purpose_code, remittance=order.remittance, value_date=order.value_date, rail=order.rail, rule_ref=order.rule_ref,
    )  # fmt: skip


@register.view("扣款授权", sees=members)
def list_mandates(ctx: Context) -> list[Mandate]:
    """本机构给出的扣款授权。
    The standing authorisations the asker has given."""
    assert ctx.viewer is not None
    return mandates.scan(ctx, ctx.viewer.org)


@register.view("对账", sees=members)
def reconcile(
    ctx: Context, account_id: AccountId, day: date, lines: Annotated[list[StatementLine], Meta(max_length=1000)]
) -> list[Difference]:
    """将本机构一个账户某日的对账单与账本逐笔核对，按原因列出差异；相符则为空。
    Compare one day's statement of one's own account with the ledger: the differences by reason, none when they agree."""
    assert ctx.viewer is not None
    org = ctx.viewer.org
    parties.account(ctx, org, account_id)
    sides: list[tuple[str, Side]] = [("debited", "DBIT"), ("credited", "CRDT"), ("debit_returned", "CRDT"), ("credit_returned", "DBIT")]
    expected = [Booking(one.order, side, one.amount) for index, side in sides for one in orders.by(ctx, index, org, account_id, day)]
    known = {booking.order for booking in expected}
    open_orders: dict[str, Money] = {}
    for line in lines:
        found = orders.find(ctx, line.order) if line.order not in known else None
        if found is not None and (org, account_id) in ((found.debtor, found.debtor_account), (found.creditor, found.creditor_account)):
            open_orders[found.order] = found.amount
    return differences(expected, lines, open_orders)
