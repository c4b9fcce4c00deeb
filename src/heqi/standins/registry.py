"""sim-registry (工商): companies by unified social credit code. `python -m heqi.standins.registry --port P --seed s03`.

GET  /company/{uscc}            name, status (NONE when it is not registered): for the ledger, without persons
GET  /company/{uscc}/detail     also the legal representative and the changes
POST /admin/company             {uscc, …} registers a firm or changes one: CANCELLED is the fault of a cancelled firm
"""

from datetime import date
from typing import Any, Literal

import msgspec

from heqi.standins.service import Ask, Said, StandIn
from heqi.standins.start import Seed, Source, main
from heqi.standins.store import Store
from heqi.types.ids import check_uscc
from heqi.types.refusals import SchemaInvalid

SCHEMA = """
CREATE TABLE IF NOT EXISTS company (
    uscc TEXT PRIMARY KEY, name TEXT NOT NULL, name_en TEXT NOT NULL, status TEXT NOT NULL, legal_rep TEXT NOT NULL,
    founded TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS change (
    id INTEGER PRIMARY KEY, uscc TEXT NOT NULL, day TEXT NOT NULL, field TEXT NOT NULL, before TEXT NOT NULL,
    after TEXT NOT NULL);
"""

Status = Literal["ACTIVE", "CANCELLED", "REVOKED"]
"""存续, 注销, 吊销."""


class Company(msgspec.Struct, forbid_unknown_fields=True):
    """A firm, or what changes of it; `uscc` says which."""

    uscc: str
    name: str | None = None
    name_en: str | None = None
    status: Status | None = None
    legal_rep: str | None = None
    founded: date | None = None


class RegistrySeed(msgspec.Struct, forbid_unknown_fields=True):
    """The section `registry` of a seed file."""

    companies: list[Company]


def seed(store: Store, data: Seed) -> None:
    """The firms of a seed file."""
    if isinstance(data, int):
        raise SchemaInvalid(problem="--seed N: sim-registry 需要种子文件 needs a seed file")
    for company in msgspec.convert(data, RegistrySeed).companies:
        _register(store, company)


def attach(stand_in: StandIn) -> None:
    """Gives the stand-in its acts."""
    store = stand_in.store

    def company(ask: Ask) -> Said:
        return _said(_public(store, ask.path["uscc"]), personal=False)

    def detail(ask: Ask) -> Said:
        return _said(_public(store, ask.path["uscc"]), personal=True)

    def change(ask: Ask) -> Said:
        new = ask.json(Company)
        if store.one("SELECT 1 FROM company WHERE uscc = ?", new.uscc):
            _change(store, new)
        else:
            _register(store, new)
        return _said(_public(store, new.uscc), personal=True)

    stand_in.routes += [
        ("GET", "/company/{uscc}", "COMPANY", company),
        ("GET", "/company/{uscc}/detail", "company_detail", detail),
        ("POST", "/admin/company", "company_detail", change),
    ]


def _register(store: Store, new: Company) -> None:
    check_uscc(new.uscc)
    if not new.name:
        raise SchemaInvalid(problem="name", field="name")
    store.insert(
        "company",
        uscc=new.uscc,
        name=new.name,
        name_en=new.name_en or "",
        status=new.status or "ACTIVE",
        legal_rep=new.legal_rep or "",
        founded=str(new.founded or store.today),
    )


def _change(store: Store, new: Company) -> None:
    """Each changed field is kept with its day, as the registry publishes changes."""
    before = _public(store, new.uscc)
    for field, value in msgspec.structs.asdict(new).items():
        if field != "uscc" and value is not None and str(value) != before[field]:
            store.run(f"UPDATE company SET {field} = ? WHERE uscc = ?", str(value), new.uscc)
            store.insert("change", uscc=new.uscc, day=str(store.today), field=field, before=before[field], after=str(value))


def _said(facts: dict[str, Any], personal: bool) -> Said:
    """A person's name is left out of what goes to the ledger (C01: the legal representative is P2)."""
    shown = facts if personal else {name: value for name, value in facts.items() if name not in ("legal_rep", "changes")}
    return Said(f"COMPANY:{facts['uscc']}", shown, "PASS" if facts["status"] == "ACTIVE" else "FAIL")


def _public(store: Store, uscc: str) -> dict[str, Any]:
    found = store.one("SELECT * FROM company WHERE uscc = ?", uscc)
    if found is None:
        # Signed as well: that a firm is not registered is a fact somebody may have to show.
        return {"uscc": uscc[:40], "status": "NONE"}
    changes = store.all("SELECT day, field, before, after FROM change WHERE uscc = ? ORDER BY id", uscc)
    return {**found, "changes": changes}


SOURCE = Source("sim-registry", SCHEMA, seed, attach)

if __name__ == "__main__":
    main(SOURCE)
