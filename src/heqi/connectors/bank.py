"""A bank over ISO 20022 (sim-bank): orders out; status, statements, notifications and settlement evidence in.

What holds here: an instruction is not a payment. `evidence` is PASS only when the settlement bank itself has signed that
this order, with this amount between these accounts, is settled. When a bank does not answer, the same bytes may be sent
again: the same file gets the same answer.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal
from urllib.parse import quote

import msgspec

from heqi.connectors.answers import Checked, Result, SignedAnswer, judge, open_document
from heqi.connectors.iso20022 import (
    Notification,
    PaymentInstruction,
    PaymentReturn,
    Statement,
    StatusReport,
    parse_camt053,
    parse_camt054,
    parse_pacs004,
    parse_pain002,
)
from heqi.connectors.source import Source
from heqi.types.money import Money
from heqi.types.refusals import SchemaInvalid

XML = "application/xml"


class PaymentEvidence(msgspec.Struct, frozen=True):
    """The settlement bank's word: ACSC settled, ACSP pending, RJCT refused, RTND settled and come back, NONE unknown."""

    e2e_id: str
    status: str
    reason: str = ""
    ccy: str = ""
    minor: int = 0
    debtor_agent: str = ""
    debtor_account: str = ""
    creditor_agent: str = ""
    creditor_account: str = ""
    creditor_name: str = ""
    value_date: str = ""
    settled_on: str = ""
    returned_on: str = ""


class Account(msgspec.Struct, frozen=True):
    """`status` ACTIVE, CLOSED, FROZEN, DORMANT or WATCHED."""

    bank_cnaps: str
    acct_no: str
    acct_name: str
    acct_kind: str
    status: str
    limit_minor: int | None
    balance: Money


class _Notice(msgspec.Struct, frozen=True):
    seq: int
    xml: str


class _Notices(msgspec.Struct, frozen=True):
    notices: tuple[_Notice, ...]
    next: int


class Bank:
    """The bank's answers as typed records; refused with SourceDown, SourceRefused, SignatureInvalid, HashMismatch."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def submit(self, pain001: bytes) -> StatusReport:
        """Sends the file of `build_pain001`. SourceDown: send the same bytes again; nothing is paid twice."""
        return parse_pain002(self._source.post_document("/iso20022", "pain.002", pain001, XML))

    def evidence(self, order: PaymentInstruction) -> Checked[PaymentEvidence]:
        """PASS settled; FAIL refused, returned, unknown, or not this order; UNKNOWN pending or no answer."""

        def rule(facts: PaymentEvidence) -> tuple[Result, str]:
            if facts.e2e_id != order.e2e_id:
                return "FAIL", "OTHER_PAYMENT"
            if facts.status in ("NONE", "RJCT", "RTND"):
                return "FAIL", facts.reason or facts.status
            same = (
                (facts.ccy, facts.minor) == (order.amount.ccy, order.amount.minor)
                and (facts.debtor_agent, facts.debtor_account) == (order.debtor_agent, order.debtor_account)
                and (facts.creditor_agent, facts.creditor_account) == (order.creditor_agent, order.creditor_account)
            )
            if not same:
                return "FAIL", "OTHER_PAYMENT"
            return ("PASS", "") if facts.status == "ACSC" else ("UNKNOWN", facts.status)

        asked = {"bank": order.debtor_agent, "debtor_account": order.debtor_account}
        path = f"/evidence/{quote(order.e2e_id, safe='')}"

        def ask() -> SignedAnswer:
            return self._source.get(path, "PAYMENT", on_behalf=order.debtor_agent, **asked)

        return judge("PAYMENT", {"e2e_id": order.e2e_id, **asked}, ask, PaymentEvidence, rule)

    def statement(self, bank_cnaps: str, account: str, day: date) -> Statement:
        """The camt.053 of one business day."""
        found = parse_camt053(self._source.get_document("/camt053", "camt.053", bank=bank_cnaps, acct=account, date=day.isoformat()))
        if len(found) != 1 or (found[0].agent, found[0].account, found[0].day) != (bank_cnaps, account, day):
            raise SchemaInvalid(problem=f"camt.053 ≠ {account} {day}")
        return found[0]

    def notifications(self, since: int = 0) -> tuple[tuple[Notification, ...], int]:
        """The camt.054 after number `since`, and where to go on; the numbers are the same when there is nothing new."""
        found = self._source.get("/camt054", "camt.054", since=str(since)).facts(_Notices)
        return tuple(one for notice in found.notices for one in parse_camt054(notice.xml.encode())), found.next

    def returns(self, bank_cnaps: str, since: int = 0) -> tuple[tuple[PaymentReturn, ...], int]:
        """The pacs.004 a bank has received after number `since`, and where to go on. Proof is its signed `evidence` alone."""
        found = self._source.get("/pacs004", "pacs.004", bank=bank_cnaps, since=str(since)).facts(_Notices)
        return tuple(one for notice in found.notices for one in parse_pacs004(notice.xml.encode())), found.next

    def register_webhook(self, url: str) -> None:
        self._source.post("/webhooks", "webhook", {"url": url})

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> tuple[Notification, ...]:
        """What the bank posted to us, believed only under its key. `headers` compares names without case or in lower."""
        open_document(body, headers, self._source.key, self._source.name, "camt.054")
        return parse_camt054(body)

    def account(self, bank_cnaps: str, number: str) -> Account:
        return self._source.get(f"/accounts/{quote(number, safe='')}", "account", bank=bank_cnaps).facts(Account)

    def balance(self, bank_cnaps: str, number: str) -> SignedAnswer:
        """What the account holds, signed by its bank: evidence for the ledger (facts acct_no, ccy, minor)."""
        return self._source.get(f"/balance/{quote(number, safe='')}", "BALANCE", on_behalf=bank_cnaps, bank=bank_cnaps)

    def open_account(
        self,
        bank_cnaps: str,
        number: str,
        name: str,
        kind: Literal["BASIC", "GENERAL", "SPECIAL", "ESCROW", "WAGE", "FX"] = "GENERAL",
    ) -> Account:
        content = {"bank_cnaps": bank_cnaps, "acct_no": number, "acct_name": name, "kind": kind}
        return self._source.post("/accounts", "account", content).facts(Account)
