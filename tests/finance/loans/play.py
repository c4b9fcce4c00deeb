"""A contract for tests with one action for each function of the register, signed by one desk (or two, where both must sign)."""

from datetime import date

from heqi.finance import loans
from heqi.finance.loans import Draw, DrawId, Loan, LoanId, Movement, PaymentRef, Terms
from heqi.kernel.contracts import Context, Contract, anybody, anyone, maker, own
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.rates import Rate

contract = Contract("play", title=("贷款演练", "Loan play"), uses=(loans.register,))
one = maker(own)
two = (maker(own), anybody(anyone))


@contract.action("签约", by=two)
def sign(ctx: Context, terms: Terms) -> Loan:
    """签约。
    Sign."""
    return loans.sign(ctx, terms)


@contract.action("取消", by=one)
def cancel(ctx: Context, loan: LoanId) -> Loan:
    """取消。
    Cancel."""
    return loans.cancel(ctx, loan)


@contract.action("提款", by=one)
def draw(ctx: Context, loan: LoanId, amount: Money, payee: PartyId) -> Draw:
    """提款。
    Draw."""
    return loans.order_draw(ctx, loan, amount, payee)


@contract.action("提款失败", by=one)
def fail(ctx: Context, draw: DrawId) -> Draw:
    """提款失败。
    Fail."""
    return loans.fail_draw(ctx, draw)


@contract.action("放款", by=one)
def disburse(ctx: Context, draw: DrawId, payment: PaymentRef, value_date: date) -> Movement:
    """放款。
    Disburse."""
    return loans.disburse(ctx, draw, payment, value_date)


@contract.action("还款", by=one)
def repay(ctx: Context, loan: LoanId, amount: Money, payment: PaymentRef, value_date: date) -> Movement:
    """还款。
    Repay."""
    return loans.repay(ctx, loan, amount, payment, value_date)


@contract.action("关闭", by=one)
def close(ctx: Context, loan: LoanId) -> Loan:
    """关闭。
    Close."""
    return loans.close(ctx, loan)


@contract.action("收费", by=two)
def charge(ctx: Context, loan: LoanId, amount: Money) -> Movement:
    """收费。
    Charge."""
    return loans.charge(ctx, loan, amount)


@contract.action("核销", by=one)
def write_off(ctx: Context, loan: LoanId) -> Movement:
    """核销。
    Write off."""
    return loans.write_off(ctx, loan)


@contract.action("改利率", by=two)
def change_rate(ctx: Context, loan: LoanId, rate: Rate) -> Loan:
    """改利率。
    Change the rate."""
    return loans.change_rate(ctx, loan, rate)


@contract.action("重定价", by=one)
def reprice(ctx: Context, loan: LoanId, lpr: Rate) -> Loan:
    """重定价。
    Reprice."""
    return loans.reprice(ctx, loan, lpr)
