"""The frozen bytes: this code must read and write them as they are, in ten years too. A second language reads them as well."""

import json
from pathlib import Path

import msgspec
import pytest

from heqi.proof import canonical, merkle, state
from heqi.proof.commit import Commit, commit_hash, vote_sign_bytes
from heqi.proof.header import BlockId, Header, Validator, header_hash, validators_hash
from heqi.proof.receipt import Genesis, ReceiptProof
from heqi.proof.suites import SUITES, parse_signature, signing_message, verify
from heqi.proof.verify import verify_receipt
from heqi.types.refusals import ProofInvalid, SchemaInvalid

FOLDER = Path(__file__).parents[1] / "vectors"


@pytest.fixture(scope="module")
def vectors():
    return json.loads((FOLDER / "proof.json").read_text(encoding="utf-8"))


def test_canonical_bytes(vectors):
    for vector in vectors["canonical"]:
        assert canonical.encode(vector["value"]).hex() == vector["bytes_hex"]


def test_tagged_digests(vectors):
    for vector in vectors["tagged"]:
        assert SUITES[vector["suite"]].tagged(bytes.fromhex(vector["data_hex"])) == vector["tagged"]


def test_signing_messages_and_a_signature(vectors):
    for vector in vectors["signing_message"]:
        message = signing_message(vector["domain"].encode(), bytes.fromhex(vector["payload_hex"]))
        assert message.hex() == vector["message_hex"]
    signed = vectors["ed25519"]
    alg, signature = parse_signature(signed["signature"])
    assert verify(alg, bytes.fromhex(signed["public_hex"]), bytes.fromhex(signed["message_hex"]), signature)


def test_merkle_roots_and_paths(vectors):
    for vector in vectors["merkle"]:
        leaves = [bytes.fromhex(leaf) for leaf in vector["leaves_hex"]]
        assert merkle.root(leaves).hex() == vector["root"]
        for leaf, path in zip(leaves, vector["paths"], strict=True):
            assert merkle.root_from_proof(leaf, [(side, bytes.fromhex(one)) for side, one in path]).hex() == vector["root"]


def test_headers_validators_commits_and_votes(vectors):
    header, commit = vectors["header"], vectors["commit"]
    assert header_hash(msgspec.convert(header["header"], Header)).hex() == header["hash"]
    held = msgspec.convert(vectors["validators"]["validators"], list[Validator])
    assert validators_hash(held).hex() == vectors["validators"]["hash"]
    assert commit_hash(msgspec.convert(commit["commit"], Commit)).hex() == commit["hash"]
    vote = vectors["vote"]
    block_id = msgspec.convert(vote["block_id"], BlockId)
    sign_bytes = vote_sign_bytes(vote["chain"], vote["height"], vote["round"], block_id, vote["time"])
    assert sign_bytes.hex() == vote["sign_bytes_hex"]


def test_state_digests(vectors):
    frozen = vectors["state"]
    entries, children = bytes.fromhex(frozen["entries_hex"]), bytes.fromhex(frozen["children_hex"])
    for name, suite in SUITES.items():
        assert state.bucket_digest(suite, entries).hex() == frozen[name]["bucket"]
        assert state.node_digest(suite, children).hex() == frozen[name]["node"]
        assert state.bucket_index(suite.digest(b"abc")) == frozen[name]["bucket_index_of_abc"]


def test_the_frozen_receipt_verifies_against_the_frozen_genesis():
    data, anchor = (FOLDER / "receipt.json").read_bytes(), (FOLDER / "genesis.json").read_bytes()
    assert canonical.is_canonical(data, ReceiptProof) and canonical.is_canonical(anchor, Genesis)
    verdict = verify_receipt(data, canonical.decode(anchor, Genesis))
    assert (verdict.receipt.height, verdict.receipt.index) == (2, 3)


def test_crafted_signatures_are_judged_as_they_were():
    """Points of small order and encodings out of range, made with @noble/curves: libraries differ over them, versions must not."""
    for one in json.loads((FOLDER / "ed25519.json").read_bytes()):
        key, message, signature = (bytes.fromhex(one[name]) for name in ("public", "message", "signature"))
        assert verify("ed25519", key, message, signature) == one["good"], one["name"]


def test_state_proofs():
    for one in json.loads((FOLDER / "state.json").read_bytes()):
        proof = state.StateProof(bytes.fromhex(one["entries"]), tuple(map(bytes.fromhex, one["path"])))
        value = None if one["value"] is None else bytes.fromhex(one["value"])
        state.verify_state(SUITES[one["suite"]], bytes.fromhex(one["app_hash"]), bytes.fromhex(one["key"]), value, proof)


def judged(data: bytes, anchor: bytes) -> tuple[int, str | None]:
    """The step that failed (0: proven) and, where a proof does not hold, why."""
    steps: list[tuple[str, str]] = []
    try:
        verify_receipt(data, canonical.decode(anchor, Genesis), steps)
    except (ProofInvalid, SchemaInvalid) as refusal:
        return len(steps) + 1, refusal.facts.get("step")
    return 0, None


def test_the_frozen_verdicts_on_true_forged_and_damaged_files():
    verdicts = json.loads((FOLDER / "verdicts.json").read_bytes())
    data, anchor = (FOLDER / "receipt.json").read_bytes(), (FOLDER / "genesis.json").read_bytes()
    for one in verdicts["files"]:
        found = judged(canonical.encode(one["file"]), canonical.encode(one["anchor"]))
        assert found == (one["step"], one["problem"]), one["name"]
    for one in verdicts["spellings"]:
        spelt = data.replace(bytes.fromhex(one["old_hex"]), bytes.fromhex(one["new_hex"]))
        assert spelt != data and judged(spelt, anchor) == (one["step"], one["problem"]), one["name"]
    for one in verdicts["mutations"]:
        changed = data[: one["at"]] + bytes([one["byte"]]) + data[one["at"] + 1 :]
        assert judged(changed, anchor) == (one["step"], one["problem"]), one["at"]
