"""A consortium's certificate authority: an off-ledger tool that issues the certificates the ledger admits.

What holds here: a self-signed root and, directly below it, users' certificates for 128-bit random serials, built with
asn1crypto so that Ed25519, P-256 and SM2 take the same path (RFC 5280, GM/T 0015). It uses the clock and randomness, so
no rule may call it. A request is answered only for the names the registration officer confirms.
What does not: revocation. A certificate is revoked on the ledger, effective at the next block, and there is no CRL.
"""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from asn1crypto import algos, core, csr, keys, x509

from heqi.kernel.identity import der as strict
from heqi.kernel.identity.keystore import Unlocked
from heqi.kernel.identity.x509 import check_issued, parse_certificate, parse_request
from heqi.proof.suites import Algorithm, PrivateKey, PublicKey, generate_key
from heqi.types.refusals import DocMismatch, RoleForbidden, SchemaInvalid

ROOT_DAYS = 3650


class CertificateAuthority:
    """A CA with its key in memory."""

    def __init__(self, key: PrivateKey, certificate_der: bytes) -> None:
        facts = parse_certificate(certificate_der)
        if not facts.is_ca or (facts.alg, facts.public_key) != (key.alg, key.public.raw):
            raise RoleForbidden(problem="the certificate is not a CA's, or belongs to another key")
        self.key, self.certificate_der = key, certificate_der
        self._name = x509.Certificate.load(certificate_der).subject
        self._not_after = facts.not_after

    @classmethod
    def create(cls, name: str, alg: Algorithm, *, start: datetime | None = None) -> "CertificateAuthority":
        """A new self-signed root, valid ten years from `start` (aware; now when left out)."""
        key, start = generate_key(alg), _whole_seconds(start)
        subject = _name(None, name)
        tbs = _tbs(subject, key.public, subject, key.public, start, start + timedelta(days=ROOT_DAYS), is_ca=True)
        return cls(key, _signed_certificate(tbs, key))

    @classmethod
    def load(cls, keystore: Unlocked, label: str) -> "CertificateAuthority":
        credential = keystore.open(label)
        return cls(credential.key, credential.certificate_der)

    def save(self, keystore: Unlocked, label: str) -> None:
        keystore.add(label, self.key, self.certificate_der)

    def issue(
        self, csr_der: bytes, organisation: str, user: str, days: int, *, start: datetime | None = None
    ) -> bytes:
        """A user's certificate (DER) valid `days` days from `start` (aware; now when left out).

        Refusals, in order: SchemaInvalid and SignatureInvalid (the request), DocMismatch (it names somebody else than
        the registration officer confirms), SchemaInvalid (days below 1, or beyond the CA's own validity).
        """
        request, start = parse_request(csr_der), _whole_seconds(start)
        if (request.organisation, request.user) != (organisation, user):
            raise DocMismatch(
                item="certificate request",
                expected=f"{organisation} / {user}",
                actual=f"{request.organisation} / {request.user}",
            )
        # Before any date is computed: days beyond the calendar are refused, not an overflow.
        if not 0 < days <= (self._not_after - start).days:
            raise SchemaInvalid(problem="a certificate lasts at least a day and not beyond its CA's")
        public = PublicKey(request.alg, request.public_key)
        subject = _name(organisation, user)
        tbs = _tbs(self._name, self.key.public, subject, public, start, start + timedelta(days=days), is_ca=False)
        certificate = _signed_certificate(tbs, self.key)
        check_issued(parse_certificate(certificate), self.key.alg, self.key.public.raw)
        return certificate


def make_request(key: PrivateKey, organisation: str, user: str) -> bytes:
    """A PKCS #10 request (DER), signed with the key as proof of possession. Refusal: SchemaInvalid (the names)."""
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": _name(organisation, user),
            "subject_pk_info": _public_key_info(key.public),
            "attributes": csr.CRIAttributes([]),
        }
    )
    request = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": _signature_algorithm(key.public.alg),
            "signature": strict.signature_to_x509(key.alg, key.sign(info.dump())),
        }
    ).dump()
    parse_request(request)  # What we would refuse to read, we do not write.
    return request


def _whole_seconds(moment: datetime | None) -> datetime:
    return (moment or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)


def _name(organisation: str | None, user: str) -> x509.Name:
    identifier = {} if organisation is None else {"organization_identifier": organisation}
    return x509.Name.build({**identifier, "common_name": user})


def _signature_algorithm(alg: Algorithm) -> algos.SignedDigestAlgorithm:
    return algos.SignedDigestAlgorithm.load(strict.SIGNATURE_ALGORITHMS[alg])


def _public_key_info(public: PublicKey) -> keys.PublicKeyInfo:
    return keys.PublicKeyInfo(
        {"algorithm": keys.PublicKeyAlgorithm.load(strict.KEY_ALGORITHMS[public.alg]), "public_key": public.raw}
    )


def _key_identifier(public: PublicKey) -> bytes:
    return sha256(public.raw).digest()[:20]  # RFC 7093 §2, method 1


def _tbs(
    issuer: x509.Name,
    issuer_public: PublicKey,
    subject: x509.Name,
    public: PublicKey,
    not_before: datetime,
    not_after: datetime,
    *,
    is_ca: bool,
) -> x509.TbsCertificate:
    # pathlen 0: a root issues to users directly, and a user's certificate issues nothing.
    constraints = {"ca": True, "path_len_constraint": 0} if is_ca else {"ca": False}
    usage = {"key_cert_sign", "crl_sign"} if is_ca else {"digital_signature", "non_repudiation"}
    extensions = [
        ("basic_constraints", True, x509.BasicConstraints(constraints)),
        ("key_usage", True, x509.KeyUsage(usage)),
        ("key_identifier", False, core.OctetString(_key_identifier(public))),
        (
            "authority_key_identifier",
            False,
            x509.AuthorityKeyIdentifier({"key_identifier": _key_identifier(issuer_public)}),
        ),
    ]
    return x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(126) | 1 << 126,  # Never zero, never negative, always 16 bytes.
            "signature": _signature_algorithm(issuer_public.alg),
            "issuer": issuer,
            "validity": {"not_before": _time(not_before), "not_after": _time(not_after)},
            "subject": subject,
            "subject_public_key_info": _public_key_info(public),
            "extensions": [
                {"extn_id": name, "critical": critical, "extn_value": value} for name, critical, value in extensions
            ],
        }
    )


def _time(moment: datetime) -> x509.Time:
    if 1950 <= moment.year < 2050:  # RFC 5280 §4.1.2.5
        return x509.Time(name="utc_time", value=core.UTCTime(moment))
    return x509.Time(name="general_time", value=core.GeneralizedTime(moment))


def _signed_certificate(tbs: x509.TbsCertificate, key: PrivateKey) -> bytes:
    certificate = x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": _signature_algorithm(key.public.alg),
            "signature_value": strict.signature_to_x509(key.alg, key.sign(tbs.dump())),
        }
    )
    return certificate.dump()
