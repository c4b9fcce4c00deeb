"""One document, one economic use: the golden figures of C04, its refusals in order, and what is never told."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from heqi.finance.uses import DocType, DocumentRef
from heqi.kernel.ledger import register as ledger
from heqi.node.rehearsal import rehearse
from heqi.types.money import Money, cny
from heqi.types.rejection import Rejection

from ..verifications.sources import Outside, resolve
from .play import contract

NUMBER = "26990000000000000017"
INVOICE = {"doc_type": "INVOICE", "number": NUMBER}
LABEL = f"INVOICE::{NUMBER}"
TODAY = date(2026, 3, 10)


class Scene:
    """A stage with a trusted tax office and a registered invoice of 300.00."""

    def __init__(self) -> None:
        self.stage, self.cast = rehearse([contract])
        self.tax = Outside(self.stage, self.cast, "sim-tax", self.cast.registrar.org, ["INVOICE", "DECLARATION"])
        self.verified(LABEL, 30_000)
        self.enter(INVOICE, "300.00")

    def verified(self, label: str, total: int, **facts: Any) -> None:
        kind = label.partition(":")[0]
        said = {"seller": self.cast.jia.org, "buyer": self.cast.foton.org, "ccy": "CNY", "date": "2026-03-01", **facts}
        self.tax.says(kind, label, total=total, **said)

    def enter(self, document: dict[str, Any], total: str) -> Any:
        return self.stage.act("financing.enter", self.cast.jia.maker, document=document, total=cny(total))

    def take(self, amount: str, use_class: str = "FINANCING", *, by: str = "boc", document: Any = INVOICE) -> str:
        return self.stage.act("financing.take", self.desk(by), document=document, use_class=use_class, amount=cny(amount))["use"]

    def refuse_take(self, code: str, amount: Money, use_class: str = "FINANCING", *, by: str = "boc", document: Any = INVOICE) -> Any:
        return self.stage.refuse(code, "financing.take", self.desk(by), document=document, use_class=use_class, amount=amount)

    def act(self, action: str, use: str, *, by: str = "boc") -> Any:
        return self.stage.act(f"financing.{action}", self.desk(by), use=use)

    def left(self, use_class: str = "FINANCING") -> int:
        said = self.stage.act("financing.left", self.cast.yi.maker, document=INVOICE, use_class=use_class)
        assert said["ccy"] == "CNY"
        return said["minor"]

    def asked(self, by: str, use_class: str = "FINANCING", document: Any = INVOICE) -> Any:
        return self.stage.ask("uses.query", self.desk(by), document=document, use_class=use_class)

    def reverse(self) -> None:
        self.tax.says("INVOICE", LABEL, "FAIL", status="20")

    def desk(self, party: str) -> Any:
        return getattr(self.cast, party).maker

    def tick(self, days: int) -> None:
        self.stage.tick_to(self.cast.platform.operator, TODAY + timedelta(days=days))


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_golden_c04(scene):
    """total 300.00: reserve 200, reserve 120 refused, 100 ok; expire 200 → available 200; red-reverse → VOID."""
    scene.take("200.00")
    refused = scene.refuse_take("DUP_USE", cny("120.00"), by="everbright")
    assert refused.error["details"]["available"] == "100.00 CNY"
    kept = scene.take("100.00", by="everbright")
    scene.act("start", kept, by="everbright")
    scene.tick(4)
    assert scene.left() == 20_000
    scene.reverse()
    scene.stage.act("uses.void", scene.cast.boc.api, document=INVOICE)
    scene.refuse_take("DOC_VOID", cny("0.01"))
    assert scene.left() == 0


def test_golden_cross_system_voucher_and_two_financings(scene):
    """Invoice of 1,000,000.00: voucher of 600,000.00, financing of 400,000.00 accepted, 0.01 more refused with available 0."""
    other = {"doc_type": "INVOICE", "code": "9900262130", "number": "00012345"}
    scene.verified("INVOICE:9900262130:12345", 100_000_000)
    scene.enter(other, "1,000,000.00")
    for by, use_class, amount in (("foton", "VOUCHER_BASIS", "600,000.00"), ("boc", "FINANCING", "400,000.00")):
        scene.stage.act("financing.take", scene.desk(by), document=other, use_class=use_class, amount=cny(amount))
    refused = scene.refuse_take("DUP_USE", cny("0.01"), by="everbright", document=other)
    assert refused.error["details"]["available"] == "0.00 CNY"


def test_a_financing_reservation_never_blocks_another_class_but_a_voucher(scene):
    scene.take("300.00")
    scene.refuse_take("DUP_USE", cny("0.01"), "VOUCHER_BASIS")
    for use_class in ("FX_PAYMENT", "TITLE", "TAX_FILING", "COLLECTION"):
        scene.take("300.00", use_class)
        scene.refuse_take("DUP_USE", cny("0.01"), use_class)


def test_what_is_released_may_be_used_again_and_what_is_consumed_may_not(scene):
    first, second = scene.take("100.00"), scene.take("200.00")
    scene.act("start", first)
    scene.act("end", first)
    assert scene.left() == 10_000
    scene.act("start", second)
    scene.act("spend", second)
    scene.tick(10)
    assert scene.left() == 10_000


@pytest.mark.parametrize(
    ("way", "next_act"),
    [
        ((), "spend"),
        (("start",), "start"),
        (("end",), "start"),
        (("end",), "end"),
        (("start", "spend"), "end"),
        (("start", "spend"), "spend"),
        (("start", "end"), "spend"),
    ],
)
def test_a_use_takes_no_step_its_life_does_not_have(scene, way, next_act):
    use = scene.take("100.00")
    for act in way:
        scene.act(act, use)
    scene.stage.refuse("STATE_INVALID", f"financing.{next_act}", scene.cast.boc.maker, use=use)


def test_a_reservation_holds_three_days_and_is_released_at_the_day_end_after(scene):
    use = scene.take("200.00")
    scene.tick(3)
    assert scene.left() == 10_000
    scene.tick(4)
    assert scene.left() == 30_000
    scene.stage.refuse("STATE_INVALID", "financing.start", scene.cast.boc.maker, use=use)
    last = scene.take("200.00")
    scene.tick(7)
    scene.act("start", last)
    scene.tick(20)
    assert scene.left() == 10_000


def test_day_end_releases_in_pieces_and_says_that_it_is_not_done(scene, monkeypatch):
    for _ in range(7):
        scene.take("1.00")
    scene.tick(3)
    monkeypatch.setattr(ledger, "WORK_PIECES", 3)
    operator, day, left = scene.cast.platform.operator, TODAY + timedelta(days=4), []
    while scene.stage.act("ledger.tick", operator, business_date=day)["pending"]:
        left.append(scene.left())
    assert left == [29_600, 29_900]
    assert scene.left() == 30_000


def test_a_document_is_registered_for_what_its_source_says_and_once(scene):
    before = scene.stage.ledger.fingerprint
    first = scene.enter(INVOICE, "300.00")
    held = before()
    assert scene.enter({"doc_type": "INVOICE", "number": NUMBER, "code": None}, "300.00") == first
    assert before() == held
    scene.stage.refuse("DOC_MISMATCH", "financing.enter", scene.cast.jia.maker, document=INVOICE, total=cny("300.01"))


@pytest.mark.parametrize(
    ("code", "facts", "taking"),
    [
        ("DOC_NOT_VERIFIED", None, "DOC_NOT_VERIFIED"),
        ("DOC_MISMATCH", {"total": 30_001}, None),
        ("DOC_MISMATCH", {"total": 30_000, "ccy": "USD"}, "DOC_MISMATCH"),
        ("DOC_NOT_VERIFIED", {"total": 30_000, "result": "FAIL"}, "DOC_NOT_VERIFIED"),
        ("DOC_VOID", {"total": 30_000, "result": "FAIL", "status": "30"}, "DOC_VOID"),
    ],
)
def test_a_document_is_registered_for_what_its_source_answered_and_no_other_total(scene, code, facts, taking):
    number = "26990000000000000025"
    if facts is not None:
        result = facts.get("result", "PASS")
        said = {name: value for name, value in facts.items() if name != "result"}
        scene.tax.says("INVOICE", f"INVOICE::{number}", result, **{"ccy": "CNY", **said})
    document = {"doc_type": "INVOICE", "number": number}
    scene.stage.refuse(code, "financing.enter", scene.cast.jia.maker, document=document, total=cny("300.00"))
    # The first use registers a verified document for the total its source states.
    if taking is None:
        scene.take("300.01", document=document)
        scene.refuse_take("DUP_USE", cny("0.01"), document=document)
    else:
        scene.refuse_take(taking, cny("1.00"), document=document)


@pytest.mark.parametrize(
    ("code", "amount"),
    [("MONEY_INVALID", Money("CNY", 0)), ("DOC_MISMATCH", Money("USD", 100)), ("DUP_USE", cny("300.01"))],
)
def test_an_amount_that_does_not_fit_the_document_is_not_reserved(scene, code, amount):
    scene.refuse_take(code, amount)


def test_the_sources_no_counts_at_once_even_before_anybody_marks_the_document_void(scene):
    use = scene.take("100.00")
    scene.reverse()
    scene.refuse_take("DOC_VOID", cny("1.00"))
    assert scene.left() == 0
    assert scene.asked("yi")["status"] == "CANC"
    # What was reserved before may still come to its end in an orderly way.
    scene.act("end", use)


def test_a_void_document_alerts_everyone_whose_use_stands_on_it(scene):
    active, reserved, done = scene.take("100.00"), scene.take("50.00", by="everbright"), scene.take("20.00", by="zhongbang")
    scene.act("start", active)
    scene.act("start", done, by="zhongbang")
    scene.act("spend", done, by="zhongbang")
    scene.act("end", scene.take("10.00"))
    scene.reverse()
    receipt = scene.stage.send("uses.void", scene.cast.yi.api, document=INVOICE)
    told = [msgspec.json.decode(event.data) for event in receipt.events if event.name == "DocumentVoided"]
    assert {(event["use"], event["org"]) for event in told} == {(active, scene.cast.boc.org), (reserved, scene.cast.everbright.org)}
    for party in ("boc", "everbright", "regulator", "zhongbang", "yi"):
        alerts = scene.stage.ask("decisions.list_alerts", scene.desk(party))
        red = [("RED", LABEL, "uses.void")] if party in ("boc", "everbright", "regulator") else []
        assert [(alert["level"], alert["subject"], alert["rule"]) for alert in alerts] == red, party
    again = scene.stage.send("uses.void", scene.cast.yi.api, document=INVOICE)
    assert (again.code, again.events) == ("OK", [])
    scene.stage.refuse("DOC_VOID", "financing.enter", scene.cast.jia.maker, document=INVOICE, total=cny("300.00"))


def test_nobody_makes_a_sound_document_void(scene):
    scene.stage.refuse("DOC_MISMATCH", "uses.void", scene.cast.boc.api, document=INVOICE)
    scene.tax.says("INVOICE", LABEL, "FAIL")
    scene.stage.refuse("DOC_MISMATCH", "uses.void", scene.cast.boc.api, document=INVOICE)
    unknown = {"doc_type": "INVOICE", "number": "26990000000000000025"}
    scene.stage.refuse("DOC_NOT_VERIFIED", "uses.void", scene.cast.boc.api, document=unknown)


def test_the_answer_to_a_question_tells_the_state_and_never_who(scene):
    def statuses() -> tuple[str, str]:
        return scene.asked("boc")["status"], scene.asked("everbright")["status"]

    assert statuses() == ("REGU", "REGU")
    use = scene.take("200.00")
    assert statuses() == ("PNDG", "REDU")
    scene.act("start", use)
    assert statuses() == ("FNCD", "DFIN")
    assert scene.asked("everbright", "TITLE")["status"] == "REGU"
    assert scene.asked("everbright", "VOUCHER_BASIS") == {"status": "DFIN", "available": {"ccy": "CNY", "minor": 10_000}, "near": False}
    assert scene.cast.boc.org not in str(scene.asked("everbright"))
    scene.act("end", use)
    assert statuses() == ("REGU", "REGU")
    scene.reverse()
    assert statuses() == ("CANC", "CANC")
    assert scene.asked("boc", document={"doc_type": "INVOICE", "number": "26990000000000000025"})["available"] is None


@pytest.mark.parametrize(
    ("near", "number", "total", "changed"),
    [
        (True, "26990000000000000018", 30_000, {}),
        (True, "26990000000000000018", 30_300, {"date": "2026-03-04"}),
        (True, "26990000000000000018", 29_700, {"date": "2026-02-26"}),
        (False, "26990000000000000028", 30_000, {}),
        (False, "26990000000000000018", 30_304, {}),
        (False, "26990000000000000018", 30_000, {"date": "2026-03-05"}),
        (False, "26990000000000000018", 30_000, {"date": "2026-02-25"}),
        (False, "26990000000000000018", 30_000, {"buyer": "91990000MA0002264L"}),
        (False, "26990000000000000018", 30_000, {"date": "March"}),
    ],
)
def test_a_second_copy_is_known_by_parties_amount_date_and_number_together(scene, near, number, total, changed):
    document = {"doc_type": "INVOICE", "number": number}
    scene.verified(f"INVOICE::{number}", total, **changed)
    assert scene.asked("boc", document=document)["near"] is near
    entry = scene.stage.act("financing.enter", scene.cast.jia.maker, document=document, total=Money("CNY", total))
    assert entry["near"] is near
    assert scene.asked("boc")["near"] is False


def test_a_look_alike_is_used_only_by_those_whose_maker_and_checker_gave_a_reason(scene):
    twin = {"doc_type": "INVOICE", "number": "26990000000000000018"}
    scene.verified("INVOICE::26990000000000000018", 30_000)
    scene.enter(twin, "300.00")
    boc = scene.cast.boc
    scene.refuse_take("NEAR_DUP", cny("1.00"), document=twin)
    scene.stage.refuse("ROLE_FORBIDDEN", "uses.override_near", boc.maker, document=twin, reason="已核对两份原件")
    scene.stage.refuse("SCHEMA_INVALID", "uses.override_near", boc.maker, boc.checker, document=twin, reason="ok")
    scene.stage.act("uses.override_near", boc.maker, boc.checker, document=twin, reason="已核对两份原件")
    scene.stage.act("financing.take", boc.maker, document=twin, use_class="FINANCING", amount=cny("1.00"))
    scene.refuse_take("NEAR_DUP", cny("1.00"), by="everbright", document=twin)


def test_the_key_of_the_fingerprints_does_not_change_after_the_first_document(scene):
    scene.take("300.00")
    resolve(scene.stage, scene.cast, "governance.set_parameter", parameter="uses.registry_key", value="another", source="test")
    scene.refuse_take("DUP_USE", cny("0.01"))


def test_another_chain_with_another_key_gives_another_fingerprint(scene):
    other, cast = rehearse([contract])
    tax = Outside(other, cast, "sim-tax", cast.registrar.org, ["INVOICE"])
    resolve(other, cast, "governance.set_parameter", parameter="uses.registry_key", value="another", source="test")
    tax.says("INVOICE", LABEL, total=30_000, ccy="CNY")
    there = other.act("financing.enter", cast.jia.maker, document=INVOICE, total=cny("300.00"))
    assert there["fingerprint"] != scene.enter(INVOICE, "300.00")["fingerprint"]


SELLER, BUYER = "91990000MA00020535", "91990000MA00019166"


@pytest.mark.parametrize(
    ("label", "document"),
    [
        (LABEL, {"doc_type": "INVOICE", "number": NUMBER}),
        ("INVOICE:9900262130:12345", {"doc_type": "INVOICE", "code": "9900262130", "number": "00012345"}),
        (f"CONTRACT:{SELLER}:{BUYER}:HT2026003", {"doc_type": "CONTRACT", "issuer": SELLER, "code": BUYER, "number": "ht-2026/003"}),
        (f"CONTRACT:{SELLER}:{BUYER}:HT2026003",
         {"doc_type": "CONTRACT", "issuer": SELLER, "code": BUYER, "number": "ＨＴ ２０２６００３"}),
        (f"AP_ITEM:{BUYER}:51001", {"doc_type": "AP_ITEM", "issuer": BUYER, "number": "0051001"}),
        ("DECLARATION:990120260000000123", {"doc_type": "DECLARATION", "number": "990120260000000123"}),
        ("BILL_OF_LADING:DEMU:DEMU26031500001:20260315",
         {"doc_type": "BILL_OF_LADING", "code": "DEMU", "number": "DEMU26031500001", "part": "2026-03-15"}),
        (f"WAREHOUSE_RECEIPT:{SELLER}:CD7", {"doc_type": "WAREHOUSE_RECEIPT", "issuer": SELLER, "number": "CD-007"}),
        ("LETTER_OF_CREDIT:104999000012:LC12:P1",
         {"doc_type": "LETTER_OF_CREDIT", "code": "104999000012", "number": "LC-00012", "part": "P-01"}),
        ("TAX_FILING:20260009", {"doc_type": "TAX_FILING", "number": "2026-0009"}),
    ],
)  # fmt: skip
def test_all_writings_of_one_document_have_one_label(label, document):
    assert msgspec.convert(document, DocumentRef).label == label


@pytest.mark.parametrize(
    ("code", "document"),
    [
        ("ID_CHECK_FAILED", {"doc_type": "INVOICE", "number": "2699000000000000001"}),
        ("ID_CHECK_FAILED", {"doc_type": "INVOICE", "code": "99002621301", "number": "00012345"}),
        ("ID_CHECK_FAILED", {"doc_type": "DECLARATION", "number": "99012026"}),
        ("ID_CHECK_FAILED", {"doc_type": "AP_ITEM", "issuer": "91990000MA0001843B", "number": "1"}),
        ("ID_CHECK_FAILED", {"doc_type": "CONTRACT", "issuer": SELLER, "code": "91990000MA0001843B", "number": "1"}),
        ("ID_CHECK_FAILED", {"doc_type": "LETTER_OF_CREDIT", "code": "104999000013", "number": "1", "part": "1"}),
        ("ID_CHECK_FAILED", {"doc_type": "BILL_OF_LADING", "code": "DEMU", "number": "DEMU 1", "part": "2026-03-15"}),
        ("SCHEMA_INVALID", {"doc_type": "BILL_OF_LADING", "code": "DEMU", "number": "DEMU1", "part": "20260315"}),
        ("SCHEMA_INVALID", {"doc_type": "BILL_OF_LADING", "code": "DEMU", "number": "DEMU1"}),
        ("SCHEMA_INVALID", {"doc_type": "CONTRACT", "issuer": SELLER, "number": "1"}),
        ("SCHEMA_INVALID", {"doc_type": "AP_ITEM", "number": "1"}),
        ("SCHEMA_INVALID", {"doc_type": "AP_ITEM", "issuer": SELLER, "number": "--"}),
        ("SCHEMA_INVALID", {"doc_type": "INVOICE", "number": NUMBER, "issuer": SELLER}),
        ("SCHEMA_INVALID", {"doc_type": "TAX_FILING", "number": "1", "part": "1"}),
    ],
)  # fmt: skip
def test_a_document_is_named_by_the_fields_of_its_type_and_in_their_form(scene, code, document):
    scene.refuse_take(code, cny("1.00"), document=document)


def test_no_type_of_document_lacks_an_identity():
    from heqi.finance.uses.model import IDENTITY

    assert set(IDENTITY) == set(DocType)
    with pytest.raises(Rejection):
        DocumentRef(doc_type=DocType.CONTRACT, number="1")
