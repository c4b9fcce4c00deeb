"""sim-erp: a core enterprise's orders, goods receipts and open payables. `python -m heqi.standins.erp --port P --seed s03|N`

    GET  /po?since=   /grn?since=   /ap?since=    records after a number, at most 500, with `next`; each payable is signed
                                                  singly as the source sim-erp-<USCC of its company>, for the ledger
    GET  /ap.csv?encoding=utf-8|gb18030           the nightly drop, SAP headings, trailing minus for credit notes
    POST /confirm {ap_nos, reference}             these items were turned into vouchers: the payment run leaves them out

What holds here: GR/IR is matched when the quantities of order, receipts and invoice are equal (三单匹配), so a wrong
quantity in the data is what makes an item unmatched; an item is confirmed once, under one reference.
"""

import csv
import io
from datetime import date, timedelta
from typing import Any

import msgspec

from heqi.standins.service import Ask, File, Said, StandIn
from heqi.standins.start import Seed, Source, main
from heqi.standins.store import Row, Store
from heqi.types.refusals import AlreadyExists, NotFound, SchemaInvalid
from heqi.types.text import normalise_document_no

SCHEMA = """
CREATE TABLE IF NOT EXISTS company (code TEXT PRIMARY KEY, uscc TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS po (
    seq INTEGER PRIMARY KEY, po_no TEXT NOT NULL UNIQUE, company TEXT NOT NULL, vendor TEXT NOT NULL, qty INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL, plant TEXT NOT NULL, day TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS grn (
    seq INTEGER PRIMARY KEY, grn_no TEXT NOT NULL UNIQUE, po_no TEXT NOT NULL REFERENCES po (po_no), qty INTEGER NOT NULL,
    day TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ap (
    seq INTEGER PRIMARY KEY, company TEXT NOT NULL, year INTEGER NOT NULL, document_no TEXT NOT NULL, item INTEGER NOT NULL,
    vendor TEXT NOT NULL, vendor_name TEXT NOT NULL, po_no TEXT NOT NULL, qty INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL, due_date TEXT NOT NULL, posting_date TEXT NOT NULL, invoice_no TEXT NOT NULL,
    plant TEXT NOT NULL, confirmed TEXT NOT NULL DEFAULT '', UNIQUE (company, year, document_no, item));
"""
PAGE = 500
HEADINGS = ["Company Code", "Fiscal Year", "Document Number", "Item", "Tax Number 5", "Vendor Name",
            "Amount in Local Currency", "Local Currency", "Net Due Date", "GR/IR Matched", "Reference",
            "Purchasing Document", "Plant", "Posting Date"]  # fmt: skip
_AP = """
SELECT ap.*, company.uscc AS issuer,
    (ap.qty = po.qty AND ap.qty = (SELECT COALESCE(SUM(qty), 0) FROM grn WHERE grn.po_no = ap.po_no)) AS matched
FROM ap JOIN company ON company.code = ap.company LEFT JOIN po ON po.po_no = ap.po_no
WHERE ap.seq > ? ORDER BY ap.seq LIMIT ?"""


class Company(msgspec.Struct, forbid_unknown_fields=True):
    """A company whose books the ERP keeps: its code there and its USCC."""

    code: str
    uscc: str


class Po(msgspec.Struct, forbid_unknown_fields=True):
    """A purchase order."""

    po_no: str
    company: str
    vendor: str
    qty: int
    amount_fen: int
    plant: str
    day: date


class Grn(msgspec.Struct, forbid_unknown_fields=True):
    """A goods receipt note on an order."""

    grn_no: str
    po_no: str
    qty: int
    day: date


class Ap(msgspec.Struct, forbid_unknown_fields=True):
    """`amount_fen` below zero is a credit note."""

    company: str
    year: int
    document_no: str
    vendor: str
    vendor_name: str
    po_no: str
    qty: int
    amount_fen: int
    due_date: date
    posting_date: date
    invoice_no: str
    plant: str
    item: int = 1


class ErpSeed(msgspec.Struct, forbid_unknown_fields=True):
    """The section `erp` of a seed file."""

    companies: list[Company]
    po: list[Po] = []
    grn: list[Grn] = []
    ap: list[Ap] = []


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /confirm."""

    ap_nos: list[str]
    reference: str


def seed(store: Store, data: Seed) -> None:
    """A seed file's records, or so many made ones."""
    given = _made(data, store.today) if isinstance(data, int) else msgspec.convert(data, ErpSeed)
    for table, records in (("company", given.companies), ("po", given.po), ("grn", given.grn), ("ap", given.ap)):
        for one in records:
            row = msgspec.structs.asdict(one)
            store.insert(table, **{k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()})


