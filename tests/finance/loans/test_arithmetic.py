"""What a loan costs: figures calculated by hand, an accountant's day book as oracle, and what must hold of every loan."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heqi.finance.loans.account import Account, caught_up, drawn, due_now, looked_at, owed, repaid, replanned
from heqi.finance.loans.model import FiveClass, LoanStage, Method, RateStep
from heqi.finance.loans.rules import class_of, floating, instalment, micro, rate_days, rate_text
from heqi.finance.loans.views import plan
from heqi.kernel.contracts import changed
from heqi.types.money import Money, cny
from heqi.types.refusals import AmountExceedsBalance, RateInvalid

from .by_day import Accountant
from .terms import POLICY, signed, terms

DAY = timedelta(days=1)


def opened(agreed, amount=None, day=None):
    """The account after its first draw."""
    day = day or agreed.start
    account = drawn(Account(changed(signed(agreed), accrued_to=day)), amount or agreed.amount, day)
    return caught_up(account, day, POLICY)


def paid(account, amount, day):
    account, parts = repaid(account, amount)
    return caught_up(Account(account.loan, tuple(due for due in account.dues if due.open)), day, POLICY), parts


# --- by hand -------------------------------------------------------------------------------------------------------------------
def test_a_dealers_revolving_loan_gives_the_figures_of_s05():
    agreed = terms(amount=cny(750_000), method=Method.REVOLVING, rate="4.35", start=date(2026, 3, 2), end=date(2027, 3, 1))
    account = caught_up(opened(agreed, cny(500_000)), date(2026, 3, 17), POLICY)
    account, parts = paid(account, cny(200_000), date(2026, 3, 17))
    assert parts.principal == cny(200_000)  # Interest waits for the settlement day.
    account = caught_up(account, date(2026, 3, 21), POLICY)
    # 500,000 × 15 days + 300,000 × 4 days = 8,700,000; × 4.35 % / 360 = 1,051.25; Saturday the 21st is paid on Monday.
    assert [(due.accrued, due.due) for due in account.dues] == [(cny("1,051.25"), date(2026, 3, 23))]
    account, _ = paid(caught_up(account, date(2026, 3, 23), POLICY), cny("1,051.25"), date(2026, 3, 23))
    account = drawn(caught_up(account, date(2026, 3, 25), POLICY), cny(100_000), date(2026, 3, 25))
    account = caught_up(account, date(2026, 4, 21), POLICY)
    # 300,000 × 4 + 400,000 × 27 = 12,000,000; × 4.35 % / 360 = 1,450.00.
    assert [due.accrued for due in account.dues] == [cny("1,450.00")]


def test_a_suppliers_bullet_loan_of_90_days_gives_the_figures_of_s05():
    agreed = terms(amount=cny(480_000), method=Method.BULLET, start=date(2026, 3, 2), end=date(2026, 6, 1))
    agreed = changed(agreed, end=date(2026, 5, 31))  # A Sunday: the Monday is day 91.
    account = caught_up(opened(agreed), date(2026, 6, 1), POLICY)
    assert account.dues[0].accrued == cny("4,914.00")
    account = caught_up(opened(changed(agreed, start=date(2026, 3, 3), end=date(2026, 6, 1))), date(2026, 6, 1), POLICY)
    assert due_now(account).interest == cny("4,860.00")  # 480,000 × 4.05 % × 90 / 360.
    assert owed(account, date(2026, 6, 1)).payoff == cny("484,860.00")


def test_a_short_first_period_is_settled_with_the_next():
    account = caught_up(opened(terms()), date(2026, 9, 21), POLICY)
    assert account.dues == ()  # Six days: fewer than ten.
    account = caught_up(account, date(2026, 10, 21), POLICY)
    assert [(due.accrued, due.due) for due in account.dues] == [(cny("4,860.00"), date(2026, 10, 21))]  # 36 days.


@pytest.mark.parametrize(
    ("method", "first", "last", "interest"),
    [
        (Method.EMI, "102,207.30", "102,207.30", "26,487.60"),
        (Method.EPP, "104,050.00", "100,337.50", "26,325.00"),
        (Method.INTEREST_ONLY, "4,860.00", "1,203,240.00", "49,140.00"),
        (Method.BULLET, "1,249,140.00", "1,249,140.00", "49,140.00"),
    ],
)
def test_a_trial_gives_the_figures_of_s11(method, first, last, interest):
    agreed = terms(method=method, **({"end": date(2027, 9, 15)} if method in (Method.EMI, Method.EPP) else {}))
    lines = plan(opened(agreed), POLICY)
    assert (lines[0].total, lines[-1].total, sum(line.interest.minor for line in lines)) == (cny(first), cny(last), cny(interest).minor)


def test_principal_five_days_overdue_bears_one_and_a_half_times_the_rate():
    account = caught_up(opened(terms(method=Method.BULLET)), date(2027, 9, 14), POLICY)
    assert due_now(account).penalty == cny(0)
    account = caught_up(account, date(2027, 9, 19), POLICY)
    # 1,200,000 × 4.05 % × 1.5 × 5 / 360; the interest of the year, 49,140.00, bears 41.46 with it.
    assert (due_now(account).penalty, due_now(account).compound) == (cny("1,012.50"), cny("41.46"))
    assert account.loan.stage is LoanStage.OVERDUE


@pytest.mark.parametrize(
    ("days", "found"),
    [(0, "NORMAL"), (7, "NORMAL"), (8, "SPECIAL_MENTION"), (90, "SPECIAL_MENTION"), (91, "SUBSTANDARD"), (270, "SUBSTANDARD"),
     (271, "DOUBTFUL"), (360, "DOUBTFUL"), (361, "LOSS")],
)  # fmt: skip
def test_the_class_follows_the_days_past_due(days, found):
    assert class_of(days, POLICY) is FiveClass(found)


def test_a_class_goes_up_only_after_six_months_without_arrears():
    account = opened(terms(method=Method.REVOLVING, start=date(2026, 3, 2), end=date(2027, 6, 1)))
    account = caught_up(account, date(2026, 6, 22), POLICY)  # The interest of 23 March is 91 days past due.
    assert account.loan.five_class is FiveClass.SUBSTANDARD
    account, _ = paid(account, due_now(account).total, date(2026, 6, 22))
    assert (account.loan.stage, account.loan.five_class, account.loan.cured) == (LoanStage.ACTIVE, FiveClass.SUBSTANDARD, date(2026, 6, 22))
    day = date(2026, 6, 22)
    while day < date(2026, 12, 21):
        day += DAY
        account = caught_up(account, day, POLICY)
        if account.dues:
            account, _ = paid(account, due_now(account).total, day)
    assert account.loan.five_class is FiveClass.SUBSTANDARD
    assert caught_up(account, date(2026, 12, 22), POLICY).loan.five_class is FiveClass.NORMAL


def test_paid_within_its_grace_days_an_amount_bears_no_penalty_and_after_them_from_its_due_day():
    agreed = terms(method=Method.BULLET, start=date(2026, 3, 3), end=date(2026, 6, 1), grace_days=3)
    account = caught_up(opened(agreed), date(2026, 6, 4), POLICY)
    assert (account.loan.stage, due_now(account).penalty) == (LoanStage.ACTIVE, cny(0))
    late = caught_up(account, date(2026, 6, 5), POLICY)
    assert (late.loan.stage, due_now(late).penalty) == (LoanStage.OVERDUE, cny("810.00"))  # 4 days × 1.5 × 4.05 % of 1,200,000.


def test_a_prepayment_of_a_bullet_loan_pays_the_interest_of_its_own_part():
    account = caught_up(opened(terms(method=Method.BULLET)), date(2026, 11, 14), POLICY)  # 60 days.
    account, parts = paid(account, cny("604,050.00"), date(2026, 11, 14))
    assert (parts.principal, parts.interest) == (cny(600_000), cny("4,050.00"))
    assert owed(account, date(2026, 11, 14)).payoff == cny("604,050.00")


def test_a_prepaid_instalment_loan_pays_less_a_month_and_ends_when_it_was_to_end():
    agreed = terms(method=Method.EMI, end=date(2027, 9, 15))
    account = caught_up(opened(agreed), date(2026, 9, 30), POLICY)
    account, parts = paid(account, cny("601,012.50"), date(2026, 9, 30))
    assert (parts.principal, parts.interest) == (cny(600_000), cny("1,012.50"))  # Half of September's 30 days of 1/12 of 4.05 %.
    lines = plan(account, POLICY)
    assert len(lines) == 12 and lines[-1].balance == cny(0)
    assert account.loan.instalment == cny("51,103.65")
    # The first month's interest: 600,000 × 4.05 % / 12 = 2,025.00 for the whole month, its prepaid half gone with its principal.
    assert lines[0].interest == cny("2,025.00")


@pytest.mark.parametrize(("ccy", "minor"), [("USD", 405_000), ("GBP", 399_452), ("JPY", 405_000)])
def test_sterling_and_hong_kong_dollars_have_years_of_365_days(ccy, minor):
    agreed = terms(method=Method.BULLET, amount=Money(ccy, 120_000_000), start=date(2026, 3, 2), end=date(2026, 4, 1))
    assert caught_up(opened(agreed), date(2026, 4, 1), POLICY).dues[0].accrued == Money(ccy, minor)  # 30 days at 4.05 %.


def test_a_rate_that_changes_counts_from_its_day():
    account = opened(terms(method=Method.BULLET, start=date(2026, 3, 2), end=date(2026, 6, 1)))
    account = caught_up(account, date(2026, 4, 1), POLICY)  # 30 days at 4.05.
    loan = replanned(changed(account.loan, rates=(*account.loan.rates, RateStep(since=date(2026, 4, 1), micro=micro("3.85")))))
    account = caught_up(Account(loan), date(2026, 6, 1), POLICY)
    assert account.dues[0].accrued == cny("4,050.00") + cny("7,828.33")  # 61 days at 3.85 %: 7,828.333…


# --- of every loan -------------------------------------------------------------------------------------------------------------
@given(
    st.integers(1, 10**12), st.integers(0, 36 * 10**6), st.integers(1, 360), st.sampled_from([Method.EMI, Method.EPP]),
    st.dates(date(2019, 1, 1), date(2027, 12, 31)),
)  # fmt: skip
@example(120_000_000, 4_050_000, 12, Method.EMI, date(2026, 9, 15))
@example(7, 0, 12, Method.EPP, date(2026, 1, 31))
def test_instalments_are_those_of_a_decimal_oracle_and_sum_to_principal_and_interest(minor, micros, months, method, start):
    end = month_later(start, months)
    agreed = terms(amount=Money("CNY", minor), rate=rate_text(micros), method=method, start=start, end=end)
    lines = plan(opened(agreed), POLICY)
    expected = oracle_plan(minor, Decimal(micros) / Decimal(10**8), months, method)
    assert [(line.interest.minor, line.principal.minor) for line in lines] == [line for line in expected if line != (0, 0)]
    assert sum(line.principal.minor for line in lines) == minor
    assert lines[-1].balance == Money("CNY", 0)


def month_later(day, count):
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)


def oracle_plan(minor, yearly, months, method):
    """In decimals of eighty digits, the textbook's way."""
    with localcontext() as ctx:
        ctx.prec = 80
        i = yearly / 12

        def fen(value):
            return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))

        whole = Decimal(minor)
        each = whole / months if method is Method.EPP or not i else whole * i * (1 + i) ** months / ((1 + i) ** months - 1)
        each, left, lines = fen(each), minor, []
        for number in range(1, months + 1):
            interest = fen(left * i)
            principal = left if number == months else min(left, each if method is Method.EPP else max(each - interest, 0))
            lines.append((interest, principal))
            left -= principal
        return lines


