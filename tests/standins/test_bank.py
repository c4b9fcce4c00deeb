"""sim-bank as a customer meets it: a process of its own, ISO 20022 both ways, failures from the data of its accounts."""

import http.server
import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from heqi.connectors.answers import SourceDown, SourceRefused
from heqi.connectors.bank import Bank
from heqi.connectors.iso20022 import PaymentInstruction, PaymentStatus, build_pain001, parse_pain002
from heqi.types.money import Money, cny
from heqi.types.refusals import HashMismatch, SignatureInvalid

EVERBRIGHT, BOC, ICBC, ABC = "303999000014", "104999000012", "102999000016", "103999000018"
REPLACE = msgspec.structs.replace
numbers = itertools.count(1)

PLANT = (EVERBRIGHT, "303990000000101", "福田汽车一厂")
JIA = (BOC, "104990000000301", "供应商甲")
YI = (ICBC, "102990000000302", "供应商乙")


def order(amount: Money, payer: tuple[str, str, str] = PLANT, payee: tuple[str, str, str] = JIA, **more: Any) -> Any:
    given = {"e2e_id": f"E{next(numbers)}", "value_date": date(2026, 3, 10), "purpose_code": "SUPP"} | more
    return PaymentInstruction(
        debtor_agent=payer[0], debtor_account=payer[1], debtor_name=payer[2],
        creditor_agent=payee[0], creditor_account=payee[1], creditor_name=payee[2], amount=amount, **given,
    )  # fmt: skip


def pay(bank: Any, *orders: PaymentInstruction, message_id: str = "") -> tuple[PaymentStatus, ...]:
    data = build_pain001(message_id or f"M{next(numbers)}", list(orders))
    return Bank(bank.source()).submit(data).payments


def balance(bank: Any, account: tuple[str, str, str]) -> int:
    return Bank(bank.source()).account(account[0], account[1]).balance.minor


def new_account(bank: Any, name: str, *, minor: int = 0, cnaps: str = ABC, **more: Any) -> tuple[str, str, str]:
    number = f"9990{next(numbers):06d}"
    opened = {"bank_cnaps": cnaps, "acct_no": number, "acct_name": name} | more
    assert bank.post("/accounts", opened).is_success
    if minor:
        assert bank.post("/admin/deposit", {"bank_cnaps": cnaps, "acct_no": number, "minor": minor}).is_success
    return cnaps, number, name


def set_status(bank: Any, account: tuple[str, str, str], status: str) -> None:
    content = {"bank_cnaps": account[0], "status": status}
    assert bank.post(f"/accounts/{account[1]}/status", content).is_success


def books_balance(bank: Any) -> bool:
    banks = bank.get("/admin/trial-balance").json()["answer"]["facts"]["banks"]
    return set(banks.values()) == {0}


def test_a_payment_between_two_banks_is_settled_and_proved(bank: Any) -> None:
    payer, payee = new_account(bank, "付款人", minor=1_000_00), new_account(bank, "收款人", cnaps=ICBC)
    one = order(cny("600.00"), payer, payee, references=("26990000000000000101",), remittance="货款")
    assert pay(bank, one) == (PaymentStatus(one.e2e_id, "ACSC"),)
    assert (balance(bank, payer), balance(bank, payee)) == (400_00, 600_00)
    proof = Bank(bank.source()).evidence(one)
    assert (proof.result, proof.kind, proof.business_date) == ("PASS", "PAYMENT", "2026-03-10")
    assert proof.facts and proof.facts.settled_on == "2026-03-10"
    assert proof.evidence and proof.evidence.public_key == bank.key.public.raw.hex()
    assert books_balance(bank)


REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # reason, what is wrong with the payer, with the payee, with the order
    ("AC08", {}, {"cnaps": "305999000099"}, {}),
    ("AC01", {}, {"number": "9999999999"}, {}),
    ("AC01", {"number": "9999999998"}, {}, {}),
    ("AC01", {}, {"number": "CASH-CNY"}, {}),
    ("AC04", {}, {"status": "CLOSED"}, {}),
    ("AC04", {"status": "CLOSED"}, {}, {}),
    ("AC06", {}, {"status": "FROZEN"}, {}),
    ("AC06", {"status": "FROZEN"}, {}, {}),
    ("AG01", {}, {"status": "DORMANT"}, {}),
    ("RR04", {}, {"status": "WATCHED"}, {}),
    ("BE01", {}, {"called": "收款人有限公司"}, {}),
    ("BE01", {"called": "付款人 "}, {}, {}),
    ("AM03", {}, {}, {"amount": Money("USD", 100_00)}),
    ("AM14", {"limit_minor": 99_99}, {}, {}),
    ("AM14", {}, {"limit_minor": 99_99}, {}),
    ("AM04", {}, {}, {"amount": cny("1,000.01")}),
    ("DT01", {}, {}, {"value_date": date(2026, 3, 9)}),
    # The first check that fails is the reason.
    ("AC04", {"status": "CLOSED"}, {"status": "FROZEN"}, {"amount": cny("1,000.01")}),
    ("AM14", {"limit_minor": 1}, {}, {"amount": cny("1,000.01")}),
]


@pytest.mark.parametrize(("reason", "payer_is", "payee_is", "order_is"), REFUSED)
def test_a_payment_fails_for_the_reason_that_stands_in_the_accounts(
    bank: Any, reason: str, payer_is: dict[str, Any], payee_is: dict[str, Any], order_is: dict[str, Any]
) -> None:
    sides = []
    for name, minor, wrong in (("付款人", 1_000_00, payer_is), ("收款人", 0, payee_is)):
        account = new_account(bank, name, minor=minor, limit_minor=wrong.get("limit_minor"))
        if "status" in wrong:
            set_status(bank, account, wrong["status"])
        sides.append((account, (wrong.get("cnaps", ABC), wrong.get("number", account[1]), wrong.get("called", name))))
    (payer, as_payer), (payee, as_payee) = sides
    one = REPLACE(order(cny("100.00"), as_payer, as_payee), **order_is)
    assert pay(bank, one) == (PaymentStatus(one.e2e_id, "RJCT", reason),)
    assert (balance(bank, payer), balance(bank, payee)) == (1_000_00, 0)
    proof = Bank(bank.source()).evidence(one)
    assert (proof.result, proof.reason) == ("FAIL", reason)


def test_one_end_to_end_id_is_paid_once(bank: Any) -> None:
    payer, payee = new_account(bank, "付款人", minor=1_000_00), new_account(bank, "收款人")
    one = order(cny("100.00"), payer, payee)
    assert pay(bank, one)[0].status == "ACSC"
    assert pay(bank, one) == (PaymentStatus(one.e2e_id, "RJCT", "AM05"),)
    assert (balance(bank, payer), balance(bank, payee)) == (900_00, 100_00)
    # What the bank proves is the payment, not the refused repetition.
    assert Bank(bank.source()).evidence(one).result == "PASS"


def test_a_refused_payment_goes_through_under_the_same_id_once_the_money_is_there(bank: Any) -> None:
    payer, payee = new_account(bank, "付款人", minor=50_00), new_account(bank, "收款人")
    one = order(cny("100.00"), payer, payee)
    assert pay(bank, one)[0].reason == "AM04"
    bank.post("/admin/deposit", {"bank_cnaps": payer[0], "acct_no": payer[1], "minor": 50_00})
    assert pay(bank, one)[0].status == "ACSC"
    assert balance(bank, payer) == 0


def test_the_bank_signs_what_an_account_holds_under_its_own_name(bank: Any) -> None:
    account = new_account(bank, "户", minor=1_234_00)
    given = Bank(bank.source()).balance(account[0], account[1]).given
    assert (given.source, given.kind, given.document) == (f"sim-bank-{ABC}", "BALANCE", f"BALANCE:{ABC}:{account[1]}")
    assert (given.facts["acct_no"], given.facts["minor"], given.facts["ccy"]) == (account[1], 1_234_00, "CNY")
    with pytest.raises(SourceRefused):
        Bank(bank.source()).balance(account[0], "CASH-CNY")


