"""A directory of encrypted private keys with their certificates: one file a key, one format for every algorithm.

    <directory>/            0700
      maker.key.json        0600   {v, label, alg, kdf, nonce, certificate, ciphertext}

What holds here: Argon2id (RFC 9106) turns the passphrase into a master key, AES-256-GCM under a fresh nonce hides the
32 raw bytes of a private key, and everything else in the file is authenticated with it, so neither label nor
certificate can be exchanged. All keys of a directory share one salt: `unlock` derives once and opens sixty keys in the
time of one. Files appear whole or not at all and are never overwritten.
What does not: protection of a key in memory, or against somebody who can delete files. The envelope protects data at
rest on one machine and is the same on `gm` chains; where SM4 is demanded a certified module (GM/T 0028) replaces it.
"""

import os
import re
import secrets
import ssl
from pathlib import Path
from typing import Literal

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from heqi.kernel.identity.x509 import fingerprint, parse_certificate
from heqi.kernel.state.durable import sync_directory
from heqi.proof.suites import Algorithm, PrivateKey, Suite
from heqi.types.refusals import AlreadyExists, DocMismatch, NotFound, SchemaInvalid
from heqi.types.rejection import Rejection

SUFFIX = ".key.json"
_LABEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class PassphraseWrong(Rejection):
    """口令错误，或密钥文件 {label} 已被改动。请核对口令。
    Wrong passphrase, or the key file {label} was altered. Check the passphrase."""

    label: str


class Kdf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Argon2id and its cost; the default is RFC 9106 §4, second recommendation: 64 MiB, three passes, four lanes."""

    salt: bytes
    name: Literal["argon2id"] = "argon2id"
    memory_kib: int = 65536
    passes: int = 3
    lanes: int = 4

    def master_key(self, passphrase: str) -> bytes:
        """32 bytes. Refuses (SchemaInvalid) a cost that a changed file could use to exhaust the machine."""
        if len(self.salt) != 16 or not (
            8 * self.lanes <= self.memory_kib <= 1 << 20 and 1 <= self.passes <= 16 and 1 <= self.lanes <= 16
        ):
            raise SchemaInvalid(problem="the cost of the key derivation is out of bounds")
        return hash_secret_raw(
            passphrase.encode(), self.salt, self.passes, self.memory_kib, self.lanes, hash_len=32, type=Type.ID
        )


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One key as it lies on disk; bytes are base64, the certificate is PEM."""

    v: Literal[1]
    label: str
    alg: Algorithm
    kdf: Kdf
    nonce: bytes
    certificate: str
    ciphertext: bytes = b""

    def authenticated(self) -> bytes:
        return msgspec.json.encode(msgspec.structs.replace(self, ciphertext=b""), order="sorted")


class Credential(msgspec.Struct, frozen=True):
    """An opened key with its certificate, ready to sign."""

    key: PrivateKey
    certificate_der: bytes
    fingerprint: str


class Keystore:
    """A keystore directory, made at the first `add`. The suite names how its certificates' fingerprints are taken."""

    def __init__(self, directory: Path, suite: Suite) -> None:
        self.directory, self.suite = directory, suite

    def labels(self) -> list[str]:
        return sorted(path.name.removesuffix(SUFFIX) for path in self.directory.glob(f"*{SUFFIX}"))

    def unlock(self, passphrase: str) -> "Unlocked":
        """Derive the master key once for any number of keys. Refusal: PassphraseWrong (an empty keystore takes any)."""
        return Unlocked(self, passphrase)

    def add(self, label: str, key: PrivateKey, certificate_der: bytes, passphrase: str) -> None:
        self.unlock(passphrase).add(label, key, certificate_der)

    def open(self, label: str, passphrase: str) -> Credential:
        return self.unlock(passphrase).open(label)

    def read(self, label: str) -> KeyFile:
        """The file of one key, still sealed. Refusals: SchemaInvalid, NotFound."""
        path = self._path(label)
        try:
            return msgspec.json.decode(path.read_bytes(), type=KeyFile)
        except FileNotFoundError:
            raise NotFound(record=f"key {label}") from None
        except msgspec.MsgspecError:
            raise SchemaInvalid(problem=f"{path.name} is not a key file") from None

    def write(self, file: KeyFile) -> None:
        """Put a new file in place in one step. Refusal: AlreadyExists."""
        final = self._path(file.label)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        draft = final.with_name(f".{final.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
            os.link(draft, final)  # Unlike rename, a link never takes the place of another key.
        except FileExistsError:
            raise AlreadyExists(record=f"key {file.label}") from None
        finally:
            draft.unlink()
        sync_directory(self.directory)

    def _path(self, label: str) -> Path:
        if not _LABEL.fullmatch(label):
            raise SchemaInvalid(problem="a key's label has 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit")
        return self.directory / f"{label}{SUFFIX}"


class Unlocked:
    """A keystore with its passphrase given. A file from elsewhere may bring its own salt: one derivation more."""

    def __init__(self, keystore: Keystore, passphrase: str) -> None:
        self.keystore, self._passphrase = keystore, passphrase
        self._masters: dict[Kdf, AESGCM] = {}
        first = next(iter(keystore.labels()), None)
        if first is None:
            self._kdf = Kdf(salt=secrets.token_bytes(16))
        else:
            # Opening one key proves the passphrase before anything is added under another one.
            self._kdf = keystore.read(first).kdf
            self.open(first)

    def add(self, label: str, key: PrivateKey, certificate_der: bytes) -> None:
        """Seal a key with its certificate. Refusals: SchemaInvalid (label, certificate), DocMismatch, AlreadyExists."""
        _check_pair(key, certificate_der)
        nonce = secrets.token_bytes(12)
        certificate = ssl.DER_cert_to_PEM_cert(certificate_der)
        file = KeyFile(1, label, key.public.alg, self._kdf, nonce, certificate)
        sealed = self._master(self._kdf).encrypt(nonce, key.raw(), file.authenticated())
        self.keystore.write(msgspec.structs.replace(file, ciphertext=sealed))

    def open(self, label: str) -> Credential:
        """Refusals, in order: NotFound, SchemaInvalid (not a key file), PassphraseWrong, DocMismatch."""
        file = self.keystore.read(label)
        if len(file.nonce) != 12 or file.label != label:
            raise SchemaInvalid(problem=f"{label}{SUFFIX} is not the key file of this label")
        try:
            raw = self._master(file.kdf).decrypt(file.nonce, file.ciphertext, file.authenticated())
        except InvalidTag:
            raise PassphraseWrong(label=label) from None
        key, certificate_der = PrivateKey(file.alg, raw), _unarmored(label, file.certificate)
        _check_pair(key, certificate_der)
        return Credential(key, certificate_der, fingerprint(certificate_der, self.keystore.suite))

    def _master(self, kdf: Kdf) -> AESGCM:
        if kdf not in self._masters:
            self._masters[kdf] = AESGCM(kdf.master_key(self._passphrase))
        return self._masters[kdf]


def _unarmored(label: str, certificate: str) -> bytes:
    try:
        return ssl.PEM_cert_to_DER_cert(certificate)
    except ValueError:
        raise SchemaInvalid(problem=f"{label}{SUFFIX} holds no PEM certificate") from None


def _check_pair(key: PrivateKey, certificate_der: bytes) -> None:
    facts = parse_certificate(certificate_der)
    if (facts.alg, facts.public_key) != (key.alg, key.public.raw):
        raise DocMismatch(item="certificate", expected="the public key of its private key", actual="another key")
