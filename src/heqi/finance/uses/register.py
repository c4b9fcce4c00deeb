"""Uses: one document, one economic use, across all systems and banks of the chain (防重复融资, C04).

What holds here: a document is registered for what its source has verified; of each class of use no more is ever reserved,
active or consumed than that total; a voucher basis and a financing share one balance; a document dead at its source takes
no new use. What does not: a document that no source answers about, and another chain's documents. The fingerprint is keyed
so that it means nothing elsewhere; members of the chain know the key, so it hides no guessable number from them.
"""

import hashlib
import hmac
from datetime import date, timedelta

from heqi.finance import decisions, verifications
from heqi.finance.decisions import Level
from heqi.finance.uses.model import (
    DocumentRef,
    DocumentRegistered,
    DocumentVoided,
    Entry,
    NearDup,
    Override,
    RegistryKey,
    Standing,
    Status,
    Trait,
    Use,
    UseClass,
    UseId,
    UseReleased,
    UseStage,
)
from heqi.finance.uses.rules import NEAR_DAYS, look_alike, near_amounts
from heqi.kernel.contracts import Context, Register, api, changed, checker, maker, members, own
from heqi.kernel.identity import contract as identity
from heqi.kernel.identity.model import OrgType
from heqi.types.ids import PartyId
from heqi.types.money import Money, check_positive
from heqi.types.refusals import DocMismatch, DocNotVerified, DocVoid, DupUse, LimitExceeded, StateInvalid
from heqi.types.text import normalise_document_no
from heqi.types.words import Grounds

register = Register("uses", title=("单据用途登记", "Document uses"), uses=(identity.register, verifications.register, decisions.register))

entries = register.table("entry", Entry, key=("fingerprint",))
uses = register.table(
    "use", Use, key=("use",),
    indexes={
        "document": lambda use: None if use.stage is UseStage.RELEASED else (use.fingerprint,),
        "expires": lambda use: (use.expires,) if use.stage is UseStage.RESERVED else None,
    },
)  # fmt: skip
traits = register.table("trait", Trait, key=("fingerprint",), indexes={"near": ("pair", "dated", "minor")})
overrides = register.table("override", Override, key=("fingerprint", "org"))
keys = register.table("key", RegistryKey, key=("id",))

registry_key = register.parameter(
    "registry_key", "",
    title=("单据指纹密钥，首笔登记时固定；空则用链名", "Key of the fingerprints, fixed with the first; if empty the chain's name"),
    source="capabilities C04: fingerprint = HMAC(channel_registry_key, …)",
)  # fmt: skip
reservation_days = register.parameter(
    "reservation_days", 3, title=("预占有效天数", "Days a reservation holds"), source="capabilities C04: ttl <= 3 days"
)
VOID_RULE = "uses.void"
"""What an alert about a void document names as its rule (C04)."""
LIVE_MAX = 500
"""Live uses of one document: a bound for the work of declaring it void."""
LOOK_MAX = 100
"""Documents of one pair of parties, one day and nearly one amount among which a look-alike is sought."""


# --- documents ---------------------------------------------------------------------------------------------------------
def fingerprint(ctx: Context, document: DocumentRef) -> str:
    """HMAC-SHA-256 of the document's label under this chain's registry key, hex."""
    kept = keys.find(ctx, "key")
    key = kept.key if kept is not None else ctx.parameter(registry_key) or ctx.chain
    return hmac.digest(key.encode(), document.label.encode(), "sha256").hex()


