"""A state proof shows a value, or that there is none, against the app hash and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from heqi.proof.state import EMPTY, StateProof, bucket_digest, bucket_index, node_digest, verify_state
from heqi.proof.suites import SUITES
from heqi.types.refusals import ProofInvalid


def build(suite, rows, key):
    """The whole tree the plain way, from sparse levels: (root, proof of the key)."""
    buckets: dict[int, list[bytes]] = {}
    for name, value in rows.items():
        digest = suite.digest(name)
        buckets.setdefault(bucket_index(digest), []).append(digest + suite.digest(value))
    bucket = {index: b"".join(sorted(entries)) for index, entries in buckets.items()}
    level = {index: bucket_digest(suite, entries) for index, entries in bucket.items()}
    index, path = bucket_index(suite.digest(key)), []
    entries = bucket.get(index, b"")
    for _ in range(5):
        path.insert(0, b"".join(level.get(index >> 4 << 4 | child, EMPTY) for child in range(16)))
        parents = {i >> 4 for i in level}
        level = {
            parent: node_digest(suite, b"".join(level.get(parent << 4 | child, EMPTY) for child in range(16)))
            for parent in parents
        }
        index >>= 4
    return level.get(0, EMPTY), StateProof(entries, tuple(path))


ROWS = st.dictionaries(st.binary(max_size=6), st.binary(max_size=6), max_size=12)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, key=st.binary(max_size=6), value=st.binary(max_size=6), suite=st.sampled_from(["intl", "gm"]))
def test_what_the_state_holds_is_proven_and_nothing_else(rows, key, value, suite):
    chosen = SUITES[suite]
    root, proof = build(chosen, rows, key)
    verify_state(chosen, root, key, rows.get(key), proof)
    if value != rows.get(key):
        with pytest.raises(ProofInvalid):
            verify_state(chosen, root, key, value, proof)
    if key in rows:
        with pytest.raises(ProofInvalid):
            verify_state(chosen, root, key, None, proof)
    with pytest.raises(ProofInvalid):
        verify_state(chosen, b"\1" * 32, key, rows.get(key), proof)


def test_keys_of_one_bucket_are_told_apart():
    suite, key = SUITES["intl"], b"key"
    index = bucket_index(suite.digest(key))
    names = (i.to_bytes(4, "big") for i in range(1 << 24))
    neighbour = next(name for name in names if bucket_index(suite.digest(name)) == index)
    root, proof = build(suite, {key: b"1", neighbour: b"2"}, key)
    assert len(proof.entries) == 128
    verify_state(suite, root, key, b"1", proof)
    verify_state(suite, root, neighbour, b"2", proof)
    root, proof = build(suite, {neighbour: b"2"}, key)
    verify_state(suite, root, key, None, proof)


def test_a_proof_of_another_form_is_refused():
    suite = SUITES["intl"]
    root, proof = build(suite, {b"a": b"1", b"b": b"2"}, b"a")
    node = proof.path[2]
    wrong = [
        structs.replace(proof, path=proof.path[:4]),
        structs.replace(proof, path=(*proof.path, proof.path[-1])),
        structs.replace(proof, entries=proof.entries[:-1]),
        structs.replace(proof, entries=b""),
        structs.replace(proof, path=(*proof.path[:2], node[:-32], *proof.path[3:])),
        structs.replace(proof, path=(*proof.path[:2], node[::-1], *proof.path[3:])),
    ]
    for one in wrong:
        with pytest.raises(ProofInvalid):
            verify_state(suite, root, b"a", b"1", one)


def test_an_empty_state_has_an_empty_root():
    suite = SUITES["gm"]
    root, proof = build(suite, {}, b"a")
    assert root == EMPTY
    verify_state(suite, root, b"a", None, proof)
