"""The CA's certificates hold elsewhere, and certificates made elsewhere hold here."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from heqi.kernel.identity.ca import CertificateAuthority, make_request
from heqi.kernel.identity.keystore import Keystore
from heqi.kernel.identity.x509 import check_issued, parse_certificate, parse_request
from heqi.proof.suites import SUITES, generate_key
from heqi.types.refusals import DocMismatch, RoleForbidden, SchemaInvalid, SignatureInvalid

ALGORITHMS = ["ed25519", "p256", "sm2"]
ORG, USER = "91990000MA0001843A", "经办王"
DISTID = "distid:1234567812345678"  # GM/T 0009-2012 §10; OpenSSL 3.0 takes an empty identity unless told.


def issued(alg, days=365):
    ca, key = CertificateAuthority.create("示范根 CA", alg), generate_key(alg)
    return ca, key, ca.issue(make_request(key, ORG, USER), ORG, USER, days)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_the_ca_certifies_whom_the_officer_confirms(alg):
    ca, key, der = issued(alg)
    facts = parse_certificate(der)
    assert (facts.organisation, facts.user, facts.public_key) == (ORG, USER, key.public.raw)
    check_issued(facts, ca.key.alg, ca.key.public.raw)


def test_every_certificate_has_its_own_serial():
    ca, key = CertificateAuthority.create("CA", "ed25519"), generate_key("ed25519")
    request = make_request(key, ORG, USER)
    serials = {parse_certificate(ca.issue(request, ORG, USER, 1)).serial for _ in range(20)}
    assert len(serials) == 20 and {len(serial) for serial in serials} == {32}


REQUESTED = make_request(generate_key("ed25519"), ORG, USER)


@pytest.mark.parametrize(
    ("request_der", "organisation", "user", "days", "refusal"),
    [
        (b"\x30\x00", ORG, USER, 1, SchemaInvalid),
        (REQUESTED[:-1] + bytes([REQUESTED[-1] ^ 1]), ORG, USER, 1, SignatureInvalid),
        (REQUESTED, "91990000MA00019153", USER, 1, DocMismatch),
        (REQUESTED, ORG, "复核李", 1, DocMismatch),
        (REQUESTED, ORG, USER, 0, SchemaInvalid),
        (REQUESTED, ORG, USER, -1, SchemaInvalid),
        (REQUESTED, ORG, USER, 3651, SchemaInvalid),
        (REQUESTED, ORG, USER, 10**9, SchemaInvalid),
    ],
)
def test_the_ca_refuses(request_der, organisation, user, days, refusal):
    ca = CertificateAuthority.create("CA", "ed25519")
    with pytest.raises(refusal):
        ca.issue(request_der, organisation, user, days)


def test_a_certificate_may_last_as_long_as_its_ca_and_no_longer():
    start = datetime(2045, 6, 1, tzinfo=UTC)  # The end, 2055, is written as GeneralizedTime.
    ca = CertificateAuthority.create("CA", "ed25519", start=start)
    der = ca.issue(REQUESTED, ORG, USER, 3650, start=start)
    assert parse_certificate(der).not_after == start + timedelta(days=3650)
    with pytest.raises(SchemaInvalid):
        ca.issue(REQUESTED, ORG, USER, 3650, start=start + timedelta(days=1))


@pytest.mark.parametrize(("organisation", "user"), [("", USER), (ORG, ""), (ORG, "a" * 65), (ORG, "a\nb")])
def test_a_request_with_an_impossible_name_is_not_written(organisation, user):
    with pytest.raises(SchemaInvalid):
        make_request(generate_key("ed25519"), organisation, user)


def test_a_users_certificate_makes_no_ca():
    ca, key, der = issued("ed25519")
    for pair in ((key, der), (key, ca.certificate_der)):
        with pytest.raises(RoleForbidden):
            CertificateAuthority(*pair)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_ca_kept_in_a_keystore_issues_on(alg, tmp_path):
    ca, _, _ = issued(alg)
    ca.save(Keystore(tmp_path / "ca", SUITES["intl"]).unlock("口令"), "root")
    again = CertificateAuthority.load(Keystore(tmp_path / "ca", SUITES["intl"]).unlock("口令"), "root")
    der = again.issue(make_request(generate_key(alg), ORG, USER), ORG, USER, 1)
    check_issued(parse_certificate(der), alg, ca.key.public.raw)


# --- cryptography (pyca) ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["ed25519", "p256"])
def test_pyca_reads_and_verifies_our_certificates_and_requests(alg):
    ca, key, der = issued(alg)
    root, leaf = x509.load_der_x509_certificate(ca.certificate_der), x509.load_der_x509_certificate(der)
    leaf.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    facts = parse_certificate(der)
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == USER
    assert leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)[0].value == ORG
    assert (leaf.not_valid_before_utc, leaf.not_valid_after_utc) == (facts.not_before, facts.not_after)
    assert f"{leaf.serial_number:x}" == facts.serial
    assert leaf.tbs_certificate_bytes == facts.tbs
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert x509.load_der_x509_csr(make_request(key, ORG, USER)).is_signature_valid


@pytest.mark.parametrize("alg", ["ed25519", "p256"])
def test_we_read_and_verify_pycas_certificates_and_requests(alg):
    # Eight P-256 signatures: one in 256 that all of them happen to be low-S.
    for _ in range(8):
        key = ed25519.Ed25519PrivateKey.generate() if alg == "ed25519" else ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, ORG), x509.NameAttribute(NameOID.COMMON_NAME, USER)]
        )
        start, digest = datetime(2026, 1, 5, tzinfo=UTC), None if alg == "ed25519" else hashes.SHA256()
        builder = x509.CertificateBuilder(name, name, key.public_key(), 7, start, start + timedelta(days=9))
        facts = parse_certificate(builder.sign(key, digest).public_bytes(Encoding.DER))
        check_issued(facts, alg, facts.public_key)
        assert (facts.organisation, facts.user, facts.serial, facts.is_ca) == (ORG, USER, "7", False)
        request = x509.CertificateSigningRequestBuilder(name).sign(key, digest).public_bytes(Encoding.DER)
        assert parse_request(request).public_key == facts.public_key


# --- The openssl command ----------------------------------------------------------------------------------------------


def openssl(*arguments: str, cwd: Path) -> str:
    done = subprocess.run(["openssl", *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def has_sm2() -> bool:
    if not shutil.which("openssl"):
        return False
    curves = subprocess.run(["openssl", "ecparam", "-list_curves"], capture_output=True, text=True, check=False)
    return "SM2" in curves.stdout


needs_openssl = pytest.mark.skipif(not has_sm2(), reason="the openssl command is absent or built without SM2")


@needs_openssl
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_openssl_verifies_our_chain_and_request(alg, tmp_path):
    ca, key, der = issued(alg)
    for name, data in (("ca", ca.certificate_der), ("user", der)):
        (tmp_path / f"{name}.der").write_bytes(data)
        openssl("x509", "-inform", "der", "-in", f"{name}.der", "-out", f"{name}.pem", cwd=tmp_path)
    (tmp_path / "request.der").write_bytes(make_request(key, ORG, USER))
    option = ["-vfyopt", DISTID] if alg == "sm2" else []
    assert "user.pem: OK" in openssl("verify", *option, "-x509_strict", "-CAfile", "ca.pem", "user.pem", cwd=tmp_path)
    openssl("req", "-inform", "der", "-in", "request.der", "-verify", "-noout", *option, cwd=tmp_path)
    text = openssl("x509", "-in", "user.pem", "-noout", "-text", cwd=tmp_path)
    assert ORG in text
    assert {"ed25519": "ED25519", "p256": "ecdsa-with-SHA256", "sm2": "SM2-with-SM3"}[alg] in text


CA_TRUE = "basicConstraints=critical,CA:TRUE"
CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
organizationIdentifier = 91990000MA0001843A
CN = maker
[user]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
"""


