"""How every stand-in is started: `python -m heqi.standins.<name> --port P [--db FILE] [--seed FILE|N|s03] [--key FILE]`.

What holds here: it listens on 127.0.0.1 only; a database that was seeded is not seeded again; a key file that does not
exist yet is written with a fresh Ed25519 key, readable by its owner only; without `--key` the key lives as long as the
process.
"""

import argparse
import os
import tomllib
from collections.abc import Callable
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn

from heqi.proof.suites import PrivateKey, generate_key
from heqi.standins.service import StandIn
from heqi.standins.store import Store

Seed = dict[str, Any] | int
"""A section of a seed file, or the number of records to make."""


class Source:
    """What start needs to know of a stand-in: name, SQL schema, how it is seeded, how its acts are attached."""

    def __init__(self, name: str, schema: str, seed: Callable[[Store, Seed], None], attach: Callable[[StandIn], None]) -> None:
        self.name, self.schema, self.seed, self.attach = name, schema, seed, attach

    def open(self, db: str, seed: str | None, key: PrivateKey) -> StandIn:
        """The stand-in, seeded once."""
        store = Store(db, self.schema)
        if store.meta("seed") is None:
            with store.transaction():
                store.set_meta("seed", seed or "")
                store.set_meta("business_date", datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat())
                if seed and seed.isdecimal():
                    self.seed(store, int(seed))
                elif seed:
                    self._seed_file(store, tomllib.loads(read_seed(seed)))
        stand_in = StandIn(self.name, store, key)
        self.attach(stand_in)
        return stand_in

    def _seed_file(self, store: Store, data: dict[str, Any]) -> None:
        store.set_meta("business_date", str(data["business_date"]))
        self.seed(store, data.get(self.name.removeprefix("sim-"), {}))


def read_seed(name: str) -> str:
    """A seed file's text: a path, or the name of one that comes with the house (`s03`)."""
    shipped = resources.files("heqi.standins").joinpath("seeds", f"{name}.toml")
    return shipped.read_text("utf-8") if shipped.is_file() else Path(name).read_text("utf-8")


def load_key(path: str | None) -> PrivateKey:
    """The key of a file of 64 hex digits (an Ed25519 seed), made when there is none yet."""
    if path is None:
        return generate_key("ed25519")
    file = Path(path)
    if not file.exists():
        # O_EXCL and 0600 from the first moment: nobody else reads or races the new key.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(generate_key("ed25519").raw().hex() + "\n")
    return PrivateKey("ed25519", bytes.fromhex(file.read_text().strip()))


def main(source: Source) -> None:
    """Reads the command line and serves until it is stopped."""
    parser = argparse.ArgumentParser(prog=f"heqi.standins.{source.name.removeprefix('sim-')}", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--db", default=":memory:", help="SQLite file; without it the state lives in memory")
    parser.add_argument("--seed", help="a seed file, the name of a shipped one (s03), or a number of records to make")
    parser.add_argument("--key", help="file of the signing key; made when it does not exist")
    given = parser.parse_args()
    stand_in = source.open(given.db, given.seed, load_key(given.key))
    uvicorn.run(stand_in.app(), host="127.0.0.1", port=given.port, log_level="warning", access_log=False)
