"""The register of movables financing (sim-zhongdeng, 动产融资统一登记): public notice of an assignment or a pledge.

What holds here: a registration proves its time and, by `first`, that no earlier live one of another party covers the same
assets (民法典 768: the earlier registration ranks first). The register does not examine whether the claim exists.
"""

from datetime import date
from typing import Literal
from urllib.parse import quote

import msgspec

from heqi.connectors.answers import Checked, Result, SignedAnswer, judge
from heqi.connectors.source import Source


class NewRegistration(msgspec.Struct, frozen=True):
    """`debtor` assigns or pledges, `obligor` owes the receivable: USCCs. An asset is a document number or a voucher
    interval `package:lo-hi`."""

    kind: Literal["ASSIGNMENT", "PLEDGE"]
    debtor: str
    secured_party: str
    assets: tuple[str, ...]
    amount_fen: int
    obligor: str = ""
    term_months: int = 12


class Registration(msgspec.Struct, frozen=True):
    """A registration as the register shows it now. `total` in fen; `first` 1 or 0; `earlier` rank before it."""

    no: str = msgspec.field(name="reg_no")
    reg_kind: str
    debtor: str
    secured_party: str
    obligor: str
    assets: tuple[str, ...]
    total: int
    ccy: str
    registered_at: str
    registered_on: date
    valid_to: date
    status: str
    version: int
    first: int
    earlier: tuple[str, ...]


class SearchResult(msgspec.Struct, frozen=True):
    """Every registration of a debtor that covers the asset, oldest first, live or not."""

    debtor: str
    asset: str
    registrations: tuple[Registration, ...]


class Zhongdeng:
    """The register's acts and answers as typed records; acts refuse with SourceDown or SourceRefused."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def register(self, new: NewRegistration) -> tuple[Registration, SignedAnswer]:
        """Registers, and gives the signed answer as evidence."""
        return _read(self._source.post("/reg", "ASSIGNMENT", new))

    def amend(
        self, no: str, *, secured_party: str | None = None, assets: tuple[str, ...] | None = None
    ) -> tuple[Registration, SignedAnswer]:
        """The number and the time stay: a re-discount passes on the rank."""
        changed = {"secured_party": secured_party, "assets": assets}
        content = {name: value for name, value in changed.items() if value is not None}
        return _read(self._source.post(f"/reg/{quote(no, safe='')}/amend", "ASSIGNMENT", content))

    def extend(self, no: str, term_months: int) -> tuple[Registration, SignedAnswer]:
        return _read(self._source.post(f"/reg/{quote(no, safe='')}/extend", "ASSIGNMENT", {"term_months": term_months}))

    def cancel(self, no: str) -> tuple[Registration, SignedAnswer]:
        return _read(self._source.post(f"/reg/{quote(no, safe='')}/cancel", "ASSIGNMENT", {}))

    def check_first(self, no: str, asset: str) -> Checked[Registration]:
        """PASS: the registration is live, covers the asset, and is the first over all it covers.

        As evidence it is about `ASSIGNMENT:<secured party>:<asset>`.
        """

        def rule(facts: Registration) -> tuple[Result, str]:
            if facts.no != no:
                return "FAIL", "OTHER_REGISTRATION"
            if facts.status != "ACTIVE":
                return "FAIL", facts.status
            return ("PASS", "") if facts.first else ("FAIL", "NOT_FIRST")

        path = f"/reg/{quote(no, safe='')}"
        asked = {"no": no, "asset": asset}
        return judge("ASSIGNMENT", asked, lambda: self._source.get(path, "ASSIGNMENT", asset=asset), Registration, rule)

    def check_free(self, debtor: str, asset: str, secured_party: str) -> Checked[SearchResult]:
        """PASS: nobody but `secured_party` has a live registration of this debtor over the asset."""

        def rule(facts: SearchResult) -> tuple[Result, str]:
            if (facts.debtor, facts.asset) != (debtor, asset):
                return "FAIL", "OTHER_SEARCH"
            others = [one for one in facts.registrations if one.secured_party != secured_party]
            return ("FAIL", "REGISTERED_BY_ANOTHER") if any(o.status == "ACTIVE" for o in others) else ("PASS", "")

        asked = {"debtor": debtor, "asset": asset}
        return judge("search", asked, lambda: self._source.get("/search", "search", **asked), SearchResult, rule)


def _read(answer: SignedAnswer) -> tuple[Registration, SignedAnswer]:
    return answer.facts(Registration), answer
