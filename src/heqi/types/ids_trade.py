"""Trade papers and the things that move: invoices, declarations, bills of lading, containers, ships, goods, devices.

What holds here: form and check digit (spec/conventions.md §1.3). What does not: that a paper is genuine, which its
source answers (finance/verifications), nor whether a BOP code is in force, a table kept as a parameter on the ledger.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated

from heqi.types.countries import COUNTRIES
from heqi.types.refusals import IdCheckFailed
from heqi.types.scalar import Check, matching, scalar


class Direction(StrEnum):
    """进出口方向."""

    EXPORT = "EXPORT"
    IMPORT = "IMPORT"


_DECLARATION_FORM = re.compile(r"[0-9]{4}(2[0-9]{3})([01])[0-9]{9}")


def check_declaration(value: str, direction: Direction | None = None, today: date | None = None) -> None:
    """报关单号: customs district 4, year 4 (2000 or later), flag 0 export or 1 import, serial 9.

    Where the caller knows them: the flag fits the use (`direction`), the year is not after `today`.
    """
    form = _DECLARATION_FORM.fullmatch(value)
    if form is None:
        raise IdCheckFailed(rule="报关单号 customs declaration 格式 form", value=value)
    if direction is not None and form[2] != ("0" if direction is Direction.EXPORT else "1"):
        raise IdCheckFailed(rule="报关单号 customs declaration 进出口标志 flag", value=value)
    if today is not None and int(form[1]) > today.year:
        raise IdCheckFailed(rule="报关单号 customs declaration 年份 year", value=value)


_LETTERS_SKIPPING_11 = (n for n in range(10, 39) if n % 11)
_CONTAINER_VALUE = {str(digit): digit for digit in range(10)} | dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", _LETTERS_SKIPPING_11, strict=True)
)
_CONTAINER_FORM = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")


def check_container(value: str) -> None:
    """集装箱号, ISO 6346: owner 3, category U, J or Z, serial 6, check = Σ value × 2^place mod 11 mod 10."""
    if not _CONTAINER_FORM.fullmatch(value):
        raise IdCheckFailed(rule="集装箱号 container ISO 6346 格式 form", value=value)
    total = sum(_CONTAINER_VALUE[char] << place for place, char in enumerate(value[:10]))
    if total % 11 % 10 != int(value[10]):
        raise IdCheckFailed(rule="集装箱号 container ISO 6346 校验位 check digit", value=value)


def check_imo(value: str) -> None:
    """IMO ship number: seven digits, the last that of Σ digit × (7…2)."""
    if not re.fullmatch(r"[0-9]{7}", value):
        raise IdCheckFailed(rule="IMO 船舶编号 ship number 格式 form", value=value)
    if sum(int(digit) * weight for digit, weight in zip(value, range(7, 1, -1), strict=False)) % 10 != int(value[6]):
        raise IdCheckFailed(rule="IMO 船舶编号 ship number 校验位 check digit", value=value)


def _form_only(rule: str, pattern: str) -> Check:
    """The check of an identifier that has a form and nothing to compute."""
    return matching(pattern, lambda value: IdCheckFailed(rule=rule, value=value))


check_digital_invoice_no = _form_only("数电票号码 digital invoice number", r"[0-9]{20}")
"""全电发票号码: year 2, province or city 2, channel 1, serial 15. It has no invoice code."""
check_tax_invoice_code = _form_only("发票代码 invoice code", r"[0-9]{10}|[0-9]{12}")
"""税控发票代码: 10 or 12 digits."""
check_tax_invoice_no = _form_only("发票号码 invoice number", r"[0-9]{8}")
"""税控发票号码: 8 digits, beside its code."""
check_invoice_check6 = _form_only("发票校验码后六位 last six of the invoice check code", r"[0-9]{6}")
check_scac = _form_only("船公司代码 SCAC", r"[A-Z]{4}")
check_bill_of_lading = _form_only("提单号 B/L number", r"[A-Z0-9/-]{4,35}")
"""提单号: the number alone is not unique; the key is (SCAC, number, date of issue)."""
check_hs_code = _form_only("商品编码 HS code", r"(?!00|77)[0-9]{10}")
"""商品编码: 10 digits, the first six international; chapter 77 is reserved, 00 does not exist."""
check_incoterm = _form_only("贸易术语 Incoterms 2020", r"EXW|FCA|FAS|FOB|CFR|CIF|CPT|CIP|DAP|DPU|DDP")
check_bop_code = _form_only("国际收支交易编码 BOP code", r"[0-9]{6}")
check_device = _form_only("设备号 device", r"[A-Za-z0-9][A-Za-z0-9._-]{2,31}")
"""设备号: 3–32 characters that are safe as one level of an MQTT topic."""


def check_invoice(code: str | None, number: str) -> None:
    """One invoice's identity: a digital invoice has a number of 20 and no code, any other a code and a number of 8."""
    if code is None:
        check_digital_invoice_no(number)
    else:
        check_tax_invoice_code(code)
        check_tax_invoice_no(number)


