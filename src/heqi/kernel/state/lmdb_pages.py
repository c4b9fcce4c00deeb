"""A walk over the pages of an LMDB file: every page has exactly one use.

What holds here: LMDB keeps a list of pages free for reuse and believes it. If the list were damaged, a page in use could be
written over later, long after every row had been read and found right; so before a store is used, pages in use and pages
free must add up to all pages, none twice, and every page must be laid out as LMDB would have laid it out. What not: no
order of keys and no contents; `readable` reads those through LMDB itself.
Source: LMDB 0.9 `mdb.c`, the structures MDB_page, MDB_meta, MDB_db and MDB_node (64-bit, little-endian).
"""

import struct
import sys
from mmap import ACCESS_READ, mmap
from typing import NamedTuple

PAGE_HEAD = struct.Struct("<QHHHH")  # page number, padding, flags, lower and upper bound of the free room
META = struct.Struct("<II16x")  # magic, version, (address, map size)
DATABASE = struct.Struct("<IHHQQQQQ")  # padding, flags, depth, pages: branch, leaf, overflow; entries; root
NODE = struct.Struct("<HHHH")  # data size or child, low and high half; flags; key size

MAGIC, VERSION = 0xBEEFC0DE, 1
BRANCH, LEAF, OVERFLOW, META_PAGE = 1, 2, 4, 8
BIG_DATA, SUB_DATABASE = 1, 2
FREE_LIST_FLAGS = 0x4008
"""MDB_INTEGERKEY, and MDB_NOSUBDIR: LMDB keeps the environment's flags here."""
NO_PAGE = 2**64 - 1


class Node(NamedTuple):
    """One entry of a page."""

    key: bytes
    flags: int
    data: int
    """Offset of the data in the file."""
    size: int


class BadPages(Exception):
    """The pages of the file do not fit together."""


