"""The functions of secp256k1-zkp that commitments and range proofs need, out of the library in the wallycore wheel.

What holds here: bytes in, bytes out; whatever cannot be parsed is None or False, never an exception and never a crash. What not:
statements. commitments.py says what is proved. wallycore's own interface has no check of a range proof by a third party, so the
exported C functions are called (each releases the GIL); the wheel's version is bounded in pyproject.toml, and the tests fail first
if a symbol is gone.
"""

import ctypes
import secrets
from functools import cache
from importlib.util import find_spec
from typing import Any

SCALAR_SIZE = 32
NO_BLIND = bytes(SCALAR_SIZE)
"""For amounts everybody may see."""
COMMITMENT_SIZE = 33
_OPAQUE = 64
"""secp256k1_pedersen_commitment and secp256k1_generator: 64 bytes whose meaning is the library's own."""
PROOF_SIZE_MAX = 5134
_Opaque = ctypes.c_char * _OPAQUE


@cache
def _lib() -> Any:
    wheel = find_spec("_wallycore")  # Found, not imported: its Python side is not needed.
    assert wheel is not None and wheel.origin is not None, "wallycore is not installed"
    lib = ctypes.CDLL(wheel.origin)
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    for name, takes, gives in (
        ("context_create", (ctypes.c_uint,), pointer),
        ("context_randomize", (pointer, pointer), ctypes.c_int),
        ("ec_seckey_verify", (pointer, pointer), ctypes.c_int),
        ("generator_generate", (pointer,) * 3, ctypes.c_int),
        ("pedersen_commit", (pointer, pointer, pointer, ctypes.c_uint64, pointer), ctypes.c_int),
        ("pedersen_commitment_parse", (pointer,) * 3, ctypes.c_int),
        ("pedersen_commitment_serialize", (pointer,) * 3, ctypes.c_int),
        ("pedersen_blind_sum", (pointer, pointer, pointer, size, size), ctypes.c_int),
        ("pedersen_verify_tally", (pointer, pointer, size, pointer, size), ctypes.c_int),
    ):
        function = getattr(lib, f"secp256k1_{name}")
        function.argtypes, function.restype = takes, gives
    lib.secp256k1_rangeproof_sign.argtypes = (
        pointer, pointer, ctypes.POINTER(size), ctypes.c_uint64, pointer, pointer, pointer, ctypes.c_int, ctypes.c_int, ctypes.c_uint64,
        pointer, size, pointer, size, pointer,
    )  # fmt: skip
    lib.secp256k1_rangeproof_verify.argtypes = (
        pointer, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_uint64), pointer, pointer, size, pointer, size, pointer,
    )  # fmt: skip
    return lib


@cache
def _context() -> int:
    context = _lib().secp256k1_context_create(1)  # SECP256K1_CONTEXT_NONE: signing and verifying need nothing more.
    assert _lib().secp256k1_context_randomize(context, secrets.token_bytes(32))  # Against side channels, as the library advises.
    return context


@cache
def _generator(seed: bytes) -> Any:
    point = _Opaque()
    assert _lib().secp256k1_generator_generate(_context(), point, seed)
    return point


def is_scalar(data: bytes) -> bool:
    """A blinding factor: 32 bytes, not zero, below the group's order."""
    return len(data) == SCALAR_SIZE and bool(_lib().secp256k1_ec_seckey_verify(_context(), data))


def commit(seed: bytes, value: int, blind: bytes) -> bytes:
    """blind·G + value·H, 33 bytes; H is the point hashed from the 32-byte seed."""
    point, out = _Opaque(), ctypes.create_string_buffer(COMMITMENT_SIZE)
    assert _lib().secp256k1_pedersen_commit(_context(), point, blind, value, _generator(seed))
    _lib().secp256k1_pedersen_commitment_serialize(_context(), out, point)
    return out.raw


def blind_sum(plus: list[bytes], minus: list[bytes]) -> bytes:
    """The sum of scalars less the sum of others, modulo the group's order."""
    out, every = ctypes.create_string_buffer(SCALAR_SIZE), [*plus, *minus]
    given = (ctypes.c_char_p * len(every))(*every)
    assert _lib().secp256k1_pedersen_blind_sum(_context(), out, given, len(every), len(plus))
    return out.raw


def tallies(plus: list[bytes], minus: list[bytes]) -> bool:
    """Is the sum of commitments the sum of others? False for what is no commitment."""
    points = [_parse(data) for data in (*plus, *minus)]
    if any(point is None for point in points):
        return False
    given = (ctypes.c_void_p * len(points))(*map(ctypes.addressof, points))
    rest = ctypes.byref(given, len(plus) * ctypes.sizeof(ctypes.c_void_p))
    return bool(_lib().secp256k1_pedersen_verify_tally(_context(), given, len(plus), rest, len(minus)))


def prove_range(seed: bytes, value: int, blind: bytes, commitment: bytes, *, bits: int, nonce: bytes, context: bytes) -> bytes:
    """A proof that the commitment's value lies in [0, 2^bits), good in this context only. The nonce stays secret."""
    point, size = _parse(commitment), ctypes.c_size_t(PROOF_SIZE_MAX)
    assert point is not None
    out = ctypes.create_string_buffer(PROOF_SIZE_MAX)
    assert _lib().secp256k1_rangeproof_sign(
        _context(), out, ctypes.byref(size), 0, point, blind, nonce, 0, bits, value, None, 0, context, len(context), _generator(seed)
    ), "the value is not in the range"
    return out.raw[: size.value]


def proven_range(seed: bytes, commitment: bytes, proof: bytes, context: bytes) -> tuple[int, int] | None:
    """The least and the greatest value the proof leaves open, or None when it does not hold in this context."""
    point = _parse(commitment)
    if point is None or not 0 < len(proof) <= PROOF_SIZE_MAX:
        return None
    least, most = ctypes.c_uint64(), ctypes.c_uint64()
    holds = _lib().secp256k1_rangeproof_verify(
        _context(), ctypes.byref(least), ctypes.byref(most), point, proof, len(proof), context, len(context), _generator(seed)
    )
    return (least.value, most.value) if holds else None


def _parse(data: bytes) -> Any:
    point = _Opaque()
    if len(data) != COMMITMENT_SIZE or not _lib().secp256k1_pedersen_commitment_parse(_context(), point, data):
        return None
    return point
