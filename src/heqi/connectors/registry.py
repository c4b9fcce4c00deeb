"""The company register (sim-registry): a firm's name, status and legal representative by its USCC."""

from datetime import date

import msgspec

from heqi.connectors.answers import Checked, Result, judge
from heqi.connectors.source import Source
from heqi.types.ids import check_uscc


class Company(msgspec.Struct, frozen=True):
    """`status` ACTIVE 存续, CANCELLED 注销, REVOKED 吊销, NONE not registered."""

    uscc: str
    status: str
    name: str = ""
    name_en: str = ""
    founded: date | None = None


class CompanyDetail(Company, frozen=True):
    """With the legal representative: personal, never for the ledger."""

    legal_rep: str = ""


class Registry:
    """The register's answers as typed records."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def company(self, uscc: str, name: str | None = None) -> Checked[Company]:
        """PASS: the firm exists, is active and, when `name` is given, bears exactly this name."""
        check_uscc(uscc)

        def rule(facts: Company) -> tuple[Result, str]:
            if facts.uscc != uscc:
                return "FAIL", "OTHER_COMPANY"
            if facts.status != "ACTIVE":
                return "FAIL", facts.status
            return ("PASS", "") if name in (None, facts.name) else ("FAIL", "NAME_DIFFERS")

        asked = {"uscc": uscc, "name": name or ""}
        return judge("COMPANY", asked, lambda: self._source.get(f"/company/{uscc}", "COMPANY"), Company, rule)

    def detail(self, uscc: str) -> CompanyDetail:
        """Refuses with SourceDown: here is no PASS or FAIL to fall back on."""
        check_uscc(uscc)
        return self._source.get(f"/company/{uscc}/detail", "company_detail").facts(CompanyDetail)
