"""The documents behind packages and transfers: verified, reserved, in use. Refusals are those of `uses` and `verifications`."""

from collections.abc import Sequence

from heqi.finance import uses, verifications
from heqi.finance.uses import DocumentUse, UseClass, UseId, UseStage
from heqi.finance.vouchers.model import (
    Backing,
    PackageNo,
)
from heqi.finance.vouchers.register import backings
from heqi.kernel.contracts import Context
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import (
    DocNotVerified,
    SchemaInvalid,
)

BASIS_MAX = 50
"""Documents behind one package or one transfer."""


def reserve(
    ctx: Context, key: tuple[PackageNo, int], basis: Sequence[DocumentUse], amount: Money, *, buyer: PartyId, seller: PartyId
) -> tuple[UseId, ...]:
    """Reserve verified documents of a sale between the two that cover the amount. Refuses: DOC_NOT_VERIFIED and what they bring."""
    if len(basis) > BASIS_MAX:
        raise SchemaInvalid(problem=f"单据超过 {BASIS_MAX} 份 (too many documents)", field="basis")
    covered = sum(use.amount.minor for use in basis if use.amount.ccy == amount.ccy)
    if covered < amount.minor:
        raise DocNotVerified(
            document="、".join(use.document.label for use in basis) or "—",
            problem=f"单据仅覆盖 {Money(amount.ccy, covered)} (the documents cover less than {amount})",
        )
    for use in basis:
        verifications.require(ctx, use.document.doc_type, use.document.label, buyer=buyer, seller=seller)
    backings.put(ctx, Backing(package=key[0], lo=key[1], documents=tuple(basis)))
    return tuple(uses.reserve(ctx, use.document, UseClass.VOUCHER_BASIS, use.amount, org=buyer).use for use in basis)


def activate(ctx: Context, key: tuple[PackageNo, int], reserved: tuple[UseId, ...], user: PartyId) -> tuple[UseId, ...]:
    """Make reservations last. A reservation (three days) may end before an offer does: then it is made again, if it still can be."""
    active = []
    for place, use in enumerate(reserved):
        found = uses.get(ctx, use)
        if found.stage is UseStage.RELEASED:
            again = backings.get(ctx, *key).documents[place]
            found = uses.reserve(ctx, again.document, UseClass.VOUCHER_BASIS, again.amount, org=user)
        active.append(uses.activate(ctx, found.use).use)
    return tuple(active)
