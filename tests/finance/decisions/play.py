"""A small contract that asks for decisions, scores and alerts, as an application would."""

from fractions import Fraction

from heqi.finance import decisions
from heqi.kernel.contracts import Context, Contract, maker, own
from heqi.types.ids import PartyId

contract = Contract("play", title=("演练", "Play"), uses=(decisions.register,))


@contract.action("决策", by=maker(own))
def ask(ctx: Context, rule_set: str, facts: dict[str, int | str | bool]) -> decisions.Decision:
    """按本机构规则决策。
    Have one's own rules decide."""
    return decisions.decide(ctx, ctx.org, rule_set, facts, subject="loan-1")


@contract.action("评分", by=maker(own))
def rate(ctx: Context, card: str, facts: dict[str, int]) -> decisions.Score:
    """按本机构评分卡评分；事实以万分之一计。
    Score by one's own card; the facts come in basis points."""
    return decisions.score(ctx, ctx.org, card, {name: Fraction(value, 100) for name, value in facts.items()})


@contract.action("预警", by=maker(own))
def warn(ctx: Context, org: PartyId, level: decisions.Level) -> decisions.Alert:
    """向一家机构发出预警。
    Raise an alert for an organisation."""
    return decisions.raise_alert(ctx, org=org, level=level, subject="dealer", rule="ageing", evidence="sha256:00")


@contract.view("未关闭预警数", sees=lambda ctx: ("*",))
def unsettled(ctx: Context, org: PartyId, subject: str) -> int:
    """某一对象未关闭的预警数。
    How many alerts about a subject are not closed."""
    return decisions.open_alerts(ctx, org, subject)
