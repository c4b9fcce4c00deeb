"""The block log: what was acknowledged is there after any crash, and damage is told from an interrupted append."""

import hashlib
import random
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heqi.kernel.ledger.blocklog import PAGE, SECTOR, BlockLog, BlockLogDamaged, BlockLogInUse

SMALL = 4096


def payload(height: int) -> bytes:
    """A block nobody could mistake for another: no zero bytes, length and content by height."""
    unit = hashlib.sha256(b"%d" % height).hexdigest().encode()
    return (unit * 40)[: 100 + height * 397 % 2400]


def written(path: Path, heights: int, acknowledged: int, segment: int = SMALL) -> list[int]:
    """A log of blocks 1..heights; gives the offset of every record and of the end."""
    log = BlockLog(path, segment)
    for height in range(1, heights + 1):
        log.append(height, payload(height))
        log.sync()
        if height <= acknowledged:
            log.acknowledge(height)
    offsets = [*log._offsets, log._end]
    log.close()
    return offsets


def contents(path: Path) -> dict[int, bytes]:
    log = BlockLog(path, SMALL)
    try:
        return everything(log)
    finally:
        log.close()


def everything(log: BlockLog) -> dict[int, bytes]:
    return {height: log.read(height) for height in log.heights}


def test_a_complete_log_opens_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "blocks"
    written(path, 20, 20)
    log = BlockLog(path, SMALL)
    assert log.heights == range(1, 21)
    assert log.acknowledged == 20
    assert log.notice is None
    log.append(21, payload(21))
    log.sync()
    assert log.read(21) == payload(21)
    assert log.heights == range(1, 22)
    with pytest.raises(KeyError):
        log.read(22)
    log.close()
    assert contents(path) == {height: payload(height) for height in range(1, 22)}


def test_a_log_may_begin_at_any_height_and_has_no_gaps(tmp_path: Path) -> None:
    log = BlockLog(tmp_path / "blocks", SMALL)
    assert log.heights == range(0)
    log.append(700, b"")
    for height in (699, 700, 702):
        with pytest.raises(ValueError, match="does not follow"):
            log.append(height, b"")
    log.append(701, b"x")
    assert everything(log) == {700: b"", 701: b"x"}
    log.close()


def test_two_processes_do_not_write_one_log(tmp_path: Path) -> None:
    log = BlockLog(tmp_path / "blocks", SMALL)
    with pytest.raises(BlockLogInUse, match="使用"):
        BlockLog(tmp_path / "blocks", SMALL)
    log.close()
    BlockLog(tmp_path / "blocks", SMALL).close()


def test_sync_and_acknowledge_may_come_from_another_thread(tmp_path: Path) -> None:
    log = BlockLog(tmp_path / "blocks", SMALL)
    appended = threading.Semaphore(0)

    def make_durable() -> None:
        for height in range(1, 201):
            appended.acquire()
            log.sync()
            log.acknowledge(height)

    thread = threading.Thread(target=make_durable)
    thread.start()
    for height in range(1, 201):
        log.append(height, payload(height))
        appended.release()
    thread.join()
    log.close()
    assert contents(tmp_path / "blocks") == {height: payload(height) for height in range(1, 201)}


