"""sim-zhongdeng (动产融资统一登记公示系统): receivables assigned or pledged, in the order they were registered.

`python -m heqi.standins.zhongdeng --port P --seed s03`

    POST /reg                  → 20-digit number, time stamp, and whether it is the first over what it covers
    GET  /reg/{no}?asset=      GET /search?debtor=&asset=
    POST /reg/{no}/amend       another secured party, assets or term    POST /reg/{no}/extend    POST /reg/{no}/cancel

What holds here: `first` means no earlier live registration by another secured party covers any of the assets. An asset
that ends in `:lo-hi` (a voucher interval) is covered where intervals of the same package overlap; any other asset is
covered by its like. The register examines nothing (registration is public notice, 民法典 768 ranks by its time).
"""

import re
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec

from heqi.standins.service import Ask, Said, StandIn
from heqi.standins.start import Seed, Source, main
from heqi.standins.store import Row, Store
from heqi.types.dates import add_months
from heqi.types.ids import check_uscc
from heqi.types.refusals import NotFound, SchemaInvalid, StateInvalid

SCHEMA = """
CREATE TABLE IF NOT EXISTS registration (
    id INTEGER PRIMARY KEY, no TEXT UNIQUE, kind TEXT NOT NULL, debtor TEXT NOT NULL, secured_party TEXT NOT NULL,
    obligor TEXT NOT NULL, assets TEXT NOT NULL, amount_fen INTEGER NOT NULL, registered_at TEXT NOT NULL,
    registered_on TEXT NOT NULL, valid_to TEXT NOT NULL, status TEXT NOT NULL, version INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS registration_debtor ON registration (debtor);
CREATE TABLE IF NOT EXISTS act (
    id INTEGER PRIMARY KEY, no TEXT NOT NULL, act TEXT NOT NULL, day TEXT NOT NULL, before TEXT NOT NULL);
"""
TERM_MONTHS_MAX = 360
_INTERVAL = re.compile(r"(.+):(\d{1,15})-(\d{1,15})")


class Registration(msgspec.Struct, forbid_unknown_fields=True):
    """`debtor` is who assigns or pledges (出让人/出质人); `obligor` who owes the receivable; all are USCCs."""

    kind: Literal["ASSIGNMENT", "PLEDGE"]
    debtor: str
    secured_party: str
    assets: list[str]
    amount_fen: int
    obligor: str = ""
    term_months: int = 12