@needs_openssl
@pytest.mark.parametrize(
    ("alg", "generate"),
    [
        ("ed25519", ["ED25519"]),
        ("p256", ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        ("sm2", ["EC", "-pkeyopt", "ec_paramgen_curve:SM2"]),
    ],
)
def test_we_verify_openssls_chain_and_request(alg, generate, tmp_path):
    (tmp_path / "config").write_text(CONFIG)
    sign, check = (["-sm3", "-sigopt", DISTID], ["-vfyopt", DISTID]) if alg == "sm2" else ([], [])
    for name in ("ca", "user"):
        openssl("genpkey", "-algorithm", *generate, "-out", f"{name}.key", cwd=tmp_path)
    out, config = ["-outform", "der"], ["-config", "config"]
    own = ["-x509", "-key", "ca.key", "-subj", "/CN=Outside", "-days", "9", "-out", "ca.der", "-addext", CA_TRUE]
    openssl("req", *own, *out, *config, *sign, cwd=tmp_path)
    openssl("req", "-new", "-key", "user.key", "-out", "request.der", *out, *config, *sign, cwd=tmp_path)
    issuer = ["-CA", "ca.der", "-CAkey", "ca.key", "-set_serial", "9", "-days", "5"]
    profile = ["-extfile", "config", "-extensions", "user", "-out", "user.der"]
    request = ["-req", "-inform", "der", "-in", "request.der"]
    openssl("x509", *request, *issuer, *profile, *out, *sign, *check, cwd=tmp_path)
    ca, user = (parse_certificate((tmp_path / f"{name}.der").read_bytes()) for name in ("ca", "user"))
    check_issued(ca, ca.alg, ca.public_key)
    check_issued(user, ca.alg, ca.public_key)
    assert (user.issuer, user.organisation, user.user, user.alg) == (ca.subject, ORG, "maker", alg)
    assert (ca.is_ca, user.is_ca) == (True, False)
    assert parse_request((tmp_path / "request.der").read_bytes()).public_key == user.public_key


@needs_openssl
def test_an_sm2_certificate_signed_under_another_identity_is_refused(tmp_path):
    (tmp_path / "config").write_text(CONFIG)
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", "ca.key", cwd=tmp_path)
    own = ["-x509", "-key", "ca.key", "-subj", "/CN=Outside", "-days", "9", "-out", "ca.der", "-addext", CA_TRUE]
    sign = ["-sm3", "-sigopt", "distid:somebody-else"]
    openssl("req", *own, "-outform", "der", "-config", "config", *sign, cwd=tmp_path)
    facts = parse_certificate((tmp_path / "ca.der").read_bytes())
    with pytest.raises(SignatureInvalid):
        check_issued(facts, facts.alg, facts.public_key)
