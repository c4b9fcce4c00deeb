"""What a certificate says is read alike by every node, and nothing malformed ends otherwise than as a refusal."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from asn1crypto import core, csr, x509
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.kernel.identity import der as strict
from heqi.kernel.identity.ca import CertificateAuthority, make_request
from heqi.kernel.identity.contract import require_valid
from heqi.kernel.identity.model import Certificate
from heqi.kernel.identity.x509 import (
    check_issued,
    fingerprint,
    parse_certificate,
    parse_request,
)
from heqi.proof.suites import SUITES, PrivateKey, generate_key, verify
from heqi.types.refusals import CertRevoked, SchemaInvalid, SignatureInvalid
from heqi.types.rejection import Rejection

ALGORITHMS = ["ed25519", "p256", "sm2"]
ORG, USER = "91990000MA0001843A", "经办王"
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@cache
def chain(alg) -> tuple[CertificateAuthority, PrivateKey, bytes, bytes]:
    """(CA, user's key, request, certificate)."""
    ca, key = CertificateAuthority.create("示范根 CA", alg, start=START), generate_key(alg)
    request = make_request(key, ORG, USER)
    return ca, key, request, ca.issue(request, ORG, USER, 365, start=START)


def rebuilt(change, alg="ed25519") -> bytes:
    """The user's certificate with its content changed, signed again by the CA."""
    ca, _, _, der = chain(alg)
    certificate = x509.Certificate.load(der)
    tbs = certificate["tbs_certificate"].copy()
    change(tbs)
    content = tbs.dump()
    signature = strict.signature_to_x509(alg, ca.key.sign(content))
    return x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": certificate["signature_algorithm"].copy(),
            "signature_value": signature,
        }
    ).dump()


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_certificate_says_who_whose_key_and_until_when(alg):
    ca, key, _, der = chain(alg)
    facts, root = parse_certificate(der), parse_certificate(ca.certificate_der)
    assert (facts.organisation, facts.user, facts.alg, facts.is_ca) == (ORG, USER, alg, False)
    assert facts.public_key == key.public.raw
    assert (facts.not_before, facts.not_after) == (START, START + timedelta(days=365))
    assert facts.issuer == root.subject != facts.subject
    assert int(facts.serial, 16) == x509.Certificate.load(der).serial_number
    assert facts.tbs in der
    check_issued(facts, ca.key.alg, ca.key.public.raw)
    assert (root.organisation, root.user, root.is_ca, root.issuer) == ("", "示范根 CA", True, root.subject)
    check_issued(root, root.alg, root.public_key)


def test_a_ca_of_one_algorithm_may_certify_a_key_of_another():
    ca, key = chain("p256")[0], generate_key("ed25519")
    facts = parse_certificate(ca.issue(make_request(key, ORG, USER), ORG, USER, 30, start=START))
    assert (facts.alg, facts.signature_alg) == ("ed25519", "p256")
    check_issued(facts, "p256", ca.key.public.raw)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_certificate_of_another_issuer_is_refused(alg):
    facts, stranger = parse_certificate(chain(alg)[3]), generate_key(alg)
    with pytest.raises(SignatureInvalid):
        check_issued(facts, alg, stranger.public.raw)
    for other in set(ALGORITHMS) - {alg}:
        with pytest.raises(SignatureInvalid):
            check_issued(facts, other, chain(alg)[0].key.public.raw)


@pytest.mark.parametrize(
    ("at", "problem"),
    [
        (START - timedelta(seconds=1), "不在有效期内 (not within its validity)"),
        (START, None),
        (START + timedelta(days=365), None),
        (START + timedelta(days=365, seconds=1), "不在有效期内 (not within its validity)"),
    ],
)
def test_a_certificate_is_valid_from_its_first_to_its_last_second(at, problem):
    facts = parse_certificate(chain("ed25519")[3])
    held = Certificate(
        fingerprint="sha256:00", user=f"{ORG}/{USER}", org=ORG, alg=facts.alg, public_key=facts.public_key.hex(),
        not_before=facts.not_before, not_after=facts.not_after,
    )  # fmt: skip
    if problem is None:
        require_valid(held, at)
    else:
        with pytest.raises(CertRevoked) as refused:
            require_valid(held, at)
        assert refused.value.facts == {"fingerprint": "sha256:00", "problem": problem}


