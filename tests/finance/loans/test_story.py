"""S05.12 through real transactions: limit, signatures, the bank's signed evidence of every payment, and the calendar."""

from datetime import date

import msgspec
import pytest

from heqi.finance.loans.model import Method
from heqi.node.rehearsal import rehearse
from heqi.types.money import cny

from ..payments.bank import Core
from .lending import contract
from .terms import terms

CNAPS = "104999000012"


class Story:
    """Jia borrows of the Bank of China; entrusted payments go to Foton, the core enterprise."""

    def __init__(self, opens=date(2026, 3, 2)):
        self.stage, self.cast = rehearse([contract], business_date=opens, check_invariants=False)
        act, boc = self.stage.act, self.cast.boc
        act("parties.keep_profile", boc.maker, boc.checker, cnaps=CNAPS)
        self.core = Core(self.stage, self.cast, "core-boc", boc.org, ["PAYMENT"])
        names = {one["org"]: one["name_zh"] for one in self.stage.ask("members.list_organisations", boc.maker)}
        for number, party in enumerate((boc, self.cast.jia, self.cast.foton), 1):
            act(
                "parties.add_account", party.maker, party.checker, bank_cnaps=CNAPS, account_no=f"100{number}",
                account_name=names[party.org], kind="BASIC",
            )  # fmt: skip
        self.node = act(
            "limits.grant", boc.maker, boc.checker, boc.approver, parent=None, holder=self.cast.jia.org, title="LDJ", revolving=True,
            approved=cny(750_000), valid_to=date(2027, 12, 31),
        )["node"]  # fmt: skip

    def to(self, day):
        self.stage.tick_to(self.cast.platform.operator, day)

    def sign(self, **changes):
        agreed = terms(
            lender=self.cast.boc.org, borrower=self.cast.jia.org, amount=cny(750_000), method=Method.REVOLVING, rate="4.35",
            start=date(2026, 3, 2), end=date(2027, 3, 1), entrusted=True, payee=self.cast.foton.org,
        )  # fmt: skip
        agreed = msgspec.structs.replace(agreed, **changes)
        return self.stage.act("lending.sign", self.cast.jia.maker, self.cast.boc.maker, terms=agreed)["loan"]

    def draw(self, loan, yuan):
        asked = {"loan": loan, "node": self.node, "amount": cny(yuan), "payee": self.cast.foton.org}
        order = self.stage.act("lending.draw", self.cast.jia.maker, self.cast.boc.maker, **asked)["order"]
        self.stage.refuse("PAYMENT_UNCONFIRMED", "lending.paid_out", self.cast.boc.maker, order=order)
        self.settle(order)
        return self.stage.act("lending.paid_out", self.cast.boc.maker, order=order)

    def repay(self, loan, yuan):
        order = self.stage.act("lending.pay", self.cast.jia.maker, loan=loan, amount=cny(yuan))["order"]
        self.stage.refuse("PAYMENT_UNCONFIRMED", "lending.received", self.cast.boc.maker, order=order)
        self.settle(order)
        return self.stage.act("lending.received", self.cast.boc.maker, order=order)

    def settle(self, order):
        """The bank pays, and signs that it did."""
        detail = self.stage.ask("payments.instruction", self.cast.regulator.maker, order=order)
        told = ("debtor_agent", "debtor_account", "creditor_agent", "creditor_account", "creditor_name")
        answer = self.core.answer(
            "PAYMENT", f"PAYMENT:{CNAPS}:{order}", e2e_id=order, status="ACSC", ccy="CNY", minor=detail["amount"]["minor"],
            settled_on=self.stage.today(self.cast.boc.maker).isoformat(), **{name: detail[name] for name in told},
        )  # fmt: skip
        self.stage.act("payments.report", self.cast.boc.api, evidence=answer, signature=self.core.sign(answer))

    def free(self):
        return self.stage.ask("limits.tree", self.cast.boc.maker, node=self.node)[0]["available"]["minor"]

    def interest(self, loan):
        found = self.stage.ask("loans.list_dues", self.cast.jia.maker, loan=loan)
        return [(due["accrued"]["minor"], due["due"]) for due in found]


