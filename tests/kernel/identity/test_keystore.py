"""Private keys at rest: readable with the passphrase alone, and never exchanged unnoticed."""

import json
import shutil
import stat
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.kernel.identity import keystore as subject
from heqi.kernel.identity.ca import CertificateAuthority, make_request
from heqi.kernel.identity.keystore import Kdf, Keystore, PassphraseWrong
from heqi.proof.suites import SUITES, generate_key, verify
from heqi.types.refusals import AlreadyExists, DocMismatch, NotFound, SchemaInvalid
from heqi.types.rejection import Rejection

ALGORITHMS = ["ed25519", "p256", "sm2"]
ORG = "91990000MA0001843A"
PASSPHRASE = "合契 demo passphrase"


@cache
def issued(alg="ed25519", user="maker"):
    key = generate_key(alg)
    ca = CertificateAuthority.create("CA", alg)
    return key, ca.issue(make_request(key, ORG, user), ORG, user, 30)


@pytest.fixture
def store(tmp_path):
    return Keystore(tmp_path / "keys", SUITES["intl"])


@pytest.fixture
def filled(store):
    store.add("maker", *issued(), PASSPHRASE)
    return store


def path_of(store, label="maker"):
    return store.directory / f"{label}.key.json"


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_comes_back_with_its_certificate_and_signs(alg, tmp_path):
    suite = SUITES["gm" if alg == "sm2" else "intl"]
    key, der = issued(alg)
    Keystore(tmp_path, suite).add("maker", key, der, PASSPHRASE)
    credential = Keystore(tmp_path, suite).open("maker", PASSPHRASE)
    assert (credential.key.alg, credential.key.raw(), credential.certificate_der) == (alg, key.raw(), der)
    assert credential.fingerprint == suite.tagged(der)
    assert verify(alg, key.public.raw, b"m", credential.key.sign(b"m"))


def test_only_the_owner_may_read_the_directory_and_its_files(filled):
    assert stat.S_IMODE(filled.directory.stat().st_mode) == 0o700
    assert [entry.name for entry in filled.directory.iterdir()] == ["maker.key.json"]
    assert stat.S_IMODE(path_of(filled).stat().st_mode) == 0o600


def test_a_key_file_names_everything_but_the_key(filled):
    key, _ = issued()
    text = path_of(filled).read_text()
    file = json.loads(text)
    assert set(file) == {"v", "label", "alg", "kdf", "nonce", "certificate", "ciphertext"}
    assert (file["v"], file["label"], file["alg"], file["kdf"]["name"]) == (1, "maker", "ed25519", "argon2id")
    assert file["certificate"].startswith("-----BEGIN CERTIFICATE-----\n")
    assert key.raw().hex() not in text and len(file["ciphertext"]) == 64  # Base64 of 32 bytes and a 16-byte tag.


def test_one_derivation_opens_many_keys_each_under_its_own_nonce(store, monkeypatch):
    derivations = []
    derive = Kdf.master_key
    monkeypatch.setattr(Kdf, "master_key", lambda kdf, passphrase: derivations.append(kdf) or derive(kdf, passphrase))
    unlocked = store.unlock(PASSPHRASE)
    for number in range(60):
        unlocked.add(f"desk{number:02}", *issued())
    assert len(derivations) == 1
    again = store.unlock(PASSPHRASE)
    assert [again.open(label).key.raw() for label in store.labels()] == [issued()[0].raw()] * 60
    assert len(derivations) == 2
    assert len({store.read(label).nonce for label in store.labels()}) == 60


def test_a_key_added_later_shares_the_salt(filled):
    filled.add("checker", *issued(user="checker"), PASSPHRASE)
    assert filled.labels() == ["checker", "maker"]
    assert filled.read("checker").kdf == filled.read("maker").kdf


def test_a_file_from_another_keystore_opens_with_the_same_passphrase(filled, tmp_path):
    other = Keystore(tmp_path / "other", SUITES["intl"])
    other.add("checker", *issued(user="checker"), PASSPHRASE)
    shutil.copy(path_of(other, "checker"), filled.directory)
    assert filled.unlock(PASSPHRASE).open("checker").certificate_der == issued(user="checker")[1]


