"""The life of a proposal: proposed, signed step by step, done; or rejected, withdrawn, expired (C10)."""

from datetime import timedelta

import msgspec

from heqi.finance.approvals.desks import awaited, bearers, require_apart, seated
from heqi.finance.approvals.model import (
    ActionName,
    ActProposed,
    Consent,
    Proposal,
    ProposalDone,
    ProposalExpired,
    ProposalId,
    ProposalRejected,
    ProposalSigned,
    ProposalStage,
    ProposalWithdrawn,
    Remark,
    SignatureAsked,
)
from heqi.finance.approvals.register import open_days, proposals, register
from heqi.finance.approvals.rules import resolved, standing, steps
from heqi.kernel.contracts import Context, Seat, Signer, anybody, changed, members, own
from heqi.kernel.contracts.authority import check_signed
from heqi.kernel.contracts.perform import find_action, perform
from heqi.types.ids import PartyId
from heqi.types.refusals import NotOwner, RoleForbidden, StateInvalid
from heqi.types.words import Reason

_encode = msgspec.json.Encoder(order="sorted").encode


@register.action("提出待签事项", by=anybody(own))
def propose(ctx: Context, action: ActionName, args: msgspec.Raw, note: Remark = "") -> Proposal:
    """提出一项须多人签署的操作，并签下第一步；签齐即生效。
    Propose an act of several persons and sign its first step; with the last signature it runs."""
    declared = find_action(ctx.catalogue, action)
    if action.partition(".")[0] == register.name and len(declared.by) == 1:  # A proposal to sign a proposal would be nobody's own word.
        raise RoleForbidden(problem=f"{action} 须由本人直接签署 (is signed by each person directly)")
    if declared.by[0].role == "resolution":
        raise RoleForbidden(problem=f"{action} 须经成员表决 (needs a resolution of the members: governance.move)")
    seats = steps(ctx, declared, declared.request.read(args), ctx.signers[0])
    payload_hash = ctx.suite.tagged(_encode([action, args]))
    proposal = Proposal(
        proposal=ctx.suite.digest(f"{payload_hash}/{ctx.unique('proposal')}".encode()).hex(),
        action=action,
        args=args,
        payload_hash=payload_hash,
        note=note,
        proposer=ctx.org,
        parties=tuple(sorted({ctx.org, *(seat.org for seat in seats if seat.org is not None)})),
        signatures=(),
        next=None,
        opened=ctx.today,
        expires=ctx.today + timedelta(days=ctx.parameter(open_days)),
        stage=ProposalStage.OPEN,
    )
    ctx.emit(ActProposed(proposal=proposal.proposal, action=action, proposer=ctx.org))
    return _take(ctx, proposal, seats, [])


@register.action("签署", by=anybody(own))
def sign(ctx: Context, proposal: ProposalId) -> Proposal:
    """签署一项待签事项的下一步；最后一步签下时操作立即执行，若被拒绝则签署一并无效。
    Sign the next step of a proposal; the last one runs the act, and if the act is refused, so is the signature."""
    found = _open(ctx, proposal, "sign")
    seats, kept = _so_far(ctx, found)
    return _take(ctx, found, seats, kept)


@register.action("拒签", by=anybody(own))
def reject(ctx: Context, proposal: ProposalId, reason: Reason) -> Proposal:
    """拒签一项待签事项并说明理由（不少于五字）；凡可签署下一步者均可拒签。
    Reject a proposal, saying why (five characters or more): open to whoever could sign its next step."""
    found = _open(ctx, proposal, "reject")
    seats, kept = _so_far(ctx, found)
    _sign_here(ctx, seats, kept)
    ctx.emit(ProposalRejected(proposal=proposal, proposer=found.proposer, org=ctx.org, reason=reason))
    return proposals.put(ctx, found.moved(ProposalStage.REJECTED, "reject", next=None, reason=reason))


@register.action("撤回待签事项", by=anybody(own))
def withdraw(ctx: Context, proposal: ProposalId) -> Proposal:
    """提出人撤回尚未签齐的事项。要修改内容，请撤回后重新提出，已签的一并作废。
    Take back a proposal not yet done: for the person who made it. To change it, withdraw and propose anew; what was signed is void."""
    found = _open(ctx, proposal, "withdraw")
    if ctx.signers[0].person != found.signatures[0].person:
        raise NotOwner(record=found.label())
    ctx.emit(ProposalWithdrawn(proposal=proposal, proposer=found.proposer))
    return proposals.put(ctx, found.moved(ProposalStage.WITHDRAWN, "withdraw", next=None))


def _open(ctx: Context, proposal: ProposalId, act: str) -> Proposal:
    found = proposals.get(ctx, proposal)
    found.expect(act, ProposalStage.OPEN)
    if ctx.today > found.expires:  # The day end may not have come to it yet.
        raise StateInvalid(record=found.label(), stage=str(ProposalStage.EXPIRED), act=act)
    return found


def _so_far(ctx: Context, proposal: Proposal) -> tuple[list[Seat], list[tuple[Consent, Signer]]]:
    """The steps as of now and the signatures that fill the first of them."""
    declared = find_action(ctx.catalogue, proposal.action)
    proposer = resolved(ctx, proposal.signatures[0])
    seats = steps(ctx, declared, declared.request.read(proposal.args), proposer)
    return seats, standing(ctx, proposal, seats, proposer)


