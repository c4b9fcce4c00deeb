"""A total divided is the total again, and nobody is more than one lot away from the exact share."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heqi.types.money import round_half_up
from heqi.types.refusals import MoneyInvalid
from heqi.types.shares import allot, running

YI = 10**10  # 1 亿元 in fen


@pytest.mark.parametrize(
    ("total", "weights", "lot", "parts"),
    [
        pytest.param(100, [1, 1, 1], 1, [34, 33, 33], id="capability matrix §4.3 money"),
        pytest.param(99_999_999, [15_000_000, 25_000_000, 60_000_000], 1, [15_000_000, 25_000_000, 59_999_999], id="§4.3 C05 pro rata"),
        pytest.param(100, [60, 60, 60], 10, [40, 30, 30], id="C8 equal weights in lots of ten"),
        pytest.param(50 * YI, [45, 30, 15], YI // 10, [250 * YI // 10, 167 * YI // 10, 83 * YI // 10], id="C8 and S18 bond"),
        pytest.param(817_306_796, [40, 25, 15], 1, [408_653_398, 255_408_374, 153_245_024], id="S17 holders of class A"),
        pytest.param(1, [1, 3], 1, [0, 1], id="the larger remainder"),
        pytest.param(2, [1, 3, 4], 1, [0, 1, 1], id="the larger remainder goes before the larger weight"),
        pytest.param(7, [0, 1, 0], 1, [0, 7, 0], id="a weight of zero receives nothing"),
        pytest.param(0, [1, 2], 1, [0, 0], id="nothing to give"),
        pytest.param(0, [0], 1, [0], id="nothing to give to nobody"),
        pytest.param(10, [Fraction(1, 3), Fraction(2, 3)], 1, [3, 7], id="fractions as weights"),
    ],
)
def test_golden_divisions(total, weights, lot, parts):
    assert allot(total, weights, lot) == parts


def test_of_equal_remainders_the_larger_weight_goes_first_then_the_earlier_place():
    # 2 × 1/4 = 0.5 and 2 × 3/4 = 1.5: one unit is left, the remainders are equal, the weight of 3 has it.
    assert allot(2, [1, 3]) == [0, 2]
    assert allot(2, [3, 1]) == [2, 0]
    assert allot(1, [1, 1]) == [1, 0]


@pytest.mark.parametrize(
    ("total", "weights", "lot"),
    [(105, [1, 1], 10), (-1, [1], 1), (1, [1], 0), (10, [1], -10), (1, [], 1), (1, [0, 0], 1), (1, [2, -1], 1)],
)
def test_an_impossible_division_is_refused(total, weights, lot):
    with pytest.raises(MoneyInvalid):
        allot(total, weights, lot)


weights = st.lists(st.one_of(st.integers(0, 10**12), st.fractions(0, 1000, max_denominator=360)), min_size=1, max_size=12).filter(any)


@given(st.integers(0, 10**9), weights, st.sampled_from([1, 7, 100, 10**6]))
def test_the_parts_sum_to_the_total_and_lie_within_one_lot_of_the_exact_share(lots, weights, lot):
    parts = allot(lots * lot, weights, lot)
    assert sum(parts) == lots * lot
    for part, weight in zip(parts, weights, strict=True):
        assert part >= 0
        assert part % lot == 0
        assert abs(part - Fraction(lots * lot) * weight / sum(weights)) < lot


@given(st.integers(0, 10**6), weights)
def test_a_larger_weight_never_receives_less(total, weights):
    by_weight = sorted(zip(weights, allot(total, weights), strict=True))
    for (smaller, less), (larger, more) in pairwise(by_weight):
        assert smaller == larger or less <= more


@given(st.fractions(0, 10**9, max_denominator=36_000), st.integers(1, 400))
def test_daily_postings_sum_to_the_formula_to_the_fen(per_day, count):
    posted = 0
    for day in range(1, count + 1):
        posting = running(per_day * day, posted)
        assert abs(posting - per_day) < 1
        posted += posting
    assert posted == round_half_up(per_day * count)
