"""Rules, scorecards and alerts (规则与预警, C13): decisions that can be explained years later.

What holds here: rules and cards are laid down by an organisation's administrator and risk desk together, in versions of which none
is ever lost; a decision is kept with every rule and version it looked at; an alert that nobody acknowledges in time goes one role
up, at day end. What not: that the facts are true; the application that asks takes them from verified records.
"""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Annotated

import msgspec
from msgspec import Meta

from heqi.finance.decisions.model import (
    LADDER,
    Alert,
    AlertMoved,
    AlertRaised,
    AlertStage,
    Bands,
    Conditions,
    Decision,
    DecisionMade,
    Fact,
    Level,
    Message,
    Name,
    Number,
    Rule,
    RuleKind,
    RuleLaidDown,
    Score,
    Scorecard,
    ScorecardSet,
    Terms,
)
from heqi.finance.decisions.rules import check_bands, check_condition, outcome_of, score_of
from heqi.kernel.contracts import Context, Register, admin, approver, changed, checker, maker, members, own, risk
from heqi.kernel.identity import contract as identity
from heqi.types.ids import PartyId
from heqi.types.refusals import NotFound, StateInvalid
from heqi.types.words import Reason

register = Register("decisions", title=("规则与预警", "Rules and alerts"), uses=(identity.register,))

rules = register.table("rule", Rule, key=("owner", "rule_set", "rule"))
rule_versions = register.table("rule_version", Rule, key=("owner", "rule_set", "rule", "version"))
cards = register.table("card", Scorecard, key=("owner", "card"))
card_versions = register.table("card_version", Scorecard, key=("owner", "card", "version"))
decisions = register.table(
    "decision", Decision, key=("decision",), indexes={"owner": ("owner", "date"), "subject": ("owner", "subject", "date")}
)
alerts = register.table(
    "alert", Alert, key=("alert",),
    indexes={
        "org": ("org", "stage"),
        "live": lambda a: (a.org, a.subject) if a.stage is not AlertStage.CLOSED else None,
        "due": lambda a: (a.due,) if a.stage in (AlertStage.OPEN, AlertStage.ESCALATED) and a.desk != LADDER[-1] else None,
    },
)  # fmt: skip

sla_days = register.parameter(
    "sla_days", {"RED": 0, "ORANGE": 1, "YELLOW": 3, "BLUE": 5},
    title=("预警确认时限（日历日）", "Days to acknowledge an alert"), source="capabilities C13: sla of an alert; working figures",
)  # fmt: skip
RULES_MAX = 200
_encode = msgspec.json.Encoder(order="sorted").encode


# --- rules and cards -------------------------------------------------------------------------------------------------------------
@register.action("制定规则", by=(admin(own), risk(own)))
def lay_down_rule(
    ctx: Context, rule_set: Name, rule: Name, kind: RuleKind, conditions: Conditions, message_zh: Message, message_en: Message
) -> Rule:
    """为本机构的一个规则集制定或更新一条规则；每次更新为新版本，旧版本保留。
    Lay down a rule of one of one's own sets, or a new version of it; earlier versions are kept."""
    for condition in conditions:
        check_condition(condition)
    known = rules.find(ctx, ctx.org, rule_set, rule)
    return _lay_down(
        ctx,
        Rule(
            owner=ctx.org, rule_set=rule_set, rule=rule, version=known.version + 1 if known else 1, kind=kind, conditions=conditions,
            message_zh=message_zh, message_en=message_en, since=ctx.today,
        ),
    )  # fmt: skip


@register.action("停用规则", by=(admin(own), risk(own)))
def retire_rule(ctx: Context, rule_set: Name, rule: Name) -> Rule:
    """停用本机构的一条规则；其历史版本保留。
    Retire a rule of one's own; its versions are kept."""
    known = rules.get(ctx, ctx.org, rule_set, rule)
    if known.retired:
        raise StateInvalid(record=f"Rule {rule_set}/{rule}", stage="RETIRED", act="retire")
    return _lay_down(ctx, changed(known, version=known.version + 1, retired=True, since=ctx.today))


def _lay_down(ctx: Context, rule: Rule) -> Rule:
    ctx.emit(RuleLaidDown(owner=rule.owner, rule_set=rule.rule_set, rule=rule.rule, version=rule.version, retired=rule.retired))
    rule_versions.insert(ctx, rule)
    return rules.put(ctx, rule)


