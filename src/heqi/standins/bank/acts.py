"""What may be asked of sim-bank over HTTP.

POST /iso20022              pain.001 → pain.002. The same file again gets the same answer; its MsgId with other
                            content is DUPL
GET  /evidence/{e2e_id}?bank=&debtor_account=    settlement evidence, signed as the source sim-bank-<CNAPS of the
                            debtor's bank>; status NONE when that bank has never seen it
GET  /camt053?bank=&acct=&date=      the statement of a day        GET /camt054?since=   notifications, oldest first
GET  /pacs004?bank=&since=           payments that other banks have sent back to this one, oldest first
POST /webhooks              {url}: each later camt.054 is posted there until it is accepted
POST /accounts   GET /accounts/{no}?bank=   POST /accounts/{no}/status
    GET  /balance/{no}?bank=    what the account holds, signed for the ledger as sim-bank-<CNAPS>
POST /admin/deposit   POST /admin/return (F14)   GET /admin/trial-balance
"""

import hashlib
from datetime import UTC, date, datetime
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from heqi.standins.bank import books, messages, payments
from heqi.standins.bank.books import AccountKey
from heqi.standins.bank.messages import FileRefused, Initiation
from heqi.standins.service import Ask, File, Said, StandIn
from heqi.standins.store import Row, Store
from heqi.types.refusals import Conflict, MoneyInvalid, NotFound, SchemaInvalid

SCHEMA = """
CREATE TABLE IF NOT EXISTS file (
    message_id TEXT NOT NULL, debtor TEXT NOT NULL, sha256 TEXT NOT NULL, report BLOB NOT NULL,
    PRIMARY KEY (message_id, debtor));
CREATE TABLE IF NOT EXISTS notice (seq INTEGER PRIMARY KEY, cnaps TEXT NOT NULL, no TEXT NOT NULL, xml BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sent_back (seq INTEGER PRIMARY KEY, cnaps TEXT NOT NULL, xml BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS webhook (id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE, delivered INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY);
"""
NOTICES_MAX = 500
_POSTINGS = """
SELECT posting.minor AS posted, entry.id AS entry_id, entry.day AS entry_day, entry.kind AS entry_kind, payment.*
FROM posting JOIN entry ON entry.id = posting.entry LEFT JOIN payment ON payment.id = entry.payment
WHERE posting.cnaps = ? AND posting.no = ? AND """
XML = "application/xml"

Status = Literal["ACTIVE", "CLOSED", "FROZEN", "DORMANT", "WATCHED"]
Kind = Literal["BASIC", "GENERAL", "SPECIAL", "ESCROW", "WAGE", "FX"]


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /accounts."""

    bank_cnaps: str
    acct_no: str
    acct_name: str
    kind: Kind = "GENERAL"
    ccy: str = "CNY"
    limit_minor: int | None = None


class NewStatus(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /accounts/{no}/status."""

    bank_cnaps: str
    status: Status


