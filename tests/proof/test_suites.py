"""The official vectors of every algorithm, and what a signature must not allow."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.proof import sm2
from heqi.proof.suites import (
    P256_ORDER,
    SUITES,
    PrivateKey,
    generate_key,
    parse_signature,
    signature_text,
    signing_message,
    verify,
)
from heqi.types.refusals import SignatureInvalid

ALGORITHMS = pytest.mark.parametrize("alg", ["ed25519", "p256", "sm2"])


@pytest.mark.parametrize(
    ("suite", "data", "digest"),
    [
        ("intl", b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("intl", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        # GB/T 32905-2016, annex A.
        ("gm", b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        ("gm", b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_digests_are_the_standards(suite, data, digest):
    assert SUITES[suite].tagged(data) == f"{SUITES[suite].tag}:{digest}"


@given(st.binary(max_size=300))
def test_both_sm3_implementations_agree(data):
    from gmssl_pyx import sm3_hash

    assert SUITES["gm"].digest(data) == sm3_hash(data)


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [  # RFC 8032 §7.1, tests 1 to 3.
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_ed25519_of_rfc_8032(seed, public, message, signature):
    key = PrivateKey("ed25519", bytes.fromhex(seed))
    assert key.public.raw.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert verify("ed25519", key.public.raw, bytes.fromhex(message), bytes.fromhex(signature))


P256_KEY = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
P256_PUBLIC = (
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)


@pytest.mark.parametrize(
    ("message", "r", "s"),
    [  # RFC 6979 §A.2.5 with SHA-256; the first has the higher s, which we write as n − s.
        (
            b"sample",
            0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
            0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
        ),
        (
            b"test",
            0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
            0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083,
        ),
    ],
)
def test_p256_of_rfc_6979_with_the_lower_s_only(message, r, s):
    key = PrivateKey("p256", bytes.fromhex(P256_KEY))
    assert key.public.raw.hex() == P256_PUBLIC
    low, high = sorted((s, P256_ORDER - s))
    assert verify("p256", key.public.raw, message, r.to_bytes(32, "big") + low.to_bytes(32, "big"))
    assert not verify("p256", key.public.raw, message, r.to_bytes(32, "big") + high.to_bytes(32, "big"))


# GM/T 0003.5-2012 annex A (GB/T 32918.5): key, identity 1234567812345678, "message digest".
SM2_KEY = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
SM2_PUBLIC = (
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
SM2_SIGNATURE = (
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


def test_sm2_of_gm_t_0003_5():
    key = PrivateKey("sm2", bytes.fromhex(SM2_KEY))
    assert key.public.raw.hex() == SM2_PUBLIC
    digest = sm2.digest(key.public.raw, b"message digest")
    assert digest.hex() == "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
    assert verify("sm2", key.public.raw, b"message digest", bytes.fromhex(SM2_SIGNATURE))
    assert not verify("sm2", key.public.raw, b"message digesT", bytes.fromhex(SM2_SIGNATURE))


@pytest.fixture(scope="module")
def both() -> tuple[sm2.OpenSsl, sm2.GmSsl]:
    openssl = sm2.library()
    if not isinstance(openssl, sm2.OpenSsl):
        pytest.skip("this machine's libcrypto has no SM2")
    return openssl, sm2.GmSsl()


@settings(max_examples=15, deadline=None)
@given(scalar=st.integers(1, sm2.ORDER - 2), message=st.binary(max_size=200), bit=st.integers(0, 511))
def test_openssl_and_gmssl_agree_on_keys_and_signatures(both, scalar, message, bit):
    keys = [library.private_key(scalar.to_bytes(32, "big")) for library in both]
    assert keys[0][0] == keys[1][0]
    public = keys[0][0]
    digest = sm2.digest(public, message)
    for signer, (_, key) in zip(both, keys, strict=True):
        signature = sm2.raw(signer.sign(key, digest))
        spoiled = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
        for verifier in both:
            assert verifier.verify(public, digest, sm2.der(signature))
            assert not verifier.verify(public, digest, sm2.der(spoiled))


def test_without_sm2_in_libcrypto_gmssl_takes_over(monkeypatch):
    def missing(self):
        raise OSError("no libcrypto")

    monkeypatch.setattr(sm2.OpenSsl, "__init__", missing)
    sm2.library.cache_clear()
    try:
        assert isinstance(sm2.library(), sm2.GmSsl)
        key = PrivateKey("sm2", bytes.fromhex(SM2_KEY))
        assert key.public.raw.hex() == SM2_PUBLIC
        assert verify("sm2", key.public.raw, b"m", key.sign(b"m"))
        assert not verify("sm2", b"\4" + bytes(64), b"m", bytes(64))
    finally:
        sm2.library.cache_clear()


@pytest.mark.parametrize(
    "data",
    [
        "",
        "30",
        "3006020101020101ff",  # a byte too many
        "300702020001020101",  # an integer with a needless zero
        "30060201ff020101",  # a negative one
        "3080020101020101",
        "3026022101" + "00" * 32 + "020101",  # 2^256
    ],
)
def test_only_strict_der_is_read(data):
    with pytest.raises(SignatureInvalid):
        sm2.raw(bytes.fromhex(data))
    assert sm2.raw(sm2.der(bytes([255]) * 64)) == bytes([255]) * 64
    assert sm2.raw(sm2.der(bytes(63) + b"\1")) == bytes(63) + b"\1"


@ALGORITHMS
def test_a_signature_is_for_its_message_key_and_purpose_only(alg):
    key, other = generate_key(alg), generate_key(alg)
    message = signing_message(b"tx", b"{}")
    assert message == b"heqi/tx\0{}"
    signature = key.sign(message)
    assert len(signature) == 64
    assert verify(alg, key.public.raw, message, signature)
    assert not verify(alg, key.public.raw, signing_message(b"login", b"{}"), signature)
    assert not verify(alg, other.public.raw, message, signature)
    again = PrivateKey(alg, key.raw())
    assert again.public == key.public and verify(alg, again.public.raw, b"", again.sign(b""))


@ALGORITHMS
def test_whatever_is_malformed_is_not_a_signature(alg):
    key = generate_key(alg)
    public, message = key.public.raw, b"message"
    signature = key.sign(message)
    zeros = bytes(32)
    for bad in (b"", signature[:-1], signature + b"\0", bytes(64), b"\xff" * 64, signature[:32] + zeros, zeros * 2):
        assert not verify(alg, public, message, bad)
    for bad in (b"", public[:-1], public + b"\0", bytes(len(public)), b"\4" + b"\1" * (len(public) - 1), b"\xff" * 65):
        assert not verify(alg, bad, message, signature)
    assert not verify(alg, public, message[1:], signature + message[:1])
    assert not verify("rsa", public, message, signature)


@ALGORITHMS
def test_every_flipped_bit_of_a_signature_is_refused(alg):
    key = generate_key(alg)
    number = int.from_bytes(key.sign(b"message"), "big")
    for bit in range(0, 512, 1 if alg == "ed25519" else 17):
        assert not verify(alg, key.public.raw, b"message", (number ^ 1 << bit).to_bytes(64, "big"))


@pytest.mark.parametrize(
    ("alg", "raw"),
    [
        ("p256", bytes(32)),
        ("p256", b"\xff" * 32),
        ("sm2", bytes(32)),
        ("sm2", b"\xff" * 32),
        ("sm2", (sm2.ORDER - 1).to_bytes(32, "big")),
        ("ed25519", bytes(31)),
        ("rsa", bytes(32)),
    ],
)
def test_what_is_no_private_key_is_refused(alg, raw):
    with pytest.raises(SignatureInvalid):
        PrivateKey(alg, raw)


@ALGORITHMS
def test_a_signature_has_one_spelling(alg):
    text = signature_text(alg, bytes(range(64)))
    assert parse_signature(text) == (alg, bytes(range(64)))
    for other in (text.upper(), text + "\n", " " + text, text[:-1], text + "0", "rsa" + text[text.index(":") :], ""):
        with pytest.raises(SignatureInvalid):
            parse_signature(other)


def test_an_unknown_algorithm_makes_no_key():
    with pytest.raises(SignatureInvalid):
        generate_key("rsa")  # type: ignore[arg-type]


def test_a_bad_sm2_signature_leaves_nothing_on_stderr():
    code = (
        "from heqi.proof.suites import *; k = generate_key('sm2'); "
        "assert not verify('sm2', k.public.raw, b'm', bytes([1]) * 64)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr == b""
