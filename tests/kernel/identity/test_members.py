"""Members: whose key acts, from when, and until when."""

import base64
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from heqi.client.stage import Actor, Stage, sign_transaction
from heqi.kernel.identity.ca import CertificateAuthority, make_request
from heqi.kernel.identity.x509 import fingerprint
from heqi.kernel.ledger.machine import BlockIn
from heqi.node.rehearsal import START, demo_consortium, rehearse
from heqi.proof.suites import SUITES, generate_key
from heqi.types.rejection import Rejection

PERSON = "ab" * 16


class Desk:
    """A person with a fresh key and a certificate the consortium's authority issued, not yet enrolled."""

    def __init__(self, org: str, login: str, *, suite: str = "intl", by: CertificateAuthority | None = None, **names: Any) -> None:
        authority = by or demo_consortium(suite, date(2026, 3, 10)).authority
        key = generate_key(SUITES[suite].algorithms[0])
        named, days = names.get("certified_org", org), names.get("days", 365)
        der = authority.issue(make_request(key, named, login), named, login, days, start=names.get("start", START - timedelta(days=1)))
        self.certificate = base64.b64encode(der).decode()
        self.actor = Actor(f"{org}/{login}", org, key, fingerprint(der, SUITES[suite]))

    def request(self, **changes: Any) -> dict[str, Any]:
        return {"user": self.actor.user, "person": PERSON, "roles": ["maker"], "certificate": self.certificate} | changes


@pytest.fixture
def play() -> tuple[Stage, Any]:
    return rehearse([])


def can_sign(stage: Stage, actor: Actor) -> str:
    """What the ledger says of this key: anything but CERT_REVOKED means that it is known and in force."""
    try:
        return stage.send("members.enrol", actor, **Desk(actor.org, "nobody").request()).code
    except Rejection as refusal:
        return refusal.code


@pytest.mark.parametrize("suite", ["intl", "gm"])
def test_an_administrator_enrols_a_user_who_acts_from_the_next_block_on(suite: str) -> None:
    stage, cast = rehearse([], suite=suite)
    desk = Desk(cast.boc.org, "new_admin", suite=suite)
    assert can_sign(stage, desk.actor) == "CERT_REVOKED"
    stage.act("members.enrol", cast.boc.admin, **desk.request(roles=["org_admin", "maker"]))
    other = Desk(cast.boc.org, "further", suite=suite)
    stage.act("members.enrol", desk.actor, **other.request())
    users = {user["user"]: user["roles"] for user in stage.ask("members.list_users", cast.boc.admin, org=cast.boc.org)}
    assert users[desk.actor.user] == ["org_admin", "maker"]
    assert stage.ask("members.list_users", cast.everbright.admin, org=cast.boc.org) == []  # Others do not see an organisation's staff,
    assert len(stage.ask("members.list_users", cast.regulator.admin, org=cast.boc.org)) == len(users)  # the regulator does.


def test_an_enrolment_is_refused_unless_every_part_of_it_fits(play: tuple[Stage, Any]) -> None:
    stage, cast = play
    boc, stranger = cast.boc.org, CertificateAuthority.create("Nobody's CA", "ed25519", start=START - timedelta(days=1))
    desk = Desk(boc, "new")
    same_name = CertificateAuthority.create("Heqi Demo CA", "ed25519", start=START - timedelta(days=1))
    broken = bytearray(base64.b64decode(desk.certificate))
    broken[-5] ^= 1
    refused = [
        ("SCHEMA_INVALID", desk.request(roles=["emperor"])),
        ("SCHEMA_INVALID", desk.request(roles=[])),
        ("SCHEMA_INVALID", desk.request(roles=["maker", "maker"])),
        ("SCHEMA_INVALID", desk.request(roles=["resolution"])),
        ("SCHEMA_INVALID", desk.request(roles=["any"])),
        ("SCHEMA_INVALID", desk.request(user=f"{cast.everbright.org}/new")),
        ("SCHEMA_INVALID", desk.request(user=f"{boc}/")),
        ("SCHEMA_INVALID", desk.request(certificate="no Base64!")),
        ("ROLE_FORBIDDEN", desk.request(user=cast.boc.maker.user)),  # Another natural person.
        ("SIGNATURE_INVALID", desk.request(user=f"{boc}/other")),
        ("SIGNATURE_INVALID", Desk(boc, "new", certified_org=cast.everbright.org).request()),
        ("SIGNATURE_INVALID", Desk(boc, "new", by=stranger).request()),
        ("SIGNATURE_INVALID", Desk(boc, "new", by=same_name).request()),
        ("SIGNATURE_INVALID", desk.request(certificate=base64.b64encode(broken).decode())),
    ]
    for code, request in refused:
        stage.refuse(code, "members.enrol", cast.boc.admin, **request)
    stage.refuse("ROLE_FORBIDDEN", "members.enrol", cast.boc.maker, **desk.request())
    stage.refuse("SCHEMA_INVALID", "members.enrol", cast.everbright.admin, **desk.request())
    stage.act("members.enrol", cast.boc.admin, **desk.request())
    stage.refuse("ALREADY_EXISTS", "members.enrol", cast.boc.admin, **desk.request())


