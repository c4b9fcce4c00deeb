"""Typed tables over the ledger's ordered keys, with declared secondary indexes.

A table belongs to the register that declares it: other packages call the register's functions, never its tables. Records
are committed by the state tree; index entries are derived from them and are not. Scans are bounded and ordered.
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from msgspec import inspect as shapes

from heqi.kernel.state.keys import encode_key, prefix_end
from heqi.types.refusals import AlreadyExists, NotFound

R = TypeVar("R", bound=msgspec.Struct)
SCAN_MAX = 1000
LEAVES = (
    shapes.StrType, shapes.IntType, shapes.BoolType, shapes.NoneType, shapes.DateType, shapes.DateTimeType, shapes.EnumType,
    shapes.LiteralType,
)  # fmt: skip
encode_record = msgspec.json.Encoder(order="sorted").encode


class Books(Protocol):
    """What a table needs of a context: metered reads and writes."""

    records: dict[bytes, Any]
    """Records met so far, by key (None: not there), so that none is decoded twice."""

    def read(self, space: str, key: bytes) -> bytes | None: ...
    def recall(self, key: bytes, decode: Callable[[bytes], Any], keep: bool) -> Any: ...
    def write(self, space: str, key: bytes, value: bytes | None) -> None: ...
    def range(self, space: str, start: bytes, stop: bytes, limit: int, reverse: bool) -> list[tuple[bytes, bytes]]: ...


class Table(Generic[R]):
    """Records of one type by a key made of their fields.

    `indexes` maps a name to the fields it orders by, or to a function returning the tuple to order by (None: not in it).
    """

    def __init__(
        self,
        owner: str,
        name: str,
        record: type[R],
        key: tuple[str, ...],
        indexes: dict[str, tuple[str, ...] | Callable[[R], tuple | None]] | None = None,
    ) -> None:
        self.owner, self.name, self.record, self.key = owner, f"{owner}/{name}", record, key
        self.prefix = self.name.encode() + b"\0"
        self.decode = msgspec.json.Decoder(record).decode
        self.fixed = is_fixed(record)
        self.key_of = _picker(key)
        self.indexes = {
            index: (f"{self.name}@{index}".encode() + b"\0", fields if callable(fields) else _picker(fields))
            for index, fields in (indexes or {}).items()
        }

    def place(self, *key: Any) -> bytes:
        """Where STATE keeps the record of this key."""
        return self.prefix + encode_key(key)

    def find(self, ctx: Books, *key: Any) -> R | None:
        """The record under this key, or None."""
        return self._load(ctx, self.prefix + encode_key(key))

    def get(self, ctx: Books, *key: Any) -> R:
        """The record under this key. Refuses: NOT_FOUND."""
        record = self._load(ctx, self.prefix + encode_key(key))
        if record is None:
            raise NotFound(record=f"{self.record.__name__} {' '.join(map(str, key))}")
        return record

    def insert(self, ctx: Books, record: R) -> R:
        """Keep a new record. Refuses: ALREADY_EXISTS."""
        tail = encode_key(self.key_of(record))
        if self._load(ctx, self.prefix + tail) is not None:
            raise AlreadyExists(record=f"{self.record.__name__} {' '.join(map(str, self.key_of(record)))}")
        return self._store(ctx, tail, None, record)

    def add(self, ctx: Books, record: R) -> R:
        """Keep a record whose key cannot be taken: the caller has just looked, or made the id. Reads nothing."""
        return self._store(ctx, encode_key(self.key_of(record)), None, record)

    def put(self, ctx: Books, record: R) -> R:
        """Keep a record, new or changed."""
        tail = encode_key(self.key_of(record))
        return self._store(ctx, tail, self._load(ctx, self.prefix + tail) if self.indexes else None, record)

    def delete(self, ctx: Books, record: R) -> None:
        """Forget a record that is kept. The receipt still tells that it was."""
        tail = encode_key(self.key_of(record))
        for prefix, fields in self.indexes.values():
            entry = fields(record)
            if entry is not None:
                ctx.write("index", prefix + encode_key(entry) + tail, None)
        ctx.write("state", self.prefix + tail, None)
        ctx.records[self.prefix + tail] = None

    def scan(self, ctx: Books, *start: Any, limit: int = SCAN_MAX, after: tuple | None = None) -> list[R]:
        """Up to `limit` records whose key begins with `start`, in key order, after the key `after`."""
        prefix = self.prefix + encode_key(start)
        begin = prefix if after is None else self.prefix + encode_key(after) + b"\0"
        return [self.decode(value) for _, value in ctx.range("state", begin, prefix_end(prefix), limit, False)]

    def every(self, ctx: Books, *start: Any) -> Iterator[R]:
        """All records whose key begins with `start`, in key order, page by page: for truths about everything, and reports."""
        last: tuple | None = None
        while page := self.scan(ctx, *start, after=last):
            yield from page
            last = self.key_of(page[-1])

    def by(
        self, ctx: Books, index: str, *start: Any, limit: int = SCAN_MAX, upto: Any = None, after: R | None = None, reverse: bool = False
    ) -> list[R]:
        """Up to `limit` records in the order of an index, whose entry begins with `start`.

        `upto`: only entries whose next part is at most this value. `after`: continue behind this record.
        """
        head, fields = self.indexes[index]
        prefix = head + encode_key(start)
        begin, stop = prefix, prefix_end(prefix)
        if upto is not None:
            stop = prefix_end(prefix + encode_key((upto,)))
        if after is not None:
            edge = head + encode_key(fields(after) or ()) + encode_key(self.key_of(after))
            begin, stop = (begin, edge) if reverse else (edge + b"\0", stop)
        found = []
        for _, tail in ctx.range("index", begin, stop, limit, reverse):
            data = ctx.read("state", self.prefix + tail)
            assert data is not None, f"index {index} of {self.name} names a record that is not there"
            found.append(self.decode(data))
        return found

    def reindex(self, ctx: Books, record: R) -> None:
        """Write the index entries of a record restored from a snapshot."""
        tail = encode_key(self.key_of(record))
        for prefix, fields in self.indexes.values():
            entry = fields(record)
            if entry is not None:
                ctx.write("index", prefix + encode_key(entry) + tail, tail)

    def _store(self, ctx: Books, tail: bytes, old: R | None, record: R) -> R:
        for prefix, fields in self.indexes.values():
            before = None if old is None else fields(old)
            after = fields(record)
            if before != after:
                if before is not None:
                    ctx.write("index", prefix + encode_key(before) + tail, None)
                if after is not None:
                    ctx.write("index", prefix + encode_key(after) + tail, tail)
        ctx.write("state", self.prefix + tail, encode_record(record))
        ctx.records[self.prefix + tail] = record
        return record

    def _load(self, ctx: Books, key: bytes) -> R | None:
        known = ctx.records.get(key, ctx)  # The context itself stands for "not met yet".
        if known is not ctx:
            return known
        record = ctx.records[key] = ctx.recall(key, self.decode, self.fixed)
        return record


def is_fixed(kind: type) -> bool:
    """A record type that, all the way down, holds nothing that could be changed in place."""
    met: set[type] = set()

    def fixed(shape: Any) -> bool:
        if isinstance(shape, shapes.StructType):
            if shape.cls in met:
                return True
            met.add(shape.cls)
            return shape.cls.__struct_config__.frozen and all(fixed(field.type) for field in shape.fields)
        if isinstance(shape, shapes.Metadata):
            return fixed(shape.type)
        if isinstance(shape, shapes.UnionType):
            return all(map(fixed, shape.types))
        if isinstance(shape, shapes.VarTupleType):
            return fixed(shape.item_type)
        if isinstance(shape, shapes.TupleType):
            return all(map(fixed, shape.item_types))
        return isinstance(shape, LEAVES)

    return fixed(shapes.type_info(kind))


def _picker(fields: tuple[str, ...]) -> Callable[[Any], tuple]:
    if len(fields) == 1:
        (only,) = fields
        return lambda record: (getattr(record, only),)
    return lambda record: tuple(getattr(record, field) for field in fields)
