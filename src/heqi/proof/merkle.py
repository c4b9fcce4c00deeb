"""Merkle trees of RFC 6962 §2.1, as CometBFT builds them: H("") when empty, H(0x00 ‖ leaf), H(0x01 ‖ left ‖ right).

What holds here: a path names the side of each sibling, so it proves that a leaf is in the tree and where. It does not
prove how many leaves the tree has. Equal sides in two trees of equal size lead to the same position.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

from heqi.types.refusals import ProofInvalid

Digest = Callable[[bytes], bytes]
Path = list[tuple[Literal["left", "right"], bytes]]
"""Siblings from the leaf upwards, each with the side it stands on."""
DEPTH_MAX = 64


def sha256(data: bytes) -> bytes:
    """32 bytes."""
    return hashlib.sha256(data).digest()


def root(leaves: Sequence[bytes], digest: Digest = sha256) -> bytes:
    """Root of the tree over these leaves' data, in order."""
    if not leaves:
        return digest(b"")
    level = [digest(b"\0" + leaf) for leaf in leaves]
    while len(level) > 1:
        level = _parents(level, digest)
    return level[0]


def proof(leaves: Sequence[bytes], index: int, digest: Digest = sha256) -> Path:
    """The path of leaf `index`; IndexError when there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    level = [digest(b"\0" + leaf) for leaf in leaves]
    path: Path = []
    while len(level) > 1:
        if index % 2:
            path.append(("left", level[index - 1]))
        elif index + 1 < len(level):
            path.append(("right", level[index + 1]))
        level, index = _parents(level, digest), index // 2
    return path


def root_from_proof(leaf: bytes, path: Path, digest: Digest = sha256) -> bytes:
    """The root of the tree in which this leaf's data has this path; compare it with the root you trust."""
    if len(path) > DEPTH_MAX:
        raise ProofInvalid(step=f"a Merkle path is longer than {DEPTH_MAX}")
    node = digest(b"\0" + leaf)
    for side, sibling in path:
        node = digest(b"\1" + sibling + node) if side == "left" else digest(b"\1" + node + sibling)
    return node


def _parents(level: list[bytes], digest: Digest) -> list[bytes]:
    # Pairing from the left and lifting an odd last node unchanged gives RFC 6962's split at the largest power of two.
    pairs = [digest(b"\1" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + level[-1:] if len(level) % 2 else pairs