class Deposit(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /admin/deposit: cash, in minor units."""

    bank_cnaps: str
    acct_no: str
    minor: int


class Return(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /admin/return: the payment to send back and why."""

    e2e_id: str
    reason: str = "AC04"


class Webhook(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /webhooks."""

    url: str


class Acts:
    """The acts, each one request in one transaction."""

    def __init__(self, stand_in: StandIn) -> None:
        self.store: Store = stand_in.store
        stand_in.routes += [
            ("POST", "/iso20022", "pain.002", self.iso20022),
            ("GET", "/evidence/{e2e_id:path}", "PAYMENT", self.evidence),
            ("GET", "/camt053", "camt.053", self.camt053),
            ("GET", "/camt054", "camt.054", self.camt054),
            ("GET", "/pacs004", "pacs.004", self.pacs004),
            ("POST", "/webhooks", "webhook", self.webhook),
            ("POST", "/accounts", "account", self.open_account),
            ("GET", "/accounts/{no}", "account", self.account),
            ("GET", "/balance/{no}", "BALANCE", self.balance),
            ("POST", "/accounts/{no}/status", "account", self.set_status),
            ("POST", "/admin/deposit", "account", self.deposit),
            ("POST", "/admin/return", "PAYMENT", self.give_back),
            ("GET", "/admin/trial-balance", "trial_balance", self.trial_balance),
        ]
        stand_in.on_day = self.day_end

    def iso20022(self, ask: Ask) -> File:
        try:
            initiation = messages.read_pain001(ask.body)
        except FileRefused as refused:
            return self._report(Initiation(refused.message_id, ()), {}, refused)
        debtor = initiation.batches[0].orders[0].debtor
        owner, digest = f"{debtor.cnaps}/{debtor.no}", hashlib.sha256(ask.body).hexdigest()
        known = self.store.one("SELECT * FROM file WHERE message_id = ? AND debtor = ?", initiation.message_id, owner)
        if known and known["sha256"] == digest:
            return File(known["report"], XML)
        if known:
            return self._report(initiation, {}, FileRefused("DUPL", "this MsgId came with other content before"))
        decided: dict[str, list[Row]] = {}
        for batch in initiation.batches:
            rows = decided.setdefault(batch.payment_information_id, [])
            for order in batch.orders:
                row, settled = payments.receive(self.store, initiation.message_id, order)
                rows.append(row)
                self._notify([settled] if settled else [])
        report = self._report(initiation, decided)
        self.store.insert("file", message_id=initiation.message_id, debtor=owner, sha256=digest, report=report.body)
        return report

    def evidence(self, ask: Ask) -> Said:
        e2e_id = ask.path["e2e_id"]
        found = payments.latest(self.store, e2e_id, ask.query.get("debtor_account"), ask.query.get("bank"))
        if not found:
            bank = ask.query.get("bank", "")
            self._bank(bank)
            return Said(f"PAYMENT:{bank}:{e2e_id[:35]}", {"e2e_id": e2e_id[:35], "status": "NONE"}, "UNKNOWN", on_behalf=bank)
        if len(found) > 1:
            raise Conflict(record=f"{e2e_id}: debtor_account?")
        return _evidence(found[0])

    def camt053(self, ask: Ask) -> File:
        account, day = self._account(ask.query.get("bank", ""), ask.query.get("acct", "")), ask.day("date")
        key = AccountKey(account["cnaps"], account["no"])
        entries = self.store.all(_POSTINGS + "entry.day = ? ORDER BY posting.id", *_key(key), day.isoformat())
        opening = books.balance_before(self.store, key, day)
        return File(messages.write_camt053(self._number(), _now(), account, day, opening, entries), XML)

    def camt054(self, ask: Ask) -> Said:
        since = ask.number("since")
        rows = self.store.all("SELECT * FROM notice WHERE seq > ? ORDER BY seq LIMIT ?", since, NOTICES_MAX)
        return _page(f"camt.054:{since}", rows, since)

    def pacs004(self, ask: Ask) -> Said:
        bank, since = ask.query.get("bank", ""), ask.number("since")
        self._bank(bank)
        rows = self.store.all("SELECT * FROM sent_back WHERE cnaps = ? AND seq > ? ORDER BY seq LIMIT ?", bank, since, NOTICES_MAX)
        return _page(f"pacs.004:{bank}:{since}", rows, since)

    def webhook(self, ask: Ask) -> Said:
        url = ask.json(Webhook).url
        parts = urlsplit(url)
        # Only this machine: a stand-in posts nothing to anybody else.
        if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
            raise SchemaInvalid(problem=f"{url[:80]}: http://127.0.0.1…", field="url")
        last = self.store.one("SELECT COALESCE(MAX(seq), 0) AS seq FROM notice")
        self.store.run("INSERT OR IGNORE INTO webhook (url, delivered) VALUES (?, ?)", url, last["seq"] if last else 0)
        return Said(f"webhook:{url}"[:200], {"url": url})

    def balance(self, ask: Ask) -> Said:
        """What the account holds now, signed by its bank."""
        account = self._account(ask.query.get("bank", ""), ask.path["no"])
        facts = {"acct_no": account["no"], "ccy": account["ccy"], "minor": account["balance"]}
        return Said(f"BALANCE:{account['cnaps']}:{account['no']}", facts, "PASS", on_behalf=account["cnaps"])

    def open_account(self, ask: Ask) -> Said:
        new = ask.json(NewAccount)
        key = AccountKey(new.bank_cnaps, new.acct_no)
        books.open_account(
            self.store, key, name=new.acct_name, kind=new.kind, ccy=new.ccy, limit_minor=new.limit_minor
        )  # fmt: skip
        return _public(books.get(self.store, key))

    def account(self, ask: Ask) -> Said:
        return _public(self._account(ask.query.get("bank", ""), ask.path["no"]))

    def set_status(self, ask: Ask) -> Said:
        new = ask.json(NewStatus)
        account = self._account(new.bank_cnaps, ask.path["no"])
        key = AccountKey(account["cnaps"], account["no"])
        self.store.run("UPDATE account SET status = ? WHERE cnaps = ? AND no = ?", new.status, *_key(key))
        return _public(books.get(self.store, key))

    def deposit(self, ask: Ask) -> Said:
        paid = ask.json(Deposit)
        if paid.minor < 1:
            raise MoneyInvalid(problem=f"{paid.minor} < 1")
        key = AccountKey(paid.bank_cnaps, self._account(paid.bank_cnaps, paid.acct_no)["no"])
        books.deposit(self.store, key, paid.minor)
        return _public(books.get(self.store, key))

    def give_back(self, ask: Ask) -> Said:
        given = ask.json(Return)
        self._notify([payments.give_back(self.store, given.e2e_id, given.reason)])
        row = payments.latest(self.store, given.e2e_id)[0]
        if row["debtor_agent"] != row["creditor_agent"]:  # Within one bank no message goes between banks.
            self.store.insert("sent_back", cnaps=row["debtor_agent"], xml=messages.write_pacs004(self._number(), _now(), row))
        return _evidence(row)

    def trial_balance(self, ask: Ask) -> Said:
        return Said("trial_balance", {"banks": books.trial_balance(self.store)})

    def day_end(self, day: date) -> None:
        self._notify(payments.settle_due(self.store, day))

    def _bank(self, cnaps: str) -> None:
        if self.store.one("SELECT 1 FROM bank WHERE cnaps = ?", cnaps) is None:
            raise NotFound(record=f"银行 bank {cnaps[:12]}")

    def _account(self, cnaps: str, no: str) -> Row:
        found = books.get(self.store, AccountKey(cnaps, no))
        if found["internal"]:
            raise NotFound(record=f"账户 account {cnaps}/{no}")
        return found

    def _notify(self, settlements: list[payments.Settled]) -> None:
        """A camt.054 to the account that was credited, in the same transaction as the money."""
        for settled in settlements:
            key = settled.creditor
            entries = self.store.all(_POSTINGS + "entry.id = ?", *_key(key), settled.entry)
            xml = messages.write_camt054(self._number(), _now(), books.get(self.store, key), entries)
            self.store.insert("notice", cnaps=key.cnaps, no=key.no, xml=xml)

    def _report(
        self, initiation: Initiation, decided: dict[str, list[Row]], refused: FileRefused | None = None
    ) -> File:  # fmt: skip
        return File(messages.write_pain002(self._number(), _now(), initiation, decided, refused), XML)

    def _number(self) -> str:
        """The MsgId of the next message the bank writes."""
        return f"SIMBANK-{self.store.insert('message', id=None)}"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _page(subject: str, rows: list[Row], since: int) -> Said:
    notices = [{"seq": row["seq"], "xml": row["xml"].decode()} for row in rows]
    return Said(subject, {"notices": notices, "next": notices[-1]["seq"] if notices else since})


def _key(key: AccountKey) -> tuple[str, str]:
    return key.cnaps, key.no


def _public(account: Row) -> Said:
    facts = {
        "bank_cnaps": account["cnaps"],
        "acct_no": account["no"],
        "acct_name": account["name"],
        "acct_kind": account["kind"],
        "status": account["status"],
        "limit_minor": account["limit_minor"],
        "balance": {"ccy": account["ccy"], "minor": account["balance"]},
    }
    return Said(f"account:{account['cnaps']}/{account['no']}", facts)


RESULT: dict[str, Literal["PASS", "FAIL"]] = {"ACSC": "PASS", "RJCT": "FAIL", "RTND": "FAIL"}
"""PASS: the money has moved and is there. A pending payment is UNKNOWN."""


def _evidence(row: Row) -> Said:
    """What the debtor's bank says of one payment. RTND: it was settled and has come back."""
    facts = {
        "e2e_id": row["e2e_id"],
        "status": row["status"],
        "reason": row["return_reason"] or row["reason"],
        "ccy": row["ccy"],
        "minor": row["minor"],
        "debtor_agent": row["debtor_agent"],
        "debtor_account": row["debtor_account"],
        "creditor_agent": row["creditor_agent"],
        "creditor_account": row["creditor_account"],
        "creditor_name": row["creditor_name"],
        "value_date": row["value_date"],
        "settled_on": row["settled_on"] or "",
        "returned_on": row["returned_on"] or "",
    }
    document = f"PAYMENT:{row['debtor_agent']}:{row['e2e_id']}"
    return Said(document, facts, RESULT.get(row["status"], "UNKNOWN"), on_behalf=row["debtor_agent"])
