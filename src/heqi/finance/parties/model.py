"""What members keep about themselves beside their membership: profile, accounts, identity check; and the watch list (C01)."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.types.ids import AccountNo, Cnaps, Lei, PartyId
from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import scalar
from heqi.types.words import CaseNo, Grounds

_INDUSTRY_FORM = re.compile(r"[A-T]|[A-T]?[0-9]{2,4}")


def check_industry(value: str) -> None:
    """国民经济行业分类, GB/T 4754: a section A–T, or a division, group or class of 2 to 4 digits, with or without its section."""
    if not _INDUSTRY_FORM.fullmatch(value):
        raise SchemaInvalid(problem=f"{value[:20]!r} 不是 GB/T 4754 行业代码 (not an industry code)")


Industry = Annotated[
    str,
    scalar(
        "industry", zh="行业代码 GB/T 4754", en="Industry", check=check_industry, example="C3610",
        pattern="^([A-T]|[A-T]?[0-9]{2,4})$",
    ),
]  # fmt: skip
AccountId = Annotated[str, Meta(title="Account", description="账户编号", min_length=32, max_length=32)]
AccountName = Annotated[str, Meta(title="Account name", description="户名", min_length=2, max_length=100)]


class Size(StrEnum):
    """企业规模: 大型, 中型, 小型, 微型."""

    L = "L"
    M = "M"
    S = "S"
    XS = "XS"


class TaxGrade(StrEnum):
    """纳税信用级别."""

    A = "A"
    B = "B"
    M = "M"
    C = "C"
    D = "D"


class SafeClass(StrEnum):
    """外汇分类."""

    A = "A"
    B = "B"
    C = "C"


class KycStage(StrEnum):
    """Has the company registry confirmed this organisation, and does that still hold?"""

    UNVERIFIED = "UNVERIFIED"
    VERIFIED = "VERIFIED"
    LAPSED = "LAPSED"


class Profile(Record, frozen=True, kw_only=True):
    """A member's own particulars. `registry_verification`: the answer `kyc` stands on, until `verified_until`."""

    org: PartyId
    cnaps: Cnaps | None
    lei: Lei | None
    industry: Industry | None
    size: Size | None
    tax_grade: TaxGrade | None
    safe_class: SafeClass | None
    kyc: KycStage
    registry_verification: str | None
    verified_until: date | None
    updated: date


class AccountKind(StrEnum):
    """账户性质, in the order in which a settlement account is chosen."""

    BASIC = "BASIC"
    GENERAL = "GENERAL"
    SPECIAL = "SPECIAL"
    ESCROW = "ESCROW"
    WAGE = "WAGE"
    FX = "FX"


class AccountStage(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Account(Staged, frozen=True, kw_only=True):
    """A bank account a member receives and pays through. Its number is for the member, its bank and the regulator only."""

    MOVES: ClassVar = {AccountStage.OPEN: (AccountStage.CLOSED,)}
    account_id: AccountId
    org: PartyId
    bank_cnaps: Cnaps
    bank: PartyId
    account_no: AccountNo
    account_name: AccountName
    kind: AccountKind
    stage: AccountStage
    added: date


class Watch(Record, frozen=True, kw_only=True):
    """An organisation the regulator has put on the watch list: no party to new business."""

    org: PartyId
    case_no: CaseNo
    reason: Grounds
    listed: date
    by: PartyId


class ProfileKept(Event, frozen=True, kw_only=True):
    org: PartyId


class AccountAdded(Event, frozen=True, kw_only=True):
    account_id: AccountId
    org: PartyId
    bank: PartyId


class AccountClosed(Event, frozen=True, kw_only=True):
    account_id: AccountId
    org: PartyId
    bank: PartyId


class IdentityVerified(Event, frozen=True, kw_only=True):
    org: PartyId
    until: date


class IdentityLapsed(Event, frozen=True, kw_only=True):
    org: PartyId


class WatchListed(Event, frozen=True, kw_only=True):
    org: PartyId
    case_no: CaseNo


class WatchLifted(Event, frozen=True, kw_only=True):
    org: PartyId
    case_no: CaseNo
