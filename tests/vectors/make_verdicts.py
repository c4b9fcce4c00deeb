"""Writes verdicts.json: what the verifier says of true, forged and damaged files, for a second language to say too.

    python tests/vectors/make_verdicts.py

SM2 and P-256 signatures are randomised, so other bytes come each time: a file that is there is never written again.
"""

import datetime
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parent))
import make

from heqi.proof import canonical
from heqi.proof.commit import SignedHeader
from heqi.proof.receipt import Genesis, result_leaf
from heqi.proof.suites import signature_text
from heqi.proof.transaction import body_bytes, envelope_bytes, tx_message
from heqi.proof.verify import verify_receipt
from heqi.types.refusals import ProofInvalid, SchemaInvalid

HERE = Path(__file__).parent
SIGNER = {"user": "x/y", "org": "x", "alg": "ed25519", "public_key": "00" * 32}
REFUSED = {"code": "LIMIT_EXCEEDED", "error": {"message_en": "no"}, "events": [], "writes": [], "result": None}
Change = Callable[[dict[str, Any]], dict[str, Any]]


def judged(data: bytes, anchor: bytes) -> dict[str, Any]:
    """What this code says: the failing step (0: proven) and, where a proof does not hold, why."""
    steps: list[tuple[str, str]] = []
    try:
        verify_receipt(data, canonical.decode(anchor, Genesis), steps)
    except ProofInvalid as refusal:
        return {"step": len(steps) + 1, "problem": refusal.facts["step"]}
    except SchemaInvalid:
        return {"step": len(steps) + 1, "problem": None}
    return {"step": 0, "problem": None}


def chain_of(receipt: Change | None = None, envelope: Change | None = None, suite: str = "intl", code: str = "OK", count: int = 2) -> Any:
    """A chain of one validator who signs whatever it is given."""
    chain = make.TestChain(suite, names=("v1",))
    true_receipt, true_envelope, true_leaf = chain.receipt, chain.envelope, make.result_leaf
    if receipt:
        chain.receipt = lambda *args: canonical.encode(receipt(msgspec.json.decode(true_receipt(*args))))
    if envelope:
        chain.envelope = lambda number: canonical.encode(envelope(msgspec.json.decode(true_envelope(number))))
    true_proof = chain.proof

    def with_code(act: Callable[..., Any]) -> Callable[..., Any]:
        def acted(*args: Any) -> Any:
            make.result_leaf = lambda data, _, suite: result_leaf(data, code, suite)
            try:
                return act(*args)
            finally:
                make.result_leaf = true_leaf

        return acted

    chain.proof = with_code(true_proof)
    add_block = with_code(chain.add_block)
    add_block(count)
    add_block()
    return chain


def two_signers() -> Any:
    """Ed25519 and P-256 on one transaction."""
    second, chain = make.key("checker", "p256"), make.TestChain(names=("v1",))
    true_receipt = chain.receipt

    def envelope(number: int) -> bytes:
        body = body_bytes(
            chain=make.CHAIN, action="vouchers.transfer", args=b"{}", signers=("sha256:" + "11" * 32, "sha256:" + "22" * 32),
            nonce=f"{number:032x}", not_after=datetime.datetime(2026, 3, 16, tzinfo=datetime.UTC),
        )  # fmt: skip
        return envelope_bytes(body, tuple(signature_text(key.alg, key.sign(tx_message(body))) for key in (chain.user, second)))

    def receipt(*args: Any) -> bytes:
        record = msgspec.json.decode(true_receipt(*args))
        record["signers"].append({**SIGNER, "user": "demo-bank/checker", "alg": "p256", "public_key": second.public.raw.hex()})
        return canonical.encode(record)

    chain.envelope, chain.receipt = envelope, receipt
    chain.add_block(1)
    chain.add_block()
    return chain


def moving_validators() -> Any:
    chain = make.TestChain()
    for names in ("2345", "3456", "4567", "4567"):
        chain.add_block(1, names=tuple(f"v{digit}" for digit in names))
    chain.add_block()
    return chain


