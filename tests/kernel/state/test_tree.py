"""The state tree: one digest for all of STATE, whatever the order and history by which it came about."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.kernel.state.tree import StateTree
from heqi.proof.state import verify_state
from heqi.proof.suites import SUITES
from heqi.types.refusals import ProofInvalid

keys = st.integers(0, 40).map(lambda n: b"account-%d" % n)
changes = st.dictionaries(keys, st.none() | st.binary(max_size=3), max_size=20)


def root_by_the_book(rows: dict[bytes, bytes]) -> bytes:
    """The rule written down once more, recursively and slowly, with nothing of the implementation."""

    def sha(data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    entries = sorted(sha(key) + sha(value) for key, value in rows.items())

    def node(entries: list[bytes], depth: int) -> bytes:
        if not entries:
            return bytes(32)
        if depth == 5:
            return sha(b"\x02" + b"".join(entries))
        nibbles = ([e for e in entries if e.hex()[depth] == digit] for digit in "0123456789abcdef")
        return sha(b"\x01" + b"".join(node(child, depth + 1) for child in nibbles))

    return node(entries, 0)


def applied(*batches: dict[bytes, bytes | None]) -> dict[bytes, bytes]:
    rows: dict[bytes, bytes | None] = {}
    for batch in batches:
        rows |= batch
    return {key: value for key, value in rows.items() if value is not None}


@settings(max_examples=100)
@given(changes, changes, changes)
def test_the_root_is_a_function_of_what_is_kept_and_of_nothing_else(
    first: dict[bytes, bytes | None], second: dict[bytes, bytes | None], third: dict[bytes, bytes | None]
) -> None:
    tree = StateTree(SUITES["intl"])
    tree.update(first.items())
    tree.update(second.items())
    tree.update(third.items())
    rows = applied(first, second, third)
    assert tree.root == root_by_the_book(rows)
    assert StateTree(SUITES["intl"]).build(rows.items()) == tree.root
    tree.update((key, None) for key in rows)
    assert tree.root == bytes(32)


@settings(max_examples=50)
@given(changes, changes, changes)
def test_a_candidate_block_changes_nothing_until_it_is_accepted(
    held: dict[bytes, bytes | None], candidate: dict[bytes, bytes | None], other: dict[bytes, bytes | None]
) -> None:
    tree = StateTree(SUITES["gm"])
    before = tree.update(held.items())
    root, pending = tree.root_with(candidate.items())
    other_root, _ = tree.root_with(other.items())
    assert tree.root == before == StateTree(SUITES["gm"]).build(applied(held).items())
    tree.accept(pending)
    assert tree.root == root == StateTree(SUITES["gm"]).build(applied(held, candidate).items())
    assert other_root == StateTree(SUITES["gm"]).build(applied(held, other).items())


def test_two_keys_of_one_bucket_are_both_committed() -> None:
    # Found by search: the digests of these two begin with the same 20 bits.
    first: dict[int, bytes] = {}
    for n in range(5000):
        key = b"k%d" % n
        bucket = int(hashlib.sha256(key).hexdigest()[:5], 16)
        if bucket in first:
            break
        first[bucket] = key
    else:
        pytest.fail("no two keys of one bucket among 5000")
    pair = {first[bucket]: b"1", key: b"2"}
    for rows in (pair, dict(reversed(pair.items()))):
        tree = StateTree(SUITES["intl"])
        for row in rows.items():
            tree.update([row])
        assert tree.root == root_by_the_book(pair)
        tree.update([(key, None)])
        assert tree.root == root_by_the_book({first[bucket]: b"1"})


def test_a_candidate_of_another_tree_is_not_accepted() -> None:
    tree = StateTree(SUITES["intl"])
    _, stale = tree.root_with([(b"a", b"1")])
    tree.update([(b"b", b"2")])
    with pytest.raises(AssertionError):
        tree.accept(stale)


def test_the_root_of_a_small_state_is_frozen() -> None:
    tree = StateTree(SUITES["intl"])
    assert tree.root == bytes(32)
    tree.update([(b"parties\0ICBC\0", b'{"name":"ICBC"}'), (b"parties\0BOC\0", b'{"name":"BOC"}')])
    assert tree.root.hex() == "6170fab74b975c4b0f8a185f2da9ee32eb0c19f5ecbaccd8574406a24c010fde"


@pytest.mark.parametrize("suite", ["intl", "gm"])
def test_the_verifier_of_an_auditor_accepts_the_proof_of_every_key_and_of_its_absence(suite: str) -> None:
    tree = StateTree(SUITES[suite])
    rows = {b"account-%d" % n: b"%d" % n for n in range(3000)}
    tree.update(rows.items())
    for key, value in [*list(rows.items())[::100], (b"nobody", None)]:
        proof = tree.prove(key)
        verify_state(SUITES[suite], tree.root, key, value, proof)
        with pytest.raises(ProofInvalid):
            verify_state(SUITES[suite], tree.root, key, b"another value", proof)