def check_pages(path: str) -> None:
    """Refuses a file whose pages do not fit together: `BadPages`, `struct.error`, `IndexError`."""
    if sys.byteorder != "little" or struct.calcsize("P") != 8:
        raise BadPages("this check knows LMDB on 64-bit little-endian machines")
    with open(path, "rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        _Walk(data).check()


class _Walk:
    def __init__(self, data: mmap) -> None:
        self._data = data
        (self._page_size,) = struct.unpack_from("<I", data, PAGE_HEAD.size + META.size)
        _require(self._page_size in (4096, 8192, 16384, 32768, 65536), "no page size LMDB uses")
        metas = [self._meta(page) for page in (0, 1)]
        self._free_db, self._main_db, self._last, self._txn = max(reversed(metas), key=lambda meta: meta[3])
        _require(1 <= self._last < 2**40, "the number of pages cannot be")
        self._uses = bytearray(self._last + 1)
        self._uses[0] = self._uses[1] = 1

    def check(self) -> None:
        for node in self._database(self._free_db, FREE_LIST_FLAGS, page_size_in_padding=True):
            _require(len(node.key) == 8 and int.from_bytes(node.key, "little") <= self._txn, "free list of no transaction")
            count, *pages = struct.unpack_from(f"<{node.size // 8}Q", self._data, node.data)
            _require(len(pages) >= count and pages[:count] == sorted(pages[:count], reverse=True), "free list in disorder")
            for page in pages[:count]:
                self._use(page)
        for node in self._database(self._main_db, 0):
            _require(node.flags == SUB_DATABASE and node.size == DATABASE.size, "not the record of a database")
            for _ in self._database(self._data[node.data : node.data + node.size], 0):
                pass
        _require(self._uses.count(1) == len(self._uses), "a page has no use")

    def _meta(self, page: int) -> tuple[bytes, bytes, int, int]:
        at = page * self._page_size
        number, _, flags, _, _ = PAGE_HEAD.unpack_from(self._data, at)
        magic, version = META.unpack_from(self._data, at + PAGE_HEAD.size)
        _require((number, flags, magic, version) == (page, META_PAGE, MAGIC, VERSION), f"meta page {page} is not valid")
        at += PAGE_HEAD.size + META.size
        databases = self._data[at : at + DATABASE.size], self._data[at + DATABASE.size : at + 2 * DATABASE.size]
        last, txn = struct.unpack_from("<QQ", self._data, at + 2 * DATABASE.size)
        return *databases, last, txn

    def _database(self, record: bytes, flags: int, page_size_in_padding: bool = False) -> list[Node]:
        """Walk one database. Gives the nodes of the small ones LMDB keeps for itself (the caller ignores the others')."""
        padding, own_flags, depth, *counts, entries, root = DATABASE.unpack(record)
        _require(own_flags == flags and padding == (self._page_size if page_size_in_padding else 0), "database record")
        found = [0, 0, 0]
        nodes: list[Node] = []
        level = [] if root == NO_PAGE else [root]
        for height in range(depth, 0, -1):
            below: list[int] = []
            for page in level:
                self._use(page)
                kind = LEAF if height == 1 else BRANCH
                found[0 if kind == BRANCH else 1] += 1
                if kind == BRANCH:
                    below += self._children(page)
                    continue
                for node in self._leaf(page):
                    found[2] += self._overflow(node) if node.flags & BIG_DATA else 0
                    nodes.append(self._resolved(node))
            level = below
        _require(not level and found == counts and len(nodes) == entries, "the counts of a database do not add up")
        return nodes

    def _layout(self, page: int, kind: int) -> tuple[int, tuple[int, ...], int]:
        """(offset of the page, offsets of its nodes in it, bytes they take together)."""
        at = page * self._page_size
        number, _, flags, lower, upper = PAGE_HEAD.unpack_from(self._data, at)
        _require(number == page and flags == kind, f"page {page} is not what its parent says")
        _require(PAGE_HEAD.size < lower <= upper <= self._page_size and lower % 2 == 0, f"page {page} has no layout")
        starts = struct.unpack_from(f"<{(lower - PAGE_HEAD.size) // 2}H", self._data, at + PAGE_HEAD.size)
        _require(min(starts) == upper, f"page {page} has no layout")
        return at, starts, self._page_size - upper

    def _children(self, page: int) -> list[int]:
        at, starts, room = self._layout(page, BRANCH)
        children: list[int] = []
        for start in starts:
            low, high, top, key_size = NODE.unpack_from(self._data, at + start)
            children.append(low | high << 16 | top << 32)
            room -= _even(NODE.size + key_size)
        _require(room == 0, f"page {page} has no layout")
        return children

    def _leaf(self, page: int) -> list[Node]:
        at, starts, room = self._layout(page, LEAF)
        nodes: list[Node] = []
        for start in starts:
            low, high, flags, key_size = NODE.unpack_from(self._data, at + start)
            _require(flags in (0, BIG_DATA, SUB_DATABASE), f"page {page} holds a node of no kind")
            key = at + start + NODE.size
            size = low | high << 16
            nodes.append(Node(self._data[key : key + key_size], flags, key + key_size, size))
            room -= _even(NODE.size + key_size + (8 if flags & BIG_DATA else size))
        _require(room == 0, f"page {page} has no layout")
        return nodes

    def _overflow(self, node: Node) -> int:
        (page,) = struct.unpack_from("<Q", self._data, node.data)
        number, _, flags, low, high = PAGE_HEAD.unpack_from(self._data, page * self._page_size)
        pages = low | high << 16
        needed = -(-(PAGE_HEAD.size + node.size) // self._page_size)
        # LMDB may write a smaller value over a larger one and keep all its pages.
        fits = (number, flags) == (page, OVERFLOW) and pages >= needed
        _require(fits, f"overflow page {page} is not what its node says")
        for used in range(page, page + pages):
            self._use(used)
        return pages

    def _resolved(self, node: Node) -> Node:
        if not node.flags & BIG_DATA:
            return node
        (page,) = struct.unpack_from("<Q", self._data, node.data)
        return node._replace(data=page * self._page_size + PAGE_HEAD.size)

    def _use(self, page: int) -> None:
        _require(page <= self._last and self._uses[page] == 0, f"page {page} has two uses, or does not exist")
        self._uses[page] = 1


def _even(size: int) -> int:
    return size + (size & 1)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BadPages(otherwise)
