"""A consortium from nothing: its certificate authority, a key and a certificate for every desk, the founding document."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import msgspec

from heqi.client.stage import Actor
from heqi.kernel.identity.ca import CertificateAuthority, make_request
from heqi.kernel.identity.model import OrgType
from heqi.kernel.identity.x509 import fingerprint
from heqi.kernel.ledger.genesis import FoundingOrganisation, FoundingUser, GenesisState
from heqi.node.cast import DESKS, PLATFORM_DESKS, Party
from heqi.proof.suites import SUITES, generate_key

CERTIFICATE_DAYS = 1095


class Issued(msgspec.Struct, frozen=True):
    """A desk with its key and certificate."""

    actor: Actor
    certificate_der: bytes
    person: str
    roles: tuple[str, ...]


class Consortium(msgspec.Struct, frozen=True):
    """Everything the founders hold: the CA, the desks by `<party>.<desk>`, and the document they sign off."""

    suite: str
    authority: CertificateAuthority
    desks: dict[str, Issued]
    genesis: GenesisState

    def cast(self) -> Any:
        """The desks as `cast.foton.maker`, for stories and tests; `cast.foton.org` is the organisation."""
        parties: dict[str, dict[str, Any]] = {}
        for name, issued in self.desks.items():
            party, _, desk = name.partition(".")
            parties.setdefault(party, {"org": issued.actor.org})[desk] = issued.actor
        return SimpleNamespace(**{name: SimpleNamespace(**desks) for name, desks in parties.items()})


def establish(
    parties: Sequence[Party],
    *,
    suite: str,
    start: datetime,
    business_date: date,
    name: str = "Heqi Demo CA",
    parameters: dict[str, Any] | None = None,
) -> Consortium:
    """Create the authority and every desk of these parties. `start`: from when the certificates are valid."""
    alg = SUITES[suite].algorithms[0]
    authority = CertificateAuthority.create(name, alg, start=start)
    desks: dict[str, Issued] = {}
    for party in parties:
        for desk, roles in (PLATFORM_DESKS if party.org_type is OrgType.PLATFORM else DESKS).items():
            desks[f"{party.key}.{desk}"] = issue_desk(authority, suite, party.org, desk, roles, start)
    genesis = GenesisState(
        v=1,
        business_date=business_date,
        authorities=(base64.b64encode(authority.certificate_der).decode(),),
        organisations=tuple(FoundingOrganisation(p.org, p.name_zh, p.name_en, p.org_type) for p in parties),
        users=tuple(
            FoundingUser(issued.actor.user, issued.person, issued.roles, base64.b64encode(issued.certificate_der).decode())
            for issued in desks.values()
        ),
        parameters={key: msgspec.Raw(msgspec.json.encode(value)) for key, value in (parameters or {}).items()},
    )
    return Consortium(suite, authority, desks, genesis)


def issue_desk(authority: CertificateAuthority, suite: str, org: str, desk: str, roles: tuple[str, ...], start: datetime) -> Issued:
    """A fresh key for a desk and the authority's certificate over it."""
    key = generate_key(SUITES[suite].algorithms[0])
    der = authority.issue(make_request(key, org, desk), org, desk, CERTIFICATE_DAYS, start=start)
    # A demo person: the salted hash of an identity number would stand here (conventions §1.5).
    person = hashlib.sha256(f"demo person {org}/{desk}".encode()).hexdigest()[:32]
    return Issued(Actor(f"{org}/{desk}", org, key, fingerprint(der, SUITES[suite])), der, person, roles)
