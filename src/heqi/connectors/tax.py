"""Invoice checks and taxpayers' profiles at the tax authority (sim-tax).

What holds here: PASS means all five elements match, the invoice is normal, and the answer speaks of the invoice that was
asked for. A voided, reversed or unknown invoice is FAIL. A question that does not fit (MISMATCH, a future date), a source
that is down or asked too often is UNKNOWN: it says nothing against the invoice, and `reason` says what to do about it.
"""

from datetime import date
from typing import Literal

import msgspec

from heqi.connectors.answers import Checked, Result, judge
from heqi.connectors.source import Source
from heqi.types.ids import check_uscc

NORMAL, MATCH = "0", "MATCH"
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
    """What the authority says; `outcome` MATCH comes with facts in minor units of `ccy`, any other word without.

    `status` "0" normal, "10" void, "20" red, "30" reversed.
    """

    outcome: str
    invoice_kind: str
    code: str
    number: str
    date: date
    seller: str = ""
    seller_name: str = ""
    buyer: str = ""
    buyer_name: str = ""
    ex_tax: int = 0
    tax: int = 0
    total: int = 0
    ccy: str = ""
    status: str = ""
    remark: str = ""


class TaxProfile(msgspec.Struct, frozen=True):
    """A taxpayer's standing: grade A, B, M, C or D; sums in fen over the last twelve months."""

    uscc: str
    tax_grade: str
    tax_paid_12m_fen: int
    sales_12m_fen: int
    months_zero: int
    arrears_fen: int


class Tax:
    """The tax authority's answers as typed records."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def verify_invoice(self, asked: InvoiceQuestion) -> Checked[InvoiceFacts]:
        """Five checks a day for one invoice; the sixth is UNKNOWN (LIMITED)."""

        def rule(facts: InvoiceFacts) -> tuple[Result, str]:
            if (facts.invoice_kind, facts.code, facts.number, facts.date) != (asked.kind, asked.code, asked.number, asked.date):
                return "UNKNOWN", "OTHER_INVOICE"
            if facts.outcome != MATCH:
                return ("FAIL" if facts.outcome == "NOT_FOUND" else "UNKNOWN"), facts.outcome
            if asked.ex_tax_fen not in (None, facts.ex_tax) or asked.total_fen not in (None, facts.total):
                return "UNKNOWN", "OTHER_INVOICE"
            return ("PASS", "") if facts.status == NORMAL else ("FAIL", f"STATUS_{facts.status}")

        return judge("INVOICE", asked, lambda: self._source.post("/invoice/verify", "INVOICE", asked), InvoiceFacts, rule)

    def reverse(self, number: str, code: str = "") -> None:
        """A red-letter reversal (红冲) at the authority; the story's way to make an invoice go bad."""
        self._source.post("/invoice/reverse", "reversal", {"number": number, "code": code})

    def profile(self, uscc: str) -> Checked[TaxProfile]:
        check_uscc(uscc)

        def rule(facts: TaxProfile) -> tuple[Result, str]:
            return ("PASS", "") if facts.uscc == uscc else ("FAIL", "OTHER_TAXPAYER")

        ask = {"uscc": uscc}
        return judge("TAX_PROFILE", ask, lambda: self._source.get(f"/profile/{uscc}", "TAX_PROFILE"), TaxProfile, rule)
