"""Keys kept by the gateway for users who log in with a password.

    users.json     0600   {"v": 1, "users": {"<organisation>/maker": {"label": "jia.maker", "password": "$argon2id$…"}}}

What holds here: Argon2id password hashes (RFC 9106) beside an unlocked keystore; a file others may read is refused. What does
not: counting failures (sessions.py) and who the user is to the ledger (its certificate tells).
"""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from heqi.kernel.identity.keystore import Credential, Unlocked
from heqi.proof.suites import signature_text
from heqi.types.refusals import NotFound, SchemaInvalid

PASSWORD_MIN = 10
PASSWORD_MAX = 1024


class HostedKeys(Protocol):
    """What a gateway needs of the keys it hosts."""

    def verify_password(self, user: str, password: str) -> bool:
        """Is this the user's password? Takes as long for a user that is not there."""
        ...

    def certificate(self, user: str) -> str:
        """The fingerprint of the user's certificate. Refuses: NOT_FOUND."""
        ...

    def sign(self, user: str, message: bytes) -> str:
        """The user's signature over the message, with its algorithm. Refuses: NOT_FOUND."""
        ...


class HostedUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`label`: the key in the keystore; `password`: its Argon2id hash."""

    label: str
    password: str


class UsersFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The users file as it stands on disk."""

    v: Literal[1] = 1
    users: dict[str, HostedUser] = {}


class KeystoreKeys:
    """Hosted keys from an unlocked keystore and its users file, read at the start and again when it is replaced."""

    def __init__(self, unlocked: Unlocked, users_file: Path) -> None:
        self._unlocked, self._path = unlocked, users_file
        self._opened: dict[str, Credential] = {}
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(os.urandom(16).hex())
        self._stamp, self._users = (0, 0), UsersFile()
        self._refresh()

    def verify_password(self, user: str, password: str) -> bool:
        if len(password) > PASSWORD_MAX:
            return False
        known = self._refresh().users.get(user)
        try:
            matches = self._hasher.verify(known.password if known else self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return matches and known is not None

    def certificate(self, user: str) -> str:
        return self._credential(user).fingerprint

    def sign(self, user: str, message: bytes) -> str:
        key = self._credential(user).key
        return signature_text(key.public.alg, key.sign(message))

    def _credential(self, user: str) -> Credential:
        known = self._refresh().users.get(user)
        if known is None:
            raise NotFound(record=f"hosted key of {user}")
        if known.label not in self._opened:
            self._opened[known.label] = self._unlocked.open(known.label)
        return self._opened[known.label]

    def _refresh(self) -> UsersFile:
        found = self._path.stat()
        if (found.st_mtime_ns, found.st_ino) != self._stamp:
            self._users, self._stamp = read_users(self._path), (found.st_mtime_ns, found.st_ino)
        return self._users


def read_users(path: Path) -> UsersFile:
    """The users file. Refuses (SCHEMA_INVALID) one that others may read or that has another form."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SchemaInvalid(problem=f"{path} 须仅限本人读写 (must be mode 0600)")
    try:
        return msgspec.json.decode(path.read_bytes(), type=UsersFile)
    except msgspec.MsgspecError as error:
        raise SchemaInvalid(problem=f"{path.name}: {error}") from None


def set_password(path: Path, user: str, label: str, password: str, hasher: PasswordHasher | None = None) -> None:
    """Give a user a password, new or changed; the file is replaced whole. Refuses a short one: SCHEMA_INVALID."""
    set_passwords(path, {user: (label, password)}, hasher)


def set_passwords(path: Path, given: dict[str, tuple[str, str]], hasher: PasswordHasher | None = None) -> None:
    """Give users passwords, by user: keystore label and password. Hashing is meant to be slow, so it takes all cores."""
    for _, password in given.values():
        if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
            raise SchemaInvalid(problem=f"口令须为 {PASSWORD_MIN} 至 {PASSWORD_MAX} 个字符 ({PASSWORD_MIN} to {PASSWORD_MAX} characters)")
    hashing = hasher or PasswordHasher()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        hashes = list(pool.map(hashing.hash, [password for _, password in given.values()]))
    users = read_users(path).users if path.exists() else {}
    new = {user: HostedUser(label, hashed) for (user, (label, _)), hashed in zip(given.items(), hashes, strict=True)}
    file = UsersFile(users={**users, **new})
    draft = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(file, order="sorted"), indent=2) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, path)
