"""A consortium outlives a lost key: a new authority, a new administrator, an organisation that leaves."""

import base64
from typing import Any

import pytest

from heqi.client.stage import Stage
from heqi.kernel.identity.ca import CertificateAuthority
from heqi.node.consortium import issue_desk
from heqi.node.rehearsal import START, rehearse

VOTERS = ("everbright", "zhongbang", "icbc", "foton_group", "foton", "factor", "jia", "yi")


@pytest.fixture
def scene() -> tuple[Stage, Any]:
    return rehearse([])


def carry(stage: Stage, cast: Any, action: str, **args: Any) -> dict[str, Any]:
    motion = stage.act("governance.move", cast.boc.admin, action=action, args=args, reason="test")
    for voter in VOTERS:
        motion = stage.act("governance.vote", getattr(cast, voter).admin, motion=motion["motion"], yes=True)
    return motion


def test_members_trust_a_new_authority_and_appoint_an_administrator_who_lost_the_key(scene):
    stage, cast = scene
    authority = CertificateAuthority.create("Second CA", "ed25519", start=START)
    new = issue_desk(authority, "intl", cast.bing.org, "admin2", ("org_admin",), START)
    certificate = base64.b64encode(new.certificate_der).decode()
    appoint = {"org": cast.bing.org, "administrator": new.actor.user, "person": new.person, "certificate": certificate}
    new_user = {"user": new.actor.user, "person": new.person, "roles": ["maker"], "certificate": certificate}
    stage.refuse("SIGNATURE_INVALID", "members.enrol", cast.bing.admin, **new_user)
    root = base64.b64encode(authority.certificate_der).decode()
    assert carry(stage, cast, "members.trust_authority", certificate=root)["stage"] == "CARRIED"
    assert carry(stage, cast, "members.appoint", **appoint)["stage"] == "CARRIED"
    # The new administrator acts: it revokes the key that was lost.
    stage.act("members.revoke", new.actor, fingerprint=cast.bing.admin.certificate, reason="lost")
    receipt_or_refusal = None
    try:
        stage.send("members.revoke", cast.bing.admin, fingerprint=new.actor.certificate, reason="x")
    except ValueError as refusal:
        receipt_or_refusal = refusal
    assert getattr(receipt_or_refusal, "code", None) == "CERT_REVOKED"


def test_an_authority_is_trusted_by_resolution_only_and_must_be_one(scene):
    stage, cast = scene
    authority = CertificateAuthority.create("Third CA", "ed25519", start=START)
    root = base64.b64encode(authority.certificate_der).decode()
    stage.refuse("ROLE_FORBIDDEN", "members.trust_authority", cast.boc.admin, certificate=root)
    leaf = issue_desk(authority, "intl", cast.bing.org, "admin2", ("org_admin",), START)
    motion = stage.act(
        "governance.move", cast.boc.admin, action="members.trust_authority",
        args={"certificate": base64.b64encode(leaf.certificate_der).decode()}, reason="test",
    )  # fmt: skip
    for voter in VOTERS[:-1]:
        stage.act("governance.vote", getattr(cast, voter).admin, motion=motion["motion"], yes=True)
    stage.refuse("SIGNATURE_INVALID", "governance.vote", cast.yi.admin, motion=motion["motion"], yes=True)


def test_an_organisation_that_has_left_signs_nothing_and_may_be_admitted_again(scene):
    stage, cast = scene
    assert carry(stage, cast, "members.dismiss", org=cast.bing.org, reason="left")["stage"] == "CARRIED"
    stage.refuse("ROLE_FORBIDDEN", "members.revoke", cast.bing.admin, fingerprint=cast.bing.maker.certificate, reason="x")


def test_the_platform_keeps_its_own_people_and_nothing_else(scene):
    stage, cast = scene
    stage.act("members.revoke", cast.platform.admin, fingerprint=cast.platform.maker.certificate, reason="left us")
    stage.refuse("NOT_OWNER", "members.revoke", cast.platform.admin, fingerprint=cast.bing.maker.certificate, reason="x")
    stage.refuse("ROLE_FORBIDDEN", "governance.move", cast.platform.admin, action="ledger.tick", args={}, reason="x")
