"""Business days of mainland China and the counting of days (spec/conventions.md §1.2).

What holds here: a year without data is refused, never assumed; days are counted 算头不算尾 (the first day counts, the
last does not); FOLLOWING moves a due date to the next business day. What does not hold here: today's date, which only
the ledger knows.

The calendar is package data, read once while this module loads, before any rule runs: the one file this floor ever
reads. It lists the days that differ from Monday–Friday, as the State Council's yearly notice does; 1 January stands in
it for each known year.
"""

import csv
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from fractions import Fraction
from importlib import resources

from heqi.types.refusals import DateInvalid

SHANGHAI = timezone(timedelta(hours=8))
"""The hour of business (conventions §1.2). China has kept one offset since 1991."""
_DAY = timedelta(days=1)
_SATURDAY = 5


class Basis(StrEnum):
    """日计息基础: ACT_360 for CNY, USD and EUR loans and discounts; ACT_365 for GBP and HKD."""

    ACT_360 = "ACT_360"
    ACT_365 = "ACT_365"


def is_business_day(day: date) -> bool:
    """Refuses with DateInvalid a year the calendar does not know."""
    if day.year not in KNOWN_YEARS:
        raise DateInvalid(problem=f"{day.isoformat()}: 日历无此年 no calendar for {day.year}")
    return _EXCEPTIONS.get(day, day.weekday() < _SATURDAY)


def following(day: date) -> date:
    """The day itself if it is a business day, else the next one (FOLLOWING)."""
    while not is_business_day(day):
        day += _DAY
    return day


def previous_business_day(day: date) -> date:
    """The last business day before `day`, never `day` itself."""
    day -= _DAY
    while not is_business_day(day):
        day -= _DAY
    return day


def add_business_days(day: date, count: int) -> date:
    """`count` business days after `day`; the day itself is not counted. `count` 0 gives `following(day)`."""
    if count < 0:
        raise DateInvalid(problem=f"{count} < 0 工作日 business days")
    if count == 0:
        return following(day)
    for _ in range(count):
        day = following(day + _DAY)
    return day


def add_months(day: date, count: int) -> date:
    """The same day `count` months later, or the last of that month if it is shorter: 31 Jan + 1 → 28 or 29 Feb."""
    years, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not date.min.year <= years <= date.max.year:
        raise DateInvalid(problem=f"{day.isoformat()} + {count} 月 months")
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def days(start: date, end: date) -> int:
    """Days of interest from `start` (counted) to `end` (not counted), 算头不算尾. Refuses an end before the start."""
    if end < start:
        raise DateInvalid(problem=f"{end.isoformat()} < {start.isoformat()}")
    return (end - start).days


def minute_of_day(time: datetime, day: date) -> int | None:
    """How many minutes of this business date have passed in Shanghai at a moment; None when the moment is on another date."""
    local = time.astimezone(SHANGHAI)
    return local.hour * 60 + local.minute if local.date() == day else None


def year_days(basis: Basis) -> int:
    """The days of the basis' year: 360 or 365."""
    return 360 if basis is Basis.ACT_360 else 365


def year_fraction(start: date, end: date, basis: Basis) -> Fraction:
    """`days(start, end)` as part of the basis' year."""
    return Fraction(days(start, end), year_days(basis))


def _read() -> dict[date, bool]:
    text = resources.files("heqi.types").joinpath("calendar_cn.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {date.fromisoformat(row["date"]): row["is_business_day"] == "1" for row in rows}


_EXCEPTIONS = _read()
KNOWN_YEARS = frozenset(day.year for day in _EXCEPTIONS if (day.month, day.day) == (1, 1))
"""Years with a calendar. A year is added by adding its notice to calendar_cn.csv."""
