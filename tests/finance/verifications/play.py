"""A contract for tests that does nothing but rely on a verification."""

from heqi.finance import verifications
from heqi.kernel.contracts import Context, Contract, api, maker, own

contract = Contract("relying", title=("依赖核验", "Relying"), uses=(verifications.register,))


@contract.action("使用单据", by=maker(own))
def rely(ctx: Context, document: str, seller: str, total: int) -> verifications.Verification:
    """以一份已核验的发票为依据。
    Rely on a verified invoice."""
    return verifications.require(ctx, "INVOICE", document, seller=seller, total=total)


@contract.action("自证应付", by=api(own))
def vouch(ctx: Context, kind: str, document: str) -> verifications.Verification:
    """以本机构账簿证实一份单据，二日内有效。
    Vouch for a document of one's own books for two days."""
    return verifications.attest(ctx, kind, document, {"total": 7}, 2)


@contract.action("依赖应付", by=maker(own))
def rely_on_books(ctx: Context, document: str) -> verifications.Verification:
    """以一份应付为依据。
    Rely on a payable."""
    return verifications.require(ctx, verifications.AP_ITEM, document, total=7)