def test_an_authority_signs_no_transactions(play: tuple[Stage, Any]) -> None:
    stage, cast = play
    authority = demo_consortium("intl", date(2026, 3, 10)).authority
    own = base64.b64encode(authority.certificate_der).decode()
    stage.refuse("SIGNATURE_INVALID", "members.enrol", cast.boc.admin, **Desk(cast.boc.org, "new").request(certificate=own))


def test_a_user_has_one_active_key(play: tuple[Stage, Any]) -> None:
    stage, cast = play
    first, second = Desk(cast.boc.org, "new"), Desk(cast.boc.org, "new")
    stage.act("members.enrol", cast.boc.admin, **first.request())
    assert can_sign(stage, first.actor) == "ROLE_FORBIDDEN"  # A maker does not enrol, but the key is known.
    stage.act("members.enrol", cast.boc.admin, **second.request(roles=["checker"]))
    assert can_sign(stage, first.actor) == "CERT_REVOKED"
    assert can_sign(stage, second.actor) == "ROLE_FORBIDDEN"


def test_a_revoked_key_signs_nothing_and_stays_revoked(play: tuple[Stage, Any]) -> None:
    stage, cast = play
    lost = cast.boc.maker.certificate
    stage.refuse("NOT_OWNER", "members.revoke", cast.everbright.admin, fingerprint=lost, reason="not ours")
    stage.refuse("ROLE_FORBIDDEN", "members.revoke", cast.boc.maker, fingerprint=lost, reason="myself")
    stage.refuse("NOT_FOUND", "members.revoke", cast.boc.admin, fingerprint="sha256:" + "0" * 64, reason="nobody's")
    revoked = stage.act("members.revoke", cast.boc.admin, fingerprint=lost, reason="lost")
    assert revoked["revoked_at"] is not None
    assert can_sign(stage, cast.boc.maker) == "CERT_REVOKED"
    stage.refuse("CERT_REVOKED", "members.revoke", cast.boc.admin, fingerprint=lost, reason="again")
    again = Desk(cast.boc.org, "maker")
    stage.refuse("ROLE_FORBIDDEN", "members.enrol", cast.boc.admin, **again.request())  # The user is that person's, for good.


def test_a_revocation_bites_in_the_next_block_and_not_in_its_own(play: tuple[Stage, Any]) -> None:
    stage, cast = play
    ledger: Any = stage.ledger
    until, machine = ledger.time + timedelta(hours=1), ledger.machine
    def act(action: str, actor: Actor, **args: Any) -> bytes:
        return sign_transaction(ledger.chain, action, msgspec.json.encode(args, order="sorted"), (actor,), until)

    def block(*txs: bytes) -> list[str]:
        ledger.time += timedelta(seconds=1)
        out = machine.execute(BlockIn(machine.info()[0] + 1, ledger.time, txs))
        machine.commit()
        return list(out.codes)

    one, two, three = (act("members.enrol", cast.boc.admin, **Desk(cast.boc.org, f"new{n}").request()) for n in range(3))
    revoke = act("members.revoke", cast.boc.admin, fingerprint=cast.boc.admin.certificate, reason="leaves")
    assert block(one, revoke, two) == ["OK", "OK", "OK"]
    assert block(three) == ["CERT_REVOKED"]


def test_a_certificate_is_judged_by_the_ledgers_time(play: tuple[Stage, Any]) -> None:
    stage, cast = play
    ledger: Any = stage.ledger
    early = Desk(cast.boc.org, "early", start=START + timedelta(days=2), days=10)
    stage.act("members.enrol", cast.boc.admin, **early.request())
    codes = []
    for day in (0, 2, 11, 13):
        ledger.time = START + timedelta(days=day, minutes=5)
        codes.append(can_sign(stage, early.actor))
    assert codes == ["CERT_REVOKED", "ROLE_FORBIDDEN", "ROLE_FORBIDDEN", "CERT_REVOKED"]
