"""Desks: above what amounts approvers sign too, how long a step may take, and who stands in for whom (C10).

What holds here: tiers and time limits are an organisation's own, set by its administrator and its approver. A delegation is
signed by the absent person and the administrator; it names one desk, a first and a last business date, and ends when either
revokes it; the stand-in passes it on to nobody, and has it only as long as the absent person still has the role. It counts on
proposals; one transaction with all signatures is signed by those who hold the roles.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from heqi.finance.approvals.model import (
    ActionName,
    Amounts,
    Awaited,
    Consent,
    Delegation,
    DelegationId,
    DelegationRevoked,
    Desk,
    DeskDelegated,
    Minutes,
    Sla,
    SlaSet,
    Tier,
    TierSet,
)
from heqi.finance.approvals.register import delegations, register, sla_minutes, slas, tiers
from heqi.kernel.contracts import Context, Seat, Signatory, Signer, admin, anybody, approver, changed, members, own
from heqi.kernel.contracts.authority import ROLES
from heqi.kernel.contracts.perform import find_action
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import UserId
from heqi.types.ids import PartyId
from heqi.types.refusals import AlreadyExists, DateInvalid, NotFound, NotOwner, RoleForbidden, SchemaInvalid, SegregationOfDuties

DESKS = ("maker", "checker", "approver", "treasurer", "risk")
"""The desks somebody may stand in at; who keeps users and who runs systems is appointed, not represented."""


# --- tiers -----------------------------------------------------------------------------------------------------------
class TierStep(Signatory):
    """One approver more, above the organisation's amount of this step (0 the first) for an action."""

    def __init__(self, party: Callable[..., str | None], action: ActionName, amount: str, step: int) -> None:
        super().__init__("approver", party)
        self.owner, self.action, self.step = party, action, step
        self.party, self.takes = self._above, (*self.takes, amount)

    def _above(self, ctx: Context, *values: Any) -> PartyId | None:
        org, amount = self.owner(ctx, *values[:-1]), values[-1]
        if org is None:
            return None
        tier = tiers.find(ctx, org, self.action, amount.ccy)
        return org if tier is not None and self.step < len(tier.above) and amount > tier.above[self.step] else None

    def describe(self) -> dict[str, str]:
        tier = ("first", "second", "third")[self.step]
        return super().describe() | {"party": f"{(self.owner.__doc__ or self.owner.__name__).strip()}, above its {tier} tier"}


def tier_steps(party: Callable[..., str | None], action: ActionName, *, amount: str = "amount", steps: int = 2) -> tuple[Signatory, ...]:
    """For `by=`: approvers of the party, one for each amount it has set for this action that the argument `amount` exceeds.

        @contract.action("转让", by=(maker(holder), checker(holder), *approvals.tier_steps(holder, "all_link.transfer")))

    Without a tier none is asked. A tier binds amounts of its own currency.
    """
    return tuple(TierStep(party, action, amount, step) for step in range(steps))


@register.action("设定授权额度", by=(admin(own), approver(own)))
def set_tier(ctx: Context, action: ActionName, above: Amounts) -> Tier:
    """设定本机构某项操作的逐级授权额度：金额每超过一级，须多一名审批人签署；再次设定即替换。
    Set the amounts above each of which one more approver of one's own organisation must sign an action; set again, they are
    replaced."""
    offered = sum(isinstance(signatory, TierStep) for signatory in find_action(ctx.catalogue, action).by)
    if len(above) > offered:
        raise SchemaInvalid(problem=f"{action} 有 {offered} 级授权 (the action has {offered} tiers)", field="above")
    if any(amount.ccy != above[0].ccy for amount in above) or any(low >= high for low, high in pairwise(above)):
        raise SchemaInvalid(problem="各级金额须同币种且逐级升高 (amounts of one currency, each above the one before)", field="above")
    ctx.emit(TierSet(org=ctx.org, action=action, above=tuple(above)))
    return tiers.put(ctx, Tier(org=ctx.org, action=action, ccy=above[0].ccy, above=tuple(above)))


@register.view("授权额度", sees=members)
def list_tiers(ctx: Context) -> list[Tier]:
    """本机构各项操作的逐级授权额度。
    The tiers of the asker's organisation."""
    assert ctx.viewer is not None
    return tiers.scan(ctx, ctx.viewer.org)


# --- how long a step may take ----------------------------------------------------------------------------------------
@register.action("设定办理时限", by=(admin(own), approver(own)))
def set_sla(ctx: Context, action: ActionName, role: Desk, minutes: Minutes) -> Sla:
    """设定本机构某岗位签署某项操作的办理时限（分钟）；仅对此后到达该岗位的事项生效。
    Set how many minutes a desk of one's own organisation has for its step of an action, from the next proposal that reaches it."""
    if all(signatory.role != role for signatory in find_action(ctx.catalogue, action).by):
        raise SchemaInvalid(problem=f"{action} 无须 {ROLES.get(role, role)} 签署 (the action has no such desk)", field="role")
    ctx.emit(SlaSet(org=ctx.org, action=action, role=role, minutes=minutes))
    return slas.put(ctx, Sla(org=ctx.org, action=action, role=role, minutes=minutes))


