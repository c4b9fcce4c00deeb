"""The strict DER underneath certificates: one encoding a value, fixed-width signatures, points that lie on their curve.

What holds here: a value that passes has definite, minimal lengths, nothing behind its end, at most `DEPTH_MAX` levels:
so every node reads the same bytes alike and no parser above can be driven into deep recursion. Signatures are 64 raw
bytes `r‖s` inside Heqi (`R‖S` for Ed25519) and DER only inside X.509; P-256 signatures are low-S.
What does not: nothing here knows whom a key belongs to, nor verifies anything.
"""

from typing import NamedTuple

from asn1crypto.algos import DSASignature

from heqi.proof.sm2 import ORDER as SM2_ORDER
from heqi.proof.suites import P256_ORDER, PUBLIC_SIZE, SIGNATURE_SIZE, Algorithm
from heqi.types.refusals import SchemaInvalid, SignatureInvalid

SIZE_MAX = 4096
DEPTH_MAX = 16


class Curve(NamedTuple):
    """y² = x³ + ax + b over GF(p), with a base point of prime order n."""

    p: int
    a: int
    b: int
    n: int

    def holds(self, x: int, y: int) -> bool:
        return x < self.p and y < self.p and (y * y - x * x * x - self.a * x - self.b) % self.p == 0


def _number(hexadecimal: str) -> int:
    return int(hexadecimal.replace(" ", ""), 16)


# FIPS 186-5 / SP 800-186 §3.2.1.3
_P256_P = _number("FFFFFFFF 00000001 00000000 00000000 00000000 FFFFFFFF FFFFFFFF FFFFFFFF")
# GB/T 32918.5-2017 §A (GM/T 0003.5)
_SM2_P = _number("FFFFFFFE FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF 00000000 FFFFFFFF FFFFFFFF")
CURVES: dict[str, Curve] = {
    "p256": Curve(
        p=_P256_P,
        a=_P256_P - 3,
        b=_number("5AC635D8 AA3A93E7 B3EBBD55 769886BC 651D06B0 CC53B0F6 3BCE3C3E 27D2604B"),
        n=P256_ORDER,
    ),
    "sm2": Curve(
        p=_SM2_P,
        a=_SM2_P - 3,
        b=_number("28E9FA9E 9D9F5E34 4D5A9E4B CF6509A7 F39789F5 15AB8F92 DDBCBD41 4D940E93"),
        n=SM2_ORDER,
    ),
}

# AlgorithmIdentifiers as whole DER values: comparing bytes leaves no room for a parameter nobody looked at.
KEY_ALGORITHMS: dict[Algorithm, bytes] = {
    "ed25519": bytes.fromhex("300506032b6570"),  # RFC 8410 §3
    "p256": bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"),  # RFC 5480 §2.1.1, prime256v1
    "sm2": bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d"),  # GM/T 0006, 1.2.156.10197.1.301
}
SIGNATURE_ALGORITHMS: dict[Algorithm, bytes] = {
    "ed25519": bytes.fromhex("300506032b6570"),  # RFC 8410 §3
    "p256": bytes.fromhex("300a06082a8648ce3d040302"),  # RFC 5758 §3.2, ecdsa-with-SHA256
    "sm2": bytes.fromhex("300a06082a811ccf55018375"),  # GM/T 0006, 1.2.156.10197.1.501
}
_KEY_ALGORITHM_NAMES: dict[bytes, Algorithm] = {der: alg for alg, der in KEY_ALGORITHMS.items()}
_SIGNATURE_ALGORITHM_NAMES: dict[bytes, Algorithm] = {der: alg for alg, der in SIGNATURE_ALGORITHMS.items()}
# Chinese CAs write SM2-with-SM3 with an explicit NULL as often as without; both are the same algorithm.
_SIGNATURE_ALGORITHM_NAMES[bytes.fromhex("300c06082a811ccf550183750500")] = "sm2"


def check_strict(der: bytes, what: str) -> None:
    """Refuse (SchemaInvalid) all but one DER value of at most `SIZE_MAX` bytes; `what` names it in the refusal."""
    if not 0 < len(der) <= SIZE_MAX or _end_of_value(der, 0, len(der), DEPTH_MAX) != len(der):
        raise SchemaInvalid(problem=f"{what} is not one strict DER value of at most {SIZE_MAX} bytes")


