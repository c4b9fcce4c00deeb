"""Signed answers of outside sources: believed only under the key that was pinned for the source.

    {"answer": {source, kind, document, result, facts, answered_at, business_date, …}, "signature": "ed25519:…", …}
    signature over signing_message(b"standin", RFC 8785 bytes of answer)

What holds here: the key inside an answer proves nothing and is not used; an answer of another source or of another kind,
or one given more than five minutes ago, is no answer to this question (so an old answer cannot be played again). What is
kept as evidence is what the ledger verifies once more.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

import msgspec

from heqi.proof.canonical import decode, encode
from heqi.proof.suites import PublicKey, signed_by, signing_message
from heqi.types.refusals import HashMismatch, SchemaInvalid, SignatureInvalid
from heqi.types.rejection import Rejection

AGE_MAX = timedelta(minutes=5)
Result = Literal["PASS", "FAIL", "UNKNOWN"]

T = TypeVar("T")


class SourceDown(Rejection):
    """来源 {source} 暂不可用：{problem}。请稍后重试。
    The source {source} is not available: {problem}. Try again later."""

    source: str
    problem: str


class SourceRefused(Rejection):
    """来源 {source} 拒绝了请求：{said}
    The source {source} refused the request: {said}"""

    source: str
    said: str


class AnswerStale(Rejection):
    """来源 {source} 的回答已过时：{answered_at}。
    The answer of {source} is out of date: {answered_at}."""

    source: str
    answered_at: str


class SignedAnswer(msgspec.Struct, frozen=True):
    """Evidence: `answer` is the canonical JSON that was signed, `signature` as text, `public_key` raw in hex."""

    answer: str
    signature: str
    public_key: str

    @property
    def given(self) -> "Given":
        return decode(self.answer.encode(), Given)

    @property
    def raw(self) -> msgspec.Raw:
        """The answer as verifications.record and payments.report take it, beside `signature`."""
        return msgspec.Raw(self.answer.encode())

    def facts(self, kind: type[T]) -> T:
        """The facts, and what stands beside them, as a record; fields it does not name are left out."""
        answer = decode(self.answer.encode(), dict[str, Any])
        try:
            return msgspec.convert({**answer, **answer["facts"]}, kind)
        except msgspec.ValidationError as problem:
            raise SchemaInvalid(problem=f"{answer['source']}: {problem}") from None


class Checked(msgspec.Struct, Generic[T], frozen=True):
    """The outcome of asking a source (spec C03). PASS only ever rests on a signed answer.

    `query_hash` is the SHA-256 of the canonical question; `reason` is the source's word for FAIL or UNKNOWN.
    """

    kind: str
    query_hash: str
    result: Result
    reason: str = ""
    facts: T | None = None
    document: str = ""
    checked_at: str = ""
    business_date: str = ""
    evidence: SignedAnswer | None = None


class Given(msgspec.Struct, frozen=True):
    """What every answer says of itself."""

    source: str
    kind: str
    document: str
    result: Result
    facts: dict[str, Any]
    answered_at: str
    business_date: str


def open_answer(body: bytes, pinned: PublicKey, source: str, kind: str) -> SignedAnswer:
    """A JSON answer, believed. Refused: SignatureInvalid, AnswerStale, SchemaInvalid (no answer at all)."""
    parts = decode(body, dict[str, Any])
    answer, signature = parts.get("answer"), parts.get("signature")
    if not isinstance(answer, dict) or not isinstance(signature, str):
        raise SignatureInvalid(problem=f"{source}: 无签名 not a signed answer")
    return believe(encode(answer), signature, pinned, source, kind)


def open_document(
    body: bytes, headers: Mapping[str, str], pinned: PublicKey, source: str, kind: str
) -> SignedAnswer:  # fmt: skip
    """A document whose signature came in the headers. Refused also with HashMismatch: another document was signed."""
    text, signature = headers.get("x-answer", ""), headers.get("x-answer-signature", "")
    if not text or not signature:
        raise SignatureInvalid(problem=f"{source}: 无签名 not a signed document")
    answer = believe(encode(decode(text.encode(), dict[str, Any])), signature, pinned, source, kind)
    if answer.given.facts.get("sha256") != hashlib.sha256(body).hexdigest():
        raise HashMismatch(item=f"{source} {kind}")
    return answer


def judge(kind: str, question: Any, ask: Callable[[], SignedAnswer], facts: type[T], rule: Callable[[T], tuple[Result, str]]) -> Checked[T]:
    """Asks, and lets `rule` say what the facts mean. A source that is down or stale is UNKNOWN, never PASS.

    PASS needs both: the rule's and the source's own signed result, for that is what the ledger goes by.
    A forged answer is not UNKNOWN but refused (SignatureInvalid, HashMismatch): somebody has to look at it.
    """
    query_hash = hashlib.sha256(encode(question)).hexdigest()
    try:
        evidence = ask()
    except (SourceDown, SourceRefused, AnswerStale) as refusal:
        return Checked(kind, query_hash, "UNKNOWN", refusal.code)
    found, given = evidence.facts(facts), evidence.given
    result, reason = rule(found)
    if result == "PASS" and given.result != "PASS":
        result, reason = given.result, f"SOURCE_SAYS_{given.result}"
    return Checked(
        kind, query_hash, result, reason, found, given.document, given.answered_at, given.business_date, evidence
    )  # fmt: skip


def believe(answer: bytes, signature: str, pinned: PublicKey, source: str, kind: str) -> SignedAnswer:
    """The canonical bytes of an answer under a signature. Refused: SignatureInvalid, AnswerStale, SchemaInvalid."""
    if not signed_by(signature, pinned.alg, pinned.raw, signing_message(b"standin", answer)):
        raise SignatureInvalid(problem=f"{source}: 与登记公钥不符 not under the pinned key")
    given = decode(answer, Given)
    if (given.source, given.kind) != (source, kind):
        raise SignatureInvalid(problem=f"{given.source}/{given.kind} ≠ {source}/{kind}")
    try:
        age = datetime.now(UTC) - datetime.fromisoformat(given.answered_at)
    except (ValueError, TypeError):
        raise SignatureInvalid(problem=f"{source}: answered_at") from None
    if abs(age) > AGE_MAX:
        raise AnswerStale(source=source, answered_at=given.answered_at)
    return SignedAnswer(answer.decode(), signature, pinned.raw.hex())
