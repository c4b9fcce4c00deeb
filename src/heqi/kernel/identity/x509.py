"""Reading X.509 certificates and PKCS #10 requests: Ed25519, P-256 and SM2 alike (RFC 5280, RFC 2986, GM/T 0015).

What holds here: a function of the bytes alone. There is no clock (the caller gives the ledger's time), no trust store
and no text of a library in a refusal, so every node takes the same decision in the same words; whatever is malformed
ends as a Rejection. The subject says who: `organizationIdentifier` (2.5.4.97) the organisation, `commonName` the user.
What does not: whether the issuer is one of the consortium's CAs, whether the certificate was revoked, and whether
an organisation number passes its check digits. Those are questions to the membership in the state.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from asn1crypto import core, csr, x509

from heqi.kernel.identity import der as strict
from heqi.proof.suites import Algorithm, Suite, verify
from heqi.types.refusals import SchemaInvalid, SignatureInvalid
from heqi.types.rejection import Rejection

TEXT_MAX = 64  # RFC 5280 appendix A.1, ub-common-name
SERIAL_SIZE_MAX = 20  # RFC 5280 §4.1.2.2
_COMMON_NAME = "2.5.4.3"
_ORGANIZATION_IDENTIFIER = "2.5.4.97"
_BASIC_CONSTRAINTS = "2.5.29.19"
_KEY_USAGE = "2.5.29.15"
_UTC_TIME = re.compile(rb"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})Z")
_GENERALIZED_TIME = re.compile(rb"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})Z")
# What asn1crypto raises on well-formed DER of another shape; nesting is bounded before it sees the bytes.
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)
_Facts = TypeVar("_Facts")


class CertificateFacts(msgspec.Struct, frozen=True):
    """What a certificate says. Nothing of it is proved before `check_issued`."""

    organisation: str
    """The organisation's identifier (USCC in China); "" only in a CA's own certificate, which may belong to all."""
    user: str
    serial: str
    """Positive, lower-case hexadecimal without leading zeros."""
    alg: Algorithm
    public_key: bytes
    """32 bytes for Ed25519, else the uncompressed point 04 ‖ x ‖ y, as `proof.suites` takes it."""
    not_before: datetime
    not_after: datetime
    """Both aware, UTC, and both inclusive (RFC 5280 §4.1.2.5)."""
    issuer: str
    subject: str
    """SHA-256 (hex) of the two names' DER: the issuer of a certificate is the subject of its CA's certificate."""
    is_ca: bool
    tbs: bytes
    signature_alg: Algorithm
    signature: bytes
    """64 raw bytes; P-256 in its low-S form whichever form the CA wrote."""


class RequestFacts(msgspec.Struct, frozen=True):
    """What a certificate request says; its sender has proved that they hold the private key."""

    organisation: str
    user: str
    alg: Algorithm
    public_key: bytes


def fingerprint(der: bytes, suite: Suite) -> str:
    """How the ledger names a certificate: `sha256:<hex>` on an `intl` chain, `sm3:<hex>` on a `gm` chain."""
    return suite.tagged(der)


def parse_certificate(der: bytes) -> CertificateFacts:
    """The facts of one DER certificate (version 3). Refusals: SchemaInvalid, SignatureInvalid (its form only)."""
    strict.check_strict(der, "the certificate")
    return _read("certificate", _certificate, der)


def parse_request(der: bytes) -> RequestFacts:
    """The facts of one DER PKCS #10 request, proof of possession checked. Refusals: SchemaInvalid, SignatureInvalid."""
    strict.check_strict(der, "the certificate request")
    return _read("certificate request", _request, der)


def check_issued(facts: CertificateFacts, issuer_alg: str, issuer_public_key: bytes) -> None:
    """Refuse (SignatureInvalid) unless this key signed the certificate. Whose key it is, the caller knows."""
    if facts.signature_alg != issuer_alg:
        raise SignatureInvalid(problem="the certificate is signed with another algorithm than its issuer's key")
    if not verify(issuer_alg, issuer_public_key, facts.tbs, facts.signature):
        raise SignatureInvalid(problem="the certificate is not signed by its issuer")


def _read(what: str, reader: Callable[[bytes], _Facts], der: bytes) -> _Facts:
    try:
        return reader(der)
    except Rejection:
        raise
    except _MALFORMED:
        raise SchemaInvalid(problem=f"not a {what} of this profile") from None


def _certificate(der: bytes) -> CertificateFacts:
    certificate: Any = x509.Certificate.load(der, strict=True)
    tbs = certificate["tbs_certificate"]
    if tbs["version"].native != "v3":
        raise SchemaInvalid(problem="the certificate is not of version 3")
    identifier = certificate["signature_algorithm"].dump()
    if tbs["signature"].dump() != identifier:  # RFC 5280 §4.1.1.2
        raise SchemaInvalid(problem="the certificate names two different signature algorithms")
    signature_alg = strict.signature_algorithm(identifier)
    alg, public_key = _public_key(tbs["subject_public_key_info"])
    is_ca = _is_ca(tbs["extensions"])
    organisation, user = _subject(tbs["subject"], organisation_required=not is_ca)
    not_before, not_after = (_time(tbs["validity"][name].chosen) for name in ("not_before", "not_after"))
    if not_before > not_after:
        raise SchemaInvalid(problem="the certificate ends before it begins")
    return CertificateFacts(
        organisation=organisation,
        user=user,
        serial=_serial(tbs["serial_number"].native),
        alg=alg,
        public_key=public_key,
        not_before=not_before,
        not_after=not_after,
        issuer=sha256(tbs["issuer"].dump()).hexdigest(),
        subject=sha256(tbs["subject"].dump()).hexdigest(),
        is_ca=is_ca,
        tbs=tbs.dump(),
        signature_alg=signature_alg,
        signature=strict.signature_from_x509(signature_alg, certificate["signature_value"].native),
    )


