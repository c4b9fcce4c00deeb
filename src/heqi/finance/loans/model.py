"""Loan accounts: what was signed, what was drawn and repaid, what has fallen due (贷款账户, C07).

What holds here: the words. A loan's terms are what borrower and lender signed; its figures are what has become of them. Interest that
grows day by day is kept as an exact sum (balance × rate × days) and rounded once, when its period ends.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.kernel.contracts import Record, Staged
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive
from heqi.types.rates import Rate

LoanId = Annotated[str, Meta(title="Loan", description="贷款账户编号", min_length=32, max_length=32)]
DrawId = Annotated[str, Meta(title="Draw", description="提款编号", min_length=32, max_length=32)]
LoanNo = Annotated[str, Meta(title="Loan number", description="借据号，同一贷款人不重复", min_length=1, max_length=40)]
Product = Annotated[str, Meta(title="Product", description="产品代码", min_length=1, max_length=40)]
Purpose = Annotated[str, Meta(title="Purpose", description="贷款用途", min_length=1, max_length=200)]
Backing = Annotated[
    str, Meta(title="Backing", description="结清时须释放的额度、押品或单据使用 <登记簿>:<编号>", min_length=3, max_length=200)
]
PaymentRef = Annotated[str, Meta(title="Payment", description="已结清付款或分录的编号，只计一次", min_length=1, max_length=120)]
Exact = Annotated[str, Meta(title="Exact sum", description="积数：余额（分）× 利率（百万分之一个百分点）× 天数", pattern=r"^[0-9]+\Z")]
"""A whole number beyond what JSON keeps exact, as text: minor units × millionths of a percent × days."""
MonthDay = Annotated[int, Meta(ge=1, le=28, title="Day of the month", description="每月几日（1–28）")]


class Security(StrEnum):
    """信用、保证、质押、抵押."""

    CREDIT = "CREDIT"
    GUARANTEE = "GUARANTEE"
    PLEDGE = "PLEDGE"
    MORTGAGE = "MORTGAGE"


class Method(StrEnum):
    """利随本清、先息后本、等额本息、等额本金、随借随还."""

    BULLET = "BULLET"
    INTEREST_ONLY = "INTEREST_ONLY"
    EMI = "EMI"
    EPP = "EPP"
    REVOLVING = "REVOLVING"


BY_SETTLE_DAY = (Method.INTEREST_ONLY, Method.REVOLVING)
"""Interest by the settlement day (积数法)."""
BY_INSTALMENT = (Method.EMI, Method.EPP)
"""Interest and principal by monthly instalments."""


class RateKind(StrEnum):
    FIXED = "FIXED"
    LPR = "LPR"


class Terms(Record, frozen=True, kw_only=True):
    """What borrower and lender signed.

    `amount`: the most that may be drawn (REVOLVING: that may be owed) of principal. `rate`: at signing; for `rate_kind` LPR it is
    `lpr` + `spread_bps`. `start`, `end`: draws from the one until the day before the other; principal is due on `end`. EMI and EPP:
    the months between them, counted from the day of the one draw. `merge_days`: a first period of fewer days is settled with the next.
    `grace_days`: so many days late still count as paid in time. `penalty_bps`: 15000 is 1.5 times the rate. `compound`: overdue
    interest bears the penalty rate too. `entrusted`: the money goes to `payee` (None: to whom a draw names), never to the borrower.
    `backing`: what stands behind the loan and must be released when it is settled.
    """

    loan_no: LoanNo
    lender: PartyId
    borrower: PartyId
    product: Product
    security: Security
    amount: Positive
    method: Method
    rate: Rate
    rate_kind: RateKind
    start: date
    end: date
    settle_day: MonthDay
    pay_day: MonthDay
    merge_days: Annotated[int, Meta(ge=0, le=31)]
    grace_days: Annotated[int, Meta(ge=0, le=30)]
    penalty_bps: int
    compound: bool
    purpose: Purpose
    entrusted: bool
    payee: PartyId | None = None
    lpr: Rate | None = None
    spread_bps: Annotated[int, Meta(ge=-1000, le=3600)] | None = None
    backing: Annotated[tuple[Backing, ...], Meta(max_length=20)] = ()


class LoanStage(StrEnum):
    """What comes before SIGNED (applied, approved, rejected) are the applications' own records."""

    SIGNED = "SIGNED"
    DISBURSING = "DISBURSING"
    ACTIVE = "ACTIVE"
    OVERDUE = "OVERDUE"
    SETTLED = "SETTLED"
    WRITTEN_OFF = "WRITTEN_OFF"
    CANCELLED = "CANCELLED"


