"""sim-tax: checking of invoices by their five elements, and taxpayers' profiles.

`python -m heqi.standins.tax --port P --seed s03|N` (N makes N invoices, the same for the same N)

    POST /invoice/verify {kind, code, number, date, ex_tax_fen | total_fen, check6}
    POST /invoice/reverse {code, number, status}    GET /profile/{uscc}

The five elements: a special invoice (专票) by code, number, date and amount without tax; an ordinary one (普票) by code,
number, date and the last six of its check code; a fully digital one (数电票) by number, date and total with tax.

What holds here: a wrong element says MISMATCH and shows nothing of the invoice; five checks a day for one invoice, found
or not; an invoice of tomorrow or of more than five years ago is not looked up. A question that does not fit is UNKNOWN,
not FAIL: it says nothing about the invoice, and nobody can spoil another's good one by asking wrongly. FAIL is for an
invoice that is void, red or reversed, or that does not exist.
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal

import msgspec

from heqi.standins.service import Ask, Said, StandIn
from heqi.standins.start import Seed, Source, main
from heqi.standins.store import Row, Store
from heqi.types.dates import add_months
from heqi.types.ids import check_invoice
from heqi.types.refusals import NotFound, SchemaInvalid, StateInvalid
from heqi.types.text import normalise_document_no

SCHEMA = """
CREATE TABLE IF NOT EXISTS invoice (
    kind TEXT NOT NULL, code TEXT NOT NULL, number TEXT NOT NULL, date TEXT NOT NULL, seller TEXT NOT NULL,
    seller_name TEXT NOT NULL, buyer TEXT NOT NULL, buyer_name TEXT NOT NULL, ex_tax_fen INTEGER NOT NULL,
    tax_fen INTEGER NOT NULL, total_fen INTEGER NOT NULL, check6 TEXT NOT NULL, status INTEGER NOT NULL,
    remark TEXT NOT NULL, lines TEXT NOT NULL, PRIMARY KEY (code, number), CHECK (total_fen = ex_tax_fen + tax_fen));
CREATE TABLE IF NOT EXISTS checked (
    code TEXT NOT NULL, number TEXT NOT NULL, day TEXT NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (code, number, day));
CREATE TABLE IF NOT EXISTS profile (
    uscc TEXT PRIMARY KEY, tax_grade TEXT NOT NULL, tax_paid_12m_fen INTEGER NOT NULL,
    sales_12m_fen INTEGER NOT NULL, months_zero INTEGER NOT NULL, arrears_fen INTEGER NOT NULL);
"""
CHECKS_A_DAY = 5
WINDOW_MONTHS = 60

Kind = Literal["SPECIAL", "ORDINARY", "DIGITAL"]
ELEMENT = {"SPECIAL": "ex_tax_fen", "ORDINARY": "check6", "DIGITAL": "total_fen"}
"""The element, besides code, number and date, that each kind is checked by."""
NORMAL, VOID, RED, REVERSED = 0, 10, 20, 30


class Elements(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /invoice/verify: the five elements."""

    kind: Kind
    number: str
    date: date
    code: str = ""
    ex_tax_fen: int | None = None
    total_fen: int | None = None
    check6: str | None = None