def _request(der: bytes) -> RequestFacts:
    request: Any = csr.CertificationRequest.load(der, strict=True)
    info = request["certification_request_info"]
    alg, public_key = _public_key(info["subject_pk_info"])
    organisation, user = _subject(info["subject"], organisation_required=True)
    if strict.signature_algorithm(request["signature_algorithm"].dump()) != alg:
        raise SignatureInvalid(problem="the request is signed with another algorithm than its own key")
    signature = strict.signature_from_x509(alg, request["signature"].native)
    if not verify(alg, public_key, info.dump(), signature):
        raise SignatureInvalid(problem="the request is not signed by the key it presents")
    return RequestFacts(organisation, user, alg, public_key)


def _public_key(info: Any) -> tuple[Algorithm, bytes]:
    alg = strict.key_algorithm(info["algorithm"].dump())
    raw = info["public_key"].native
    strict.check_public_key(alg, raw)
    return alg, raw


def _serial(number: int) -> str:
    if number <= 0 or number.bit_length() > 8 * SERIAL_SIZE_MAX - 1:
        raise SchemaInvalid(problem="the serial number is not positive or longer than 20 bytes")
    return f"{number:x}"


def _subject(name: Any, *, organisation_required: bool) -> tuple[str, str]:
    """(organisation, user). Said twice is refused: readers would differ on which one counts."""
    found: dict[str, list[str]] = {_ORGANIZATION_IDENTIFIER: [], _COMMON_NAME: []}
    for relative in name.chosen:
        for attribute in relative:
            values = found.get(attribute["type"].dotted)
            if values is not None:
                values.append(_text(attribute["value"].chosen))
    organisations, users = found[_ORGANIZATION_IDENTIFIER], found[_COMMON_NAME]
    if len(users) != 1:
        raise SchemaInvalid(problem="the subject needs exactly one commonName")
    if len(organisations) > 1 or (organisation_required and not organisations):
        raise SchemaInvalid(problem="the subject needs exactly one organizationIdentifier")
    return "".join(organisations), users[0]


def _text(value: Any) -> str:
    if not isinstance(value, core.UTF8String | core.PrintableString):  # RFC 5280 §4.1.2.4
        raise SchemaInvalid(problem="names are written as UTF8String or PrintableString")
    text: str = value.native or ""
    # Not str.isprintable(): its answer depends on the Unicode version of the Python at hand.
    if not 0 < len(text) <= TEXT_MAX or any(ord(char) < 0x20 or ord(char) == 0x7F for char in text):
        raise SchemaInvalid(problem=f"names have 1 to {TEXT_MAX} characters and no control characters")
    return text


def _time(value: Any) -> datetime:
    """RFC 5280 §4.1.2.5: seconds and Z are written, fractions are not; two-digit years are 1950–2049."""
    is_short = isinstance(value, core.UTCTime)
    match = (_UTC_TIME if is_short else _GENERALIZED_TIME).fullmatch(value.contents)
    if not match:
        raise SchemaInvalid(problem="a validity date is not written to the second in UTC")
    year, *rest = (int(part) for part in match.groups())
    if is_short:
        year += 2000 if year < 50 else 1900
    return datetime(year, *rest, tzinfo=UTC)


def _is_ca(extensions: Any) -> bool:
    """Whether the holder may issue; refuses extensions said twice, critical ones unknown here, and contradictions."""
    known: dict[str, Any] = {_BASIC_CONSTRAINTS: None, _KEY_USAGE: None}
    seen: set[str] = set()
    for extension in extensions:
        name = extension["extn_id"].dotted
        if name in seen:
            raise SchemaInvalid(problem="the certificate carries an extension twice")
        seen.add(name)
        if name in known:
            strict.check_strict(bytes(extension["extn_value"]), "an extension")
            known[name] = extension["extn_value"].parsed.native
        elif extension["critical"].native:  # RFC 5280 §4.2
            raise SchemaInvalid(problem="the certificate carries a critical extension outside this profile")
    constraints, usage = known[_BASIC_CONSTRAINTS], known[_KEY_USAGE]
    is_ca = bool(constraints and constraints["ca"])
    needed = {"key_cert_sign"} if is_ca else {"digital_signature", "non_repudiation"}
    # Absent means unrestricted (RFC 5280 §4.2.1.3). The encryption half of a Chinese dual certificate ends here.
    if usage is not None and not needed & usage:
        raise SchemaInvalid(problem="the certificate's key usage does not allow this kind of signature")
    return is_ca
