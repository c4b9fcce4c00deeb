"""Headers, votes and commits are CometBFT's, byte for byte; a header is believed only with two thirds behind it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from heqi.proof import canonical
from heqi.proof.commit import (
    ABSENT,
    COMMIT,
    NIL,
    Trusted,
    check_period,
    sign_commit,
    verify_commit,
    verify_step,
    vote_sign_bytes,
)
from heqi.proof.header import NO_BLOCK, BlockId, Header, Parts, Validator, Version, header_hash, validators_hash
from heqi.proof.wire import ZERO_TIME, time_ns, time_text, uvarint
from heqi.types.refusals import ProofInvalid, SchemaInvalid


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_header_hash_of_cometbft():
    # CometBFT v0.38 types/block_test.go, TestHeaderHash.
    header = Header(
        version=Version(1, 2),
        chain_id="chainId",
        height=3,
        time="2019-10-13T16:14:44.000000000Z",
        last_block_id=BlockId("00" * 32, Parts(6, "00" * 32)),
        last_commit_hash=sha("last_commit_hash"),
        data_hash=sha("data_hash"),
        validators_hash=sha("validators_hash"),
        next_validators_hash=sha("next_validators_hash"),
        consensus_hash=sha("consensus_hash"),
        app_hash=sha("app_hash"),
        last_results_hash=sha("last_results_hash"),
        evidence_hash=sha("evidence_hash"),
        proposer_address=sha("proposer_address")[:40],
    )
    assert header_hash(header).hex() == "f740121f553b5418c3efbd343c2dbfe9e007bb67b0d020a0741374bab65242a4"
    for name in Header.__struct_fields__:
        value = getattr(header, name)
        changed = {
            "version": Version(1, 3),
            "chain_id": "chainIe",
            "height": 4,
            "time": "2019-10-13T16:14:44.000000001Z",
            "last_block_id": BlockId("00" * 32, Parts(7, "00" * 32)),
        }.get(name) or "ff" + str(value)[2:]
        assert header_hash(structs.replace(header, **{name: changed})) != header_hash(header)


def test_the_sign_bytes_of_cometbft():
    # CometBFT v0.38 types/vote_test.go, TestVoteSignBytesTestVectors, the precommit.
    expected = "21080211010000000000000019010000000000000" "02a0b088092b8c398feffffff01"
    assert vote_sign_bytes("", 1, 1, NO_BLOCK, ZERO_TIME).hex() == expected
    # The same vote with the chain id of the vectors that have one: field 6 is appended, the length grows by fifteen.
    named = vote_sign_bytes("test_chain_id", 1, 1, NO_BLOCK, ZERO_TIME).hex()
    assert named == "30" + expected[2:] + "320d746573745f636861696e5f6964"


@given(st.integers(time_ns("0001-01-01T00:00:00.000000000Z"), time_ns("9999-12-31T23:59:59.999999999Z")))
def test_each_instant_has_one_spelling(ns):
    assert time_ns(time_text(ns)) == ns


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-15T01:02:03Z",
        "2026-03-15T01:02:03.1Z",
        "2026-03-15T01:02:03.000000000+00:00",
        "2026-02-29T00:00:00.000000000Z",
        "2026-13-01T00:00:00.000000000Z",
        "0000-01-01T00:00:00.000000000Z",
        "2026-03-15T24:00:00.000000000Z",
        "2026-03-15T01:60:00.000000000Z",
        "2026-03-15T01:02:60.000000000Z",
        "2026-03-15T01:02:03.000000000Z\n",
        "٢٠٢٦-03-15T01:02:03.000000000Z",
    ],
)
def test_any_other_time_is_refused(text):
    with pytest.raises(SchemaInvalid):
        time_ns(text)


@pytest.mark.parametrize(("number", "encoded"), [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02"), (-1, "ff" * 9 + "01")])
def test_varints_are_protobufs(number, encoded):
    assert uvarint(number).hex() == encoded


def test_a_validator_set_has_one_order_and_names_a_key_once(make):
    validators = make.TestChain.validators(("v1", "v2", "v3"))
    assert len(validators_hash(validators)) == 32
    for wrong in (validators[::-1], validators + validators[:1], []):
        with pytest.raises(ProofInvalid):
            validators_hash(wrong)
    heavy = make.TestChain.validators(("v1", "v2", "v3"))[2]
    promoted = [Validator(heavy.public_key, 11), *validators[:2]]
    assert validators_hash(promoted) != validators_hash(validators)


@pytest.fixture(scope="module")
def chain(make):
    return make.example()


def test_two_thirds_are_not_enough_but_one_more_is(make):
    names = ("v1", "v2", "v3", "v4", "v5", "v6")
    chain = make.TestChain(names=names)
    chain.add_block(signers=names[:4])
    chain.add_block(signers=names[:5])
    (header, four, validators), (second, five, _) = chain.blocks
    with pytest.raises(ProofInvalid, match="two thirds"):
        verify_commit(make.CHAIN, header, four, validators)
    verify_commit(make.CHAIN, second, five, validators)


def with_sig(commit, at, **changes):
    signatures = list(commit.signatures)
    signatures[at] = structs.replace(signatures[at], **changes)
    return structs.replace(commit, signatures=signatures)


def test_a_bad_signature_refuses_even_when_enough_others_are_good(make, chain):
    header, commit, validators = chain.blocks[0]
    verify_commit(make.CHAIN, header, commit, validators)
    good = commit.signatures[0]
    wrong = [
        with_sig(commit, 0, signature="00" * 64),
        with_sig(commit, 0, signature=""),
        with_sig(commit, 0, flag=NIL),
        with_sig(commit, 0, flag=ABSENT),
        with_sig(commit, 0, timestamp="2026-03-15T01:02:04.000000000Z"),
        with_sig(commit, 0, validator_address=commit.signatures[1].validator_address),
        structs.replace(commit, signatures=commit.signatures[1:]),
        structs.replace(commit, signatures=[commit.signatures[1], good, *commit.signatures[2:]]),
        structs.replace(commit, round=1),
        structs.replace(commit, height=2),
        structs.replace(commit, block_id=structs.replace(commit.block_id, hash="00" * 32)),
        structs.replace(commit, block_id=structs.replace(commit.block_id, parts=Parts(2, commit.block_id.parts.hash))),
    ]
    for one in wrong:
        with pytest.raises(ProofInvalid):
            verify_commit(make.CHAIN, header, one, validators)
    with pytest.raises(ProofInvalid):
        verify_commit("another chain", header, commit, validators)
    with pytest.raises(ProofInvalid):
        verify_commit(make.CHAIN, header, commit, validators[1:])


def test_a_vote_for_no_block_is_checked_and_does_not_count(make, chain):
    header, commit, validators = chain.blocks[0]
    voter = commit.signatures[0]
    key = next(key for name in chain.names if (key := make.key(name)).public.raw.hex() == validators[0].public_key)
    message = vote_sign_bytes(make.CHAIN, 1, 0, NO_BLOCK, voter.timestamp)
    nil = with_sig(commit, 0, flag=NIL, signature=key.sign(message).hex())
    verify_commit(make.CHAIN, header, nil, validators)
    two = with_sig(nil, 1, flag=ABSENT, validator_address="", timestamp=ZERO_TIME, signature="")
    with pytest.raises(ProofInvalid, match="two thirds"):
        verify_commit(make.CHAIN, header, two, validators)


def test_only_keys_given_sign(make, chain):
    header, commit, validators = chain.blocks[0]
    partial = sign_commit(header, commit.block_id, validators, [make.key("v2")], commit.signatures[0].timestamp)
    assert sorted(sig.flag for sig in partial.signatures) == [ABSENT, ABSENT, ABSENT, COMMIT]


@pytest.fixture(scope="module")
def moving(make):
    """Validators change one by one: 1234 → 2345 → 3456 → 4567, then two blocks with the last set."""
    chain = make.TestChain()
    for names in ("2345", "3456", "4567", "4567", "4567"):
        chain.add_block(names=tuple(f"v{digit}" for digit in names))
    return chain


def genesis_trust(chain) -> Trusted:
    return Trusted(0, ZERO_TIME, chain.genesis.validators)


def test_a_light_client_follows_the_validators(make, moving):
    trusted = genesis_trust(moving)
    for height in range(1, 6):
        trusted = verify_step(make.CHAIN, trusted, moving.light_block(height))
        assert trusted.height == height
    # 1234 → 3456 share two of four: more than a third, not more than two thirds.
    verify_step(make.CHAIN, genesis_trust(moving), moving.light_block(3))
    with pytest.raises(ProofInvalid, match="too few"):
        verify_step(make.CHAIN, genesis_trust(moving), moving.light_block(3), share=(2, 3))
    with pytest.raises(ProofInvalid, match="too few"):
        verify_step(make.CHAIN, genesis_trust(moving), moving.light_block(4))


def test_a_light_step_is_refused_when_anything_does_not_fit(make, moving):
    first = verify_step(make.CHAIN, genesis_trust(moving), moving.light_block(1))
    second = moving.light_block(2)
    wrong = [
        structs.replace(second, next_validators=None),
        structs.replace(second, next_validators=second.validators),
        structs.replace(second, validators=moving.light_block(3).validators),
        moving.light_block(1),
    ]
    for block in wrong:
        with pytest.raises(ProofInvalid):
            verify_step(make.CHAIN, first, block)
    with pytest.raises(ProofInvalid):
        verify_step(make.CHAIN, structs.replace(first, time=second.header.time), second)
    with pytest.raises(ProofInvalid, match="announced"):
        verify_step(make.CHAIN, structs.replace(first, next_validators=moving.genesis.validators), second)


def test_a_clock_refuses_the_stale_and_the_future(chain):
    trusted = Trusted(1, "2026-03-15T00:00:00.000000000Z", [])
    header = chain.blocks[0][0]
    check_period(trusted, header, "2026-03-15T02:00:00.000000000Z", 86400)
    with pytest.raises(ProofInvalid, match="period"):
        check_period(trusted, header, "2026-03-16T00:00:00.000000000Z", 86400)
    with pytest.raises(ProofInvalid, match="future"):
        check_period(trusted, header, "2026-03-15T01:01:53.000000000Z", 86400)


def test_hex_in_upper_case_or_odd_is_not_a_header(chain):
    data = canonical.encode(chain.blocks[0][0])
    app_hash = b'"evidence_hash":"e3b0'
    assert app_hash in data
    for bad in (b'"evidence_hash":"E3b0', b'"evidence_hash":"e3b', b'"evidence_hash":"g3b0'):
        with pytest.raises(SchemaInvalid):
            canonical.decode(data.replace(app_hash, bad), Header)
