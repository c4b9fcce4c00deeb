"""Rules decide and say why; cards score exactly; alerts go up when nobody looks."""

import hashlib
from datetime import date, timedelta
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.finance.decisions import Scorecard, score_of
from heqi.finance.decisions.model import Band, Condition, Op, Rule, RuleKind, Term
from heqi.finance.decisions.rules import outcome_of
from heqi.node.rehearsal import rehearse
from heqi.types.refusals import SchemaInvalid

from .play import contract

DAY = date(2026, 3, 10)
WORDS = {"message_zh": "超出上限", "message_en": "Above the limit"}
DEALER_TERMS = [
    {"fact": "aged_stock_pct", "weight": "0.4", "per": "2", "cap": "100"},
    {"fact": "overdue_days", "weight": "0.3", "per": "5", "cap": "100"},
    {"fact": "on_time_pct", "weight": "3/10", "per": "1", "cap": "100", "whole": "100"},
]
DEALER_BANDS = [{"band": "A", "least": "85"}, {"band": "B", "least": "70"}, {"band": "C", "least": "55"}, {"band": "D", "least": "0"}]
CARD = Scorecard(
    owner="91990000MA00019153", card="dealer", version=1, start="100", since=DAY,
    terms=msgspec.convert(DEALER_TERMS, list[Term]), bands=msgspec.convert(DEALER_BANDS, list[Band]),
)  # fmt: skip


def dealer(aged, overdue, on_time):
    return score_of(CARD, {"aged_stock_pct": Fraction(aged), "overdue_days": overdue, "on_time_pct": Fraction(on_time)})


@pytest.fixture
def world():
    return rehearse([contract])


def lay_down(stage, cast, rule, kind, *conditions, rule_set="lending"):
    args = {"rule_set": rule_set, "rule": rule, "kind": kind, "conditions": list(conditions), **WORDS}
    return stage.act("decisions.lay_down_rule", cast.boc.admin, cast.boc.risk, **args)


def condition(fact, op, value):
    return {"fact": fact, "op": op, "value": value}


# --- scorecards ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("aged", "overdue", "on_time", "exact", "points", "band"),
    [
        (20, 4, 90, "75", 75, "B"),  # S03.12
        (0, 0, 100, "100", 100, "A"),
        (100, 100, 0, "0", 0, "D"),
        (50, 0, 100, "60", 60, "C"),
        (80, 0, 100, "60", 60, "C"),  # Capped at 100: more stock than half costs no more.
        (0, 10, 100, "85", 85, "A"),
        ("1/4", 10, 100, "424/5", 85, "B"),  # 84.8 is shown as 85 and stays a B.
        (0, 0, "49.9", "8497/100", 85, "B"),
        (0, 20, 100, "70", 70, "B"),
        (0, 20, "99.9", "6997/100", 70, "C"),
        (50, 3, "97.8", "1371/25", 55, "D"),
    ],
)  # fmt: skip
def test_a_dealers_score_and_band(aged, overdue, on_time, exact, points, band):
    score = dealer(aged, overdue, on_time)
    assert (score.exact, score.points, score.band) == (exact, points, band)


@pytest.mark.parametrize("change", [{"aged_stock_pct": -1}, {"overdue_days": -1}, {"on_time_pct": 101}, {"on_time_pct": -1}])
def test_a_fact_out_of_range_is_refused_not_clamped(change):
    with pytest.raises(SchemaInvalid):
        score_of(CARD, {"aged_stock_pct": 1, "overdue_days": 1, "on_time_pct": 1} | change)


@pytest.mark.parametrize("missing", ["aged_stock_pct", "overdue_days", "on_time_pct"])
def test_a_missing_fact_is_refused_not_guessed(missing):
    facts = {"aged_stock_pct": 1, "overdue_days": 1, "on_time_pct": 1}
    del facts[missing]
    with pytest.raises(SchemaInvalid):
        score_of(CARD, facts)


PERCENT = st.fractions(min_value=0, max_value=100, max_denominator=1000)


@given(PERCENT, st.integers(0, 400), PERCENT)
@settings(max_examples=60, deadline=None)
def test_the_score_is_the_formula_of_the_specification(aged, overdue, on_time):
    exact = 100 - Fraction(2, 5) * min(100, 2 * aged) - Fraction(3, 10) * min(100, 5 * overdue) - Fraction(3, 10) * (100 - on_time)
    score = dealer(aged, overdue, on_time)
    assert score.value == exact >= 0
    assert abs(score.points - exact) <= Fraction(1, 2)
    assert score.band == ("A" if exact >= 85 else "B" if exact >= 70 else "C" if exact >= 55 else "D")


