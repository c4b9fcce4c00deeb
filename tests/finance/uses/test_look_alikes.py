"""The arithmetic of look-alikes against its definition."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.finance.uses.rules import look_alike, near_amounts, within_one_edit

DAY = date(2026, 3, 1)
TEXT = st.text(alphabet="012", max_size=6)


def levenshtein(one: str, other: str) -> int:
    """The textbook recurrence, to compare with."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]


@settings(max_examples=300)
@given(TEXT, TEXT)
def test_within_one_edit_is_a_levenshtein_distance_of_one_at_most(one, other):
    assert within_one_edit(one, other) == (levenshtein(one, other) <= 1)


@given(st.integers(1, 10**15 - 1), st.integers(-(10**14), 10**14))
def test_near_amounts_are_those_within_one_percent_of_the_larger(minor, off):
    for other in (max(1, minor + off), *near_amounts(minor), near_amounts(minor)[0] - 1, near_amounts(minor)[1] + 1):
        least, most = near_amounts(minor)
        assert (least <= other <= most) == (100 * abs(minor - other) <= max(minor, other))


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 6), TEXT, TEXT)
def test_looking_alike_is_mutual(minor, other, days, one, two):
    later = DAY + timedelta(days=days)
    assert look_alike(minor, DAY, one, other, later, two) == look_alike(other, later, two, minor, DAY, one)


@pytest.mark.parametrize(
    ("alike", "minor", "days", "number"),
    [(True, 10_000, 0, "A17"), (True, 9_900, 3, "A1"), (False, 9_899, 0, "A17"), (False, 10_000, 4, "A17"), (False, 10_000, 0, "A188")],
)
def test_one_percent_three_days_one_character(alike, minor, days, number):
    assert look_alike(10_000, DAY, "A17", minor, DAY + timedelta(days=days), number) is alike
