"""What may I do now? An act tried on the present state and thrown away: the ledger's own rules answer, nothing restates them.

What holds here: the act's real seats and its real function run on an overlay that is dropped. Seats of others are taken as filled,
so the answer is about the asker's part and the record's condition, not about whether the others will sign. An act whose form is
not yet filled in runs until a missing field matters: what it refused before that, it refuses whatever is filled in. What does not
hold: a promise. The ledger judges anew when the act comes, at its own height.
"""

from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import msgspec
from msgspec import inspect as shapes

from heqi.kernel.contracts.authority import ANY, ROLES, Seat, Signer, check_signed, fits
from heqi.kernel.contracts.context import Context
from heqi.kernel.contracts.contract import Action
from heqi.kernel.contracts.record import Event
from heqi.proof import canonical
from heqi.types.refusals import NotFound, RoleForbidden, SchemaInvalid
from heqi.types.rejection import Rejection


class Verdict(StrEnum):
    """FITS: it would be done. OPEN: it depends on what is still to be filled in. REFUSED: not now, or not by this desk."""

    FITS = "FITS"
    OPEN = "OPEN"
    REFUSED = "REFUSED"


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """How a trial went. `result` and `events`: what the act would answer and announce, when it fits."""

    verdict: Verdict
    seats: tuple[Seat, ...]
    refusal: Rejection | None = None
    result: Any = None
    events: tuple[Event, ...] = ()


class _Unfilled(Exception):
    """A field that is not filled in yet was looked at."""


class _Blank:
    """Stands for a field not filled in: whatever is done with it stops the trial."""

    __slots__ = ()


def _stop(*_: Any, **__: Any) -> Any:
    raise _Unfilled


for _name in (
    "__getattr__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__len__", "__iter__", "__contains__",
    "__hash__", "__str__", "__repr__", "__format__", "__add__", "__radd__", "__sub__", "__rsub__", "__getitem__", "__index__",
):  # fmt: skip
    setattr(_Blank, _name, _stop)
BLANK: Any = _Blank()


def attempt(ctx: Context, action: Action, given: dict[str, Any], me: Signer) -> Trial:
    """Try an act with the fields given so far, as plain data. Refuses (NOT_FOUND) what is none of the asker's business."""
    request, complete = _read(action, given)
    ctx.signers = (me,)
    try:
        needed, open_seats = _seats(ctx, action, request)
    except NotFound:
        raise NotFound(record=action.full_name) from None
    except Rejection as refusal:
        return Trial(verdict=Verdict.REFUSED, seats=(), refusal=refusal)
    if needed and all(seat.org not in (None, me.org) for seat in needed):
        raise NotFound(record=action.full_name)
    if not needed and open_seats:  # Whose it is depends on what is filled in.
        return Trial(verdict=Verdict.OPEN, seats=())
    try:
        ctx.signers = _filled(needed, me)
        check_signed(needed, ctx.signers)
        result = action.run(ctx, request)
        encoded = canonical.encode(result)
    except Rejection as refusal:
        return Trial(verdict=Verdict.REFUSED, seats=tuple(needed), refusal=refusal)
    except Exception:
        # A blank goes a long way before it breaks: into a record, say, that then cannot be written.
        if complete:
            raise
        return Trial(verdict=Verdict.OPEN, seats=tuple(needed))
    if not complete:
        return Trial(verdict=Verdict.OPEN, seats=tuple(needed))
    return Trial(verdict=Verdict.FITS, seats=tuple(needed), result=msgspec.Raw(encoded), events=tuple(ctx.events))


def _seats(ctx: Context, action: Action, request: Any) -> tuple[list[Seat], bool]:
    """The seats known so far, and whether others hang on a field not yet filled in."""
    found: list[Seat] = []
    blank = False
    for signatory in action.by:
        try:
            org = signatory.organisation(ctx, request)
        except _Unfilled:
            org = BLANK
        if org is BLANK:
            blank = True
        elif org is not None:
            found.append(Seat(signatory.role, None if org == ANY else org))
    return found, blank


def _read(action: Action, given: dict[str, Any]) -> tuple[Any, bool]:
    """The request, or what there is of it with blanks. Refuses fields that do not fit, as the ledger would."""
    shape = shapes.type_info(action.request.type)
    assert isinstance(shape, shapes.StructType), "a request is a record"
    missing = [field.name for field in shape.fields if field.required and field.encode_name not in given]
    if not missing:
        return action.request.read(canonical.encode(given)), True
    hints = {field.name: field for field in msgspec.structs.fields(action.request.type)}
    found: dict[str, Any] = {}
    for name, field in hints.items():
        if name in given:
            try:
                found[name] = msgspec.convert(given[name], field.type)
            except msgspec.ValidationError as error:
                raise SchemaInvalid(problem=str(error), field=name) from None
        else:
            found[name] = BLANK if name in missing else field.default
    return SimpleNamespace(**found), False


def _filled(needed: list[Seat], me: Signer) -> tuple[Signer, ...]:
    """The asker in the first seat that is theirs, persons of no name in the others. Refuses: ROLE_FORBIDDEN."""
    mine = next((place for place, seat in enumerate(needed) if fits(seat, me)), None)
    if mine is None:
        own = "、".join(ROLES[seat.role] for seat in needed if seat.org in (None, me.org))
        wanted = ", ".join(seat.role for seat in needed if seat.org in (None, me.org))
        raise RoleForbidden(problem=f"须由本机构{own}岗位办理 (needs your {wanted})")
    others = [
        msgspec.structs.replace(me, org=seat.org or me.org, person=f"seat {place}", roles=(seat.role,), org_type=me.org_type)
        for place, seat in enumerate(needed)
        if place != mine
    ]
    return (me, *others)
