"""Digests and signatures of a chain: suite `intl` (SHA-256; Ed25519 or P-256) or `gm` (SM3; SM2), chosen at genesis.

What holds here: every digest and signature carries its algorithm's name; every signature is over a domain-separated
message; each has one byte form (P-256 with low s, SM2 and P-256 as raw r ‖ s, text in lower-case hex). Headers and
validators' votes keep SHA-256 and Ed25519 in both suites, because that is CometBFT's format.
"""

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, get_args

import msgspec
from nacl.bindings import crypto_sign, crypto_sign_open, crypto_sign_seed_keypair, randombytes
from nacl.exceptions import BadSignatureError

from heqi.proof.merkle import sha256
from heqi.types.refusals import SignatureInvalid

Algorithm = Literal["ed25519", "p256", "sm2"]
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PUBLIC_SIZE: dict[str, int] = {"ed25519": 32, "p256": 65, "sm2": 65}
"""Bytes of a raw public key: the Ed25519 point, or the uncompressed point 04 ‖ x ‖ y (SEC 1 §2.3.3)."""
SIGNATURE_SIZE = 64
_SIGNATURE_TEXT = re.compile(r"(ed25519|p256|sm2):([0-9a-f]{128})")


class Suite(msgspec.Struct, frozen=True):
    """The digest a chain was born with, and the user signatures it accepts."""

    name: Literal["intl", "gm"]
    tag: Literal["sha256", "sm3"]
    digest: Callable[[bytes], bytes]
    algorithms: tuple[Algorithm, ...]

    def tagged(self, data: bytes) -> str:
        """The digest as text with its algorithm, e.g. `sha256:e3b0c442…`."""
        return f"{self.tag}:{self.digest(data).hex()}"


def _sm3() -> Callable[[bytes], bytes]:
    if "sm3" not in hashlib.algorithms_available:  # Some distributions build OpenSSL without it.
        from gmssl_pyx import sm3_hash

        return sm3_hash
    empty = hashlib.new("sm3")  # Copying a fresh state is a quarter cheaper than looking the algorithm up by name.

    def sm3(data: bytes) -> bytes:
        state = empty.copy()
        state.update(data)
        return state.digest()

    return sm3


SUITES: dict[str, Suite] = {
    "intl": Suite("intl", "sha256", sha256, ("ed25519", "p256")),
    "gm": Suite("gm", "sm3", _sm3(), ("sm2",)),
}


def signing_message(domain: bytes, payload: bytes) -> bytes:
    """What is signed: the purpose is part of it, so a signature given for one purpose is none for another."""
    return b"heqi/" + domain + b"\0" + payload


class PublicKey(msgspec.Struct, frozen=True):
    """A verifying key: algorithm and raw bytes (see PUBLIC_SIZE)."""

    alg: Algorithm
    raw: bytes


class PrivateKey:
    """A signing key in memory. `raw()` is the 32-byte seed (Ed25519) or scalar (P-256, SM2)."""

    __slots__ = ("_key", "_raw", "alg", "public")

    def __init__(self, alg: Algorithm, raw: bytes) -> None:
        if alg not in get_args(Algorithm) or len(raw) != 32:
            raise SignatureInvalid(problem="a private key is 32 bytes of a known algorithm")
        self.alg, self._raw = alg, raw
        public, self._key = _load_private(alg, raw)
        self.public = PublicKey(alg, public)

    def raw(self) -> bytes:
        return self._raw

    def sign(self, message: bytes) -> bytes:
        """64 bytes over the message as given; callers pass a `signing_message`, validators CometBFT's sign bytes."""
        if self.alg == "ed25519":
            return crypto_sign(message, self._key)[:SIGNATURE_SIZE]
        if self.alg == "p256":
            return _p256_sign(self._key, message)
        from heqi.proof import sm2

        return sm2.sign((self.public.raw, self._key), message)


def generate_key(alg: Algorithm) -> PrivateKey:
    """A fresh key from the operating system's randomness."""
    while True:
        try:
            return PrivateKey(alg, randombytes(32))
        except SignatureInvalid:  # Not a scalar of the curve: one draw in 2^32 for these two curves.
            if alg not in get_args(Algorithm):
                raise


def verify(alg: str, public_raw: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the key's signature over the message. Anything malformed is simply not one: never raises."""
    if len(signature) != SIGNATURE_SIZE or len(public_raw) != PUBLIC_SIZE.get(alg):
        return False
    if alg == "ed25519":
        try:
            crypto_sign_open(signature + message, public_raw)
        except BadSignatureError:
            return False
        return True
    if public_raw[0] != 4:
        return False
    if alg == "p256":
        return _p256_verify(public_raw, message, signature)
    from heqi.proof import sm2

    return sm2.verify(public_raw, message, signature)


def signature_text(alg: Algorithm, signature: bytes) -> str:
    """The signature as it stands in a record: `ed25519:<128 hex digits>`."""
    return f"{alg}:{signature.hex()}"


def parse_signature(text: str) -> tuple[str, bytes]:
    """(algorithm, 64 bytes). Refuses any other spelling: `SignatureInvalid`."""
    match = _SIGNATURE_TEXT.fullmatch(text)
    if not match:
        raise SignatureInvalid(problem="a signature is written <algorithm>:<128 lower-case hex digits>")
    return match[1], bytes.fromhex(match[2])


def signed_by(text: str, alg: str, public_raw: bytes, message: bytes) -> bool:
    """Is this text a signature by this key, of its own algorithm, over the message? Refuses another spelling: `SignatureInvalid`."""
    named, signature = parse_signature(text)
    return named == alg and verify(named, public_raw, message, signature)


def _load_private(alg: str, raw: bytes) -> tuple[bytes, Any]:
    if alg == "ed25519":
        return crypto_sign_seed_keypair(raw)
    if alg == "sm2":
        from heqi.proof import sm2

        return sm2.load_private(raw)
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    except ValueError as problem:
        raise SignatureInvalid(problem=str(problem)) from None
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), key


def _p256_sign(key: Any, message: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    # (r, s) and (r, n − s) both verify; only the lower s is accepted, so a signature cannot be rewritten by others.
    return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")


def _p256_verify(public_raw: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if s > P256_ORDER // 2:
        return False
    try:
        _p256_public(public_raw).verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=4096)
def _p256_public(public_raw: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_raw)
