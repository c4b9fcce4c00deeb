"""What the stand-ins sign is what the ledger reads: real answers of real processes, recorded on a real chain."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from heqi.connectors.answers import SignedAnswer
from heqi.connectors.bank import Bank
from heqi.connectors.erp_api import Erp
from heqi.connectors.iso20022 import PaymentInstruction, build_pain001
from heqi.connectors.registry import Registry
from heqi.connectors.tax import InvoiceQuestion, Tax
from heqi.connectors.zhongdeng import NewRegistration, Zhongdeng
from heqi.finance.payments.rules import read_facts
from heqi.finance.uses.model import DocType, DocumentRef
from heqi.finance.verifications.model import REVOKED, Answer
from heqi.node.rehearsal import rehearse
from heqi.proof.canonical import decode
from heqi.types.money import cny

from .play import contract


def record(scene: tuple[Any, Any], running: Any, evidence: SignedAnswer, org: str) -> dict[str, Any]:
    """Trust the stand-in as this organisation's source, and put its answer on the ledger."""
    stage, cast = scene
    given, public = evidence.given, running.key.public
    source = {"source": given.source, "org": org, "alg": public.alg, "public_key": public.raw.hex(), "kinds": [given.kind],
              "valid_days": 30}  # fmt: skip
    stage.act("listening.believe", cast.boc.maker, source=source)
    return stage.act("verifications.record", cast.boc.api, answer=evidence.raw, signature=evidence.signature)


@pytest.fixture
def scene() -> tuple[Any, Any]:
    return rehearse([contract])


def test_an_invoice_is_recorded_under_the_label_the_uses_register_asks_for(scene: Any, start: Callable[..., Any]) -> None:
    running, (_, cast) = start("tax"), scene
    number = "26990000000000000101"
    found = Tax(running.source()).verify_invoice(InvoiceQuestion("DIGITAL", number, date(2026, 3, 1), total_fen=240_000_000))
    assert found.evidence
    kept = record(scene, running, found.evidence, cast.registrar.org)
    assert kept["document"] == DocumentRef(doc_type=DocType.INVOICE, number=number).label
    assert (kept["result"], kept["facts"]["total"], kept["facts"]["ccy"]) == ("PASS", 240_000_000, "CNY")
    assert (kept["facts"]["seller"], kept["facts"]["buyer"]) == (cast.jia.org, cast.foton.org)


def test_a_reversed_invoice_is_revoked_on_the_ledger_too(scene: Any, start: Callable[..., Any]) -> None:
    running, (_, cast) = start("tax"), scene
    asked = Tax(running.source())
    asked.reverse("26990000000000000101")
    found = asked.verify_invoice(InvoiceQuestion("DIGITAL", "26990000000000000101", date(2026, 3, 1), total_fen=240_000_000))
    assert found.evidence
    kept = record(scene, running, found.evidence, cast.registrar.org)
    assert kept["result"] == "FAIL" and kept["facts"]["status"] in REVOKED


def test_a_payable_is_recorded_under_its_own_companys_source(scene: Any, start: Callable[..., Any]) -> None:
    running, (_, cast) = start("erp"), scene
    (one, *_) = Erp(running.source()).payables().proved
    kept = record(scene, running, one.evidence, cast.foton.org)
    assert kept["document"] == DocumentRef(doc_type=DocType.AP_ITEM, issuer=one.issuer, number=one.payable.ap_no).label
    assert (kept["result"], kept["facts"]["total"]) == ("PASS", one.payable.amount.minor)


def test_a_registration_is_recorded_for_its_secured_party(scene: Any, start: Callable[..., Any]) -> None:
    running, (_, cast) = start("zhongdeng"), scene
    asked = Zhongdeng(running.source())
    new = NewRegistration("ASSIGNMENT", cast.yi.org, cast.factor.org, ("PKG1:1-50000000",), 50_000_000)
    made, _ = asked.register(new)
    found = asked.check_first(made.no, "PKG1:1-50000000")
    assert found.evidence
    kept = record(scene, running, found.evidence, cast.registrar.org)
    assert (kept["result"], kept["document"]) == ("PASS", f"ASSIGNMENT:{cast.factor.org}:PKG1:1-50000000")
    assert (kept["facts"]["first"], kept["facts"]["reg_no"]) == (1, made.no)


def test_a_company_is_recorded_without_a_persons_name(scene: Any, start: Callable[..., Any]) -> None:
    running, (_, cast) = start("registry"), scene
    found = Registry(running.source()).company(cast.jia.org, "供应商甲")
    assert found.evidence
    kept = record(scene, running, found.evidence, cast.registrar.org)
    assert kept["result"] == "PASS" and "legal_rep" not in kept["facts"]


@pytest.mark.parametrize(("amount", "status", "result"), [("100.00", "ACSC", "PASS"), ("99,000,000.00", "RJCT", "FAIL")])
def test_a_banks_evidence_is_what_the_payments_register_reads(
    scene: Any, start: Callable[..., Any], amount: str, status: str, result: str
) -> None:
    running, (_, cast) = start("bank"), scene
    order = PaymentInstruction(
        e2e_id="0" * 31 + "1", debtor_name="福田汽车一厂", debtor_account="303990000000101", debtor_agent="303999000014",
        creditor_name="供应商甲", creditor_account="104990000000301", creditor_agent="104999000012", amount=cny(amount),
        value_date=date(2026, 3, 10),
    )  # fmt: skip
    bank = Bank(running.source())
    bank.submit(build_pain001("M1", [order]))
    evidence = bank.evidence(order).evidence
    assert evidence
    said = decode(evidence.answer.encode(), Answer)
    facts = read_facts(said.facts)
    assert (facts.status, facts.minor, facts.creditor_name) == (status, order.amount.minor, "供应商甲")
    kept = record(scene, running, evidence, cast.everbright.org)
    assert (kept["source"], kept["result"]) == ("sim-bank-303999000014", result)
