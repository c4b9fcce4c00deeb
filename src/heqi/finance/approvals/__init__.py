"""Acts of several persons: proposals that run with their last signature, tiers above which approvers sign, who stands in for whom."""

from heqi.finance.approvals import proposals as proposals
from heqi.finance.approvals.desks import tier_steps
from heqi.finance.approvals.model import Consent, Delegation, Proposal, ProposalStage, Sla, Tier
from heqi.finance.approvals.register import register

__all__ = ["Consent", "Delegation", "Proposal", "ProposalStage", "Sla", "Tier", "register", "tier_steps"]