def _take(ctx: Context, proposal: Proposal, seats: list[Seat], kept: list[tuple[Consent, Signer]]) -> Proposal:
    """One more signature; the act itself when it was the last."""
    mine, me = _sign_here(ctx, seats, kept)
    signers = (*(signer for _, signer in kept), me)
    signatures = (*(consent for consent, _ in kept), mine)
    ctx.emit(ProposalSigned(proposal=proposal.proposal, proposer=proposal.proposer, org=mine.org))
    if len(signers) < len(seats):
        seat = seats[len(signers)]
        if seat.org is not None:
            ctx.emit(SignatureAsked(proposal=proposal.proposal, action=proposal.action, org=seat.org, role=seat.role))
        return proposals.put(ctx, changed(proposal, signatures=signatures, next=awaited(ctx, proposal.action, seat)))
    result = perform(ctx, register, proposal.action, proposal.args, signers)
    ctx.emit(ProposalDone(proposal=proposal.proposal, action=proposal.action, proposer=proposal.proposer))
    return proposals.put(
        ctx, proposal.moved(ProposalStage.DONE, "perform", signatures=signatures, next=None, result=msgspec.Raw(_encode(result)))
    )


def _sign_here(ctx: Context, seats: list[Seat], kept: list[tuple[Consent, Signer]]) -> tuple[Consent, Signer]:
    """The signature that fills the next step, in the signer's own right or standing in for somebody absent.

    Refuses as `check_signed`, then a person who bears an earlier step: SEGREGATION_OF_DUTIES.
    """
    taken = [person for consent, _ in kept for person in bearers(consent)]
    me, delegation = seated(ctx, ctx.signers[0], seats[len(kept)].role, taken)
    check_signed(seats[: len(kept) + 1], [*(signer for _, signer in kept), me])
    consent = Consent(
        user=me.user, org=me.org, person=me.person, roles=me.roles, certificate=me.certificate, date=ctx.today, tx=ctx.tx_id,
        delegation=None if delegation is None else delegation.delegation, absent=None if delegation is None else delegation.person,
    )  # fmt: skip
    require_apart([earlier for earlier, _ in kept], consent)
    return consent, me


@register.each_day
def unsigned_proposals_expire(ctx: Context, limit: int) -> int:
    """Close what was not signed in time."""
    due = proposals.by(ctx, "expires", upto=ctx.today - timedelta(days=1), limit=limit)
    for proposal in due:
        ctx.emit(ProposalExpired(proposal=proposal.proposal, proposer=proposal.proposer))
        proposals.put(ctx, proposal.moved(ProposalStage.EXPIRED, "expire", next=None))
    return len(due)


@register.invariant
def a_proposal_bears_each_person_once(ctx: Context) -> None:
    for proposal in proposals.every(ctx):
        persons = [person for consent in proposal.signatures for person in bearers(consent)]
        assert len({*persons}) == len(persons), proposal.proposal
        assert (proposal.next is not None) == (proposal.stage is ProposalStage.OPEN), proposal.proposal


def parties_to(ctx: Context, proposal: ProposalId) -> tuple[PartyId, ...]:
    """the organisations that are asked to sign it"""
    found = proposals.find(ctx, proposal)
    return () if found is None else found.parties


@register.view("待签事项", sees=parties_to)
def proposal(ctx: Context, proposal: ProposalId) -> Proposal:
    """一项待签事项：内容、已签与待签。
    One proposal: what it does, who signed, who is next."""
    return proposals.get(ctx, proposal)


@register.view("待我签署", sees=members)
def inbox(ctx: Context) -> list[Proposal]:
    """等待提问者所在岗位签署的事项；本人已签的不在其中。
    The proposals that wait for the asker's desk; those the asker has signed are not among them."""
    assert ctx.viewer is not None
    me = ctx.viewer
    waiting = proposals.by(ctx, "next", me.org)
    return [p for p in waiting if _for(ctx, me, p) and p.expires >= ctx.today]


def _for(ctx: Context, me: Signer, proposal: Proposal) -> bool:
    assert proposal.next is not None
    taken = [person for consent in proposal.signatures for person in bearers(consent)]
    here, delegation = seated(ctx, me, proposal.next.role, taken)
    fits = proposal.next.role in here.roles or proposal.next.role == "any"
    return fits and me.person not in taken and (delegation is None or delegation.person not in taken)


@register.view("超时未签事项", sees=members)
def overdue(ctx: Context) -> list[Proposal]:
    """本机构提出的、或等待本机构签署的事项中，当前步骤已超过办理时限者，最早到时限的在前。
    What the asker's organisation has proposed or is asked to sign and whose step has outrun its time, the longest overdue first."""
    assert ctx.viewer is not None
    org = ctx.viewer.org
    asked = proposals.by(ctx, "next", org)
    waiting = [*asked, *(p for p in proposals.by(ctx, "proposer", org, ProposalStage.OPEN) if p not in asked)]
    late = [(p.next.due, p.proposal, p) for p in waiting if p.next is not None and p.next.due < ctx.time]
    return [p for _, _, p in sorted(late, key=lambda entry: entry[:2])]


@register.view("本机构提出的事项", sees=members)
def proposed(ctx: Context, stage: ProposalStage = ProposalStage.OPEN) -> list[Proposal]:
    """本机构提出、处于某一状态的事项。
    What the asker's organisation proposed, in one stage."""
    assert ctx.viewer is not None
    return proposals.by(ctx, "proposer", ctx.viewer.org, stage)
