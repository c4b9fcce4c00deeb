"""Verifications: an outside source's signed answer becomes a record that contracts may rely on (核验网关, C03).

What holds here: the ledger itself checks the source's signature over the canonical bytes of the answer, that the members
trust the source for this kind, and that the answer is not from the future. Of the conclusive answers about a document the
newest counts, whoever brings which one when; UNKNOWN is kept and never counts. What does not hold here: that the source is
right, and that nobody asks it anew; a withdrawn source's earlier answers count until they expire.
"""

from collections.abc import Collection
from datetime import timedelta

import msgspec

from heqi.finance.verifications.model import (
    OWN_DOCUMENTS,
    Answer,
    Days,
    DocumentText,
    KeyHex,
    Kind,
    Result,
    Signed,
    Source,
    SourceName,
    SourceSignature,
    SourceTrusted,
    TrustWithdrawn,
    Verification,
    VerificationId,
    VerificationRecorded,
)
from heqi.kernel.contracts import RESOLUTION, Context, Register, api, members, own
from heqi.kernel.identity import contract as identity
from heqi.proof.canonical import decode, encode
from heqi.proof.suites import PUBLIC_SIZE, signed_by, signing_message
from heqi.types.ids import PartyId
from heqi.types.refusals import DateInvalid, DocMismatch, DocNotVerified, DocVoid, RoleForbidden, SchemaInvalid, SignatureInvalid
from heqi.types.rejection import Rejection
from heqi.types.words import Grounds

register = Register("verifications", title=("核验", "Verifications"), uses=(identity.register,))

sources = register.table("source", Source, key=("source",))
answers = register.table("answer", Verification, key=("verification",))
newest = register.table("newest", Verification, key=("kind", "document"))

ANSWER_SIZE_MAX = 32 * 1024
SIGNED_MAX = 200
SIGNING_DOMAIN = b"standin"


@register.action("信任数据源", by=RESOLUTION)
def trust_source(
    ctx: Context, source: SourceName, org: PartyId, alg: str, public_key: KeyHex, kinds: list[Kind], valid_days: Days
) -> Source:
    """经成员表决，信任某机构的数据源就所列类型作答，答复在若干天内有效；再次表决即更换公钥或范围。
    Trust an organisation's source to answer about these kinds, each answer good for some days; decided again, it is replaced."""
    return trust(ctx, Source(source=source, org=org, alg=alg, public_key=public_key, kinds=kinds, valid_days=valid_days))


def trust(ctx: Context, source: Source) -> Source:
    """Keep a trusted source, new or changed. Refuses: ROLE_FORBIDDEN (its organisation), SCHEMA_INVALID (its key, its kinds)."""
    identity.require_active(ctx, source.org)
    try:
        size = len(bytes.fromhex(source.public_key))
    except ValueError:
        size = 0
    if size != PUBLIC_SIZE.get(source.alg) or source.public_key != source.public_key.lower():
        raise SchemaInvalid(problem=f"不是 {source.alg} 公钥 (not a public key of this algorithm in lower-case hex)", field="public_key")
    if not source.kinds or len({*source.kinds}) != len(source.kinds):
        raise SchemaInvalid(problem="核验类型缺失或重复 (kinds missing or repeated)", field="kinds")
    ctx.emit(SourceTrusted(source=source.source, org=source.org))
    return sources.put(ctx, source)


@register.action("撤回信任", by=RESOLUTION)
def withdraw_trust(ctx: Context, source: SourceName, reason: Grounds) -> Source:
    """经成员表决，不再接受某数据源的答复；其已登记的答复到期前仍有效。
    Accept no further answers of a source; those on the ledger count until they expire."""
    found = sources.get(ctx, source)
    sources.delete(ctx, found)
    ctx.emit(TrustWithdrawn(source=source, org=found.org, reason=reason))
    return found


@register.action("登记核验结果", by=api(own))
def record(ctx: Context, answer: msgspec.Raw, signature: SourceSignature) -> Verification:
    """登记数据源签名的答复；账本验证其签名、范围与日期。相同的答复只登记一次。
    Record a source's signed answer; the ledger checks its signature, scope and date. The same answer is recorded once."""
    source, said, digest = read_answer(ctx, answer, signature)
    known = answers.find(ctx, digest)
    if known is not None:
        return known
    kept = answers.insert(
        ctx,
        Verification(
            verification=digest, kind=said.kind, document=said.document, result=said.result, facts=said.facts,
            answered_at=said.answered_at, checked=said.business_date,
            valid_until=said.business_date + timedelta(days=source.valid_days), source=source.source, by=ctx.org,
        ),
    )  # fmt: skip
    if kept.result is not Result.UNKNOWN:
        before = newest.find(ctx, kept.kind, kept.document)
        if before is None or _later(kept, before):
            newest.put(ctx, kept)
    ctx.emit(VerificationRecorded(verification=digest, kind=kept.kind, document=kept.document, result=kept.result, by=kept.by))
    return kept


def attest(ctx: Context, kind: str, document: str, facts: dict[str, str | int], days: int) -> Verification:
    """An organisation's word about a document of its own books: the transaction's signature stands for the source's.

    For interfaces that sign their imports themselves, such as an issuer's ERP. Refuses: ROLE_FORBIDDEN (not a kind of one's
    own documents, or another organisation's document).
    """
    if kind not in OWN_DOCUMENTS or not document.startswith(f"{kind}:{ctx.org}:"):
        raise RoleForbidden(problem=f"{ctx.org} 只能证实自己的单据 (vouches for its own documents only)")
    said = Answer(
        source=ctx.org, kind=kind, document=document, result=Result.PASS, facts=facts, answered_at=ctx.time, business_date=ctx.today
    )
    digest = ctx.suite.digest(encode(said)).hex()
    kept = answers.put(
        ctx,
        Verification(
            verification=digest, kind=kind, document=document, result=Result.PASS, facts=facts, answered_at=ctx.time, checked=ctx.today,
            valid_until=ctx.today + timedelta(days=days), source=ctx.org, by=ctx.org,
        ),
    )  # fmt: skip
    return newest.put(ctx, kept)