def test_two_debtors_may_use_the_same_end_to_end_id(bank: Any) -> None:
    payee = new_account(bank, "收款人")
    one = order(cny("1.00"), new_account(bank, "甲", minor=1_00), payee)
    other = order(cny("1.00"), new_account(bank, "乙", minor=1_00), payee, e2e_id=one.e2e_id)
    assert pay(bank, one)[0].settled and pay(bank, other)[0].settled
    assert Bank(bank.source()).evidence(one).result == Bank(bank.source()).evidence(other).result == "PASS"
    assert bank.get(f"/evidence/{one.e2e_id}").status_code == 409


def test_the_same_file_gets_the_same_answer_and_pays_nothing_twice(bank: Any) -> None:
    payer, payee = new_account(bank, "付款人", minor=1_000_00), new_account(bank, "收款人")
    data = build_pain001("REPEATED", [order(cny("100.00"), payer, payee)])
    first, second = (Bank(bank.source()).submit(data) for _ in range(2))
    assert first == second and first.group_status == "ACSC"
    assert balance(bank, payer) == 900_00
    other = Bank(bank.source()).submit(build_pain001("REPEATED", [order(cny("1.00"), payer, payee)]))
    assert (other.group_status, other.group_reason, other.payments) == ("RJCT", "DUPL", ())


def test_a_file_is_paid_order_by_order_and_reported_in_part(bank: Any) -> None:
    payer, payee = new_account(bank, "付款人", minor=250_00), new_account(bank, "收款人")
    orders = [order(cny("100.00"), payer, payee) for _ in range(3)]
    report = Bank(bank.source()).submit(build_pain001("PART", orders))
    assert report.group_status == "PART"
    assert [one.status for one in report.payments] == ["ACSC", "ACSC", "RJCT"]
    assert balance(bank, payer) == 50_00


def test_maturity_of_s03_the_issuer_is_short_by_a_hundred_thousand(start: Callable[..., Any]) -> None:
    bank = start("bank")
    factoring = (BOC, "104990000000201", "福田保理")
    orders = [order(cny("500,000.00"), payee=factoring), order(cny("300,000.00"), payee=YI),
              order(cny("1,600,000.00"), payee=JIA)]  # fmt: skip
    statuses = pay(bank, *orders)
    assert [(one.status, one.reason) for one in statuses] == [("ACSC", ""), ("ACSC", ""), ("RJCT", "AM04")]
    assert balance(bank, PLANT) == 1_500_000_00
    cover = order(cny("100,000.00"), (EVERBRIGHT, "303990000000900", "示范光大银行"), PLANT)
    assert pay(bank, cover)[0].settled
    assert pay(bank, orders[2])[0].settled
    assert balance(bank, PLANT) == 0
    assert books_balance(bank)


def test_an_order_for_a_later_day_waits_for_it_and_is_judged_on_that_day(start: Callable[..., Any]) -> None:
    bank = start("bank")
    payer, payee = new_account(bank, "付款人"), new_account(bank, "收款人")
    later = order(cny("100.00"), payer, payee, value_date=date(2026, 8, 7))
    poor = order(cny("200.00"), payer, payee, value_date=date(2026, 8, 7))
    assert [one.status for one in pay(bank, later, poor)] == ["ACSP", "ACSP"]
    assert Bank(bank.source()).evidence(later).result == "UNKNOWN"
    assert pay(bank, later)[0].reason == "AM05"
    bank.post("/admin/deposit", {"bank_cnaps": payer[0], "acct_no": payer[1], "minor": 150_00})
    bank.day("2026-08-07")
    assert Bank(bank.source()).evidence(later).result == "PASS"
    refused = Bank(bank.source()).evidence(poor)
    assert (refused.result, refused.reason) == ("FAIL", "AM04")


def test_the_business_date_never_goes_back(start: Callable[..., Any]) -> None:
    bank = start("bank")
    bank.day("2026-03-11")
    assert bank.post("/admin/day", {"date": "2026-03-10"}).status_code == 400


