"""The block log: an append-only file of blocks, and the point at which a block is durable.

What holds here: `append`, then `sync`, then `acknowledge`: once `sync` has returned, the block is there after any crash, and
only then may anybody be told of it. At open every record's digest is verified. What lies after the last whole record is
judged by what is known of the append: the file is preallocated with zeros, so bytes that never arrived read as zeros, and the
header says which height was being appended where, and up to which height blocks were acknowledged. An interrupted append
that nobody was told of is cut off and reported; anything else is damage, refused with `BlockLogDamaged`, and nothing is
repaired. What not: no meaning of the payload, and no answer to a log that was deleted as a whole: the owner compares heights
with the state.

Layout, integers little-endian. Page 0: magic 8, acknowledged height 8, allocated bytes 8, height being appended 8, size of
its record 8, BLAKE2b-128 of the former, zeros. It fits one disk sector, which is written whole or not at all. Records
follow without gaps: magic 4, height 8, payload size 4, CRC-32 of these 4, payload, BLAKE2b-256 of all the former.
"""

import fcntl
import logging
import os
import struct
import threading
from array import array
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from heqi.kernel.state.durable import sync_directory

HEADER = struct.Struct("<8sQQQQ")
HEADER_MAGIC = b"HEQILOG1"
PAGE = 4096
SECTOR = 512

RECORD = struct.Struct("<4sQII")
RECORD_MAGIC = b"HqBk"
DIGEST_SIZE = 32
PAYLOAD_SIZE_MAX = 2**32 - 1

SEGMENT = 64 * 2**20
PIECE = 2**20
ZEROS = bytes(PIECE)

log = logging.getLogger(__name__)


class BlockLogDamaged(Exception):
    """The block log is not what was written. Nothing was repaired."""

    def __init__(self, path: Path, offset: int, height: int, found_zh: str, found_en: str) -> None:
        self.path, self.offset, self.height = path, offset, height
        super().__init__(
            f"区块日志 {path} 已损坏：偏移 {offset}，区块高度 {height}：{found_zh}。未作任何修复；"
            "请先备份该文件，再从其他节点或备份恢复完整的区块日志后重新启动。\n"
            f"The block log {path} is damaged at offset {offset}, height {height}: {found_en}. Nothing was repaired. Keep a "
            "copy of the file, restore a whole block log from another node or a backup, and start again."
        )


