"""What holds for every figure, and whatever the parties do one after the other."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.apps.all_link import rules
from heqi.apps.all_link.model import Bearer, DealerMonth
from heqi.types.money import Money
from heqi.types.refusals import MoneyInvalid

from .scene import BOTH, CONFIRM, FUND, NO, Scene, digest, m, pair

MATURITY = date(2026, 8, 7)
amounts = st.integers(1, 10**13).map(lambda fen: Money("CNY", fen))
rates = st.integers(0, 1200).map(lambda bps: f"{bps // 100}.{bps % 100:02d}".rstrip("0").rstrip("."))
days = st.integers(0, 150)


@given(amounts, rates, rates, rates, days)
def test_interest_fee_and_proceeds_make_the_amount(amount, rate, fee, benchmark, count):
    value_date = MATURITY - timedelta(days=count)
    got = rules.finance(amount, rate, fee, benchmark, value_date, MATURITY, Bearer.HOLDER)
    assert got.interest + got.fee + got.proceeds == amount
    assert got.days == count
    issuers = rules.finance(amount, rate, fee, benchmark, value_date, MATURITY, Bearer.ISSUER)
    assert (issuers.proceeds, issuers.interest, issuers.fee) == (amount, got.interest, got.fee)


@given(amounts, rates, rates, rates, days)
def test_the_saving_is_what_the_benchmark_would_have_cost_less_what_this_costs(amount, rate, fee, benchmark, count):
    value_date = MATURITY - timedelta(days=count)
    got = rules.finance(amount, rate, fee, benchmark, value_date, MATURITY, Bearer.HOLDER)
    would_cost = rules.finance(amount, benchmark, "0", benchmark, value_date, MATURITY, Bearer.HOLDER).interest
    # Each of the three is rounded once: together they differ from the saving by less than two fen.
    assert abs(got.saving_fen - (would_cost.minor - got.interest.minor - got.fee.minor)) < 2
    same = rules.finance(amount, benchmark, "0", benchmark, value_date, MATURITY, Bearer.HOLDER)
    assert same.saving_fen == 0


def test_costs_above_the_amount_are_refused_and_not_clamped():
    with pytest.raises(MoneyInvalid):
        rules.finance(Money("CNY", 100), "36", "36", "7", date(2023, 8, 7), MATURITY, Bearer.HOLDER)


@given(amounts, rates, st.integers(0, 366))
def test_the_fee_of_a_confirmation_is_exact_until_it_is_rounded_once(face, rate, count):
    fee = rules.confirm_fee(face, rate, MATURITY - timedelta(days=count), MATURITY)
    assert abs(fee.minor - face.minor * Fraction(rate) / 100 * Fraction(count, 360)) <= Fraction(1, 2)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 365), st.integers(0, 10_000))
def test_a_dealers_facts_are_exact_fractions(stock, aged, overdue, on_time):
    month = DealerMonth(
        dealer="91990000MA0002264L", month="2026-07", retail_units=0, stock_units=stock, aged_90d_units=min(aged, stock),
        overdue_days=overdue, payments_on_time_bps=on_time,
    )  # fmt: skip
    facts = rules.dealer_facts(month)
    assert 0 <= facts["aged_pct"] <= 100 and facts["aged_pct"] * stock == 100 * min(aged, stock)
    assert facts["on_time_pct"] * 100 == on_time and facts["overdue_days"] == overdue


# --- a walk -------------------------------------------------------------------------------------------------------------
class Walk:
    """Parties who do what comes to their mind, allowed or not; the ledger keeps its invariants after every block."""

    TIERS = ("jia", "yi", "bing")

    def __init__(self):
        self.s, self.packages, self.done, self.refused = Scene(), [], 0, 0

    def attempt(self, act, desks, **args):
        receipt = self.s.stage.send(f"all_link.{act}", *self.s.desks(desks), **args)
        self.done += receipt.code == "OK"
        self.refused += receipt.code != "OK"

    def step(self, choice, one, other, yuan):
        getattr(self, choice)(one % 97, other % 89, yuan)

    def notes(self):
        """All live notes, by their package and holder's party."""
        return [
            (party, each) for party in (*self.TIERS, "factor", "foton") for each in self.s.ask("vouchers.holdings", f"{party}.maker")
        ]  # fmt: skip

    def pick(self, one):
        notes = self.notes()
        if not notes:
            return None
        party, note = notes[one % len(notes)]
        return party, note, f"{note['package']}:{note['lo']}"

    def issue(self, one, other, yuan):
        no = f"FJT-{len(self.packages) + 1}"
        confirmed = "0.5" if other % 2 else None
        face = m(yuan if one % 5 else yuan + 1_000_000)
        items = [self.s.owe(f"AP-{len(self.s.stage.receipts)}", yuan)]
        self.attempt(
            "issue_fjt", BOTH, **self.s.request(yuan, no, items=items, confirm_fee_pct=confirmed, maturity=MATURITY) | {"face": face}
        )
        self.packages.append(no)

    def bring_on(self, one, other, yuan):
        if self.packages:
            no = self.packages[one % len(self.packages)]
            self.attempt("confirm_fjt", CONFIRM, package=no)
            act, desks = [("accept", "jia"), ("accept", "jia"), ("accept", "jia"), ("reject", "jia"), ("withdraw", "foton")][other % 5]
            self.attempt(act, pair(desks), package=no)

    def transfer(self, one, other, yuan):
        if found := self.pick(one):
            holder, _, note = found
            to = (*self.TIERS, "foton")[other % 4]
            basis = self.s.invoice(holder, to, yuan) if to != holder else []
            self.attempt("transfer", pair(holder), note=note, amount=m(yuan), to=self.s.org(to), basis=basis)

    def answer(self, one, other, yuan):
        for party in (*self.TIERS, "foton"):
            for note in self.s.ask("vouchers.offered", f"{party}.maker"):
                act, desks = [("sign_in", party), ("sign_in", party), ("decline", party), ("recall", self.holder(note))][(one + other) % 4]
                self.attempt(act, pair(desks), note=f"{note['package']}:{note['lo']}")

    def holder(self, note):
        return next(
            party for party, org in ((party, self.s.org(party)) for party in (*self.TIERS, "factor", "foton")) if org == note["holder"]
        )

    def split(self, one, other, yuan):
        if found := self.pick(one):
            holder, held, note = found
            self.attempt("split", pair(holder), note=note, cuts=[held["lo"] + other])

    def ask_finance(self, one, other, yuan):
        if found := self.pick(one):
            holder, _, note = found
            self.attempt("request_finance", f"{holder}.maker {holder}.approver", **self.s.finance_request(note, yuan))

    def go_on(self, one, other, yuan):
        s = self.s
        for each in s.ask("all_link.my_requests", "factor.maker"):
            request, stage = {"request": each["request"]}, each["stage"]
            applicant = next(party for party in (*self.TIERS, "foton") if s.org(party) == each["applicant"])
            if stage == "REGISTERED" and other % 3 == 0:
                self.attempt("decline_finance", "factor.checker factor.approver", **request, reason="额度已用尽")
            elif stage == "REQUESTED":
                self.attempt("auto_approve", "factor.api", **request)
            elif stage == "APPROVED":
                desks = f"{pair(applicant)} factor.maker"
                self.attempt("sign_assignment", desks, **request, contract_digest=digest(each["request"]))
            elif stage == "SIGNED":
                s.register(each, "factor")
                self.attempt("register_assignment", "factor.api", **request, registration=each["request"][:12])
            elif stage == "REGISTERED":
                self.attempt("fund_fjt", FUND, **request, proceeds=each["proceeds"])
            elif stage == "PAYING":
                s.bank_says(each["order"], "RJCT" if other % 4 == 0 else "ACSC")
                self.attempt("complete_funding", "factor.api", **request)
                self.attempt("reopen_funding", "factor.api", **request)

    def days(self, one, other, yuan):
        self.s.day(self.s.today + timedelta(days=1 + one % 4))

    def mature(self):
        """To the end: every package that took effect is paid out, and every quota is free again."""
        s = self.s
        s.day(MATURITY)
        for no in self.packages:
            self.attempt("auto_pay", "everbright.api", package=no)
        for bank in ("boc", "everbright", "icbc"):
            for order in s.ask("payments.instructions", f"{bank}.api"):
                s.bank_says(order["order"], "ACSC")
        for no in self.packages:
            self.attempt("settle", "everbright.api", package=no)
            self.attempt("withdraw", pair("foton"), package=no)


