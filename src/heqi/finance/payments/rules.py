"""Pure rules of payments: the rail, the scope of a mandate, a bank's evidence, and a statement against the ledger."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from heqi.finance.payments.model import Difference, DifferenceReason, PaymentStage, Rail, Side, StatementLine
from heqi.types.dates import is_business_day, minute_of_day
from heqi.types.ids import Cnaps, masked
from heqi.types.money import Money
from heqi.types.refusals import DateInvalid, DocMismatch, SchemaInvalid


def choose_rail(amount: Money, *, same_bank: bool, beps_max: Money) -> Rail:
    """Capabilities C11: same bank BOOK; CNY up to the limit BEPS, above it HVPS; foreign currency at home by its own system."""
    if same_bank:
        return Rail.BOOK
    if amount.ccy != beps_max.ccy:
        return Rail.CFXPS
    return Rail.BEPS if amount <= beps_max else Rail.HVPS


def check_hours(rail: Rail, value_date: date, time: datetime, closes_min: int) -> None:
    """Refuse a value date on which the rail does not run any more: DATE_INVALID.

    HVPS and the foreign-currency system rest on days that are no business days; HVPS also takes nothing from `closes_min` (minutes of
    the day in Shanghai) on. What comes before it opens waits for it; BEPS and a bank's own book know no hours. A ledger whose
    business date is not the day of its clock, as in a rehearsal, has no hour of that date.
    """
    if rail in (Rail.BOOK, Rail.BEPS):
        return
    if not is_business_day(value_date):
        raise DateInvalid(problem=f"{rail} 于 {value_date} 不运行 (closed on this day)", field="value_date")
    passed = minute_of_day(time, value_date)
    if rail is Rail.HVPS and passed is not None and passed >= closes_min:
        closed = f"{closes_min // 60:02}:{closes_min % 60:02}"
        raise DateInvalid(problem=f"{rail} 于 {value_date} {closed} 关闭 (closed since then; give a later day)", field="value_date")


def scopes_over(rule_ref: str) -> list[str]:
    """The scopes that cover a rule reference, the widest first: `a/b/c` lies under `a`, `a/b` and `a/b/c`, not under `a/bb`."""
    parts = rule_ref.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


STATUS: dict[str, PaymentStage] = {
    "ACTC": PaymentStage.ACCEPTED,
    "ACCP": PaymentStage.ACCEPTED,
    "ACSP": PaymentStage.ACCEPTED,
    "ACSC": PaymentStage.SETTLED,
    "ACCC": PaymentStage.SETTLED,
    "RJCT": PaymentStage.REJECTED,
    "RTND": PaymentStage.RETURNED,
}
"""What ISO 20022's ExternalPaymentTransactionStatus1Code means here. RTND is not of that set: it is
the debtor's bank's word that a pacs.004 brought back what was settled (conventions-14-21, F14)."""


class PaymentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a bank's answer of kind PAYMENT. `settled_on` and `returned_on` are "" until it was."""

    e2e_id: str
    status: str
    ccy: str
    minor: int
    debtor_agent: Cnaps
    debtor_account: str
    creditor_agent: Cnaps
    creditor_account: str
    creditor_name: str
    reason: str = ""
    settled_on: str = ""
    returned_on: str = ""


def read_facts(facts: dict[str, str | int]) -> PaymentFacts:
    """Refuses: SCHEMA_INVALID (a fact missing or of another kind, an unknown status, a settlement without its day)."""
    try:
        found = msgspec.convert(facts, PaymentFacts)
    except msgspec.ValidationError as error:
        raise SchemaInvalid(problem=str(error), field="evidence.facts") from None
    if found.status not in STATUS:
        raise SchemaInvalid(problem=f"付款状态 {found.status!r} (unknown payment status)", field="evidence.facts.status")
    return found


def booked_on(text: str, name: str) -> date:
    """A booking day. Refuses: SCHEMA_INVALID."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SchemaInvalid(problem=f"{name} {text[:20]!r} ≠ YYYY-MM-DD", field=f"evidence.facts.{name}") from None


def compare(pairs: Iterable[tuple[str, object, object]]) -> None:
    """Refuse the first (item, expected, actual) that differs: DOC_MISMATCH."""
    for item, expected, actual in pairs:
        if expected != actual:
            raise DocMismatch(item=item, expected=expected, actual=actual)


def compare_account(item: str, expected: str, actual: str) -> None:
    """Account numbers are told by their last digits only: a refusal is read by more people than a record."""
    if expected != actual:
        raise DocMismatch(item=item, expected=masked(expected), actual=masked(actual))


class Booking(NamedTuple):
    """What the ledger expects on a statement."""

    order: str
    side: Side
    amount: Money


def differences(expected: Sequence[Booking], lines: Sequence[StatementLine], open_orders: dict[str, Money]) -> list[Difference]:
    """What does not fit, first in the order of the statement, then what the statement lacks.

    `open_orders`: amounts of orders of this account that the ledger knows and does not hold to be booked on this day.
    """
    due = {(one.order, one.side): one.amount for one in expected}
    booked: dict[tuple[str, Side], StatementLine] = {}
    found: list[Difference] = []

    def differs(reason: DifferenceReason, line: StatementLine, ledger: Money | None) -> None:
        found.append(
            Difference(reason=reason, side=line.side, order=line.order, bank_ref=line.bank_ref, ledger=ledger, statement=line.amount)
        )

    for line in lines:
        key = (line.order, line.side)
        if key in booked and line.order:
            differs(DifferenceReason.BOOKED_TWICE, line, due.get(key))
            continue
        booked[key] = line
        if key in due:
            if due[key] != line.amount:
                differs(DifferenceReason.AMOUNT_DIFFERS, line, due[key])
        elif line.order in open_orders:
            differs(DifferenceReason.STAGE_DIFFERS, line, open_orders[line.order])
        else:
            differs(DifferenceReason.NOT_ON_LEDGER, line, None)
    for one in expected:
        if (one.order, one.side) not in booked:
            found.append(
                Difference(
                    reason=DifferenceReason.NOT_ON_STATEMENT, side=one.side, order=one.order, bank_ref="", ledger=one.amount, statement=None
                )
            )
    return found
