"""Keys keep the order of the tuples they stand for."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heqi.kernel.state.keys import KEY_INT_MAX, encode_key, prefix_end
from heqi.types.refusals import SchemaInvalid

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
tricky = st.text("\x01\x7f\x80aé中\U0001f91d", max_size=4)
integers = st.integers(0, KEY_INT_MAX) | st.integers(0, 300)
tuples = st.tuples(text | tricky, integers, st.dates(), text | tricky)


@given(tuples, tuples)
def test_order_of_keys_is_order_of_tuples(a: tuple[str, int, date, str], b: tuple[str, int, date, str]) -> None:
    assert (encode_key(a) < encode_key(b)) == (a < b)
    assert (encode_key(a) == encode_key(b)) == (a == b)


@given(tuples, tuples, st.integers(0, 4))
def test_a_scan_of_a_prefix_finds_exactly_the_tuples_that_begin_with_it(
    a: tuple[str, int, date, str], b: tuple[str, int, date, str], size: int
) -> None:
    prefix = encode_key(a[:size])
    assert prefix <= encode_key(a) < prefix_end(prefix)
    assert (prefix <= encode_key(b) < prefix_end(prefix)) == (b[:size] == a[:size])


@given(st.binary(max_size=3), st.binary(max_size=5))
def test_prefix_end_is_tight_for_any_bytes(prefix: bytes, key: bytes) -> None:
    assert (prefix <= key < prefix_end(prefix)) == key.startswith(prefix)


@pytest.mark.parametrize("part", ["a\0b", "\ud800", -1, KEY_INT_MAX + 1])
def test_what_has_no_place_in_the_order_is_refused(part: str | int) -> None:
    with pytest.raises(SchemaInvalid):
        encode_key(("voucher", part))


@pytest.mark.parametrize("part", [True, 1.5, b"a", None, datetime(2026, 1, 1, tzinfo=UTC)])
def test_a_part_of_another_type_is_a_bug_of_the_caller(part: object) -> None:
    with pytest.raises(TypeError):
        encode_key((part,))  # pyright: ignore[reportArgumentType]


def test_the_bytes_of_a_key_are_frozen() -> None:
    key = encode_key(("loans", "中车", 258, date(2026, 3, 31)))
    assert key.hex() == "6c6f616e7300" + "e4b8ade8bda600" + "0000000000000102" + b"2026-03-31".hex()
