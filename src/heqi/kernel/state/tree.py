"""The state tree: the whole of STATE in one digest, and a proof for every key.

What holds here: the tree heqi.proof.state specifies and verifies, kept in memory for fast updates: 2^20 buckets under a
complete 16-ary tree of depth 5. The root is a pure function of the set of (key, value): neither order nor history enters.
A candidate block's root is computed beside the tree (`root_with`) and becomes the tree only when the block is committed
(`accept`). What not: values are not kept, only digests. The tree is built from a scan at start, and comparing its root
with the block's app_hash verifies the store on the way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

from heqi.proof.state import DEPTH, EMPTY, StateProof, bucket_index
from heqi.proof.suites import Suite

ENTRY_SIZE = 64
"""Digest of the key, digest of the value: 32 bytes each."""

NODE_SIZE = 16 * 32
EMPTY_NODE = bytes(NODE_SIZE)
NO_DIGESTS: Mapping[bytes, bytes] = {}


@dataclass(frozen=True, slots=True)
class Pending:
    """What a candidate block changes over the tree of root `base`: whole buckets, and digests by level and index."""

    base: bytes
    root: bytes
    buckets: dict[int, bytes]
    levels: list[dict[int, bytes]]


class StateTree:
    """The tree of one chain, hashed with the chain's suite.

    Level 5 holds the 2^20 bucket digests in a row, level 4 the digests of the 2^16 nodes over them, and so on to level 1;
    sixteen neighbours of a level are the children of one node above. The rows are anonymous memory, which the operating
    system hands out page by page as it is written: a small chain stays small.
    """

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._clear()

    def _clear(self) -> None:
        self.root = EMPTY
        self._buckets: dict[int, bytes] = {}
        # Private: a process forked off must not share the tree.
        sizes = [32 * 16**level for level in range(1, DEPTH + 1)]
        self._levels = [mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS) for size in sizes]

    def build(self, rows: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The tree of exactly these rows, each key once; what was here before is forgotten. Gives the root."""
        digest = self._suite.digest
        # Sorted by key digest the buckets come one after the other, which is kind to the processor's caches.
        entries = sorted(digest(key) + digest(value) for key, value in rows)
        buckets = {index: b"".join(bucket) for index, bucket in groupby(entries, bucket_index)}
        self._clear()
        self.accept(self._over(buckets))
        return self.root

    def update(self, changes: Iterable[tuple[bytes, bytes | None]]) -> bytes:
        """Change the tree at once. Gives the new root."""
        _, pending = self.root_with(changes)
        self.accept(pending)
        return self.root

    def root_with(
        self, changes: Iterable[tuple[bytes, bytes | None]], digests: Mapping[bytes, bytes] = NO_DIGESTS
    ) -> tuple[bytes, Pending]:
        """The root the tree would have after these changes (None deletes), and what `accept` needs to get there.

        `digests`: those of some of the values, where somebody has computed them already.
        """
        digest, held = self._suite.digest, self._buckets
        buckets: dict[int, bytes] = {}
        for key, value in changes:
            key_digest = digest(key)
            index = bucket_index(key_digest)
            entries = buckets.get(index)
            if entries is None:
                entries = held.get(index, b"")
            at, found = _place(entries, key_digest)
            entry = b"" if value is None else key_digest + (digests.get(value) or digest(value))
            buckets[index] = entries[:at] + entry + entries[at + ENTRY_SIZE if found else at :]
        pending = self._over(buckets)
        return pending.root, pending

    def accept(self, pending: Pending) -> None:
        """Make a candidate the tree. It must have been computed over the tree as it is now."""
        assert pending.base == self.root, "the candidate was computed over another tree"
        self._buckets.update(pending.buckets)
        for row, changed in zip(self._levels, pending.levels, strict=True):
            for index, digest in changed.items():
                row[index << 5 : (index << 5) + 32] = digest
        for index, digest in pending.levels[-1].items():
            if digest == EMPTY:
                del self._buckets[index]
        self.root = pending.root

    def prove(self, key: bytes) -> StateProof:
        """The key's bucket and the nodes above it, root first: proves the key's value, or that it has none."""
        index = bucket_index(self._suite.digest(key))
        starts = (index >> 4 * (DEPTH - level) << 9 for level in range(DEPTH))
        path = tuple(row[start : start + NODE_SIZE] for row, start in zip(self._levels, starts, strict=True))
        return StateProof(entries=self._buckets.get(index, b""), path=path)

    def _over(self, buckets: dict[int, bytes]) -> Pending:
        """Hash the changed buckets, then level by level every node above them, each once."""
        # The rules of heqi.proof.state, here on digests that already stand in a row; the tests hold the two together.
        digest_of = self._suite.digest
        changed = {index: digest_of(b"\2" + entries) if entries else EMPTY for index, entries in buckets.items()}
        levels = [changed]
        for row in reversed(self._levels):
            # Copies of the nodes: the tree itself changes only when the block is committed.
            nodes: dict[int, bytearray] = {}
            for index, digest in changed.items():
                above = index >> 4
                node = nodes.get(above)
                if node is None:
                    node = nodes[above] = bytearray(row[above << 9 : (above << 9) + NODE_SIZE])
                at = (index & 15) << 5
                node[at : at + 32] = digest
            changed = {
                index: digest_of(b"\1" + node) if node != EMPTY_NODE else EMPTY for index, node in nodes.items()
            }
            levels.append(changed)
        root = levels.pop().get(0, self.root)
        return Pending(self.root, root, buckets, levels[::-1])


def _place(entries: bytes, key_digest: bytes) -> tuple[int, bool]:
    """Where the key's entry is or belongs among the sorted entries, and whether it is there. Buckets hold a few."""
    for at in range(0, len(entries), ENTRY_SIZE):
        held = entries[at : at + 32]
        if held >= key_digest:
            return at, held == key_digest
    return len(entries), False
