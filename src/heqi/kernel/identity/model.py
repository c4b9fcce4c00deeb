"""Who is who on the ledger: certificate authorities, organisations, users, certificates."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.proof.suites import Algorithm
from heqi.types.ids import PartyId

Fingerprint = Annotated[
    str, Meta(title="Certificate fingerprint", description="证书指纹 sha256:<hex> 或 sm3:<hex>", min_length=10, max_length=80)
]
UserId = Annotated[str, Meta(title="User", description="用户，机构内唯一，全称 <机构>/<登录名>", min_length=3, max_length=80)]
PersonHash = Annotated[
    str, Meta(title="Person", description="自然人加盐摘要 (salted hash of the identity number)", min_length=16, max_length=80)
]


class OrgType(StrEnum):
    """机构类型 (capabilities C01)."""

    BANK = "BANK"
    CORE = "CORE"
    SUPPLIER = "SUPPLIER"
    DEALER = "DEALER"
    FACTOR = "FACTOR"
    INSURER = "INSURER"
    GUARANTOR = "GUARANTOR"
    CARRIER = "CARRIER"
    FORWARDER = "FORWARDER"
    SHIP_AGENT = "SHIP_AGENT"
    TRADER = "TRADER"
    MERCHANT = "MERCHANT"
    CONTRACTOR = "CONTRACTOR"
    LABOUR = "LABOUR"
    OWNER = "OWNER"
    GOV = "GOV"
    REGULATOR = "REGULATOR"
    PLATFORM = "PLATFORM"
    DATA_PROVIDER = "DATA_PROVIDER"
    TECH = "TECH"


class OrgStage(StrEnum):
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXITED = "EXITED"


class Authority(Record, frozen=True, kw_only=True):
    """A certificate authority the consortium trusts. `public_key` hex."""

    authority: str
    alg: Algorithm
    public_key: str
    certificate: str


class Organisation(Staged, frozen=True, kw_only=True):
    """A member of the consortium, under its unified social credit code."""

    MOVES: ClassVar = {
        OrgStage.PENDING: (OrgStage.ACTIVE, OrgStage.EXITED),
        OrgStage.ACTIVE: (OrgStage.SUSPENDED, OrgStage.EXITED),
        OrgStage.SUSPENDED: (OrgStage.ACTIVE, OrgStage.EXITED),
    }
    org: PartyId
    name_zh: str
    name_en: str
    org_type: OrgType
    stage: OrgStage


class User(Record, frozen=True, kw_only=True):
    """A person at an organisation, with roles. One natural person may have several users; `person` tells."""

    user: UserId
    org: PartyId
    person: PersonHash
    roles: tuple[str, ...]


class Certificate(Record, frozen=True, kw_only=True):
    """A key bound to a user by a certificate of a trusted authority. `public_key` hex; revoked at a time or not."""

    fingerprint: Fingerprint
    user: UserId
    org: PartyId
    alg: Algorithm
    public_key: str
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None = None


class OrganisationAdmitted(Event, frozen=True, kw_only=True):
    org: PartyId
    name_zh: str


class OrganisationSuspended(Event, frozen=True, kw_only=True):
    org: PartyId
    reason: str


class OrganisationRestored(Event, frozen=True, kw_only=True):
    org: PartyId


class OrganisationLeft(Event, frozen=True, kw_only=True):
    org: PartyId
    reason: str


class UserEnrolled(Event, frozen=True, kw_only=True):
    org: PartyId
    user: UserId
    certificate: Fingerprint


class CertificateRevoked(Event, frozen=True, kw_only=True):
    org: PartyId
    user: UserId
    certificate: Fingerprint
    reason: str
