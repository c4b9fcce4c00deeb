"""A small lender's application on the registers: a limit, a loan, payments that count when the bank has signed them (as S05 will be)."""

from heqi.finance import limits, loans, payments
from heqi.finance.limits import LimitId
from heqi.finance.loans import DrawId, Loan, LoanId, LoanStage, Movement, Terms
from heqi.finance.payments import PaymentOrder
from heqi.finance.payments.model import OrderId
from heqi.kernel.contracts import Context, Contract, Event, Record, anybody, anyone, maker, own
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive
from heqi.types.refusals import NotOwner, SchemaInvalid

contract = Contract("lending", title=("放贷演练", "Lending play"), uses=(limits.register, payments.register, loans.register))


class Taken(Record, frozen=True, kw_only=True):
    """What a draw still takes of the limit."""

    loan: LoanId
    draw: DrawId
    amount: Money


class LimitFreed(Event, frozen=True, kw_only=True):
    lender: PartyId
    loan: LoanId


taken = contract.table("taken", Taken, key=("loan", "draw"))


@contract.action("签约", by=(maker(own), anybody(anyone)))
def sign(ctx: Context, terms: Terms) -> Loan:
    """借贷双方签约。
    Both parties sign."""
    return loans.sign(ctx, terms)


@contract.action("提款", by=(maker(own), anybody(anyone)))
def draw(ctx: Context, loan: LoanId, node: LimitId, amount: Positive, payee: PartyId) -> PaymentOrder:
    """借款人提款，占用额度，并生成银行付款指令。
    The borrower draws: the limit is reserved and the bank's payment ordered."""
    asked = loans.order_draw(ctx, loan, amount, payee)
    limits.reserve(ctx, node, asked.draw, amount)
    taken.add(ctx, Taken(loan=loan, draw=asked.draw, amount=amount))
    return payments.create(
        ctx, debtor=loans.get(ctx, loan).terms.lender, creditor=payee, amount=amount, purpose="LOAN", remittance="放款",
        value_date=ctx.today, rule_ref=f"lending/{asked.draw}",
    )  # fmt: skip


@contract.action("放款到账", by=maker(anyone))
def paid_out(ctx: Context, order: OrderId) -> Movement:
    """银行证实放款已清算，贷款起息。
    The bank's evidence says that the money was paid: it is owed."""
    settled = payments.require_settled(ctx, order)
    asked = settled.rule_ref.removeprefix("lending/")
    limits.commit(ctx, asked)
    return loans.disburse(ctx, asked, order, ctx.today)


@contract.action("还款", by=maker(own))
def pay(ctx: Context, loan: LoanId, amount: Positive) -> PaymentOrder:
    """借款人付款还贷。
    The borrower orders a repayment."""
    terms = loans.get(ctx, loan).terms
    if ctx.org != terms.borrower:
        raise NotOwner(record=f"Loan {loan}")
    return payments.create(
        ctx, debtor=terms.borrower, creditor=terms.lender, amount=amount, purpose="LOAR", remittance="还款", value_date=ctx.today,
        rule_ref=f"lending/{loan}",
    )  # fmt: skip


@contract.action("还款到账", by=maker(anyone))
def received(ctx: Context, order: OrderId) -> Movement:
    """银行证实还款已清算：按顺序清偿，本金部分归还额度；结清时额度须全部释放。
    The bank's evidence says that it was paid: spread over what is owed; the limit is free by the principal, and wholly at the end."""
    settled = payments.require_settled(ctx, order)
    loan = settled.rule_ref.removeprefix("lending/")
    movement = loans.repay(ctx, loan, settled.amount, order, ctx.today)
    assert movement.parts is not None
    left = movement.parts.of_principal
    for one in taken.scan(ctx, loan):
        part = min(one.amount, left, key=lambda amount: amount.minor)
        if part:
            limits.repay(ctx, one.draw, part)
            left -= part
            taken.put(ctx, Taken(loan=loan, draw=one.draw, amount=one.amount - part))
    if movement.stage is LoanStage.SETTLED:
        if any(one.amount for one in taken.scan(ctx, loan)):
            raise SchemaInvalid(problem="额度未释放 (the limit is still taken)")
        ctx.emit(LimitFreed(lender=settled.creditor, loan=loan))
    return movement
