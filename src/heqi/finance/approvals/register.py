"""Acts of several persons who do not sign at one moment: a proposal collects their signatures and then runs (审批, C10).

What holds here: the seats of the action's `by=` are the steps, signed in their order, the proposer first; persons are compared,
never user ids; nothing of a proposal can be edited, so a change is a new proposal that starts at step one; the act runs in the
transaction of the last signature, wholly or not at all, and if it is refused so is that signature; at that moment every earlier
signature is judged again, and one whose key was revoked, whose user lost the role or whose organisation was suspended no longer
counts. Who is absent may have another person of the organisation stand in at the desk; such a signature counts as that of both
persons, so it can close no gap between two duties. What not: who must sign at all. That says the action's own `by=`, which is the
same by this road and by one transaction; and time: a late step is shown, nothing happens to it.

Here: what is kept. The acts: proposals.py; who sits at which desk, above what amount, until when: desks.py.
"""

from heqi.finance.approvals.model import Delegation, Proposal, ProposalStage, Sla, Tier
from heqi.kernel.contracts import Register
from heqi.kernel.identity import contract as identity

register = Register("approvals", title=("审批", "Approvals"), uses=(identity.register,), performs=True)

proposals = register.table(
    "proposal", Proposal, key=("proposal",),
    indexes={
        "proposer": lambda p: (p.proposer, p.stage),
        "next": lambda p: (p.next.org,) if p.next is not None and p.next.org is not None else None,
        "expires": lambda p: (p.expires,) if p.stage is ProposalStage.OPEN else None,
    },
)  # fmt: skip
tiers = register.table("tier", Tier, key=("org", "action", "ccy"))
slas = register.table("sla", Sla, key=("org", "action", "role"))
delegations = register.table("delegation", Delegation, key=("delegation",), indexes={"org": ("org",), "stand_in": ("stand_in", "role")})

open_days = register.parameter(
    "open_days", 5, title=("待签期限（日历日）", "Days a proposal stays open"), source="capabilities C10; working figure"
)
sla_minutes = register.parameter(
    "sla_minutes", 480, title=("每步办理时限（分钟）", "Minutes a desk has for its step"),
    source="capabilities C10: sla_minutes; working figure, eight hours", within=(1, 100_000),
)  # fmt: skip