def test_the_fingerprint_is_the_digest_of_the_chain():
    # SHA-256 and SM3 of "abc" (FIPS 180-4; GB/T 32905-2016 appendix A.1).
    sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert fingerprint(b"abc", SUITES["intl"]) == f"sha256:{sha}"
    assert fingerprint(b"abc", SUITES["gm"]) == f"sm3:{sm3}"


def names(*pairs):
    """A subject of these attributes, each a UTF8String unless a value is given."""
    return x509.Name(
        name="",
        value=x509.RDNSequence(
            [
                x509.RelativeDistinguishedName([x509.NameTypeAndValue({"type": kind, "value": written(value)})])
                for kind, value in pairs
            ]
        ),
    )


def written(value):
    if isinstance(value, str):
        value = x509.DirectoryString(name="utf8_string", value=core.UTF8String(value))
    return value


BMP = x509.DirectoryString(name="bmp_string", value=core.BMPString("maker"))
CN, OI = "common_name", "organization_identifier"


def subject(*pairs):
    return lambda tbs: tbs.__setitem__("subject", names(*pairs))


def extensions(*triples):
    def change(tbs):
        tbs["extensions"] = [{"extn_id": i, "critical": c, "extn_value": v} for i, c, v in triples]

    return change


def field(name, value):
    return lambda tbs: tbs.__setitem__(name, value)


def validity(not_before, not_after):
    def time(text):
        kind, cls = ("utc_time", core.UTCTime) if len(text) < 15 else ("general_time", core.GeneralizedTime)
        value = cls()
        value.contents = text.encode()
        return x509.Time(name=kind, value=value)

    return lambda tbs: tbs.__setitem__("validity", {"not_before": time(not_before), "not_after": time(not_after)})


def key(identifier, raw):
    def change(tbs):
        from asn1crypto import keys

        algorithm = keys.PublicKeyAlgorithm.load(bytes.fromhex(identifier))
        tbs["subject_public_key_info"] = keys.PublicKeyInfo({"algorithm": algorithm, "public_key": raw})

    return change


