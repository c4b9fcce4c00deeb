"""When two documents look like two copies of one (C04): same parties, amount within 1 %, date within 3 days, number off by one."""

from datetime import date

NEAR_DAYS = 3
NEAR_PERCENT = 1


def near_amounts(minor: int) -> tuple[int, int]:
    """The least and the greatest amount within 1 % of this one (of the larger of the two)."""
    rest = 100 - NEAR_PERCENT
    return -(-rest * minor // 100), 100 * minor // rest


def look_alike(minor: int, dated: date, number: str, other_minor: int, other_dated: date, other_number: str) -> bool:
    """Are amount, date and number of two documents between the same parties so near that one may be a copy of the other?"""
    least, most = near_amounts(minor)
    if not least <= other_minor <= most:
        return False
    return abs((dated - other_dated).days) <= NEAR_DAYS and within_one_edit(number, other_number)


def within_one_edit(one: str, other: str) -> bool:
    """Does one insertion, deletion or replacement at most turn the one text into the other? (Levenshtein distance ≤ 1)"""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    same = next((place for place, char in enumerate(one) if char != other[place]), len(one))
    # Behind the first difference the rests agree: of the same lengths after a replacement, one longer after an insertion.
    return one[same + 1 :] == other[same + 1 :] if len(one) == len(other) else one[same:] == other[same + 1 :]
