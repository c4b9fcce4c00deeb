"""Banks, accounts, cards, bills, securities (spec/conventions.md §1.3).

What holds here: form and check digit. What does not: that a bank or an account exists (the bank directory and the
account's own bank know), nor 户名一致, which needs the registered name. Card and account numbers are masked in a
refusal.
"""

import re
from datetime import date
from typing import Annotated

from heqi.types.checksums import letters_to_digits, luhn_holds, mod_11_10_holds
from heqi.types.countries import COUNTRIES
from heqi.types.ids_party import masked
from heqi.types.refusals import IdCheckFailed
from heqi.types.scalar import matching, scalar

_CNAPS_FORM = re.compile(r"[0-9]{12}")


def check_cnaps(value: str) -> None:
    """支付系统行号 (联行号): bank 3, area 4, branch 4, check 1 by ISO 7064 MOD 11,10."""
    if not _CNAPS_FORM.fullmatch(value):
        raise IdCheckFailed(rule="联行号 CNAPS 格式 form", value=value)
    if not mod_11_10_holds(value):
        raise IdCheckFailed(rule="联行号 CNAPS 校验位 check digit", value=value)


_BIC_FORM = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")


def check_bic(value: str) -> None:
    """Business identifier code, ISO 9362: 8 or 11 characters, the fifth and sixth a country of ISO 3166."""
    if not _BIC_FORM.fullmatch(value):
        raise IdCheckFailed(rule="BIC 格式 form", value=value)
    if value[4:6] not in COUNTRIES:
        raise IdCheckFailed(rule="BIC 国家代码 country", value=value)


_CARD_FORM = re.compile(r"[0-9]{16,19}")


def check_bank_card(value: str) -> None:
    """银行卡号: 16–19 digits, Luhn."""
    if not _CARD_FORM.fullmatch(value):
        raise IdCheckFailed(rule="银行卡号 bank card 格式 form", value=masked(value))
    if not luhn_holds(value):
        raise IdCheckFailed(rule="银行卡号 bank card 校验位 check digit", value=masked(value))


check_account_no = matching(
    r"(?=.*[0-9])[0-9-]{1,32}", lambda value: IdCheckFailed(rule="对公账号 account number", value=masked(value))
)
"""对公账号: 1–32 digits and hyphens. It has no check digit; the account's name is compared instead."""


_ISIN_FORM = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")


def check_isin(value: str) -> None:
    """ISIN, ISO 6166: two letters, nine characters, Luhn over the letters as 10…35."""
    if not _ISIN_FORM.fullmatch(value):
        raise IdCheckFailed(rule="ISIN 格式 form", value=value)
    if not luhn_holds(letters_to_digits(value)):
        raise IdCheckFailed(rule="ISIN 校验位 check digit", value=value)


_PACKAGE_FORM = re.compile(r"[1-9][0-9]{29}")


def check_bill_package(value: str) -> None:
    """票据(包)号: kind 1, CNAPS 12, date of registration 8, serial 8, check 1.

    The bank's number and the date are checked. The last digit is not: the exchange computes it and does not publish
    how.
    """
    if not _PACKAGE_FORM.fullmatch(value) or not mod_11_10_holds(value[1:13]):
        raise IdCheckFailed(rule="票据包号 bill package number", value=value)
    try:
        date(int(value[13:17]), int(value[17:19]), int(value[19:21]))
    except ValueError as error:
        raise IdCheckFailed(rule="票据包号 bill package number 日期 date", value=value) from error


_INTERVAL_FORM = re.compile(r"([1-9][0-9]{0,11})-([1-9][0-9]{0,11})")


def parse_interval(value: str) -> tuple[int, int] | None:
    """子票区间 "lo-hi": first and last unit of 0.01 CNY, both included; None for "0", a bill that cannot be split."""
    if value == "0":
        return None
    form = _INTERVAL_FORM.fullmatch(value)
    if form is None or int(form[1]) > int(form[2]):
        raise IdCheckFailed(rule="子票区间 bill interval", value=value)
    return int(form[1]), int(form[2])


def check_bill_interval(value: str) -> None:
    """"0", or "lo-hi" with lo ≤ hi, each of at most 12 digits."""  # fmt: skip
    parse_interval(value)


Cnaps = Annotated[
    str,
    scalar(
        "cnaps", zh="联行号", en="CNAPS bank number", check=check_cnaps, example="104999000012", pattern="^[0-9]{12}$"
    ),
]
Bic = Annotated[
    str,
    scalar(
        "bic", zh="SWIFT 代码", en="BIC", check=check_bic, example="DEMOCNSHXXX",
        pattern="^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$",
    ),
]  # fmt: skip
BankCard = Annotated[
    str,
    scalar(
        "bank_card", zh="银行卡号", en="Bank card number", check=check_bank_card, example="6217990000000000014",
        pattern="^[0-9]{16,19}$",
    ),
]  # fmt: skip
AccountNo = Annotated[
    str,
    scalar(
        "account_no", zh="对公账号", en="Account number", check=check_account_no, example="9990-0000-0001",
        pattern="^[0-9-]{1,32}$",
    ),
]  # fmt: skip
Isin = Annotated[
    str,
    scalar(
        "isin",
        zh="国际证券识别码",
        en="ISIN",
        check=check_isin,
        example="CND10001XY90",
        pattern="^[A-Z]{2}[A-Z0-9]{9}[0-9]$",
    ),
]
BillPackageNo = Annotated[
    str,
    scalar(
        "bill_package", zh="票据（包）号", en="Bill package number", check=check_bill_package,
        example="110499900001220260316000000010", pattern="^[1-9][0-9]{29}$",
    ),
]  # fmt: skip
BillInterval = Annotated[
    str,
    scalar(
        "bill_interval", zh="子票区间", en="Bill interval", check=check_bill_interval, example="1-40000000",
        pattern="^(0|[1-9][0-9]{0,11}-[1-9][0-9]{0,11})$",
    ),
]  # fmt: skip
