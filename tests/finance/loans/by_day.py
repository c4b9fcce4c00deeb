"""An oracle: a loan by the settlement day, kept by an accountant who writes down every day and multiplies nothing.

It shares no code with the register but the calendar. Amounts are minor units, rates percent as Fraction.
"""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

from heqi.types.dates import following

DAY = timedelta(days=1)


def half_up(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


class Accountant:
    """One loan, REVOLVING or INTEREST_ONLY (`by_settle_day`) or BULLET, from its first draw on; one call a day, in order."""

    def __init__(self, *, opened: date, end: date, rate: str, multiple: Fraction, grace: int, compound: bool, merge: int, monthly: bool):
        self.end, self.grace, self.compound, self.merge, self.monthly = end, grace, compound, merge, monthly
        self.rate, self.multiple = Fraction(rate), multiple
        self.opened = self.period = opened
        self.bearing = 0
        self.accrued = self.penalty = self.compounded = Fraction(0)
        self.interest_paid = self.penalty_paid = self.compound_paid = 0
        self.dues: list[dict] = []
        self.rate_on: dict[date, Fraction] = {}
        self.over = False
        self.ended: list[int] = []

    def morning(self, day: date) -> None:
        """What the day brings before anybody acts."""
        if not self.over and day == following(self.end) and day >= self.end:
            self._fall_due(day, day, self.bearing)
            self.over = True
        elif self.monthly and not self.over and day.day == 21 and (day != self.opened):
            first = self.period == self.opened
            if not (first and (day - self.opened).days < self.merge):
                self._fall_due(day, following(day), 0)
        for due in self.dues:
            if not due["late"] and (due["interest"] or due["principal"]) and day > due["day"] + DAY * self.grace:
                due["late"] = True
                back = due["day"]
                while back < day:
                    self._bear_penalty(due, back)
                    back += DAY

    def evening(self, day: date) -> None:
        """The day's interest on what is owed at its end."""
        self.rate_on[day] = self.rate
        self.accrued += self.bearing * self.rate / 100 / 360
        for due in self.dues:
            if due["late"]:
                self._bear_penalty(due, day)

    def pay(self, amount: int) -> dict[str, int]:
        paid = {}

        def take(name: str, most: int) -> int:
            nonlocal amount
            part = min(most, amount)
            amount -= part
            paid[name] = paid.get(name, 0) + part
            return part

        self.penalty_paid += take("penalty", half_up(self.penalty) - self.penalty_paid)
        self.compound_paid += take("compound", half_up(self.compounded) - self.compound_paid)
        for name in ("interest", "principal"):
            for late in (True, False):
                for due in self.dues:
                    if due["late"] is late:
                        due[name] -= take(("overdue_" if late else "") + name, due[name])
        if self.monthly:
            self.bearing -= take("principal", self.bearing)
            self.interest_paid += take("interest", half_up(self.accrued) - self.interest_paid)
        elif amount:
            own = max(self.accrued - self.interest_paid, Fraction(0)) / self.bearing
            principal = min(amount, self.bearing)
            while principal + half_up(principal * own) > amount:
                principal -= 1
            self.bearing -= take("principal", principal)
            self.interest_paid += take("interest", amount)
        assert amount == 0
        return paid

    def owed(self) -> dict[str, int]:
        def sum_of(name: str, late: bool) -> int:
            return sum(due[name] for due in self.dues if due["late"] is late)

        return {
            "fees": 0, "penalty": half_up(self.penalty) - self.penalty_paid, "compound": half_up(self.compounded) - self.compound_paid,
            "overdue_interest": sum_of("interest", True), "interest": sum_of("interest", False),
            "overdue_principal": sum_of("principal", True), "principal": sum_of("principal", False),
        }  # fmt: skip

    def running(self) -> int:
        return 0 if self.over else half_up(self.accrued) - self.interest_paid

    def _fall_due(self, until: date, day: date, principal: int) -> None:
        self.ended.append(half_up(self.accrued))
        self.dues.append({"day": day, "interest": half_up(self.accrued) - self.interest_paid, "principal": principal, "late": False})
        self.bearing -= principal
        self.period, self.accrued, self.interest_paid = until, Fraction(0), 0

    def _bear_penalty(self, due: dict, day: date) -> None:
        rate = self.rate_on.get(day, self.rate) * self.multiple / 100 / 360
        self.penalty += due["principal"] * rate
        if self.compound:
            self.compounded += due["interest"] * rate
