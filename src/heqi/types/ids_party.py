"""Who: organisations, persons, regions (spec/conventions.md §1.3).

What holds here: the form and the check character. What does not: that the party exists or is who it says (that is the
parties register), nor the early real codes that legally fail their check (accepted there, with evidence of an
approver). Numbers of persons are masked in the refusal, because a refusal is kept and shown.
"""

import re
from datetime import date
from operator import mul
from typing import Annotated

from heqi.types.checksums import mod_97_10_holds
from heqi.types.refusals import IdCheckFailed
from heqi.types.scalar import matching, scalar

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I O S V Z: GB 32100-2015 §4
_USCC_FORM = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_USCC_VALUE = {char: value for value, char in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)


def check_uscc(value: str) -> None:
    """统一社会信用代码, GB 32100-2015: 18 characters, places 3–8 digits, Σ value × 3^place ≡ 0 (mod 31)."""
    if not _USCC_FORM.fullmatch(value):
        raise IdCheckFailed(rule="统一社会信用代码 USCC 格式 form", value=value)
    if sum(map(mul, map(_USCC_VALUE.__getitem__, value), _USCC_WEIGHTS)) % 31:
        raise IdCheckFailed(rule="统一社会信用代码 USCC 校验位 check character", value=value)


_ORG_CODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def org_code_matches(uscc: str) -> bool:
    """Whether places 9–17 are a sound GB 11714 organisation code.

    Where not, that is a warning to look closer and no reason to refuse (spec/conventions-14-21.md §0).
    """
    code = uscc[8:17]
    remainder = 11 - sum(int(char, 36) * weight for char, weight in zip(code, _ORG_CODE_WEIGHTS, strict=False)) % 11
    return code[8:] == {10: "X", 11: "0"}.get(remainder, str(remainder))


_RESIDENT_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_resident_id(value: str, today: date | None = None) -> None:
    """居民身份证, GB 11643: 17 digits and a check, a real date of birth, not after `today` where that is known."""
    if not _RESIDENT_FORM.fullmatch(value):
        raise IdCheckFailed(rule="居民身份证 resident ID 格式 form", value=masked(value))
    total = sum(map(mul, map(int, value[:17]), _RESIDENT_WEIGHTS))
    if "10X98765432"[total % 11] != value[17]:
        raise IdCheckFailed(rule="居民身份证 resident ID 校验位 check character", value=masked(value))
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError as error:
        raise IdCheckFailed(rule="居民身份证 resident ID 出生日期 date of birth", value=masked(value)) from error
    if today is not None and born > today:
        raise IdCheckFailed(rule="居民身份证 resident ID 出生日期 date of birth", value=masked(value))


def masked(value: str) -> str:
    """A personal number fit to be shown: its first three and last two characters, or none of a short one."""
    if len(value) < 10:
        return "*" * len(value)
    return value[:3] + "*" * (len(value) - 5) + value[-2:]


_LEI_FORM = re.compile(r"[A-Z0-9]{18}[0-9]{2}")


def check_lei(value: str) -> None:
    """Legal entity identifier, ISO 17442: 20 characters, ISO 7064 MOD 97-10."""
    if not _LEI_FORM.fullmatch(value):
        raise IdCheckFailed(rule="LEI 格式 form", value=value)
    if not mod_97_10_holds(value):
        raise IdCheckFailed(rule="LEI 校验位 check digits", value=value)


check_region = matching(
    r"[1-9][0-9]{5}(?:[0-9]{3}){0,2}", lambda value: IdCheckFailed(rule="行政区划代码 region code", value=value)
)
"""行政区划代码: 6 digits for a county, 9 for a township, 12 for a village."""


def region_contains(parent: str, child: str) -> bool:
    """Whether `child` is `parent` or lies in it: a child's code starts with its parent's."""
    return child.startswith(parent)


Uscc = Annotated[
    str,
    scalar(
        "uscc", zh="统一社会信用代码", en="Unified social credit code", check=check_uscc, example="91990000MA0001843A",
        pattern="^[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}$",
    ),
]  # fmt: skip
PartyId = Uscc
"""A party is known by its USCC everywhere."""
ResidentId = Annotated[
    str,
    scalar(
        "resident_id", zh="居民身份证号码", en="Resident identity number", check=check_resident_id,
        example="11010519491231002X", pattern="^[1-9][0-9]{16}[0-9X]$",
    ),
]  # fmt: skip
Lei = Annotated[
    str,
    scalar(
        "lei", zh="全球法人识别编码", en="Legal entity identifier", check=check_lei, example="DEMO00CN000000000132",
        pattern="^[A-Z0-9]{18}[0-9]{2}$",
    ),
]  # fmt: skip
RegionCode = Annotated[
    str,
    scalar(
        "region", zh="行政区划代码", en="Administrative region code", check=check_region, example="130632",
        pattern="^[1-9][0-9]{5}([0-9]{3}){0,2}$",
    ),
]  # fmt: skip