class Reversal(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /invoice/reverse: 10 void, 30 reversed."""

    number: str
    code: str = ""
    status: Literal[10, 30] = REVERSED


class Invoice(msgspec.Struct, forbid_unknown_fields=True):
    """An invoice of a seed file; amounts in fen, the total is their sum."""

    kind: Kind
    number: str
    date: date
    seller: str
    seller_name: str
    buyer: str
    buyer_name: str
    ex_tax_fen: int
    tax_fen: int
    code: str = ""
    check6: str = ""
    status: int = NORMAL
    remark: str = ""
    lines: list[dict[str, Any]] = []


class Profile(msgspec.Struct, forbid_unknown_fields=True):
    """A taxpayer of a seed file."""

    uscc: str
    tax_grade: Literal["A", "B", "M", "C", "D"]
    tax_paid_12m_fen: int
    sales_12m_fen: int
    months_zero: int = 0
    arrears_fen: int = 0


class TaxSeed(msgspec.Struct, forbid_unknown_fields=True):
    """The section `tax` of a seed file."""

    invoices: list[Invoice] = []
    profiles: list[Profile] = []


def seed(store: Store, data: Seed) -> None:
    """A seed file's invoices and profiles, or so many made invoices."""
    if isinstance(data, int):
        store.insert_many("invoice", made_invoices(data, store.today))
        return
    given = msgspec.convert(data, TaxSeed)
    for one in given.invoices:
        check_invoice(one.code or None, one.number)
        row = msgspec.structs.asdict(one) | {
            "date": one.date.isoformat(),
            "total_fen": one.ex_tax_fen + one.tax_fen,
            "lines": msgspec.json.encode(one.lines).decode(),
        }
        store.insert("invoice", **row)
    store.insert_many("profile", (msgspec.structs.asdict(one) for one in given.profiles))


def made_invoices(count: int, today: date) -> Iterator[Row]:
    """Invoices of province 99, which does not exist; number `n` is the same in every seed of that business date."""
    # A fixed generator, so that a demonstration can be repeated; nothing here is secret.
    dice = random.Random(0)
    for n in range(count):
        ex_tax = dice.randrange(100, 500_000_000)
        tax = (ex_tax * 13 + 50) // 100
        kind: Kind = ("DIGITAL", "SPECIAL", "ORDINARY")[n % 3]
        yield {
            "kind": kind,
            "code": "" if kind == "DIGITAL" else "9900262130",
            "number": f"{today:%y}990{n:015d}" if kind == "DIGITAL" else f"{n:08d}",
            "date": (today - timedelta(days=dice.randrange(0, 365))).isoformat(),
            "seller": f"91990000MB{n % 997:07d}S",
            "seller_name": f"示范销方{n % 997}",
            "buyer": f"91990000MB{n % 89:07d}B",
            "buyer_name": f"示范购方{n % 89}",
            "ex_tax_fen": ex_tax,
            "tax_fen": tax,
            "total_fen": ex_tax + tax,
            "check6": f"{dice.randrange(10**6):06d}" if kind == "ORDINARY" else "",
            "status": NORMAL,
            "remark": "",
            "lines": "[]",
        }


def attach(stand_in: StandIn) -> None:
    """Gives the stand-in its acts."""
    store = stand_in.store

    def verify(ask: Ask) -> Said:
        return _verify(store, ask.json(Elements))

    def reverse(ask: Ask) -> Said:
        return _reverse(store, ask.json(Reversal))

    def profile(ask: Ask) -> Said:
        found = store.one("SELECT * FROM profile WHERE uscc = ?", ask.path["uscc"])
        if found is None:
            raise NotFound(record=f"纳税人 taxpayer {ask.path['uscc'][:40]}")
        return Said(f"TAX_PROFILE:{found['uscc']}", found)

    stand_in.routes += [
        ("POST", "/invoice/verify", "INVOICE", verify),
        ("POST", "/invoice/reverse", "reversal", reverse),
        ("GET", "/profile/{uscc}", "TAX_PROFILE", profile),
    ]


def _verify(store: Store, asked: Elements) -> Said:
    """`outcome`: MATCH; or MISMATCH, NOT_FOUND, FUTURE_DATE, OUT_OF_WINDOW, LIMITED, which show nothing."""
    element = ELEMENT[asked.kind]
    said = getattr(asked, element)
    if said is None or (asked.kind == "DIGITAL") == bool(asked.code):
        raise SchemaInvalid(problem=f"{asked.kind}: {element}, code", field=element if said is None else "code")
    document = f"INVOICE:{asked.code}:{normalise_document_no(asked.number)}"
    # The question is part of the signed answer, so that an answer cannot be shown for another invoice.
    facts = {"invoice_kind": asked.kind, "code": asked.code, "number": asked.number, "date": asked.date.isoformat()}
    outcome, found = _look_up(store, asked, element, said)
    facts["outcome"] = outcome
    if found is None:
        return Said(document, facts, "FAIL" if outcome == "NOT_FOUND" else "UNKNOWN")
    facts |= {name: found[name] for name in ("seller", "seller_name", "buyer", "buyer_name", "remark")}
    facts |= {"ex_tax": found["ex_tax_fen"], "tax": found["tax_fen"], "total": found["total_fen"], "ccy": "CNY"}
    facts["status"] = str(found["status"])
    lines = {"lines": msgspec.json.decode(found["lines"])}
    return Said(document, facts, "PASS" if found["status"] == NORMAL else "FAIL", more=lines)


def _look_up(store: Store, asked: Elements, element: str, said: Any) -> tuple[str, Row | None]:
    """The outcome, and the invoice only when every element fits."""
    if asked.date > store.today:
        return "FUTURE_DATE", None
    if asked.date < add_months(store.today, -WINDOW_MONTHS):
        return "OUT_OF_WINDOW", None
    if _count(store, asked) > CHECKS_A_DAY:
        return "LIMITED", None
    found = store.one("SELECT * FROM invoice WHERE code = ? AND number = ?", asked.code, asked.number)
    if found is None:
        return "NOT_FOUND", None
    same = (found["kind"], found["date"], found[element]) == (asked.kind, asked.date.isoformat(), said)
    return ("MATCH", found) if same else ("MISMATCH", None)


def _count(store: Store, asked: Elements) -> int:
    """How often this invoice was asked for today, this time included."""
    key = (asked.code, asked.number, store.today.isoformat())
    store.run("INSERT INTO checked VALUES (?, ?, ?, 1) ON CONFLICT (code, number, day) DO UPDATE SET times = times + 1", *key)
    found = store.one("SELECT times FROM checked WHERE code = ? AND number = ? AND day = ?", *key)
    return found["times"] if found else 0


def _reverse(store: Store, asked: Reversal) -> Said:
    found = store.one("SELECT * FROM invoice WHERE code = ? AND number = ?", asked.code, asked.number)
    if found is None:
        raise NotFound(record=f"发票 invoice {asked.code} {asked.number}"[:60])
    if found["status"] != NORMAL:
        raise StateInvalid(record=asked.number, stage=str(found["status"]), act="reverse")
    store.run("UPDATE invoice SET status = ? WHERE code = ? AND number = ?", asked.status, asked.code, asked.number)
    facts = {"code": asked.code, "number": asked.number, "status": str(asked.status)}
    return Said(f"reversal:{asked.code}:{asked.number}", facts)


SOURCE = Source("sim-tax", SCHEMA, seed, attach)

if __name__ == "__main__":
    main(SOURCE)