@given(PERCENT, PERCENT, st.integers(0, 100), PERCENT)
@settings(max_examples=60, deadline=None)
def test_older_stock_never_raises_a_score(less, more, overdue, on_time):
    less, more = sorted((less, more))
    assert dealer(less, overdue, on_time).value >= dealer(more, overdue, on_time).value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bands", DEALER_BANDS[:-1]),
        ("bands", [*DEALER_BANDS[1:], DEALER_BANDS[0]]),
        ("bands", [{"band": "A", "least": "10"}, {"band": "A", "least": "0"}]),
        ("bands", []),
        ("terms", []),
        ("start", "1e2"),
        ("start", "-1"),
        ("start", "1/0"),
        ("terms", [DEALER_TERMS[0] | {"weight": "0.4.1"}]),
        ("card", "Dealer score"),
    ],
)  # fmt: skip
def test_what_is_no_scorecard(world, field, value):
    stage, cast = world
    card = {"card": "dealer", "start": "100", "terms": DEALER_TERMS, "bands": DEALER_BANDS} | {field: value}
    stage.refuse("SCHEMA_INVALID", "decisions.lay_down_card", cast.boc.admin, cast.boc.risk, **card)


def test_a_card_is_laid_down_by_administrator_and_risk_desk_in_versions(world):
    stage, cast = world
    card = {"card": "dealer", "start": "100", "terms": DEALER_TERMS, "bands": DEALER_BANDS}
    stage.refuse("ROLE_FORBIDDEN", "decisions.lay_down_card", cast.boc.admin, cast.boc.maker, **card)
    assert stage.act("decisions.lay_down_card", cast.boc.admin, cast.boc.risk, **card)["version"] == 1
    facts = {"aged_stock_pct": 2000, "overdue_days": 400, "on_time_pct": 9000}
    assert stage.act("play.rate", cast.boc.maker, card="dealer", facts=facts) == {
        "card": "dealer", "version": 1, "exact": "75", "points": 75, "band": "B"
    }  # fmt: skip
    assert stage.act("decisions.lay_down_card", cast.boc.admin, cast.boc.risk, **card | {"start": "90"})["version"] == 2
    assert stage.act("play.rate", cast.boc.maker, card="dealer", facts=facts)["points"] == 65
    stage.refuse("NOT_FOUND", "play.rate", cast.everbright.maker, card="dealer", facts=facts)
    assert [card["version"] for card in stage.ask("decisions.list_cards", cast.boc.checker)] == [2]


# --- rules -----------------------------------------------------------------------------------------------------------------------
def rule(kind, fact="x", op=Op.GT, value=0, name="r"):
    return Rule(
        owner="91990000MA00019153", rule_set="s", rule=name, version=1, kind=kind, since=DAY,
        conditions=[Condition(fact=fact, op=op, value=value)], **WORDS,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("op", "said", "asked", "hit"),
    [
        (Op.EQ, 1, 1, True), (Op.EQ, "D", "D", True), (Op.EQ, True, True, True), (Op.EQ, "D", "C", False),
        (Op.NE, 1, 2, True), (Op.NE, "D", "D", False), (Op.LT, 1, 2, True), (Op.LT, 2, 2, False),
        (Op.LE, 2, 2, True), (Op.LE, 3, 2, False), (Op.GE, 2, 2, True), (Op.GE, 1, 2, False), (Op.GT, 3, 2, True), (Op.GT, 2, 2, False),
    ],
)  # fmt: skip
def test_a_condition_holds(op, said, asked, hit):
    _, applied = outcome_of([rule(RuleKind.WARN, op=op, value=asked)], {"x": said})
    assert applied[0].hit is hit


@pytest.mark.parametrize("facts", [{}, {"x": "1"}, {"x": True}])
def test_a_fact_that_is_missing_or_of_another_kind_decides_nothing(facts):
    with pytest.raises(SchemaInvalid):
        outcome_of([rule(RuleKind.WARN)], facts)


