"""Members: organisations admitted by vote, users enrolled by their own administrator, keys revoked at the next block.

What holds here: a key acts only through a certificate of a trusted authority that names its organisation and user; one
active key a user; a user is of one organisation, while a person may be several users (`person` tells); certificates are
judged by ledger time, never by a clock.
"""

import base64
import binascii
from datetime import datetime

from heqi.kernel.contracts import RESOLUTION, Context, Register, Signer, admin, changed, members, own
from heqi.kernel.contracts.authority import ROLES
from heqi.kernel.identity.model import (
    Authority,
    Certificate,
    CertificateRevoked,
    Fingerprint,
    Organisation,
    OrganisationAdmitted,
    OrganisationLeft,
    OrganisationRestored,
    OrganisationSuspended,
    OrgStage,
    OrgType,
    PersonHash,
    User,
    UserEnrolled,
    UserId,
)
from heqi.kernel.identity.x509 import CertificateFacts, check_issued, parse_certificate
from heqi.types.ids import PartyId
from heqi.types.refusals import AlreadyExists, CertRevoked, NotOwner, RoleForbidden, SchemaInvalid, SignatureInvalid

register = Register("members", title=("成员", "Members"))

authorities = register.table("authority", Authority, key=("authority",))
organisations = register.table("organisation", Organisation, key=("org",))
users = register.table("user", User, key=("user",), indexes={"org": ("org",)})
certificates = register.table("certificate", Certificate, key=("fingerprint",), indexes={"user": ("user",)})


@register.action("接纳机构", by=RESOLUTION)
def admit(
    ctx: Context, org: PartyId, name_zh: str, name_en: str, org_type: OrgType, administrator: UserId, person: PersonHash, certificate: str
) -> Organisation:
    """经成员表决接纳一家机构，并登记其首位管理员的证书（DER，Base64）。
    Admit an organisation the members have voted for, with its first administrator's certificate (DER, Base64)."""
    found = organisations.find(ctx, org)
    if found is not None and found.stage is not OrgStage.EXITED:
        raise AlreadyExists(record=f"Organisation {org}")
    member = organisations.put(ctx, Organisation(org=org, name_zh=name_zh, name_en=name_en, org_type=org_type, stage=OrgStage.ACTIVE))
    enrol_user(ctx, org, administrator, person, ("org_admin",), certificate)
    ctx.emit(OrganisationAdmitted(org=org, name_zh=name_zh))
    return member


@register.action("暂停机构", by=RESOLUTION)
def suspend(ctx: Context, org: PartyId, reason: str) -> Organisation:
    """暂停一家机构的操作权限，自下一区块起其用户不能再签署。
    Suspend an organisation: its users can sign nothing from the next block on."""
    member = organisations.get(ctx, org).moved(OrgStage.SUSPENDED, "suspend")
    ctx.emit(OrganisationSuspended(org=org, reason=reason))
    return organisations.put(ctx, member)


@register.action("恢复机构", by=RESOLUTION)
def restore(ctx: Context, org: PartyId) -> Organisation:
    """恢复一家被暂停的机构。
    Restore a suspended organisation."""
    member = organisations.get(ctx, org).moved(OrgStage.ACTIVE, "restore")
    ctx.emit(OrganisationRestored(org=org))
    return organisations.put(ctx, member)


@register.action("信任签发机构", by=RESOLUTION)
def trust_authority(ctx: Context, certificate: str) -> Authority:
    """经成员表决信任一家证书签发机构（自签根证书，DER，Base64），例如原机构密钥更换时。
    Trust a certificate authority by its self-signed certificate (DER, Base64), for instance when the old key is replaced."""
    return trust(ctx, certificate)


@register.action("指定管理员", by=RESOLUTION)
def appoint(ctx: Context, org: PartyId, administrator: UserId, person: PersonHash, certificate: str) -> User:
    """机构的管理员证书丢失或过期时，经成员表决为其指定管理员。
    Appoint an administrator for a member that has lost its own, or let its certificate expire."""
    organisations.get(ctx, org)
    return enrol_user(ctx, org, administrator, person, ("org_admin",), certificate)