@register.action("批量登记核验结果", by=api(own))
def record_all(ctx: Context, answers: list[Signed]) -> list[VerificationId]:
    """一次登记至多 200 份数据源签名的答复；任一份不合格则整笔不登记，并指出该份。
    Record up to 200 signed answers at once; one unfit answer refuses all and is named."""
    if not 1 <= len(answers) <= SIGNED_MAX:
        raise SchemaInvalid(problem=f"每笔 1 至 {SIGNED_MAX} 份 (1 to {SIGNED_MAX} answers)", field="answers")
    kept = []
    for place, signed in enumerate(answers):
        try:
            kept.append(record(ctx, signed.answer, signed.signature).verification)
        except Rejection as refusal:
            refusal.field = f"answers[{place}]"
            raise
    return kept


def read_answer(ctx: Context, answer: msgspec.Raw, signature: str) -> tuple[Source, Answer, str]:
    """A source's answer whose signature, scope and date are in order, with its digest (64 hex digits).

    For registers that draw their own conclusions from signed evidence. Refuses, in this order: SCHEMA_INVALID (form or size),
    SIGNATURE_INVALID (source not trusted), ROLE_FORBIDDEN (not about this kind or document), SIGNATURE_INVALID (the
    signature), DATE_INVALID (from the future).
    """
    if len(bytes(answer)) > ANSWER_SIZE_MAX:
        raise SchemaInvalid(problem=f"答复超过 {ANSWER_SIZE_MAX} 字节 (larger than {ANSWER_SIZE_MAX} bytes)", field="answer")
    data = encode(msgspec.json.decode(answer))
    said = decode(data, Answer)
    source = sources.find(ctx, said.source)
    if source is None:
        raise SignatureInvalid(problem=f"数据源 {said.source} 不受信任 (source not trusted)")
    if said.kind not in source.kinds:
        raise RoleForbidden(problem=f"{said.source} 无权答复 {said.kind} (may not answer about this kind)")
    if said.kind in OWN_DOCUMENTS and not said.document.startswith(f"{said.kind}:{source.org}:"):
        raise RoleForbidden(problem=f"{said.source} 只能答复 {source.org} 自己的单据 (answers about its own documents only)")
    if not signed_by(signature, source.alg, bytes.fromhex(source.public_key), signing_message(SIGNING_DOMAIN, data)):
        raise SignatureInvalid(problem=f"{said.source} 对答复的签名不符 (the source's signature over the answer does not verify)")
    if said.business_date > ctx.today:
        raise DateInvalid(problem=f"答复日期 {said.business_date} 晚于业务日期 {ctx.today} (the answer is from the future)")
    return source, said, ctx.suite.digest(data).hex()


def _later(new: Verification, old: Verification) -> bool:
    """Newer by the source's own dates, so that an old PASS brought late hides no FAIL. At one instant FAIL goes before PASS."""
    return (new.checked, new.answered_at, new.result is Result.FAIL) > (old.checked, old.answered_at, old.result is Result.FAIL)


def latest(ctx: Context, kind: str, document: str) -> Verification | None:
    """The newest conclusive answer about a document, expired or not."""
    return newest.find(ctx, kind, document)


def require(ctx: Context, kind: str, document: str, /, **facts: str | int) -> Verification:
    """The verification an act relies on: of this kind, PASS, unexpired, and its facts equal to those of the act.

    Refuses, in this order: DOC_VOID (revoked at its source), DOC_NOT_VERIFIED (none, FAIL, or expired), DOC_MISMATCH.
    """
    found = newest.find(ctx, kind, document)
    if found is None:
        raise DocNotVerified(document=document, problem=f"无 {kind} 核验结果 (no {kind} answer)")
    if found.revoked:
        raise DocVoid(document=document)
    if found.result is not Result.PASS:
        raise DocNotVerified(document=document, problem="核验未通过 (the source says no)")
    if found.valid_until < ctx.today:
        raise DocNotVerified(document=document, problem=f"核验已于 {found.valid_until} 过期 (expired)")
    for name, needed in facts.items():
        said = found.facts.get(name)
        # The source's words are compared as they stand: no text is a number, and no yes is a 1.
        if said != needed or isinstance(needed, bool):
            raise DocMismatch(item=f"{document} {name}", expected="—" if said is None else said, actual=needed)
    return found


def named(ctx: Context, kind: Kind, document: DocumentText) -> Collection[PartyId]:
    """who brought the answer, and the organisations its facts name"""
    found = newest.find(ctx, kind, document)
    return () if found is None else [found.by, *(fact for fact in found.facts.values() if isinstance(fact, str))]


@register.view("核验结果", sees=named)
def find(ctx: Context, kind: Kind, document: DocumentText) -> Verification:
    """一份单据最近的核验结果；仅登记方、事实所列机构和监管可见。
    The newest conclusive answer about a document; for who brought it, the organisations it names, and the regulator."""
    return newest.get(ctx, kind, document)


@register.view("数据源", sees=members)
def list_sources(ctx: Context) -> list[Source]:
    """受信任的数据源、其公钥与范围。
    The trusted sources with their keys and scope."""
    return sources.scan(ctx)


@register.invariant
def an_unknown_answer_never_counts(ctx: Context) -> None:
    for kept in newest.every(ctx):
        assert kept.result is not Result.UNKNOWN
        assert answers.find(ctx, kept.verification) == kept
