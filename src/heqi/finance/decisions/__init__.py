"""Rules, scorecards and alerts: decisions that can be explained years later (C13)."""

from heqi.finance.decisions.model import Alert, AlertStage, Decision, Level, Outcome, Rule, RuleKind, Score, Scorecard
from heqi.finance.decisions.register import decide, open_alerts, raise_alert, reasons, register, score
from heqi.finance.decisions.rules import score_of

__all__ = [
    "Alert",
    "AlertStage",
    "Decision",
    "Level",
    "Outcome",
    "Rule",
    "RuleKind",
    "Score",
    "Scorecard",
    "decide",
    "open_alerts",
    "raise_alert",
    "reasons",
    "register",
    "score",
    "score_of",
]
