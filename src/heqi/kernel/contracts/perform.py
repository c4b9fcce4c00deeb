"""Run one action in a context: request, seats, function. The transition and the proposals both come through here."""

from typing import Any

import msgspec

from heqi.kernel.contracts.authority import ANY, Seat, Signer, check_signed
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.context import Context
from heqi.kernel.contracts.contract import Action, Register
from heqi.types.refusals import NotFound, RoleForbidden


def find_action(catalogue: Catalogue, full_name: str) -> Action:
    """The action of this name (`contract.action`). Refuses: NOT_FOUND."""
    action = catalogue.actions.get(full_name)
    if action is None:
        raise NotFound(record=f"action {full_name}")
    return action


def seats(ctx: Context, action: Action, request: Any) -> list[Seat]:
    """The signatures this request needs."""
    found, asked = [], {}
    for signatory in action.by:
        if signatory.party not in asked:  # Maker and checker of the same party: asked once.
            asked[signatory.party] = signatory.organisation(ctx, request)
        org = asked[signatory.party]
        if org is not None:
            found.append(Seat(signatory.role, None if org == ANY else org))
    return found


def authorise(ctx: Context, action: Action, request: Any) -> None:
    """Refuse unless the parties `by=` names have signed."""
    if action.by[0].role == "resolution":
        if not ctx.resolved:
            raise RoleForbidden(problem="须经成员表决 (needs a resolution of the members: governance.move)")
        return
    check_signed(seats(ctx, action, request), ctx.signers)


def perform(
    ctx: Context, by: Register, full_name: str, args: bytes | msgspec.Raw, signers: tuple[Signer, ...] = (), *, resolved: bool = False
) -> Any:
    """Run another action inside this transaction as the persons who agreed to it. Only for a register that `performs`."""
    if not by.performs:
        raise PermissionError(f"{by.name} was not declared to perform other contracts' actions")
    action = find_action(ctx.catalogue, full_name)
    request = action.request.read(args)
    before, was_resolved = ctx.signers, ctx.resolved
    ctx.signers, ctx.resolved = signers, resolved
    try:
        authorise(ctx, action, request)
        return action.run(ctx, request)
    finally:
        ctx.signers, ctx.resolved = before, was_resolved