def open(ctx: Context, document: DocumentRef, total: Money) -> Entry:
    """Register a document for its verified total; registered again it is the same entry.

    Its source's answer (kind = its type) must state `total` (minor units) and `ccy`; `seller`, `buyer` and `date` (ISO), where
    stated, find look-alikes. Refuses, in this order: DOC_VOID, DOC_MISMATCH (registered with another total), then what
    `verifications.require` refuses.
    """
    mark = fingerprint(ctx, document)
    known = entries.find(ctx, mark)
    if known is not None:
        if known.void:
            raise DocVoid(document=document.label)
        if known.total != total:
            raise DocMismatch(item=f"{document.label} total", expected=known.total, actual=total)
        return known
    check_positive(total)
    proof = verifications.require(ctx, document.doc_type, document.label, total=total.minor, ccy=total.ccy)
    if keys.find(ctx, "key") is None:
        keys.insert(ctx, RegistryKey(id="key", key=ctx.parameter(registry_key) or ctx.chain))
    trait = _trait(mark, document, proof)
    near = trait is not None and _has_look_alike(ctx, trait)
    if trait is not None:
        traits.insert(ctx, trait)
    ctx.emit(DocumentRegistered(fingerprint=mark, doc_type=document.doc_type, near=near))
    return entries.insert(
        ctx, Entry(fingerprint=mark, doc_type=document.doc_type, total=total, void=False, near=near, taken={}, live=0)
    )  # fmt: skip


def available(ctx: Context, document: DocumentRef, use_class: UseClass) -> Money:
    """What may still be used of a document for this class; nothing of a void one. Refuses: DOC_NOT_VERIFIED."""
    entry = _entry(ctx, document)
    return Money.zero(entry.total.ccy) if entry.void or _revoked(ctx, document) else entry.left(use_class)


def near(ctx: Context, document: DocumentRef) -> bool:
    """Does another registered document look like a second copy of this one? Registered or only verified."""
    mark = fingerprint(ctx, document)
    entry = entries.find(ctx, mark)
    if entry is not None:
        return entry.near
    proof = verifications.latest(ctx, document.doc_type, document.label)
    trait = None if proof is None else _trait(mark, document, proof)
    return trait is not None and _has_look_alike(ctx, trait)


@register.action("作废登记", by=api(own))
def void(ctx: Context, document: DocumentRef) -> Entry:
    """数据源已答复单据作废、红冲或删除时，将其登记置为作废，并向正在使用的机构和监管发出红色预警。
    Mark a document void once its source says it is dead; the organisations whose uses stand on it, and the regulator, have a red
    alert."""
    entry = _entry(ctx, document)
    if entry.void:
        return entry
    if not _revoked(ctx, document):
        raise DocMismatch(item=f"{document.label} status", expected="作废/红冲/删除 (revoked)", actual="有效 (in force)")
    standing = [use for use in uses.by(ctx, "document", entry.fingerprint, limit=LIVE_MAX) if use.stage is not UseStage.CONSUMED]
    for use in standing:
        ctx.emit(DocumentVoided(fingerprint=entry.fingerprint, use=use.use, org=use.org))
    told = dict.fromkeys(use.org for use in standing)
    if told:
        told |= dict.fromkeys(member.org for member in identity.active(ctx) if member.org_type is OrgType.REGULATOR)
    for org in told:
        decisions.raise_alert(ctx, org=org, level=Level.RED, subject=document.label, rule=VOID_RULE, evidence=entry.fingerprint)
    return entries.put(ctx, changed(entry, void=True))


@register.action("说明并非重复", by=(maker(own), checker(own)))
def override_near(ctx: Context, document: DocumentRef, reason: Grounds) -> Override:
    """对疑似重复的单据，由经办、复核书面说明其并非重复后，本机构方可使用。
    State in writing, maker and checker, why a look-alike is another document; then one's own organisation may use it."""
    entry = _entry(ctx, document)
    return overrides.put(ctx, Override(fingerprint=entry.fingerprint, org=ctx.org, reason=reason, given=ctx.today))


def _entry(ctx: Context, document: DocumentRef) -> Entry:
    entry = entries.find(ctx, fingerprint(ctx, document))
    if entry is None:
        raise DocNotVerified(document=document.label, problem="未登记 (not registered)")
    return entry