STEPS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["draw", "repay", "clear", "rate"]), st.integers(1, 10**9)), min_size=1, max_size=14
)


@given(
    STEPS, st.sampled_from([Method.REVOLVING, Method.INTEREST_ONLY, Method.BULLET]), st.dates(date(2026, 1, 1), date(2026, 3, 31)),
    st.integers(20, 300), st.integers(0, 5), st.booleans(), st.sets(st.integers(0, 500), max_size=8),
)  # fmt: skip
def test_any_history_on_any_days_gives_what_an_accountant_finds_who_writes_down_every_day(
    steps, method, start, term, grace, compound, looks
):  # fmt: skip
    agreed = terms(
        amount=Money("CNY", 10**11), method=method, start=start, end=start + DAY * term, grace_days=grace, compound=compound, rate="4.35"
    )  # fmt: skip
    account = opened(agreed, Money("CNY", 50_000_000))
    book = Accountant(
        opened=start, end=agreed.end, rate="4.35", multiple=Fraction(3, 2), grace=grace, compound=compound, merge=10,
        monthly=method is not Method.BULLET,
    )  # fmt: skip
    book.bearing, day = 50_000_000, start
    for wait, act, size in steps:
        for _ in range(wait):
            book.evening(day)
            day += DAY
            book.morning(day)
            if (day - start).days in looks:  # Somebody looks on a day in between: it must not matter.
                account = caught_up(account, day, POLICY)
        account = caught_up(account, day, POLICY)
        same(account, book, day)
        account = step(account, book, day, act, size)
        same(account, book, day)