@register.action("制定评分卡", by=(admin(own), risk(own)))
def lay_down_card(ctx: Context, card: Name, start: Number, terms: Terms, bands: Bands) -> Scorecard:
    """制定或更新本机构的一张评分卡：起评分、扣分项与分档；每次更新为新版本。
    Lay down a scorecard of one's own, or a new version of it: start, terms that cost points, bands."""
    check_bands(bands)
    known = cards.find(ctx, ctx.org, card)
    laid = Scorecard(
        owner=ctx.org, card=card, version=known.version + 1 if known else 1, start=start, terms=terms, bands=bands, since=ctx.today
    )  # fmt: skip
    ctx.emit(ScorecardSet(owner=ctx.org, card=card, version=laid.version))
    card_versions.insert(ctx, laid)
    return cards.put(ctx, laid)


# --- what applications call --------------------------------------------------------------------------------------------------------
def decide(ctx: Context, owner: PartyId, rule_set: str, facts: Mapping[str, Fact], *, subject: str = "") -> Decision:
    """What the owner's rules say about these facts, kept with the reasons. Whether to obey is the caller's.

    Refuses: NOT_FOUND (the owner has no such set: no rules is not an approval), SCHEMA_INVALID (a fact missing or of another kind).
    """
    in_force = [rule for rule in rules.scan(ctx, owner, rule_set, limit=RULES_MAX) if not rule.retired]
    if not in_force:
        raise NotFound(record=f"rule set {owner} {rule_set}")
    outcome, applied = outcome_of(in_force, facts)
    decision = decisions.insert(
        ctx,
        Decision(
            decision=ctx.unique("decision"), owner=owner, rule_set=rule_set, subject=subject, outcome=outcome, applied=applied,
            inputs_hash=ctx.suite.tagged(_encode(dict(facts))), date=ctx.today,
        ),
    )  # fmt: skip
    ctx.emit(DecisionMade(decision=decision.decision, owner=owner, rule_set=rule_set, outcome=outcome))
    return decision


def reasons(ctx: Context, decision: Decision) -> list[Rule]:
    """The rules that applied, in the versions decided by: their messages tell why."""
    return [rule_versions.get(ctx, decision.owner, decision.rule_set, one.rule, one.version) for one in decision.applied if one.hit]


def score(ctx: Context, owner: PartyId, card: str, facts: Mapping[str, int | Fraction]) -> Score:
    """The score of these facts by the owner's card in force. Refuses: NOT_FOUND (no card), SCHEMA_INVALID (a fact)."""
    return score_of(cards.get(ctx, owner, card), facts)


def raise_alert(ctx: Context, *, org: PartyId, level: Level, subject: str, rule: str, evidence: str) -> Alert:
    """Put an alert on the maker's desk of an organisation; its level says how soon it must be acknowledged."""
    alert = alerts.insert(
        ctx,
        Alert(
            alert=ctx.unique("alert"), org=org, level=level, subject=subject, rule=rule, evidence=evidence, desk=LADDER[0],
            raised=ctx.today, due=ctx.today + timedelta(days=_days(ctx, level)), stage=AlertStage.OPEN,
        ),
    )  # fmt: skip
    ctx.emit(AlertRaised(alert=alert.alert, org=org, level=level))
    return alert


def open_alerts(ctx: Context, org: PartyId, subject: str) -> int:
    """How many alerts about a subject an organisation has not closed (counted up to 100)."""
    return len(alerts.by(ctx, "live", org, subject, limit=100))


def _days(ctx: Context, level: Level) -> int:
    return ctx.parameter(sla_days)[str(level)]


# --- the life of an alert ----------------------------------------------------------------------------------------------------------
def _desk(ctx: Context, alert: str, role: str) -> PartyId | None:
    found = alerts.get(ctx, alert)
    return found.org if found.desk == role else None


def makers_desk(ctx: Context, alert: str) -> PartyId | None:
    """the alert's organisation, while the alert lies with its maker"""
    return _desk(ctx, alert, "maker")


def checkers_desk(ctx: Context, alert: str) -> PartyId | None:
    """the alert's organisation, once the alert went up to its checker"""
    return _desk(ctx, alert, "checker")


def approvers_desk(ctx: Context, alert: str) -> PartyId | None:
    """the alert's organisation, once the alert went up to its approver"""
    return _desk(ctx, alert, "approver")


ITS_DESK = (maker(makers_desk), checker(checkers_desk), approver(approvers_desk))


