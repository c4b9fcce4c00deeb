"""The state tree: sixteen-ary, complete, five levels, 2^20 buckets; its root is the `app_hash`.

What holds here: the first 20 bits of a key's digest choose its bucket; a bucket's digest is over all its entries, so a
proof shows a key's value or that the key is absent. Empty parts are 32 zero bytes.
"""

from msgspec import Struct

from heqi.proof.suites import Suite
from heqi.types.refusals import ProofInvalid

DEPTH, WIDTH = 5, 16
EMPTY = bytes(32)


class StateProof(Struct, frozen=True, forbid_unknown_fields=True):
    """A key's bucket (64 bytes an entry) and the five nodes above it (sixteen child digests each), root first."""

    entries: bytes
    path: tuple[bytes, ...]


def bucket_index(key_digest: bytes) -> int:
    """0 … 2^20 - 1."""
    return int.from_bytes(key_digest[:3], "big") >> 4


def bucket_digest(suite: Suite, entries: bytes) -> bytes:
    """H(0x02 ‖ key digest ‖ value digest ‖ …), entries in the order of their key digests; zeros when there are none."""
    return suite.digest(b"\2" + entries) if entries else EMPTY


def node_digest(suite: Suite, children: bytes | bytearray) -> bytes:
    """H(0x01 ‖ sixteen child digests); zeros when all of them are."""
    return suite.digest(b"\1" + children) if any(children) else EMPTY


def verify_state(suite: Suite, app_hash: bytes, key: bytes, value: bytes | None, proof: StateProof) -> None:
    """Refuses (`ProofInvalid`) unless the state of this `app_hash` holds the key with the value, or no key if None."""
    key_digest = suite.digest(key)
    index = bucket_index(key_digest)
    if len(proof.path) != DEPTH or len(proof.entries) % 64:
        raise ProofInvalid(step="not the form of a state proof")
    below = app_hash
    for level, node in enumerate(proof.path, start=1):
        if len(node) != 32 * WIDTH or node_digest(suite, node) != below:
            raise ProofInvalid(step=f"level {level} of the state tree does not fit its parent")
        at = (index >> 4 * (DEPTH - level) & 15) * 32
        below = node[at : at + 32]
    if bucket_digest(suite, proof.entries) != below:
        raise ProofInvalid(step="the bucket is not the one in the state tree")
    held = {proof.entries[at : at + 32]: proof.entries[at + 32 : at + 64] for at in range(0, len(proof.entries), 64)}
    if held.get(key_digest) != (None if value is None else suite.digest(value)):
        raise ProofInvalid(step="the state does not hold this value under this key")