def test_a_returned_payment_is_no_longer_proof_and_its_money_is_back(bank: Any) -> None:
    payer, payee = new_account(bank, "付款人", minor=100_00), new_account(bank, "收款人", cnaps=ICBC)
    one = order(cny("100.00"), payer, payee)
    pay(bank, one)
    _, since = Bank(bank.source()).notifications()
    assert bank.post("/admin/return", {"e2e_id": one.e2e_id, "reason": "AC04"}).is_success
    assert (balance(bank, payer), balance(bank, payee)) == (100_00, 0)
    proof = Bank(bank.source()).evidence(one)
    assert (proof.result, proof.reason, proof.facts and proof.facts.status) == ("FAIL", "AC04", "RTND")
    ((back,), _) = Bank(bank.source()).notifications(since)
    (entry,) = back.entries
    assert (back.account, entry.side, entry.e2e_id, entry.return_reason) == (payer[1], "CRDT", one.e2e_id, "AC04")
    assert bank.post("/admin/return", {"e2e_id": one.e2e_id}).status_code == 409
    assert pay(bank, one)[0].reason == "AM05"  # F14: a new order, never the old one again.
    assert books_balance(bank)


def test_a_return_between_banks_is_a_pacs_004_to_the_payers_bank(bank: Any) -> None:
    payer, payee, neighbour = new_account(bank, "付款人", minor=100_00), new_account(bank, "收款人", cnaps=ICBC), new_account(bank, "邻居")
    asked = Bank(bank.source())
    _, since = asked.returns(payer[0])
    abroad, within = order(cny("60.00"), payer, payee), order(cny("40.00"), payer, neighbour)
    for one in (abroad, within):
        pay(bank, one)
        assert bank.post("/admin/return", {"e2e_id": one.e2e_id, "reason": "AC04"}).is_success
    ((back,), after) = asked.returns(payer[0], since)
    assert (back.e2e_id, back.reason, back.settled, back.returned) == (abroad.e2e_id, "AC04", cny("60.00"), cny("60.00"))
    assert (back.debtor_agent, back.debtor_account) == payer[:2] and (back.creditor_agent, back.creditor_account) == payee[:2]
    assert back.settled_on == back.returned_on == abroad.value_date
    assert asked.returns(payer[0], after) == ((), after)
    assert asked.returns(ICBC, since)[0] == ()
    assert bank.get("/pacs004?bank=999").status_code == 404


def test_a_statement_shows_every_movement_of_its_day_and_adds_up(start: Callable[..., Any]) -> None:
    bank = start("bank")
    payer, payee = new_account(bank, "付款人", minor=1_000_00), new_account(bank, "收款人")
    one = order(cny("300.00"), payer, payee, references=("FJT-1",), remittance="到期付款", ultimate_debtor="集团")
    pay(bank, one)
    bank.day("2026-03-11")
    pay(bank, order(cny("200.00"), payer, payee, value_date=date(2026, 3, 11)))
    asked = Bank(bank.source())
    first, second = (asked.statement(payer[0], payer[1], date(2026, 3, day)) for day in (10, 11))
    assert [(e.side, e.amount) for e in first.entries] == [("CRDT", cny("1,000.00")), ("DBIT", cny("300.00"))]
    assert (first.closing, second.opening.amount, second.closing.amount) == (second.opening, cny("700.00"), cny("500.00"))
    theirs = asked.statement(payee[0], payee[1], date(2026, 3, 10)).entries[0]
    assert (theirs.e2e_id, theirs.counterparty_name, theirs.counterparty_account, theirs.counterparty_agent) == (
        one.e2e_id, "付款人", payer[1], payer[0],
    )  # fmt: skip
    assert (theirs.references, theirs.remittance) == (("FJT-1",), "到期付款")
    assert asked.statement(payer[0], payer[1], date(2026, 3, 12)).entries == ()


