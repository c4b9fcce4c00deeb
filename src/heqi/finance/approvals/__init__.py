"""Acts of several persons: proposals that run with their last signature, and the tiers above which an approver signs."""

from heqi.finance.approvals.model import Consent, Proposal, ProposalStage, Reason, Tier
from heqi.finance.approvals.register import approver_above, register

__all__ = ["Consent", "Proposal", "ProposalStage", "Reason", "Tier", "approver_above", "register"]
