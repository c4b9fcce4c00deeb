"""Every store answers alike, and the one on disk keeps what was flushed."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from heqi.kernel.state import lmdb_store
from heqi.kernel.state.keys import AFTER_EVERY_KEY
from heqi.kernel.state.lmdb_pages import check_pages
from heqi.kernel.state.lmdb_store import LmdbStore, open_store
from heqi.kernel.state.reader import KEY_SIZE_MAX, SPACES, Space, Store
from heqi.kernel.state.store import MemoryStore

Spaces = dict[Space, dict[bytes, bytes]]


@pytest.fixture(params=["memory", "lmdb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = MemoryStore() if request.param == "memory" else open_store(tmp_path / "state")
    yield opened
    opened.close()


def some_changes(dice: random.Random) -> dict[Space, dict[bytes, bytes | None]]:
    """Puts, overwrites and deletes of a few hundred keys, with values of no page, half a page and several pages."""
    return {
        space: {
            b"key-%d" % dice.randrange(300): None if dice.random() < 0.3 else dice.randbytes(dice.choice((0, 9, 200, 9000)))
            for _ in range(dice.randrange(60))
        }
        for space in SPACES
    }


def take(truth: Spaces, changes: dict[Space, dict[bytes, bytes | None]]) -> None:
    for space, changed in changes.items():
        truth[space] |= {key: value for key, value in changed.items() if value is not None}
        for key in [key for key, value in changed.items() if value is None]:
            truth[space].pop(key, None)


def test_a_store_answers_as_a_sorted_dictionary_would(store: Store) -> None:
    dice = random.Random(7)
    truth: Spaces = {space: {} for space in SPACES}
    bounds = [b"", b"\0", b"key-1", b"key-15", b"key-150", b"key-2", b"z", AFTER_EVERY_KEY]
    for turn in range(40):
        changes = some_changes(dice)
        store.apply(changes)
        take(truth, changes)
        if turn % 3 == 0:
            store.flush()
        for space in SPACES:
            assert all(store.get(space, b"key-%d" % n) == truth[space].get(b"key-%d" % n) for n in range(300))
            start, stop = dice.choice(bounds), dice.choice(bounds)
            reverse, limit = dice.random() < 0.5, dice.choice((-1, 0, 1, 7, 1000))
            rows = sorted(((k, v) for k, v in truth[space].items() if start <= k < stop), reverse=reverse)
            assert store.scan(space, start, stop, limit, reverse) == rows[: max(limit, 0)]


@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_may_be_bounded_by_what_is_no_key(store: Store, reverse: bool) -> None:
    longest = b"k" * KEY_SIZE_MAX
    store.apply({"state": {longest: b"1", b"k": b"2", b"l": b"3", b"\xff" * KEY_SIZE_MAX: b"4"}})

    def found(start: bytes, stop: bytes) -> str:
        return "".join(value.decode() for _, value in store.scan("state", start, stop, 9, reverse))[:: -1 if reverse else 1]

    assert found(b"", AFTER_EVERY_KEY) == "2134"
    assert found(longest + b"\0", b"l") == ""
    assert found(longest, longest + b"\0") == "1"
    assert found(b"k", longest + b"\0") == "21"
    assert store.get("state", b"") is store.get("state", longest + b"k") is None


def test_after_a_crash_the_store_is_as_of_the_last_flush(tmp_path: Path) -> None:
    store = open_store(tmp_path / "state")
    store.apply({"meta": {b"marker": b"1"}, "state": {b"a": b"1"}})
    store.flush()
    store.apply({"meta": {b"marker": b"2"}, "state": {b"a": b"2"}})
    store.close()  # As good as a crash: what was not flushed is gone.
    store = open_store(tmp_path / "state")
    assert (store.get("meta", b"marker"), store.get("state", b"a")) == (b"1", b"1")
    store.verify_index()
    store.close()


CHILD = """
import sys
from heqi.kernel.state.lmdb_store import open_store
store = open_store(sys.argv[1])
height = int(store.get("meta", b"marker") or b"0")
while True:
    height += 1
    rows = {b"%d" % (height * n % 997): b"%d" % height * 50 for n in range(1, 40)}
    store.apply({"state": rows, "index": rows, "meta": {b"marker": b"%d" % height}})
    if height % 4 == 0:
        store.flush()
        print(height, flush=True)
"""


def test_a_flush_survives_a_killed_process_and_spaces_stay_of_one_height(tmp_path: Path) -> None:
    path, dice = tmp_path / "state", random.Random(5)
    for _ in range(6):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(dice.randrange(1, 60))][-1]
        child.kill()
        child.communicate()
        store = open_store(path)
        height = int(store.get("meta", b"marker") or b"")
        assert height >= told
        assert height % 4 == 0
        rows: dict[bytes, bytes] = {}
        for past in range(1, height + 1):
            rows |= {b"%d" % (past * n % 997): b"%d" % past * 50 for n in range(1, 40)}
        for space in ("state", "index"):
            assert store.scan(space, b"", AFTER_EVERY_KEY, 2000) == sorted(rows.items())
        store.close()


def test_the_map_grows_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmdb_store, "MAP_SIZE", 1 << 20)
    store = LmdbStore(tmp_path / "state", map_size=1 << 20)
    for height in range(40):
        store.apply({"state": {b"%d/%d" % (height, n): bytes(1000) for n in range(200)}})
        store.flush()
    assert len(store.scan("state", b"", b"z", 10_000)) == 8000
    store.close()
    check_pages(str(tmp_path / "state"))
    LmdbStore(tmp_path / "state", map_size=1 << 20).close()