@pytest.fixture(scope="module")
def told():
    """The dealer's tale, played once; its figures as it went."""
    story, figures = Story(), {}
    loan = story.sign()
    story.draw(loan, 500_000)
    story.to(date(2026, 3, 17))
    story.repay(loan, 200_000)
    story.to(date(2026, 3, 23))
    figures["march"] = story.interest(loan)
    figures["paid"] = story.repay(loan, "1,051.25")["parts"]
    story.to(date(2026, 3, 25))
    story.draw(loan, 100_000)
    figures["free"] = story.free()
    story.to(date(2026, 4, 21))
    figures["april"] = story.interest(loan)[1:]
    figures["postings"] = story.stage.ask(
        "loans.postings", story.cast.boc.maker, loan=loan, since=date(2026, 3, 2), until=date(2026, 4, 21)
    )  # fmt: skip
    story.stage.ledger.machine.check_invariants()
    return story, loan, figures


def test_a_dealer_draws_and_repays_on_any_day_and_pays_interest_on_the_21st(told):
    _, _, figures = told
    assert figures["march"] == [(105_125, "2026-03-23")]  # 8,700,000 × 4.35 % / 360; the 21st is a Saturday.
    assert figures["paid"]["interest"]["minor"] == 105_125
    assert figures["april"] == [(145_000, "2026-04-21")]  # 12,000,000 × 4.35 % / 360.
    assert figures["free"] == 35_000_000


def test_the_daily_postings_sum_to_the_interest_of_their_periods(told):
    posted = {line["day"]: line["posted"] for line in told[2]["postings"]}
    assert len(posted) == 50 and sum(minor for day, minor in posted.items() if day < "2026-03-21") == 105_125
    assert sum(posted.values()) == 105_125 + 145_000
    assert [posted[f"2026-03-{day:02d}"] for day in (2, 3, 4)] == [6_042, 6_041, 6_042]  # 60.41666… a day.


def test_neither_the_limit_nor_the_payee_is_the_borrowers_to_exceed(told):
    story, loan, _ = told
    jia, boc = story.cast.jia, story.cast.boc
    asked = {"loan": loan, "node": story.node, "amount": cny("350,000.01"), "payee": story.cast.foton.org}
    story.stage.refuse("AMOUNT_EXCEEDS_BALANCE", "lending.draw", jia.maker, boc.maker, **asked)
    wider = story.sign(loan_no="JJ-0002", amount=cny(900_000), start=date(2026, 4, 21))
    story.stage.refuse("LIMIT_EXCEEDED", "lending.draw", jia.maker, boc.maker, **asked | {"loan": wider})
    story.stage.refuse("PAYEE_NOT_WHITELISTED", "lending.draw", jia.maker, boc.maker, **asked | {"amount": cny(1), "payee": jia.org})


def test_a_loan_repaid_to_zero_is_settled_and_its_limit_is_free_in_the_same_transaction():
    story = Story(opens=date(2026, 3, 3))
    loan = story.sign(method=Method.BULLET, rate="4.05", amount=cny(480_000), start=date(2026, 3, 3), end=date(2026, 6, 1))
    story.draw(loan, 480_000)
    assert story.free() == 27_000_000
    story.to(date(2026, 6, 1))
    assert story.interest(loan) == [(486_000, "2026-06-01")]  # 480,000 × 4.05 % × 90 / 360 = 4,860.00.
    assert story.repay(loan, "484,860.00")["stage"] == "SETTLED"
    assert [event.name for event in story.stage.receipts[-1].events] == ["LoanRepaid", "LoanSettled", "LimitRepaid", "LimitFreed"]
    assert story.free() == 75_000_000
    story.stage.ledger.machine.check_invariants()
    again = story.stage.act("lending.pay", story.cast.jia.maker, loan=loan, amount=cny(1))["order"]
    story.settle(again)
    story.stage.refuse("STATE_INVALID", "lending.received", story.cast.boc.maker, order=again)
