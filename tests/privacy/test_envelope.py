"""What an envelope promises: every named recipient reads the same document, nobody else does, and nothing can be moved."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from heqi.privacy.envelope import (
    Envelope,
    WrappedKey,
    generate_recipient_key,
    generate_salt,
    open_envelope,
    salted_hash,
    seal,
    share,
)
from heqi.proof import canonical
from heqi.types.refusals import AlreadyExists, HashMismatch, RoleForbidden, SchemaInvalid

DOCUMENT = '{"金额":"1000.00","card":"6217990000000000014"}'.encode()
CHAIN, RECORD = "heqi-test", "loan/L-1"
SUITES = pytest.mark.parametrize("suite", ["intl", "gm"])


@pytest.fixture(params=["intl", "gm"])
def sealed(request):
    keys = {name: generate_recipient_key(request.param) for name in ("bank", "regulator")}
    publics = {name: public for name, (_, public) in keys.items()}
    return seal(request.param, CHAIN, RECORD, DOCUMENT, publics), {name: private for name, (private, _) in keys.items()}


def test_every_listed_recipient_reads_the_document(sealed):
    envelope, keys = sealed
    for name, private in keys.items():
        assert open_envelope(envelope, CHAIN, RECORD, name, private) == DOCUMENT
    assert DOCUMENT not in canonical.encode(envelope)


def test_an_envelope_survives_the_ledger(sealed):
    envelope, keys = sealed
    data = canonical.encode(envelope)
    assert canonical.is_canonical(data, Envelope)
    assert open_envelope(canonical.decode(data, Envelope), CHAIN, RECORD, "bank", keys["bank"]) == DOCUMENT


def test_nobody_else_reads_it(sealed):
    envelope, keys = sealed
    stranger, _ = generate_recipient_key(envelope.suite)
    with pytest.raises(RoleForbidden):
        open_envelope(envelope, CHAIN, RECORD, "stranger", stranger)
    for private in (stranger, keys["regulator"], b"", bytes(32)):
        with pytest.raises(HashMismatch):
            open_envelope(envelope, CHAIN, RECORD, "bank", private)


def test_an_envelope_cannot_be_shown_as_another_record_or_chain(sealed):
    envelope, keys = sealed
    for chain, record in (("other", RECORD), (CHAIN, "loan/L-2")):
        moved = structs.replace(envelope, chain=chain, record=record)
        with pytest.raises(HashMismatch):
            open_envelope(moved, chain, record, "bank", keys["bank"])
        with pytest.raises(HashMismatch):
            open_envelope(envelope, chain, record, "bank", keys["bank"])


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_a_changed_bit_anywhere_is_refused(sealed):
    envelope, keys = sealed
    wrapped = envelope.recipients[0]
    changed = [structs.replace(envelope, nonce=_flipped(envelope.nonce, at)) for at in (0, 11)]
    changed += [structs.replace(envelope, ciphertext=_flipped(envelope.ciphertext, at)) for at in (0, 20, 45)]
    changed += [structs.replace(envelope, nonce=b""), structs.replace(envelope, ciphertext=b"short")]
    changed += [structs.replace(envelope, key_commitment="sha256:" + "00" * 32)]
    changed += [structs.replace(envelope, suite={"intl": "gm", "gm": "intl"}[envelope.suite])]
    for at in range(len(wrapped.key)):
        spoiled = WrappedKey("bank", _flipped(wrapped.key, at))
        changed.append(structs.replace(envelope, recipients=[spoiled, *envelope.recipients[1:]]))
    for one in changed:
        with pytest.raises(HashMismatch):
            open_envelope(one, CHAIN, RECORD, "bank", keys["bank"])


def test_a_recipient_may_share_and_then_the_other_reads_the_same(sealed):
    envelope, keys = sealed
    private, public = generate_recipient_key(envelope.suite)
    wider = share(envelope, CHAIN, RECORD, "bank", keys["bank"], {"auditor": public})
    assert open_envelope(wider, CHAIN, RECORD, "auditor", private) == DOCUMENT
    assert wider.ciphertext == envelope.ciphertext
    with pytest.raises(AlreadyExists):
        share(wider, CHAIN, RECORD, "bank", keys["bank"], {"regulator": public})
    with pytest.raises(RoleForbidden):
        share(envelope, CHAIN, RECORD, "auditor", private, {"friend": public})


def test_two_recipients_cannot_be_given_different_keys(sealed):
    envelope, keys = sealed
    _, public = generate_recipient_key(envelope.suite)
    other = seal(envelope.suite, CHAIN, RECORD, b"another document", {"regulator": public})
    mixed = structs.replace(envelope, key_commitment=other.key_commitment)
    with pytest.raises(HashMismatch):
        open_envelope(mixed, CHAIN, RECORD, "bank", keys["bank"])


@pytest.mark.parametrize("suite", ["intl", "gm"])
@pytest.mark.parametrize("public", [b"", b"\4" + b"\1" * 64, b"x" * 31, bytes(33)])
def test_what_is_no_public_key_is_refused(suite, public):
    with pytest.raises(SchemaInvalid):
        seal(suite, CHAIN, RECORD, DOCUMENT, {"bank": public})


def test_an_envelope_for_nobody_is_refused():
    with pytest.raises(SchemaInvalid):
        seal("intl", CHAIN, RECORD, DOCUMENT, {})


@SUITES
@settings(max_examples=15, deadline=None)
@given(document=st.binary(max_size=500))
def test_any_bytes_come_back(suite, document):
    private, public = generate_recipient_key(suite)
    assert open_envelope(seal(suite, CHAIN, RECORD, document, {"a": public}), CHAIN, RECORD, "a", private) == document


def test_sm4_of_gb_t_32907():
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    assert encryptor.update(key).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_of_rfc_8998_appendix_a():
    key, nonce = bytes.fromhex("0123456789abcdeffedcba9876543210"), bytes.fromhex("00001234567800000000abcd")
    plain = b"".join(bytes([pair]) * 8 for pair in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
    assert (encryptor.update(plain) + encryptor.finalize()).hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )
    assert encryptor.tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"


def test_a_salted_hash_depends_on_salt_and_value_and_is_frozen():
    salt = bytes(range(16))
    assert salted_hash("intl", salt, {"amount_fen": 100}) == (
        "sha256:" + SALTED["intl"]
    )
    assert salted_hash("gm", salt, {"amount_fen": 100}) == "sm3:" + SALTED["gm"]
    assert salted_hash("intl", salt, {"amount_fen": 101}) != salted_hash("intl", salt, {"amount_fen": 100})
    assert salted_hash("intl", generate_salt(), 1) != salted_hash("intl", generate_salt(), 1)
    with pytest.raises(SchemaInvalid):
        salted_hash("intl", b"short", 1)


SALTED = {
    "intl": "197e6eb7fd34c2c53aa6c8617c8bc60910c93befa4cd8d2e7d66c29e7e0bde86",
    "gm": "bfe778fc05e97acf1d11a220820cdbf98ac132576d27febd4278091ccd46cc19",
}
