"""What the stand-ins sign is what the ledger accepts, byte for byte and field for field: nothing is translated between."""

from typing import Any

import msgspec
import pytest

from heqi.finance import parties, uses
from heqi.node.rehearsal import rehearse
from heqi.proof.suites import generate_key
from heqi.standins import erp, registry, tax
from heqi.standins.service import Ask, Said, StandIn
from heqi.standins.start import Source
from heqi.types.money import Money

from ..uses.play import contract as financing
from .sources import resolve

INVOICE = {"kind": "DIGITAL", "number": "26990000000000000101", "date": "2026-03-01", "total_fen": 240_000_000}
DOCUMENT = {"doc_type": "INVOICE", "number": INVOICE["number"]}


class Link:
    """A stand-in with the demonstration's data, in this process, and a fresh ledger of the same day that trusts it."""

    def __init__(self, source: Source, kind: str, *, name: str | None = None, org: str = "registrar") -> None:
        self.stage, self.cast = rehearse([financing, parties.register])
        self.stand_in: StandIn = source.open(":memory:", "s03", generate_key("ed25519"))
        self.kind = kind
        resolve(
            self.stage, self.cast, "verifications.trust_source", source=name or source.name, org=getattr(self.cast, org).org, alg="ed25519",
            public_key=self.stand_in.key.public.raw.hex(), kinds=[kind], valid_days=30,
        )  # fmt: skip

    def ask(self, route: str, body: dict[str, Any] | None = None, **path: str) -> Said:
        (act,) = [act for _, known, _, act in self.stand_in.routes if known == route]
        with self.stand_in.store.transaction():
            said = act(Ask(path, {}, msgspec.json.encode(body or {})))
        assert isinstance(said, Said)
        return said

    def record(self, said: Said) -> Any:
        signed = self.stand_in.signed(self.stand_in.dated(self.kind, said))
        return self.stage.act("verifications.record", self.cast.boc.api, answer=signed["answer"], signature=signed["signature"])


def test_the_tax_offices_answer_registers_an_invoice_and_its_reversal_kills_it():
    link = Link(tax.SOURCE, "INVOICE")
    link.record(link.ask("/invoice/verify", INVOICE))
    total = Money("CNY", 240_000_000)
    link.stage.act("financing.enter", link.cast.jia.maker, document=DOCUMENT, total=total)
    link.ask("/invoice/reverse", {"number": INVOICE["number"], "code": "", "status": 30})
    link.record(link.ask("/invoice/verify", INVOICE))
    link.stage.refuse("DOC_VOID", "financing.take", link.cast.boc.maker, document=DOCUMENT, use_class="FINANCING", amount=total)
    assert link.stage.act("uses.void", link.cast.boc.api, document=DOCUMENT)["void"] is True


@pytest.mark.parametrize("wrong", [{"total_fen": 240_000_001}, {"date": "2026-03-02"}, {"date": "2026-03-11"}])
def test_a_wrong_question_to_the_tax_office_spoils_nobodys_invoice(wrong):
    link = Link(tax.SOURCE, "INVOICE")
    link.record(link.ask("/invoice/verify", INVOICE))
    assert link.record(link.ask("/invoice/verify", INVOICE | wrong))["result"] == "UNKNOWN"
    link.stage.act("financing.enter", link.cast.jia.maker, document=DOCUMENT, total=Money("CNY", 240_000_000))


def test_a_members_identity_stands_on_the_company_registrys_answer():
    link = Link(registry.SOURCE, "COMPANY")
    jia = link.cast.jia
    link.record(link.ask("/company/{uscc}", uscc=jia.org))
    assert link.stage.act("parties.verify_identity", jia.maker, jia.checker)["kyc"] == "VERIFIED"
    link.ask("/admin/company", {"uscc": jia.org, "status": "CANCELLED"})
    link.record(link.ask("/company/{uscc}", uscc=jia.org))
    link.stage.refuse("DOC_VOID", "parties.verify_identity", jia.maker, jia.checker)


def test_a_page_of_an_issuers_payables_is_recorded_as_its_erp_signed_it():
    link = Link(erp.SOURCE, "AP_ITEM", name="sim-erp-91990000MA00019166", org="foton")
    # One ERP keeps the books of two plants and signs each one's items under a source of its own.
    page = [item for item in link.ask("/ap").facts["items"] if item["answer"]["source"].endswith(link.cast.foton.org)]
    answers = [{"answer": item["answer"], "signature": item["signature"]} for item in page]
    assert len(link.stage.act("verifications.record_all", link.cast.foton.api, answers=answers)) == len(page) > 0
    good = next(item["answer"] for item in page if item["answer"]["result"] == "PASS")
    document = {"doc_type": "AP_ITEM", "issuer": link.cast.foton.org, "number": good["facts"]["ap_no"]}
    total = Money("CNY", good["facts"]["total"])
    link.stage.act("financing.enter", link.cast.foton.maker, document=document, total=total)
    assert link.stage.ask("uses.query", link.cast.foton.maker, document=document, use_class="VOUCHER_BASIS")["status"] == "REGU"


def test_the_label_a_source_answers_about_is_the_label_of_the_document():
    link = Link(tax.SOURCE, "INVOICE")
    said = link.ask("/invoice/verify", INVOICE)
    assert said.document == msgspec.convert(DOCUMENT, uses.DocumentRef).label
