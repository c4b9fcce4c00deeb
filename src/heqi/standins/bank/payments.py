"""What a bank does with a payment order: paid wholly or refused, once, for a reason that stands in its data.

The order of the checks, which is the order of the tests: AM05 paid already · DT01 value date passed · AC08 unknown bank ·
AC01 unknown account · AC04 closed · AC06 frozen · AG01 dormant · RR04 watched · BE01 wrong name (each of these first for
the debtor, then for the creditor) · AM03 another currency · AM14 above a limit · AM04 insufficient funds.

What holds here: an EndToEndId of a debtor account is paid at most once. A refused one may be sent again under the same
id (conventions-14-21, F07 and F11); one that is pending or paid is AM05. An order for a later day is ACSP until that day.
"""

from datetime import date

import msgspec

from heqi.standins.bank import books
from heqi.standins.bank.books import AccountKey
from heqi.standins.store import Row, Store
from heqi.types.refusals import NotFound, StateInvalid

SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (
    id INTEGER PRIMARY KEY, message_id TEXT NOT NULL, e2e_id TEXT NOT NULL,
    debtor_agent TEXT NOT NULL, debtor_account TEXT NOT NULL, debtor_name TEXT NOT NULL, creditor_agent TEXT NOT NULL,
    creditor_account TEXT NOT NULL, creditor_name TEXT NOT NULL, minor INTEGER NOT NULL, ccy TEXT NOT NULL,
    value_date TEXT NOT NULL, purpose TEXT NOT NULL, remittance TEXT NOT NULL, document_nos TEXT NOT NULL,
    ultimate_debtor TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, settled_on TEXT, returned_on TEXT, return_reason TEXT);
CREATE INDEX IF NOT EXISTS payment_e2e ON payment (e2e_id, debtor_account);
CREATE INDEX IF NOT EXISTS payment_pending ON payment (value_date) WHERE status = 'ACSP';
"""

STATUS_REASON = {"CLOSED": "AC04", "FROZEN": "AC06", "DORMANT": "AG01", "WATCHED": "RR04"}
"""What an account's status means for a payment; ACTIVE means nothing."""


class Order(msgspec.Struct, frozen=True):
    """One CdtTrfTxInf with what its PmtInf says. `document_nos` are the RfrdDocInf numbers."""

    e2e_id: str
    debtor_agent: str
    debtor_account: str
    debtor_name: str
    creditor_agent: str
    creditor_account: str
    creditor_name: str
    minor: int
    ccy: str
    value_date: date
    purpose: str
    remittance: str
    document_nos: tuple[str, ...]
    ultimate_debtor: str

    @property
    def debtor(self) -> AccountKey:
        return AccountKey(self.debtor_agent, self.debtor_account)

    @property
    def creditor(self) -> AccountKey:
        return AccountKey(self.creditor_agent, self.creditor_account)


class Settled(msgspec.Struct, frozen=True):
    """Money moved: the payment's number and the entry that moved it."""

    payment: int
    entry: int
    debtor: AccountKey
    creditor: AccountKey


def receive(store: Store, message_id: str, order: Order) -> tuple[Row, Settled | None]:
    """The payment as the bank keeps it, decided; and its settlement when it was due and possible."""
    live = store.one(
        "SELECT 1 FROM payment WHERE e2e_id = ? AND debtor_account = ? AND debtor_agent = ? AND status <> 'RJCT'",
        order.e2e_id, order.debtor_account, order.debtor_agent,
    )  # fmt: skip
    columns = msgspec.structs.asdict(order) | {
        "message_id": message_id,
        "value_date": order.value_date.isoformat(),
        "document_nos": msgspec.json.encode(order.document_nos).decode(),
    }
    if live or order.value_date < store.today:
        number = store.insert("payment", **columns, status="RJCT", reason="AM05" if live else "DT01")
        return _payment(store, number), None
    number = store.insert("payment", **columns, status="ACSP", reason="")
    settled = _settle(store, number, order) if order.value_date == store.today else _look_ahead(store, number, order)
    return _payment(store, number), settled


