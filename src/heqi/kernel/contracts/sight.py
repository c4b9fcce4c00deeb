"""Who gets an answer: `sees=` of a view, and its answering.

`sees(ctx, …)` returns the organisations that may see, or EVERYONE. The regulator sees all. To others the record does not
exist: they get NOT_FOUND, the same words as for a record that never was.
"""

from collections.abc import Collection
from typing import Any

from heqi.kernel.contracts.context import Context
from heqi.kernel.contracts.contract import View
from heqi.types.refusals import NotFound, RoleForbidden

EVERYONE = ("*",)
REGULATOR = "REGULATOR"


def members(ctx: Context) -> Collection[str]:
    """Every active member may ask; the view itself filters what the asker may see."""
    return EVERYONE


def answer(ctx: Context, view: View, request: Any) -> Any:
    """The answer to a question, for `ctx.viewer`. Refuses: ROLE_FORBIDDEN (not an active member), NOT_FOUND."""
    viewer = ctx.viewer
    if viewer is None or not viewer.active:
        raise RoleForbidden(problem="须为正常状态的成员机构用户 (a user of an active member is needed)")
    hidden = NotFound(record=view.name)
    try:
        allowed = view.sees(ctx, *[getattr(request, name) for name in view.sees_takes])
    except NotFound:
        raise hidden from None  # The same words whether it is not there or not theirs.
    if allowed != EVERYONE and viewer.org_type != REGULATOR and viewer.org not in allowed:
        raise hidden
    return view.function(ctx, *[getattr(request, name) for name in view.takes])


def is_regulator(ctx: Context) -> bool:
    """Is the asker the regulator, who sees all?"""
    return ctx.viewer is not None and ctx.viewer.org_type == REGULATOR