@register.action("退出联盟", by=RESOLUTION)
def dismiss(ctx: Context, org: PartyId, reason: str) -> Organisation:
    """一家机构退出联盟，其用户不能再签署；记录保留，可再次接纳。
    An organisation leaves: its users sign nothing more; its records stay, and it may be admitted again."""
    member = organisations.get(ctx, org).moved(OrgStage.EXITED, "dismiss")
    ctx.emit(OrganisationLeft(org=org, reason=reason))
    return organisations.put(ctx, member)


@register.action("登记用户", by=admin(own))
def enrol(ctx: Context, user: UserId, person: PersonHash, roles: list[str], certificate: str) -> User:
    """登记本机构一名用户及其证书（DER，Base64）；已有用户则更新岗位并换发证书。
    Enrol a user of one's own organisation with a certificate (DER, Base64); an existing user gets new roles and key."""
    return enrol_user(ctx, ctx.org, user, person, tuple(roles), certificate)


@register.action("吊销证书", by=admin(own))
def revoke(ctx: Context, fingerprint: Fingerprint, reason: str) -> Certificate:
    """吊销本机构的一张证书，自下一区块起不得再用于签署。
    Revoke a certificate of one's own organisation; it signs nothing from the next block on."""
    held = certificates.get(ctx, fingerprint)
    if held.org != ctx.org:
        raise NotOwner(record=f"Certificate {fingerprint}")
    if held.revoked_at is not None:
        raise CertRevoked(fingerprint=fingerprint, problem="已吊销 (already revoked)")
    return _revoke(ctx, held, reason)


def trust(ctx: Context, certificate: str) -> Authority:
    """Trust the authority of a self-signed certificate. Refuses: SCHEMA_INVALID, SIGNATURE_INVALID, ALREADY_EXISTS."""
    facts = parse_certificate(_der(certificate))
    check_issued(facts, facts.alg, facts.public_key)
    if not facts.is_ca:
        raise SignatureInvalid(problem="不是签发机构的证书 (not the certificate of an authority)")
    return authorities.insert(
        ctx, Authority(authority=facts.issuer, alg=facts.alg, public_key=facts.public_key.hex(), certificate=certificate)
    )


def enrol_user(ctx: Context, org: PartyId, user: UserId, person: PersonHash, roles: tuple[str, ...], certificate: str) -> User:
    """A user of a member with a certificate and roles; a known user's old certificate is revoked.

    Refuses: SCHEMA_INVALID, ROLE_FORBIDDEN (another person's name), SIGNATURE_INVALID (the certificate), ALREADY_EXISTS.
    """
    unknown = [role for role in roles if role not in ROLES or role in ("resolution", "any")]
    if unknown or not roles or len({*roles}) != len(roles):
        raise SchemaInvalid(problem=f"岗位无效 {unknown} (unknown, missing or repeated roles)", field="roles")
    if user.partition("/")[0] != org or not user.partition("/")[2]:
        raise SchemaInvalid(problem=f"用户名须为 {org}/<登录名> (a user is named <organisation>/<log-in>)", field="user")
    known = users.find(ctx, user)
    if known is not None and known.person != person:
        raise RoleForbidden(problem=f"用户 {user} 属于另一自然人 (the user belongs to another person)")
    facts, fingerprint, _ = read_certificate(ctx, certificate)
    if facts.organisation != org or facts.user != user.partition("/")[2]:
        raise SignatureInvalid(problem="证书的机构或用户与登记不符 (the certificate names another organisation or user)")
    if certificates.find(ctx, fingerprint) is not None:
        raise AlreadyExists(record=f"Certificate {fingerprint}")
    for held in certificates.by(ctx, "user", user):
        if held.revoked_at is None:
            _revoke(ctx, held, "换发 (replaced)")
    certificates.insert(
        ctx,
        Certificate(
            fingerprint=fingerprint, user=user, org=org, alg=facts.alg, public_key=facts.public_key.hex(),
            not_before=facts.not_before, not_after=facts.not_after,
        ),
    )  # fmt: skip
    ctx.emit(UserEnrolled(org=org, user=user, certificate=fingerprint))
    return users.put(ctx, User(user=user, org=org, person=person, roles=roles))


