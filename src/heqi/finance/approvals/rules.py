"""The steps of a proposal, and which of its signatures still count.

Steps are the seats of the action's `by=`, in their order, as the state of this moment gives them: a holder may have changed, a
tier may have been set since. A signature counts in its step as long as everything before it counts: when a checker's falls away,
the approver who relied on it signs anew. A stand-in's signature counts while the delegation it was given under is not revoked
and the absent person still has the role; that its dates have passed since does not undo it.
"""

from typing import Any

from heqi.finance.approvals.desks import at_desk, in_force
from heqi.finance.approvals.model import Consent, Proposal
from heqi.finance.approvals.register import delegations
from heqi.kernel.contracts import Context, Seat, Signer
from heqi.kernel.contracts.authority import check_signed
from heqi.kernel.contracts.contract import Action
from heqi.kernel.contracts.perform import seats
from heqi.kernel.identity import contract as identity
from heqi.types.refusals import RoleForbidden
from heqi.types.rejection import Rejection


def steps(ctx: Context, action: Action, request: Any, acting: Signer) -> list[Seat]:
    """The seats to fill when `acting` acts. Refuses what the action's party functions refuse (NOT_FOUND of a record …)."""
    before = ctx.signers
    ctx.signers = (acting,)
    try:
        return seats(ctx, action, request)
    finally:
        ctx.signers = before


def resolved(ctx: Context, consent: Consent) -> Signer:
    """The person behind an earlier signature, as of now. Refuses: CERT_REVOKED, ROLE_FORBIDDEN (a delegation that no longer holds)."""
    held, signer = identity.signer(ctx, consent.certificate)
    identity.require_valid(held, ctx.time)
    if consent.delegation is None:
        return signer
    given = delegations.get(ctx, consent.delegation)
    if not in_force(ctx, given, consent.date):
        raise RoleForbidden(problem=f"{signer.user} 的代签授权已撤销 (the delegation was revoked)")
    return at_desk(signer, given.role)


def standing(ctx: Context, proposal: Proposal, seats: list[Seat], proposer: Signer) -> list[tuple[Consent, Signer]]:
    """The signatures that still count, in the order of the steps.

    Without its proposer a proposal has nobody to act for. Refuses: ROLE_FORBIDDEN, SIGNATURE_INVALID.
    """
    check_signed(seats[:1], [proposer])
    kept = [(proposal.signatures[0], proposer)]
    for consent in proposal.signatures[1:]:
        try:
            signer = resolved(ctx, consent)
            check_signed(seats[: len(kept) + 1], [*(s for _, s in kept), signer])
        except Rejection:
            continue
        kept.append((consent, signer))
    return kept
