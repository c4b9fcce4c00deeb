"""Pure rules: whether a condition holds, what a set of rules decides, what a scorecard gives.

What holds here: a fact that is missing, or of another kind than the condition asks about, is refused and never guessed.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from heqi.finance.decisions.model import Applied, Band, Condition, Fact, Op, Outcome, Rule, RuleKind, Score, Scorecard
from heqi.types.money import round_half_up
from heqi.types.refusals import SchemaInvalid

ORDERED = (Op.LT, Op.LE, Op.GE, Op.GT)


def check_condition(condition: Condition) -> None:
    """Order is for whole numbers: SCHEMA_INVALID."""
    if condition.op in ORDERED and type(condition.value) is not int:
        raise SchemaInvalid(problem=f"{condition.fact} {condition.op} 须为整数 (order is for whole numbers)", field="conditions")


def holds(condition: Condition, facts: Mapping[str, Fact]) -> bool:
    """Is it so? Refuses SCHEMA_INVALID: the fact is missing, or a text is asked for its order."""
    if condition.fact not in facts:
        raise SchemaInvalid(problem=f"缺少事实 {condition.fact} (fact missing)")
    said, asked = facts[condition.fact], condition.value
    if type(said) is not type(asked):
        raise SchemaInvalid(problem=f"{condition.fact}: {type(said).__name__} ≠ {type(asked).__name__}")
    match condition.op:
        case Op.EQ:
            return said == asked
        case Op.NE:
            return said != asked
    assert type(said) is int and type(asked) is int, "check_condition lets order to whole numbers only"
    match condition.op:
        case Op.LT:
            return said < asked
        case Op.LE:
            return said <= asked
        case Op.GE:
            return said >= asked
        case _:
            return said > asked


def outcome_of(rules: Sequence[Rule], facts: Mapping[str, Fact]) -> tuple[Outcome, tuple[Applied, ...]]:
    """Every rule is looked at, so that a decision tells all that spoke against it. One BLOCK blocks; else one REFER refers."""
    applied = tuple(
        Applied(rule=rule.rule, version=rule.version, kind=rule.kind, hit=_applies(rule, facts)) for rule in rules
    )
    kinds = [one.kind for one in applied if one.hit]
    if RuleKind.BLOCK in kinds:
        return Outcome.BLOCK, applied
    return (Outcome.REFER if RuleKind.REFER in kinds else Outcome.APPROVE), applied


def _applies(rule: Rule, facts: Mapping[str, Fact]) -> bool:
    # Every condition is asked, also after one that does not hold: a missing fact must not hide behind it.
    said = [holds(condition, facts) for condition in rule.conditions]
    return all(said)


def check_bands(bands: Sequence[Band]) -> None:
    """From high to low, the last from 0, so that every score has its band: SCHEMA_INVALID."""
    least = [Fraction(band.least) for band in bands]
    falling = all(high > low for high, low in pairwise(least))
    if not falling or least[-1] != 0 or len({band.band for band in bands}) != len(bands):
        raise SchemaInvalid(problem="分档须由高到低、互不重名、最低为 0 (bands fall, differ, and end at 0)", field="bands")


def score_of(card: Scorecard, facts: Mapping[str, int | Fraction]) -> Score:
    """`start − Σ weight × min(cap, per × x)`, not below 0 (S03.6). Exact throughout.

    The band goes by the exact score (84.6 is shown as 85 and is a B), because a rounded figure is for the eye.
    Refuses SCHEMA_INVALID: a fact missing, below 0, or above its `whole`.
    """
    exact = Fraction(card.start)
    for term in card.terms:
        if term.fact not in facts:
            raise SchemaInvalid(problem=f"缺少事实 {term.fact} (fact missing)")
        said = Fraction(facts[term.fact])
        x = said if term.whole is None else Fraction(term.whole) - said
        if said < 0 or x < 0:
            raise SchemaInvalid(problem=f"{term.fact} = {said} 超出范围 (out of range)")
        exact -= Fraction(term.weight) * min(Fraction(term.cap), Fraction(term.per) * x)
    exact = max(exact, Fraction(0))
    band = next(band.band for band in card.bands if exact >= Fraction(band.least))
    return Score(card=card.card, version=card.version, exact=str(exact), points=round_half_up(exact), band=band)