def _end_of_value(der: bytes, start: int, end: int, depth: int) -> int | None:
    """Where the value at `start` ends, None unless it and all within it are strict (X.690 §10.1: definite, minimal)."""
    if depth == 0 or start + 2 > end or der[start] & 0x1F == 0x1F:
        return None
    # Sequences and sets are constructed, other universal types are not: no string in pieces (X.690 §10.2).
    if der[start] < 0x40 and (der[start] & 0x1F in (0x10, 0x11)) != bool(der[start] & 0x20):
        return None
    position, length = start + 2, der[start + 1]
    if length >= 0x80:
        width = length - 0x80
        field = der[position : position + width]
        length = int.from_bytes(field, "big")
        # SIZE_MAX needs two bytes at most; the shortest form is the only one.
        if width not in (1, 2) or len(field) != width or length < 0x80 or field[0] == 0:
            return None
        position += width
    stop = position + length
    # An object identifier of thousands of digits would meet Python's configurable limit on printing numbers.
    if stop > end or (der[start] == 0x06 and length > 32):
        return None
    if der[start] & 0x20:
        while position < stop:
            inner = _end_of_value(der, position, stop, depth - 1)
            if inner is None:
                return None
            position = inner
    return stop


def key_algorithm(identifier: bytes) -> Algorithm:
    """`ed25519`, `p256` or `sm2` from the AlgorithmIdentifier of a public key."""
    alg = _KEY_ALGORITHM_NAMES.get(identifier)
    if alg is None:
        raise SchemaInvalid(problem="the public key is neither Ed25519, P-256 nor SM2")
    return alg


def signature_algorithm(identifier: bytes) -> Algorithm:
    """`ed25519`, `p256` or `sm2` from the AlgorithmIdentifier of a signature."""
    alg = _SIGNATURE_ALGORITHM_NAMES.get(identifier)
    if alg is None:
        raise SchemaInvalid(problem="the signature is neither Ed25519, ECDSA-P256-SHA256 nor SM2-SM3")
    return alg


def check_public_key(alg: str, raw: bytes) -> None:
    """Refuse (SchemaInvalid) all but 32 bytes of Ed25519, or `04 ‖ x ‖ y` of a point on the algorithm's curve."""
    if len(raw) != PUBLIC_SIZE[alg]:
        raise SchemaInvalid(problem="the public key is not 32 bytes (Ed25519) or an uncompressed point (P-256, SM2)")
    if alg in CURVES:
        x, y = int.from_bytes(raw[1:33], "big"), int.from_bytes(raw[33:], "big")
        if raw[0] != 4 or not CURVES[alg].holds(x, y):
            raise SchemaInvalid(problem="the public key is not an uncompressed point of its curve")


def signature_from_x509(alg: str, value: bytes) -> bytes:
    """The 64 raw bytes of a signature value as X.509 carries it.

    A CA outside Heqi may write either of the two ECDSA signatures (s or n−s); both say the same, and what we keep is
    the low one. Refuses (SignatureInvalid) BER, negative or oversized numbers, and r or s outside 1…n−1.
    """
    if alg == "ed25519":
        if len(value) != SIGNATURE_SIZE:
            raise SignatureInvalid(problem="an Ed25519 signature has 64 bytes")
        return value
    if _end_of_value(value, 0, len(value), 2) != len(value):
        raise SignatureInvalid(problem="the signature is not a strict DER pair of numbers")
    try:
        pair = DSASignature.load(value, strict=True)
        r, s = pair["r"].native, pair["s"].native
        again = DSASignature({"r": r, "s": s}).dump()
    except (ValueError, TypeError):
        raise SignatureInvalid(problem="the signature is not a strict DER pair of numbers") from None
    if again != value:
        raise SignatureInvalid(problem="the signature is not a strict DER pair of numbers")
    n = CURVES[alg].n
    _check_range(r, s, n)
    if alg == "p256":
        s = min(s, n - s)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signature_to_x509(alg: str, raw: bytes) -> bytes:
    """The signature value X.509 wants for 64 raw bytes; P-256 must be low-S. Refusal: SignatureInvalid."""
    if len(raw) != SIGNATURE_SIZE:
        raise SignatureInvalid(problem="a raw signature has 64 bytes")
    if alg == "ed25519":
        return raw
    r, s, n = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"), CURVES[alg].n
    _check_range(r, s, n)
    if alg == "p256" and s > n // 2:
        raise SignatureInvalid(problem="the P-256 signature is not low-S")
    return DSASignature({"r": r, "s": s}).dump()


def _check_range(r: int, s: int, n: int) -> None:
    if not (0 < r < n and 0 < s < n):
        raise SignatureInvalid(problem="a number of the signature lies outside 1…n−1")