class BlockLogInUse(Exception):
    """Another process has the block log open."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"区块日志 {path} 正被另一进程使用。请先停止该进程。\n"
            f"The block log {path} is in use by another process. Stop that process first."
        )


class BlockLog:
    """The log at `path`, created when absent. One thread appends; `sync` and `acknowledge` may come from another.

    `notice` tells, in Chinese and English, of an interrupted append that was cut off at open; None when there was none.
    """

    def __init__(self, path: Path | str, segment: int = SEGMENT) -> None:
        self.path, self._segment = Path(path), segment
        self.notice: str | None = None
        self.acknowledged = 0
        self._first = 0
        self._offsets = array("Q")
        self._end = PAGE
        self._pending = (0, 0)
        self._failed: OSError | None = None
        self._guard = threading.Lock()  # Of the header, which both threads write.
        if not self.path.exists():
            self._create()
        self._fd = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BlockLogInUse(self.path) from None
            self._read_header()
            self._read_records()
            self._judge_tail()
        except BaseException:
            os.close(self._fd)
            raise

    @property
    def heights(self) -> range:
        """The heights in the log, consecutive; whole and verified, acknowledged or not."""
        return range(self._first, self._first + len(self._offsets))

    @property
    def used(self) -> int:
        """Bytes written, without what is reserved for records to come."""
        return self._end

    def append(self, height: int, payload: bytes) -> None:
        """Write the next block. It is not durable before `sync`. OSError: the disk failed or is full."""
        if height < 1 or (self._offsets and height != self.heights.stop):
            raise ValueError(f"height {height} does not follow {self.heights}")
        if len(payload) > PAYLOAD_SIZE_MAX:
            raise ValueError(f"a block of {len(payload)} bytes")
        self._require_sound()
        head = RECORD.pack(RECORD_MAGIC, height, len(payload), 0)[:-4]
        head += crc32(head).to_bytes(4, "little")
        digest = blake2b(head, digest_size=DIGEST_SIZE)
        digest.update(payload)
        size = len(head) + len(payload) + DIGEST_SIZE
        self._reserve(size)
        with self._guard:
            self._pending = (height, size)
            self._write_header()
        self._write(b"".join((head, payload, digest.digest())), self._end)
        if not self._offsets:
            self._first = height
        self._offsets.append(self._end)
        self._end += size

    def sync(self) -> None:
        """Make every block appended before this call durable."""
        self._require_sound()
        try:
            os.fdatasync(self._fd)
        except OSError as failure:
            # The kernel may drop what it failed to write and report success next time: never ask twice.
            self._failed = failure
            raise

    def acknowledge(self, height: int) -> None:
        """Note that the block, durable by now, may be known to others. The next `sync` makes the note durable."""
        assert self.acknowledged <= height < self.heights.stop, f"{height} acknowledged after {self.acknowledged}"
        with self._guard:
            self.acknowledged = height
            self._write_header()

    def read(self, height: int) -> bytes:
        """The payload of a block. KeyError: not in the log."""
        if height not in self.heights:
            raise KeyError(height)
        return self._record(self._offsets[height - self._first], height)

    def close(self) -> None:
        """Let go of the file, durable as it is."""
        if self._fd < 0:
            return
        try:
            if self._failed is None:
                os.fdatasync(self._fd)
        finally:
            os.close(self._fd)
            self._fd = -1

    # --- opening ---------------------------------------------------------------------------------------------------
    def _create(self) -> None:
        # Under another name first: a log that exists has its header and its first segment.
        fresh = self.path.with_name(self.path.name + ".new")
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        try:
            self._fd, self._allocated = fd, PAGE + self._segment
            os.posix_fallocate(fd, 0, self._allocated)
            self._write_header()
            os.fsync(fd)
        finally:
            os.close(fd)
        fresh.rename(self.path)
        sync_directory(self.path.parent)

    def _read_header(self) -> None:
        page = os.pread(self._fd, PAGE, 0)
        head, check = page[: HEADER.size], page[HEADER.size : HEADER.size + 16]
        sound = len(page) == PAGE and not any(page[HEADER.size + 16 :]) and check == _check(head)
        if not sound or not head.startswith(HEADER_MAGIC):
            raise BlockLogDamaged(self.path, 0, 0, "文件头无效", "the header is not valid")
        _, self.acknowledged, self._allocated, *pending = HEADER.unpack(head)
        self._pending = (pending[0], pending[1])
        size = os.fstat(self._fd).st_size
        if size < self._allocated:
            zh = f"文件只有 {size} 字节，应为 {self._allocated} 字节"
            raise BlockLogDamaged(self.path, size, 0, zh, f"the file has {size} of its {self._allocated} bytes")

    def _read_records(self) -> None:
        """Index and verify whole records up to the first place where there is none."""
        while head := self._head(self._end):
            height, size = head
            if self._offsets and height != self.heights.stop:
                raise self._damage(f"高度 {height} 不连续", f"height {height} does not follow")
            if self._end + size > self._allocated:
                raise self._damage("记录超出文件", "the record is longer than the file")
            try:
                self._record(self._end, height)
            except BlockLogDamaged:
                return
            if not self._offsets:
                self._first = height
            self._offsets.append(self._end)
            self._end += size

    def _judge_tail(self) -> None:
        """Nothing but zeros after the last whole record, or an interrupted append nobody was told of, or damage."""
        if self.acknowledged >= max(self.heights.stop, 1):
            zh = f"已确认至高度 {self.acknowledged}，此处记录缺失或不完整"
            raise self._damage(zh, f"acknowledged up to {self.acknowledged}, but this record is missing or incomplete")
        if self._zero_from(self._end):
            return
        height, size = self._head(self._end) or self._pending
        if height < 1 or (self._offsets and height != self.heights.stop):
            raise self._damage("最后一条记录之后有多余数据", "there is data after the last record")
        stop = self._end + size
        record = os.pread(self._fd, size, self._end)
        cuts = [self._end, *range((self._end // SECTOR + 1) * SECTOR, stop, SECTOR), stop]
        arrived = [any(record[a - self._end : b - self._end]) for a, b in pairwise(cuts)]
        if all(arrived):
            raise self._damage("记录校验失败", "the record fails its check")
        if not self._zero_from(stop):
            raise self._damage("最后一条记录之后有多余数据", "there is data after the last record")
        self._write(bytes(size), self._end)
        os.fdatasync(self._fd)
        self.notice = (
            f"区块日志 {self.path}：高度 {height} 的写入曾被中断（偏移 {self._end}），该区块从未确认，已截去。\n"
            f"Block log {self.path}: the append of height {height} at offset {self._end} was interrupted. The block was "
            "never acknowledged and has been cut off."
        )
        log.warning(self.notice)

    def _damage(self, found_zh: str, found_en: str) -> BlockLogDamaged:
        """Damage where the next record would begin."""
        return BlockLogDamaged(self.path, self._end, self.heights.stop, found_zh, found_en)

    def _zero_from(self, start: int) -> bool:
        pieces = iter(lambda: os.pread(self._fd, PIECE, start), b"")
        for piece in pieces:
            if piece != ZEROS[: len(piece)]:
                return False
            start += len(piece)
        return True

    # --- records ---------------------------------------------------------------------------------------------------
    def _head(self, offset: int) -> tuple[int, int] | None:
        """(height, size of the whole record), or None where no record begins."""
        head = os.pread(self._fd, RECORD.size, offset)
        if len(head) < RECORD.size:
            return None
        magic, height, size, check = RECORD.unpack(head)
        if magic != RECORD_MAGIC or check != crc32(head[:-4]) or height < 1:
            return None
        return height, RECORD.size + size + DIGEST_SIZE

    def _record(self, offset: int, height: int) -> bytes:
        """The payload of the record, verified."""
        head = self._head(offset)
        if head is None or head[0] != height:
            raise BlockLogDamaged(self.path, offset, height, "记录头无效", "the record's header is not valid")
        record = os.pread(self._fd, head[1], offset)
        body = memoryview(record)[:-DIGEST_SIZE]
        if len(record) != head[1] or blake2b(body, digest_size=DIGEST_SIZE).digest() != record[-DIGEST_SIZE:]:
            raise BlockLogDamaged(self.path, offset, height, "记录校验失败", "the record fails its check")
        return bytes(body[RECORD.size :])

    # --- writing ---------------------------------------------------------------------------------------------------
    def _reserve(self, size: int) -> None:
        """Room for the record. The header may promise it only once it is durable."""
        if self._end + size <= self._allocated:
            return
        allocated = self._allocated
        while allocated < self._end + size:
            allocated += self._segment
        os.posix_fallocate(self._fd, self._allocated, allocated - self._allocated)
        os.fsync(self._fd)
        with self._guard:
            self._allocated = allocated
            self._write_header()

    def _write_header(self) -> None:
        head = HEADER.pack(HEADER_MAGIC, self.acknowledged, self._allocated, *self._pending)
        self._write(head + _check(head), 0)

    def _write(self, data: bytes, offset: int) -> None:
        try:
            while data:
                written = os.pwrite(self._fd, data, offset)
                data, offset = data[written:], offset + written
        except OSError as failure:
            self._failed = failure  # Part of it may be in the file: only the next open can judge.
            raise

    def _require_sound(self) -> None:
        if self._failed is not None:
            raise OSError(f"the block log failed before and takes nothing more: {self._failed}")


def _check(head: bytes) -> bytes:
    return blake2b(head, digest_size=16).digest()
