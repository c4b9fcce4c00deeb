"""C07: the life of a loan through signed transactions: who may do what, what is refused, what others learn."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.finance.loans import laws
from heqi.finance.loans.model import LoanStage, Method, Movement, MovementKind
from heqi.kernel.contracts import changed
from heqi.node.rehearsal import rehearse
from heqi.types.money import Money, cny
from heqi.types.refusals import NotFound

from .play import contract
from .terms import signed, terms

START = date(2026, 3, 10)  # A Tuesday.


class Desk:
    """A bank, its borrower Jia, and a dealer; business date 10 March."""

    def __init__(self, **options):
        self.stage, self.cast = rehearse([contract], **options)
        self.count = 0

    def terms(self, **changes):
        said = {"lender": self.cast.boc.org, "borrower": self.cast.jia.org, "start": START, "end": date(2027, 3, 9), "amount": cny(500_000)}
        return terms(**said | {"method": Method.REVOLVING, "rate": "4.35"} | changes)

    def sign(self, **changes):
        return self.stage.act("play.sign", self.cast.jia.maker, self.cast.boc.maker, terms=self.terms(**changes))["loan"]

    def order(self, loan, yuan, payee=None):
        payee = payee or self.cast.jia.org
        return self.stage.act("play.draw", self.cast.jia.maker, loan=loan, amount=cny(yuan), payee=payee)["draw"]

    def draw(self, loan, yuan, payee=None):
        return self.money("disburse", draw=self.order(loan, yuan, payee))

    def repay(self, loan, amount):
        return self.money("repay", loan=loan, amount=cny(amount) if isinstance(amount, (int, str)) else amount)

    def money(self, act, **args):
        self.count += 1
        today = self.stage.today(self.cast.boc.maker)
        return self.stage.act(f"play.{act}", self.cast.boc.maker, payment=f"pay-{self.count}", value_date=today, **args)

    def signed(self, act, *people, **args):
        return self.stage.act(f"play.{act}", *people, **args)

    def to(self, day):
        self.stage.tick_to(self.cast.platform.operator, day)

    def loan(self, loan):
        return self.stage.ask("loans.show_loan", self.cast.boc.maker, loan=loan)

    def owed(self, loan):
        return self.stage.ask("loans.show_owed", self.cast.jia.maker, loan=loan)

    def events(self):
        return [event.name for event in self.stage.receipts[-1].events]


@pytest.fixture
def desk():
    return Desk()


# --- life ----------------------------------------------------------------------------------------------------------------------
def test_a_loan_goes_from_its_signing_to_its_settlement(desk):
    loan = desk.sign(method=Method.BULLET, end=date(2026, 6, 8), backing=("limits:L-1", "uses:U-1"))
    assert desk.loan(loan)["stage"] == "SIGNED"
    order = desk.order(loan, 480_000)
    assert desk.loan(loan)["stage"] == "DISBURSING"
    assert desk.money("disburse", draw=order)["stage"] == "ACTIVE"
    desk.to(date(2026, 6, 8))
    assert desk.owed(loan)["due"]["interest"]["minor"] == 522_000  # 480,000 × 4.35 % × 90 / 360.
    paid = desk.repay(loan, "485,220.00")
    assert (paid["stage"], paid["parts"]["principal"]["minor"]) == ("SETTLED", 48_000_000)
    settled = desk.stage.receipts[-1].events[-1]
    assert (settled.name, msgspec.json.decode(settled.data)["backing"]) == ("LoanSettled", ["limits:L-1", "uses:U-1"])
    assert desk.loan(loan)["wake"] is None


def test_a_draw_that_fails_leaves_the_loan_as_it_was_signed(desk):
    loan = desk.sign()
    order = desk.order(loan, 500_000)
    assert desk.loan(loan)["in_flight"]["minor"] == 50_000_000
    desk.signed("fail", desk.cast.boc.maker, draw=order)
    found = desk.loan(loan)
    assert (found["stage"], found["in_flight"]["minor"]) == ("SIGNED", 0)
    assert desk.signed("cancel", desk.cast.jia.maker, loan=loan)["stage"] == "CANCELLED"


def test_a_revolving_loan_with_nothing_owed_waits_for_its_next_draw_until_it_is_closed(desk):
    loan = desk.sign()
    desk.draw(loan, 500_000)
    desk.to(date(2026, 3, 12))
    assert desk.repay(loan, "500,120.83")["stage"] == "ACTIVE"  # Two days: 120.83.
    desk.draw(loan, 100_000)
    desk.stage.refuse("AMOUNT_EXCEEDS_BALANCE", "play.close", desk.cast.jia.maker, loan=loan)
    desk.repay(loan, 100_000)
    desk.stage.refuse("NOT_OWNER", "play.close", desk.cast.boc.maker, loan=loan)
    assert desk.signed("close", desk.cast.jia.maker, loan=loan)["stage"] == "SETTLED"
    assert desk.events() == ["LoanSettled"]


def test_a_revolving_loan_that_is_over_is_closed_by_anybody(desk):
    loan = desk.sign(end=date(2026, 3, 12))
    desk.draw(loan, 1_000)
    desk.repay(loan, 1_000)
    desk.to(date(2026, 3, 12))
    assert desk.signed("close", desk.cast.boc.maker, loan=loan)["stage"] == "SETTLED"


def test_what_is_unpaid_after_its_day_is_overdue_until_it_is_paid(desk):
    loan = desk.sign()
    desk.draw(loan, 500_000)
    desk.to(date(2026, 3, 23))
    assert (desk.loan(loan)["stage"], desk.owed(loan)["due"]["interest"]["minor"]) == ("ACTIVE", 66_458)  # 11 days.
    desk.to(date(2026, 3, 24))
    assert desk.events()[1:3] == ["LoanOverdue", "DayWorked"]
    owed = desk.owed(loan)
    assert (owed["stage"], owed["days_past_due"], owed["due"]["compound"]["minor"]) == ("OVERDUE", 1, 12)  # 664.58 × 6.525 % / 360.
    desk.stage.refuse("STATE_INVALID", "play.draw", desk.cast.jia.maker, loan=loan, amount=cny(1), payee=desk.cast.jia.org)
    paid = desk.repay(loan, "664.70")
    assert (paid["stage"], paid["parts"]["overdue_interest"]["minor"], paid["parts"]["compound"]["minor"]) == ("ACTIVE", 66_458, 12)
    assert "LoanCurrent" in desk.events()


def test_an_overdue_loan_is_classified_by_its_days_and_written_off_by_its_lender():
    desk = Desk(check_invariants=False)  # A hundred day ends: the invariants are asked once, at the end.
    loan = desk.sign(method=Method.BULLET, end=date(2026, 3, 13))
    desk.draw(loan, 100_000)
    desk.to(date(2026, 3, 13) + timedelta(days=90))
    assert desk.owed(loan)["five_class"] == "SPECIAL_MENTION"
    desk.to(date(2026, 3, 13) + timedelta(days=91))
    assert (desk.owed(loan)["five_class"], desk.owed(loan)["days_past_due"]) == ("SUBSTANDARD", 91)
    assert msgspec.json.decode(desk.stage.receipts[-1].events[1].data)["five_class"] == "SUBSTANDARD"
    desk.stage.refuse("NOT_OWNER", "play.write_off", desk.cast.jia.maker, loan=loan)
    lost = desk.signed("write_off", desk.cast.boc.maker, loan=loan)
    # 100,000 × 4.35 % × 1.5 × 91 / 360 = 1,649.38; three days' interest 36.25 and its compound 0.60.
    assert {name: part["minor"] for name, part in lost["parts"].items() if part["minor"]} == {
        "penalty": 164_938, "compound": 60, "overdue_interest": 3_625, "overdue_principal": 10_000_000,
    }  # fmt: skip
    desk.to(date(2026, 3, 13) + timedelta(days=93))
    assert desk.owed(loan)["due"]["penalty"]["minor"] == 164_938  # It grows no more.
    desk.stage.ledger.machine.check_invariants()
    money = {"amount": cny(1), "payment": "x", "value_date": desk.stage.today(desk.cast.boc.maker)}
    desk.stage.refuse("STATE_INVALID", "play.repay", desk.cast.boc.maker, loan=loan, **money)


def test_fees_are_paid_first_and_need_both_signatures(desk):
    loan = desk.sign()
    desk.draw(loan, 1_000)
    desk.stage.refuse("NOT_OWNER", "play.charge", desk.cast.boc.maker, desk.cast.boc.checker, loan=loan, amount=cny(5))
    desk.signed("charge", desk.cast.boc.maker, desk.cast.jia.maker, loan=loan, amount=cny(5))
    desk.stage.refuse("MONEY_INVALID", "play.charge", desk.cast.boc.maker, desk.cast.jia.maker, loan=loan, amount=Money("USD", 1))
    paid = desk.repay(loan, 6)["parts"]
    assert (paid["fees"]["minor"], paid["principal"]["minor"]) == (500, 100)


def test_a_fixed_rate_falls_by_the_lenders_word_and_rises_only_with_the_borrowers(desk):
    loan, bank, jia = desk.sign(), desk.cast.boc, desk.cast.jia
    desk.draw(loan, 500_000)
    desk.to(date(2026, 3, 11))
    desk.signed("change_rate", bank.maker, bank.checker, loan=loan, rate="4.15")
    desk.stage.refuse("NOT_OWNER", "play.change_rate", bank.maker, bank.checker, loan=loan, rate="4.16")
    desk.stage.refuse("NOT_OWNER", "play.change_rate", jia.maker, jia.checker, loan=loan, rate="4")
    desk.stage.refuse("RATE_INVALID", "play.change_rate", bank.maker, jia.maker, loan=loan, rate="36.5")
    desk.stage.refuse("RATE_INVALID", "play.reprice", bank.maker, loan=loan, lpr="3")
    desk.to(date(2026, 3, 12))
    desk.signed("change_rate", bank.maker, jia.maker, loan=loan, rate="4.5")
    desk.to(date(2026, 3, 13))
    assert desk.owed(loan)["accrued"]["minor"] == 18_056  # (4.35 + 4.15 + 4.5) % × 500,000 / 360 = 180.555…
    posted = desk.stage.ask("loans.postings", jia.maker, loan=loan, since=START, until=date(2026, 4, 1))
    assert [line["posted"] for line in posted] == [6_042, 5_764, 6_250]


def test_a_floating_loan_follows_lpr_at_its_spread(desk):
    loan = desk.sign(rate_kind="LPR", lpr="3", spread_bps=135)
    desk.stage.refuse("RATE_INVALID", "play.change_rate", desk.cast.boc.maker, desk.cast.jia.maker, loan=loan, rate="4")
    desk.stage.refuse("NOT_OWNER", "play.reprice", desk.cast.jia.maker, loan=loan, lpr="2.9")
    desk.stage.refuse("RATE_INVALID", "play.reprice", desk.cast.boc.maker, loan=loan, lpr="35")
    assert desk.signed("reprice", desk.cast.boc.maker, loan=loan, lpr="2.9")["rates"] == [{"since": "2026-03-10", "micro": 4_250_000}]


def test_a_payment_brought_after_the_last_day_falls_due_at_once(desk):
    loan = desk.sign(method=Method.BULLET, end=date(2026, 3, 12))
    order = desk.order(loan, 1_000)
    desk.to(date(2026, 3, 13))
    assert desk.money("disburse", draw=order)["bearing"]["minor"] == 0
    assert desk.owed(loan)["due"]["principal"]["minor"] == 100_000
    assert desk.repay(loan, 1_000)["stage"] == "SETTLED"


def test_the_day_end_looks_only_at_loans_whose_day_has_come(desk):
    loan = desk.sign()
    desk.draw(loan, 500_000)
    desk.to(date(2026, 3, 20))
    assert all(not receipt.events or receipt.events[-1].name == "DayWorked" for receipt in desk.stage.receipts[-10:])
    assert [len(receipt.writes) for receipt in desk.stage.receipts[-10:]] == [1] * 10  # The day itself.
    desk.to(date(2026, 3, 21))
    assert desk.events() == ["DayOpened", "LoanFellDue", "DayWorked"]


# --- refusals ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("MONEY_INVALID", {"amount": {"ccy": "CNY", "minor": 0}}),
        ("SCHEMA_INVALID", {"borrower": "boc"}),
        ("SCHEMA_INVALID", {"payee": "foton"}),
        ("SCHEMA_INVALID", {"payee": "jia", "entrusted": True}),
        ("SCHEMA_INVALID", {"settle_day": 29}),
        ("SCHEMA_INVALID", {"method": "BALLOON"}),
        ("DATE_INVALID", {"end": START}),
        ("DATE_INVALID", {"method": Method.EMI, "end": date(2027, 3, 9)}),
        ("RATE_INVALID", {"rate": "4.350"}),
        ("RATE_INVALID", {"rate": "36.1"}),
        ("RATE_INVALID", {"rate_kind": "LPR"}),
        ("RATE_INVALID", {"lpr": "3"}),
        ("RATE_INVALID", {"lpr": "3", "spread_bps": 135}),
        ("RATE_INVALID", {"rate_kind": "LPR", "lpr": "3", "spread_bps": 134}),
        ("RATE_INVALID", {"rate_kind": "LPR", "lpr": "3", "spread_bps": -500}),
        ("RATE_INVALID", {"penalty_bps": 15_001}),
        ("RATE_INVALID", {"penalty_bps": 9_999}),
        ("DATE_INVALID", {"start": date(2026, 3, 9)}),
        ("NOT_OWNER", {"lender": "everbright"}),
        ("NOT_OWNER", {"borrower": "yi"}),
        ("ROLE_FORBIDDEN", {"payee": "91990000MA0001843A", "entrusted": True}),
        ("ALREADY_EXISTS", {}),
    ],
)
def test_a_loan_is_not_signed_if(desk, code, changes):
    desk.sign()
    named = {key: getattr(desk.cast, value).org if hasattr(desk.cast, str(value)) else value for key, value in changes.items()}
    said = msgspec.to_builtins(desk.terms()) | msgspec.to_builtins(named)
    desk.stage.refuse(code, "play.sign", desk.cast.jia.maker, desk.cast.boc.maker, terms=said)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("NOT_FOUND", {"loan": "0" * 32}),
        ("NOT_OWNER", {"by": "boc"}),
        ("MONEY_INVALID", {"amount": cny(0)}),
        ("MONEY_INVALID", {"amount": Money("USD", 100)}),
        ("DATE_INVALID", {"day": date(2026, 3, 14)}),
        ("DATE_INVALID", {"day": date(2026, 3, 31)}),
        ("PAYEE_NOT_WHITELISTED", {"payee": "jia"}),
        ("PAYEE_NOT_WHITELISTED", {"payee": "yi"}),
        ("AMOUNT_EXCEEDS_BALANCE", {"amount": cny("400,000.01")}),
    ],
)
def test_money_is_not_drawn_if(desk, code, changes):
    loan = desk.sign(entrusted=True, payee=desk.cast.foton.org, end=date(2026, 3, 31))
    desk.order(loan, 100_000, desk.cast.foton.org)
    desk.to(changes.pop("day", START))
    asked = {"loan": loan, "amount": cny(1), "payee": desk.cast.foton.org} | {k: v for k, v in changes.items() if k not in ("by", "payee")}
    if "payee" in changes:
        asked["payee"] = getattr(desk.cast, changes["payee"]).org
    desk.stage.refuse(code, "play.draw", getattr(desk.cast, changes.get("by", "jia")).maker, **asked)


def test_money_that_is_not_entrusted_goes_to_the_borrower_only(desk):
    loan, jia = desk.sign(), desk.cast.jia
    desk.stage.refuse("PAYEE_NOT_WHITELISTED", "play.draw", jia.maker, loan=loan, amount=cny(1), payee=desk.cast.yi.org)


def test_an_instalment_loan_is_drawn_once(desk):
    loan = desk.sign(method=Method.EMI, end=date(2027, 3, 10))
    draw = desk.order(loan, 120_000)
    desk.stage.refuse("STATE_INVALID", "play.draw", desk.cast.jia.maker, loan=loan, amount=cny(1), payee=desk.cast.jia.org)
    desk.money("disburse", draw=draw)
    assert desk.loan(loan)["instalment"]["minor"] == 1_023_719  # i = 4.35 % / 12: 10,237.186…
    lines = desk.stage.ask("loans.coming", desk.cast.jia.maker, loan=loan)
    assert (len(lines), lines[-1]["balance"]["minor"], sum(line["principal"]["minor"] for line in lines)) == (12, 0, 12_000_000)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("NOT_FOUND", {"loan": "0" * 32}),
        ("DATE_INVALID", {"value_date": date(2026, 3, 9)}),
        ("DATE_INVALID", {"value_date": date(2026, 3, 11)}),
        ("MONEY_INVALID", {"amount": cny(0)}),
        ("MONEY_INVALID", {"amount": Money("USD", 1)}),
        ("ALREADY_EXISTS", {"payment": "pay-1"}),
        ("AMOUNT_EXCEEDS_BALANCE", {"amount": cny("1,000.01")}),
    ],
)
def test_money_does_not_repay_a_loan_if(desk, code, changes):
    loan = desk.sign()
    desk.draw(loan, 1_000)
    said = {"loan": loan, "amount": cny(1), "payment": "pay-2", "value_date": START} | changes
    desk.stage.refuse(code, "play.repay", desk.cast.jia.maker, **said)


def test_one_payment_counts_once_and_only_today(desk):
    loan = desk.sign()
    draw = desk.order(loan, 1_000)
    said = {"draw": draw, "payment": "pay-7", "value_date": START}
    bank = desk.cast.boc.maker
    desk.stage.refuse("DATE_INVALID", "play.disburse", bank, **said | {"value_date": date(2026, 3, 9)})
    desk.signed("disburse", bank, **said)
    desk.stage.refuse("STATE_INVALID", "play.disburse", bank, **said)
    desk.stage.refuse("ALREADY_EXISTS", "play.disburse", bank, **said | {"draw": desk.order(loan, 1)})
    desk.stage.refuse("STATE_INVALID", "play.fail", bank, draw=draw)


@pytest.mark.parametrize("act", ["repay", "close", "charge", "write_off"])
def test_of_a_loan_nobody_drew_there_is_nothing_to(desk, act):
    loan, cast = desk.sign(), desk.cast
    people = (cast.boc.maker, cast.jia.maker) if act == "charge" else (cast.boc.maker,)
    args = {"repay": {"amount": cny(1), "payment": "x", "value_date": START}, "charge": {"amount": cny(1)}}.get(act, {})
    desk.stage.refuse("STATE_INVALID", f"play.{act}", *people, loan=loan, **args)


def test_while_a_draw_is_on_its_way_a_loan_is_neither_cancelled_closed_nor_settled(desk):
    loan = desk.sign()
    desk.order(loan, 1_000)
    desk.stage.refuse("STATE_INVALID", "play.cancel", desk.cast.jia.maker, loan=loan)
    bullet = desk.sign(method=Method.BULLET, loan_no="2", end=date(2026, 3, 12))
    desk.draw(bullet, 1_000)
    waiting = desk.order(bullet, 1_000)
    assert desk.repay(bullet, 1_000)["stage"] == "ACTIVE"
    desk.signed("fail", desk.cast.boc.maker, draw=waiting)
    desk.draw(loan, 1_000)
    desk.stage.refuse("STATE_INVALID", "play.close", desk.cast.jia.maker, loan=loan)


def test_only_its_parties_call_a_loan_off_and_what_is_over_keeps_its_rate(desk):
    loan = desk.sign()
    desk.stage.refuse("NOT_OWNER", "play.cancel", desk.cast.yi.maker, loan=loan)
    desk.signed("cancel", desk.cast.boc.maker, loan=loan)
    desk.stage.refuse("STATE_INVALID", "play.change_rate", desk.cast.boc.maker, desk.cast.jia.maker, loan=loan, rate="4")


def test_a_loan_in_transit_is_not_written_off(desk):
    loan = desk.sign()
    desk.draw(loan, 1_000)
    waiting = desk.order(loan, 1)
    desk.to(date(2026, 3, 24))
    desk.stage.refuse("STATE_INVALID", "play.write_off", desk.cast.boc.maker, loan=loan)
    desk.signed("fail", desk.cast.boc.maker, draw=waiting)
    assert desk.signed("write_off", desk.cast.boc.maker, loan=loan)["stage"] == "WRITTEN_OFF"


# --- who sees ------------------------------------------------------------------------------------------------------------------
def test_others_do_not_learn_that_a_loan_exists(desk):
    loan, cast = desk.sign(), desk.cast
    desk.draw(loan, 1_000)
    for view in ("show_loan", "show_owed", "list_dues", "journal", "list_draws", "coming"):
        for party in (cast.boc, cast.jia, cast.regulator):
            assert desk.stage.ask(f"loans.{view}", party.maker, loan=loan) is not None
        with pytest.raises(NotFound):
            desk.stage.ask(f"loans.{view}", cast.yi.maker, loan=loan)
    assert [found["loan"] for found in desk.stage.ask("loans.borrowed", cast.jia.maker)] == [loan]
    assert [found["loan"] for found in desk.stage.ask("loans.lent", cast.boc.maker, stage="ACTIVE")] == [loan]
    assert desk.stage.ask("loans.borrowed", cast.boc.maker) == desk.stage.ask("loans.lent", cast.jia.maker, stage="ACTIVE") == []


def test_a_trial_leaves_no_trace_and_refuses_what_could_not_be_signed(desk):
    before = desk.stage.ledger.fingerprint()
    lines = desk.stage.ask("loans.trial", desk.cast.jia.maker, terms=terms(method=Method.EPP, end=date(2027, 9, 15)))
    assert (len(lines), lines[0]["interest"]["minor"], desk.stage.ledger.fingerprint()) == (12, 405_000, before)


# --- of every history ------------------------------------------------------------------------------------------------------------
ACTS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["draw", "repay", "rate", "charge"]), st.integers(1, 10**8)), max_size=8)


@settings(max_examples=12)
@given(ACTS, st.sampled_from([Method.REVOLVING, Method.BULLET, Method.EMI]))
def test_whatever_is_done_conserves_every_fen_and_a_replay_gives_the_same(acts, method):
    desk = Desk(check_invariants=False)  # They are asked after each act, not after each day.
    submitted, submit = [], desk.stage.ledger.submit
    desk.stage.ledger.submit = lambda data: (submitted.append(data), submit(data))[1]
    loan = desk.sign(method=method, end=date(2026, 5, 10), grace_days=2)
    desk.draw(loan, 250_000)
    day, cast = START, desk.cast
    for wait, act, minor in acts:
        day += timedelta(days=wait)
        desk.to(day)
        if act in ("draw", "repay"):
            payoff = desk.owed(loan)["payoff"]["minor"]
            if act == "draw":
                asked = desk.stage.send("play.draw", cast.jia.maker, loan=loan, amount=Money("CNY", minor), payee=cast.jia.org)
                if asked.code == "OK":
                    desk.money("disburse", draw=msgspec.json.decode(asked.result)["draw"])
            elif payoff and desk.loan(loan)["stage"] not in (LoanStage.SETTLED,):
                desk.repay(loan, Money("CNY", min(minor, payoff)))
        elif act == "rate":
            desk.stage.send("play.change_rate", cast.boc.maker, cast.jia.maker, loan=loan, rate=f"{minor % 36}.5")
        else:
            desk.stage.send("play.charge", cast.boc.maker, cast.jia.maker, loan=loan, amount=Money("CNY", minor % 10_000 + 1))
        desk.stage.ledger.machine.check_invariants()
    again, _ = rehearse([contract], check_invariants=False)
    for data in submitted:
        again.ledger.submit(data)
    assert again.ledger.fingerprint() == desk.stage.ledger.fingerprint()


# --- laws ------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        {"terms": terms(loan_no="another")},
        {"repaid": cny(1)},
        {"drawn": cny("1,200,000.01")},
        {"in_flight": cny("200,000.01"), "drawn": cny(1_000_000)},
        {"drawn": cny(1), "due_principal": cny(2)},
        {"drawn": cny(2), "due_principal": cny(1), "late_principal": cny(2)},
    ],
)
def test_the_law_of_loans_holds_against_a_careless_rule(change):
    before = signed(terms(), stage=LoanStage.ACTIVE)
    with pytest.raises(AssertionError):
        laws.a_loan_keeps_its_terms_and_owes_no_more_than_was_drawn(None, [(before, changed(before, **change))])


def test_what_is_over_and_what_is_written_never_changes():
    over = signed(terms(), stage=LoanStage.SETTLED)
    with pytest.raises(AssertionError):
        laws.a_loan_keeps_its_terms_and_owes_no_more_than_was_drawn(None, [(over, changed(over, left=1))])
    line = Movement(loan="0" * 32, number=1, kind="DRAW", day=START, amount=cny(1), bearing=cny(1), stage=LoanStage.ACTIVE)
    for old, new in ((line, line), (None, None), (None, changed(line, kind=MovementKind.REPAYMENT))):
        with pytest.raises(AssertionError):
            laws.a_journal_line_is_written_once_and_its_parts_sum_to_it(None, [(old, new)])