def _registered(ctx: Context, document: DocumentRef) -> Entry:
    """The document's entry; the first use of a verified document registers it for the total its source states."""
    entry = entries.find(ctx, fingerprint(ctx, document))
    if entry is not None:
        return entry
    said = verifications.latest(ctx, document.doc_type, document.label)
    total, ccy = (None, None) if said is None else (said.facts.get("total"), said.facts.get("ccy"))
    if not isinstance(total, int) or not isinstance(ccy, str):
        raise DocNotVerified(document=document.label, problem="未登记 (not registered)")
    return open(ctx, document, Money(ccy, total))


def _revoked(ctx: Context, document: DocumentRef) -> bool:
    """Has the source taken the document back? Counts from its answer on, before anybody has called `void`."""
    said = verifications.latest(ctx, document.doc_type, document.label)
    return said is not None and said.revoked


def _trait(mark: str, document: DocumentRef, proof: verifications.Verification) -> Trait | None:
    """By what copies of it would be known; None when its source does not state parties and date."""
    seller, buyer, dated, minor = (proof.facts.get(name) for name in ("seller", "buyer", "date", "total"))
    if not isinstance(seller, str) or not isinstance(buyer, str) or not isinstance(dated, str) or not isinstance(minor, int):
        return None
    try:
        day = date.fromisoformat(dated)
    except ValueError:
        return None
    pair = hashlib.sha256(f"{document.doc_type}|{seller}|{buyer}|{proof.facts.get('ccy')}".encode()).hexdigest()
    return Trait(fingerprint=mark, pair=pair, dated=day, minor=minor, number=normalise_document_no(document.number))


def _has_look_alike(ctx: Context, new: Trait) -> bool:
    least, most = near_amounts(new.minor)
    for shift in range(-NEAR_DAYS, NEAR_DAYS + 1):
        day = new.dated + timedelta(days=shift)
        below = changed(new, fingerprint="", dated=day, minor=least)
        for old in traits.by(ctx, "near", new.pair, day, after=below, upto=most, limit=LOOK_MAX):
            if old.fingerprint != new.fingerprint and look_alike(new.minor, new.dated, new.number, old.minor, old.dated, old.number):
                return True
    return False


# --- uses --------------------------------------------------------------------------------------------------------------
def reserve(ctx: Context, document: DocumentRef, use_class: UseClass, amount: Money, *, org: PartyId | None = None) -> Use:
    """Reserve a part of a document for a use of `org` (the acting organisation), for three days unless activated.

    Refuses, in this order: MONEY_INVALID, DOC_NOT_VERIFIED (not registered), DOC_VOID, DOC_MISMATCH (currency), NEAR_DUP,
    DUP_USE with what is available, LIMIT_EXCEEDED (too many live uses).
    """
    check_positive(amount)
    entry, user = _registered(ctx, document), org or ctx.org
    if entry.void or _revoked(ctx, document):
        raise DocVoid(document=document.label)
    if amount.ccy != entry.total.ccy:
        raise DocMismatch(item=f"{document.label} ccy", expected=entry.total.ccy, actual=amount.ccy)
    if entry.near and overrides.find(ctx, entry.fingerprint, user) is None:
        raise NearDup(document=document.label)
    left = entry.left(use_class)
    if amount > left:
        raise DupUse(document=document.label, available=left)
    if entry.live >= LIVE_MAX:
        raise LimitExceeded(node=f"{document.label} ({LIVE_MAX} uses)", available=0)
    entries.put(ctx, _take(entry, use_class, amount.minor, 1))
    return uses.insert(
        ctx,
        Use(
            use=ctx.unique("use"), fingerprint=entry.fingerprint, use_class=use_class, org=user, amount=amount,
            stage=UseStage.RESERVED, expires=ctx.today + timedelta(days=ctx.parameter(reservation_days)),
        ),
    )  # fmt: skip


def activate(ctx: Context, use: UseId) -> Use:
    """Make a reservation last. Refuses: STATE_INVALID, also for one that has expired."""
    found = uses.get(ctx, use)
    if found.expires is not None and found.expires < ctx.today:
        raise StateInvalid(record=found.label(), stage="EXPIRED", act="activate")
    return uses.put(ctx, found.moved(UseStage.ACTIVE, "activate", expires=None))