def awaited(ctx: Context, action: ActionName, seat: Seat) -> Awaited:
    """The desk that is asked now, with the end of its time: its organisation's own limit, else the consortium's."""
    own_limit = None if seat.org is None else slas.find(ctx, seat.org, action, seat.role)
    minutes = ctx.parameter(sla_minutes) if own_limit is None else own_limit.minutes
    return Awaited(role=seat.role, org=seat.org, asked=ctx.time, due=ctx.time + timedelta(minutes=minutes))


@register.view("办理时限", sees=members)
def list_slas(ctx: Context) -> list[Sla]:
    """本机构各岗位自行设定的办理时限；未设定的适用联盟参数。
    The time limits the asker's organisation has set; for others the consortium's figure holds."""
    assert ctx.viewer is not None
    return slas.scan(ctx, ctx.viewer.org)


# --- who stands in for whom ------------------------------------------------------------------------------------------
@register.action("委托代签", by=(anybody(own), admin(own)))
def delegate(ctx: Context, stand_in: UserId, role: Desk, start: date, end: date) -> Delegation:
    """首位签署人委托本机构另一人在两个业务日期之间（含首尾）于其岗位代签待签事项；管理员同意。
    The first signer has another person of the organisation stand in at a desk, on proposals, between two business dates, both
    included; the administrator agrees."""
    absent = ctx.signers[0]
    if role not in DESKS:
        raise SchemaInvalid(problem=f"{role} 岗位不可委托 (nobody stands in at this desk)", field="role")
    if not ctx.today <= start <= end:
        raise DateInvalid(problem=f"{start}—{end} 须自今日起且首尾有序 (from today on, start before end)", field="start")
    if role not in absent.roles:
        raise RoleForbidden(problem=f"{absent.user} 不具备 {ROLES[role]}岗位 (does not hold the desk of {role})")
    other = identity.user(ctx, stand_in)
    if other.org != ctx.org:
        raise NotFound(record=f"User {stand_in}")
    if other.person == absent.person:
        raise SegregationOfDuties(roles=f"委托人与代签人 / absent and stand-in ({ROLES[role]})")
    if role in other.roles:
        raise AlreadyExists(record=f"{stand_in} {ROLES[role]} ({role})")
    given = Delegation(
        delegation=ctx.unique("delegation"), org=ctx.org, user=absent.user, person=absent.person, stand_in=stand_in, role=role,
        start=start, end=end,
    )  # fmt: skip
    ctx.emit(DeskDelegated(delegation=given.delegation, org=ctx.org, user=absent.user, stand_in=stand_in, role=role))
    return delegations.add(ctx, given)


@register.action("撤销代签", by=anybody(own))
def revoke_delegation(ctx: Context, delegation: DelegationId) -> Delegation:
    """委托人或本机构管理员撤销代签，立即生效；尚未签齐的事项上其代签不再计入。
    The absent person or an administrator revokes a delegation at once; on proposals not yet done what was signed under it no longer
    counts."""
    found = delegations.get(ctx, delegation)
    signer = ctx.signers[0]
    if found.org != signer.org or (found.user != signer.user and "org_admin" not in signer.roles):
        raise NotOwner(record=f"Delegation {delegation}")
    if found.revoked is not None:
        return found
    ctx.emit(DelegationRevoked(delegation=delegation, org=found.org))
    return delegations.put(ctx, changed(found, revoked=ctx.today))


@register.view("代签授权", sees=members)
def list_delegations(ctx: Context) -> list[Delegation]:
    """本机构的代签授权，含已结束的。
    The delegations of the asker's organisation, past ones included."""
    assert ctx.viewer is not None
    return delegations.by(ctx, "org", ctx.viewer.org)


def seated(ctx: Context, signer: Signer, role: str, taken: Sequence[str]) -> tuple[Signer, Delegation | None]:
    """The signer at the desk that is asked: their own, or that of somebody absent, of one not in `taken` (persons) if there is."""
    if role in signer.roles or role == "any":
        return signer, None
    found = [given for given in delegations.by(ctx, "stand_in", signer.user, role) if in_force(ctx, given, ctx.today)]
    if not found:
        return signer, None
    free = [given for given in found if given.person not in taken]
    return at_desk(signer, role), (free or found)[0]


def in_force(ctx: Context, given: Delegation, day: date) -> bool:
    """May the stand-in sign on this business date, or could they when they did?"""
    return given.revoked is None and given.start <= day <= given.end and given.role in identity.user(ctx, given.user).roles


def at_desk(signer: Signer, role: str) -> Signer:
    """The signer with the role they stand in for."""
    return msgspec.structs.replace(signer, roles=(*signer.roles, role))


def bearers(consent: Consent) -> tuple[str, ...]:
    """The persons a signature counts for: who signed, and for whom."""
    return (consent.person,) if consent.absent is None else (consent.person, consent.absent)


def require_apart(kept: Sequence[Consent], consent: Consent) -> None:
    """Refuse a signature of somebody who bears another step, in person or through a stand-in: SEGREGATION_OF_DUTIES."""
    if any(person in bearers(earlier) for earlier in kept for person in bearers(consent)):
        raise SegregationOfDuties(roles=f"{consent.user} 与已签步骤 (and a step signed before, in person or by a stand-in)")
