"""ISO 20022 as a customer speaks it: the field map, the schemas, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from mockbank import schema as other_dictionary

from heqi.connectors.iso20022 import (
    Message,
    PaymentInstruction,
    PaymentStatus,
    build_pain001,
    failure_reason,
    parse_camt053,
    parse_pacs004,
    parse_pain001,
    parse_pain002,
)
from heqi.connectors.iso20022.schema import XS, compiled, schema_of
from heqi.types.money import Money, cny
from heqi.types.refusals import DocMismatch, MoneyInvalid, SchemaInvalid

NOON = datetime(2026, 8, 7, 4, tzinfo=UTC)
REPLACE = msgspec.structs.replace

ORDER = PaymentInstruction(
    e2e_id="PKG1-1",
    debtor_name="示范福田工厂",
    debtor_account="303990001",
    debtor_agent="303999000014",
    creditor_name="示范供应商甲",
    creditor_account="104990001",
    creditor_agent="104999000012",
    amount=cny("1,600,000.00"),
    value_date=date(2026, 8, 7),
    purpose_code="SUPP",
    remittance="福金通到期付款",
    references=("26990000000000000017", "FJT-1"),
    ultimate_debtor="示范福田集团",
)


def test_an_order_carries_the_field_map_of_the_specification() -> None:
    root = etree.fromstring(build_pain001("M1", [ORDER], NOON))
    found = {node.tag.rpartition("}")[2]: node for node in root.iter()}
    assert root.tag == "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}Document"
    assert found["EndToEndId"].text == "PKG1-1"
    assert (found["InstdAmt"].text, found["InstdAmt"].get("Ccy")) == ("1600000.00", "CNY")
    agents = [[part.text for part in node.iter("{*}Cd", "{*}MmbId")] for node in root.iter("{*}DbtrAgt", "{*}CdtrAgt")]
    assert agents == [["CNAPS", "303999000014"], ["CNAPS", "104999000012"]]
    assert found["UltmtDbtr"][0].text == "示范福田集团"
    assert [node.text for node in root.iter("{*}Nb")] == ["26990000000000000017", "FJT-1"]
    assert found["Purp"][0].text == "SUPP"


def test_one_batch_per_debit_account_and_value_date() -> None:
    orders = [
        ORDER,
        REPLACE(ORDER, e2e_id="2", debtor_account="303990002"),
        REPLACE(ORDER, e2e_id="3", amount=cny("300,000.00")),
        REPLACE(ORDER, e2e_id="4", value_date=date(2026, 8, 8)),
    ]
    root = etree.fromstring(build_pain001("M1", orders, NOON))
    batches = [
        (b.findtext("{*}DbtrAcct/{*}Id/{*}Othr/{*}Id"), b.findtext("{*}NbOfTxs"), b.findtext("{*}CtrlSum")) for b in root.iter("{*}PmtInf")
    ]
    assert batches == [
        ("303990001", "2", "1900000.00"),
        ("303990001", "1", "1600000.00"),
        ("303990002", "1", "1600000.00"),
    ]
    assert root.findtext(".//{*}GrpHdr/{*}CtrlSum") == "5100000.00"


texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFFFD, exclude_categories=["Cs", "Zs", "Cc"]), min_size=1)
instructions = st.builds(
    PaymentInstruction,
    e2e_id=st.text("ABCDEFGH0123456789", min_size=1, max_size=35),
    debtor_name=texts.map(lambda name: name[:140]),
    debtor_account=st.text("0123456789", min_size=1, max_size=34),
    debtor_agent=st.just("303999000014"),
    creditor_name=texts.map(lambda name: name[:140]),
    creditor_account=st.text("0123456789", min_size=1, max_size=34),
    creditor_agent=st.sampled_from(["104999000012", "303999000014"]),
    amount=st.builds(Money, st.sampled_from(["CNY", "JPY", "KWD"]), st.integers(1, 10**14)),
    value_date=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    purpose_code=st.sampled_from(["", "SUPP", "SALA"]),
    remittance=st.one_of(st.just(""), texts.map(lambda text: text[:140])),
    references=st.lists(st.text("ABC0123456789", min_size=1, max_size=35), max_size=3).map(tuple),
    ultimate_debtor=st.one_of(st.just(""), texts.map(lambda name: name[:140])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(instructions, min_size=1, max_size=4, unique_by=lambda one: one.e2e_id))
def test_every_order_is_read_back_as_it_was_written(orders: list[PaymentInstruction]) -> None:
    data = build_pain001("M1", orders, NOON)
    message_id, found = parse_pain001(data)
    assert message_id == "M1"
    assert sorted(found, key=lambda one: one.e2e_id) == sorted(orders, key=lambda one: one.e2e_id)
    # A dictionary that others wrote and hold against the published XSDs agrees that it is a pain.001.
    message = other_dictionary.MESSAGES["pain.001.001.09"]
    assert other_dictionary.check(message, etree.fromstring(data)) == []


@pytest.mark.parametrize(
    ("what", "orders"),
    [
        ("nothing to pay", []),
        ("two debtor banks", [ORDER, REPLACE(ORDER, e2e_id="2", debtor_agent="104999000012")]),
        ("one end-to-end id twice", [ORDER, ORDER]),
        ("a reference too long", [REPLACE(ORDER, references=("9" * 36,))]),
        ("a name too long", [REPLACE(ORDER, creditor_name="供" * 141)]),
        ("no creditor account", [REPLACE(ORDER, creditor_account="")]),
        ("an end-to-end id too long", [REPLACE(ORDER, e2e_id="E" * 36)]),
        ("a purpose that is no code", [REPLACE(ORDER, purpose_code="SUPPLIER")]),
        ("a sum of 19 digits", [REPLACE(ORDER, e2e_id=e, amount=Money(c, 10**15 - 1)) for e, c in (("1", "JPY"), ("2", "KWD"))]),
        ("a character XML cannot carry", [REPLACE(ORDER, remittance="a\x00b")]),
    ],
)
def test_an_order_the_schema_does_not_accept_is_never_written(what: str, orders: list[PaymentInstruction]) -> None:
    with pytest.raises(SchemaInvalid):
        build_pain001("M1", orders, NOON)


def test_the_same_orders_are_the_same_bytes_so_a_lost_file_can_be_sent_again() -> None:
    assert build_pain001("M1", [ORDER]) == build_pain001("M1", [ORDER])
    assert b"<CreDtTm>2026-08-07T00:00:00+08:00</CreDtTm>" in build_pain001("M1", [ORDER])


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(SchemaInvalid):
        build_pain001("M1", [ORDER], datetime(2026, 8, 7))  # noqa: DTZ001


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><Document>&b;</Document>"""
FILE = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>"""


def hurt(old: bytes, new: bytes) -> bytes:
    data = build_pain001("M1", [ORDER], NOON)
    assert old in data
    return data.replace(old, new)


@pytest.mark.parametrize(
    ("what", "data", "refusal"),
    [
        ("not XML", b"{}", SchemaInvalid),
        ("empty", b"", SchemaInvalid),
        ("a bomb of entities", BOMB, SchemaInvalid),
        ("a local file", FILE, SchemaInvalid),
        ("another root", b"<Document/>", SchemaInvalid),
        ("another version", hurt(b"pain.001.001.09", b"pain.001.001.03"), SchemaInvalid),
        (
            "elements out of order",
            hurt(b"<PmtMtd>TRF</PmtMtd><BtchBookg>false</BtchBookg>", b"<BtchBookg>false</BtchBookg><PmtMtd>TRF</PmtMtd>"),
            SchemaInvalid,
        ),
        ("an unknown element", hurt(b"<BtchBookg>", b"<Secret>1</Secret><BtchBookg>"), SchemaInvalid),
        (
            "an account with two identities",
            hurt(b"<Othr><Id>104990001</Id></Othr>", b"<IBAN>DE02120300000000202051</IBAN><Othr><Id>1</Id></Othr>"),
            SchemaInvalid,
        ),
        ("a negative amount", hurt(b'"CNY">1600000.00', b'"CNY">-1600000.00'), SchemaInvalid),
        ("an exponent", hurt(b'"CNY">1600000.00', b'"CNY">1.6E6'), SchemaInvalid),
        ("a fraction of a fen", hurt(b'"CNY">1600000.00', b'"CNY">1600000.001'), MoneyInvalid),
        ("a currency nobody knows", hurt(b'Ccy="CNY"', b'Ccy="XYZ"'), MoneyInvalid),
        (
            "a wrong count",
            hurt(
                b"<NbOfTxs>1</NbOfTxs><CtrlSum>1600000.00</CtrlSum><InitgPty>",
                b"<NbOfTxs>2</NbOfTxs><CtrlSum>1600000.00</CtrlSum><InitgPty>",
            ),
            DocMismatch,
        ),
        (
            "a wrong sum",
            hurt(b"<CtrlSum>1600000.00</CtrlSum><InitgPty>", b"<CtrlSum>1600000.01</CtrlSum><InitgPty>"),
            DocMismatch,
        ),
    ],
)
def test_a_hostile_or_broken_file_is_refused(what: str, data: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        parse_pain001(data)


def test_a_document_beyond_the_size_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    data = build_pain001("M1", [ORDER], NOON)
    monkeypatch.setattr("heqi.connectors.iso20022.document.SIZE_MAX", len(data) - 1)
    with pytest.raises(SchemaInvalid):
        parse_pain001(data)


@pytest.mark.parametrize(
    ("message", "types"),
    [
        (Message.PAIN_001, 88),
        (Message.PAIN_002, 94),
        (Message.CAMT_053, 172),
        (Message.CAMT_054, 166),
        (Message.PACS_004, 93),
    ],
)
def test_each_schema_has_every_record_type_of_the_published_one(message: Message, types: int) -> None:
    """The counts of pain.001, camt.053 and camt.054 were compared type by type with the published XSDs."""
    assert compiled(message) is not None
    assert len(schema_of(message).findall(f"{{{XS}}}complexType")) == types


def statement(closing: int) -> bytes:
    day = date(2026, 8, 7)
    cash = other_dictionary.Amount

    def balance(code: str, minor: int) -> dict[str, object]:
        return {"Tp": {"CdOrPrtry": {"Cd": code}}, "Amt": cash(minor, "CNY"), "CdtDbtInd": "CRDT", "Dt": {"Dt": day}}

    entry = {
        "Amt": cash(40_000, "CNY"),
        "CdtDbtInd": "DBIT",
        "Sts": {"Cd": "BOOK"},
        "BookgDt": {"Dt": day},
        "ValDt": {"Dt": day},
        "AcctSvcrRef": "1",
        "BkTxCd": {"Domn": {"Cd": "PMNT", "Fmly": {"Cd": "ICDT", "SubFmlyCd": "DMCT"}}},
    }
    content = {
        "Id": "S",
        "Acct": {"Id": {"Othr": {"Id": "1"}}},
        "Bal": [balance("OPBD", 100_000), balance("CLBD", closing)],
        "Ntry": [entry],
    }
    header = {"MsgId": "S", "CreDtTm": NOON}
    return other_dictionary.serialize(
        other_dictionary.MESSAGES["camt.053.001.08"], {"BkToCstmrStmt": {"GrpHdr": header, "Stmt": [content]}}
    )


def test_a_statement_that_adds_up_is_read() -> None:
    (found,) = parse_camt053(statement(60_000))
    assert (found.opening.amount, found.closing.amount) == (cny("1,000.00"), cny("600.00"))
    assert found.day == date(2026, 8, 7)


def test_a_statement_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(DocMismatch):
        parse_camt053(statement(60_001))


def sent_back(**changes: object) -> bytes:
    """A pacs.004 that brings ORDER back two days after it was settled; None leaves an element out."""
    amount = other_dictionary.Amount(160_000_000, "CNY")
    back: dict[str, object] = {
        "RtrId": "R1", "OrgnlEndToEndId": ORDER.e2e_id, "OrgnlIntrBkSttlmAmt": amount, "OrgnlIntrBkSttlmDt": date(2026, 8, 7),
        "RtrdIntrBkSttlmAmt": amount, "IntrBkSttlmDt": date(2026, 8, 11), "RtrRsnInf": [{"Rsn": {"Cd": "AC04"}}],
    }  # fmt: skip
    back = {name: value for name, value in (back | changes).items() if value is not None}
    header = {"MsgId": "R", "CreDtTm": NOON, "NbOfTxs": "1", "SttlmInf": {"SttlmMtd": "CLRG"}}
    return other_dictionary.serialize(
        other_dictionary.MESSAGES["pacs.004.001.09"], {"PmtRtr": {"GrpHdr": header, "TxInf": [back]}}
    )


def test_a_return_names_the_payment_it_brings_back_and_why() -> None:
    (back,) = parse_pacs004(sent_back())
    assert (back.e2e_id, back.reason, back.returned) == (ORDER.e2e_id, "AC04", ORDER.amount)
    assert (back.settled_on, back.returned_on) == (date(2026, 8, 7), date(2026, 8, 11))


@pytest.mark.parametrize("name", ["OrgnlEndToEndId", "OrgnlIntrBkSttlmAmt", "OrgnlIntrBkSttlmDt", "IntrBkSttlmDt"])
def test_a_return_of_no_known_payment_is_refused(name: str) -> None:
    with pytest.raises(SchemaInvalid):
        parse_pacs004(sent_back(**{name: None}))


def test_a_return_of_another_amount_is_refused() -> None:
    with pytest.raises(DocMismatch):
        parse_pacs004(sent_back(RtrdIntrBkSttlmAmt=other_dictionary.Amount(159_999_999, "CNY")))


def test_a_return_is_not_read_as_a_statement() -> None:
    with pytest.raises(SchemaInvalid):
        parse_camt053(sent_back())


def test_a_status_report_is_not_read_as_a_payment_order() -> None:
    with pytest.raises(SchemaInvalid):
        parse_pain002(build_pain001("M1", [ORDER], NOON))


@pytest.mark.parametrize(
    ("code", "settled"),
    [("ACTC", False), ("ACSP", False), ("ACSC", True), ("ACCC", True), ("PDNG", False), ("RJCT", False)],
)
def test_only_completed_settlement_is_money_moved(code: str, settled: bool) -> None:
    assert PaymentStatus("E", code).settled is settled


@pytest.mark.parametrize(
    ("iso", "code"),
    [
        ("AC01", "F01"),
        ("BE01", "F02"),
        ("AC04", "F03"),
        ("AC06", "F04"),
        ("AG01", "F05"),
        ("AM14", "F06"),
        ("AM04", "F07"),
        ("BE17", "F08"),
        ("AC08", "F09"),
        ("AM05", "F10"),
        ("AB05", "F11"),
        ("AB09", "F11"),
        ("RR04", "F12"),
        ("NARR", "F13"),
        ("pacs.004", "F14"),
        ("ZZ99", "F13"),
    ],
)
def test_every_reason_of_the_failure_table_has_its_row(iso: str, code: str) -> None:
    reason = failure_reason(iso)
    assert reason.code == code and reason.zh and reason.en


def test_amounts_on_the_wire_are_exact_in_every_currency() -> None:
    for amount, wire in ((Money("JPY", 100), "100"), (Money("KWD", 1), "0.001"), (cny("0.10"), "0.10")):
        root = etree.fromstring(build_pain001("M1", [REPLACE(ORDER, amount=amount)], NOON))
        assert root.findtext(".//{*}InstdAmt") == wire
        assert Decimal(root.findtext(".//{*}CtrlSum") or "") == amount.decimal
