"""Grants of data: give → use → release, or revoke (数据授权, C12; 个人信息保护法 arts. 13–15, 23).

What holds here: data is used by the grantee alone, within scope, purpose, days and number, and every use is on record before its
data can be released; a revocation binds from its own transaction on, also for uses whose data has not been released; who asks about
a grant that is none, or not theirs, hears the same. What does not: that a source releases nothing beside the ledger, and that a
grantee forgets what it has read.

Refusals of `use`, in this order: CONSENT_MISSING (no such grant of this grantee, or not yet), CONSENT_REVOKED, CONSENT_EXPIRED (its
days are over, or no use is left), CONSENT_MISSING (a field, or another application), PURPOSE_MISMATCH.
"""

from datetime import date, timedelta

from heqi.finance import sealing
from heqi.finance.evidence import Digest
from heqi.finance.grants.model import (
    Application,
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
    Released,
    Scopes,
    Times,
    Use,
    UseRef,
)
from heqi.finance.grants.rules import missing, split_use_ref, use_ref
from heqi.kernel.contracts import Context, Register, approver, changed, maker, members, own
from heqi.kernel.identity import contract as identity
from heqi.privacy.envelope import Envelope
from heqi.types.ids import PartyId
from heqi.types.refusals import (
    ConsentExpired,
    ConsentMissing,
    ConsentRevoked,
    DateInvalid,
    NotFound,
    PurposeMismatch,
    RuleBlocked,
    SchemaInvalid,
    TenorExceeded,
)

register = Register("grants", title=("数据授权", "Grants of data"), uses=(identity.register, sealing.register))

grants = register.table("grant", Grant, key=("grant",), indexes={"grantor": ("grantor", "since"), "grantee": ("grantee", "since")})
uses = register.table("use", Use, key=("grant", "number"))
releases = register.table("release", Release, key=("grant", "number", "source"))

days_max = register.parameter(
    "days_max", 365, title=("授权最长天数", "Longest grant, days"), source="capabilities C12: to ≤ 365 days", within=(1, 365)
)
PAGE = 400
EVERY = 1 << 60


# --- giving ------------------------------------------------------------------------------------------------------------
@register.action("授权", by=approver(own))
def give(
    ctx: Context, grantee: PartyId, scope: Scopes, purpose: Purpose, since: date, until: date, max_uses: Times, evidence: Digest,
    revocable: bool = True, bound_to: Application | None = None,
) -> Grant:  # fmt: skip
    """授权一家机构在期限、次数与用途之内使用本机构的数据；签署文本以摘要存证。
    Let an organisation use one's own data for a purpose, within days and a number of uses; the signed text is kept as its digest."""
    # In this order: to itself or twice the same asset, no active member, days gone by or the wrong way round, too long.
    if grantee == ctx.org:
        raise SchemaInvalid(problem="被授权方即授权方 (granted to its grantor)", field="grantee")
    if len({(item.source, item.asset) for item in scope}) < len(scope):
        raise SchemaInvalid(problem="同一数据资产重复列出 (an asset stands in the scope twice)", field="scope")
    for org in (grantee, *(item.source for item in scope)):
        identity.require_active(ctx, org)
    if not ctx.today <= since <= until:
        raise DateInvalid(problem=f"{ctx.today} ≤ {since} ≤ {until} 不成立 (does not hold)", field="until")
    latest = since + timedelta(days=ctx.parameter(days_max))
    if until > latest:
        raise TenorExceeded(latest=latest, field="until")
    given = grants.add(
        ctx,
        Grant(
            grant=ctx.unique("grant"), grantor=ctx.org, grantee=grantee, scope=scope, purpose=purpose, since=since, until=until,
            max_uses=max_uses, used=0, revocable=revocable, evidence=evidence, bound_to=bound_to, stage=GrantStage.ACTIVE,
        ),
    )  # fmt: skip
    ctx.emit(DataGranted(grant=given.grant, grantor=ctx.org, grantee=grantee, purpose=purpose))
    return given


