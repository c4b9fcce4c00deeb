"""Text as people and ERPs write it: full-width characters, numbers, document numbers, amounts in capitals (大写).

What holds here: reading is strict: what could be read in two ways is refused, never guessed. Writing is one fixed form.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from heqi.types.refusals import MoneyInvalid, SchemaInvalid

if TYPE_CHECKING:  # money reads numbers with this module
    from heqi.types.money import Money

_NUMBER = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_NUMBER_SIZE_MAX = 40
_ZEROS_BEFORE_SERIAL = re.compile(r"(?<![0-9])0+(?=[0-9])")


def fullwidth_to_half(text: str) -> str:
    """Full-width ASCII (U+FF01…U+FF5E) and the ideographic space to their half-width forms; all else untouched."""
    return text.translate(_HALF)


_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def plain_number(text: str) -> Decimal:
    """A number as ERPs write it: "1,234.50", SAP's "1,234.50-", an accountant's "(1,234.50)", full-width digits.

    The decimals written are kept (`Decimal("1.50")` has two). Refused with SchemaInvalid: exponents, groups that are
    not of three, two signs, a comma as decimal mark, anything else.
    """
    plain = fullwidth_to_half(text).replace("\N{MINUS SIGN}", "-").strip()
    body, negative = plain, False
    if body.startswith("(") and body.endswith(")"):
        body, negative = body[1:-1], True
    elif body.endswith("-"):
        body, negative = body[:-1], True
    elif body[:1] in ("+", "-"):
        body, negative = body[1:], body[0] == "-"
    if len(body) > _NUMBER_SIZE_MAX or not _NUMBER.fullmatch(body):
        raise SchemaInvalid(problem=f"{text[:_NUMBER_SIZE_MAX]!r} ∉ 数字 number")
    # Through text, because unary minus would round to the context's precision.
    return Decimal(("-" if negative else "") + body.replace(",", ""))


@lru_cache(maxsize=1 << 16)
def normalise_document_no(text: str) -> str:
    """One form for all writings of one document number (spec C04).

    NFKC, upper case, letters and digits only, no leading zeros. Leading zeros are those of each run of digits
    ("LC-00012" and "lc 12" are one document). They go after the punctuation, so that a changed hyphen never makes a new
    document. Refused with SchemaInvalid when nothing is left.
    """
    kept = "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())
    if not kept:
        raise SchemaInvalid(problem=f"{text!r}: 单据号为空 empty document number")
    return _ZEROS_BEFORE_SERIAL.sub("", kept)


def yuan_in_words(amount: "Money", prefix: bool = False) -> str:
    """The amount in Chinese capitals: 1,570,000.00 → 壹佰伍拾柒万元整; `prefix` puts 人民币 before it. CNY only.

    《支付结算办法》附件一 (正确填写票据和结算凭证的基本规定): several zeros in a row are one 零; 角 zero and 分 not, a
    零 stands before 分; where the rule leaves a choice, 零 is written before 角 after a round 元 (its first form:
    壹仟陆佰捌拾元零叁角贰分), none before 仟, and 整 closes an amount that ends in 元 or 角, so that nothing can be
    added.
    """
    if amount.ccy != "CNY":
        raise MoneyInvalid(problem=f"大写 capitals: {amount.ccy} ≠ CNY")
    yuan, fen = divmod(amount.minor, 100)
    jiao, fen = divmod(fen, 10)
    words = _capitals(yuan) + "元" if yuan or not (jiao or fen) else ""
    if jiao:
        words += ("零" if yuan and yuan % 10 == 0 else "") + _DIGITS[jiao] + "角"
    if fen:
        words += ("零" if yuan and not jiao else "") + _DIGITS[fen] + "分"
    else:
        words += "整"
    return ("人民币" if prefix else "") + words


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))


def _capitals(number: int) -> str:
    for unit, name in _PLACES:
        if number >= unit:
            head, rest = divmod(number, unit)
            gap = "零" if 0 < rest < unit // 10 else ""
            return _capitals(head) + name + gap + (_capitals(rest) if rest else "")
    return _DIGITS[number]
