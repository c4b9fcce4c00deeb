"""A snapshot is the same bytes on every node, and what is restored from it is the state or nothing."""

import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from heqi.kernel.state import snapshot
from heqi.kernel.state.lmdb_store import open_store
from heqi.kernel.state.reader import Store
from heqi.kernel.state.scan import scan_all
from heqi.kernel.state.store import MemoryStore
from heqi.kernel.state.tree import StateTree
from heqi.proof.suites import SUITES
from heqi.types.refusals import Conflict, HashMismatch, SchemaInvalid
from heqi.types.rejection import Rejection

SUITE = SUITES["intl"]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "CHUNK_SIZE", 1000)


def rows_of_a_state() -> list[tuple[bytes, bytes]]:
    dice = random.Random(4)
    return [(b"note/%04d" % n, dice.randbytes(dice.choice((0, 10, 100, 2500)))) for n in range(60)]


def taken(directory: Path, rows: list[tuple[bytes, bytes]]) -> snapshot.Manifest:
    store = MemoryStore()
    store.apply({"state": dict(rows), "index": {b"not": b"part of it"}})
    root = StateTree(SUITE).build(rows)
    return snapshot.write(store, directory, chain="heqi-test", height=42, app_hash=root)


def index_by_size(store: Store, manifest: snapshot.Manifest) -> None:
    index = {b"%04d" % len(value) + key: b"" for key, value in scan_all(store, "state")}
    store.apply({"index": index, "meta": {b"marker": b"%d" % manifest.height}})


def test_the_snapshot_does_not_depend_on_the_history_of_the_store(tmp_path: Path) -> None:
    rows = rows_of_a_state()
    taken(tmp_path / "one", rows)
    taken(tmp_path / "two", rows[::-1])
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(names) > 10
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_restored_state_is_the_state_with_its_indexes(tmp_path: Path) -> None:
    rows = rows_of_a_state()
    manifest = taken(tmp_path / "snapshot", rows)
    store = open_store(tmp_path / "state")
    assert snapshot.restore(tmp_path / "snapshot", store, SUITE, index_by_size) == manifest
    store.close()
    store = open_store(tmp_path / "state")
    assert list(scan_all(store, "state")) == rows
    assert len(list(scan_all(store, "index"))) == 60
    assert store.get("meta", b"marker") == b"42"
    store.close()


def test_an_empty_state_has_a_snapshot_too(tmp_path: Path) -> None:
    assert taken(tmp_path / "snapshot", []).chunks == []
    snapshot.restore(tmp_path / "snapshot", MemoryStore(), SUITE, index_by_size)


def rewritten(directory: Path, **changes: object) -> None:
    manifest = msgspec.structs.replace(snapshot.read_manifest(directory), **changes)
    (directory / "manifest.json").write_bytes(msgspec.json.encode(manifest, order="sorted"))


def forged(rows: list[tuple[bytes, bytes]]) -> Callable[[Path], None]:
    """A snapshot of other rows whose chunks fit its manifest, but which claims the app hash of the true state."""

    def forge(directory: Path) -> None:
        app_hash = snapshot.read_manifest(directory).app_hash
        for path in directory.iterdir():
            path.unlink()
        directory.rmdir()
        chunks = list(snapshot._chunks(iter(rows)))
        directory.mkdir()
        for number, chunk in enumerate(chunks):
            snapshot.chunk_path(directory, number).write_bytes(chunk)
        digests = [snapshot.hashlib.sha256(chunk).hexdigest() for chunk in chunks]
        manifest = snapshot.Manifest(1, "heqi-test", 42, app_hash, digests)
        (directory / "manifest.json").write_bytes(msgspec.json.encode(manifest, order="sorted"))

    return forge


def change_a_byte(directory: Path) -> None:
    chunk = bytearray((directory / "000003").read_bytes())
    chunk[500] ^= 1
    (directory / "000003").write_bytes(chunk)


ROWS = rows_of_a_state()


@pytest.mark.parametrize(
    ("damage", "refusal", "says"),
    [
        (change_a_byte, HashMismatch, "chunk 3"),
        (lambda d: (d / "000003").unlink(), HashMismatch, "chunk 3 of the snapshot is missing"),
        (lambda d: (d / "000003").write_bytes((d / "000004").read_bytes()), HashMismatch, "chunk 3"),
        (lambda d: rewritten(d, chunks=snapshot.read_manifest(d).chunks[:-1]), Rejection, "within a row|root"),
        (lambda d: rewritten(d, chunks=[]), HashMismatch, "root"),
        (lambda d: rewritten(d, app_hash="00" * 32), HashMismatch, "root"),
        (forged(ROWS[:-1]), HashMismatch, "root"),
        (forged([*ROWS[:-1], (ROWS[-1][0], b"another value")]), HashMismatch, "root"),
        (forged([ROWS[1], ROWS[0], *ROWS[2:]]), SchemaInvalid, "out of order"),
        (forged([ROWS[0], *ROWS]), SchemaInvalid, "out of order"),
        (forged([(b"", b"x"), *ROWS]), SchemaInvalid, "out of order"),
        (forged([(b"k" * 512, b"x"), *ROWS]), SchemaInvalid, "too long"),
        (lambda d: (d / "manifest.json").write_bytes(b"{}"), SchemaInvalid, "manifest"),
        (lambda d: (d / "manifest.json").write_bytes((d / "manifest.json").read_bytes() + b" "), SchemaInvalid, "canon"),
    ],
)
def test_a_snapshot_that_is_not_what_it_claims_is_refused_and_nothing_is_kept(
    tmp_path: Path, damage: Callable[[Path], None], refusal: type[Rejection], says: str
) -> None:
    taken(tmp_path / "snapshot", ROWS)
    damage(tmp_path / "snapshot")
    store = open_store(tmp_path / "state")
    with pytest.raises(refusal, match=says):
        snapshot.restore(tmp_path / "snapshot", store, SUITE, index_by_size)
    store.close()
    store = open_store(tmp_path / "state")
    assert list(scan_all(store, "state")) == []
    store.close()


def test_chunks_cut_elsewhere_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken(tmp_path / "snapshot", ROWS)
    monkeypatch.setattr(snapshot, "CHUNK_SIZE", 1200)
    with pytest.raises(SchemaInvalid, match="1000 bytes"):
        snapshot.restore(tmp_path / "snapshot", MemoryStore(), SUITE, index_by_size)


@pytest.mark.parametrize("space", ["state", "index", "meta"])
def test_a_store_in_use_is_not_written_over(tmp_path: Path, space: str) -> None:
    taken(tmp_path / "snapshot", ROWS)
    store = MemoryStore()
    store.apply({space: {b"here": b"already"}})  # pyright: ignore[reportArgumentType]
    with pytest.raises(Conflict):
        snapshot.restore(tmp_path / "snapshot", store, SUITE, index_by_size)
