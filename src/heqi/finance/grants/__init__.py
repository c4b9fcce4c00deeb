"""数据授权: who may see which data of an organisation, for what, until when, how often; and the log of every use (C12)."""

from heqi.finance.grants.model import (
    DataGranted,
    DataReleased,
    DataUsed,
    Grant,
    GrantId,
    GrantRevoked,
    GrantStage,
    LogLine,
    Purpose,
    Release,
    Scope,
    Use,
    UseRef,
)
from heqi.finance.grants.register import answer, give, register, require, revoke, use
from heqi.finance.grants.rules import use_ref

__all__ = [
    "DataGranted",
    "DataReleased",
    "DataUsed",
    "Grant",
    "GrantId",
    "GrantRevoked",
    "GrantStage",
    "LogLine",
    "Purpose",
    "Release",
    "Scope",
    "Use",
    "UseRef",
    "answer",
    "give",
    "register",
    "require",
    "revoke",
    "use",
    "use_ref",
]