@register.action("确认预警", by=ITS_DESK)
def acknowledge(ctx: Context, alert: str) -> Alert:
    """确认收到一条预警。
    Acknowledge an alert."""
    return _move(ctx, alerts.get(ctx, alert).moved(AlertStage.ACK, "acknowledge"))


@register.action("处理预警", by=ITS_DESK)
def handle(ctx: Context, alert: str, note: Message) -> Alert:
    """说明正在如何处理一条预警。
    Say what is being done about an alert."""
    return _move(ctx, alerts.get(ctx, alert).moved(AlertStage.HANDLING, "handle", note=note))


@register.action("关闭预警", by=ITS_DESK)
def close(ctx: Context, alert: str, reason: Reason) -> Alert:
    """关闭一条已确认的预警并说明理由（不少于五字）。
    Close an acknowledged alert, saying why (five characters or more)."""
    return _move(ctx, alerts.get(ctx, alert).moved(AlertStage.CLOSED, "close", note=reason))


def _move(ctx: Context, alert: Alert) -> Alert:
    ctx.emit(AlertMoved(alert=alert.alert, org=alert.org, level=alert.level, stage=alert.stage, desk=alert.desk))
    return alerts.put(ctx, alert)


@register.each_day
def unacknowledged_alerts_go_up(ctx: Context, limit: int) -> int:
    """One role up for every alert whose desk let its day pass. From the top of the ladder there is no further up."""
    due = alerts.by(ctx, "due", upto=ctx.today - timedelta(days=1), limit=limit)
    for alert in due:
        desk = LADDER[LADDER.index(alert.desk) + 1]
        # At least a day at each desk: a day end must not carry one alert up twice.
        until = ctx.today + timedelta(days=_days(ctx, alert.level))
        _move(ctx, alert.moved(AlertStage.ESCALATED, "escalate", desk=desk, due=until))
    return len(due)


# --- laws and questions ------------------------------------------------------------------------------------------------------------
@register.invariant
def the_rule_in_force_is_its_latest_version(ctx: Context) -> None:
    for rule in rules.scan(ctx):
        versions = rule_versions.scan(ctx, rule.owner, rule.rule_set, rule.rule)
        assert [one.version for one in versions] == list(range(1, rule.version + 1))
        assert versions[-1] == rule


@register.view("规则集", sees=members)
def list_rules(ctx: Context, rule_set: Name) -> list[Rule]:
    """本机构一个规则集的现行规则。
    The rules of one of the asker's sets, as they stand."""
    assert ctx.viewer is not None
    return rules.scan(ctx, ctx.viewer.org, rule_set)


def owner_of(ctx: Context, decision: str) -> tuple[PartyId, ...]:
    """the organisation whose rules decided"""
    found = decisions.find(ctx, decision)
    return () if found is None else (found.owner,)


class Explanation(msgspec.Struct, frozen=True):
    """A decision and the rules that spoke against approval, as they stood then."""

    decision: Decision
    reasons: list[Rule]


@register.view("决策说明", sees=owner_of)
def explain(ctx: Context, decision: str) -> Explanation:
    """一项决策及当时生效的规则。
    A decision with the rules that applied, in the versions of that day."""
    found = decisions.get(ctx, decision)
    return Explanation(found, reasons(ctx, found))


@register.view("决策记录", sees=members)
def list_decisions(ctx: Context, subject: Annotated[str, Meta(max_length=200)] = "") -> list[Decision]:
    """按本机构规则作出的最近一百项决策；可只看某一对象。
    The last hundred decisions by the asker's rules, about one subject if it is named."""
    assert ctx.viewer is not None
    if subject:
        return decisions.by(ctx, "subject", ctx.viewer.org, subject, limit=100, reverse=True)
    return decisions.by(ctx, "owner", ctx.viewer.org, limit=100, reverse=True)


@register.view("评分卡", sees=members)
def list_cards(ctx: Context) -> list[Scorecard]:
    """本机构的现行评分卡。
    The asker's scorecards as they stand."""
    assert ctx.viewer is not None
    return cards.scan(ctx, ctx.viewer.org)


@register.view("预警", sees=members)
def list_alerts(ctx: Context, stage: AlertStage = AlertStage.OPEN) -> list[Alert]:
    """本机构处于某一状态的预警。
    The asker's alerts in one stage."""
    assert ctx.viewer is not None
    return alerts.by(ctx, "org", ctx.viewer.org, stage)
