"""A stand-in's state: one SQLite file, every request one transaction, so that a killed process loses nothing it answered.

What holds here: money and counts are integers, days are ISO text. `meta` keeps the business date and what was seeded.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from heqi.types.refusals import DateInvalid

Row = dict[str, Any]

_META = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)"


class Store:
    """One connection and one lock: a stand-in answers one question at a time, as its laws are written for."""

    def __init__(self, path: str, schema: str) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = lambda cursor, row: dict(zip((c[0] for c in cursor.description), row, strict=True))
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_META + ";" + schema)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Not nested."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def one(self, sql: str, *values: Any) -> Row | None:
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def all(self, sql: str, *values: Any) -> list[Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def run(self, sql: str, *values: Any) -> int:
        """Executes, and gives the row id of what was inserted last."""
        with self._lock:
            return self._db.execute(sql, values).lastrowid or 0

    def insert(self, table: str, **columns: Any) -> int:
        """`table` and the column names are ours, never a caller's."""
        names = ", ".join(columns)
        return self.run(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", *columns.values())

    def insert_many(self, table: str, rows: Iterable[Row]) -> None:
        for row in rows:
            self.insert(table, **row)

    def meta(self, key: str) -> str | None:
        found = self.one("SELECT value FROM meta WHERE key = ?", key)
        return found["value"] if found else None

    def set_meta(self, key: str, value: str) -> None:
        self.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)

    @property
    def today(self) -> date:
        """The stand-in's business date; it follows the ledger's, by POST /admin/day."""
        return date.fromisoformat(self.meta("business_date") or "1970-01-01")

    def advance(self, day: date) -> None:
        """To this day or a later one: a business date never goes back."""
        if self.meta("business_date") and day < self.today:
            raise DateInvalid(problem=f"{day} < {self.today} 业务日期不可倒退 a business date never goes back")
        self.set_meta("business_date", day.isoformat())
