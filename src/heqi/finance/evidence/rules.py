"""A batch of digests as one Merkle root (RFC 6962 §2.1, with the digest's own hash), and the way from a digest to the root."""

from collections.abc import Sequence

from heqi.finance.evidence.model import BATCH_MAX, PATH_MAX, Step, check_digest
from heqi.proof import merkle
from heqi.proof.suites import SUITES
from heqi.types.refusals import HashMismatch, ProofInvalid, SchemaInvalid

_SUITE_OF = {suite.tag: suite for suite in SUITES.values()}


def batch_root(digests: Sequence[str]) -> str:
    """The root over 1 to 10,000 digests of one algorithm, in their order. Refuses: SCHEMA_INVALID."""
    algorithm, leaves = _leaves(digests)
    return f"{algorithm}:{merkle.root(leaves, _SUITE_OF[algorithm].digest).hex()}"


def batch_path(digests: Sequence[str], index: int) -> list[Step]:
    """The way from the digest at `index` to the root of its batch."""
    algorithm, leaves = _leaves(digests)
    return [Step(side=side, hash=sibling.hex()) for side, sibling in merkle.proof(leaves, index, _SUITE_OF[algorithm].digest)]


def check_in_batch(digest: str, path: Sequence[Step], root: str) -> None:
    """Refuse unless the path leads from the digest to the root: PROOF_INVALID (too long), HASH_MISMATCH."""
    algorithm, (leaf,) = _leaves([digest])
    if len(path) > PATH_MAX:
        raise ProofInvalid(step=f"路径超过 {PATH_MAX} 级 (a path of more than {PATH_MAX} levels)")
    steps: merkle.Path = [(step.side, bytes.fromhex(step.hash)) for step in path]
    if f"{algorithm}:{merkle.root_from_proof(leaf, steps, _SUITE_OF[algorithm].digest).hex()}" != root:
        raise HashMismatch(item=f"{digest} → {root}")


def _leaves(digests: Sequence[str]) -> tuple[str, list[bytes]]:
    if not 1 <= len(digests) <= BATCH_MAX:
        raise SchemaInvalid(problem=f"一批须为 1 至 {BATCH_MAX} 个摘要 (a batch has 1 to {BATCH_MAX} digests)")
    leaves = []
    algorithm = digests[0].partition(":")[0]
    for digest in digests:
        check_digest(digest)
        written, _, value = digest.partition(":")
        if written != algorithm:
            raise SchemaInvalid(problem="一批摘要须用同一算法 (the digests of a batch have one algorithm)")
        leaves.append(bytes.fromhex(value))
    return algorithm, leaves
