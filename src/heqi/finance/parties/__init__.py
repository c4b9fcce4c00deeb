"""Parties: profiles, settlement accounts, identity checks and the watch list of the members (C01)."""

from heqi.finance.parties.model import Account, AccountId, AccountKind, AccountStage, KycStage, Profile
from heqi.finance.parties.register import account, bank_org, profile, register, require_clear, settlement_account

__all__ = [
    "Account",
    "AccountId",
    "AccountKind",
    "AccountStage",
    "KycStage",
    "Profile",
    "account",
    "bank_org",
    "profile",
    "register",
    "require_clear",
    "settlement_account",
]
