"""Arithmetic of intervals: names of notes, cuts, shares of a payment, tenor (spec C05).

What holds here: a cut neither makes nor loses a unit; a payment's shares sum exactly to it. Pure: no ledger.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from heqi.types.dates import add_months
from heqi.types.money import Money
from heqi.types.refusals import SchemaInvalid, TenorExceeded
from heqi.types.shares import allot

_PACKAGE_NO = re.compile(r"[0-9A-Za-z._-]{4,40}")
_NOTE_ID = re.compile(r"([0-9A-Za-z._-]{4,40}):([1-9][0-9]{0,14})")
Interval = tuple[int, int]
"""First and last unit, both included."""


def check_package_no(value: str) -> None:
    """Four to forty letters, digits, dots, underscores, hyphens."""
    if not _PACKAGE_NO.fullmatch(value):
        raise SchemaInvalid(problem=f"{value!r} 不是凭证包号 (not a package number)")


def check_note_id(value: str) -> None:
    """`package:lo`, lo the first unit of the note."""
    split_note_id(value)


def split_note_id(value: str) -> tuple[str, int]:
    """The package and the first unit. Refuses SCHEMA_INVALID."""
    form = _NOTE_ID.fullmatch(value)
    if form is None:
        raise SchemaInvalid(problem=f"{value!r} 不是凭证号 (not a note: package:first unit)")
    return form[1], int(form[2])


def cut_points(lo: int, hi: int, cuts: Sequence[int]) -> list[Interval]:
    """The parts of [lo..hi] when cut after each of these units. Refuses a part without units: SCHEMA_INVALID."""
    parts, start = [], lo
    for last in (*cuts, hi):
        if not start <= last <= hi:
            raise SchemaInvalid(problem=f"切分点 {last} 使一段为空或 {start} > {last} (a part of [{lo}..{hi}] would be empty)")
        parts.append((start, last))
        start = last + 1
    return parts


def ground(intervals: Iterable[Interval]) -> list[Interval]:
    """The units that intervals cover, as few intervals as can be. Asserts that no unit is in two of them."""
    merged: list[Interval] = []
    for lo, hi in sorted(intervals):
        assert lo <= hi and (not merged or merged[-1][1] < lo), f"[{lo}..{hi}] overlaps or is empty"
        if merged and merged[-1][1] + 1 == lo:
            merged[-1] = (merged[-1][0], hi)
        else:
            merged.append((lo, hi))
    return merged


def pro_rata(faces: Sequence[Money], paid: Money) -> list[Money]:
    """Shares of a payment that does not cover all: in proportion to the faces, to the minor unit (conventions §1.1)."""
    return [Money(paid.ccy, part) for part in allot(paid.minor, [face.minor for face in faces])]


def check_tenor(issue_date: date, maturity: date, *, soft_months: int, hard_months: int, reason: str | None) -> None:
    """In principle six months, at most a year, and then for a stated reason (银发〔2025〕77号). Refuses TENOR_EXCEEDED."""
    hard, soft = add_months(issue_date, hard_months), add_months(issue_date, soft_months)
    if maturity > hard:
        raise TenorExceeded(latest=hard)
    if maturity > soft and not (reason or "").strip():
        raise TenorExceeded(latest=f"{soft}（更长期限须说明理由, longer needs a reason）")