@register.action("撤销授权", by=approver(own))
def revoke(ctx: Context, grant: GrantId) -> Grant:
    """撤销授权，立即生效；已放行的数据不受影响。
    Revoke a grant, at once; what was released before stays released."""
    found = grants.find(ctx, grant)
    if found is None or not ctx.signed_by(found.grantor):
        raise NotFound(record=f"Grant {grant}")  # The same words: to others it does not exist.
    revoked = found.moved(GrantStage.REVOKED, "revoke")
    if not found.revocable:
        raise RuleBlocked(rule="grants.revocable", reason=f"{found.label()} 约定不可撤销 (given for good)")
    ctx.emit(GrantRevoked(grant=grant, grantor=found.grantor, grantee=found.grantee))
    return grants.put(ctx, revoked)


# --- using -------------------------------------------------------------------------------------------------------------
@register.action("使用授权", by=maker(own))
def use(ctx: Context, grant: GrantId, scope: Scopes, purpose: Purpose, query_hash: Digest, bound_to: Application | None = None) -> Use:
    """取用数据之前先登记一次使用，次数减一；数据方凭此放行。
    Put a use on record before data is taken, one less is left; the sources release the data on it."""
    granted = require(ctx, grant, scope, purpose, bound_to)
    number = granted.used + 1
    grants.put(ctx, changed(granted, used=number))
    asked = tuple(sorted({item.source for item in scope}))
    ctx.emit(DataUsed(use=use_ref(grant, number), grantor=granted.grantor, grantee=granted.grantee, sources=asked, query_hash=query_hash))
    by = next(signer.user for signer in ctx.signers if signer.org == granted.grantee)
    return uses.add(
        ctx, Use(grant=grant, number=number, by=by, scope=scope, query_hash=query_hash, time=ctx.time, date=ctx.today)
    )  # fmt: skip


def require(ctx: Context, grant: GrantId, scope: Scopes, purpose: Purpose, bound_to: Application | None = None) -> Grant:
    """The grant that a use of this data by its grantee, who has signed, would rely on. The order of refusals: the module's docstring."""
    found = grants.find(ctx, grant)
    if found is None or not ctx.signed_by(found.grantee):
        raise ConsentMissing(consent=f"Grant {grant}")
    if ctx.today < found.since:
        raise ConsentMissing(consent=f"Grant {grant}（自 {found.since} 起, from that day on）")
    if found.stage is GrantStage.REVOKED:
        raise ConsentRevoked(consent=f"Grant {grant}")
    if ctx.today > found.until:
        raise ConsentExpired(consent=f"Grant {grant}（至 {found.until}, until that day）")
    if found.used >= found.max_uses:
        raise ConsentExpired(consent=f"Grant {grant}（{found.used}/{found.max_uses} 次, uses）")
    absent = missing(found.scope, scope)
    if absent is not None:
        raise ConsentMissing(consent=f"Grant {grant}：{absent}", field="scope")
    if bound_to != found.bound_to:
        raise ConsentMissing(consent=f"Grant {grant}：{bound_to or '—'}（另一业务申请, another application）", field="bound_to")
    if purpose is not found.purpose:
        raise PurposeMismatch(expected=found.purpose.value, actual=purpose.value, field="purpose")
    return found


@register.action("放行数据", by=maker(own))
def answer(ctx: Context, use: UseRef, result_hash: Digest, envelope: Envelope | None = None) -> Release:
    """数据方凭一次已登记的使用放行数据，登记结果摘要；数据可密封给被授权方与监管。每次使用每个数据方一次。
    A source releases data on a use and records the digest of it; the data may come sealed to the grantee and the regulators. Once a
    use and source."""
    # In this order: no such use, or not of this source's data; revoked meanwhile; sealed otherwise; released before.
    grant, number = split_use_ref(use)
    found = uses.find(ctx, grant, number)
    if found is None or ctx.org not in {item.source for item in found.scope}:
        raise NotFound(record=f"Use {use}")
    granted = grants.get(ctx, grant)
    if granted.stage is GrantStage.REVOKED:
        raise ConsentRevoked(consent=f"Grant {grant}")
    if envelope is not None:
        sealing.check_addressed(ctx, envelope, f"grants/{use}", (granted.grantee,))
    released = releases.insert(
        ctx, Release(grant=grant, number=number, source=ctx.org, result_hash=result_hash, envelope=envelope, time=ctx.time)
    )
    ctx.emit(
        DataReleased(use=use, grantor=granted.grantor, grantee=granted.grantee, source=ctx.org, result_hash=result_hash)
    )  # fmt: skip
    return released