class Amendment(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /reg/{no}/amend: what is to be another."""

    secured_party: str | None = None
    assets: list[str] | None = None
    amount_fen: int | None = None


class Extension(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /reg/{no}/extend."""

    term_months: int


class ZhongdengSeed(msgspec.Struct, forbid_unknown_fields=True):
    """The section `zhongdeng` of a seed file."""

    registrations: list[Registration] = []


def seed(store: Store, data: Seed) -> None:
    """The registrations of a seed file."""
    if isinstance(data, int):
        raise SchemaInvalid(problem="--seed N: sim-zhongdeng 需要种子文件 needs a seed file")
    for one in msgspec.convert(data, ZhongdengSeed).registrations:
        _register(store, one)


def attach(stand_in: StandIn) -> None:
    """Gives the stand-in its acts."""
    store = stand_in.store

    def register(ask: Ask) -> Said:
        return _said(store, _register(store, ask.json(Registration)))

    def show(ask: Ask) -> Said:
        return _said(store, _get(store, ask.path["no"]), ask.query.get("asset"))

    def search(ask: Ask) -> Said:
        debtor, asset = ask.query.get("debtor", ""), ask.query.get("asset")
        check_uscc(debtor)
        rows = store.all("SELECT * FROM registration WHERE debtor = ? ORDER BY id", debtor)
        found = [row for row in rows if asset is None or _covers(_assets(row), [asset])]
        shown = [_public(store, row) for row in found]
        return Said(f"search:{debtor}:{asset or ''}"[:200], {"debtor": debtor, "asset": asset or "", "registrations": shown})

    def amend(ask: Ask) -> Said:
        new, row = ask.json(Amendment), _live(store, ask.path["no"], "amend")
        changed = {k: v for k, v in msgspec.structs.asdict(new).items() if v is not None}
        _check(new.assets, new.amount_fen, [new.secured_party])
        if new.assets is not None:
            changed["assets"] = msgspec.json.encode(new.assets).decode()
        return _said(store, _change(store, row, "AMEND", changed))

    def extend(ask: Ask) -> Said:
        months, row = ask.json(Extension).term_months, _live(store, ask.path["no"], "extend")
        valid_to = add_months(date.fromisoformat(row["valid_to"]), _term(months))
        return _said(store, _change(store, row, "EXTEND", {"valid_to": valid_to.isoformat()}))

    def cancel(ask: Ask) -> Said:
        row = _live(store, ask.path["no"], "cancel")
        return _said(store, _change(store, row, "CANCEL", {"status": "CANCELLED"}))

    stand_in.routes += [
        ("POST", "/reg", "ASSIGNMENT", register),
        ("GET", "/reg/{no}", "ASSIGNMENT", show),
        ("GET", "/search", "search", search),
        ("POST", "/reg/{no}/amend", "ASSIGNMENT", amend),
        ("POST", "/reg/{no}/extend", "ASSIGNMENT", extend),
        ("POST", "/reg/{no}/cancel", "ASSIGNMENT", cancel),
    ]


def _register(store: Store, new: Registration) -> Row:
    _check(new.assets, new.amount_fen, [new.debtor, new.secured_party, new.obligor or None])
    today = store.today
    number = store.insert(
        "registration",
        no=None,
        kind=new.kind,
        debtor=new.debtor,
        secured_party=new.secured_party,
        obligor=new.obligor,
        assets=msgspec.json.encode(new.assets).decode(),
        amount_fen=new.amount_fen,
        registered_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        registered_on=today.isoformat(),
        valid_to=add_months(today, _term(new.term_months)).isoformat(),
        status="ACTIVE",
        version=1,
    )
    no = f"{today:%Y%m%d}{number:012d}"
    store.run("UPDATE registration SET no = ? WHERE id = ?", no, number)
    return _get(store, no)


def _change(store: Store, row: Row, act: str, changed: dict[str, Any]) -> Row:
    """The registration keeps its number and its time; what it said before is kept as an act."""
    before = msgspec.json.encode({name: row[name] for name in changed}).decode()
    store.insert("act", no=row["no"], act=act, day=store.today.isoformat(), before=before)
    sets = ", ".join(f"{name} = ?" for name in changed)
    store.run(
        f"UPDATE registration SET {sets + ', ' if sets else ''}version = version + 1 WHERE no = ?",
        *changed.values(),
        row["no"],
    )
    return _get(store, row["no"])


def _said(store: Store, row: Row, asset: str | None = None) -> Said:
    """One registration as an answer about one of its assets: what a financier shows before it pays.

    The secured party is part of the document, so that another's later registration says nothing about this one.
    """
    shown = _public(store, row)
    assets, earlier, acts = shown.pop("assets"), shown.pop("earlier"), shown.pop("acts")
    if asset is not None and not _covers(assets, [asset]):
        raise NotFound(record=f"{row['no']} {asset[:80]}")
    about = asset or (assets[0] if len(assets) == 1 else row["no"])
    good = shown["status"] == "ACTIVE" and shown["first"] and shown["valid_to"] >= store.today.isoformat()
    return Said(
        document=f"ASSIGNMENT:{row['secured_party']}:{about}",
        facts=shown,
        result="PASS" if good else "FAIL",
        more={"assets": assets, "earlier": earlier, "acts": acts},
    )


def _public(store: Store, row: Row) -> dict[str, Any]:
    """Everything the register shows of a registration; `first` is 1 or 0."""
    earlier = [
        other["no"]
        for other in store.all("SELECT * FROM registration WHERE id < ? AND status = 'ACTIVE' ORDER BY id", row["id"])
        if other["secured_party"] != row["secured_party"]
        and other["valid_to"] >= store.today.isoformat()
        and _covers(_assets(other), _assets(row))
    ]
    return {
        "reg_no": row["no"],
        "reg_kind": row["kind"],
        "debtor": row["debtor"],
        "secured_party": row["secured_party"],
        "obligor": row["obligor"],
        "total": row["amount_fen"],
        "ccy": "CNY",
        "registered_at": row["registered_at"],
        "registered_on": row["registered_on"],
        "valid_to": row["valid_to"],
        "status": row["status"],
        "version": row["version"],
        "first": int(not earlier),
        "assets": _assets(row),
        "earlier": earlier,
        "acts": store.all("SELECT act, day FROM act WHERE no = ? ORDER BY id", row["no"]),
    }


def _covers(mine: list[str], theirs: list[str]) -> bool:
    return any(_overlap(one, other) for one in mine for other in theirs)


def _overlap(one: str, other: str) -> bool:
    a, b = _INTERVAL.fullmatch(one), _INTERVAL.fullmatch(other)
    if a and b:
        return a[1] == b[1] and int(a[2]) <= int(b[3]) and int(b[2]) <= int(a[3])
    if a or b:  # The whole package covers each of its intervals.
        return (a[1] if a else one) == (b[1] if b else other)
    return one == other


def _assets(row: Row) -> list[str]:
    return msgspec.json.decode(row["assets"], type=list[str])


def _get(store: Store, no: str) -> Row:
    found = store.one("SELECT * FROM registration WHERE no = ?", no)
    if found is None:
        raise NotFound(record=f"登记 registration {no[:40]}")
    return found


def _live(store: Store, no: str, act: str) -> Row:
    found = _get(store, no)
    if found["status"] != "ACTIVE":
        raise StateInvalid(record=no, stage=found["status"], act=act)
    return found


def _term(months: int) -> int:
    if not 1 <= months <= TERM_MONTHS_MAX:
        raise SchemaInvalid(problem=f"term_months ∉ [1, {TERM_MONTHS_MAX}]", field="term_months")
    return months


def _check(assets: list[str] | None, amount_fen: int | None, parties: list[str | None]) -> None:
    if assets is not None and (not assets or not all(assets)):
        raise SchemaInvalid(problem="assets", field="assets")
    if amount_fen is not None and amount_fen < 1:
        raise SchemaInvalid(problem="amount_fen < 1", field="amount_fen")
    for party in parties:
        if party is not None:
            check_uscc(party)


SOURCE = Source("sim-zhongdeng", SCHEMA, seed, attach)

if __name__ == "__main__":
    main(SOURCE)