ALIVE = (LoanStage.ACTIVE, LoanStage.OVERDUE)
OVER = (LoanStage.SETTLED, LoanStage.WRITTEN_OFF, LoanStage.CANCELLED)


class FiveClass(StrEnum):
    """五级分类: 正常、关注、次级、可疑、损失, from the best to the worst."""

    NORMAL = "NORMAL"
    SPECIAL_MENTION = "SPECIAL_MENTION"
    SUBSTANDARD = "SUBSTANDARD"
    DOUBTFUL = "DOUBTFUL"
    LOSS = "LOSS"


class RateStep(Record, frozen=True, kw_only=True):
    """The rate from a day on, in millionths of a percent per year: 4.35 % is 4,350,000."""

    since: date
    micro: int


class Loan(Staged, frozen=True, kw_only=True):
    """A loan account. Every figure is as of `accrued_to`: days before it have borne interest, the day itself has not yet.

    `drawn` − `repaid` is the principal. Of it `due_principal` has fallen due and is unpaid, `late_principal` and `late_interest` are past
    their grace days; the rest bears interest. `in_flight`: draws ordered and not yet paid. `opened`: the day of the first draw.
    `since`, `until`: the interest period, the last day not counted; `opening`: what bore interest when it began; `interest_sum` its
    exact interest so far and `interest_paid` what was paid of it before it fell due. `penalty_sum` and `compound_sum` run
    through the whole life. `instalment`: what EMI pays a month, or EPP of principal; `left`: instalments still to fall due. `dues` and
    `movements` count the records under this loan. `first_unpaid`: since when something due is unpaid; `cured`: since when nothing
    is, of a loan still classified. `wake`: the next day the day end must look at it.
    """

    MOVES: ClassVar = {
        LoanStage.SIGNED: (LoanStage.DISBURSING, LoanStage.CANCELLED),
        LoanStage.DISBURSING: (LoanStage.ACTIVE, LoanStage.SIGNED),
        LoanStage.ACTIVE: (LoanStage.OVERDUE, LoanStage.SETTLED),
        LoanStage.OVERDUE: (LoanStage.ACTIVE, LoanStage.SETTLED, LoanStage.WRITTEN_OFF),
    }
    loan: LoanId
    terms: Terms
    rates: tuple[RateStep, ...]
    drawn: Money
    repaid: Money
    in_flight: Money
    due_principal: Money
    late_principal: Money
    late_interest: Money
    fees: Money
    accrued_to: date
    matures: date
    opening: Money
    interest_paid: Money
    penalty_paid: Money
    compound_paid: Money
    stage: LoanStage
    opened: date | None = None
    since: date | None = None
    until: date | None = None
    interest_sum: Exact = "0"
    penalty_sum: Exact = "0"
    compound_sum: Exact = "0"
    instalment: Money | None = None
    left: int = 0
    dues: int = 0
    movements: int = 0
    first_unpaid: date | None = None
    five_class: FiveClass = FiveClass.NORMAL
    cured: date | None = None
    wake: date | None = None

    @property
    def principal(self) -> Money:
        return self.drawn - self.repaid

    @property
    def bearing(self) -> Money:
        """The principal that is not due yet and bears the contract's interest."""
        return self.principal - self.due_principal

    @property
    def rate(self) -> int:
        """The rate in force, in millionths of a percent per year."""
        return self.rates[-1].micro


