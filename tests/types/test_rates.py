"""Rates are canonical decimal text, ratios are whole basis points."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heqi.types.rates import (
    bps_fraction,
    check_bps,
    check_fx_rate,
    check_rate,
    fx_fraction,
    rate_fraction,
)
from heqi.types.refusals import RateInvalid


@pytest.mark.parametrize(
    ("rate", "fraction"),
    [("2.9", "29/1000"), ("0", "0"), ("36", "36/100"), ("0.000001", "1/100000000"), ("3.255", "3255/100000")],
)
def test_a_rate_is_percent_per_year(rate, fraction):
    assert rate_fraction(rate) == Fraction(fraction)


@pytest.mark.parametrize(
    "rate",
    [
        *("", "2.90", "02.9", ".9", "2.", "-1", "+1", "36.000001", "37", "100", "2.9%", "1e1", "0.0000001", "NaN"),
        *("２.9", "0.0", "2,9", " 2.9", "2.9\n", 2.9, 2, None),
    ],
)
def test_a_rate_that_is_not_canonical_or_out_of_range_is_refused(rate):
    with pytest.raises(RateInvalid):
        check_rate(rate)


@pytest.mark.parametrize("rate", ["0", "0.0", "-7.1", "7.10", "07.1", "1e1", "7.123456789", "", 7.1, "12345678901"])
def test_a_bad_exchange_rate_is_refused(rate):
    with pytest.raises(RateInvalid):
        check_fx_rate(rate)


def test_an_exchange_rate_is_quote_units_per_base_unit():
    assert fx_fraction("7.1") == Fraction(71, 10)
    assert fx_fraction("0.00000001") == Fraction(1, 10**8)


@pytest.mark.parametrize("bps", [-1, 10_001, True, 1.0, "80"])
def test_a_share_outside_the_whole_is_refused(bps):
    with pytest.raises(RateInvalid):
        check_bps(bps)


def test_basis_points_are_ten_thousandths():
    assert bps_fraction(8000) == Fraction(4, 5)
    assert bps_fraction(10_000) == 1


@given(st.integers(0, 36_000_000))
def test_every_rate_in_range_has_exactly_one_text(millionths):
    whole, part = divmod(millionths, 10**6)
    text = f"{whole}.{part:06d}".rstrip("0").rstrip(".")
    assert rate_fraction(text) == Fraction(millionths, 10**8)
    with pytest.raises(RateInvalid):
        check_rate(text + "0" if "." in text else text + ".0")
