"""The contract every engine is tried with: purses of fen that never grow nor shrink together, and acts that fail in every way."""

from datetime import date

from heqi.kernel.contracts import Context, Contract, Event, Record, anyone, checker, maker, members, own
from heqi.types.refusals import AmountExceedsBalance, SchemaInvalid

PURSES = 16
FILLED_FEN = 1_000_000
TOTAL_FEN = PURSES * FILLED_FEN


class Purse(Record, frozen=True, kw_only=True):
    """`balance` in fen."""

    purse: str
    balance: int


class Payment(Record, frozen=True, kw_only=True):
    """What was paid. `amount` in fen."""

    payment: str
    source: str
    target: str
    amount: int
    memo: str
    payer: str


class Due(Record, frozen=True, kw_only=True):
    """One fen that leaves a purse at the end of a day."""

    due: str
    source: str
    on: date


class Paid(Event, frozen=True, kw_only=True):
    payment: str
    amount: int


contract = Contract("purse", title=("钱袋", "Purses"))
purses = contract.table("purse", Purse, key=("purse",))
payments = contract.table("payment", Payment, key=("payment",), indexes={"source": ("source", "amount")})
dues = contract.table("due", Due, key=("due",), indexes={"on": ("on",)})


@contract.at_genesis
def fill(ctx: Context) -> None:
    for number in range(PURSES):
        purses.insert(ctx, Purse(purse=f"p{number:02}", balance=FILLED_FEN))


@contract.action("支付", by=maker(own))
def pay(ctx: Context, source: str, target: str, amount: int, memo: str = "") -> Payment:
    """从一个钱袋付到另一个。
    Pay from one purse into another."""
    return _pay(ctx, source, target, amount, memo)


@contract.action("双签支付", by=(maker(own), checker(own)))
def pay_checked(ctx: Context, source: str, target: str, amount: int) -> Payment:
    """经办、复核双签支付。
    Pay with two signatures."""
    return _pay(ctx, source, target, amount, "checked")


@contract.action("约定到期支付", by=maker(anyone))
def promise(ctx: Context, source: str, on: date, count: int) -> int:
    """约定若干笔于某日日终支付的一分钱。
    Promise a number of payments of one fen at the end of a day."""
    for _ in range(count):
        dues.add(ctx, Due(due=ctx.unique("due"), source=source, on=on))
    return count


@contract.each_day
def collect(ctx: Context, limit: int) -> int:
    due = dues.by(ctx, "on", upto=ctx.today, limit=limit)
    for one in due:
        _move(ctx, one.source, "p00", 1)
        dues.delete(ctx, one)
    return len(due)


@contract.action("多付", by=maker(own))
def counterfeit(ctx: Context, target: str, amount: int) -> Purse:
    """凭空增加余额：违反恒等式。
    Make money out of nothing: the law forbids it."""
    return purses.put(ctx, Purse(purse=target, balance=purses.get(ctx, target).balance + amount))


@contract.action("出错", by=maker(own))
def stumble(ctx: Context, source: str, target: str, after: int) -> None:
    """付款之后程序出错。
    Pay, then run into a bug."""
    _pay(ctx, source, target, 1, "stumbles")
    assert after == 0, "a bug"


@contract.action("称重", by=maker(own))
def weigh(ctx: Context, source: str, target: str) -> object:
    """付款之后返回任何核验方都读不了的结果。
    Pay, then give a result no verifier could read."""
    _pay(ctx, source, target, 1, "weighed")
    return 2**53


def _pay(ctx: Context, source: str, target: str, amount: int, memo: str) -> Payment:
    if amount <= 0:
        raise SchemaInvalid(problem="须为正数 (must be positive)", field="amount")
    _move(ctx, source, target, amount)
    payment = ctx.unique("payment")
    ctx.emit(Paid(payment=payment, amount=amount))
    return payments.add(ctx, Payment(payment=payment, source=source, target=target, amount=amount, memo=memo, payer=ctx.org))


def _move(ctx: Context, source: str, target: str, amount: int) -> None:
    payer = purses.get(ctx, source)
    if payer.balance < amount:
        raise AmountExceedsBalance(record=source, available=payer.balance)
    purses.put(ctx, Purse(purse=source, balance=payer.balance - amount))
    purses.put(ctx, Purse(purse=target, balance=purses.get(ctx, target).balance + amount))


@contract.law(purses)
def money_moves_and_is_never_made(ctx: Context, changes: list[tuple[Purse | None, Purse | None]]) -> None:
    """What leaves one purse comes into another."""
    assert sum(purse.balance if purse else 0 for _, purse in changes) == sum(purse.balance if purse else 0 for purse, _ in changes)


@contract.invariant
def all_money_is_there(ctx: Context) -> None:
    """The purses together hold what they were filled with."""
    found = purses.scan(ctx)
    assert sum(purse.balance for purse in found) == TOTAL_FEN
    assert all(purse.balance >= 0 for purse in found)


class Books(Record, frozen=True, kw_only=True):
    """Everything at one height. `paid`: payments there are."""

    balances: list[int]
    paid: int


@contract.view("账", sees=members)
def books(ctx: Context) -> Books:
    """全部余额与付款笔数。
    All balances, and how many payments there are."""
    paid, last = 0, None
    while found := payments.scan(ctx, after=None if last is None else (last,)):
        paid, last = paid + len(found), found[-1].payment
    return Books(balances=[purse.balance for purse in purses.scan(ctx)], paid=paid)


@contract.view("一袋付款", sees=members)
def paid_from(ctx: Context, source: str, limit: int = 10) -> list[Payment]:
    """一个钱袋付出的款项，按金额排列。
    What was paid from a purse, by amount."""
    return payments.by(ctx, "source", source, limit=limit, reverse=True)
