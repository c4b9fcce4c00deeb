"""Parties: what a member keeps about itself, the accounts it settles through, its identity check, the watch list (C01).

What holds here: a bank number (联行号) belongs to one bank; an account bears its owner's registered name (户名一致), has one
owner, and its bank is a member; a member has one basic account; an identity check stands on the company registry's signed
answer and lapses with it. What not: membership, users and keys (`members`), and that an account exists (its bank knows).
"""

from collections.abc import Collection
from datetime import timedelta

from heqi.finance import verifications
from heqi.finance.parties.model import (
    Account,
    AccountAdded,
    AccountClosed,
    AccountId,
    AccountKind,
    AccountName,
    AccountStage,
    IdentityLapsed,
    IdentityVerified,
    Industry,
    KycStage,
    Profile,
    ProfileKept,
    SafeClass,
    Size,
    TaxGrade,
    Watch,
    WatchLifted,
    WatchListed,
)
from heqi.kernel.contracts import Context, Register, changed, checker, is_regulator, maker, members, own
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import OrgType
from heqi.types.ids import AccountNo, Cnaps, Lei, PartyId
from heqi.types.refusals import (
    AccountNameMismatch,
    AlreadyExists,
    EligibilityFailed,
    LimitExceeded,
    NotFound,
    RoleForbidden,
)
from heqi.types.text import fullwidth_to_half
from heqi.types.words import CaseNo, Grounds

register = Register("parties", title=("参与方", "Parties"), uses=(identity.register, verifications.register))

profiles = register.table(
    "profile", Profile, key=("org",),
    indexes={
        "cnaps": lambda profile: None if profile.cnaps is None else (profile.cnaps,),
        "verified_until": lambda profile: (profile.verified_until,) if profile.kyc is KycStage.VERIFIED else None,
    },
)  # fmt: skip
accounts = register.table(
    "account", Account, key=("org", "account_id"),
    indexes={
        "number": lambda account: (account.bank_cnaps, account.account_no) if account.stage is AccountStage.OPEN else None,
        "bank": ("bank",),
    },
)  # fmt: skip
watched = register.table("watch", Watch, key=("org",))

ACCOUNTS_MAX = 100
"""Accounts one organisation may ever add: its accounts are read at once."""


# --- a member about itself ---------------------------------------------------------------------------------------------
@register.action("维护档案", by=(maker(own), checker(own)))
def keep_profile(
    ctx: Context,
    cnaps: Cnaps | None = None,
    lei: Lei | None = None,
    industry: Industry | None = None,
    size: Size | None = None,
    tax_grade: TaxGrade | None = None,
    safe_class: SafeClass | None = None,
) -> Profile:
    """登记或更新本机构档案；联行号仅银行可登记，且一号一行。
    Keep one's own particulars; a bank number is a bank's only, and one bank's only."""
    if cnaps is not None:
        if ctx.signers[0].org_type != OrgType.BANK:
            raise RoleForbidden(problem="仅银行可登记联行号 (only a bank has a bank number)")
        if any(profile.org != ctx.org for profile in profiles.by(ctx, "cnaps", cnaps)):
            raise AlreadyExists(record=f"CNAPS {cnaps}")
    before = profile(ctx, ctx.org)
    ctx.emit(ProfileKept(org=ctx.org))
    return profiles.put(
        ctx,
        changed(
            before, cnaps=cnaps, lei=lei, industry=industry, size=size, tax_grade=tax_grade, safe_class=safe_class, updated=ctx.today
        ),
    )  # fmt: skip


@register.action("核验身份", by=(maker(own), checker(own)))
def verify_identity(ctx: Context) -> Profile:
    """以企业登记机关的核验结果确认本机构存续且名称一致，结果到期后失效。
    Confirm one's own registration by the company registry's answer: in being, and under the name of this member."""
    member = identity.organisation(ctx, ctx.org)
    proof = verifications.require(ctx, verifications.COMPANY, f"{verifications.COMPANY}:{ctx.org}", uscc=ctx.org, name=member.name_zh)
    ctx.emit(IdentityVerified(org=ctx.org, until=proof.valid_until))
    return profiles.put(
        ctx,
        changed(
            profile(ctx, ctx.org), kyc=KycStage.VERIFIED, registry_verification=proof.verification, verified_until=proof.valid_until,
            updated=ctx.today,
        ),
    )  # fmt: skip


