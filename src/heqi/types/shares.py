"""Dividing whole units so that nothing is lost: largest remainder, and the running difference of daily postings.

What holds here: the parts are whole and sum exactly to the total, and each lies within one lot of its exact share
(spec/conventions.md §1.1, spec/conventions-14-21.md C8). Who gains the remainder is written in `allot`.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from heqi.types.money import round_half_up
from heqi.types.refusals import MoneyInvalid


def allot(total: int, weights: Sequence[int | Fraction], lot: int = 1) -> list[int]:
    """Divides `total` in proportion to `weights`, each part a multiple of `lot`, in the order of the weights.

    Every share is floored to the lot; the lots left over go one each to the largest fractional remainder, then the
    larger weight, then the earlier place. (Both specs are met: they break ties by place, and by weight before place.)
    Callers whose next tie-break is time or id give the weights in that order. A weight of zero receives nothing.
    Refused with MoneyInvalid: a total below zero or not a whole number of lots, a lot below one, a negative weight, no
    weight above zero while there is something to give.
    """
    if lot < 1 or total < 0 or total % lot:
        raise MoneyInvalid(problem=f"{total} ≠ n × {lot}")
    scale = lcm(*(weight.denominator for weight in weights))
    whole = [int(weight * scale) for weight in weights]
    if any(weight < 0 for weight in whole):
        raise MoneyInvalid(problem=f"权重 weight {min(weights)} < 0")
    divisor = sum(whole)
    if divisor == 0:
        if total:
            raise MoneyInvalid(problem=f"{total} ÷ 0 权重 weights")
        return [0] * len(whole)
    lots = total // lot
    parts, remainders = [], []
    for weight in whole:
        part, remainder = divmod(lots * weight, divisor)
        parts.append(part)
        remainders.append(remainder)
    first = sorted(range(len(whole)), key=lambda place: (-remainders[place], -whole[place], place))
    for place in first[: lots - sum(parts)]:
        parts[place] += 1
    return [part * lot for part in parts]


def running(exact: Fraction, posted: int) -> int:
    """What to post today so that all postings sum to the formula: round(exact through today) − posted before.

    `exact` is the formula's exact value in minor units through today; the result may be zero, and negative only when
    the formula fell.
    """
    return round_half_up(exact) - posted
