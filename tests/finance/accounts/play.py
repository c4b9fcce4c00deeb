"""A small contract that keeps books, as an application would."""

from datetime import date

from heqi.finance import accounts
from heqi.kernel.contracts import Context, Contract, anyone, maker
from heqi.types.ids import PartyId
from heqi.types.money import Money

contract = Contract("play", title=("演练", "Play"), uses=(accounts.register,))


@contract.action("开户", by=maker(anyone))
def open_account(
    ctx: Context, owner: PartyId, name: str, kind: accounts.Kind, ccy: str = "CNY", counterparty: PartyId | None = None
) -> accounts.BookAccount:
    """开立账簿账户。
    Open a book account."""
    return accounts.open_account(ctx, owner=owner, name=name, ccy=ccy, kind=kind, counterparty=counterparty)


@contract.action("记账", by=maker(anyone))
def post(ctx: Context, lines: list[accounts.Line], ref: str) -> accounts.Entry:
    """记一笔分录。
    Post an entry."""
    return accounts.post(ctx, lines, ref)


@contract.action("双签记账", by=(maker(anyone), maker(anyone)))
def post_together(ctx: Context, lines: list[accounts.Line], ref: str) -> accounts.Entry:
    """两家机构共同记账。
    Post an entry that two organisations sign."""
    return accounts.post(ctx, lines, ref)


@contract.action("预留", by=maker(anyone))
def reserve(ctx: Context, lines: list[accounts.Line], ref: str, until: date) -> accounts.Entry:
    """预留一笔分录。
    Reserve an entry."""
    return accounts.reserve(ctx, lines, ref, until)


@contract.action("入账", by=maker(anyone))
def post_reserved(ctx: Context, ref: str, amount: Money | None = None) -> accounts.Entry:
    """将预留入账。
    Post what was reserved."""
    return accounts.post_reserved(ctx, ref, amount)


@contract.action("撤销预留", by=maker(anyone))
def void(ctx: Context, ref: str) -> accounts.Entry:
    """撤销一笔预留。
    Void a reservation."""
    return accounts.void(ctx, ref)


@contract.view("余额", sees=lambda ctx: ("*",))
def standing(ctx: Context, account: str) -> tuple[int, int]:
    """余额与可用额。
    Balance and available."""
    return accounts.balance(ctx, account).minor, accounts.available(ctx, account).minor
