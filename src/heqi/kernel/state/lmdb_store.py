"""The store on disk: three LMDB databases in one file, written in one transaction that stays open across blocks.

What holds here: reads see everything applied, flushed or not; after a crash the file is as of the last flush, and the owner
replays the block log from the height it finds in META. STATE is verified by the state tree. INDEX and META have no root, so
an additive checksum goes with them: the sum mod 2^128 of BLAKE2b-128 over every row, kept current by every change and
compared with a recount at start. What not: no protection from a forger, who can also forge the checksum; the state root
protects what matters. Owned by one thread, which also does all the reading.
"""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import islice
from pathlib import Path

import lmdb

from heqi.kernel.state.damage import StoreDamaged
from heqi.kernel.state.durable import sync_directory
from heqi.kernel.state.readable import CHECKSUM, check_readable
from heqi.kernel.state.reader import KEY_SIZE_MAX, SPACES, Changes, Row, Space

MAP_SIZE = 64 * 2**30
"""Address space, not disk: the file grows as it is written."""

UNREADABLE = (lmdb.CorruptedError, lmdb.InvalidError, lmdb.NotFoundError, lmdb.PanicError, lmdb.VersionMismatchError)
"""What LMDB itself says of a file that is not as it left it; a full disk or a missing permission is no damage."""

CHECKED: tuple[Space, ...] = ("index", "meta")


def open_store(path: Path | str) -> "LmdbStore":
    """The store at `path`, created when absent, every page read and checked. Refuses a damaged one: `StoreDamaged`.

    The rows of STATE remain to be compared with the app hash, by building the state tree from them.
    """
    if Path(path).exists():
        check_readable(path)
    store = LmdbStore(path)
    try:
        store.verify_index()
    except BaseException:
        store.close()
        raise
    return store


class LmdbStore:
    """The file at `path` and LMDB's lock file beside it. `open_store` checks before it opens."""

    def __init__(self, path: Path | str, map_size: int = MAP_SIZE) -> None:
        if not Path(path).exists():
            _create(Path(path))
        map_size = max(map_size, 4 * Path(path).stat().st_size)
        try:
            self._env = _environment(path, map_size)
        except UNREADABLE as error:
            raise StoreDamaged("file", str(error)) from error
        try:
            self._dbs = {space: self._env.open_db(space.encode(), create=False) for space in SPACES}
            self._sums_db = self._env.open_db(CHECKSUM, create=False)
            self._begin()
            self._sums = {space: self._stored_sum(space) for space in CHECKED}
        except UNREADABLE as error:
            self._env.close()
            raise StoreDamaged("file", str(error)) from error

    def get(self, space: Space, key: bytes) -> bytes | None:
        if not 0 < len(key) <= KEY_SIZE_MAX:  # LMDB would raise; such a key is simply not there.
            return None
        return self._get(key, None, self._dbs[space])

    def scan(self, space: Space, start: bytes, stop: bytes, limit: int, reverse: bool = False) -> list[Row]:
        if limit <= 0 or start >= stop:
            return []
        with self._txn.cursor(self._dbs[space]) as cursor:
            # A longer bound lies behind the key of its first 511 bytes, so seeking that key may stop one row early.
            bound = (stop if reverse else start)[:KEY_SIZE_MAX]
            found = cursor.set_range(bound) if bound else cursor.first()
            if reverse:
                rows: Iterator[Row] = cursor.iterprev() if found or cursor.last() else iter(())
                wanted = _between(rows, start, stop, descending=True)
            else:
                wanted = _between(cursor.iternext() if found else iter(()), start, stop, descending=False)
            return list(islice(wanted, limit))

    def apply(self, changes: Changes) -> None:
        """Take over the changes, in the order of their keys. After an error the store must be closed and reopened."""
        for space, changed in changes.items():
            if not changed:
                continue
            if space in CHECKED:
                self._add_up(space, changed)
            puts = sorted((key, value) for key, value in changed.items() if value is not None)
            with self._txn.cursor(self._dbs[space]) as cursor:
                cursor.putmulti(puts)
            for key in sorted(key for key, value in changed.items() if value is None):
                self._txn.delete(key, db=self._dbs[space])

    def flush(self) -> None:
        for space, total in self._sums.items():
            self._txn.put(space.encode(), total.to_bytes(16, "big"), db=self._sums_db)
        self._txn.commit()
        info = self._env.info()
        used = (info["last_pgno"] + 1) * self._env.stat()["psize"]
        if used > info["map_size"] // 2:  # Only possible between two transactions.
            self._env.set_mapsize(info["map_size"] * 2)
        self._begin()

    def close(self) -> None:
        self._txn.abort()
        self._env.close()

    def verify_index(self) -> None:
        """Recount the checksums of INDEX and META as of now. Refuses when they differ: `StoreDamaged`."""
        for space in CHECKED:
            with self._txn.cursor(self._dbs[space]) as cursor:
                total = sum(_term(key, value) for key, value in cursor) % 2**128
            if total != self._sums[space]:
                raise StoreDamaged(space, f"checksum {total:032x}, written was {self._sums[space]:032x}")

    def _begin(self) -> None:
        self._txn = self._env.begin(write=True)
        self._get = self._txn.get

    def _stored_sum(self, space: Space) -> int:
        stored = self._txn.get(space.encode(), db=self._sums_db)
        if stored is None:
            raise lmdb.NotFoundError(f"the checksum of {space}")
        return int.from_bytes(stored, "big")

    def _add_up(self, space: Space, changed: Mapping[bytes, bytes | None]) -> None:
        total, get, db = self._sums[space], self._get, self._dbs[space]
        for key, value in changed.items():
            old = get(key, None, db)
            if old is not None:
                total -= _term(key, old)
            if value is not None:
                total += _term(key, value)
        self._sums[space] = total % 2**128


def _term(key: bytes, value: bytes) -> int:
    # The key's length comes first: without it (a, bc) and (ab, c) would be one row.
    row = b"".join((len(key).to_bytes(2, "big"), key, value))
    return int.from_bytes(blake2b(row, digest_size=16).digest(), "big")


def _between(rows: Iterator[Row], start: bytes, stop: bytes, *, descending: bool) -> Iterator[Row]:
    for row in rows:
        if descending:
            if row[0] >= stop:  # The cursor may stand on the bound, which is not wanted.
                continue
            if row[0] < start:
                return
        elif row[0] < start:
            continue
        elif row[0] >= stop:
            return
        yield row


def _environment(path: Path | str, map_size: int) -> lmdb.Environment:
    return lmdb.open(str(path), map_size=map_size, subdir=False, max_dbs=4, sync=True, metasync=True, readahead=True)


def _create(path: Path) -> None:
    # Under another name first: a store that exists has its databases and checksums, and their absence is damage.
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    env = _environment(fresh, MAP_SIZE)
    try:
        for space in SPACES:
            env.open_db(space.encode())
        sums = env.open_db(CHECKSUM)
        with env.begin(write=True) as txn:
            for space in CHECKED:
                txn.put(space.encode(), bytes(16), db=sums)
        env.sync(True)
    finally:
        env.close()
    fresh.rename(path)
    fresh.with_name(fresh.name + "-lock").unlink(missing_ok=True)
    sync_directory(path.parent)