@pytest.mark.parametrize("acknowledged", [0, 3])
def test_a_log_shortened_by_any_number_of_bytes_is_refused(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "blocks"
    written(path, 3, acknowledged, segment=512)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(BlockLogDamaged):
            BlockLog(path, SMALL)
        assert path.read_bytes() == whole[:size]  # Nothing was repaired.


@pytest.mark.parametrize("acknowledged", [0, 3])
def test_any_single_changed_byte_is_refused(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "blocks"
    written(path, 3, acknowledged, segment=512)
    whole = path.read_bytes()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1 << at % 8
        path.write_bytes(changed)
        with pytest.raises(BlockLogDamaged):
            BlockLog(path, SMALL)
        assert path.read_bytes() == changed


def test_the_message_of_damage_says_in_both_languages_what_where_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "blocks"
    offsets = written(path, 3, 3)
    changed = bytearray(path.read_bytes())
    changed[offsets[1] + 50] ^= 1
    path.write_bytes(changed)
    with pytest.raises(BlockLogDamaged) as damage:
        BlockLog(path, SMALL)
    assert (damage.value.offset, damage.value.height) == (offsets[1], 2)
    assert f"偏移 {offsets[1]}，区块高度 2" in str(damage.value)
    assert f"damaged at offset {offsets[1]}, height 2: acknowledged up to 3" in str(damage.value)
    assert "restore a whole block log" in str(damage.value)
    assert "恢复完整的区块日志" in str(damage.value)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_an_append_that_arrived_in_part_and_was_told_to_nobody_is_cut_off_and_reported(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "blocks"
    path.unlink(missing_ok=True)
    heights = data.draw(st.integers(1, 6))
    *_, start, end = written(path, heights, heights - 1)
    # A disk without power keeps any of the sectors it was given; the last ones may be those it never saw.
    cuts = [start, *range((start // SECTOR + 1) * SECTOR, end, SECTOR), end]
    pieces = list(pairwise(cuts))
    arrived = data.draw(st.lists(st.booleans(), min_size=len(pieces), max_size=len(pieces)))
    image = bytearray(path.read_bytes())
    for (low, high), there in zip(pieces, arrived, strict=True):
        if not there:
            image[low:high] = bytes(high - low)
    path.write_bytes(image)
    log = BlockLog(path, SMALL)
    last = heights if all(arrived) else heights - 1
    assert everything(log) == {height: payload(height) for height in range(1, last + 1)}
    assert (log.notice is not None) == (any(arrived) and not all(arrived))
    if log.notice:
        assert f"高度 {heights} 的写入曾被中断" in log.notice
        assert f"append of height {heights}" in log.notice
        assert path.read_bytes()[start:].count(0) == len(image) - start
    log.append(last + 1, b"goes on")
    log.close()
    assert contents(path)[last + 1] == b"goes on"


def test_the_same_partial_record_is_damage_when_it_had_been_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "blocks"
    *_, start, end = written(path, 3, 3)
    image = bytearray(path.read_bytes())
    for cut in (start, start + 1, start + 30, end - SECTOR, end - 1):
        path.write_bytes(image[:cut] + bytes(len(image) - cut))
        with pytest.raises(BlockLogDamaged, match="已确认至高度 3"):
            BlockLog(path, SMALL)


def test_a_record_copied_behind_the_last_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "blocks"
    first, second, _, end = written(path, 3, 3)
    image = bytearray(path.read_bytes())
    image[end : end + second - first] = image[first:second]
    path.write_bytes(image)
    with pytest.raises(BlockLogDamaged, match="height 1 does not follow"):
        BlockLog(path, SMALL)


def test_after_a_failure_of_the_disk_nothing_more_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = BlockLog(tmp_path / "blocks", SMALL)
    log.append(1, b"x")

    def fail(fd: int) -> None:
        raise OSError("input/output error")

    with monkeypatch.context() as broken:
        broken.setattr("heqi.kernel.ledger.blocklog.os.fdatasync", fail)
        with pytest.raises(OSError, match="input/output"):
            log.sync()
    for act in (log.sync, lambda: log.append(2, b"y")):
        with pytest.raises(OSError, match="failed before"):
            act()
    log.close()


CHILD = """
import hashlib
import sys
from pathlib import Path
from heqi.kernel.ledger.blocklog import BlockLog

def payload(height):
    return (hashlib.sha256(b"%d" % height).hexdigest().encode() * 40)[: 100 + height * 397 % 2400]

log = BlockLog(Path(sys.argv[1]), 1 << 16)
height = max(log.heights.stop, 1)
while True:
    log.append(height, payload(height))
    log.sync()
    log.acknowledge(height)
    print(height, flush=True)
    height += 1
"""


def test_every_acknowledged_block_survives_a_process_killed_at_any_moment(tmp_path: Path) -> None:
    path, dice = tmp_path / "blocks", random.Random(20)
    acknowledged = 0
    for _ in range(25):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        told = child.stdout.readline()  # It is at work.
        time.sleep(dice.random() * 0.02)  # The moment of the kill, not a wait for anything.
        child.send_signal(signal.SIGKILL)
        told += child.communicate()[0]
        acknowledged = max(acknowledged, *map(int, told[: told.rfind(b"\n")].split()))
        log = BlockLog(path, 1 << 16)
        assert log.heights.stop > acknowledged
        assert log.acknowledged >= acknowledged
        assert everything(log) == {height: payload(height) for height in log.heights}
        log.close()
    assert acknowledged > 25
    assert path.stat().st_size > PAGE + (1 << 16)
