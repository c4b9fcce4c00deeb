"""Identifiers: every vector of both conventions, and a wrong character is refused wherever the algorithm promises it."""

import re
from datetime import date
from typing import Annotated, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from heqi.types import ids
from heqi.types.ids import (
    Direction,
    check_account_no,
    check_bank_card,
    check_bic,
    check_bill_interval,
    check_bill_of_lading,
    check_bill_package,
    check_bop_code,
    check_cnaps,
    check_container,
    check_country,
    check_declaration,
    check_device,
    check_digital_invoice_no,
    check_hs_code,
    check_imo,
    check_incoterm,
    check_invoice,
    check_invoice_check6,
    check_isin,
    check_lei,
    check_locode,
    check_region,
    check_resident_id,
    check_scac,
    check_tax_invoice_code,
    check_tax_invoice_no,
    check_uscc,
    org_code_matches,
    parse_interval,
    region_contains,
)
from heqi.types.refusals import IdCheckFailed

_CAST = """
91990000MA000100X9 91990000MA0001077C 91990000MA0001704K 91990000MA0001771H 91990000MA0001288U 91990000MA000135XF
91990000MA0001421B 91990000MA0001499B 91990000MA0001632T 91990000MA0001210U 91990000MA0001843A 91990000MA00019153
91990000MA00019821 91990000MA00020535 91990000MA0002125X 91990000MA0002192U 91990000MA0002264L 91990000MA0002336D
91990000MA00024086 91990000MA00024754 91990000MA0002758C 91990000MA000282X0 91990000MA00028973 91990000MA0002969U
91990000MA000303XT 91990000MA0003101N 91990000MA0003179N 91990000MA0003240D 91990000MA00033126 91990000MA000338X1
91990000MA0003451W
"""
CAST = _CAST.split()
_CAST_BANKS = """
104999000012 303999000014 302999000010 305999000016 103999000018 301999000015
102999000016 310999000010 313999000016
"""
CAST_BANKS = _CAST_BANKS.split()
WORKERS = ["990000198506120014", "990000199002030028", "990000197811300033"]

SOUND = [
    *((check_uscc, uscc) for uscc in CAST),
    *((check_uscc, uscc) for uscc in ("91350100M000100Y43", "91110108MA01ABCD1E", "12130632MB0000001E")),
    *((check_cnaps, cnaps) for cnaps in CAST_BANKS),
    *((check_resident_id, number) for number in WORKERS),
    *((check_resident_id, n) for n in ("11010519491231002X", "130632198001010016", "510107199004040044")),
    *((check_bic, bic) for bic in ("DEMOCNSHXXX", "DEMOCNSH")),
    (check_lei, "DEMO00CN000000000132"),
    (check_declaration, "990120260000000123"),
    (check_declaration, "990120261000000123"),
    (check_digital_invoice_no, "26990000000000000017"),
    (check_tax_invoice_code, "9900262130"),
    (check_tax_invoice_code, "099002621300"),
    (check_tax_invoice_no, "00012345"),
    (check_invoice_check6, "000123"),
    *((check_bill_interval, interval) for interval in ("0", "1-1", "1-40000000", "40000001-100000000", "1-999999999999")),
    (check_bill_package, "110499900001220260316000000010"),
    (check_container, "CSQU3054383"),
    (check_imo, "9074729"),
    (check_bill_of_lading, "DEMU26031500001"),
    (check_scac, "DEMU"),
    (check_hs_code, "7403111100"),
    (check_locode, "CNXMN"),
    *((check_incoterm, term) for term in ["EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"]),
    *((check_bop_code, code) for code in ("122010", "222011", "222012", "222013")),
    *((check_bank_card, card) for card in ("6217990000000000014", "6222020200012345670", "6217001234567890122")),
    *((check_account_no, account) for account in ("1", "9990-0000-0001", "9" * 32)),
    *((check_isin, isin) for isin in ("US0378331005", "CND10001XY90")),
    *((check_region, region) for region in ("130632", "130632101", "130632101201")),
    (check_device, "GPS-0001"),
    (check_country, "CN"),
]


@pytest.mark.parametrize(("check", "value"), SOUND)
def test_a_sound_identifier_is_accepted(check, value):
    assert check(value) is None


