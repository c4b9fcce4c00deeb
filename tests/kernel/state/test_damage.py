"""A damaged state database is refused at start, or the damage is where it makes no difference. It is never repaired."""

import os
import random
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import lmdb
import pytest

from heqi.kernel.state.damage import StoreDamaged
from heqi.kernel.state.lmdb_store import LmdbStore, open_store
from heqi.kernel.state.readable import check_readable, read_everything
from heqi.kernel.state.reader import SPACES, Space
from heqi.kernel.state.scan import scan_all
from heqi.kernel.state.tree import StateTree
from heqi.proof.suites import SUITES

PAGE = 4096
CASES = 150
"""Of each kind of damage, drawn from all; set it high for a full sweep, which takes minutes."""

Contents = dict[Space, dict[bytes, bytes]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[bytes, Contents]]:
    """A real database after twelve flushes, and its contents by state root as of the last two, either of which is whole."""
    path, dice = tmp_path_factory.mktemp("original") / "state", random.Random(11)
    store = open_store(path)
    tree = StateTree(SUITES["intl"])
    flushed: list[tuple[bytes, Contents]] = []
    for height in range(12):
        changes: dict[Space, dict[bytes, bytes | None]] = {
            space: {
                b"%s/%04d" % (space.encode(), dice.randrange(150)): None
                if dice.random() < 0.2
                else dice.randbytes(dice.choice((*[150] * 40, 5000)))
                for _ in range(40)
            }
            for space in SPACES
        }
        changes["meta"][b"marker"] = b"%d" % height
        store.apply(changes)
        store.flush()
        tree.update(changes["state"].items())
        flushed.append((tree.root, {space: dict(scan_all(store, space)) for space in SPACES}))
    store.close()
    return path.read_bytes(), dict(flushed[-2:])


def outcome_of(path: Path, truth: dict[bytes, Contents]) -> str:
    """Start on the file in a process of its own, as a node does: check, open, compare, write on, and check again."""
    child = os.fork()
    if child == 0:
        verdict = 3
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            verdict = start(path, truth)
        finally:
            os._exit(verdict)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "detected"  # By the parent of the reading child; test_a_reader_that_dies below.
    return {0: "right", 1: "detected", 2: "wrong data"}.get(os.WEXITSTATUS(status), "died after the check")


def start(path: Path, truth: dict[bytes, Contents]) -> int:
    try:
        read_everything(str(path))
    except Exception:  # noqa: BLE001 (whatever it is, the reading child fails with it)
        return 1
    reader = os.fork()
    if reader:
        _, status = os.waitpid(reader, 0)
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 3
    verdict = 3
    try:
        verdict = compare(path, truth)
    finally:
        os._exit(verdict)


def compare(path: Path, truth: dict[bytes, Contents]) -> int:
    try:
        store = LmdbStore(path)
        store.verify_index()
    except StoreDamaged:
        return 1
    root = StateTree(SUITES["intl"]).build(scan_all(store, "state"))
    if root not in truth:
        return 1
    if {space: dict(scan_all(store, space)) for space in SPACES} != truth[root]:
        return 2
    # A page wrongly held free would be written over now.
    more = {b"%d" % n: bytes(300) for n in range(300)}
    for _ in range(3):
        store.apply(dict.fromkeys(SPACES, more))
        store.flush()
    store.close()
    read_everything(str(path))
    again = LmdbStore(path)
    again.verify_index()
    return 0 if {space: dict(scan_all(again, space)) for space in SPACES} == {
        space: rows | more for space, rows in truth[root].items()
    } else 2  # fmt: skip


Damage = tuple[int, bytes | None]
"""What stands at an offset instead; None: the file ends there."""


def bytes_of_every_page(whole: bytes) -> Iterator[Damage]:
    """One byte changed: throughout the head of every page, and here and there in the rest of it."""
    dice = random.Random(1)
    for page in range(0, len(whole), PAGE):
        head = [*range(16), *(range(16, 200) if page < 2 * PAGE else dice.sample(range(16, 64), 6))]
        for offset in [*head, *dice.sample(range(16, PAGE), 8)]:
            yield page + offset, bytes((whole[page + offset] ^ 1 << dice.randrange(8),))


