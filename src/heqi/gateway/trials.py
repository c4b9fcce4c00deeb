"""What may I do now? Acts tried on the present state as the asker's, without a trace; forms and buttons are made of the answers.

The answer to an act that is none of the asker's business is the same NOT_FOUND as for a record that never was.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.errors import Problem, language, problem
from heqi.gateway.gate import JSON, Caller, Gate, require_media
from heqi.kernel.contracts.authority import ROLES, Seat, fits
from heqi.kernel.contracts.perform import find_action
from heqi.kernel.contracts.trial import Trial, attempt
from heqi.kernel.ledger.machine import Machine
from heqi.types.refusals import SchemaInvalid
from heqi.types.rejection import Rejection

TRIALS_MAX = 50


class Tried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act as far as it is filled in."""

    action: str
    args: dict[str, msgspec.Raw] = {}


class Trials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /api/v1/trials."""

    trials: list[Tried]


class SeatShown(msgspec.Struct, frozen=True, kw_only=True):
    """A signature the act needs. `mine`: the asker could give it."""

    role: str
    role_zh: str
    org: str | None
    mine: bool


class EventTried(msgspec.Struct, frozen=True, kw_only=True):
    """An event the act would announce."""

    name: str
    data: msgspec.Raw


class TrialShown(msgspec.Struct, frozen=True, kw_only=True):
    """FITS: it would be done, `result` is what it would answer. OPEN: it depends on what is not filled in. REFUSED: `problem` says why."""

    action: str
    verdict: str
    seats: tuple[SeatShown, ...]
    problem: Problem | None
    result: msgspec.Raw | None
    events: tuple[EventTried, ...]


async def try_acts(gate: Gate, request: Request, caller: Caller) -> Response:
    """POST /api/v1/trials"""
    require_media(request, JSON)
    try:
        asked = msgspec.json.decode(await request.body(), type=Trials).trials
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SchemaInvalid(problem=str(error)) from None
    if len(asked) > TRIALS_MAX:
        raise SchemaInvalid(problem=f"一次至多 {TRIALS_MAX} 项 (at most {TRIALS_MAX} at once)", field="trials")
    lang = language(request)
    return Response(msgspec.json.encode([await _tried(gate, caller, each, lang) for each in asked]), media_type=JSON)


async def _tried(gate: Gate, caller: Caller, asked: Tried, lang: str) -> TrialShown:
    def work(machine: Machine) -> Trial:
        action = find_action(gate.catalogue, asked.action)
        given = {name: msgspec.json.decode(value) for name, value in asked.args.items()}
        return attempt(machine.trial_context(caller.session.certificate), action, given, caller.signer)

    try:
        found: Trial = await gate.engine.call(work)
    except Rejection as refusal:
        return TrialShown(action=asked.action, verdict="REFUSED", seats=(), problem=_told(refusal, lang), result=None, events=())
    return TrialShown(
        action=asked.action, verdict=found.verdict, seats=tuple(_seat(seat, caller) for seat in found.seats),
        problem=None if found.refusal is None else _told(found.refusal, lang), result=found.result,
        events=tuple(EventTried(name=type(event).__name__, data=msgspec.Raw(msgspec.json.encode(event))) for event in found.events),
    )  # fmt: skip


def _told(refusal: Rejection, lang: str) -> Problem:
    return problem(refusal.code, refusal.told(), lang)


def _seat(seat: Seat, caller: Caller) -> SeatShown:
    return SeatShown(role=seat.role, role_zh=ROLES[seat.role], org=seat.org, mine=fits(seat, caller.signer))