def step(account, book, day, act, size):
    payoff = owed(account, day).payoff.minor
    if act == "draw" and account.loan.until is not None:
        book.bearing += size
        return looked_at(drawn(account, Money("CNY", size), day), day, POLICY)
    if act == "rate":
        rate = rate_text(size % (36 * 10**6))
        book.rate = Fraction(rate)
        kept = tuple(one for one in account.loan.rates if one.since < day)
        return Account(changed(account.loan, rates=(*kept, RateStep(since=day, micro=micro(rate)))), account.dues)
    amount = payoff if act == "clear" else min(size, payoff)
    if act == "draw" or not amount:
        return account
    owed_before = due_now(account)
    account, parts = paid(account, Money("CNY", amount), day)
    found = book.pay(amount)
    assert parts.total.minor == amount
    assert {name: getattr(parts, name).minor for name in found} == found
    waterfall_in_order(owed_before, parts)
    return account


def waterfall_in_order(owed_before, parts):
    """Nothing of a later part is paid while an earlier one is left."""
    names = parts.__struct_fields__
    for place, name in enumerate(names):
        if getattr(parts, name) < getattr(owed_before, name):
            assert not any(getattr(parts, later) for later in names[place + 1 :])


def same(account, book, day):
    found = due_now(account)
    assert {name: getattr(found, name).minor for name in found.__struct_fields__} == book.owed(), day
    assert (account.loan.bearing.minor, owed(account, day).accrued.minor) == (book.bearing, book.running()), day
    loan = account.loan
    assert loan.wake is None or loan.wake > day
    assert (loan.drawn - loan.repaid).minor == book.bearing + sum(due["principal"] for due in book.dues)
    assert (loan.stage is LoanStage.OVERDUE) == any(due["late"] and due["interest"] + due["principal"] for due in book.dues)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 36 * 10**6)), min_size=1, max_size=6), st.integers(0, 500), st.data())