class Due(Record, frozen=True, kw_only=True):
    """What one interest period brought: from `since` (counted) to `until` (not counted), to be paid on `due`.

    `accrued`: its interest, rounded once; `prepaid`: what was paid of that before the period ended. `interest` = accrued − prepaid
    and `principal` fell due; `interest_paid` and `principal_paid` of them are paid. `late`: past its grace days when it was unpaid.
    `opening`: what bore interest when the period began.
    """

    loan: LoanId
    number: int
    since: date
    until: date
    due: date
    opening: Money
    accrued: Money
    prepaid: Money
    interest: Money
    principal: Money
    interest_paid: Money
    principal_paid: Money
    late: bool = False

    @property
    def unpaid_interest(self) -> Money:
        return self.interest - self.interest_paid

    @property
    def unpaid_principal(self) -> Money:
        return self.principal - self.principal_paid

    @property
    def open(self) -> bool:
        return bool(self.unpaid_interest) or bool(self.unpaid_principal)


class DrawStage(StrEnum):
    ORDERED = "ORDERED"
    PAID = "PAID"
    FAILED = "FAILED"


class Draw(Staged, frozen=True, kw_only=True):
    """A sum the borrower asked for: owed from the day it was paid."""

    MOVES: ClassVar = {DrawStage.ORDERED: (DrawStage.PAID, DrawStage.FAILED)}
    draw: DrawId
    loan: LoanId
    payee: PartyId
    amount: Money
    ordered: date
    payment: PaymentRef | None = None
    paid: date | None = None
    stage: DrawStage


class Parts(Record, frozen=True, kw_only=True):
    """A sum by what it pays, in the order of the waterfall: 费用、罚息、复利、逾期利息、当期利息、逾期本金、本金."""

    fees: Money
    penalty: Money
    compound: Money
    overdue_interest: Money
    interest: Money
    overdue_principal: Money
    principal: Money

    @property
    def total(self) -> Money:
        every = (self.fees, self.penalty, self.compound, self.overdue_interest, self.interest, self.overdue_principal, self.principal)
        return Money.sum_of(self.fees.ccy, every)

    @property
    def of_principal(self) -> Money:
        return self.overdue_principal + self.principal


class MovementKind(StrEnum):
    DRAW = "DRAW"
    REPAYMENT = "REPAYMENT"
    FEE = "FEE"
    WRITE_OFF = "WRITE_OFF"


class Movement(Record, frozen=True, kw_only=True):
    """One line of the loan's journal. `parts`: what a repayment paid, or what was owed when the loan was written off;
    `bearing`: what bears interest after it; `stage`: where the loan stands after it."""

    loan: LoanId
    number: int
    kind: MovementKind
    day: date
    amount: Money
    bearing: Money
    stage: LoanStage
    parts: Parts | None = None
    payment: PaymentRef | None = None


class Owed(Record, frozen=True, kw_only=True):
    """What a loan owes on `day`. `due`: what must be paid by now, by the waterfall; `payoff`: what would settle it today;
    `accrued`: interest of the running period, to the minor unit."""

    loan: LoanId
    day: date
    stage: LoanStage
    principal: Money
    accrued: Money
    due: Parts
    payoff: Money
    days_past_due: int
    five_class: FiveClass


class PlanLine(Record, frozen=True, kw_only=True):
    """One coming payment: its day, interest and principal, and the principal left after it."""

    number: int
    due: date
    interest: Money
    principal: Money
    balance: Money

    @property
    def total(self) -> Money:
        return self.interest + self.principal


class DailyPosting(Record, frozen=True, kw_only=True):
    """One day's interest (计提): what bore interest at its end, and the minor units to post. The days of a period sum to its interest."""

    day: date
    bearing: Money
    posted: int
