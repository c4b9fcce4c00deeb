"""A contract for tests with one action for each function of the register."""

from heqi.finance import uses
from heqi.finance.uses import DocumentRef, Entry, Use, UseClass, UseId
from heqi.kernel.contracts import Context, Contract, maker, own
from heqi.types.money import Money, Positive

contract = Contract("financing", title=("融资", "Financing"), uses=(uses.register,))


@contract.action("登记单据", by=maker(own))
def enter(ctx: Context, document: DocumentRef, total: Positive) -> Entry:
    """按核验金额登记一份单据。
    Register a document for its verified total."""
    return uses.open(ctx, document, total)


@contract.action("预占", by=maker(own))
def take(ctx: Context, document: DocumentRef, use_class: UseClass, amount: Money) -> Use:
    """为一项用途预占单据金额。
    Reserve a part of a document."""
    return uses.reserve(ctx, document, use_class, amount)


@contract.action("启用", by=maker(own))
def start(ctx: Context, use: UseId) -> Use:
    """使预占生效。
    Make a reservation last."""
    return uses.activate(ctx, use)


@contract.action("释放", by=maker(own))
def end(ctx: Context, use: UseId) -> Use:
    """释放用途。
    Give a use back."""
    return uses.release(ctx, use, "结清 settled")


@contract.action("核销", by=maker(own))
def spend(ctx: Context, use: UseId) -> Use:
    """核销用途。
    Use it up."""
    return uses.consume(ctx, use)


@contract.action("可用金额", by=maker(own))
def left(ctx: Context, document: DocumentRef, use_class: UseClass) -> Money:
    """单据就一项用途的可用金额。
    What is left for a use."""
    return uses.available(ctx, document, use_class)