def test_a_period_split_anywhere_has_the_same_rate_days(changes, length, data):
    start = date(2026, 1, 1)
    steps = {start: 4_350_000} | {start + DAY * after: rate for after, rate in changes}
    rates = [RateStep(since=since, micro=rate) for since, rate in sorted(steps.items())]
    end = start + DAY * length
    middle = start + DAY * data.draw(st.integers(0, length))
    whole = rate_days(rates, start, end)
    assert whole == rate_days(rates, start, middle) + rate_days(rates, middle, end)
    assert whole == sum(next(s.micro for s in reversed(rates) if s.since <= start + DAY * n) for n in range(length))


@given(st.integers(0, 36 * 10**6))
def test_a_rate_keeps_its_value_as_text(micros):
    assert micro(rate_text(micros)) == micros


def test_a_floating_rate_is_lpr_and_its_spread():
    assert floating("3.1", 95) == "4.05"
    assert floating("3.5", -20) == "3.3"
    with pytest.raises(RateInvalid):
        floating("0.1", -20)


def test_nobody_pays_more_than_would_settle_the_loan():
    account = caught_up(opened(terms()), date(2026, 9, 16), POLICY)
    with pytest.raises(AmountExceedsBalance) as refused:
        repaid(account, cny("1,200,135.01"))
    assert refused.value.facts["available"] == cny("1,200,135.00")
    account, _ = repaid(account, cny("1,200,135.00"))
    assert not account.loan.principal


def test_an_instalment_without_interest_divides_the_principal():
    assert instalment(Method.EMI, cny(1_200), 0, 12) == cny(100)