@register.each_day
def identity_checks_lapse_with_the_answer_they_stand_on(ctx: Context, limit: int) -> int:
    due = profiles.by(ctx, "verified_until", upto=ctx.today - timedelta(days=1), limit=limit)
    for found in due:
        profiles.put(ctx, changed(found, kyc=KycStage.LAPSED))
        ctx.emit(IdentityLapsed(org=found.org))
    return len(due)


# --- accounts ----------------------------------------------------------------------------------------------------------
@register.action("登记账户", by=(maker(own), checker(own)))
def add_account(ctx: Context, bank_cnaps: Cnaps, account_no: AccountNo, account_name: AccountName, kind: AccountKind) -> Account:
    """登记本机构的一个结算账户；户名须与登记名称一致，基本存款账户只能有一个。
    Add a settlement account of one's own; it bears one's registered name, and only one is the basic account."""
    member = identity.organisation(ctx, ctx.org)
    if fullwidth_to_half(account_name) != fullwidth_to_half(member.name_zh):
        raise AccountNameMismatch(account_name=account_name, registered_name=member.name_zh)
    bank = bank_org(ctx, bank_cnaps)
    # The number itself is told to nobody who does not know it: it may be another member's.
    if accounts.by(ctx, "number", bank_cnaps, account_no, limit=1):
        raise AlreadyExists(record="Account 账号 (number)")
    held = accounts.scan(ctx, ctx.org)
    if len(held) >= ACCOUNTS_MAX:
        raise LimitExceeded(node=f"{ctx.org} ({ACCOUNTS_MAX} accounts)", available=0)
    # 人民币银行结算账户管理办法 §4: a depositor opens one basic account only.
    if kind is AccountKind.BASIC and any(account.kind is kind and account.stage is AccountStage.OPEN for account in held):
        raise AlreadyExists(record="Account BASIC 基本存款账户")
    account = accounts.insert(
        ctx,
        Account(
            account_id=ctx.unique("account"), org=ctx.org, bank_cnaps=bank_cnaps, bank=bank, account_no=account_no,
            account_name=account_name, kind=kind, stage=AccountStage.OPEN, added=ctx.today,
        ),
    )  # fmt: skip
    ctx.emit(AccountAdded(account_id=account.account_id, org=ctx.org, bank=bank))
    return account


@register.action("注销账户", by=(maker(own), checker(own)))
def close_account(ctx: Context, account_id: AccountId) -> Account:
    """停用本机构的一个账户，此后的付款不再使用它。
    Close an account of one's own: no later payment uses it."""
    closed = account(ctx, ctx.org, account_id).moved(AccountStage.CLOSED, "close")
    ctx.emit(AccountClosed(account_id=account_id, org=ctx.org, bank=closed.bank))
    return accounts.put(ctx, closed)


# --- the watch list ----------------------------------------------------------------------------------------------------
@register.action("列入观察名单", by=(maker(own), checker(own)))
def list_watch(ctx: Context, org: PartyId, case_no: CaseNo, reason: Grounds) -> Watch:
    """监管将一家机构列入观察名单，其不得成为新业务的当事人。
    The regulator puts an organisation on the watch list: it is no party to new business."""
    identity.require_regulator(ctx)
    ctx.emit(WatchListed(org=org, case_no=case_no))
    return watched.insert(ctx, Watch(org=org, case_no=case_no, reason=reason, listed=ctx.today, by=ctx.org))


@register.action("移出观察名单", by=(maker(own), checker(own)))
def unlist_watch(ctx: Context, org: PartyId, case_no: CaseNo) -> Watch:
    """监管凭案号将一家机构移出观察名单。
    The regulator takes an organisation off the watch list, naming the case."""
    identity.require_regulator(ctx)
    found = watched.find(ctx, org)
    if found is None or found.case_no != case_no:
        raise NotFound(record=f"Watch {org} {case_no}")
    watched.delete(ctx, found)
    ctx.emit(WatchLifted(org=org, case_no=case_no))
    return found


