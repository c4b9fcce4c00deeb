"""Who claimed which content, and who was first."""

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.finance import evidence
from heqi.finance.evidence.rules import batch_path, batch_root, check_in_batch
from heqi.node.rehearsal import rehearse
from heqi.types.refusals import HashMismatch, ProofInvalid, SchemaInvalid


def digest(text: str, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.fixture
def scene() -> tuple[Any, Any]:
    return rehearse([evidence.register])


def test_a_digest_put_on_record_is_found_with_its_transaction_and_time(scene):
    stage, cast = scene
    receipt = stage.send("evidence.put", cast.jia.maker, digest=digest("合同"), category="CONTRACT", biz_ref="HT-1", meta={"pages": "12"})
    assert receipt.code == "OK"
    found = stage.ask("evidence.verify", cast.yi.maker, digest=digest("合同"))
    assert found["found"] is True
    (seen,) = found["claims"]
    assert (seen["org"], seen["tx"], seen["height"]) == (cast.jia.org, receipt.tx, receipt.height)
    assert seen.keys().isdisjoint({"meta", "biz_ref", "user"})
    assert stage.ask("evidence.verify", cast.yi.maker, digest=digest("别的")) == {"found": False, "claims": []}


def test_put_again_by_the_same_organisation_it_is_the_first_claim(scene):
    stage, cast = scene
    first = stage.act("evidence.put", cast.jia.maker, digest=digest("a"), category="CONTRACT")
    before = stage.ledger.fingerprint()
    assert stage.act("evidence.put", cast.jia.maker, digest=digest("a"), category="OTHER", biz_ref="2") == first
    assert stage.ledger.fingerprint() == before


def test_another_organisations_claim_stands_beside_the_first_in_the_order_of_time(scene):
    stage, cast = scene
    for party in ("yi", "jia", "bing"):
        stage.act("evidence.put", getattr(cast, party).maker, digest=digest("a"), category="CONTRACT")
    claims = stage.ask("evidence.verify", cast.boc.maker, digest=digest("a"))["claims"]
    assert [claim["org"] for claim in claims] == [cast.yi.org, cast.jia.org, cast.bing.org]
    assert [claim["time"] for claim in claims] == sorted(claim["time"] for claim in claims)


def test_an_organisation_sees_its_own_claims_in_full_newest_first(scene):
    stage, cast = scene
    for text in ("a", "b", "c"):
        stage.act("evidence.put", cast.jia.maker, digest=digest(text), category="CONTRACT", biz_ref=text)
    stage.act("evidence.put", cast.yi.maker, digest=digest("d"), category="CONTRACT")
    assert [claim["biz_ref"] for claim in stage.ask("evidence.list_claims", cast.jia.maker, limit=2)] == ["c", "b"]


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("SCHEMA_INVALID", {"digest": "0" * 64}),
        ("SCHEMA_INVALID", {"digest": "md5:" + "0" * 64}),
        ("SCHEMA_INVALID", {"digest": "sha256:" + "A" * 64}),
        ("SCHEMA_INVALID", {"category": ""}),
        ("SCHEMA_INVALID", {"meta": {f"k{n}": "" for n in range(21)}}),
        ("SCHEMA_INVALID", {"meta": {"k": "长" * 201}}),
    ],
)
def test_a_claim_out_of_form_is_refused(scene, code, changed):
    stage, cast = scene
    stage.refuse(code, "evidence.put", cast.jia.maker, **({"digest": digest("a"), "category": "CONTRACT"} | changed))


def test_a_person_claims_one_by_one_and_a_system_in_batches(scene):
    stage, cast = scene
    stage.refuse("ROLE_FORBIDDEN", "evidence.put", cast.jia.api, digest=digest("a"), category="CONTRACT")
    stage.refuse("ROLE_FORBIDDEN", "evidence.put_batch", cast.jia.maker, root=digest("a"), count=2, category="CONTRACT")
    stage.refuse("ROLE_FORBIDDEN", "evidence.put", cast.platform.maker, digest=digest("a"), category="CONTRACT")


@pytest.mark.parametrize("count", [0, 10_001])
def test_a_batch_has_one_to_ten_thousand_digests(scene, count):
    stage, cast = scene
    stage.refuse("SCHEMA_INVALID", "evidence.put_batch", cast.jia.api, root=digest("a"), count=count, category="CONTRACT")


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_each_digest_of_ten_thousand_is_verified_by_its_path(scene, algorithm):
    stage, cast = scene
    digests = [digest(str(n), algorithm) for n in range(10_000)]
    root = batch_root(digests)
    stage.act("evidence.put_batch", cast.jia.api, root=root, count=len(digests), category="READING")
    for index in (0, 4_711, 9_999):
        path = batch_path(digests, index)
        found = stage.ask("evidence.verify_in_batch", cast.yi.maker, digest=digests[index], path=path, root=root)
        assert [(claim["org"], claim["count"]) for claim in found["claims"]] == [(cast.jia.org, 10_000)]
    with pytest.raises(HashMismatch):
        stage.ask("evidence.verify_in_batch", cast.yi.maker, digest=digests[1], path=batch_path(digests, 0), root=root)


def test_a_root_nobody_claimed_as_a_batch_proves_nothing(scene):
    stage, cast = scene
    digests = [digest("a"), digest("b")]
    root, path = batch_root(digests), batch_path(digests, 0)
    stage.act("evidence.put", cast.jia.maker, digest=root, category="CONTRACT")
    found = stage.ask("evidence.verify_in_batch", cast.yi.maker, digest=digests[0], path=path, root=root)
    assert found == {"found": False, "claims": []}


@settings(max_examples=50)
@given(st.integers(1, 40), st.data())
def test_a_path_leads_to_the_root_from_its_own_digest_only(count, data):
    digests = [digest(str(n)) for n in range(count)]
    index = data.draw(st.integers(0, count - 1))
    path = batch_path(digests, index)
    check_in_batch(digests[index], path, batch_root(digests))
    with pytest.raises(HashMismatch):
        check_in_batch(digest("another"), path, batch_root(digests))


@pytest.mark.parametrize(
    "digests", [[], [digest("a"), digest("a", "sm3")], [digest("a"), "sha256:00"], [digest("a")] * 10_001]
)  # fmt: skip
def test_a_batch_of_no_digests_of_too_many_or_of_two_algorithms_has_no_root(digests):
    with pytest.raises(SchemaInvalid):
        batch_root(digests)


def test_a_path_longer_than_a_batch_can_have_is_refused():
    step = evidence.Step(side="left", hash="0" * 64)
    with pytest.raises(ProofInvalid):
        check_in_batch(digest("a"), [step] * 15, digest("b"))
