"""Envelopes: one document, one fresh key, wrapped once for each named recipient (visibility class P2); salted hashes (P1).

What holds here: suite `intl` is AES-256-GCM with HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM); suite `gm` is SM4-GCM
(RFC 8998 §2) with SM2 encryption (GB/T 32918.4). Chain and record are bound into both layers, so an envelope cannot be
shown as another record's. A commitment to the key lets each recipient know that all read the same document (GCM alone
would let a sealer prepare one ciphertext that opens differently for two). What does not hold: whoever once opened an
envelope cannot be made to forget; removing a recipient means sealing anew. Names of recipients are visible.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec import Struct, structs

from heqi.proof import canonical
from heqi.proof.suites import SUITES, generate_key
from heqi.types.refusals import AlreadyExists, HashMismatch, RoleForbidden, SchemaInvalid

SuiteName = Literal["intl", "gm"]
NONCE_SIZE, TAG_SIZE, SALT_SIZE = 12, 16, 16
KEY_SIZE: dict[str, int] = {"intl": 32, "gm": 16}
_CIPHERS: dict[str, Callable[[bytes], Any]] = {"intl": algorithms.AES, "gm": algorithms.SM4}
_HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class WrappedKey(Struct, frozen=True, forbid_unknown_fields=True):
    """The document key for one recipient, named as the caller names recipients (e.g. a certificate's fingerprint)."""

    recipient: str
    key: bytes


class Envelope(Struct, frozen=True, forbid_unknown_fields=True):
    """What may stand on the ledger. `ciphertext` ends with GCM's 16-byte tag; bytes are Base64 in JSON."""

    v: Literal[1]
    suite: SuiteName
    chain: str
    record: str
    nonce: bytes
    ciphertext: bytes
    key_commitment: str
    recipients: list[WrappedKey]


def generate_recipient_key(suite: SuiteName) -> tuple[bytes, bytes]:
    """(private, public) raw bytes of an encryption key: X25519 32/32, or SM2 32/65."""
    if suite == "gm":
        key = generate_key("sm2")
        return key.raw(), key.public.raw
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def seal(suite: SuiteName, chain: str, record: str, plaintext: bytes, recipients: Mapping[str, bytes]) -> Envelope:
    """Encrypt for recipients given as name → raw public key. Refuses an empty list or a key that is none."""
    if not recipients:
        raise SchemaInvalid(problem="an envelope needs a recipient")
    context = _context(suite, chain, record)
    key, nonce = secrets.token_bytes(KEY_SIZE[suite]), secrets.token_bytes(NONCE_SIZE)
    encryptor = Cipher(_CIPHERS[suite](key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(context)
    return Envelope(
        v=1,
        suite=suite,
        chain=chain,
        record=record,
        nonce=nonce,
        ciphertext=encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag,
        key_commitment=_commitment(suite, context, key),
        recipients=[WrappedKey(name, _wrap(suite, context, key, public)) for name, public in recipients.items()],
    )


def open_envelope(envelope: Envelope, chain: str, record: str, recipient: str, private: bytes) -> bytes:
    """The document. Refuses ROLE_FORBIDDEN to a name not listed, HASH_MISMATCH when anything was changed or moved."""
    context, key = _unwrap(envelope, chain, record, recipient, private)
    item = f"envelope of {record}"
    if len(envelope.nonce) != NONCE_SIZE or len(envelope.ciphertext) < TAG_SIZE:
        raise HashMismatch(item=item)
    body, tag = envelope.ciphertext[:-TAG_SIZE], envelope.ciphertext[-TAG_SIZE:]
    decryptor = Cipher(_CIPHERS[envelope.suite](key), modes.GCM(envelope.nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(context)
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag:
        raise HashMismatch(item=item) from None


def share(
    envelope: Envelope, chain: str, record: str, recipient: str, private: bytes, others: Mapping[str, bytes]
) -> Envelope:
    """A recipient lets others read too: the same ciphertext with the key wrapped for them. Refuses a name listed already."""
    context, key = _unwrap(envelope, chain, record, recipient, private)
    held = {wrapped.recipient for wrapped in envelope.recipients}
    if again := sorted(held & others.keys()):
        raise AlreadyExists(record=f"recipient {again[0]}")
    added = [WrappedKey(name, _wrap(envelope.suite, context, key, public)) for name, public in others.items()]
    return structs.replace(envelope, recipients=[*envelope.recipients, *added])


def generate_salt() -> bytes:
    """16 random bytes, kept with the value by its parties."""
    return secrets.token_bytes(SALT_SIZE)


def salted_hash(suite: SuiteName, salt: bytes, obj: Any) -> str:
    """Tagged H(salt ‖ canonical JSON), conventions §1.6: an amount or an ID number could be guessed without the salt."""
    if len(salt) != SALT_SIZE:
        raise SchemaInvalid(problem=f"a salt is {SALT_SIZE} random bytes")
    return SUITES[suite].tagged(salt + canonical.encode(obj))


def _context(suite: str, chain: str, record: str) -> bytes:
    return b"heqi/envelope\0" + canonical.encode({"v": 1, "suite": suite, "chain": chain, "record": record})


def _commitment(suite: str, context: bytes, key: bytes) -> str:
    return SUITES[suite].tagged(b"heqi/envelope-key\0" + key + context)


def _wrap(suite: str, context: bytes, key: bytes, public: bytes) -> bytes:
    if suite == "gm":
        # SM2 encryption has no associated data, so the context travels with the key and is compared when unwrapped.
        return _sm2_encrypt(public, key + SUITES["gm"].digest(context))
    try:
        return _HPKE.encrypt(key, X25519PublicKey.from_public_bytes(public), info=context)
    except ValueError as problem:
        raise SchemaInvalid(problem=f"not a recipient's public key: {problem}") from None


def _unwrap(envelope: Envelope, chain: str, record: str, recipient: str, private: bytes) -> tuple[bytes, bytes]:
    """(context, document key) after checking that the key is this record's and the one all recipients got."""
    mismatch = HashMismatch(item=f"envelope of {record}")
    if (envelope.chain, envelope.record) != (chain, record):
        raise mismatch
    wrapped = [item.key for item in envelope.recipients if item.recipient == recipient]
    if len(wrapped) != 1:
        raise RoleForbidden(problem=f"{recipient} is not a recipient of the envelope of {record}")
    context = _context(envelope.suite, chain, record)
    if envelope.suite == "intl":
        try:
            key = _HPKE.decrypt(wrapped[0], X25519PrivateKey.from_private_bytes(private), info=context)
        except (InvalidTag, ValueError):
            raise mismatch from None
    else:
        key, bound = _sm2_decrypt(private, wrapped[0])
        if bound != SUITES["gm"].digest(context):
            raise mismatch
    if len(key) != KEY_SIZE[envelope.suite] or _commitment(envelope.suite, context, key) != envelope.key_commitment:
        raise mismatch
    return context, key


def _sm2_encrypt(public: bytes, plain: bytes) -> bytes:
    from gmssl_pyx import GmsslInnerError, sm2_encrypt

    try:
        if len(public) != 65 or public[0] != 4:
            raise GmsslInnerError("not an uncompressed point")
        return sm2_encrypt(public[1:], plain)
    except GmsslInnerError as problem:
        raise SchemaInvalid(problem=f"not a recipient's public key: {problem}") from None


def _sm2_decrypt(private: bytes, wrapped: bytes) -> tuple[bytes, bytes]:
    from gmssl_pyx import GmsslInnerError, sm2_decrypt

    try:
        plain = sm2_decrypt(private, wrapped)
    except GmsslInnerError:
        return b"", b""
    return plain[:-32], plain[-32:]
