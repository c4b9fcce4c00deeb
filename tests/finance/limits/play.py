"""A contract that does nothing but call the limits register, to try it through signed transactions."""

from heqi.finance import limits
from heqi.kernel.contracts import Context, Contract, anyone, api, checker, maker, own
from heqi.types.money import Money

contract = Contract("play_limits", title=("额度演练", "Limits play"), uses=(limits.register,))


@contract.action("占用", by=(maker(own), checker(own)))
def reserve(ctx: Context, node: limits.LimitId, ref: str, amount: Money) -> limits.Reservation:
    """占用额度。
    Reserve."""
    return limits.reserve(ctx, node, ref, amount)


@contract.action("确认", by=api(anyone))
def commit(ctx: Context, ref: str) -> limits.Reservation:
    """确认占用。
    Commit."""
    return limits.commit(ctx, ref)


@contract.action("释放", by=api(anyone))
def release(ctx: Context, ref: str, amount: Money | None = None) -> limits.Reservation:
    """释放占用。
    Release."""
    return limits.release(ctx, ref, amount)


@contract.action("归还", by=api(anyone))
def repay(ctx: Context, ref: str, amount: Money | None = None) -> limits.Reservation:
    """归还额度。
    Repay."""
    return limits.repay(ctx, ref, amount)