@pytest.mark.parametrize(
    ("what", "data", "reason"),
    [
        ("not XML", b"{}", "FF01"),
        ("a DTD", b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>', "FF01"),
        ("an unknown element", (b"<BtchBookg>false</BtchBookg>", b"<Secret/>"), "FF01"),
        ("elements out of order", (b"<PmtMtd>TRF</PmtMtd><BtchBookg>false</BtchBookg>",
                                   b"<BtchBookg>false</BtchBookg><PmtMtd>TRF</PmtMtd>"), "FF01"),
        ("a wrong count", (b"<NbOfTxs>1</NbOfTxs>", b"<NbOfTxs>2</NbOfTxs>"), "AM18"),
        ("a wrong sum", (b"<CtrlSum>1.00</CtrlSum>", b"<CtrlSum>1.01</CtrlSum>"), "AM10"),
    ],
)  # fmt: skip
def test_a_broken_file_is_answered_with_a_rejection_of_the_whole(bank: Any, what: str, data: Any, reason: str) -> None:
    if isinstance(data, tuple):
        data = build_pain001(f"M{next(numbers)}", [order(cny("1.00"))]).replace(*data, 1)
    report = Bank(bank.source()).submit(data)
    assert (report.group_status, report.group_reason, report.payments) == ("RJCT", reason, ())


@pytest.fixture
def mailbox() -> Iterator[tuple[str, "queue.Queue[tuple[bytes, dict[str, str]]]", list[int]]]:
    """A receiver of webhooks that answers with the codes of a list, then with 200."""
    arrived: queue.Queue[tuple[bytes, dict[str, str]]] = queue.Queue()
    codes: list[int] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.put((body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(codes.pop(0) if codes else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/camt", arrived, codes
    server.shutdown()


def test_a_credit_is_announced_until_the_receiver_accepts_it(start: Callable[..., Any], mailbox: Any) -> None:
    url, arrived, codes = mailbox
    bank = start("bank")
    codes.append(500)
    asked = Bank(bank.source())
    asked.register_webhook(url)
    one = order(cny("100.00"))
    pay(bank, one)
    first, headers = arrived.get(timeout=20)
    second, _ = arrived.get(timeout=20)
    assert first == second
    ((notice,),) = [asked.read_webhook(first, headers)]
    assert (notice.account, notice.entries[0].amount, notice.entries[0].e2e_id) == (JIA[1], cny("100.00"), one.e2e_id)
    with pytest.raises(HashMismatch):
        asked.read_webhook(first.replace(b"100.00", b"900.00"), headers)
    with pytest.raises(SignatureInvalid):
        asked.read_webhook(first, {**headers, "x-answer-signature": "ed25519:" + "0" * 128})
    with pytest.raises(SignatureInvalid):
        asked.read_webhook(first, {})


@pytest.mark.parametrize("url", ["http://192.0.2.1/x", "https://127.0.0.1/x", "file:///etc/passwd", "http://localhost.evil/x"])
def test_the_bank_posts_to_this_machine_only(bank: Any, url: str) -> None:
    with pytest.raises(SourceRefused):
        Bank(bank.source()).register_webhook(url)


def test_a_restarted_bank_has_forgotten_nothing(start: Callable[..., Any], tmp_path: Path) -> None:
    db = str(tmp_path / "bank.db")
    bank = start("bank", db=db)
    one = order(cny("100.00"))
    pay(bank, one, message_id="BEFORE")
    bank.stop()
    again = start("bank", db=db)
    assert Bank(again.source()).evidence(one).result == "PASS"
    assert pay(again, one)[0].reason == "AM05"
    assert balance(again, PLANT) == 2_299_900_00
    assert books_balance(again)


def test_no_answer_is_no_proof(bank: Any) -> None:
    payer, payee = new_account(bank, "付款人", minor=100_00), new_account(bank, "收款人")
    one = order(cny("100.00"), payer, payee)
    data = build_pain001("OFFLINE", [one])
    bank.fault("offline", times=2)
    with pytest.raises(SourceDown):
        Bank(bank.source()).submit(data)
    assert Bank(bank.source()).evidence(one).result == "UNKNOWN"
    missing = Bank(bank.source()).evidence(one)
    assert (missing.result, missing.reason, missing.evidence is not None) == ("FAIL", "NONE", True)
    assert Bank(bank.source()).submit(data).payments[0].settled


def test_a_slow_bank_is_a_silent_one_and_asking_again_pays_once(bank: Any) -> None:
    payer, payee = new_account(bank, "付款人", minor=100_00), new_account(bank, "收款人")
    data = build_pain001("SLOW", [order(cny("100.00"), payer, payee)])
    bank.fault("delay", seconds=2, times=1)
    with pytest.raises(SourceDown):
        Bank(bank.source(timeout_s=0.5)).submit(data)
    assert Bank(bank.source()).submit(data).payments[0].settled
    assert balance(bank, payer) == 0


def test_a_document_changed_on_its_way_is_not_believed(bank: Any) -> None:
    data = build_pain001(f"M{next(numbers)}", [order(cny("9,999,999.00"))])
    bank.fault("forged", times=1)
    with pytest.raises(SignatureInvalid):
        Bank(bank.source()).submit(data)


def test_evidence_of_another_amount_or_account_is_no_proof_of_this_payment(bank: Any) -> None:
    payer, payee = new_account(bank, "付款人", minor=100_00), new_account(bank, "收款人")
    one = order(cny("100.00"), payer, payee)
    pay(bank, one)
    for other in (REPLACE(one, amount=cny("100.01")), REPLACE(one, creditor_account="1"), REPLACE(one, creditor_agent=ICBC)):
        proof = Bank(bank.source()).evidence(other)
        assert (proof.result, proof.reason) == ("FAIL", "OTHER_PAYMENT")


def test_the_books_balance_after_a_thousand_mixed_payments(start: Callable[..., Any]) -> None:
    """Paid and refused ones between four accounts of three banks; every bank's books sum to zero, no money is made."""
    bank = start("bank")
    accounts = [new_account(bank, f"户{n}", minor=100_00, cnaps=cnaps) for n, cnaps in enumerate((ABC, ABC, ICBC, BOC))]
    settled = 0
    for round_no in range(4):
        for at, payer in enumerate(accounts):
            orders = [
                order(Money("CNY", 1 + (round_no * 7919 + at * 104729 + n * 1299709) % 150_00), payer, accounts[(at + 1 + n % 3) % 4])
                for n in range(63)
            ]  # fmt: skip
            settled += sum(one.settled for one in pay(bank, *orders))
    assert 0 < settled < 4 * 4 * 63
    assert sum(balance(bank, account) for account in accounts) == 400_00
    assert all(balance(bank, account) >= 0 for account in accounts)
    assert books_balance(bank)


def test_three_thousand_orders_of_a_month_end_are_one_file(start: Callable[..., Any]) -> None:
    bank = start("bank")
    payee = new_account(bank, "收款人")
    orders = [order(cny("1.00"), payee=payee) for _ in range(3000)]
    source = bank.source(timeout_s=120)
    assert all(one.settled for one in Bank(source).submit(build_pain001("MONTH-END", orders)).payments)
    assert balance(bank, payee) == 3000_00


@pytest.mark.parametrize("minor", [0, -1])
def test_cash_paid_in_is_above_zero(bank: Any, minor: int) -> None:
    content = {"bank_cnaps": PLANT[0], "acct_no": PLANT[1], "minor": minor}
    assert bank.post("/admin/deposit", content).json()["code"] == "MONEY_INVALID"


def test_a_number_is_given_to_one_account_only(bank: Any) -> None:
    content = {"bank_cnaps": PLANT[0], "acct_no": PLANT[1], "acct_name": "另一户"}
    assert bank.post("/accounts", content).status_code == 409


def test_a_page_of_another_name_cannot_reach_the_stand_in(bank: Any) -> None:
    answer = httpx.get(bank.url + "/health", headers={"Host": "bank.example"}, trust_env=False)
    assert answer.status_code == 400


def test_a_report_of_the_bank_is_read_by_its_schema(bank: Any) -> None:
    answer = httpx.post(bank.url + "/iso20022", content=build_pain001(f"M{next(numbers)}", [order(cny("1.00"))]))
    assert answer.headers["content-type"] == "application/xml"
    assert parse_pain002(answer.content).original_message_id.startswith("M")
