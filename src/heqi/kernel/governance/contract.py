"""What members decide together: motions carried by two thirds of the active members, and the parameters they set.

What holds here: one vote an organisation; a motion runs, whole or not at all, with the vote that carries it; the platform
and organisations that are not active have no vote. An action says `by=RESOLUTION` to be decided here.
"""

import msgspec

from heqi.kernel.contracts import RESOLUTION, Context, Register, admin, members, own
from heqi.kernel.contracts.perform import find_action, perform
from heqi.kernel.governance.model import (
    AlreadyVoted,
    Motion,
    MotionCarried,
    MotionFailed,
    MotionId,
    MotionMoved,
    MotionStage,
    ParameterChanged,
    ParameterSetting,
    VoteCast,
)
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import OrgType
from heqi.types.refusals import NotFound, RoleForbidden, SchemaInvalid

register = Register("governance", title=("联盟治理", "Governance"), uses=(identity.register,), performs=True)

motions = register.table("motion", Motion, key=("motion",), indexes={"stage": ("stage",)})
settings = register.table("parameter", ParameterSetting, key=("parameter",))

carried_bps = register.parameter(
    "carried_bps", 6666, title=("表决通过比例（基点）", "Share of active members that carries a motion (bps)"),
    source="capabilities C01: admitted at >= 2/3 of active members", within=(5_000, 10_000),
)  # fmt: skip


@register.action("提出议案", by=admin(own))
def move(ctx: Context, action: str, args: msgspec.Raw, reason: str) -> Motion:
    """提出一项须经成员表决的操作，并以本机构名义投赞成票。
    Move an action the members must decide, and vote for it."""
    declared = find_action(ctx.catalogue, action)
    if declared.by[0] is not RESOLUTION:
        raise RoleForbidden(problem=f"{action} 无须表决 (needs no resolution)")
    declared.request.read(args)
    motion = motions.insert(
        ctx,
        Motion(
            motion=ctx.unique("motion"),
            action=action,
            args=args,
            reason=reason,
            proposer=ctx.org,
            opened=ctx.today,
            votes={},
            stage=MotionStage.OPEN,
        ),
    )
    ctx.emit(MotionMoved(motion=motion.motion, action=action, proposer=ctx.org))
    return _count(ctx, motion, yes=True)


@register.action("表决", by=admin(own))
def vote(ctx: Context, motion: MotionId, yes: bool) -> Motion:
    """代表本机构就议案投票；达到通过比例的一票使其立即生效。
    Vote on a motion for one's organisation; the vote that carries it puts it into force at once."""
    found = motions.get(ctx, motion)
    found.expect("vote", MotionStage.OPEN)
    if ctx.org in found.votes:
        raise AlreadyVoted(org=ctx.org, motion=motion)
    return _count(ctx, found, yes=yes)


def _count(ctx: Context, motion: Motion, *, yes: bool) -> Motion:
    voters = {member.org for member in identity.active(ctx) if member.org_type is not OrgType.PLATFORM}
    if ctx.org not in voters:
        raise RoleForbidden(problem=f"{ctx.org} 没有表决权 (has no vote)")
    votes = {**motion.votes, ctx.org: yes}
    ctx.emit(VoteCast(motion=motion.motion, org=ctx.org, yes=yes))
    needed = -(-len(voters) * ctx.parameter(carried_bps) // 10_000)
    for_it = sum(1 for org, said in votes.items() if said and org in voters)
    against = sum(1 for org, said in votes.items() if not said and org in voters)
    motion = msgspec.structs.replace(motion, votes=votes)
    if for_it >= needed:
        motion = motion.moved(MotionStage.CARRIED, "carry")
        ctx.emit(MotionCarried(motion=motion.motion, action=motion.action))
        perform(ctx, register, motion.action, motion.args, ctx.signers, resolved=True)
    elif len(voters) - against < needed:
        motion = motion.moved(MotionStage.FAILED, "fail")
        ctx.emit(MotionFailed(motion=motion.motion))
    return motions.put(ctx, motion)


@register.action("设定参数", by=RESOLUTION)
def set_parameter(ctx: Context, parameter: str, value: msgspec.Raw, source: str) -> ParameterSetting:
    """设定一项政策参数（须注明依据），自本区块起适用。
    Set a policy figure, naming its source; it applies from this block on."""
    declared = ctx.catalogue.parameters.get(parameter)
    if declared is None:
        raise NotFound(record=f"parameter {parameter}")
    if type(msgspec.json.decode(value)) is not type(declared.default):
        raise SchemaInvalid(problem=f"须为 {type(declared.default).__name__} (must be a {type(declared.default).__name__})", field="value")
    if declared.within is not None and not declared.within[0] <= msgspec.json.decode(value) <= declared.within[1]:
        raise SchemaInvalid(problem=f"须在 {declared.within[0]} 与 {declared.within[1]} 之间 (must lie between them)", field="value")
    known = settings.find(ctx, parameter)
    setting = ParameterSetting(parameter=parameter, value=value, version=known.version + 1 if known else 1, source=source)
    ctx.emit(ParameterChanged(parameter=parameter, version=setting.version))
    ctx.settings.pop(parameter, None)
    return settings.put(ctx, setting)


@register.view("议案", sees=members)
def list_motions(ctx: Context, stage: MotionStage = MotionStage.OPEN) -> list[Motion]:
    """某一状态的议案。
    The motions in one stage."""
    return motions.by(ctx, "stage", stage)


@register.view("参数", sees=members)
def list_parameters(ctx: Context) -> list[ParameterSetting]:
    """全部政策参数：现行值、版本与依据。
    All policy figures: value in force, version and source."""
    found = []
    for declared in ctx.catalogue.parameters.values():
        known = settings.find(ctx, declared.name)
        found.append(
            known
            or ParameterSetting(
                parameter=declared.name, value=msgspec.Raw(msgspec.json.encode(declared.default)), version=0, source=declared.source
            )
        )
    return found
