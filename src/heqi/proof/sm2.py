"""SM2 signatures (GB/T 32918.2, GM/T 0003.2) by OpenSSL 3's libcrypto, or by gmssl-pyx where libcrypto has no SM2.

What holds here: the digest e = SM3(Z ‖ M) with the default identity is computed here; the libraries see only that.
Signatures are raw r ‖ s; DER exists only at the library's door. ctypes releases the GIL during each call.
"""

import ctypes
import ctypes.util
import sys
from functools import cache, lru_cache
from typing import Any

from heqi.proof.suites import SUITES
from heqi.types.refusals import SignatureInvalid

IDENTITY = b"1234567812345678"
"""The default user identity of GM/T 0009-2012 §10."""
# GB/T 32918.5: coefficients a and b of the curve and its base point, as they enter Z.
_CURVE = bytes.fromhex(
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
# DER around the raw keys: SubjectPublicKeyInfo (RFC 5480 §2) and PKCS #8 with an ECPrivateKey (RFC 5915 §3).
_PUBLIC_DER = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_PRIVATE_DER = bytes.fromhex("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420")

_sm3 = SUITES["gm"].digest


def digest(public: bytes, message: bytes) -> bytes:
    """e = SM3(Z ‖ M), GB/T 32918.2 §5.5 and §6.1; `public` is 04 ‖ x ‖ y."""
    return _sm3(_identity_digest(public) + message)


@lru_cache(maxsize=4096)
def _identity_digest(public: bytes) -> bytes:
    return _sm3((len(IDENTITY) * 8).to_bytes(2, "big") + IDENTITY + _CURVE + public[1:])


def der(signature: bytes) -> bytes:
    """Raw r ‖ s as SEQUENCE of two INTEGERs."""
    body = b"".join(_der_integer(int.from_bytes(part, "big")) for part in (signature[:32], signature[32:]))
    return b"\x30" + bytes([len(body)]) + body


def _der_integer(value: int) -> bytes:
    content = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(content)]) + content


def raw(signature_der: bytes) -> bytes:
    """Strict inverse of `der`: any other encoding of the same numbers is refused."""
    r_end = 4 + signature_der[3] if len(signature_der) > 7 else 0
    numbers = [int.from_bytes(part, "big") for part in (signature_der[4:r_end], signature_der[r_end + 2 :])]
    if max(numbers) >> 256 or der(signature := b"".join(n.to_bytes(32, "big") for n in numbers)) != signature_der:
        raise SignatureInvalid(problem="not the DER form of a signature")
    return signature


class OpenSsl:
    """The EVP calls of libcrypto 3 that signing and verifying need."""

    def __init__(self) -> None:
        name = "libcrypto.so.3" if sys.platform == "linux" else ctypes.util.find_library("crypto")
        self.lib = ctypes.CDLL(name or "libcrypto.so.3")
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        for name, result, arguments in (
            ("d2i_PUBKEY", pointer, [pointer, pointer, ctypes.c_long]),
            ("d2i_AutoPrivateKey", pointer, [pointer, pointer, ctypes.c_long]),
            ("i2d_PUBKEY", ctypes.c_int, [pointer, pointer]),
            ("EVP_PKEY_free", None, [pointer]),
            ("EVP_PKEY_CTX_new_from_pkey", pointer, [pointer, pointer, pointer]),
            ("EVP_PKEY_CTX_free", None, [pointer]),
            ("EVP_PKEY_sign_init", ctypes.c_int, [pointer]),
            ("EVP_PKEY_sign", ctypes.c_int, [pointer, ctypes.c_char_p, pointer, ctypes.c_char_p, size]),
            ("EVP_PKEY_verify_init", ctypes.c_int, [pointer]),
            ("EVP_PKEY_verify", ctypes.c_int, [pointer, ctypes.c_char_p, size, ctypes.c_char_p, size]),
            ("ERR_clear_error", None, []),
        ):
            call = getattr(self.lib, name)
            call.restype, call.argtypes = result, arguments
        self.public_key = lru_cache(maxsize=4096)(self._public_key)

    def _key(self, reader: Any, encoded: bytes) -> "_Key | None":
        buffer = ctypes.create_string_buffer(encoded, len(encoded))
        pointer = reader(None, ctypes.byref(ctypes.c_void_p(ctypes.addressof(buffer))), len(encoded))
        self.lib.ERR_clear_error()
        return _Key(self.lib, pointer) if pointer else None

    def _public_key(self, public: bytes) -> "_Key | None":
        return self._key(self.lib.d2i_PUBKEY, _PUBLIC_DER + public)

    def private_key(self, scalar: bytes) -> "tuple[bytes, _Key]":
        key = self._key(self.lib.d2i_AutoPrivateKey, _PRIVATE_DER + scalar)
        if key is None or key.public is None:
            raise SignatureInvalid(problem="not a private key of the SM2 curve")
        return key.public, key

    def sign(self, key: "_Key", e: bytes) -> bytes:
        context = self.lib.EVP_PKEY_CTX_new_from_pkey(None, key.pointer, None)
        try:
            out, size = ctypes.create_string_buffer(80), ctypes.c_size_t(80)
            done = self.lib.EVP_PKEY_sign_init(context) == 1 and (
                self.lib.EVP_PKEY_sign(context, out, ctypes.byref(size), e, len(e)) == 1
            )
        finally:
            self.lib.EVP_PKEY_CTX_free(context)
            self.lib.ERR_clear_error()
        if not done:
            raise SignatureInvalid(problem="libcrypto could not sign")
        return out.raw[: size.value]

    def verify(self, public: bytes, e: bytes, signature_der: bytes) -> bool:
        key = self.public_key(public)
        if key is None:
            return False
        context = self.lib.EVP_PKEY_CTX_new_from_pkey(None, key.pointer, None)
        try:
            return self.lib.EVP_PKEY_verify_init(context) == 1 and (
                self.lib.EVP_PKEY_verify(context, signature_der, len(signature_der), e, len(e)) == 1
            )
        finally:
            # OpenSSL keeps a queue of errors for each thread; a refused signature must not show up in a later call.
            self.lib.EVP_PKEY_CTX_free(context)
            self.lib.ERR_clear_error()


