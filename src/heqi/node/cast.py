"""The demo cast of the specifications (spec/conventions.md §1.3): fictional parties, impossible identifiers.

Every organisation has the same seven desks, each another natural person. The platform has an operator and no business desk.
"""

from typing import NamedTuple

from heqi.kernel.identity.model import OrgType


class Party(NamedTuple):
    """One member of the demo consortium."""

    key: str
    org: str
    name_zh: str
    name_en: str
    org_type: OrgType
    cnaps: str = ""


DESKS: dict[str, tuple[str, ...]] = {
    "admin": ("org_admin",),
    "maker": ("maker",),
    "checker": ("checker",),
    "approver": ("approver",),
    "treasurer": ("treasurer",),
    "risk": ("risk",),
    "api": ("api",),
}
PLATFORM_DESKS: dict[str, tuple[str, ...]] = {
    "admin": ("org_admin",),
    "operator": ("operator",),
    "maker": ("maker",),
    "checker": ("checker",),
}

CAST = (
    Party("platform", "91990000MA00028973", "示范平台", "Demo Platform", OrgType.PLATFORM),
    Party("regulator", "91990000MA00024754", "示范监管", "Demo Regulator", OrgType.REGULATOR),
    Party("boc", "91990000MA000100X9", "示范中国银行", "Demo Bank of China", OrgType.BANK, "104999000012"),
    Party("everbright", "91990000MA0001077C", "示范光大银行", "Demo Everbright Bank", OrgType.BANK, "303999000014"),
    Party("zhongbang", "91990000MA0001210U", "示范众邦银行", "Demo Zhongbang Bank", OrgType.BANK),
    Party("icbc", "91990000MA0001421B", "示范工商银行", "Demo ICBC", OrgType.BANK, "102999000016"),
    Party("foton_group", "91990000MA00019153", "福田汽车", "Foton Motor", OrgType.CORE),
    Party("foton", "91990000MA00019166", "福田汽车一厂", "Foton Motor Plant One", OrgType.CORE),
    Party("factor", "91990000MA00019821", "福田保理", "Foton Factoring", OrgType.FACTOR),
    Party("jia", "91990000MA00020535", "供应商甲", "Supplier Jia", OrgType.SUPPLIER),
    Party("yi", "91990000MA0002125X", "供应商乙", "Supplier Yi", OrgType.SUPPLIER),
    Party("bing", "91990000MA0002192U", "供应商丙", "Supplier Bing", OrgType.SUPPLIER),
    Party("dealer", "91990000MA0002264L", "经销商丁", "Dealer Ding", OrgType.DEALER),
    Party("registrar", "91990000MA000338X1", "示范数据源", "Demo Data Sources", OrgType.DATA_PROVIDER),
)