UNSOUND = [
    (check_uscc, "91990000MA0001843B"),
    (check_uscc, "91350100M000100Y44"),
    (check_uscc, "91990000ma0001843a"),
    (check_uscc, "91990000MA0001843"),
    (check_uscc, "91990000MA0001843AA"),
    (check_uscc, "91990000MA0001843A\n"),
    (check_uscc, "9199000OMA0001843A"),  # the letter O
    (check_uscc, "919900A0MA0001843A"),  # a letter in places 3-8
    (check_uscc, "９1990000MA0001843A"),  # full width
    (check_uscc, ""),
    (check_resident_id, "110105194912310021"),
    (check_resident_id, "11010519491231002x"),
    (check_resident_id, "110105491231002"),
    (check_resident_id, "130632198002300019"),  # 30 February, sound check digit
    (check_cnaps, "104999000013"),
    (check_cnaps, "10499900001"),
    (check_bic, "DEMO1NSH"),
    (check_bic, "DEMOXXSH"),
    (check_bic, "DEMOCNSHX"),
    (check_bic, "democnsh"),
    (check_lei, "DEMO00CN000000000133"),
    (check_lei, "DEMO00CN00000000013"),
    (check_declaration, "99012026000000012"),
    (check_declaration, "990119990000000123"),
    (check_declaration, "990120262000000123"),
    (check_digital_invoice_no, "2699000000000000001"),
    (check_tax_invoice_code, "99002621301"),  # 11 digits
    (check_tax_invoice_no, "12345"),
    (check_invoice_check6, "12345"),
    (check_bill_interval, "2-1"),
    (check_bill_interval, "0-1"),
    (check_bill_interval, "1"),
    (check_bill_interval, "01-2"),
    (check_bill_interval, "1-1000000000000"),
    (check_bill_interval, ""),
    (check_bill_package, "110499900001320260316000000010"),  # the bank's check digit
    (check_bill_package, "110499900001220260230000000010"),  # 30 February
    (check_bill_package, "11049990000122026031600000001"),
    (check_container, "CSQU3054384"),
    (check_container, "CSQA3054383"),
    (check_imo, "9074728"),
    (check_imo, "907472"),
    (check_bill_of_lading, "DEMU 26031500001"),
    (check_bill_of_lading, "DEM"),
    (check_bill_of_lading, "D" * 36),
    (check_scac, "DEM"),
    (check_hs_code, "740311110"),
    (check_hs_code, "7703111100"),
    (check_hs_code, "0003111100"),
    (check_locode, "XXXMN"),
    (check_locode, "CNX01"),
    (check_incoterm, "DAT"),  # Incoterms 2010
    (check_incoterm, "fob"),
    (check_bop_code, "12201"),
    (check_bank_card, "6217990000000000015"),
    (check_bank_card, "621799000000000"),
    (check_account_no, ""),
    (check_account_no, "---"),
    (check_account_no, "9" * 33),
    (check_account_no, "62 17"),
    (check_isin, "US0378331006"),
    (check_isin, "US037833100"),
    (check_region, "13063"),
    (check_region, "1306321"),
    (check_region, "030632"),
    (check_device, "a/b/c"),
    (check_device, "#"),
    (check_device, "ab"),
    (check_country, "XX"),
]


@pytest.mark.parametrize(("check", "value"), UNSOUND)
def test_an_unsound_identifier_is_refused_with_its_rule(check, value):
    with pytest.raises(IdCheckFailed) as refused:
        check(value)
    assert refused.value.facts["rule"]