def test_a_wrong_passphrase_opens_nothing_and_adds_nothing(filled):
    for act in (
        lambda: filled.unlock("wrong"),
        lambda: filled.open("maker", "wrong"),
        lambda: filled.add("checker", *issued(user="checker"), "wrong"),
    ):
        with pytest.raises(PassphraseWrong) as refused:
            act()
        assert "口令错误" in refused.value.text("zh")
    assert filled.labels() == ["maker"]


def test_a_label_is_given_once(filled):
    before = path_of(filled).read_bytes()
    with pytest.raises(AlreadyExists):
        filled.add("maker", *issued(user="other"), PASSPHRASE)
    assert path_of(filled).read_bytes() == before
    assert [entry.name for entry in filled.directory.iterdir()] == ["maker.key.json"]


def test_a_crash_while_writing_leaves_no_key_file(filled, monkeypatch):
    def crash(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(subject.os, "fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        filled.add("checker", *issued(user="checker"), PASSPHRASE)
    assert [entry.name for entry in filled.directory.iterdir()] == ["maker.key.json"]


@pytest.mark.parametrize("label", ["", "../maker", "a/b", ".hidden", "Maker", "经办", "a" * 65, "a\n", "-a"])
def test_a_label_that_is_no_file_name_is_refused(label, filled):
    with pytest.raises(SchemaInvalid):
        filled.add(label, *issued(user="checker"), PASSPHRASE)
    with pytest.raises(SchemaInvalid):
        filled.open(label, PASSPHRASE)


def test_an_unknown_label_is_not_found(filled, store):
    with pytest.raises(NotFound):
        filled.open("nobody", PASSPHRASE)


def test_an_empty_keystore_has_no_labels(store):
    assert store.labels() == []
    with pytest.raises(NotFound):
        store.open("maker", PASSPHRASE)


def test_a_certificate_of_another_key_is_refused(store):
    with pytest.raises(DocMismatch):
        store.add("maker", issued()[0], issued(user="other")[1], PASSPHRASE)
    assert store.labels() == []


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"label": "checker"}, SchemaInvalid),
        ({"v": 2}, SchemaInvalid),
        ({"alg": "rsa"}, SchemaInvalid),
        ({"alg": "p256"}, PassphraseWrong),
        ({"nonce": "AAAAAAAAAAAAAAAA"}, PassphraseWrong),
        ({"nonce": ""}, SchemaInvalid),
        ({"ciphertext": ""}, PassphraseWrong),
        ({"ciphertext": "not base64"}, SchemaInvalid),
        ({"certificate": ""}, PassphraseWrong),
        ({"surplus": 1}, SchemaInvalid),
        ({"kdf": {"salt": "AAAAAAAAAAAAAAAAAAAAAA=="}}, PassphraseWrong),
        ({"kdf": {"salt": ""}}, SchemaInvalid),
        ({"kdf": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "memory_kib": 1 << 30}}, SchemaInvalid),
        ({"kdf": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "passes": 10**9}}, SchemaInvalid),
        ({"kdf": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "lanes": 0}}, SchemaInvalid),
        ({"kdf": {"salt": "AAAAAAAAAAAAAAAAAAAAAA==", "name": "md5"}}, SchemaInvalid),
    ],
)
def test_a_changed_key_file_is_refused(change, refusal, filled):
    path = path_of(filled)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(refusal):
        filled.open("maker", PASSPHRASE)


def test_the_certificate_of_a_key_cannot_be_exchanged(filled):
    filled.add("checker", *issued(user="checker"), PASSPHRASE)
    path = path_of(filled)
    file, other = json.loads(path.read_text()), json.loads(path_of(filled, "checker").read_text())
    path.write_text(json.dumps({**file, "certificate": other["certificate"]}))
    with pytest.raises(PassphraseWrong):
        filled.unlock(PASSPHRASE).open("maker")


@given(noise=st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_a_file_of_any_bytes_ends_as_a_refusal(noise, tmp_path_factory):
    directory = tmp_path_factory.mktemp("keys")
    (directory / "maker.key.json").write_bytes(noise)
    with pytest.raises(Rejection):
        Keystore(directory, SUITES["intl"]).open("maker", PASSPHRASE)
