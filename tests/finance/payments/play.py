"""A small contract that pays, as an application would."""

from datetime import date

from heqi.finance import payments
from heqi.kernel.contracts import Context, Contract, anyone, maker
from heqi.types.ids import PartyId
from heqi.types.money import Money

contract = Contract("play", title=("演练", "Play"), uses=(payments.register,))


@contract.action("付款", by=maker(anyone))
def pay(
    ctx: Context, debtor: PartyId, creditor: PartyId, amount: Money, value_date: date, rule_ref: str = "play/deal-1", purpose: str = "SUPP",
    remittance: str = "", debtor_account: str | None = None, creditor_account: str | None = None,
) -> payments.PaymentOrder:
    """以付款人签名或其授权生成付款指令。
    Order a payment, by the debtor's signature or its mandate."""
    return payments.create(
        ctx, debtor=debtor, creditor=creditor, amount=amount, purpose=purpose, remittance=remittance, value_date=value_date,
        rule_ref=rule_ref, debtor_account=debtor_account, creditor_account=creditor_account,
    )  # fmt: skip


@contract.action("取消付款", by=maker(anyone))
def cancel(ctx: Context, order: str) -> payments.PaymentOrder:
    """取消未发送的付款指令。
    Cancel an order that was not sent."""
    return payments.cancel(ctx, order)


@contract.action("凭付款放行", by=maker(anyone))
def deliver(ctx: Context, order: str, rule_ref: str | None = None) -> payments.PaymentOrder:
    """付款已结清方可放行。
    Deliver once the payment is settled."""
    return payments.require_settled(ctx, order, rule_ref=rule_ref)


@contract.view("某规则的付款", sees=lambda ctx: ("*",))
def of_rule(ctx: Context, rule_ref: str) -> list[str]:
    """某规则名下的付款指令。
    The orders of a rule."""
    return [order.order for order in payments.of_rule(ctx, rule_ref)]