CHOICES = ["issue", "bring_on", "transfer", "answer", "split", "ask_finance", "go_on", "days"]
step = st.tuples(st.sampled_from(CHOICES), st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 400_000))


@settings(max_examples=8, deadline=None)
@given(st.lists(step, min_size=15, max_size=60))
def test_whatever_the_parties_do_the_books_add_up_and_in_the_end_all_is_paid(steps):
    walk = Walk()
    for each in [("issue", 1, 1, 300_000), ("bring_on", 0, 0, 1), *steps]:
        walk.step(*each)
    assert walk.done > 2
    walk.mature()
    s = walk.s
    assert s.ask("all_link.quota_lines", "foton_group.maker", group=s.org("foton_group"))[s.org("foton")] == m("5000000.00")
    stages = {s.sheet(no)["package"]["stage"] for no in walk.packages if no in known(s)}
    assert stages <= {"SETTLED", "WITHDRAWN", "REJECTED", "EXPIRED"}
    paid = sum(s.sheet(no)["package"]["paid"]["minor"] + s.sheet(no)["package"]["extinguished"]["minor"] for no in known(s))
    assert paid == sum(s.sheet(no)["package"]["face"]["minor"] for no in known(s) if s.sheet(no)["package"]["stage"] == "SETTLED")


def known(s):
    return [each["package"] for each in s.ask("all_link.my_packages", "foton.maker")]


def test_the_walk_reaches_a_funded_note():
    walk = Walk()
    for each in [("issue", 1, 1, 300_000), ("bring_on", 0, 0, 1), ("ask_finance", 0, 0, 1000), *[("go_on", 0, 1, 1)] * 5]:
        walk.step(*each)
    assert walk.s.ask("all_link.my_requests", "factor.maker")[0]["stage"] == "FUNDED"
    assert (NO, walk.refused) == ("FJT-1", 1)  # The payment was not refused, so there was nothing to reopen.
