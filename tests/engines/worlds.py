"""A small consortium with its keys, on paper: what a test and the process it starts both need to run the same chain."""

import base64
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import purse

from heqi.client.stage import Actor, sign_transaction
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.identity.ca import CertificateAuthority
from heqi.kernel.ledger.genesis import GenesisState
from heqi.kernel.ledger.machine import stamp
from heqi.node.cast import CAST, Party
from heqi.node.consortium import establish, issue_desk
from heqi.node.rehearsal import SYSTEM
from heqi.proof.header import Validator
from heqi.proof.receipt import Genesis
from heqi.proof.suites import SUITES, PrivateKey, generate_key

PARTIES = [party for party in CAST if party.key in ("platform", "boc", "everbright", "zhongbang")]
TODAY = date(2026, 3, 10)
_encode = msgspec.json.Encoder(order="sorted").encode


class Desk(msgspec.Struct, frozen=True):
    user: str
    org: str
    alg: str
    key: str
    certificate: str


class World(msgspec.Struct, frozen=True):
    """One chain's founding document, trust anchor and every key. `desks` by `<party>.<desk>`."""

    genesis: Genesis
    founding: GenesisState
    validator: str
    authority: str
    desks: dict[str, Desk]

    @property
    def chain(self) -> str:
        return self.genesis.chain

    @property
    def suite(self) -> str:
        return self.genesis.suite

    @property
    def validator_key(self) -> PrivateKey:
        return PrivateKey("ed25519", bytes.fromhex(self.validator))

    def actor(self, name: str) -> Actor:
        desk = self.desks[name]
        return Actor(desk.user, desk.org, PrivateKey(desk.alg, bytes.fromhex(desk.key)), desk.certificate)  # pyright: ignore[reportArgumentType]

    def sign(
        self, action: str, /, *names: str, nonce: str | None = None, not_after: datetime | None = None, chain: str = "", **args: object
    ) -> bytes:
        """A transaction signed by these desks, good for an hour."""
        until = not_after or datetime.now(UTC) + timedelta(hours=1)
        return sign_transaction(chain or self.chain, action, _encode(args), tuple(map(self.actor, names)), until, nonce)

    def save(self, path: Path) -> None:
        path.write_bytes(_encode(self))

    @classmethod
    def load(cls, path: Path) -> "World":
        return msgspec.json.decode(path.read_bytes(), type=cls)


def found(chain: str, suite: str = "intl", *, start: datetime | None = None) -> World:
    """A small consortium whose certificates are valid from `start` (now) on."""
    return founded(chain, PARTIES, suite, start=start)


def founded(chain: str, parties: Sequence[Party], suite: str = "intl", *, start: datetime | None = None) -> World:
    """A consortium of these parties with one validator."""
    now = datetime.now(UTC)
    consortium = establish(parties, suite=suite, start=start or now - timedelta(minutes=5), business_date=TODAY)
    validator = generate_key("ed25519")
    genesis = Genesis(
        v=1, chain=chain, suite="gm" if suite == "gm" else "intl", validators=[Validator(validator.public.raw.hex(), 10)],
        created=stamp(now - timedelta(seconds=1)), content=consortium.genesis.digest(SUITES[suite]),
    )  # fmt: skip
    actors = {name: issued.actor for name, issued in consortium.desks.items()}
    desks = {name: Desk(a.user, a.org, a.key.alg, a.key.raw().hex(), a.certificate) for name, a in actors.items()}
    return World(genesis, consortium.genesis, validator.raw().hex(), consortium.authority.key.raw().hex(), desks)


def certified(world: World, party: str, login: str) -> tuple[Desk, bytes]:
    """A fresh key for a person of this party, with the authority's certificate over it (DER); not yet enrolled."""
    algorithm = SUITES[world.suite].algorithms[0]
    root = base64.b64decode(world.founding.authorities[0])
    authority = CertificateAuthority(PrivateKey(algorithm, bytes.fromhex(world.authority)), root)
    org, start = world.desks[f"{party}.admin"].org, datetime.now(UTC) - timedelta(minutes=5)
    issued = issue_desk(authority, world.suite, org, login, (), start)
    actor = issued.actor
    return Desk(actor.user, org, actor.key.alg, actor.key.raw().hex(), actor.certificate), issued.certificate_der


def catalogue() -> Catalogue:
    return Catalogue([*SYSTEM, purse.contract])