def release(ctx: Context, use: UseId, reason: str) -> Use:
    """Give a reserved or active use back to its document. The register does not know whose asset stands on the use: the caller
    keeps the id with its own record and releases with it. Refuses: STATE_INVALID."""
    return _release(ctx, uses.get(ctx, use), reason)


def consume(ctx: Context, use: UseId) -> Use:
    """Use up what is active: it never comes back. Refuses: STATE_INVALID."""
    return uses.put(ctx, uses.get(ctx, use).moved(UseStage.CONSUMED, "consume"))


def get(ctx: Context, use: UseId) -> Use:
    """A use. Refuses: NOT_FOUND."""
    return uses.get(ctx, use)


def _release(ctx: Context, use: Use, reason: str) -> Use:
    released = use.moved(UseStage.RELEASED, "release", expires=None)
    entries.put(ctx, _take(entries.get(ctx, use.fingerprint), use.use_class, -use.amount.minor, -1))
    ctx.emit(UseReleased(use=use.use, org=use.org, reason=reason))
    return uses.put(ctx, released)


def _take(entry: Entry, use_class: UseClass, minor: int, live: int) -> Entry:
    balance = use_class.balance
    taken = {**entry.taken, balance: entry.taken.get(balance, 0) + minor}
    return changed(entry, taken=taken, live=entry.live + live)


@register.each_day
def expired_reservations_are_released(ctx: Context, limit: int) -> int:
    due = uses.by(ctx, "expires", upto=ctx.today - timedelta(days=1), limit=limit)
    for use in due:
        _release(ctx, use, "预占到期 (reservation expired)")
    return len(due)


# --- questions ---------------------------------------------------------------------------------------------------------
@register.view("查询单据用途", sees=members)
def query(ctx: Context, document: DocumentRef, use_class: UseClass) -> Standing:
    """单据就某一用途的状态与可用金额；不透露使用方。
    A document's status and balance for a class of use; who else uses it is not told."""
    assert ctx.viewer is not None
    entry = entries.find(ctx, fingerprint(ctx, document))
    looks = near(ctx, document)
    if entry is None:
        return Standing(status=Status.CANC if _revoked(ctx, document) else Status.REGU, available=None, near=looks)
    if entry.void or _revoked(ctx, document):
        return Standing(status=Status.CANC, available=Money.zero(entry.total.ccy), near=looks)
    live = [use for use in uses.by(ctx, "document", entry.fingerprint) if use.use_class.balance is use_class.balance]
    mine = [use.stage is UseStage.RESERVED for use in live if use.org == ctx.viewer.org]
    others = [use.stage is UseStage.RESERVED for use in live if use.org != ctx.viewer.org]
    if False in mine:
        status = Status.FNCD
    elif False in others:
        status = Status.DFIN
    elif mine:
        status = Status.PNDG
    else:
        status = Status.REDU if others else Status.REGU
    return Standing(status=status, available=entry.left(use_class), near=looks)


# --- truths ------------------------------------------------------------------------------------------------------------
@register.law(entries)
def no_more_is_used_than_the_document_says(ctx: Context, pairs: list[tuple[Entry | None, Entry | None]]) -> None:
    for old, new in pairs:
        assert new is not None and 0 <= new.live <= LIVE_MAX
        assert all(0 <= minor <= new.total.minor for minor in new.taken.values())
        assert old is None or (old.total == new.total and old.doc_type == new.doc_type and not (old.void and not new.void))


@register.invariant
def what_is_taken_is_the_sum_of_the_live_uses(ctx: Context) -> None:
    for entry in entries.every(ctx):
        live = uses.by(ctx, "document", entry.fingerprint)
        assert len(live) == entry.live
        for balance in UseClass:
            taken = sum(use.amount.minor for use in live if use.use_class.balance is balance)
            assert taken == entry.taken.get(balance, 0)