def _revoke(ctx: Context, held: Certificate, reason: str) -> Certificate:
    # ctx.time is this block's time; signers are resolved at the block's start, so the revocation bites in the next one.
    ctx.emit(CertificateRevoked(org=held.org, user=held.user, certificate=held.fingerprint, reason=reason))
    return certificates.put(ctx, changed(held, revoked_at=ctx.time))


def _der(certificate: str) -> bytes:
    try:
        return base64.b64decode(certificate, validate=True)
    except (binascii.Error, ValueError):
        raise SchemaInvalid(problem="证书不是 Base64 (certificate is not Base64)", field="certificate") from None


def read_certificate(ctx: Context, certificate: str) -> tuple[CertificateFacts, str, Authority]:
    """Facts, fingerprint and issuer of a certificate (DER, Base64) that a trusted authority issued."""
    der = _der(certificate)
    facts = parse_certificate(der)
    authority = authorities.find(ctx, facts.issuer)
    if authority is None:
        raise SignatureInvalid(problem=f"证书的签发机构 {facts.issuer} 不受信任 (issuer not trusted)")
    check_issued(facts, authority.alg, bytes.fromhex(authority.public_key))
    if facts.is_ca:
        raise SignatureInvalid(problem="签发机构的证书不能用于签署 (an authority's certificate signs no transactions)")
    return facts, ctx.suite.tagged(der), authority


def signer(ctx: Context, fingerprint: str) -> tuple[Certificate, Signer]:
    """The person behind a certificate at this height. Refuses: CERT_REVOKED when unknown."""
    held = certificates.find(ctx, fingerprint)
    if held is None:
        raise CertRevoked(fingerprint=fingerprint, problem="未登记 (not enrolled)")
    user, org = users.get(ctx, held.user), organisations.get(ctx, held.org)
    return held, Signer(
        user=user.user, org=org.org, org_type=str(org.org_type), active=org.stage is OrgStage.ACTIVE, person=user.person, roles=user.roles,
        certificate=fingerprint, alg=held.alg, public_key=bytes.fromhex(held.public_key),
    )  # fmt: skip


def require_valid(held: Certificate, time: datetime) -> None:
    """Refuse a certificate revoked, or not valid at this ledger time: CERT_REVOKED."""
    if held.revoked_at is not None:
        raise CertRevoked(fingerprint=held.fingerprint, problem="已吊销 (revoked)")
    if not held.not_before <= time <= held.not_after:
        raise CertRevoked(fingerprint=held.fingerprint, problem="不在有效期内 (not within its validity)")


def user(ctx: Context, user: UserId) -> User:
    """A user. Refuses: NOT_FOUND."""
    return users.get(ctx, user)


def organisation(ctx: Context, org: PartyId) -> Organisation:
    """A member organisation. Refuses: NOT_FOUND."""
    return organisations.get(ctx, org)


def require_active(ctx: Context, org: PartyId) -> Organisation:
    """An active member, or ROLE_FORBIDDEN: what may be a party to a new act."""
    member = organisations.find(ctx, org)
    if member is None or member.stage is not OrgStage.ACTIVE:
        raise RoleForbidden(problem=f"{org} 不是正常状态的成员机构 (not an active member)")
    return member


def require_regulator(ctx: Context) -> None:
    """Refuse an act that is the regulator's, signed by anybody else: ROLE_FORBIDDEN."""
    if ctx.signers[0].org_type != OrgType.REGULATOR:
        raise RoleForbidden(problem="仅监管机构可操作 (for the regulator only)")


def active(ctx: Context) -> list[Organisation]:
    """All active member organisations, by their code."""
    return [member for member in organisations.scan(ctx) if member.stage is OrgStage.ACTIVE]


@register.view("成员机构", sees=members)
def list_organisations(ctx: Context) -> list[Organisation]:
    """全部成员机构及其状态。
    All member organisations and their state."""
    return organisations.scan(ctx)


@register.view("机构用户", sees=members)
def list_users(ctx: Context, org: PartyId) -> list[User]:
    """一家机构的用户和岗位；仅本机构和监管可见。
    An organisation's users and roles; for itself and the regulator."""
    assert ctx.viewer is not None
    return users.by(ctx, "org", org) if ctx.viewer.org == org or ctx.viewer.org_type == "REGULATOR" else []
