"""Numbers and document numbers as people write them; amounts in Chinese capitals."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heqi.types.money import Money, cny
from heqi.types.refusals import MoneyInvalid, SchemaInvalid
from heqi.types.text import fullwidth_to_half, normalise_document_no, plain_number, yuan_in_words


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        ("1,570,000.00", "壹佰伍拾柒万元整"),  # conventions-14-21 C17
        # 《支付结算办法》附件一, its own examples.
        ("1,409.50", "壹仟肆佰零玖元伍角整"),
        ("6,007.14", "陆仟零柒元壹角肆分"),
        ("1,680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107,000.53", "壹拾万柒仟元零伍角叁分"),
        ("16,409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        # The edges.
        ("0.00", "零元整"),
        ("0.01", "壹分"),
        ("0.10", "壹角整"),
        ("0.11", "壹角壹分"),
        ("10.00", "壹拾元整"),
        ("10.10", "壹拾元零壹角整"),
        ("100,001.00", "壹拾万零壹元整"),
        ("100,000,000.00", "壹亿元整"),
        ("100,010,000.00", "壹亿零壹万元整"),
        ("100,000,001.00", "壹亿零壹元整"),
        ("20,000,000,000.00", "贰佰亿元整"),
        ("1,000,000,000,000.00", "壹万亿元整"),
        ("1,000,000,000,001.01", "壹万亿零壹元零壹分"),
        ("9,999,999,999,999.99", "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_an_amount_in_capitals(yuan, words):
    assert yuan_in_words(cny(yuan)) == words
    assert yuan_in_words(cny(yuan), prefix=True) == "人民币" + words


def test_capitals_are_for_yuan_only():
    with pytest.raises(MoneyInvalid):
        yuan_in_words(Money("USD", 100))


@given(st.integers(0, 10**15 - 1))
def test_capitals_are_read_back_as_the_same_amount(minor):
    words = yuan_in_words(Money("CNY", minor))
    assert _read(words) == minor
    assert "零零" not in words
    assert words.endswith(("整", "分"))


def _read(words: str) -> int:
    """A reader of capitals, written apart from the writer."""
    words = words.removesuffix("整")
    total = section = digit = 0
    for char in words:
        if char in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(char)
        elif char in "拾佰仟":
            section, digit = section + digit * {"拾": 10, "佰": 100, "仟": 1000}[char], 0
        elif char == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        elif char == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        elif char == "元":
            total, section, digit = (total + section + digit) * 100, 0, 0
        else:
            total, digit = total + digit * {"角": 10, "分": 1}[char], 0
    return total


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234.50", "1234.50"),
        ("1234.5", "1234.5"),
        ("1,234.50-", "-1234.50"),  # SAP
        ("(1,234.50)", "-1234.50"),
        ("-1,234.50", "-1234.50"),
        ("－１，２３４．５０", "-1234.50"),
        ("\N{MINUS SIGN}7", "-7"),
        ("+7", "7"),
        ("\u30000.00 ", "0.00"),
        ("12345678901234567890123456789012345.67", "12345678901234567890123456789012345.67"),
        ("-12345678901234567890123456789012345.67", "-12345678901234567890123456789012345.67"),
    ],
)
def test_a_number_as_erps_write_it(text, number):
    assert str(plain_number(text)) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "()", "1-2", "-1-", "(-1)", "(1)-", "--1", "1,23", "12,3456", "1234,567", "1.234,50", "1 234.50"),
        *(".5", "5.", "1e5", "NaN", "Infinity", "0x10", "1_000", "¥5", "5元", "壹", "١٢", "²", "1" * 41),
    ],
)
def test_text_that_is_no_number_or_could_be_two_is_refused(text):
    with pytest.raises(SchemaInvalid):
        plain_number(text)


@given(st.decimals(-(10**12), 10**12, places=2))
def test_every_writing_of_a_number_is_the_same_number(number):
    # "-0.00" is a zero, too.
    sign, plain = ("-" if number.is_signed() else ""), f"{abs(number):,.2f}"
    for writing in (sign + plain, plain + sign, f"({plain})" if sign else plain, plain.replace(",", "") + sign):
        assert plain_number(writing) == number
        assert plain_number(_full_width(writing)) == number


def _full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


def test_full_width_becomes_half_width_and_nothing_else_changes():
    assert fullwidth_to_half("ＡＢｃ１２，（）\u3000合契¥") == "ABc12,() 合契¥"


@pytest.mark.parametrize(
    ("writing", "canonical"),
    [
        ("00012345", "12345"),
        ("lc-00012", "LC12"),
        ("LC 12", "LC12"),
        ("ＬＣ／００１２", "LC12"),
        ("LC-2026-00012", "LC202600012"),
        ("demu26031500001", "DEMU26031500001"),
        ("DEMU 2603-1500001", "DEMU26031500001"),
        ("合同〔2026〕第007号", "合同2026第7号"),
        ("0000", "0"),
        ("A100", "A100"),
    ],
)
def test_all_writings_of_one_document_number_are_one(writing, canonical):
    assert normalise_document_no(writing) == canonical


@pytest.mark.parametrize("text", ["", "  ", "-/-", "\u3000"])
def test_an_empty_document_number_is_refused(text):
    with pytest.raises(SchemaInvalid):
        normalise_document_no(text)


@given(st.text("aBß0１２-_ 合ﬁ", min_size=1).filter(lambda text: any(char.isalnum() for char in text)))
def test_normalising_twice_changes_nothing(text):
    once = normalise_document_no(text)
    assert normalise_document_no(once) == once


def test_a_decimal_keeps_the_places_written():
    assert plain_number("1.50").as_tuple().exponent == Decimal("1.50").as_tuple().exponent