USCC_CHARS, DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY", "0123456789"
# Check, vector, and the replacements for one character that the algorithm must find (same class: letter or digit).
GUARANTEED = [
    *((check_uscc, uscc, USCC_CHARS) for uscc in (*CAST, "91110108MA01ABCD1E")),
    *((check_cnaps, cnaps, DIGITS) for cnaps in CAST_BANKS),
    *((check_resident_id, number, DIGITS + "X") for number in (*WORKERS, "11010519491231002X")),
    *((check_bank_card, card, DIGITS) for card in ("6217990000000000014", "6222020200012345670", "6217001234567890122")),
    *((check_isin, isin, DIGITS) for isin in ("US0378331005", "CND10001XY90")),
    (check_lei, "DEMO00CN000000000132", DIGITS),
    (check_lei, "DEMO00CN000000000132", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
]


@pytest.mark.parametrize(("check", "value", "characters"), GUARANTEED)
def test_every_single_wrong_character_is_found(check, value, characters):
    for place, right in enumerate(value):
        same_class = right in characters
        for wrong in characters if same_class else "":
            if wrong != right:
                with pytest.raises(IdCheckFailed):
                    check(value[:place] + wrong + value[place + 1 :])


# ISO 6346 takes mod 11 mod 10 and IMO weighs even digits mod 10, so a few wrong digits go unseen by their design; the
# check digit itself never does.
@pytest.mark.parametrize(("check", "value"), [(check_container, "CSQU3054383"), (check_imo, "9074729")])
def test_a_wrong_check_digit_is_found(check, value):
    for wrong in set(DIGITS) - {value[-1]}:
        with pytest.raises(IdCheckFailed):
            check(value[:-1] + wrong)


@given(st.text("0123456789", min_size=11, max_size=11))
def test_exactly_one_check_digit_makes_a_bank_number(stem):
    assert sum(_passes(check_cnaps, stem + digit) for digit in DIGITS) == 1


@given(st.from_regex(r"\A[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{9}\Z"))
def test_exactly_one_check_character_makes_a_uscc(stem):
    assert sum(_passes(check_uscc, stem + char) for char in USCC_CHARS) == 1


@given(st.text(max_size=24))
def test_no_check_ever_answers_with_anything_but_its_refusal(text):
    for check in {check for check, _ in SOUND}:
        _passes(check, text)


def _passes(check, value) -> bool:
    try:
        check(value)
    except IdCheckFailed:
        return False
    return True


def test_the_inner_organisation_code_only_warns():
    assert all(org_code_matches(uscc) for uscc in CAST)
    assert org_code_matches("91350100M000100Y43")
    check_uscc("91110108MA01ABCD1E")
    assert not org_code_matches("91110108MA01ABCD1E")


def test_nobody_is_born_after_today():
    check_resident_id("990000199002030028", date(1990, 2, 3))
    with pytest.raises(IdCheckFailed):
        check_resident_id("990000199002030028", date(1990, 2, 2))


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (check_resident_id, "110105194912310021"),
        (check_bank_card, "6217990000000000015"),
        (check_account_no, "6217 9900 0000 0000"),
    ],
)
def test_a_refused_personal_number_is_not_repeated_in_the_refusal(check, value):
    with pytest.raises(IdCheckFailed) as refused:
        check(value)
    assert value not in str(refused.value)
    assert value[4:-2] not in refused.value.text("zh")
    assert refused.value.facts["value"].startswith(value[:3] + "*")


def test_a_declaration_fits_its_use_and_is_not_of_the_future():
    check_declaration("990120260000000123", Direction.EXPORT, date(2026, 1, 1))
    check_declaration("990120261000000123", Direction.IMPORT)
    for value, direction, today in [
        ("990120261000000123", Direction.EXPORT, None),
        ("990120260000000123", Direction.IMPORT, None),
        ("990120260000000123", Direction.EXPORT, date(2025, 12, 31)),
    ]:
        with pytest.raises(IdCheckFailed):
            check_declaration(value, direction, today)


def test_an_invoice_has_a_code_unless_it_is_digital():
    check_invoice("9900262130", "00012345")
    check_invoice(None, "26990000000000000017")
    for code, number in [(None, "00012345"), ("9900262130", "26990000000000000017"), ("99002621301", "00012345")]:
        with pytest.raises(IdCheckFailed):
            check_invoice(code, number)


def test_an_interval_names_its_first_and_last_unit():
    assert parse_interval("1-40000000") == (1, 40_000_000)
    assert parse_interval("0") is None


def test_a_village_lies_in_its_township_and_county():
    assert region_contains("130632", "130632101")
    assert region_contains("130632101", "130632101201")
    assert not region_contains("130632101", "130632")
    assert not region_contains("130633", "130632101201")


SCALARS = {name: getattr(ids, name) for name in ids.__all__ if get_origin(getattr(ids, name)) is Annotated}


@pytest.mark.parametrize("scalar", SCALARS.values(), ids=SCALARS)
def test_a_scalar_carries_a_check_that_accepts_its_own_example(scalar):
    meta: Meta = scalar.__metadata__[0]
    assert meta.extra and meta.examples and meta.extra_json_schema
    (example,) = meta.examples
    meta.extra["check"](example)
    assert re.search(meta.extra_json_schema["pattern"], example)
    assert meta.extra_json_schema["x-heqi"]["scalar"] == meta.extra["scalar"]
    assert re.search("[一-鿿]|LOCODE", meta.extra_json_schema["x-heqi"]["zh"])