class _Key:
    """An EVP_PKEY, freed when the last reference goes."""

    def __init__(self, lib: ctypes.CDLL, pointer: int) -> None:
        self._free, self.pointer = lib.EVP_PKEY_free, pointer
        out = ctypes.create_string_buffer(128)
        size = lib.i2d_PUBKEY(pointer, ctypes.byref(ctypes.c_void_p(ctypes.addressof(out))))
        prefix, self.public = out.raw[: len(_PUBLIC_DER)], out.raw[len(_PUBLIC_DER) : size]
        if prefix != _PUBLIC_DER:
            self.public = None

    def __del__(self) -> None:
        self._free(self.pointer)


class GmSsl:
    """The same calls by gmssl-pyx, an independent implementation. It holds the GIL and verifies half as fast."""

    def private_key(self, scalar: bytes) -> tuple[bytes, bytes]:
        return b"\x04" + _times_base(int.from_bytes(scalar, "big")), scalar

    def sign(self, key: bytes, e: bytes) -> bytes:
        from gmssl_pyx import sm2_sign_sm3_digest

        return sm2_sign_sm3_digest(key, e)

    def verify(self, public: bytes, e: bytes, signature_der: bytes) -> bool:
        from gmssl_pyx import GmsslInnerError, sm2_verify_sm3_digest

        try:
            return sm2_verify_sm3_digest(public[1:], e, signature_der)
        except GmsslInnerError:
            return False


def _times_base(scalar: int) -> bytes:
    """x ‖ y of scalar·G, which gmssl-pyx does not offer. Not constant-time: only where libcrypto has no SM2."""
    a, _, x, y = (int.from_bytes(_CURVE[i : i + 32], "big") for i in range(0, 128, 32))
    p, total, power = a + 3, None, (x, y)  # The curve has a = p - 3.
    while scalar:
        if scalar & 1:
            total = power if total is None else _add(total, power, a, p)
        power, scalar = _add(power, power, a, p), scalar >> 1
    assert total
    return total[0].to_bytes(32, "big") + total[1].to_bytes(32, "big")


def _add(one: tuple[int, int], two: tuple[int, int], a: int, p: int) -> tuple[int, int]:
    (x1, y1), (x2, y2) = one, two
    slope = (3 * x1 * x1 + a) * pow(2 * y1, -1, p) if one == two else (y2 - y1) * pow(x2 - x1, -1, p)
    x3 = (slope * slope - x1 - x2) % p
    return x3, (slope * (x1 - x3) - y1) % p


@cache
def library() -> OpenSsl | GmSsl:
    """libcrypto when it is there and knows the curve, else gmssl-pyx."""
    try:
        openssl = OpenSsl()
    except (OSError, AttributeError):  # No libcrypto, or one before 3.0.
        return GmSsl()
    return openssl if openssl.public_key(b"\x04" + _CURVE[64:]) else GmSsl()


def load_private(scalar: bytes) -> tuple[bytes, Any]:
    """(public key 04 ‖ x ‖ y, the library's key). Refuses a scalar outside [1, n - 2], GB/T 32918.1 §6.1."""
    if not 1 <= int.from_bytes(scalar, "big") <= ORDER - 2:
        raise SignatureInvalid(problem="not a private key of the SM2 curve")
    return library().private_key(scalar)


def sign(key: tuple[bytes, Any], message: bytes) -> bytes:
    """Raw r ‖ s; `key` as `load_private` gave it."""
    return raw(library().sign(key[1], digest(key[0], message)))


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether raw r ‖ s is this key's signature; `public` is 65 bytes, `signature` 64."""
    return library().verify(public, digest(public, message), der(signature))