def whole_pages(whole: bytes) -> Iterator[Damage]:
    """Pages lost, stale, misplaced: zeros, ones, noise, another page of the same file, or half a page."""
    dice = random.Random(2)
    for page in range(0, len(whole), PAGE):
        other = dice.randrange(0, len(whole), PAGE)
        for content in (bytes(PAGE), b"\xff" * PAGE, dice.randbytes(PAGE), whole[other : other + PAGE]):
            yield page, content
        yield page + 512, bytes(PAGE - 512)


def shortened(whole: bytes) -> Iterator[Damage]:
    for size in [*range(0, len(whole), PAGE), *range(100, len(whole), 9999)]:
        yield size, None


@pytest.mark.parametrize("damages", [bytes_of_every_page, whole_pages, shortened])
def test_damage_anywhere_is_detected_or_makes_no_difference(
    original: tuple[bytes, dict[bytes, Contents]],
    tmp_path: Path,
    damages: Callable[[bytes], Iterator[Damage]],
) -> None:
    whole, truth = original
    path = tmp_path / "state"
    outcomes: dict[str, list[int]] = {"detected": [], "right": []}
    cases = list(damages(whole))
    for at, content in random.Random(3).sample(cases, min(len(cases), CASES)):
        path.write_bytes(whole[:at] if content is None else whole[:at] + content + whole[at + len(content) :])
        outcomes.setdefault(outcome_of(path, truth), []).append(at)
    assert set(outcomes) == {"detected", "right"}, {k: v for k, v in outcomes.items() if k not in ("detected", "right")}
    assert len(outcomes["detected"]) > 20


def with_page_changed(whole: bytes, content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    assert content in whole
    return whole.replace(content, change(content))


@pytest.mark.parametrize(
    ("space", "found"), [("index", "checksum"), ("meta", "checksum")], ids=["a value of INDEX", "a value of META"]
)
def test_a_changed_value_is_found_by_the_checksum(
    original: tuple[bytes, dict[bytes, Contents]], tmp_path: Path, space: Space, found: str
) -> None:
    whole, truth = original
    value = max(list(truth.values())[-1][space].values(), key=len)[:100]
    path = tmp_path / "state"
    path.write_bytes(with_page_changed(whole, value, lambda old: bytes(reversed(old))))
    check_readable(path)  # Every page can be read, after all.
    with pytest.raises(StoreDamaged, match=found) as damage:
        open_store(path)
    assert damage.value.space == space
    assert "未作任何修复" in str(damage.value)
    assert "Nothing was repaired" in str(damage.value)


def test_a_changed_value_of_state_is_found_by_its_root(
    original: tuple[bytes, dict[bytes, Contents]], tmp_path: Path
) -> None:
    whole, truth = original
    value = max(list(truth.values())[-1]["state"].values(), key=len)[:100]
    path = tmp_path / "state"
    path.write_bytes(with_page_changed(whole, value, lambda old: bytes(reversed(old))))
    store = open_store(path)
    assert StateTree(SUITES["intl"]).build(scan_all(store, "state")) not in truth
    store.close()


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGBUS)", "signal 7"),
        ("import os; os._exit(0)", "no message"),
        ("raise ValueError('key 61 is out of order')", "key 61 is out of order"),
    ],
)
def test_a_reader_that_dies_is_a_damaged_store_and_not_a_dead_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, told: str
) -> None:
    path = tmp_path / "state"
    open_store(path).close()
    reader = tmp_path / "reader"
    reader.write_text(f"#!{sys.executable}\nprint('index', flush=True)\n{ending}\n")
    reader.chmod(0o755)
    monkeypatch.setattr("heqi.kernel.state.readable.sys.executable", str(reader))
    with pytest.raises(StoreDamaged, match=told) as damage:
        check_readable(path)
    assert damage.value.space == "index"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    for content in (b"", b"not a database", bytes(1 << 16)):
        path.write_bytes(content)
        with pytest.raises(StoreDamaged):
            open_store(path)
        assert path.read_bytes() == content


def test_a_database_without_its_parts_is_refused_and_not_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "state"
    with lmdb.open(str(path), subdir=False, max_dbs=4) as env:
        env.open_db(b"state")
    with pytest.raises(StoreDamaged):
        LmdbStore(path)
    with pytest.raises(StoreDamaged) as damage:  # The first environment was let go of.
        open_store(path)
    assert damage.value.space == "index"
