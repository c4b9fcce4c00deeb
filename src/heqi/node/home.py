"""A node's folder: everything one institution (here: the demo consortium) keeps on disk.

    genesis.json        the trust anchor: chain, suite, validators (give it to whoever verifies receipts)
    founding.json       the founding document whose digest the anchor carries
    keys/               the encrypted keystore: CA, validator, every desk
    logins.json         passwords of the hosted desks, for the demo only (mode 0600)
    passphrase          the keystore's passphrase, for the demo only (mode 0600); elsewhere HEQI_PASSPHRASE gives it
    node.json           in a network: this node's addresses and its peers'; without it the chain runs on the embedded engine
    tls/                in a network: the gateway's certificate and key, and the authority both sides trust
    chain/              blocks (the block log, the durability point) and state (LMDB, rebuilt from the log if need be)
    history/            the read model of the explorer and the state it replays on; both may be thrown away
    standins/           the stand-ins' databases and keys
"""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from heqi.client.stage import Actor
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.cometbft import CometEngine
from heqi.kernel.engines.cometbft.config import Settings
from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.kernel.engines.port import Engine
from heqi.kernel.identity.ca import make_request
from heqi.kernel.identity.keystore import Keystore, Unlocked
from heqi.kernel.identity.model import OrgType
from heqi.kernel.ledger.genesis import GenesisState
from heqi.kernel.ledger.machine import stamp
from heqi.kernel.nodes.contract import POWER
from heqi.node.cast import CAST
from heqi.node.consortium import CERTIFICATE_DAYS, Consortium, Issued, establish
from heqi.proof.header import Validator, sort_validators
from heqi.proof.receipt import Genesis
from heqi.proof.suites import SUITES, PrivateKey, generate_key

VALIDATOR = "validator"
NODE = "node"

AUTHORITY = "authority"


class NodePlace(msgspec.Struct, frozen=True):
    """Where a member's node is: `gateway` is what clients dial (host:port, TLS); `settings` the addresses among members."""

    gateway: str
    settings: Settings


class Home:
    """An opened folder: anchor, founding document, keys."""

    def __init__(self, directory: Path, genesis: Genesis, founding: GenesisState, keys: Unlocked) -> None:
        self.directory, self.genesis, self.founding, self.keys = directory, genesis, founding, keys

    @classmethod
    def exists(cls, directory: Path) -> bool:
        return (directory / "genesis.json").exists()

    @classmethod
    def create(cls, directory: Path, *, chain: str, suite: str, business_date: date, passphrase: str | None = None) -> "Home":
        """Found a demo consortium in an empty folder: CA, desks, validator key, founding document, trust anchor."""
        start = datetime.now(UTC)
        consortium = establish(CAST, suite=suite, start=start - timedelta(minutes=5), business_date=business_date)
        validator = generate_key("ed25519")
        genesis = anchor(chain, consortium, [validator], start)
        platform = next(party.org for party in CAST if party.org_type is OrgType.PLATFORM)
        desks = list(consortium.desks.values())
        return cls.furnish(directory, genesis, consortium, desks, {VALIDATOR: validator}, platform, passphrase=passphrase, authority=True)

    @classmethod
    def furnish(
        cls, directory: Path, genesis: Genesis, consortium: Consortium, desks: Sequence[Issued], node_keys: dict[str, PrivateKey], org: str,
        *, passphrase: str | None = None, authority: bool = False,
    ) -> "Home":  # fmt: skip
        """An institution's folder: its desks' keys and logins, its node's keys, the documents; the CA's key where `authority`."""
        directory.mkdir(parents=True, exist_ok=True)
        if passphrase is None:
            passphrase = secrets.token_urlsafe(24)
            _write_private(directory / "passphrase", passphrase.encode())
        keys = Keystore(directory / "keys", SUITES[genesis.suite]).unlock(passphrase)
        if authority:
            consortium.authority.save(keys, AUTHORITY)
        for issued in desks:
            keys.add(label(issued.actor.user), issued.actor.key, issued.certificate_der)
        for name, key in node_keys.items():
            keys.add(name, key, consortium.authority.issue(make_request(key, org, name), org, name, CERTIFICATE_DAYS))
        logins = {issued.actor.user: secrets.token_urlsafe(9) for issued in desks}
        _write_private(directory / "logins.json", msgspec.json.format(msgspec.json.encode(logins)))
        (directory / "founding.json").write_bytes(msgspec.json.encode(consortium.genesis, order="sorted"))
        # The anchor comes last: a folder with an anchor is complete.
        (directory / "genesis.json").write_bytes(msgspec.json.encode(genesis, order="sorted"))
        return cls(directory, genesis, consortium.genesis, keys)

    @classmethod
    def open(cls, directory: Path) -> "Home":
        """Open a founded folder. Refuses: PASSPHRASE_WRONG; raises ValueError when its documents do not belong together."""
        genesis = msgspec.json.decode((directory / "genesis.json").read_bytes(), type=Genesis)
        founding = msgspec.json.decode((directory / "founding.json").read_bytes(), type=GenesisState)
        if founding.digest(SUITES[genesis.suite]) != genesis.content:
            raise ValueError("founding.json is not the document genesis.json was made for")
        passphrase = os.environ.get("HEQI_PASSPHRASE") or (directory / "passphrase").read_text()
        return cls(directory, genesis, founding, Keystore(directory / "keys", SUITES[genesis.suite]).unlock(passphrase))

    def engine(self, catalogue: Catalogue, verifiers: Verifiers) -> Engine:
        """The chain of this folder, not yet started: a member of a network where there is a node.json, else embedded."""
        validator, place = self.keys.open(VALIDATOR).key, self.directory / "node.json"
        if not place.exists():
            return EmbeddedEngine(self.directory / "chain", catalogue, self.genesis, self.founding, [validator], verifiers)
        settings = msgspec.json.decode(place.read_bytes(), type=NodePlace).settings
        node = self.keys.open(NODE).key
        chain = self.directory / "chain"
        return CometEngine(chain, catalogue, self.genesis, self.founding, settings, validator=validator, node=node)

    def actor(self, user: str) -> Actor:
        """A hosted desk with its key."""
        credential = self.keys.open(label(user))
        return Actor(user, user.partition("/")[0], credential.key, credential.fingerprint)

    def cast(self) -> Any:
        """The demo cast with its keys, as `cast.foton.maker`."""
        orgs = {party.org: party.key for party in CAST}
        parties: dict[str, dict[str, Any]] = {}
        for user in (founding.user for founding in self.founding.users):
            org, _, desk = user.partition("/")
            parties.setdefault(orgs[org], {"org": org})[desk] = self.actor(user)
        return SimpleNamespace(**{key: SimpleNamespace(**desks) for key, desks in parties.items()})

    def logins(self) -> dict[str, str]:
        """Demo passwords by user."""
        return msgspec.json.decode((self.directory / "logins.json").read_bytes(), type=dict[str, str])


def anchor(chain: str, consortium: Consortium, validators: Sequence[PrivateKey], start: datetime) -> Genesis:
    """The trust anchor of a chain these validators sign, each with the same power."""
    return Genesis(
        v=1,
        chain=chain,
        suite="gm" if consortium.suite == "gm" else "intl",
        validators=sort_validators([Validator(key.public.raw.hex(), POWER) for key in validators]),
        created=stamp(start),
        content=consortium.genesis.digest(SUITES[consortium.suite]),
    )


def label(user: str) -> str:
    """The keystore label of a user."""
    return user.lower().replace("/", ".")


def _write_private(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
