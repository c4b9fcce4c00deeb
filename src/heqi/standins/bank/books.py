"""The banks' books: double entry, kept bank by bank.

What holds here: the postings of an entry sum to zero within each bank, so every bank balances after every entry; a
customer's balance never goes below zero; an account's balance is the sum of its postings. A transfer between banks goes
over each bank's account with the central bank (SETTLE), and those accounts together sum to zero. Cash paid in comes
from the bank's CASH account. A posting is a credit when positive, a debit when negative.
"""

from datetime import date

import msgspec

from heqi.standins.store import Row, Store
from heqi.types.refusals import AlreadyExists, AmountExceedsBalance, NotFound

SCHEMA = """
CREATE TABLE IF NOT EXISTS bank (cnaps TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS account (
    cnaps TEXT NOT NULL REFERENCES bank, no TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, ccy TEXT NOT NULL,
    status TEXT NOT NULL, limit_minor INTEGER, balance INTEGER NOT NULL DEFAULT 0, internal INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (cnaps, no), CHECK (internal OR balance >= 0));
CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, day TEXT NOT NULL, kind TEXT NOT NULL, payment INTEGER);
CREATE TABLE IF NOT EXISTS posting (
    id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry, cnaps TEXT NOT NULL, no TEXT NOT NULL,
    minor INTEGER NOT NULL, FOREIGN KEY (cnaps, no) REFERENCES account);
CREATE INDEX IF NOT EXISTS posting_account ON posting (cnaps, no, entry);
"""

SETTLE, CASH = "SETTLE", "CASH"


class AccountKey(msgspec.Struct, frozen=True, order=True):
    """An account is known by its bank and its number there."""

    cnaps: str
    no: str


def open_bank(store: Store, cnaps: str, name: str) -> None:
    """A bank without accounts."""
    store.insert("bank", cnaps=cnaps, name=name)


def open_account(store: Store, key: AccountKey, *, name: str, kind: str, ccy: str, limit_minor: int | None, status: str = "ACTIVE") -> None:
    """A customer's account with nothing on it. Refused: NotFound the bank, AlreadyExists the number."""
    if store.one("SELECT 1 FROM bank WHERE cnaps = ?", key.cnaps) is None:
        raise NotFound(record=f"银行 bank {key.cnaps}")
    if find(store, key):
        raise AlreadyExists(record=f"账户 account {key.cnaps}/{key.no}")
    store.insert("account", cnaps=key.cnaps, no=key.no, name=name, kind=kind, ccy=ccy, status=status, limit_minor=limit_minor)


def find(store: Store, key: AccountKey) -> Row | None:
    """The account, or None."""
    return store.one("SELECT * FROM account WHERE cnaps = ? AND no = ?", key.cnaps, key.no)


def get(store: Store, key: AccountKey) -> Row:
    """The account. Refused with NotFound."""
    found = find(store, key)
    if found is None:
        raise NotFound(record=f"账户 account {key.cnaps}/{key.no}")
    return found


def deposit(store: Store, key: AccountKey, minor: int) -> int:
    """Cash paid in; gives the entry's number."""
    cash = _internal(store, key.cnaps, CASH, get(store, key)["ccy"])
    return post(store, "DEPOSIT", None, [(cash, -minor), (key, minor)])


def transfer(store: Store, kind: str, payment: int, debtor: AccountKey, creditor: AccountKey, minor: int) -> int:
    """Moves money between two customers, of one bank or of two; gives the entry's number."""
    lines = [(debtor, -minor), (creditor, minor)]
    if debtor.cnaps != creditor.cnaps:
        ccy = get(store, debtor)["ccy"]
        lines[1:1] = [
            (_internal(store, debtor.cnaps, SETTLE, ccy), minor),
            (_internal(store, creditor.cnaps, SETTLE, ccy), -minor),
        ]
    return post(store, kind, payment, lines)


def post(store: Store, kind: str, payment: int | None, lines: list[tuple[AccountKey, int]]) -> int:
    """One entry. Refused with AmountExceedsBalance when a customer's account would go below zero."""
    for cnaps in {key.cnaps for key, _ in lines}:
        assert sum(minor for key, minor in lines if key.cnaps == cnaps) == 0, "an entry balances within each bank"
    entry = store.insert("entry", day=store.today.isoformat(), kind=kind, payment=payment)
    for key, minor in lines:
        account = get(store, key)
        if not account["internal"] and account["balance"] + minor < 0:
            raise AmountExceedsBalance(record=key.no, available=account["balance"])
        store.insert("posting", entry=entry, cnaps=key.cnaps, no=key.no, minor=minor)
        store.run("UPDATE account SET balance = balance + ? WHERE cnaps = ? AND no = ?", minor, key.cnaps, key.no)
    return entry


def balance_before(store: Store, key: AccountKey, day: date) -> int:
    """The booked balance at the opening of `day`, in minor units."""
    found = store.one(
        "SELECT COALESCE(SUM(minor), 0) AS total FROM posting JOIN entry ON entry.id = entry"
        " WHERE cnaps = ? AND no = ? AND day < ?",
        key.cnaps, key.no, day.isoformat(),
    )  # fmt: skip
    return found["total"] if found else 0


def trial_balance(store: Store) -> dict[str, int]:
    """The sum of all balances of each bank. Every one is zero."""
    rows = store.all("SELECT cnaps, SUM(balance) AS total FROM account GROUP BY cnaps ORDER BY cnaps")
    return {row["cnaps"]: row["total"] for row in rows}


def _internal(store: Store, cnaps: str, name: str, ccy: str) -> AccountKey:
    key = AccountKey(cnaps, f"{name}-{ccy}")
    if not find(store, key):
        store.insert(
            "account", cnaps=cnaps, no=key.no, name=name, kind=name, ccy=ccy, status="ACTIVE", internal=1
        )  # fmt: skip
    return key