# --- asking ------------------------------------------------------------------------------------------------------------
def parties(ctx: Context, grant: GrantId) -> list[PartyId]:
    """grantor, grantee, and the sources it names"""
    found = grants.get(ctx, grant)
    return [found.grantor, found.grantee, *(item.source for item in found.scope)]


def the_grantor(ctx: Context, grant: GrantId) -> list[PartyId]:
    """the grantor"""
    return [grants.get(ctx, grant).grantor]


def the_grantee(ctx: Context, grant: GrantId) -> list[PartyId]:
    """the grantee"""
    return [grants.get(ctx, grant).grantee]


@register.view("数据授权", sees=parties)
def show_grant(ctx: Context, grant: GrantId) -> Grant:
    """一项授权的范围、期限、用途与已用次数。
    A grant: its scope, days, purpose, and how often it was used."""
    return grants.get(ctx, grant)


@register.view("使用记录", sees=the_grantor)
def access_log(ctx: Context, grant: GrantId) -> list[LogLine]:
    """授权方查看：谁、何时、哪些字段、何种用途、结果摘要。
    For the grantor: who used which fields, when and for what, and the digests of what was released."""
    found = grants.get(ctx, grant)
    return [
        LogLine(
            grantee=found.grantee, purpose=found.purpose, bound_to=found.bound_to, use=each,
            releases=[
                Released(source=one.source, result_hash=one.result_hash, time=one.time)
                for one in releases.scan(ctx, grant, each.number)
            ],
        )
        for each in uses.scan(ctx, grant)
    ]  # fmt: skip


@register.view("放行结果", sees=the_grantee)
def released(ctx: Context, grant: GrantId) -> list[Release]:
    """被授权方查看：各次使用放行的数据（密封）。
    For the grantee: what was released to it, sealed, use by use."""
    return releases.scan(ctx, grant)


@register.view("本机构给出的授权", sees=members)
def given(ctx: Context, limit: int = PAGE) -> list[Grant]:
    """本机构给出的授权，新的在前。
    The grants the asker gave, the latest first."""
    assert ctx.viewer is not None
    return grants.by(ctx, "grantor", ctx.viewer.org, limit=min(limit, PAGE), reverse=True)


@register.view("本机构获得的授权", sees=members)
def received(ctx: Context, limit: int = PAGE) -> list[Grant]:
    """本机构获得的授权，新的在前。
    The grants the asker got, the latest first."""
    assert ctx.viewer is not None
    return grants.by(ctx, "grantee", ctx.viewer.org, limit=min(limit, PAGE), reverse=True)


# --- truths ------------------------------------------------------------------------------------------------------------
@register.law(grants)
def the_terms_of_a_grant_never_change(ctx: Context, changes: list[tuple[Grant | None, Grant | None]]) -> None:
    for old, new in changes:
        assert new is not None, "a grant is never forgotten"
        if old is not None:
            assert changed(new, used=old.used) == (old if new.stage is old.stage else old.moved(new.stage, "law")), new.grant
            assert old.used <= new.used, new.grant


@register.invariant
def every_use_is_on_record_and_none_is_beyond_its_grant(ctx: Context) -> None:
    for grant in grants.scan(ctx, limit=EVERY):
        assert grant.used <= grant.max_uses, grant.grant
        assert [use.number for use in uses.scan(ctx, grant.grant, limit=EVERY)] == list(range(1, grant.used + 1)), grant.grant
        for use in uses.scan(ctx, grant.grant, limit=EVERY):
            assert missing(grant.scope, use.scope) is None, use


@register.invariant
def data_is_released_on_a_use_and_by_its_sources_alone(ctx: Context) -> None:
    for release in releases.scan(ctx, limit=EVERY):
        assert release.source in {item.source for item in uses.get(ctx, release.grant, release.number).scope}, release
