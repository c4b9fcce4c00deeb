"""Writes the frozen vectors beside this file. Run by hand when a format is *added*; a released vector is never changed.

    python tests/vectors/make.py

Everything is derived from fixed seeds, so running it again writes the same bytes; the tests verify the files without it
(SM2 and P-256 signatures are randomised and therefore stand in the files of their own official vectors, not here).
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec

from heqi.proof import canonical, merkle, state
from heqi.proof.commit import LightBlock, SignedHeader, commit_hash, sign_commit, vote_sign_bytes
from heqi.proof.header import (
    NO_BLOCK,
    BlockId,
    Header,
    Parts,
    Validator,
    Version,
    header_hash,
    sort_validators,
    validators_hash,
)
from heqi.proof.receipt import Event, Genesis, Receipt, ReceiptProof, Signer, result_leaf
from heqi.proof.suites import SUITES, PrivateKey, signature_text, signing_message
from heqi.proof.transaction import body_bytes, envelope_bytes, read_transaction, tx_message
from heqi.proof.wire import time_ns, time_text

CHAIN = "heqi-vectors"
START = time_ns("2026-03-15T01:02:03.000000000Z")


def key(name: str, alg: Any = "ed25519") -> PrivateKey:
    """A key that everybody knows: for tests only."""
    return PrivateKey(alg, hashlib.sha256(b"heqi test key " + name.encode()).digest())


def validator(name: str, power: int = 10) -> Validator:
    return Validator(key(name).public.raw.hex(), power)


class TestChain:
    """A chain of signed headers, as an engine writes them, with transactions whose receipts say they succeeded."""

    __test__ = False

    def __init__(self, suite: str = "intl", names: tuple[str, ...] = ("v1", "v2", "v3", "v4")) -> None:
        self.suite = SUITES[suite]
        self.user = key("maker", "ed25519" if suite == "intl" else "sm2")
        self.names = names
        self.genesis = Genesis(
            v=1,
            chain=CHAIN,
            suite=self.suite.name,
            validators=self.validators(names),
            created=time_text(START),
            content=self.suite.tagged(b"{}"),
        )
        self.blocks: list[tuple[Header, Any, list[Validator]]] = []
        self.transactions: dict[int, list[bytes]] = {}
        self.receipts: dict[int, list[bytes]] = {}

    @staticmethod
    def validators(names: tuple[str, ...]) -> list[Validator]:
        return sort_validators([validator(name) for name in names])

    def envelope(self, number: int) -> bytes:
        import datetime

        body = body_bytes(
            chain=CHAIN,
            action="vouchers.transfer",
            args=canonical.encode({"amount_fen": 1000 + number, "to": "示范中国银行"}),
            signers=(self.suite.tagged(b"certificate of maker"),),
            nonce=f"{number:032x}",
            not_after=datetime.datetime(2026, 3, 16, tzinfo=datetime.UTC),
        )
        signature = self.user.sign(tx_message(body))
        return envelope_bytes(body, (signature_text(self.user.alg, signature),))

    def receipt(self, data: bytes, height: int, index: int, time: str) -> bytes:
        transaction = read_transaction(data, self.suite)
        return canonical.encode(
            Receipt(
                v=1,
                chain=CHAIN,
                tx=transaction.tx_id,
                height=height,
                index=index,
                time=time,
                contract="vouchers",
                action="transfer",
                signers=[Signer("demo-bank/maker", "demo-bank", self.user.alg, self.user.public.raw.hex())],
                code="OK",
                error=None,
                result=msgspec.Raw(b'{"note":"N-1"}'),
                events=[Event("VoucherTransferred", msgspec.Raw(b'{"note":"N-1"}'))],
                writes=[("00ff", self.suite.digest(b"value").hex()), ("01", None)],
                work=7,
            )
        )

    def add_block(
        self, count: int = 0, names: tuple[str, ...] | None = None, signers: tuple[str, ...] | None = None
    ) -> None:
        """`names`: the validators of the block after this one; `signers`: who votes for this one (all by default)."""
        height = len(self.blocks) + 1
        time = time_text(START + (height - 1) * 10**9)
        current, self.names = self.names, names or self.names
        validators = self.validators(current)
        transactions = [self.envelope(height * 1000 + i) for i in range(count)]
        receipts = [self.receipt(data, height, i, time) for i, data in enumerate(transactions)]
        previous, last_commit, _ = self.blocks[-1] if self.blocks else (None, None, None)
        results = [result_leaf(data, "OK", self.suite) for data in self.receipts.get(height - 1, [])]
        header = Header(
            version=Version(11, 1),
            chain_id=CHAIN,
            height=height,
            time=time,
            last_block_id=last_commit.block_id if last_commit else NO_BLOCK,
            last_commit_hash=(commit_hash(last_commit) if last_commit else merkle.root([])).hex(),
            data_hash=merkle.root([merkle.sha256(data) for data in transactions]).hex(),
            validators_hash=validators_hash(validators).hex(),
            next_validators_hash=validators_hash(self.validators(self.names)).hex(),
            consensus_hash=merkle.sha256(b"params").hex(),
            app_hash=self.suite.digest(b"state %d" % height).hex() if previous else "",
            last_results_hash=merkle.root(results).hex(),
            evidence_hash=merkle.root([]).hex(),
            proposer_address=validators[0].address,
        )
        block_id = BlockId(header_hash(header).hex(), Parts(1, merkle.sha256(b"".join(transactions)).hex()))
        voted_at = time_text(START + (height - 1) * 10**9 + 10**6)
        keys = [key(name) for name in (current if signers is None else signers)]
        commit = sign_commit(header, block_id, validators, keys, voted_at)
        self.blocks.append((header, commit, validators))
        self.transactions[height], self.receipts[height] = transactions, receipts

    def light_block(self, height: int) -> LightBlock:
        header, commit, validators = self.blocks[height - 1]
        following = self.blocks[height][2] if height < len(self.blocks) else self.validators(self.names)
        return LightBlock(header, commit, validators, None if following == validators else following)

    def proof(self, height: int, index: int, steps: tuple[int, ...] = ()) -> ReceiptProof:
        def path(leaves: list[bytes]) -> list[Any]:
            return [(side, sibling.hex()) for side, sibling in merkle.proof(leaves, index)]

        header, commit, _ = self.blocks[height]
        return ReceiptProof(
            v=1,
            kind="heqi-receipt",
            chain=CHAIN,
            transaction=msgspec.Raw(self.transactions[height][index]),
            receipt=msgspec.Raw(self.receipts[height][index]),
            tx_path=path([merkle.sha256(data) for data in self.transactions[height]]),
            result_path=path([result_leaf(data, "OK", self.suite) for data in self.receipts[height]]),
            steps=[self.light_block(step) for step in steps],
            block=self.light_block(height),
            following=SignedHeader(header, commit),
        )


def example() -> TestChain:
    """Three blocks; the second holds five transactions; one validator of four misses it."""
    chain = TestChain()
    chain.add_block()
    chain.add_block(5, signers=("v1", "v2", "v3"))
    chain.add_block()
    return chain


def main() -> None:
    here = Path(__file__).parent
    chain = example()
    (here / "receipt.json").write_bytes(canonical.encode(chain.proof(2, 3)))
    (here / "genesis.json").write_bytes(canonical.encode(chain.genesis))
    (here / "proof.json").write_text(json.dumps(vectors(chain), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def state_vectors(entries: bytes, children: bytes) -> dict[str, Any]:
    return {
        "entries_hex": entries.hex(),
        "children_hex": children.hex(),
        **{
            name: {
                "bucket": state.bucket_digest(suite, entries).hex(),
                "node": state.node_digest(suite, children).hex(),
                "bucket_index_of_abc": state.bucket_index(suite.digest(b"abc")),
            }
            for name, suite in SUITES.items()
        },
    }


def vectors(chain: Any) -> dict[str, Any]:
    objects: list[Any] = [
        {},
        {"b": [1, 2, {"z": None, "a": True}], "a": "合契"},
        {"text": 'quote " backslash \\ slash / tab \t line \n unit \x1f delete \x7f', "emoji": "😀 𠮷"},
        {"最大": 2**53 - 1, "最小": -(2**53) + 1, "零": 0},
        {"é": 1, "e": 2, "z": 3, "Z": 4, "": 5, "\uffff": 6},
    ]
    header, commit, validators = chain.blocks[1]
    pairs = sorted((SUITES["intl"].digest(b"key %d" % i), SUITES["intl"].digest(b"value %d" % i)) for i in range(3))
    entries = b"".join(one + two for one, two in pairs)
    children = b"".join(SUITES["intl"].digest(b"child %d" % i) if i % 3 == 0 else state.EMPTY for i in range(16))
    leaves = [b"leaf %d" % i for i in range(7)]
    return {
        "canonical": [{"value": value, "bytes_hex": canonical.encode(value).hex()} for value in objects],
        "tagged": [
            {"suite": name, "data_hex": data.hex(), "tagged": SUITES[name].tagged(data)}
            for name in ("intl", "gm")
            for data in (b"", b"abc", "合契".encode())
        ],
        "signing_message": [
            {"domain": "tx", "payload_hex": b'{"v":1}'.hex(), "message_hex": signing_message(b"tx", b'{"v":1}').hex()}
        ],
        "ed25519": {
            "public_hex": key("maker").public.raw.hex(),
            "message_hex": signing_message(b"tx", b"{}").hex(),
            "signature": signature_text("ed25519", key("maker").sign(signing_message(b"tx", b"{}"))),
        },
        "merkle": [
            {
                "count": count,
                "leaves_hex": [leaf.hex() for leaf in leaves[:count]],
                "root": merkle.root(leaves[:count]).hex(),
                "paths": [[(side, s.hex()) for side, s in merkle.proof(leaves[:count], i)] for i in range(count)],
            }
            for count in range(8)
        ],
        "header": {"header": msgspec.to_builtins(header), "hash": header_hash(header).hex()},
        "validators": {"validators": msgspec.to_builtins(validators), "hash": validators_hash(validators).hex()},
        "commit": {"commit": msgspec.to_builtins(commit), "hash": commit_hash(commit).hex()},
        "vote": {
            "chain": CHAIN,
            "height": 2,
            "round": 0,
            "block_id": msgspec.to_builtins(commit.block_id),
            "time": commit.signatures[0].timestamp,
            "sign_bytes_hex": vote_sign_bytes(CHAIN, 2, 0, commit.block_id, commit.signatures[0].timestamp).hex(),
        },
        "state": state_vectors(entries, children),
    }


if __name__ == "__main__":
    main()