@given(st.lists(st.tuples(st.sampled_from(RuleKind), st.booleans()), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_one_block_blocks_and_else_one_referral_refers(said):
    rules = [rule(kind, op=Op.EQ, value=hit) for kind, hit in said]
    outcome, applied = outcome_of(rules, {"x": True})
    hits = {kind for kind, hit in said if hit}
    assert outcome == ("BLOCK" if RuleKind.BLOCK in hits else "REFER" if RuleKind.REFER in hits else "APPROVE")
    assert [one.hit for one in applied] == [hit for _, hit in said]


def test_a_decision_keeps_the_versions_and_the_digest_of_the_facts(world):
    stage, cast = world
    lay_down(stage, cast, "band_d", "BLOCK", condition("band", "EQ", "D"))
    lay_down(stage, cast, "large", "REFER", condition("amount", "GT", 500_000_000), condition("confirmed", "EQ", False))
    facts = {"band": "B", "amount": 600_000_000, "confirmed": False}
    decision = stage.act("play.ask", cast.boc.maker, rule_set="lending", facts=facts)
    assert decision["outcome"] == "REFER"
    assert [(one["rule"], one["version"], one["hit"]) for one in decision["applied"]] == [("band_d", 1, False), ("large", 1, True)]
    canonical = msgspec.json.encode(facts, order="sorted")
    assert decision["inputs_hash"] == "sha256:" + hashlib.sha256(canonical).hexdigest()
    # A new version decides from now on; the old decision is still explained by the rule of its day.
    lay_down(stage, cast, "large", "BLOCK", condition("amount", "GT", 1))
    assert stage.act("play.ask", cast.boc.maker, rule_set="lending", facts=facts)["outcome"] == "BLOCK"
    explained = stage.ask("decisions.explain", cast.boc.checker, decision=decision["decision"])
    assert [(one["version"], one["kind"]) for one in explained["reasons"]] == [(1, "REFER")]
    with pytest.raises(ValueError, match="NOT_FOUND"):
        stage.ask("decisions.explain", cast.everbright.checker, decision=decision["decision"])
    assert len(stage.ask("decisions.list_decisions", cast.boc.checker, subject="loan-1")) == 2
    assert stage.ask("decisions.list_decisions", cast.boc.checker, subject="loan-2") == []


def test_a_retired_rule_speaks_no_more_and_no_rules_are_no_approval(world):
    stage, cast = world
    stage.refuse("NOT_FOUND", "play.ask", cast.boc.maker, rule_set="lending", facts={"x": 1})
    lay_down(stage, cast, "one", "BLOCK", condition("x", "EQ", 1))
    lay_down(stage, cast, "two", "WARN", condition("x", "EQ", 1))
    assert stage.act("play.ask", cast.boc.maker, rule_set="lending", facts={"x": 1})["outcome"] == "BLOCK"
    stage.act("decisions.retire_rule", cast.boc.admin, cast.boc.risk, rule_set="lending", rule="one")
    stage.refuse("STATE_INVALID", "decisions.retire_rule", cast.boc.admin, cast.boc.risk, rule_set="lending", rule="one")
    assert stage.act("play.ask", cast.boc.maker, rule_set="lending", facts={"x": 1})["outcome"] == "APPROVE"
    stage.act("decisions.retire_rule", cast.boc.admin, cast.boc.risk, rule_set="lending", rule="two")
    stage.refuse("NOT_FOUND", "play.ask", cast.boc.maker, rule_set="lending", facts={"x": 1})


@pytest.mark.parametrize(
    ("code", "actors", "change"),
    [
        ("ROLE_FORBIDDEN", ("boc.admin", "boc.maker"), {}),
        ("ROLE_FORBIDDEN", ("boc.risk",), {}),
        ("ROLE_FORBIDDEN", ("boc.admin", "everbright.risk"), {}),
        ("SCHEMA_INVALID", ("boc.admin", "boc.risk"), {"conditions": []}),
        ("SCHEMA_INVALID", ("boc.admin", "boc.risk"), {"conditions": [condition("x", "GT", "many")]}),
        ("SCHEMA_INVALID", ("boc.admin", "boc.risk"), {"conditions": [condition("x", "GT", True)]}),
        ("SCHEMA_INVALID", ("boc.admin", "boc.risk"), {"conditions": [condition("X", "EQ", 1)]}),
        ("SCHEMA_INVALID", ("boc.admin", "boc.risk"), {"rule": "Über"}),
    ],
)  # fmt: skip
def test_what_is_no_rule(world, code, actors, change):
    stage, cast = world
    people = [getattr(getattr(cast, party), desk) for party, _, desk in (name.partition(".") for name in actors)]
    args = {"rule_set": "lending", "rule": "one", "kind": "BLOCK", "conditions": [condition("x", "EQ", 1)], **WORDS} | change
    stage.refuse(code, "decisions.lay_down_rule", *people, **args)


def test_a_fact_a_rule_asks_for_and_nobody_gave_refuses_the_act(world):
    stage, cast = world
    lay_down(stage, cast, "one", "WARN", condition("x", "EQ", 1))
    stage.refuse("SCHEMA_INVALID", "play.ask", cast.boc.maker, rule_set="lending", facts={"y": 1})


# --- alerts ----------------------------------------------------------------------------------------------------------------------
def test_an_alert_nobody_acknowledges_goes_one_role_up_each_time(world):
    stage, cast = world
    alert = stage.act("play.warn", cast.boc.maker, org=cast.factor.org, level="ORANGE")["alert"]

    def desk(stage_name="ESCALATED"):
        return [one["desk"] for one in stage.ask("decisions.list_alerts", cast.factor.risk, stage=stage_name)]

    stage.tick_to(cast.platform.operator, date(2026, 3, 11))
    assert desk("OPEN") == ["maker"]
    stage.tick_to(cast.platform.operator, date(2026, 3, 12))
    assert desk() == ["checker"]
    stage.refuse("ROLE_FORBIDDEN", "decisions.acknowledge", cast.factor.maker, alert=alert)
    stage.tick_to(cast.platform.operator, date(2026, 3, 14))
    assert desk() == ["approver"]
    stage.tick_to(cast.platform.operator, date(2026, 3, 20))
    assert desk() == ["approver"]
    stage.act("decisions.acknowledge", cast.factor.approver, alert=alert)
    assert desk() == []


def test_an_alert_is_acknowledged_handled_and_closed_with_a_reason(world):
    stage, cast = world
    alert = stage.act("play.warn", cast.boc.maker, org=cast.factor.org, level="RED")["alert"]
    reason = "已现场核实库存"
    stage.refuse("NOT_FOUND", "decisions.acknowledge", cast.factor.maker, alert="0" * 32)
    stage.refuse("SIGNATURE_INVALID", "decisions.acknowledge", cast.boc.maker, alert=alert)
    stage.refuse("ROLE_FORBIDDEN", "decisions.acknowledge", cast.factor.checker, alert=alert)
    stage.refuse("STATE_INVALID", "decisions.handle", cast.factor.maker, alert=alert, note="核实中")
    stage.refuse("STATE_INVALID", "decisions.close", cast.factor.maker, alert=alert, reason=reason)
    stage.act("decisions.acknowledge", cast.factor.maker, alert=alert)
    stage.refuse("STATE_INVALID", "decisions.acknowledge", cast.factor.maker, alert=alert)
    stage.tick_to(cast.platform.operator, date(2026, 3, 20))  # Acknowledged in time: it stays where it is.
    stage.act("decisions.handle", cast.factor.maker, alert=alert, note="核实中")
    stage.refuse("SCHEMA_INVALID", "decisions.close", cast.factor.maker, alert=alert, reason="好了    ")
    closed = stage.act("decisions.close", cast.factor.maker, alert=alert, reason=reason)
    assert (closed["stage"], closed["desk"], closed["note"]) == ("CLOSED", "maker", reason)
    stage.refuse("STATE_INVALID", "decisions.close", cast.factor.maker, alert=alert, reason=reason)
    assert stage.ask("decisions.list_alerts", cast.boc.maker, stage="CLOSED") == []


@pytest.mark.parametrize(("level", "days"), [("RED", 0), ("ORANGE", 1), ("YELLOW", 3), ("BLUE", 5)])
def test_the_level_says_how_soon(world, level, days):
    stage, cast = world
    due = DAY + timedelta(days=days)
    assert stage.act("play.warn", cast.boc.maker, org=cast.factor.org, level=level)["due"] == due.isoformat()


def test_an_alert_counts_against_its_subject_until_it_is_closed(world):
    stage, cast = world

    def unsettled(subject="dealer"):
        return stage.ask("play.unsettled", cast.factor.risk, org=cast.factor.org, subject=subject)

    assert unsettled() == 0
    alert = stage.act("play.warn", cast.boc.maker, org=cast.factor.org, level="BLUE")["alert"]
    stage.act("play.warn", cast.boc.maker, org=cast.boc.org, level="BLUE")
    assert (unsettled(), unsettled("deal")) == (1, 0)
    stage.tick_to(cast.platform.operator, date(2026, 3, 20))
    assert unsettled() == 1
    stage.act("decisions.acknowledge", cast.factor.checker, alert=alert)
    assert unsettled() == 1
    stage.act("decisions.close", cast.factor.checker, alert=alert, reason="已现场核实库存")
    assert unsettled() == 0
