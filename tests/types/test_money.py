"""Money is whole minor units of one currency: what it refuses, how it rounds, that nothing is lost."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.types.money import EXPONENTS, LIMIT, Money, Positive, check_positive, cny, round_half_up
from heqi.types.refusals import MoneyInvalid

minors = st.integers(0, LIMIT - 1)
halves = st.integers(0, LIMIT // 2 - 1)


@pytest.mark.parametrize(
    ("ccy", "minor"),
    [
        ("XAU", 1),
        ("cny", 1),
        ("", 1),
        ("CNY", True),
        ("CNY", 1.0),
        ("CNY", "1"),
        ("CNY", None),
        ("CNY", Decimal(1)),
        ("CNY", -1),
        ("CNY", LIMIT),
        ("CNY", float("nan")),
    ],
)
def test_an_amount_that_is_not_whole_minor_units_is_refused(ccy, minor):
    with pytest.raises(MoneyInvalid) as refused:
        Money(ccy, minor)
    assert refused.value.code == "MONEY_INVALID"


@pytest.mark.parametrize(
    "text",
    [
        '{"ccy":"CNY","minor":true}',
        '{"ccy":"CNY","minor":1.0}',
        '{"ccy":"CNY","minor":1e3}',
        '{"ccy":"CNY","minor":"1"}',
        '{"ccy":"CNY","minor":null}',
        '{"ccy":"CNY","minor":NaN}',
        '{"ccy":"CNY","minor":1,"more":1}',
        '{"ccy":"CNY"}',
        '{"ccy":"CNY","minor":-1}',
        '{"ccy":"CNY","minor":1000000000000000}',
        '{"ccy":"BTC","minor":1}',
    ],
)
def test_a_request_with_a_bad_amount_does_not_decode(text):
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(text, type=Money)


def test_a_range_refusal_inside_a_request_keeps_its_cause():
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode('{"ccy":"CNY","minor":-1}', type=Money)
    assert isinstance(refused.value.__cause__, MoneyInvalid)


def test_the_canonical_bytes_of_money_are_fixed():
    assert msgspec.json.encode(cny("800,000.00"), order="sorted") == b'{"ccy":"CNY","minor":80000000}'


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money("CNY", 80_000_000), "800,000.00 CNY"),
        (Money("CNY", 1), "0.01 CNY"),
        (Money("CNY", LIMIT - 1), "9,999,999,999,999.99 CNY"),
        (Money("JPY", 1_234_567), "1,234,567 JPY"),
        (Money("KWD", 1_234), "1.234 KWD"),
        (Money.zero("USD"), "0.00 USD"),
    ],
)
def test_money_is_written_with_its_currency_decimals_and_thousands(amount, text):
    assert str(amount) == text


@pytest.mark.parametrize(
    ("text", "ccy", "minor"),
    [
        ("800,000.00", "CNY", 80_000_000),
        ("８００，０００．００", "CNY", 80_000_000),
        (" 12.5 ", "CNY", 1_250),
        ("12", "CNY", 1_200),
        ("0.001", "KWD", 1),
        ("1,234", "JPY", 1_234),
        ("+5", "USD", 500),
    ],
)
def test_what_a_person_writes_is_read_in_major_units(text, ccy, minor):
    assert Money.parse(text, ccy) == Money(ccy, minor)


@pytest.mark.parametrize(
    ("text", "ccy"),
    [
        ("0.001", "CNY"),
        ("800.000", "CNY"),
        ("1.0", "JPY"),
        ("-1", "CNY"),
        ("1-", "CNY"),
        ("(1)", "CNY"),
        ("", "CNY"),
        ("1e3", "CNY"),
        ("NaN", "CNY"),
        ("Infinity", "CNY"),
        ("1,23.00", "CNY"),
        ("1.234,50", "CNY"),
        ("壹元", "CNY"),
        ("10,000,000,000,000.00", "CNY"),
        ("1", "XXX"),
    ],
)
def test_text_that_is_no_amount_or_could_be_two_is_refused(text, ccy):
    with pytest.raises(MoneyInvalid):
        Money.parse(text, ccy)


def test_cny_takes_yuan_as_text_or_whole_number_only():
    assert cny("0.01").minor == 1
    assert cny(5) == cny("5.00")
    for bad in (True, 1.5, Decimal(1)):
        with pytest.raises(MoneyInvalid):
            cny(bad)  # pyright: ignore[reportArgumentType]


OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "sum": lambda a, b: Money.sum_of(a.ccy, [a, b]),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_two_currencies_never_meet(operation):
    with pytest.raises(MoneyInvalid):
        operation(Money("CNY", 2), Money("USD", 1))


def test_equal_figures_of_two_currencies_are_different_amounts():
    assert Money("CNY", 1) != Money("USD", 1)


def test_nothing_is_taken_below_zero_nor_added_beyond_the_limit():
    with pytest.raises(MoneyInvalid):
        cny("0.01") - cny("0.02")
    with pytest.raises(MoneyInvalid):
        Money("CNY", LIMIT - 1) + Money("CNY", 1)


def test_zero_is_false_and_not_positive():
    assert not Money.zero("CNY")
    assert cny("0.01")
    check_positive(cny("0.01"))
    with pytest.raises(MoneyInvalid):
        check_positive(Money.zero("CNY"))
    assert Positive.__metadata__[0].extra["check"] is check_positive


def test_the_sum_of_nothing_is_zero_of_the_named_currency():
    assert Money.sum_of("JPY", []) == Money.zero("JPY")


def test_golden_figure_745138_888_rounds_to_745138_89():
    # 50,000,000 × 2.9 % × 185 / 360 = 745,138.888…
    assert cny(50_000_000).times(Fraction(29, 1000) * Fraction(185, 360)) == cny("745,138.89")


@pytest.mark.parametrize(
    ("exact", "whole"),
    [("1/2", 1), ("3/2", 2), ("5/2", 3), ("49/100", 0), ("-1/2", -1), ("-49/100", 0), ("-3/2", -2), ("0", 0), ("7", 7)],
)
def test_a_half_is_rounded_up_away_from_zero(exact, whole):
    assert round_half_up(Fraction(exact)) == whole


@pytest.mark.parametrize("factor", [Fraction(-1, 2), 0.5, Decimal("0.5"), True, "0.5"])
def test_money_times_a_negative_or_a_float_is_refused(factor):
    with pytest.raises(MoneyInvalid):
        cny(1).times(factor)


@given(halves, halves)
def test_what_is_added_can_be_taken_away(first, second):
    a, b = Money("CNY", first), Money("CNY", second)
    assert a + b - b == a
    assert a + b == b + a == Money.sum_of("CNY", [a, b])
    assert (a < b) is (first < second)
    assert (a >= b) is not (a < b)


@given(minors, st.sampled_from(sorted(EXPONENTS)))
def test_what_is_written_is_read_back_and_what_is_encoded_is_decoded(minor, ccy):
    amount = Money(ccy, minor)
    assert Money.parse(str(amount).removesuffix(f" {ccy}"), ccy) == amount
    assert msgspec.json.decode(msgspec.json.encode(amount), type=Money) == amount
    assert amount.decimal.scaleb(EXPONENTS[ccy]) == minor


@settings(max_examples=200)
@given(st.integers(-(10**12), 10**12), st.integers(1, 500))
def test_rounding_agrees_with_decimal_half_up(numerator, denominator):
    # 28 digits decide every rounding here but the exact halves, and those end.
    as_decimal = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), ROUND_HALF_UP)
    assert round_half_up(Fraction(numerator, denominator)) == as_decimal


@given(st.integers(0, 10**12), st.fractions(0, 100, max_denominator=3600))
def test_times_is_within_half_a_minor_unit_of_the_exact_product(minor, factor):
    assert abs(Money("CNY", minor).times(factor).minor - minor * factor) <= Fraction(1, 2)
