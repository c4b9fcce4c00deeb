"""A small contract to try proposals on: sealing a deed by several desks of one or two organisations."""

from heqi.finance import approvals
from heqi.kernel.contracts import RESOLUTION, Context, Contract, Event, Record, approver, checker, maker, own
from heqi.types.ids import PartyId
from heqi.types.money import Positive
from heqi.types.refusals import AlreadyExists, EligibilityFailed

contract = Contract("play", title=("演练", "Play"), uses=(approvals.register,))


class Deed(Record, frozen=True, kw_only=True):
    number: str
    org: PartyId
    amount_minor: int
    signers: tuple[str, ...]


class DeedSealed(Event, frozen=True, kw_only=True):
    number: str
    org: PartyId


deeds = contract.table("deed", Deed, key=("number",))


def other(ctx: Context, other: PartyId) -> PartyId:
    """the other party"""
    return other


def _keep(ctx: Context, number: str, amount: Positive) -> Deed:
    if number == "BAD":
        raise EligibilityFailed(reason="BAD")
    if deeds.find(ctx, number) is not None:
        raise AlreadyExists(record=f"Deed {number}")
    ctx.emit(DeedSealed(number=number, org=ctx.org))
    return deeds.insert(ctx, Deed(number=number, org=ctx.org, amount_minor=amount.minor, signers=tuple(s.user for s in ctx.signers)))


@contract.action("用印", by=(maker(own), checker(own), *approvals.tier_steps(own, "play.seal")))
def seal(ctx: Context, number: str, amount: Positive) -> Deed:
    """本机构用印；超过授权额度须审批。
    Seal a deed; above the tier the approver signs too."""
    return _keep(ctx, number, amount)


@contract.action("会签", by=(maker(own), checker(own), maker(other), checker(other)))
def countersign(ctx: Context, number: str, amount: Positive, other: PartyId) -> Deed:
    """两家机构会签。
    Sign a deed of two organisations."""
    return _keep(ctx, number, amount)


@contract.action("两名审批人", by=(approver(own), approver(own)))
def two_approvers(ctx: Context, number: str, amount: Positive) -> Deed:
    """须两名审批人。
    Needs two approvers."""
    return _keep(ctx, number, amount)


@contract.action("单人", by=maker(own))
def alone(ctx: Context, number: str, amount: Positive) -> Deed:
    """一人即可。
    One person is enough."""
    return _keep(ctx, number, amount)


@contract.action("表决", by=RESOLUTION)
def resolved_only(ctx: Context, number: str, amount: Positive) -> Deed:
    """须经成员表决。
    Needs a resolution."""
    return _keep(ctx, number, amount)


@contract.view("契据", sees=lambda ctx: ("*",))
def deed(ctx: Context, number: str) -> Deed:
    """一份契据。
    One deed."""
    return deeds.get(ctx, number)


__all__ = ["contract"]
