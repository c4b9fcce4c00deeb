"""Business days by the notice, days of interest by 算头不算尾."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heqi.types.dates import (
    KNOWN_YEARS,
    Basis,
    add_business_days,
    add_months,
    days,
    following,
    is_business_day,
    previous_business_day,
    year_fraction,
)
from heqi.types.refusals import DateInvalid

ONE = timedelta(days=1)
inside = st.dates(date(2019, 2, 1), date(2027, 11, 30))

# spec/conventions.md §1.2, copied by hand and not from the data file.
HOLIDAYS_2026 = [
    ((1, 1), (1, 3)),
    ((2, 15), (2, 23)),
    ((4, 4), (4, 6)),
    ((5, 1), (5, 5)),
    ((6, 19), (6, 21)),
    ((9, 25), (9, 27)),
    ((10, 1), (10, 7)),
]
WORKING_2026 = [(2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]


def test_every_day_of_2026_is_as_the_conventions_say():
    off = set()
    for (month, first), (_, last) in HOLIDAYS_2026:
        off |= {date(2026, month, day) for day in range(first, last + 1)}
    on = {date(2026, month, day) for month, day in WORKING_2026}
    day = date(2026, 1, 1)
    while day.year == 2026:
        assert is_business_day(day) is (day in on or (day.weekday() < 5 and day not in off)), day
        day += ONE


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-01-26", True),  # Sunday worked for the Spring Festival
        ("2025-01-28", False),
        ("2025-02-04", False),
        ("2025-02-05", True),
        ("2025-02-08", True),
        ("2025-04-27", True),
        ("2025-05-05", False),
        ("2025-06-02", False),
        ("2025-09-28", True),
        ("2025-10-08", False),
        ("2025-10-11", True),
        ("2020-01-31", False),  # prolonged for the epidemic
        ("2019-12-05", True),
        ("2027-02-08", False),  # projected
    ],
)
def test_days_of_the_published_notices(day, works):
    assert is_business_day(date.fromisoformat(day)) is works


def test_a_year_has_about_250_business_days():
    for year in KNOWN_YEARS:
        first = date(year, 1, 1)
        count = sum(is_business_day(first + n * ONE) for n in range((date(year + 1, 1, 1) - first).days))
        assert 243 <= count <= 254, (year, count)


QUESTIONS = {
    "is_business_day": lambda: is_business_day(date(2031, 1, 1)),
    "following": lambda: following(date(2018, 12, 31)),
    "following over the edge": lambda: add_business_days(date(2027, 12, 31), 1),
    "previous over the edge": lambda: previous_business_day(date(2019, 1, 1)),
    "backwards": lambda: add_business_days(date(2026, 1, 5), -1),
    "end before start": lambda: days(date(2026, 1, 2), date(2026, 1, 1)),
    "fraction of an end before start": lambda: year_fraction(date(2026, 1, 2), date(2026, 1, 1), Basis.ACT_360),
    "beyond the calendar of dates": lambda: add_months(date(9999, 12, 1), 1),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_what_the_calendar_does_not_know_is_refused_and_never_assumed(question):
    with pytest.raises(DateInvalid):
        question()


@pytest.mark.parametrize(
    ("due", "paid"),
    [
        ("2020-12-05", "2020-12-07"),  # S18: Saturday
        ("2021-12-05", "2021-12-06"),  # S18: Sunday
        ("2026-10-01", "2026-10-08"),
        ("2026-02-14", "2026-02-14"),  # a Saturday that works
        ("2026-09-14", "2026-09-14"),
    ],
)
def test_a_due_date_on_a_holiday_moves_to_the_next_business_day(due, paid):
    assert following(date.fromisoformat(due)) == date.fromisoformat(paid)


def test_business_days_are_counted_from_the_day_after():
    assert add_business_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert add_business_days(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert add_business_days(date(2026, 10, 1), 0) == date(2026, 10, 8)
    assert previous_business_day(date(2026, 10, 8)) == date(2026, 9, 30)


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-03-16", 12, "2027-03-16"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
    ],
)
def test_months_end_where_the_month_ends(day, months, result):
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(result)


def test_the_first_day_counts_and_the_last_does_not():
    assert days(date(2026, 3, 1), date(2026, 3, 1)) == 0
    assert days(date(2026, 3, 1), date(2026, 3, 2)) == 1
    assert days(date(2026, 3, 16), date(2026, 9, 14)) == 182  # S02


def test_act_365_of_73_days_is_a_fifth():  # S17: two periods of 73 days
    assert year_fraction(date(2025, 1, 1), date(2025, 3, 15), Basis.ACT_365) == Fraction(1, 5)
    assert year_fraction(date(2025, 3, 15), date(2025, 5, 27), Basis.ACT_365) == Fraction(1, 5)
    assert year_fraction(date(2025, 1, 1), date(2025, 3, 15), Basis.ACT_360) == Fraction(73, 360)


@given(inside)
def test_following_is_the_first_business_day_not_before(day):
    due = following(day)
    assert due >= day
    assert is_business_day(due)
    assert not any(is_business_day(day + n * ONE) for n in range((due - day).days))


@given(inside, st.integers(1, 15))
def test_previous_and_next_business_days_undo_each_other(day, count):
    start = following(day)
    end = add_business_days(start, count)
    for _ in range(count):
        end = previous_business_day(end)
    assert end == start


@given(st.lists(st.dates(date(2000, 1, 1), date(2100, 1, 1)), min_size=3, max_size=3).map(sorted))
def test_a_period_cut_in_two_has_the_same_days(cut):
    start, middle, end = cut
    assert days(start, middle) + days(middle, end) == days(start, end)
    for basis in Basis:
        parts = year_fraction(start, middle, basis) + year_fraction(middle, end, basis)
        assert parts == year_fraction(start, end, basis)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-240, 240))
def test_adding_months_keeps_the_day_or_takes_the_last(day, months):
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and (moved + ONE).day == 1)
