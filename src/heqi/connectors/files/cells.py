"""What a cell says: text, an amount, a date, yes or no. Strict: what could be read in two ways is refused.

What holds here: text that a spreadsheet would run as a formula is refused, so that nothing dangerous is exported again;
so are NUL, other control characters and cells of more than 200 characters. An amount never meets a float: a number from
a workbook is taken by its shortest decimal, which is what the workbook stores, and only up to 15 digits.
"""

import unicodedata
from datetime import date, datetime
from decimal import Decimal

from heqi.connectors.files.table import Cell
from heqi.types.money import Money
from heqi.types.rejection import Rejection
from heqi.types.text import fullwidth_to_half, plain_number

TEXT_SIZE_MAX = 200
_FORMULA_MARKS = ("=", "+", "-", "@")
_FLOAT_DIGITS_MAX = 15


class CellUnreadable(Rejection):
    """无法读取：{zh}
    Cannot be read: {en}"""

    zh: str
    en: str


def text(cell: Cell) -> str:
    """The cell as trimmed text, "" when empty. Refuses formulas, control characters, more than 200 characters."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(Decimal(repr(cell)))
    found = str(cell).strip()
    if len(found) > TEXT_SIZE_MAX:
        raise CellUnreadable(zh=f"超过 {TEXT_SIZE_MAX} 个字符", en=f"more than {TEXT_SIZE_MAX} characters")
    # A space is a space in every width (U+3000 stands in Chinese names); invisible and bidirectional marks are not.
    if not found.isprintable() and any(unicodedata.category(c) != "Zs" for c in found if not c.isprintable()):
        raise CellUnreadable(zh="含控制字符", en="it holds control characters")
    return found


def safe_text(cell: Cell) -> str:
    """`text` for words and numbers of documents: also refuses what a spreadsheet would run as a formula."""
    found = text(cell)
    if found.startswith(_FORMULA_MARKS):
        raise CellUnreadable(zh=f"以 {found[0]} 开头，疑似公式", en=f"it starts with {found[0]}, which may be a formula")
    return found


def amount(cell: Cell, ccy: str) -> Money:
    """An amount above zero. A credit note (a minus before or after, or parentheses) is refused as such."""
    if isinstance(cell, (bool, date)):
        raise CellUnreadable(zh="不是金额", en="it is not an amount")
    if isinstance(cell, float) and len(Decimal(repr(cell)).as_tuple().digits) > _FLOAT_DIGITS_MAX:
        raise CellUnreadable(zh="超过 15 位有效数字", en="more than 15 significant digits")
    written = text(cell)
    if not written:
        raise CellUnreadable(zh="金额为空", en="the amount is empty")
    number = plain_number(written)
    if number < 0:
        raise CellUnreadable(zh=f"{written} 为负数(贷项凭证)，不能作为应付账款", en=f"{written} is negative (a credit note), not a payable")
    if number == 0:
        raise CellUnreadable(zh="金额为零", en="the amount is zero")
    return Money.parse(written, ccy)


def day(cell: Cell, formats: tuple[str, ...]) -> date:
    """A date in one of the mapping's formats (strptime), or a workbook's own date."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = fullwidth_to_half(text(cell))
    for form in formats:
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007  A day has no zone.
        except ValueError:
            continue
    raise CellUnreadable(zh=f"日期 {written!r} 无法识别", en=f"{written!r} is not a date of this file's format")


def yes_or_no(cell: Cell, yes: tuple[str, ...], no: tuple[str, ...]) -> bool:
    """A flag by the mapping's own words; an empty cell is a word too, and only counts when the mapping lists it."""
    if isinstance(cell, bool):
        return cell
    written = text(cell).upper()
    if written in yes:
        return True
    if written in no:
        return False
    raise CellUnreadable(zh=f"标志 {written!r} 无法识别", en=f"{written!r} is neither yes nor no")


def whole(cell: Cell) -> int:
    """A count: a whole number, zero or more."""
    number = plain_number(text(cell)) if text(cell) else None
    if number is None or number != number.to_integral_value() or number < 0:
        raise CellUnreadable(zh="应为非负整数", en="it is not a whole number of zero or more")
    return int(number)