def check_locode(value: str) -> None:
    """UN/LOCODE: a country of ISO 3166 and three of A–Z, 2–9."""
    if not re.fullmatch(r"[A-Z]{2}[A-Z2-9]{3}", value) or value[:2] not in COUNTRIES:
        raise IdCheckFailed(rule="UN/LOCODE", value=value)


CustomsDeclaration = Annotated[
    str,
    scalar(
        "declaration",
        zh="报关单号",
        en="Customs declaration number",
        check=check_declaration,
        example="990120260000000123",
        pattern="^[0-9]{4}2[0-9]{3}[01][0-9]{9}$",
    ),
]
DigitalInvoiceNo = Annotated[
    str,
    scalar(
        "digital_invoice_no",
        zh="数电票号码",
        en="Digital invoice number",
        check=check_digital_invoice_no,
        example="26990000000000000017",
        pattern="^[0-9]{20}$",
    ),
]
TaxInvoiceCode = Annotated[
    str,
    scalar(
        "tax_invoice_code",
        zh="发票代码",
        en="Invoice code",
        check=check_tax_invoice_code,
        example="9900262130",
        pattern="^([0-9]{10}|[0-9]{12})$",
    ),
]
TaxInvoiceNo = Annotated[
    str,
    scalar(
        "tax_invoice_no",
        zh="发票号码",
        en="Invoice number",
        check=check_tax_invoice_no,
        example="00012345",
        pattern="^[0-9]{8}$",
    ),
]
InvoiceCheck6 = Annotated[
    str,
    scalar(
        "invoice_check6",
        zh="校验码后六位",
        en="Last six of the check code",
        check=check_invoice_check6,
        example="123456",
        pattern="^[0-9]{6}$",
    ),
]
ContainerNo = Annotated[
    str,
    scalar(
        "container",
        zh="集装箱号",
        en="Container number",
        check=check_container,
        example="CSQU3054383",
        pattern="^[A-Z]{3}[UJZ][0-9]{7}$",
    ),
]
ImoNo = Annotated[
    str,
    scalar("imo", zh="船舶 IMO 编号", en="IMO ship number", check=check_imo, example="9074729", pattern="^[0-9]{7}$"),
]
Scac = Annotated[
    str,
    scalar("scac", zh="船公司代码", en="Carrier code (SCAC)", check=check_scac, example="DEMU", pattern="^[A-Z]{4}$"),
]
BillOfLadingNo = Annotated[
    str,
    scalar(
        "bill_of_lading",
        zh="提单号",
        en="Bill of lading number",
        check=check_bill_of_lading,
        example="DEMU26031500001",
        pattern="^[A-Z0-9/-]{4,35}$",
    ),
]
HsCode = Annotated[
    str,
    scalar("hs_code", zh="商品编码", en="HS code", check=check_hs_code, example="7403111100", pattern="^[0-9]{10}$"),
]
UnLocode = Annotated[
    str,
    scalar(
        "locode", zh="港口代码", en="UN/LOCODE", check=check_locode, example="CNXMN", pattern="^[A-Z]{2}[A-Z2-9]{3}$"
    ),
]
Incoterm = Annotated[
    str,
    scalar("incoterm", zh="贸易术语", en="Incoterms 2020", check=check_incoterm, example="FOB", pattern="^[A-Z]{3}$"),
]
BopCode = Annotated[
    str,
    scalar(
        "bop_code",
        zh="国际收支交易编码",
        en="BOP transaction code",
        check=check_bop_code,
        example="122010",
        pattern="^[0-9]{6}$",
    ),
]
DeviceId = Annotated[
    str,
    scalar(
        "device",
        zh="设备号",
        en="Device",
        check=check_device,
        example="GPS-0001",
        pattern="^[A-Za-z0-9][A-Za-z0-9._-]{2,31}$",
    ),
]
