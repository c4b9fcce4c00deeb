"""C08 by hand-computed figures (S02.12, S03.12, capability matrix §4.3), by refusals, and by properties."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.finance import pricing
from heqi.finance.pricing import model, rules
from heqi.kernel.contracts.lint import check_module
from heqi.types.dates import Basis
from heqi.types.money import Money, cny
from heqi.types.refusals import DateInvalid, DocMismatch, MoneyInvalid, RateInvalid

FACE, DUE = cny(50_000_000), date(2026, 9, 14)


@pytest.mark.parametrize(
    ("rate", "value_date", "days", "interest", "net"),
    [
        ("3.2", date(2026, 3, 16), 185, "822,222.22", "49,177,777.78"),
        ("2.9", date(2026, 3, 16), 185, "745,138.89", "49,254,861.11"),
        ("2.6", date(2026, 5, 18), 122, "440,555.56", "49,559,444.44"),
    ],
)
def test_a_letter_of_credit_is_discounted_as_s02_computes_it(rate: str, value_date: date, days: int, interest: str, net: str) -> None:
    found = pricing.discount(FACE, rate, value_date, DUE, grace=3)
    assert (found.days, found.interest, found.net) == (days, cny(interest), cny(net))


def test_the_spread_between_buying_and_reselling_is_the_difference_of_the_nets() -> None:
    bought = pricing.discount(FACE, "3.2", date(2026, 3, 16), DUE, grace=3)
    resold = pricing.discount(FACE, "2.9", date(2026, 3, 16), DUE, grace=3)
    assert resold.net - bought.net == cny("77,083.33")


def test_the_first_deal_at_simple_yield_nets_49_265_802_69() -> None:
    assert pricing.simple_yield_net(FACE, "2.9", date(2026, 3, 16), DUE, grace=3).net == cny("49,265,802.69")


def test_a_financed_voucher_bears_interest_fee_and_saving_as_s03_computes_them() -> None:
    amount, days = cny(500_000), pricing.discount_days(date(2026, 4, 8), date(2026, 8, 7))
    interest, platform = pricing.fee(amount, "4.8", days), pricing.fee(amount, "0.3", days)
    assert (days, interest, platform) == (121, cny("8,066.67"), cny("504.17"))
    assert amount - interest - platform == cny("491,429.16")
    assert pricing.discount(amount, "4.8", date(2026, 4, 8), date(2026, 8, 7)).interest == interest
    assert pricing.fee(amount, "1.9", days) == cny("3,193.06")  # 7 − 4.8 − 0.3
    assert pricing.fee(cny(2_400_000), "0.5", pricing.discount_days(date(2026, 3, 10), date(2026, 8, 7))) == cny(5_000)


def test_a_factor_reselling_keeps_the_margin_of_s03() -> None:
    resold = pricing.discount(cny(500_000), "3.6", date(2026, 5, 11), date(2026, 8, 7))
    assert (resold.days, resold.interest, resold.net) == (88, cny(4_400), cny(495_600))


def test_a_semi_annual_yield_compounds_182_and_183_days_and_then_the_stub() -> None:
    start = date(2025, 1, 6)
    found = pricing.yield_semiannual(FACE, "3", start, date(2026, 1, 30))  # 389 days: 182, 183, 24
    exact = FACE.minor * Fraction(1)
    for period in (182, 183, 24):
        exact = exact / (1 + Fraction(3, 100) * period / 360)
    assert found.days == 389
    assert abs(found.net.minor - exact) <= Fraction(1, 2)


def test_below_half_a_year_both_yields_agree() -> None:
    args = (FACE, "2.9", date(2026, 3, 16), date(2026, 9, 14))
    assert pricing.yield_semiannual(*args).net == pricing.simple_yield_net(*args).net


def test_a_maturity_on_a_holiday_bears_interest_to_the_next_business_day() -> None:
    assert pricing.discount_days(date(2026, 9, 1), date(2026, 10, 1)) == 37  # 1–7 October: paid on the 8th.


def test_a_handling_fee_is_flat() -> None:
    assert pricing.handling_fee(cny("12,345.67"), 15) == cny("18.52")


def test_a_promise_is_paid_for_from_its_day_to_the_value_date() -> None:
    assert pricing.fee(FACE, "0.1", pricing.commitment_days(date(2026, 3, 2), date(2026, 3, 16))) == cny("1,944.44")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"rate": "36.1"}, RateInvalid),
        ({"rate": "2.90"}, RateInvalid),
        ({"value_date": date(2026, 9, 15)}, DateInvalid),
        ({"maturity": date(2031, 9, 14)}, DateInvalid),
        ({"grace": 11}, DateInvalid),
        ({"grace": -1}, DateInvalid),
        ({"rate": "36", "value_date": date(2019, 1, 2), "maturity": date(2026, 9, 14)}, MoneyInvalid),
    ],
)
def test_what_cannot_be_priced_is_refused(changes: dict[str, Any], refusal: type[Exception]) -> None:
    args: dict[str, Any] = {"face": FACE, "rate": "2.9", "value_date": date(2026, 3, 16), "maturity": DUE} | changes
    with pytest.raises(refusal):
        pricing.discount(**args)


def test_a_negative_number_of_days_bears_no_fee_but_a_refusal() -> None:
    with pytest.raises(DateInvalid):
        pricing.fee(FACE, "1", -1)


@pytest.mark.parametrize(
    ("unpaid", "rate", "multiplier", "days", "interest"),
    [
        ("100,000.00", "3", 13_000, 1, "10.83"),  # 100,000 × 0.039 / 360 = 10.8333…
        ("800,000.00", "3", 13_000, 10, "866.67"),  # 800,000 × 0.039 × 10 / 360 = 866.6666…
        ("300,000.00", "3.1", 15_000, 45, "1,743.75"),  # 300,000 × 0.0465 × 45 / 360, exactly
        ("0.01", "3", 13_000, 30, "0.00"),
    ],
)
def test_late_interest_is_what_the_hand_computes(unpaid: str, rate: str, multiplier: int, days: int, interest: str) -> None:
    assert pricing.late_interest(cny(unpaid), rate, multiplier, DUE, DUE + timedelta(days=days)) == cny(interest)


def test_a_deal_one_fen_off_is_refused() -> None:
    pricing.require_equal("net", cny("100.00"), cny("100.00"))
    with pytest.raises(DocMismatch, match="net"):
        pricing.require_equal("net", cny("100.00"), cny("100.01"))


@settings(max_examples=60)
@given(
    minor=st.integers(1, 10**14), thousandths=st.integers(0, 36_000), tenor=st.integers(0, 330), grace=st.integers(0, 10),
    basis=st.sampled_from(Basis),
)  # fmt: skip
def test_interest_and_net_add_up_to_the_face_by_every_formula(minor: int, thousandths: int, tenor: int, grace: int, basis: Basis) -> None:
    face, start = Money("CNY", minor), date(2026, 1, 5)
    rate = f"{Fraction(thousandths, 1000).__floor__()}.{thousandths % 1000:03}".rstrip("0").rstrip(".")
    nets = []
    for formula in (pricing.discount, pricing.simple_yield_net, pricing.yield_semiannual):
        found = formula(face, rate, start, start + timedelta(days=tenor), grace=grace, basis=basis)
        assert found.interest + found.net == face
        nets.append(found.net.minor)
    assert nets[0] <= nets[1], "a straight discount costs the seller at least as much as the same rate as a yield"
    assert nets[2] <= nets[1], "compounding costs the seller at least as much as simple yield"


def test_the_formulas_obey_the_authors_rules() -> None:
    check_module(rules)
    check_module(model)
