"""One record has one byte form, and it is the one RFC 8785 names."""

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from heqi.proof import canonical
from heqi.types.refusals import SchemaInvalid

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF))
INTEGERS = st.integers(-canonical.INTEGER_MAX, canonical.INTEGER_MAX)
RECORDS = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    note: str
    amount_fen: int
    extra: msgspec.Raw = msgspec.Raw(b"null")


@given(RECORDS)
def test_any_record_has_the_bytes_of_rfc_8785_and_comes_back(record):
    data = canonical.encode(record)
    assert data == rfc8785.dumps(record)
    assert canonical.decode(data, object) == record
    assert canonical.is_canonical(data, object)



@pytest.mark.parametrize(
    "record",
    [1.0, 0.5, 1e300, float("nan"), float("inf"), [1, {"a": 2.5}], {"a": [None, float("nan")]}, (1, float("-inf"))],
)
def test_floats_are_refused_wherever_they_hide(record):
    with pytest.raises(SchemaInvalid, match="float"):
        canonical.encode(record)


def test_a_float_in_a_record_field_is_refused():
    with pytest.raises(SchemaInvalid, match="float"):
        canonical.encode(Note("N-1", float("nan")))  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**63, 2**64, 10**30, -(10**30)])
def test_integers_a_browser_cannot_hold_are_refused(number):
    with pytest.raises(SchemaInvalid):
        canonical.encode({"n": number})
    with pytest.raises(SchemaInvalid):
        canonical.decode(b'{"n":%d}' % number, object)


@pytest.mark.parametrize("text", [b"1.0", b"1e3", b"-0.0", b"[1,2.5]", b'{"a":1E2}', b"0.1"])
def test_floats_are_refused_when_read(text):
    with pytest.raises(SchemaInvalid):
        canonical.decode(text, object)


@pytest.mark.parametrize("text", ["a1.5", '"1.5', "\\1.5", "9" * 30, '\\"1e5', "😀1.5", "1.5"])
def test_numbers_within_a_text_are_text(text):
    assert canonical.decode(canonical.encode({"t": text, "n": 1}), object) == {"t": text, "n": 1}


@pytest.mark.parametrize("record", [{"😀": 1}, {"a": [{"𠮷": 1}]}])
def test_keys_beyond_the_basic_plane_are_refused(record):
    with pytest.raises(SchemaInvalid, match="key"):
        canonical.encode(record)
    with pytest.raises(SchemaInvalid, match="key"):
        canonical.decode(msgspec.json.encode(record), object)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"amount_fen":1,"extra":null,"note":"N"} ',
        b'{"amount_fen": 1,"extra":null,"note":"N"}',
        b'{"note":"N","amount_fen":1,"extra":null}',
        b'{"amount_fen":1,"extra":null,"note":"\\u004e"}',
        b'{"amount_fen":1,"amount_fen":1,"extra":null,"note":"N"}',
        b'{"amount_fen":-0,"extra":null,"note":"N"}',
        b'{"amount_fen":01,"extra":null,"note":"N"}',
        b'{"amount_fen":1,"extra":{"b":1,"a":2},"note":"N"}',
        b'{"amount_fen":1,"extra":1.0,"note":"N"}',
        b'{"amount_fen":1,"note":"N"}',
        b'{"amount_fen":1,"extra":null,"note":"N","other":1}',
        b'{"amount_fen":"1","extra":null,"note":"N"}',
        b'{"amount_fen":1,"extra":null,"note":"\xff"}',
        b"[" * 5000 + b"]" * 5000,
    ],
)
def test_any_other_spelling_is_not_canonical(data):
    assert not canonical.is_canonical(data, Note)


def test_the_canonical_spelling_is():
    assert canonical.is_canonical(b'{"amount_fen":1,"extra":{"a":2,"b":1},"note":"N"}', Note)


def test_deep_nesting_is_refused_not_a_crash():
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(SchemaInvalid):
        canonical.encode(deep)
    for depth in (500, 900, 990, 5000):
        data = b'{"n":12345678901234567,"a":' + b"[" * depth + b"]" * depth + b"}"
        with pytest.raises(SchemaInvalid):
            canonical.decode(data, object)


def test_a_lone_surrogate_is_refused():
    with pytest.raises(SchemaInvalid):
        canonical.encode({"a": "\ud800"})
    with pytest.raises(SchemaInvalid):
        canonical.decode(b'"\\ud800"', object)
