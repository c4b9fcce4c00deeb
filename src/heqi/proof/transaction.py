"""The signed envelope: what a member asks the ledger to do.

    {"body": {"action": "transfer", "args": {…}, "chain": "…", "contract": "all_link", "nonce": "<32 hex>",
              "not_after": "2026-03-10T08:00:00Z", "signers": ["sha256:…"], "v": 1},
     "signatures": ["ed25519:…"]}

The bytes are canonical JSON (RFC 8785; our data hold no floats) and are signed as received. The id is the digest of the
body, so a signature made anew does not make another transaction. The replay key is (first signer, nonce).
"""

from datetime import datetime

import msgspec

from heqi.proof import canonical
from heqi.proof.suites import Suite, signing_message
from heqi.types.refusals import SchemaInvalid

SIZE_MAX = 1 << 20
SIGNERS_MAX = 8

_sorted = msgspec.json.Encoder(order="sorted").encode


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed. `signers` are certificate fingerprints, the acting organisation's first."""

    v: int
    chain: str
    contract: str
    action: str
    args: msgspec.Raw
    signers: tuple[str, ...]
    nonce: str
    not_after: datetime


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body's bytes as they were signed, and one signature for each signer, in order."""

    body: msgspec.Raw
    signatures: tuple[str, ...]


class Transaction(msgspec.Struct, frozen=True):
    """An envelope that has been read: well-formed, not yet believed."""

    data: bytes
    body_bytes: bytes
    body: Body
    signatures: tuple[str, ...]
    tx_id: str

    @property
    def action(self) -> str:
        return f"{self.body.contract}.{self.body.action}"


_decode_envelope = msgspec.json.Decoder(Envelope).decode
_decode_body = msgspec.json.Decoder(Body).decode


def tx_message(body: bytes) -> bytes:
    """The bytes a signature covers."""
    return signing_message(b"tx", body)


def read_transaction(data: bytes, suite: Suite) -> Transaction:
    """Read an envelope. Refuses: SCHEMA_INVALID for anything but the canonical bytes of a well-formed transaction."""
    transaction = glance(data, suite)
    if not is_canonical(data):
        raise SchemaInvalid(problem="不是规范化 JSON (not canonical JSON, RFC 8785)")
    return transaction


def is_canonical(data: bytes) -> bool:
    """Are these the canonical bytes? A float or an over-long integer in the arguments would make a receipt no verifier reads."""
    return canonical.is_canonical(data, msgspec.Raw)


def glance(data: bytes, suite: Suite) -> Transaction:
    """`read_transaction` but for `is_canonical`, which a process beside may find out. Refuses: SCHEMA_INVALID."""
    if len(data) > SIZE_MAX:
        raise SchemaInvalid(problem=f"交易超过 {SIZE_MAX} 字节 (transaction larger than {SIZE_MAX} bytes)")
    try:
        envelope = _decode_envelope(data)
        body_bytes = bytes(envelope.body)
        body = _decode_body(body_bytes)
    except msgspec.ValidationError as error:
        text = str(error)
        raise SchemaInvalid(problem=text, field=text.rpartition("`$.")[2].rstrip("`") or None) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SchemaInvalid(problem="不是合法的 JSON (not valid JSON)") from None
    if body.v != 1:
        raise SchemaInvalid(problem=f"未知的交易版本 {body.v} (unknown transaction version)", field="v")
    if not 1 <= len(body.signers) <= SIGNERS_MAX or len(set(body.signers)) != len(body.signers):
        raise SchemaInvalid(problem=f"签名人须为 1 至 {SIGNERS_MAX} 个且不重复 (1 to {SIGNERS_MAX} distinct signers)", field="signers")
    if len(envelope.signatures) != len(body.signers):
        raise SchemaInvalid(problem="签名数与签名人数不符 (one signature for each signer)", field="signatures")
    if len(body.nonce) != 32 or body.nonce.strip("0123456789abcdef"):
        raise SchemaInvalid(problem="随机数须为 32 位小写十六进制 (nonce: 32 lower-case hex digits)", field="nonce")
    if body.not_after.tzinfo is None:
        raise SchemaInvalid(problem="时间须带时区 (time needs a zone)", field="not_after")
    return Transaction(data, body_bytes, body, envelope.signatures, suite.tagged(tx_message(body_bytes)))


def body_bytes(
    *, chain: str, action: str, args: bytes, signers: tuple[str, ...], nonce: str, not_after: datetime
) -> bytes:
    """The canonical body of a transaction; `action` is `contract.action`, `args` canonical JSON."""
    contract, _, name = action.partition(".")
    return _sorted(
        Body(v=1, chain=chain, contract=contract, action=name, args=msgspec.Raw(args), signers=signers, nonce=nonce, not_after=not_after)
    )


def envelope_bytes(body: bytes, signatures: tuple[str, ...]) -> bytes:
    """The canonical envelope of a signed body."""
    return _sorted(Envelope(msgspec.Raw(body), signatures))
