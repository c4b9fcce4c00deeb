"""A contract for tests that does nothing but rely on a verification."""

from heqi.finance import verifications
from heqi.kernel.contracts import Context, Contract, maker, own

contract = Contract("relying", title=("依赖核验", "Relying"), uses=(verifications.register,))


@contract.action("使用单据", by=maker(own))
def rely(ctx: Context, document: str, seller: str, total: int) -> verifications.Verification:
    """以一份已核验的发票为依据。
    Rely on a verified invoice."""
    return verifications.require(ctx, "INVOICE", document, seller=seller, total=total)