# --- what other registers ask ------------------------------------------------------------------------------------------
def profile(ctx: Context, org: PartyId) -> Profile:
    """A member's particulars; of one that has kept none, an empty profile."""
    found = profiles.find(ctx, org)
    return found or Profile(
        org=org, cnaps=None, lei=None, industry=None, size=None, tax_grade=None, safe_class=None, kyc=KycStage.UNVERIFIED,
        registry_verification=None, verified_until=None, updated=ctx.today,
    )  # fmt: skip


def bank_org(ctx: Context, cnaps: str) -> PartyId:
    """The member bank of this bank number. Refuses: NOT_FOUND."""
    found = profiles.by(ctx, "cnaps", cnaps, limit=1)
    if not found:
        raise NotFound(record=f"联行号 CNAPS {cnaps}")
    return found[0].org


def account(ctx: Context, org: PartyId, account_id: str) -> Account:
    """An account of this organisation, open or closed. Refuses: NOT_FOUND."""
    return accounts.get(ctx, org, account_id)


def settlement_account(ctx: Context, org: PartyId) -> Account:
    """Where an organisation is paid and pays: its basic account, else its first general one. Refuses: NOT_FOUND."""
    fit = [
        (held.kind is not AccountKind.BASIC, held.added, held.account_id, held)
        for held in accounts.scan(ctx, org)
        if held.stage is AccountStage.OPEN and held.kind in (AccountKind.BASIC, AccountKind.GENERAL)
    ]
    if not fit:
        raise NotFound(record=f"{org} 的结算账户 (settlement account)")
    return min(fit, key=lambda row: row[:3])[3]


def require_clear(ctx: Context, org: PartyId) -> None:
    """Refuse a party to new business: ROLE_FORBIDDEN (no active member), ELIGIBILITY_FAILED (on the watch list)."""
    identity.require_active(ctx, org)
    if watched.find(ctx, org) is not None:
        raise EligibilityFailed(reason=f"{org} 在监管观察名单上 (on the regulator's watch list)")


# --- questions ---------------------------------------------------------------------------------------------------------
@register.view("机构档案", sees=members)
def find_profile(ctx: Context, org: PartyId) -> Profile:
    """一家成员机构的档案。
    A member's particulars."""
    return profile(ctx, identity.organisation(ctx, org).org)


def itself(ctx: Context, org: PartyId) -> Collection[PartyId]:
    """the organisation itself"""
    return (org,)


@register.view("机构账户", sees=itself)
def list_accounts(ctx: Context, org: PartyId) -> list[Account]:
    """一家机构的账户；仅本机构和监管可见。
    An organisation's accounts; for itself and the regulator."""
    return accounts.scan(ctx, org)


@register.view("开户账户", sees=members)
def list_kept_accounts(ctx: Context) -> list[Account]:
    """在本行开立并登记的账户。
    The accounts members have registered as kept with one's own bank."""
    assert ctx.viewer is not None
    return accounts.by(ctx, "bank", ctx.viewer.org)


@register.view("观察名单", sees=members)
def list_watched(ctx: Context) -> list[Watch]:
    """监管观察名单；成员只见与己有关者。
    The watch list; a member sees itself only, the regulator all."""
    assert ctx.viewer is not None
    found = watched.scan(ctx)
    return found if is_regulator(ctx) else [watch for watch in found if watch.org == ctx.viewer.org]


# --- truths ------------------------------------------------------------------------------------------------------------
@register.law(accounts)
def an_account_changes_in_nothing_but_its_stage(ctx: Context, pairs: list[tuple[Account | None, Account | None]]) -> None:
    for old, new in pairs:
        assert new is not None
        assert old is None or old == new or old.moved(AccountStage.CLOSED, "close") == new


@register.invariant
def a_bank_number_belongs_to_one_bank(ctx: Context) -> None:
    for kept in profiles.every(ctx):
        assert kept.cnaps is None or [other.org for other in profiles.by(ctx, "cnaps", kept.cnaps)] == [kept.org]
