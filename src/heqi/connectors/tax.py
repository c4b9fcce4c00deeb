"""Invoice checks and taxpayers' profiles at the tax authority (sim-tax).

What holds here: PASS means all five elements match, the invoice is normal, and the answer speaks of the invoice that was
asked for. A voided or reversed invoice is FAIL with its facts; a source that is down, or asked too often, is UNKNOWN.
"""

from datetime import date
from typing import Literal

import msgspec

from heqi.connectors.answers import Checked, Result, judge
from heqi.connectors.source import Source
from heqi.types.ids import check_uscc

NORMAL = 0
InvoiceKind = Literal["SPECIAL", "ORDINARY", "DIGITAL"]


class InvoiceQuestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """The five elements; amounts in fen. SPECIAL needs `ex_tax_fen`, ORDINARY `check6`, DIGITAL `total_fen`, no code."""

    kind: InvoiceKind
    number: str
    date: date
    code: str = ""
    ex_tax_fen: int | None = None
    total_fen: int | None = None
    check6: str | None = None


class InvoiceFacts(msgspec.Struct, frozen=True):
    """What the authority says; `result` MATCH comes with facts, any other word without. Status 0, 10, 20, 30."""

    result: str
    invoice_kind: str
    code: str
    number: str
    date: date
    seller: str = ""
    seller_name: str = ""
    buyer: str = ""
    buyer_name: str = ""
    ex_tax_fen: int | None = None
    tax_fen: int | None = None
    total_fen: int | None = None
    check6: str | None = None
    status: int | None = None
    remark: str = ""


class TaxProfile(msgspec.Struct, frozen=True):
    uscc: str
    tax_grade: str
    tax_paid_12m_fen: int
    sales_12m_fen: int
    months_zero: int
    arrears_fen: int


class Tax:
    def __init__(self, source: Source) -> None:
        self._source = source

    def verify_invoice(self, asked: InvoiceQuestion) -> Checked[InvoiceFacts]:
        """Five checks a day for one invoice; the sixth is UNKNOWN (LIMITED)."""

        def rule(facts: InvoiceFacts) -> tuple[Result, str]:
            if facts.result == "LIMITED":
                return "UNKNOWN", facts.result
            if facts.result != "MATCH":
                return "FAIL", facts.result
            echoed = (facts.invoice_kind, facts.code, facts.number, facts.date)
            elements = [(asked.ex_tax_fen, facts.ex_tax_fen), (asked.total_fen, facts.total_fen)]
            if echoed != (asked.kind, asked.code, asked.number, asked.date) or any(
                ours is not None and ours != theirs for ours, theirs in elements
            ):
                return "FAIL", "OTHER_INVOICE"
            return ("PASS", "") if facts.status == NORMAL else ("FAIL", f"STATUS_{facts.status}")

        return judge("invoice", asked, lambda: self._source.post("/invoice/verify", "invoice", asked), InvoiceFacts, rule)

    def reverse(self, number: str, code: str = "") -> None:
        """A red-letter reversal (红冲) at the authority; the story's way to make an invoice go bad."""
        self._source.post("/invoice/reverse", "reversal", {"number": number, "code": code})

    def profile(self, uscc: str) -> Checked[TaxProfile]:
        check_uscc(uscc)

        def rule(facts: TaxProfile) -> tuple[Result, str]:
            return ("PASS", "") if facts.uscc == uscc else ("FAIL", "OTHER_TAXPAYER")

        ask = {"uscc": uscc}
        return judge("tax_profile", ask, lambda: self._source.get(f"/profile/{uscc}", "tax_profile"), TaxProfile, rule)
