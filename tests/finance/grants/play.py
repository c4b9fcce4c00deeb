"""A contract that relies on a grant, as an application does: the use and its business are one transaction."""

from heqi.finance import grants
from heqi.kernel.contracts import Context, Contract, approver, maker, own
from heqi.types.refusals import EligibilityFailed

contract = Contract("play_grants", title=("授权演练", "Grants play"), uses=(grants.register,))


@contract.action("查询征信", by=(maker(own), approver(own)))
def query_credit(ctx: Context, grant: grants.GrantId, scope: tuple[grants.Scope, ...], query_hash: str, fit: bool) -> grants.Use:
    """凭授权查询。
    Query on a grant; unfit queries are refused after the use was counted."""
    used = grants.use(ctx, grant, scope, grants.Purpose.CREDIT, query_hash)
    if not fit:
        raise EligibilityFailed(reason="演练 (play)")
    return used