def attach(stand_in: StandIn) -> None:
    """Gives the stand-in its acts."""
    store = stand_in.store

    def page(table: str) -> Any:
        def act(ask: Ask) -> Said:
            since = ask.number("since")
            rows = store.all(f"SELECT * FROM {table} WHERE seq > ? ORDER BY seq LIMIT ?", since, PAGE)
            return Said(f"{table}:{since}", {"items": rows, "next": rows[-1]["seq"] if rows else since})

        return act

    def payables(ask: Ask) -> Said:
        since = ask.number("since")
        rows = store.all(_AP, since, PAGE)
        items = [stand_in.signed(stand_in.dated("AP_ITEM", _said(row))) for row in rows]
        return Said(f"ap:{since}", {"items": items, "next": rows[-1]["seq"] if rows else since})

    def drop(ask: Ask) -> File:
        encoding = ask.query.get("encoding", "utf-8")
        if encoding not in ("utf-8", "gb18030"):
            raise SchemaInvalid(problem="encoding ∉ {utf-8, gb18030}", field="encoding")
        return File(_csv(store.all(_AP, 0, -1)).encode(encoding), f"text/csv; charset={encoding}")

    def confirm(ask: Ask) -> Said:
        return _confirm(store, ask.json(Confirmation))

    stand_in.routes += [
        ("GET", "/po", "po", page("po")),
        ("GET", "/grn", "grn", page("grn")),
        ("GET", "/ap", "ap", payables),
        ("GET", "/ap.csv", "ap.csv", drop),
        ("POST", "/confirm", "confirmation", confirm),
    ]


def _confirm(store: Store, asked: Confirmation) -> Said:
    """All or none. The same items under the same reference again are the same confirmation."""
    if not asked.ap_nos or not asked.reference:
        raise SchemaInvalid(problem="ap_nos, reference")
    known = {_ap_no(row): row for row in store.all(_AP, 0, -1)}
    for ap_no in asked.ap_nos:
        if ap_no not in known:
            raise NotFound(record=f"应付 payable {ap_no[:60]}")
        if known[ap_no]["confirmed"] not in ("", asked.reference):
            raise AlreadyExists(record=f"{ap_no} → {known[ap_no]['confirmed']}")
        store.run("UPDATE ap SET confirmed = ? WHERE seq = ?", asked.reference, known[ap_no]["seq"])
    return Said(f"confirmation:{asked.reference}"[:200], {"ap_nos": asked.ap_nos, "reference": asked.reference})


def _said(row: Row) -> Said:
    """One open item. PASS: a payable whose receipt, order and invoice agree; a credit note is none."""
    ap_no = _ap_no(row)
    facts = {
        "ap_no": ap_no,
        "seller": row["vendor"],
        "seller_name": row["vendor_name"],
        "buyer": row["issuer"],
        "document_no": row["document_no"],
        "total": row["amount_fen"],
        "ccy": "CNY",
        "date": row["posting_date"],
        "due_date": row["due_date"],
        "gr_ir_matched": int(bool(row["matched"])),
        "invoice_no": row["invoice_no"],
        "contract_no": row["po_no"],
        "plant": row["plant"],
        "confirmed": row["confirmed"],
    }
    good = bool(row["matched"]) and row["amount_fen"] > 0
    document = f"AP_ITEM:{row['issuer']}:{normalise_document_no(ap_no)}"
    return Said(document, facts, "PASS" if good else "FAIL", on_behalf=row["issuer"])


def _ap_no(row: Row) -> str:
    return f"{row['company']}-{row['year']}-{row['document_no']}-{row['item']}"


def _csv(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for row in rows:
        due, posted = (date.fromisoformat(row[name]).strftime("%d.%m.%Y") for name in ("due_date", "posting_date"))
        writer.writerow(
            [row["company"], row["year"], row["document_no"], row["item"], row["vendor"], row["vendor_name"],
             _sap_amount(row["amount_fen"]), "CNY", due, "X" if row["matched"] else "", row["invoice_no"], row["po_no"],
             row["plant"], posted]
        )  # fmt: skip
    return out.getvalue()


def _sap_amount(fen: int) -> str:
    """SAP's way: thousands separators, the minus behind."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{yuan:,}.{rest:02d}{'-' if fen < 0 else ''}"


PLANT_ONE = "91990000MA00019166"
VENDORS = (("91990000MA00020535", "供应商甲"), ("91990000MA0002125X", "供应商乙"), ("91990000MA0002192U", "供应商丙"))


def _made(count: int, today: date) -> ErpSeed:
    """`count` open items of three vendors: every 50th a credit note, every 20th with a missing receipt."""
    made = ErpSeed([Company("1000", PLANT_ONE)])
    for n in range(1, count + 1):
        vendor, name = VENDORS[n % len(VENDORS)]
        posted, po_no, plant = today - timedelta(days=n % 60), f"45{n:08d}", f"{1000 + n % 5}"
        amount = (10_000 + n * 7_919 % 90_000_000) * (-1 if n % 50 == 0 else 1)
        made.po.append(Po(po_no, "1000", vendor, 100, abs(amount), plant, posted))
        if n % 20:
            made.grn.append(Grn(f"50{n:08d}", po_no, 100, posted))
        made.ap.append(
            Ap("1000", posted.year, f"51{n:08d}", vendor, name, po_no, 100, amount, posted + timedelta(days=150), posted,
               f"{today:%y}990{n:015d}", plant)
        )  # fmt: skip
    return made


SOURCE = Source("sim-erp", SCHEMA, seed, attach)

if __name__ == "__main__":
    main(SOURCE)