P256, ED25519 = "301306072a8648ce3d020106082a8648ce3d030107", "300506032b6570"
P384 = "301006072a8648ce3d020106052b81040022"
USAGE = ("key_usage", True, x509.KeyUsage({"digital_signature"}))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (field("version", "v1"), "the certificate is not of version 3"),
        (
            field("signature", {"algorithm": "sha256_ecdsa"}),
            "the certificate names two different signature algorithms",
        ),
        (key(P384, b"\4" + bytes(96)), "the public key is neither Ed25519, P-256 nor SM2"),
        (
            key(ED25519, bytes(31)),
            "the public key is not 32 bytes (Ed25519) or an uncompressed point (P-256, SM2)",
        ),
        (key(P256, b"\4" + bytes(63) + b"\1"), "the public key is not an uncompressed point of its curve"),
        (key(P256, b"\2" + bytes(32)), "the public key is not 32 bytes (Ed25519) or an uncompressed point (P-256, SM2)"),
        (extensions(USAGE, USAGE), "the certificate carries an extension twice"),
        (
            extensions(("inhibit_any_policy", True, core.Integer(0))),
            "the certificate carries a critical extension outside this profile",
        ),
        (
            extensions(("key_usage", True, x509.KeyUsage({"key_encipherment"}))),
            "the certificate's key usage does not allow this kind of signature",
        ),
        (
            extensions(USAGE, ("basic_constraints", True, x509.BasicConstraints({"ca": True}))),
            "the certificate's key usage does not allow this kind of signature",
        ),
        (subject((OI, ORG)), "the subject needs exactly one commonName"),
        (subject((OI, ORG), (CN, "a"), (CN, "b")), "the subject needs exactly one commonName"),
        (subject((CN, "a")), "the subject needs exactly one organizationIdentifier"),
        (subject((OI, ORG), (OI, ORG), (CN, "a")), "the subject needs exactly one organizationIdentifier"),
        (subject((OI, ORG), (CN, BMP)), "names are written as UTF8String or PrintableString"),
        (subject((OI, ORG), (CN, "")), "names have 1 to 64 characters and no control characters"),
        (subject((OI, ORG), (CN, "a" * 65)), "names have 1 to 64 characters and no control characters"),
        (subject((OI, ORG), (CN, "maker\0")), "names have 1 to 64 characters and no control characters"),
        (validity("2601050800Z", "270105080000Z"), "a validity date is not written to the second in UTC"),
        (validity("260105080000+0800", "270105080000Z"), "a validity date is not written to the second in UTC"),
        (validity("20260105080000.5Z", "270105080000Z"), "a validity date is not written to the second in UTC"),
        (validity("260230080000Z", "270105080000Z"), "not a certificate of this profile"),
        (validity("270105080000Z", "260105080000Z"), "the certificate ends before it begins"),
        (field("serial_number", 0), "the serial number is not positive or longer than 20 bytes"),
        (field("serial_number", -5), "the serial number is not positive or longer than 20 bytes"),
        (field("serial_number", 1 << 159), "the serial number is not positive or longer than 20 bytes"),
    ],
)
def test_a_certificate_outside_the_profile_is_refused_though_its_ca_signed_it(change, problem):
    with pytest.raises(SchemaInvalid) as refused:
        parse_certificate(rebuilt(change))
    assert refused.value.facts["problem"] == problem


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (validity("491231235959Z", "20500101000000Z"), datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (validity("500101000000Z", "270105080000Z"), datetime(1950, 1, 1, tzinfo=UTC)),
        (validity("20260105080000Z", "99991231235959Z"), datetime(2026, 1, 5, 8, tzinfo=UTC)),
    ],
)
def test_two_digit_years_are_1950_to_2049(change, expected):
    assert parse_certificate(rebuilt(change)).not_before == expected


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x81\x00",
        b"\x30\x82\x00\x80" + bytes(128),
        b"\x30\x84\x00\x00\x00\x00",
        b"\x1f\x81\x01\x00",
        b"\x24\x02\x04\x00",
        b"\x10\x00",
        b"\x30\x80" * 1500,
        b"\x30\x02" * 20,
        b"\x06\x21" + b"\xff" * 32 + b"\x01",
        bytes(5000),
    ],
)
def test_what_is_not_one_strict_der_value_is_refused_before_any_parser_sees_it(der):
    for parse in (parse_certificate, parse_request):
        with pytest.raises(SchemaInvalid, match="strict DER value"):
            parse(der)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_nothing_may_stand_behind_a_certificate(alg):
    _, _, request, der = chain(alg)
    with pytest.raises(SchemaInvalid):
        parse_certificate(der + b"\0")
    with pytest.raises(SchemaInvalid):
        parse_request(request + b"\5\0")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_request_proves_possession_of_its_key(alg):
    _, key, request, _ = chain(alg)
    facts = parse_request(request)
    assert (facts.organisation, facts.user, facts.alg, facts.public_key) == (ORG, USER, alg, key.public.raw)
    stolen = csr.CertificationRequest.load(request)
    other = csr.CertificationRequest.load(make_request(generate_key(alg), ORG, USER))
    stolen["signature"] = other["signature"].native
    with pytest.raises(SignatureInvalid):
        parse_request(stolen.dump())


@pytest.mark.parametrize("alg", ["p256", "sm2"])
@given(message=st.binary(max_size=64))
@settings(max_examples=20, deadline=None)
def test_a_signature_survives_its_way_through_der(alg, message):
    key = chain(alg)[1]
    raw = key.sign(message)
    assert strict.signature_from_x509(alg, strict.signature_to_x509(alg, raw)) == raw


def test_the_high_form_of_a_p256_signature_is_kept_as_the_low_one():
    key, n = chain("p256")[1], strict.CURVES["p256"].n
    raw = key.sign(b"m")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    high = core.SequenceOf([r, n - s], spec=core.Integer).dump()
    assert strict.signature_from_x509("p256", high) == raw
    assert verify("p256", key.public.raw, b"m", strict.signature_from_x509("p256", high))
    with pytest.raises(SignatureInvalid, match="low-S"):
        strict.signature_to_x509("p256", raw[:32] + (n - s).to_bytes(32, "big"))


N = strict.CURVES["p256"].n


