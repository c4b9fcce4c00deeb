"""Which signatures an act needs, asked of the state before anything is submitted.

It decides two things: whether one session can sign the act alone, and whether it is any of the asker's business. Where every
seat belongs to others, and where a record the seats depend on is not there, the answer is one and the same NOT_FOUND: who may
not act on a record does not learn that it exists. The ledger judges again, and it alone decides.
"""

from typing import Any

import msgspec

from heqi.kernel.contracts import Seat, Signer
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.contract import Action
from heqi.kernel.contracts.perform import find_action, seats
from heqi.kernel.contracts.sight import REGULATOR
from heqi.kernel.engines.port import Engine
from heqi.types.refusals import NotFound

PROPOSE = "approvals.propose"


async def seats_of(engine: Engine, catalogue: Catalogue, action: Action, request: Any, signer: Signer) -> list[Seat]:
    """The seats of an act, if it is any of the signer's business. Refuses: NOT_FOUND, and what the party functions refuse."""
    really, asked = action, request
    if action.full_name == PROPOSE:  # What is proposed is judged, not the proposing, which is open to all.
        really = find_action(catalogue, request.action)
        asked = really.request.read(request.args)
    try:
        found = await engine.call(lambda machine: seats(machine.view_context(signer.certificate), really, asked))
    except NotFound:
        raise NotFound(record=really.full_name) from None
    if signer.org_type != REGULATOR and found and all(seat.org not in (None, signer.org) for seat in found):
        raise NotFound(record=really.full_name)
    return found if really is action else [Seat("any", signer.org)]


def as_proposal(action: str, args: bytes, note: str) -> tuple[str, bytes]:
    """The act that proposes this act: its name and arguments, canonical JSON."""
    proposal = {"action": action, "args": msgspec.Raw(args), "note": note}
    return PROPOSE, msgspec.json.encode(proposal, order="sorted")
