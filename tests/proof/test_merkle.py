"""Trees of RFC 6962: the known roots, and that a path proves its leaf and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heqi.proof import merkle
from heqi.proof.suites import SUITES
from heqi.types.refusals import ProofInvalid

# The leaves and roots of the Certificate Transparency reference implementations (merkle_tree_test).
LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
)]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("count", range(9))
def test_roots_of_the_reference_tree(count):
    assert merkle.root(LEAVES[:count]).hex() == ROOTS[count]


def recursive_root(leaves, digest):
    """RFC 6962 §2.1 to the letter."""
    if not leaves:
        return digest(b"")
    if len(leaves) == 1:
        return digest(b"\0" + leaves[0])
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return digest(b"\1" + recursive_root(leaves[:k], digest) + recursive_root(leaves[k:], digest))


@given(st.lists(st.binary(max_size=8), max_size=40), st.sampled_from(["intl", "gm"]))
def test_the_fast_root_is_the_definition(leaves, suite):
    digest = SUITES[suite].digest
    assert merkle.root(leaves, digest) == recursive_root(leaves, digest)


@given(st.integers(1, 70), st.data())
def test_a_path_proves_its_leaf_and_no_other(count, data):
    leaves = [bytes([i]) for i in range(count)]
    index = data.draw(st.integers(0, count - 1))
    path, root = merkle.proof(leaves, index), merkle.root(leaves)
    assert merkle.root_from_proof(leaves[index], path) == root
    assert merkle.root_from_proof(b"other", path) != root
    for other in {0, count - 1, (index + 1) % count} - {index}:
        assert merkle.root_from_proof(leaves[other], path) != root
        # Where a path turns tells the place of its leaf.
        assert [side for side, _ in merkle.proof(leaves, other)] != [side for side, _ in path]


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_path_to_a_leaf_that_is_not(index):
    with pytest.raises(IndexError):
        merkle.proof([b"a", b"b", b"c"], index)


def test_a_node_cannot_be_passed_off_as_a_leaf():
    leaves = [b"a", b"b"]
    node = b"".join(merkle.sha256(b"\0" + leaf) for leaf in leaves)
    assert merkle.root([node]) != merkle.root(leaves)


def test_an_endless_path_is_refused():
    with pytest.raises(ProofInvalid):
        merkle.root_from_proof(b"a", [("left", bytes(32))] * 65)


def test_ten_thousand_leaves():
    leaves = [index.to_bytes(4, "big") for index in range(10_000)]
    assert merkle.root_from_proof(leaves[9_999], merkle.proof(leaves, 9_999)) == merkle.root(leaves)
