"""A signed answer is believed as a whole or not at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.connectors.answers import AnswerStale, judge, open_answer, open_document
from heqi.proof.canonical import encode
from heqi.proof.suites import PrivateKey, generate_key, signature_text, signing_message
from heqi.types.refusals import HashMismatch, SchemaInvalid, SignatureInvalid
from heqi.types.rejection import Rejection

KEY = generate_key("ed25519")


class Fact(msgspec.Struct, frozen=True):
    total: int


def answer(minutes_ago: float = 0, **other: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {
        "source": "sim-tax", "kind": "INVOICE", "document": "INVOICE::1", "result": "PASS", "facts": {"total": 7},
        "answered_at": at.isoformat(timespec="milliseconds"), "business_date": "2026-03-10", **other,
    }  # fmt: skip


def signed(said: dict[str, Any], key: PrivateKey = KEY, domain: bytes = b"standin") -> bytes:
    signature = signature_text(key.public.alg, key.sign(signing_message(domain, encode(said))))
    return encode({"answer": said, "signature": signature, "public_key": key.public.raw.hex()})


def opened(body: bytes, key: PrivateKey = KEY) -> Any:
    return open_answer(body, key.public, "sim-tax", "INVOICE")


@pytest.mark.parametrize("algorithm", ["ed25519", "p256", "sm2"])
def test_an_answer_under_the_pinned_key_is_believed(algorithm: Any) -> None:
    key = generate_key(algorithm)
    believed = opened(signed(answer(), key), key)
    assert believed.facts(Fact) == Fact(7)
    assert (believed.given.document, believed.public_key) == ("INVOICE::1", key.public.raw.hex())


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_byte_of_a_signed_answer_can_be_changed(data: st.DataObject) -> None:
    """Whichever byte of the answer or its signature is another; the key beside them is not read and proves nothing."""
    body = bytearray(signed(answer()))
    at = data.draw(st.integers(0, body.index(b'"public_key"') - 1) | st.integers(body.index(b'"signature"'), len(body) - 2))
    body[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Rejection):
        opened(bytes(body))


@pytest.mark.parametrize(
    ("what", "body", "refusal"),
    [
        ("another key", signed(answer(), generate_key("ed25519")), SignatureInvalid),
        ("another algorithm", signed(answer(), generate_key("p256")), SignatureInvalid),
        ("signed for another purpose", signed(answer(), domain=b"transaction"), SignatureInvalid),
        ("another source", signed(answer(source="sim-erp")), SignatureInvalid),
        ("another kind", signed(answer(kind="COMPANY")), SignatureInvalid),
        ("no signature", encode({"answer": answer()}), SignatureInvalid),
        ("a signature that is none", encode({"answer": answer(), "signature": "ed25519:00"}), SignatureInvalid),
        ("no time", signed(answer(answered_at="yesterday")), SignatureInvalid),
        ("a time without zone", signed(answer(answered_at="2026-03-10T01:00:00")), SignatureInvalid),
        ("too old", signed(answer(minutes_ago=6)), AnswerStale),
        ("from the future", signed(answer(minutes_ago=-90)), AnswerStale),
        ("a result nobody knows", signed(answer(result="MAYBE")), SchemaInvalid),
        ("not JSON", b"<html>", SchemaInvalid),
        ("an answer with a fraction", b'{"answer": {"facts": {"total": 1.5}}, "signature": ""}', SchemaInvalid),
    ],
)
def test_what_is_not_such_an_answer_is_refused(what: str, body: bytes, refusal: type[Rejection]) -> None:
    with pytest.raises(refusal):
        opened(body)


def test_a_source_that_says_no_is_not_outvoted_by_our_own_rule() -> None:
    found = judge("INVOICE", {}, lambda: opened(signed(answer(result="FAIL"))), Fact, lambda fact: ("PASS", ""))
    assert (found.result, found.reason) == ("FAIL", "SOURCE_SAYS_FAIL")


def test_facts_of_another_form_are_refused_and_never_pass() -> None:
    with pytest.raises(SchemaInvalid):
        judge("INVOICE", {}, lambda: opened(signed(answer(facts={"total": "7"}))), Fact, lambda fact: ("PASS", ""))


def test_a_document_is_the_one_that_was_signed() -> None:
    said = answer(kind="camt.053", facts={"sha256": "0" * 64})
    parts = msgspec.json.decode(signed(said))
    headers = {"x-answer": encode(said).decode(), "x-answer-signature": parts["signature"]}
    with pytest.raises(HashMismatch):
        open_document(b"<Document/>", headers, KEY.public, "sim-tax", "camt.053")
