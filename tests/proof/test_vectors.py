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