def settle_due(store: Store, day: date) -> list[Settled]:
    """The day has come: pending orders are decided on what the accounts say now, in the order they were received."""
    due = store.all("SELECT * FROM payment WHERE status = 'ACSP' AND value_date <= ? ORDER BY id", day.isoformat())
    return [settled for row in due if (settled := _settle(store, row["id"], _order(row)))]


def give_back(store: Store, e2e_id: str, reason: str) -> Settled:
    """The payee's bank sends a settled payment back (F14). Refused with StateInvalid when it is not settled."""
    (row,) = latest(store, e2e_id)[:1] or [None]
    if row is None:
        raise NotFound(record=e2e_id)
    if row["status"] != "ACSC":
        raise StateInvalid(record=e2e_id, stage=row["status"], act="return")
    order = _order(row)
    entry = books.transfer(store, "RETURN", row["id"], order.creditor, order.debtor, order.minor)
    today = store.today.isoformat()
    store.run("UPDATE payment SET status = 'RTND', returned_on = ?, return_reason = ? WHERE id = ?", today, reason, row["id"])
    return Settled(row["id"], entry, order.creditor, order.debtor)


def latest(store: Store, e2e_id: str, debtor_account: str | None = None, bank: str | None = None) -> list[Row]:
    """What became of an EndToEndId, one row per debtor account: the live order, else the last refused one."""
    rows = store.all("SELECT * FROM payment WHERE e2e_id = ? ORDER BY status = 'RJCT', id DESC", e2e_id)
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        if debtor_account in (None, row["debtor_account"]) and bank in (None, row["debtor_agent"]):
            found.setdefault((row["debtor_agent"], row["debtor_account"]), row)
    return list(found.values())


def why_not(store: Store, order: Order) -> str:
    """The reason code of the first check that fails, or "" when the payment can be made now."""
    found: list[Row] = []
    for key, name in ((order.debtor, order.debtor_name), (order.creditor, order.creditor_name)):
        if store.one("SELECT 1 FROM bank WHERE cnaps = ?", key.cnaps) is None:
            return "AC08"
        account = books.find(store, key)
        if account is None or account["internal"]:
            return "AC01"
        if account["status"] in STATUS_REASON:
            return STATUS_REASON[account["status"]]
        if account["name"] != name:
            return "BE01"
        found.append(account)
    if any(account["ccy"] != order.ccy for account in found):
        return "AM03"
    if any(account["limit_minor"] is not None and order.minor > account["limit_minor"] for account in found):
        return "AM14"
    return "AM04" if found[0]["balance"] < order.minor else ""


def _settle(store: Store, number: int, order: Order) -> Settled | None:
    reason = why_not(store, order)
    if reason:
        store.run("UPDATE payment SET status = 'RJCT', reason = ? WHERE id = ?", reason, number)
        return None
    entry = books.transfer(store, "TRANSFER", number, order.debtor, order.creditor, order.minor)
    store.run("UPDATE payment SET status = 'ACSC', settled_on = ? WHERE id = ?", store.today.isoformat(), number)
    return Settled(number, entry, order.debtor, order.creditor)


def _look_ahead(store: Store, number: int, order: Order) -> None:
    """A later order is refused today for anything but money, which may still come."""
    reason = why_not(store, order)
    if reason and reason != "AM04":
        store.run("UPDATE payment SET status = 'RJCT', reason = ? WHERE id = ?", reason, number)


def _payment(store: Store, number: int) -> Row:
    found = store.one("SELECT * FROM payment WHERE id = ?", number)
    assert found is not None
    return found


def _order(row: Row) -> Order:
    return msgspec.convert(
        {name: row[name] for name in Order.__struct_fields__} | {"document_nos": msgspec.json.decode(row["document_nos"])},
        Order,
    )
