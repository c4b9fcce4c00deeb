"""Rules, scorecards and alerts: what an organisation's risk desk has laid down, and what came of it.

What holds here: facts are whole numbers, texts and truths with a name; every decision tells the versions it used.
"""

from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.types.ids import PartyId
from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import matching, scalar

check_name = matching(
    r"[a-z][a-z0-9_]{0,39}", lambda value: SchemaInvalid(problem=f"名称 {value[:50]!r} (a name is lower case, digits and _, at most 40)")
)
"""Lower case, digits and underscores, at most 40: `dealer_score`."""
check_number = matching(
    r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6}|/[1-9][0-9]{0,11})?",
    lambda value: SchemaInvalid(problem=f"数值 {value[:30]!r} (an exact number is written 0.4 or 2/5)"),
)
"""An exact number from 0: a decimal `0.4` or a fraction `2/5`."""

Name = Annotated[str, scalar("name", zh="名称", en="Name", check=check_name, example="dealer_score")]
Number = Annotated[str, scalar("number", zh="精确数值", en="Exact number", check=check_number, example="0.4")]
Message = Annotated[str, Meta(title="Message", description="提示", min_length=2, max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=200)]
Fact = int | str | bool
Facts = dict[str, int | str | bool]


# --- rules -----------------------------------------------------------------------------------------------------------------------
class RuleKind(StrEnum):
    """What a rule that applies does: refuse, send to a person, or only say so."""

    BLOCK = "BLOCK"
    REFER = "REFER"
    WARN = "WARN"


class Op(StrEnum):
    EQ = "EQ"
    NE = "NE"
    LT = "LT"
    LE = "LE"
    GE = "GE"
    GT = "GT"


class Condition(Record, frozen=True, kw_only=True):
    """`fact op value`. Order is for whole numbers only; a truth equals a truth, a text a text."""

    fact: Name
    op: Op
    value: Fact


Conditions = Annotated[list[Condition], Meta(title="Conditions", description="条件（全部成立时规则生效）", min_length=1, max_length=20)]


class Rule(Record, frozen=True, kw_only=True):
    """One rule of a set, in one version. It applies when all its conditions hold."""

    owner: PartyId
    rule_set: Name
    rule: Name
    version: int
    kind: RuleKind
    conditions: Conditions
    message_zh: Message
    message_en: Message
    since: date
    retired: bool = False


class Outcome(StrEnum):
    APPROVE = "APPROVE"
    REFER = "REFER"
    BLOCK = "BLOCK"


class Applied(Record, frozen=True, kw_only=True):
    """What one rule said. `hit`: its conditions held."""

    rule: Name
    version: int
    kind: RuleKind
    hit: bool


class Decision(Record, frozen=True, kw_only=True):
    """Why it came out so: every rule looked at with its version, and the digest of the facts (canonical JSON, facts sorted)."""

    decision: str
    owner: PartyId
    rule_set: Name
    subject: str
    outcome: Outcome
    applied: tuple[Applied, ...]
    inputs_hash: str
    date: date


# --- scorecards ------------------------------------------------------------------------------------------------------------------
class Term(Record, frozen=True, kw_only=True):
    """What one fact costs: `weight × min(cap, per × x)`, x the fact, or `whole − fact` when `whole` is given.

    Dealer, S03.6: stock older than 90 days is `weight 0.4, per 2, cap 100`; payments on time `weight 0.3, per 1, cap 100, whole 100`.
    """

    fact: Name
    weight: Number
    per: Number
    cap: Number
    whole: Number | None = None


class Band(Record, frozen=True, kw_only=True):
    """A name for all scores from `least` up to the next higher band."""

    band: Annotated[str, Meta(min_length=1, max_length=10)]
    least: Number


Terms = Annotated[list[Term], Meta(title="Terms", description="扣分项", min_length=1, max_length=30)]
Bands = Annotated[list[Band], Meta(title="Bands", description="分档（由高到低，最低一档为 0）", min_length=1, max_length=20)]


class Scorecard(Record, frozen=True, kw_only=True):
    """Points from `start` down by its terms, never below 0, and the band they fall in. Bands stand from high to low."""

    owner: PartyId
    card: Name
    version: int
    start: Number
    terms: Terms
    bands: Bands
    since: date


class Score(Record, frozen=True, kw_only=True):
    """`exact` is the score as a fraction; `points` its nearest whole number (HALF_UP), for display; the band goes by `exact`."""

    card: Name
    version: int
    exact: str
    points: int
    band: str

    @property
    def value(self) -> Fraction:
        return Fraction(self.exact)


# --- alerts ----------------------------------------------------------------------------------------------------------------------
class Level(StrEnum):
    BLUE = "BLUE"
    YELLOW = "YELLOW"
    ORANGE = "ORANGE"
    RED = "RED"


class AlertStage(StrEnum):
    OPEN = "OPEN"
    ESCALATED = "ESCALATED"
    ACK = "ACK"
    HANDLING = "HANDLING"
    CLOSED = "CLOSED"


LADDER = ("maker", "checker", "approver")
"""One role up: where an alert goes that nobody acknowledges."""


class Alert(Staged, frozen=True, kw_only=True):
    """Something a desk of `org` must look at. `desk` is the role it lies with; `due` the last day to acknowledge it there."""

    MOVES: ClassVar = {
        AlertStage.OPEN: (AlertStage.ESCALATED, AlertStage.ACK),
        AlertStage.ESCALATED: (AlertStage.ESCALATED, AlertStage.ACK),
        AlertStage.ACK: (AlertStage.HANDLING, AlertStage.CLOSED),
        AlertStage.HANDLING: (AlertStage.CLOSED,),
    }
    alert: str
    org: PartyId
    level: Level
    subject: str
    rule: str
    evidence: str
    desk: str
    raised: date
    due: date
    note: str | None = None
    stage: AlertStage


class RuleLaidDown(Event, frozen=True, kw_only=True):
    owner: PartyId
    rule_set: str
    rule: str
    version: int
    retired: bool


class ScorecardSet(Event, frozen=True, kw_only=True):
    owner: PartyId
    card: str
    version: int


class DecisionMade(Event, frozen=True, kw_only=True):
    decision: str
    owner: PartyId
    rule_set: str
    outcome: Outcome


class AlertRaised(Event, frozen=True, kw_only=True):
    alert: str
    org: PartyId
    level: Level


class AlertMoved(Event, frozen=True, kw_only=True):
    """The alert is in another stage, or on a higher desk."""

    alert: str
    org: PartyId
    level: Level
    stage: AlertStage
    desk: str
