"""Revolving loans that already live, written at genesis as their acts would have left them; and what they cost, added up alone.

`interest` shares nothing with the register: it is the other side of the benchmark's comparison.
"""

from datetime import date, timedelta

from heqi.finance import loans
from heqi.finance.loans.account import Account, caught_up, drawn, repaid
from heqi.finance.loans.model import Loan, LoanStage, Method, Movement, MovementKind, RateKind, RateStep, Security, Terms
from heqi.finance.loans.register import class_by_dpd, class_tolerance_days, cure_months
from heqi.finance.loans.rules import figures, micro
from heqi.kernel.contracts import Context, Register, changed
from heqi.types.ids import PartyId
from heqi.types.money import Money

AMOUNT = 240_000_000
"""2,400,000.00 each, of which a seventh is repaid: 15,000 owe the 30 bn CNY of S05.10."""
SETTLED = date(2026, 3, 21)
RATES = ("3.45", "3.85", "4.05", "4.35", "4.999999")
PAYEE = "91990000MA00019166"


def _opened(number: int) -> date:
    """Draws of the first days of March, none in a period to be merged."""
    return date(2026, 3, 2) + timedelta(days=number % 8)


def _repaid(number: int) -> tuple[date, int]:
    """What two of three loans repay before the settlement day."""
    return date(2026, 3, 12) + timedelta(days=number % 5), (number % 3) * (AMOUNT // 7 + number)


def spans(number: int) -> list[tuple[date, date, int]]:
    """From when to when a loan owes how much of principal in the first period."""
    day, amount = _repaid(number)
    return [(_opened(number), day, AMOUNT), (day, SETTLED, AMOUNT - amount)]


def interest(number: int) -> int:
    """The period's interest in minor units, half up: from the balances alone."""
    products = sum(balance * (until - since).days for since, until, balance in spans(number))
    whole, part = RATES[number % len(RATES)].split(".")
    over = 100 * 360 * 10 ** len(part)
    return (2 * products * int(whole + part) + over) // (2 * over)


def seeding(lender: PartyId, borrowers: tuple[PartyId, ...]) -> Register:
    """A register whose genesis step writes one loan of each borrower."""
    register = Register("bench_seed", title=("压测准备", "Benchmark seed"), uses=(loans.register,))

    @register.at_genesis
    def seed(ctx: Context) -> None:
        for number, borrower in enumerate(borrowers):
            _seed(ctx, number, lender, borrower)

    return register


def _seed(ctx: Context, number: int, lender: PartyId, borrower: PartyId) -> None:
    policy = figures(class_by_dpd.default, class_tolerance_days.default, cure_months.default)
    account = drawn(Account(_signed(number, lender, borrower)), Money("CNY", AMOUNT), _opened(number))
    account = caught_up(account, _opened(number), policy)
    lines = [(MovementKind.DRAW, _opened(number), Money("CNY", AMOUNT), account.loan.bearing, None)]
    day, amount = _repaid(number)
    if amount:
        account, parts = repaid(caught_up(account, day, policy), Money("CNY", amount))
        account = caught_up(account, day, policy)
        lines.append((MovementKind.REPAYMENT, day, Money("CNY", amount), account.loan.bearing, parts))
    loan = changed(account.loan, movements=len(lines))
    loans.register.tables["loan"].add(ctx, loan)
    for place, (kind, on, money, bearing, parts) in enumerate(lines, 1):
        loans.register.tables["movement"].add(
            ctx,
            Movement(
                loan=loan.loan, number=place, kind=kind, day=on, amount=money, bearing=bearing, stage=loan.stage, parts=parts,
                payment=f"bench-{number}-{place}",
            ),
        )  # fmt: skip


def _signed(number: int, lender: PartyId, borrower: PartyId) -> Loan:
    opened, none = _opened(number), Money.zero("CNY")
    terms = Terms(
        loan_no=f"BENCH-{number:06d}", lender=lender, borrower=borrower, product="LDJ", security=Security.GUARANTEE,
        amount=Money("CNY", AMOUNT), method=Method.REVOLVING, rate=RATES[number % len(RATES)], rate_kind=RateKind.FIXED, start=opened,
        end=date(2027, 3, 1), settle_day=20, pay_day=21, merge_days=10, grace_days=0, penalty_bps=15_000, compound=True,
        purpose="采购 purchases", entrusted=True, payee=PAYEE,
    )  # fmt: skip
    return Loan(
        loan=f"{number:032x}", terms=terms, rates=(RateStep(since=opened, micro=micro(terms.rate)),), drawn=none, repaid=none,
        in_flight=none, due_principal=none, late_principal=none, late_interest=none, fees=none, accrued_to=opened, matures=terms.end,
        opening=none, interest_paid=none, penalty_paid=none, compound_paid=none, stage=LoanStage.ACTIVE,
    )  # fmt: skip
