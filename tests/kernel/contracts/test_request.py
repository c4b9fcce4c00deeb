"""What a request may look like: a misfit is refused with the stable code of its kind and the path of the field."""

import datetime
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from heqi.kernel.contracts.request import RequestReader, request_type
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.rates import Rate
from heqi.types.refusals import SchemaInvalid
from heqi.types.rejection import Rejection

JIA = "91990000MA00020535"


class Side(StrEnum):
    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a basis."""

    document: str
    amount: Money
    until: date | None = None
    owner: PartyId | None = None


def sell(
    ctx: Any,
    to: PartyId,
    amount: Money,
    rate: Rate,
    due: date,
    side: Side,
    basis: list[Line],
    shares: tuple[Annotated[int, Meta(ge=0, le=10_000)], ...] = (),
    viewers: list[PartyId] = [],  # noqa: B006 - msgspec gives each request its own.
    note: str | None = None,
) -> None:
    """An action of every shape a form can have."""


READER = RequestReader(request_type("SellRequest", sell))
SOUND: dict[str, Any] = {
    "to": JIA,
    "amount": {"ccy": "CNY", "minor": 80_000_000},
    "rate": "4.8",
    "due": "2026-09-30",
    "side": "DEBIT",
    "basis": [{"document": "d1", "amount": {"ccy": "CNY", "minor": 1}}, {"document": "d2", "amount": {"ccy": "CNY", "minor": 2}}],
}


def with_changed(path: str, value: Any) -> bytes:
    """The sound request with the value at this path replaced (added when absent)."""
    request = msgspec.json.decode(msgspec.json.encode(SOUND))
    place = request
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        place = place[step]
    place[last] = value
    return msgspec.json.encode(request)


def refused(data: bytes) -> Rejection:
    with pytest.raises(Rejection) as refusal:
        READER.read(data)
    return refusal.value


def test_a_sound_request_becomes_a_record_of_types() -> None:
    request = READER.read(msgspec.json.encode(SOUND))
    assert request.amount == Money("CNY", 80_000_000)
    assert request.due == datetime.date(2026, 9, 30)
    assert request.side is Side.DEBIT
    assert [line.amount.minor for line in request.basis] == [1, 2]
    assert (request.shares, request.viewers, request.note) == ((), [], None)


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        # Money: whole minor units, nothing that only looks like them.
        ("amount.minor", 800000.5, "MONEY_INVALID", "amount.minor"),
        ("amount.minor", 800000.0, "MONEY_INVALID", "amount.minor"),
        ("amount.minor", "80000000", "MONEY_INVALID", "amount.minor"),
        ("amount.minor", True, "MONEY_INVALID", "amount.minor"),
        ("amount.minor", None, "MONEY_INVALID", "amount.minor"),
        ("amount.minor", -1, "MONEY_INVALID", "amount"),
        ("amount.minor", 10**15, "MONEY_INVALID", "amount"),
        ("amount.ccy", "XXX", "MONEY_INVALID", "amount"),
        ("amount.ccy", "cny", "MONEY_INVALID", "amount"),
        ("amount.fen", 1, "MONEY_INVALID", "amount"),
        ("amount", 80_000_000, "MONEY_INVALID", "amount"),
        ("amount", "800,000.00", "MONEY_INVALID", "amount"),
        # The same inside a list: the path names the line.
        ("basis.1.amount.minor", 0.5, "MONEY_INVALID", "basis[1].amount.minor"),
        ("basis.1.amount.minor", -5, "MONEY_INVALID", "basis[1].amount"),
        # Dates are of the calendar.
        ("due", "2026-02-30", "DATE_INVALID", "due"),
        ("due", "30.09.2026", "DATE_INVALID", "due"),
        ("due", "2026-9-30", "DATE_INVALID", "due"),
        ("due", 20260930, "DATE_INVALID", "due"),
        ("due", None, "DATE_INVALID", "due"),
        ("basis.0.until", "soon", "DATE_INVALID", "basis[0].until"),
        # Scalars with a rule of their own.
        ("rate", "4.80", "RATE_INVALID", "rate"),
        ("rate", "36.1", "RATE_INVALID", "rate"),
        ("rate", "-1", "RATE_INVALID", "rate"),
        ("rate", 4.8, "SCHEMA_INVALID", "rate"),
        ("to", "91990000MA00020534", "ID_CHECK_FAILED", "to"),
        ("to", JIA.lower(), "ID_CHECK_FAILED", "to"),
        ("to", 91990000, "SCHEMA_INVALID", "to"),
        ("basis.1.owner", "91990000MA00020534", "ID_CHECK_FAILED", "basis[1].owner"),
        ("viewers", [JIA, "nobody"], "ID_CHECK_FAILED", "viewers[1]"),
        # Everything else is the form.
        ("side", "debit", "SCHEMA_INVALID", "side"),
        ("basis", {}, "SCHEMA_INVALID", "basis"),
        ("basis.0.document", 5, "SCHEMA_INVALID", "basis[0].document"),
        ("basis.0.page", 5, "SCHEMA_INVALID", "basis[0]"),
        ("shares", [5000, 10_001], "SCHEMA_INVALID", "shares[1]"),
        ("price", 5, "SCHEMA_INVALID", None),
        ("note", 5, "SCHEMA_INVALID", "note"),
    ],
)
def test_a_misfit_is_refused_with_its_kind_and_its_place(path: str, value: Any, code: str, field: str | None) -> None:
    refusal = refused(with_changed(path, value))
    assert (refusal.code, refusal.field) == (code, field)
    assert refusal.text("zh") != refusal.text("en")


@pytest.mark.parametrize("field", ["to", "amount", "rate", "due", "side", "basis"])
def test_what_is_required_is_never_made_up(field: str) -> None:
    request = {name: value for name, value in SOUND.items() if name != field}
    refusal = refused(msgspec.json.encode(request))
    assert refusal.code == "SCHEMA_INVALID"
    assert field in refusal.text("en")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"5", b'"x"', b"[" * 100_000, b"\xff", b'{"to": NaN}'])
def test_bytes_that_are_no_request_are_refused_and_nothing_else(data: bytes) -> None:
    assert refused(data).code == "SCHEMA_INVALID"


some_fields = st.dictionaries(st.sampled_from([*SOUND, "x"]), st.integers() | st.text() | st.none())


@given(st.binary(max_size=60) | some_fields.map(msgspec.json.encode))
def test_whatever_comes_ends_as_a_request_or_a_refusal(data: bytes) -> None:
    with pytest.raises(Rejection):  # None of these has all its fields, so none is sound.
        READER.read(data)


def test_a_check_refuses_with_its_own_reason() -> None:
    refusal = refused(with_changed("to", "91990000MA00020534"))
    assert refusal.facts["value"] == "91990000MA00020534"


def test_one_union_holds_one_checked_type() -> None:
    def quote(ctx: Any, number: Annotated[int, Meta(ge=0, extra={"check": print})] | PartyId) -> None:
        """Which of the two checks applies would be a guess."""

    with pytest.raises(TypeError, match="a union may hold one checked type only"):
        RequestReader(request_type("QuoteRequest", quote))


@pytest.mark.parametrize("shape", [dict[str, PartyId], dict[PartyId, int], set[PartyId], tuple[PartyId, int]])
def test_a_check_that_would_not_be_made_is_not_promised(shape: Any) -> None:
    def invite(ctx: Any, parties: Any) -> None:
        """Parties in a shape nobody walks through."""

    invite.__annotations__["parties"] = shape
    with pytest.raises(TypeError, match="would not be checked"):
        RequestReader(request_type("InviteRequest", invite))


def test_an_amount_keeps_every_minor_unit_through_the_boundary() -> None:
    @given(st.integers(0, 10**15 - 1))
    def holds(minor: int) -> None:
        request = READER.read(with_changed("amount.minor", minor))
        assert request.amount.minor == minor
        assert request.amount.times(Fraction(1)) == request.amount

    holds()


def test_a_refusal_of_the_form_names_what_was_expected() -> None:
    refusal = refused(with_changed("side", "debit"))
    assert isinstance(refusal, SchemaInvalid)
    assert "debit" in refusal.facts["problem"]