def files() -> Iterator[tuple[str, bytes, bytes]]:
    """Name, file, anchor."""

    def of(name: str, chain: Any, height: int = 1, steps: tuple[int, ...] = (), **changes: Any) -> tuple[str, bytes, bytes]:
        proof = msgspec.structs.replace(chain.proof(height, 0, steps), **changes)
        return name, canonical.encode(proof), canonical.encode(chain.genesis)

    yield of("a gm chain", chain_of(suite="gm"))
    yield of("two signers", two_signers())
    yield of("a refusal", chain_of(lambda r: {**r, **REFUSED}, code="LIMIT_EXCEEDED"))
    yield of("refused before its signers", chain_of(lambda r: {**r, **REFUSED, "signers": []}, code="LIMIT_EXCEEDED"))
    moving = moving_validators()
    for steps in ((1, 2, 3), (), (1,), (1, 1, 2, 3)):
        yield of(f"moving validators {steps}", moving, 4, steps)
    yield of("told as success", chain_of(lambda r: {**r, **REFUSED}))
    for name, change in {
        "another chain": {"chain": "another"}, "another tx": {"tx": "sha256:" + "00" * 32}, "another action": {"action": "redeem"},
        "another block": {"height": 2}, "another time": {"time": "2026-03-15T01:02:03.000000001Z"}, "no signers": {"signers": []},
        "too many signers": {"signers": [SIGNER, SIGNER]}, "another's key": {"signers": [SIGNER]},
        "another algorithm": {"signers": [{**SIGNER, "alg": "p256"}]}, "a key that is none": {"signers": [{**SIGNER, "public_key": ""}]},
        "a bad code": {"code": "ok"}, "another version": {"v": 2}, "more": {"more": 1}, "bad work": {"work": -1}, "bad error": {"error": 1},
    }.items():  # fmt: skip
        yield of(name, chain_of(lambda r, change=change: {**r, **change}))
    for name, sign in {
        "upper case": str.upper, "rubbish": lambda _: "rubbish", "other algorithm": lambda s: "p256" + s[7:],
        "another signature": lambda s: s[:-60] + ("0" if s[-60] != "0" else "1") + s[-59:],
    }.items():  # fmt: skip
        yield of(f"signature: {name}", chain_of(envelope=lambda e, sign=sign: {**e, "signatures": [sign(s) for s in e["signatures"]]}))
    true, shorter = chain_of(), chain_of(lambda r: {**r, "work": 8})
    yield of("the next block of another", true, following=chain_of(count=1).proof(1, 0).following)
    yield of("the next block of other results", true, following=shorter.proof(1, 0).following)
    yield of("no next block", true, following=SignedHeader(*true.blocks[0][:2]))
    yield of("another result path", true, result_path=true.proof(1, 1).result_path)
    yield of("another transaction", true, transaction=true.proof(1, 1).transaction)


SPELLINGS: dict[str, tuple[bytes, bytes]] = {
    "a blank": (b'{"block"', b'{ "block"'), "a byte order mark": (b'{"block"', b'\xef\xbb\xbf{"block"'),
    "a key twice": (b'"v":1}', b'"v":1,"v":1}'), "a float": (b'"work":7', b'"work":7.0'), "an exponent": (b'"work":7', b'"work":7e0'),
    "a great integer": (b'"amount_fen":3003', b'"amount_fen":9007199254740993'), "minus nought": (b'"amount_fen":3003', b'"amount_fen":-0'),
    "a fraction": (b'"amount_fen":3003', b'"amount_fen":0.5'), "another escape": (b'"transfer"', b'"transfe\\u0072"'),
    "a lone surrogate": (b'"to":"', b'"to":"\\ud800'), "no text": (b'"to":"', b'"to":"\xff'),
    "a key beyond U+FFFF": (b'"to":', '"😀":'.encode()), "keys out of order": (b'"index":3,"result"', b'"result"'),
    "digits of another script": (b'"time":"2026', '"time":"٢٠٢٦'.encode()), "not a day": (b"2026-03-15T", b"2026-04-31T"),
}  # fmt: skip
"""The true file in other words (old, new), none of which is believed."""


def mutations(data: bytes) -> Iterator[tuple[int, bytes]]:
    for at in range(0, len(data), 31):
        byte = data[at]
        digit = b"1234567890"[byte - 48] if 48 <= byte < 58 else b"bcdefa"[byte - 97] if 97 <= byte < 103 else byte ^ 1
        yield from ((at, bytes([other])) for other in (digit, byte ^ 32))


def verdicts() -> dict[str, Any]:
    base, anchor = (HERE / "receipt.json").read_bytes(), (HERE / "genesis.json").read_bytes()
    whole = [
        {"name": name, "file": json.loads(data), "anchor": json.loads(trust), **judged(data, trust)} for name, data, trust in files()
    ]
    spelt = [
        {"name": name, "old_hex": old.hex(), "new_hex": new.hex(), **judged(base.replace(old, new), anchor)}
        for name, (old, new) in SPELLINGS.items()
    ]
    changed = [
        {"at": at, "byte": byte[0], **judged(base[:at] + byte + base[at + 1 :], anchor)} for at, byte in mutations(base)
    ]  # fmt: skip
    return {"files": whole, "spellings": spelt, "mutations": changed}


def main() -> None:
    path = HERE / "verdicts.json"
    if path.exists():
        raise SystemExit(f"{path} is there; a released vector is never changed")
    told = {name: [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in part] for name, part in verdicts().items()}
    parts = [f'"{name}": [\n' + ",\n".join(lines) + "\n]" for name, lines in told.items()]
    path.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