@pytest.mark.parametrize(
    "value",
    [
        b"",
        core.SequenceOf([0, 1], spec=core.Integer).dump(),
        core.SequenceOf([1, 0], spec=core.Integer).dump(),
        core.SequenceOf([N, 1], spec=core.Integer).dump(),
        core.SequenceOf([1, N], spec=core.Integer).dump(),
        core.SequenceOf([1, -1], spec=core.Integer).dump(),
        core.SequenceOf([1], spec=core.Integer).dump(),
        core.SequenceOf([1, 1, 1], spec=core.Integer).dump(),
        core.SequenceOf([1, 1], spec=core.Integer).dump() + b"\0",
        bytes.fromhex("3007020200010201 01".replace(" ", "")),
        bytes.fromhex("308106020101020101"),
        bytes.fromhex("3080020101020101 0000".replace(" ", "")),
        bytes.fromhex("3106020101020101"),
        bytes.fromhex("3006020101040101"),
    ],
)
def test_a_signature_has_one_der_form_only(value):
    for alg in ("p256", "ed25519"):
        with pytest.raises(SignatureInvalid):
            strict.signature_from_x509(alg, value)


# --- Mutation: whatever arrives, the answer is facts or a refusal. ----------------------------------------------------


def tree(der: bytes, position: int = 0, end: int | None = None) -> list[list]:
    """[tag, content] of each value; a constructed content is such a list again."""
    values, end = [], len(der) if end is None else end
    while position < end:
        tag, length, position = der[position], der[position + 1], position + 2
        if length >= 0x80:
            width = length - 0x80
            length, position = int.from_bytes(der[position : position + width], "big"), position + width
        stop = position + length
        values.append([tag, tree(der, position, stop) if tag & 0x20 else der[position:stop]])
        position = stop
    return values


def encoded(value: list) -> bytes:
    content = b"".join(map(encoded, value[1])) if isinstance(value[1], list) else value[1]
    size = len(content)
    length = bytes([size]) if size < 0x80 else b"\x81" + bytes([size]) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")
    return bytes([value[0]]) + length + content


def flattened(value: list) -> list[list]:
    inner = value[1] if isinstance(value[1], list) else []
    return [value, *(node for child in inner for node in flattened(child))]


@st.composite
def mutated(draw, der: bytes) -> bytes:
    """The DER with values retagged, replaced, dropped or doubled, lengths put right again; or with raw bytes changed."""
    root = tree(der)[0]
    for _ in range(draw(st.integers(0, 3))):
        nodes = flattened(root)
        node = nodes[draw(st.integers(0, len(nodes) - 1))]
        act = draw(st.sampled_from(["retag", "replace", "drop", "double"]))
        if act == "retag":
            node[0] = draw(st.integers(0, 255))
        elif isinstance(node[1], bytes):
            node[1] = draw(st.binary(max_size=40))
        elif node[1]:
            at = draw(st.integers(0, len(node[1]) - 1))
            node[1][at : at + 1] = [] if act == "drop" else [node[1][at], list(node[1][at])]
    der = encoded(root)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(der)))
        der = der[:at] + draw(st.binary(max_size=2)) + der[at + draw(st.integers(0, 2)) :]
    return der


@pytest.mark.parametrize("alg", ALGORITHMS)
@given(data=st.data())
@settings(max_examples=250, deadline=None)
def test_a_mutated_certificate_is_refused_or_says_what_its_ca_signed(alg, data):
    ca, _, _, original = chain(alg)
    der = data.draw(mutated(original))
    try:
        facts = parse_certificate(der)
        check_issued(facts, ca.key.alg, ca.key.public.raw)
    except Rejection as refused:
        assert isinstance(refused, SchemaInvalid | SignatureInvalid)
    else:
        assert facts == parse_certificate(original)


@pytest.mark.parametrize("alg", ALGORITHMS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_mutated_request_is_refused_or_says_what_its_key_signed(alg, data):
    original = chain(alg)[2]
    der = data.draw(mutated(original))
    try:
        facts = parse_request(der)
    except Rejection as refused:
        assert isinstance(refused, SchemaInvalid | SignatureInvalid)
    else:
        assert facts == parse_request(original)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_end_as_a_refusal(noise):
    for parse in (parse_certificate, parse_request):
        with pytest.raises(Rejection):
            parse(noise)
