"""The SQL read model: what happened, findable by transaction, block, record, party and digest.

What holds here: everything derives from the blocks and may be thrown away; a block's rows come in one SQL transaction, in
the order of blocks. Each receipt is listed for the organisations it concerns, and every question names its reader: rows that
do not concern the reader are not counted, listed or hinted at. What not: whether a reader may see a record's values.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sql
from sqlalchemy import event

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.table import Table
from heqi.kernel.engines.port import BlockView
from heqi.node.replay import Written
from heqi.node.visibility import Visibility
from heqi.proof.receipt import Receipt

DIGEST = re.compile(r"(?:sha256|sm3):[0-9a-f]{64}")
_schema = sql.MetaData()
blocks = sql.Table(
    "blocks", _schema,
    sql.Column("height", sql.Integer, primary_key=True), sql.Column("hash", sql.String, nullable=False, index=True),
    sql.Column("time", sql.String, nullable=False), sql.Column("transactions", sql.Integer, nullable=False),
)  # fmt: skip
transactions = sql.Table(
    "transactions", _schema,
    sql.Column("height", sql.Integer, primary_key=True), sql.Column("place", sql.Integer, primary_key=True),
    sql.Column("tx", sql.String, nullable=False, index=True), sql.Column("time", sql.String, nullable=False),
    sql.Column("contract", sql.String, nullable=False), sql.Column("action", sql.String, nullable=False),
    sql.Column("code", sql.String, nullable=False), sql.Column("users", sql.String, nullable=False),
)  # fmt: skip
concerned = sql.Table(
    "concerned", _schema,
    sql.Column("org", sql.String, primary_key=True), sql.Column("height", sql.Integer, primary_key=True),
    sql.Column("place", sql.Integer, primary_key=True),
)  # fmt: skip
digests = sql.Table(
    "digests", _schema,
    sql.Column("digest", sql.String, primary_key=True), sql.Column("height", sql.Integer, primary_key=True),
    sql.Column("place", sql.Integer, primary_key=True),
)  # fmt: skip
versions = sql.Table(
    "versions", _schema,
    sql.Column("key", sql.LargeBinary, primary_key=True), sql.Column("height", sql.Integer, primary_key=True),
    sql.Column("place", sql.Integer, primary_key=True), sql.Column("kind", sql.String, nullable=False),
    sql.Column("record", sql.String, nullable=False, index=True), sql.Column("value", sql.LargeBinary),
    sql.Index("versions_at", "height", "place"),
)  # fmt: skip


class Row(msgspec.Struct, frozen=True):
    """A transaction in a list. `users`: who signed."""

    height: int
    place: int
    tx: str
    time: str
    contract: str
    action: str
    code: str
    users: list[str]


class Version(msgspec.Struct, frozen=True):
    """A record as a transaction left it. `kind`: its table; `record`: its key as people write it."""

    height: int
    place: int
    key: bytes
    kind: str
    record: str
    value: bytes | None


class BlockRow(msgspec.Struct, frozen=True):
    """A block in a list. `concerning`: how many of its transactions concern the reader."""

    height: int
    hash: str
    time: str
    transactions: int
    concerning: int


Query = Any
"""A SELECT; SQLAlchemy's type of it would name each column's."""
Reader = str | None
"""The organisation that asks; None is the regulator, who sees all."""


class History:
    """One read model. Opened by one writer and any number of readers."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        self._engine = sql.create_engine(f"sqlite:///{path}")
        event.listen(self._engine, "connect", _wal)
        _schema.create_all(self._engine)
        self._tables: dict[bytes, Table[Any]] = {t.prefix: t for r in catalogue.registers.values() for t in r.tables.values()}
        self._visibility = Visibility(catalogue)

    def close(self) -> None:
        self._engine.dispose()

    # --- writing ---------------------------------------------------------------------------------------------------
    @property
    def height(self) -> int:
        """Of the last block that is in."""
        with self._engine.connect() as reading:
            return reading.scalar(sql.select(sql.func.max(blocks.c.height))) or 0

    def add(self, found: Iterable[tuple[BlockView, Sequence[Written]]]) -> None:
        """Blocks in their order with what their transactions wrote; one that is in already is passed over."""
        known = self.height
        with self._engine.begin() as writing:
            for block, written in found:
                if block.height > known:
                    for table, rows in self._rows(block, written).items():
                        if rows:
                            writing.execute(sql.insert(table), rows)

    def _rows(self, block: BlockView, written: Sequence[Written]) -> dict[sql.Table, list[dict[str, Any]]]:
        header, entries = block.signed.header, self._visibility.entries(block)
        at = [{"height": block.height, "place": place} for place in range(len(entries))]
        return {
            blocks: [{
                "height": block.height, "hash": block.signed.commit.block_id.hash, "time": header.time, "transactions": len(block.txs)
            }],
            transactions: [at[place] | _listed(entry.receipt) for place, entry in enumerate(entries)],
            concerned: [at[place] | {"org": org} for place, entry in enumerate(entries) for org in sorted(entry.concerns)],
            digests: [
                at[place] | {"digest": digest} for place, entry in enumerate(entries)
                for digest in _mentioned(block.txs[place], entry.receipt)
            ],
            versions: [at[one.index] | self._version(one) for one in written],
        }  # fmt: skip

    def _version(self, written: Written) -> dict[str, Any]:
        head, _, tail = written.key.partition(b"\0")
        table = self._tables.get(head + b"\0")
        if table is None or written.value is None:  # A deleted record is called by its key's text, as far as it is text.
            record = tail.decode("utf-8", "replace").rstrip("\0").replace("\0", " ")
        else:
            record = " ".join(map(str, table.key_of(table.decode(written.value))))
        return {"key": written.key, "kind": head.decode(), "record": record, "value": written.value}

    # --- reading ---------------------------------------------------------------------------------------------------
    def list_blocks(self, reader: Reader, before: int | None, limit: int) -> list[BlockRow]:
        """The latest blocks below a height, downwards."""
        mine = sql.select(sql.func.count()).select_from(transactions).where(transactions.c.height == blocks.c.height)
        query = sql.select(blocks, _concerning(mine, reader).scalar_subquery()).order_by(blocks.c.height.desc()).limit(limit)
        if before is not None:
            query = query.where(blocks.c.height < before)
        with self._engine.connect() as reading:
            return [BlockRow(*row) for row in reading.execute(query)]

    def find_block(self, digest: str) -> int | None:
        """The height of the block with this hash."""
        with self._engine.connect() as reading:
            return reading.scalar(sql.select(blocks.c.height).where(blocks.c.hash == digest))

    def list_transactions(
        self, reader: Reader, *, limit: int, before: tuple[int, int] | None = None, height: int | None = None, party: str | None = None,
        digest: str | None = None, key: bytes | None = None, action: str | None = None,
    ) -> list[Row]:  # fmt: skip
        """The latest transactions that concern the reader and fit, downwards from a place."""
        query = _concerning(sql.select(transactions), reader)
        at = (transactions.c.height, transactions.c.place)
        if height is not None:
            query = query.where(transactions.c.height == height)
        if before is not None:
            query = query.where(sql.tuple_(*at) < before)
        if action is not None:
            query = query.where(transactions.c.contract + "." + transactions.c.action == action)
        for table, condition in (
            (concerned, None if party is None else concerned.c.org == party),
            (digests, None if digest is None else digests.c.digest == digest),
            (versions, None if key is None else versions.c.key == key),
        ):
            if condition is not None:
                query = query.where(sql.tuple_(*at).in_(sql.select(table.c.height, table.c.place).where(condition)))
        query = query.order_by(*(column.desc() for column in at)).limit(limit)
        with self._engine.connect() as reading:
            return [Row(**{**row, "users": row["users"].split()}) for row in reading.execute(query).mappings()]

    def find_records(self, reader: Reader, record: str, limit: int) -> list[tuple[bytes, str, str]]:
        """Records called so, or whose key begins so, that a transaction concerning the reader wrote: (key, kind, record)."""
        fits = (versions.c.record == record) | versions.c.record.startswith(record + " ", autoescape=True)
        query = sql.select(versions.c.key, versions.c.kind, versions.c.record).distinct().where(fits)
        query = _concerning(query, reader, versions).order_by(versions.c.kind, versions.c.record).limit(limit)
        with self._engine.connect() as reading:
            return [tuple(row) for row in reading.execute(query).all()]  # pyright: ignore[reportReturnType]

    def written_by(self, height: int, place: int) -> list[Version]:
        """What a transaction wrote, in the order of keys."""
        query = _SELECT.where(versions.c.height == height, versions.c.place == place).order_by(versions.c.key)
        return self._versions(query)

    def versions_of(self, reader: Reader, key: bytes, limit: int) -> list[Version]:
        """A record's versions by transactions that concern the reader, the latest first."""
        query = _concerning(_SELECT.where(versions.c.key == key), reader, versions)
        return self._versions(query.order_by(versions.c.height.desc(), versions.c.place.desc()).limit(limit))

    def before(self, reader: Reader, key: bytes, height: int, place: int) -> Version | None:
        """The version before a transaction's, if a transaction that concerns the reader wrote it."""
        query = _SELECT.where(versions.c.key == key, sql.tuple_(versions.c.height, versions.c.place) < (height, place))
        found = self._versions(query.order_by(versions.c.height.desc(), versions.c.place.desc()).limit(1))
        if found and (reader is None or self._concerns(reader, found[0])):
            return found[0]
        return None

    def _versions(self, query: Query) -> list[Version]:
        with self._engine.connect() as reading:
            return [Version(**row) for row in reading.execute(query).mappings()]

    def _concerns(self, reader: str, version: Version) -> bool:
        query = sql.select(concerned).where(
            concerned.c.org == reader, concerned.c.height == version.height, concerned.c.place == version.place
        )  # fmt: skip
        with self._engine.connect() as reading:
            return reading.execute(query).first() is not None


_SELECT = sql.select(versions.c.height, versions.c.place, versions.c.key, versions.c.kind, versions.c.record, versions.c.value)


def _concerning(query: Query, reader: Reader, table: sql.Table = transactions) -> Query:
    """Only rows of transactions that concern the reader."""
    if reader is None:
        return query
    theirs = (concerned.c.height == table.c.height) & (concerned.c.place == table.c.place)
    return query.where(sql.exists().where(theirs, concerned.c.org == reader))


def _listed(receipt: Receipt) -> dict[str, Any]:
    return {
        "tx": receipt.tx, "time": receipt.time, "contract": receipt.contract, "action": receipt.action, "code": receipt.code,
        "users": " ".join(signer.user for signer in receipt.signers),
    }  # fmt: skip


def _mentioned(data: bytes, receipt: Receipt) -> list[str]:
    """Digests in the request and the events: of documents, usually. The envelope's own are left out."""
    try:
        args = bytes(msgspec.json.decode(data, type=_Envelope).body.args)
    except msgspec.MsgspecError:  # Bytes only a faulty proposer puts into a block.
        return []
    text = b"\n".join([args, *(bytes(event.data) for event in receipt.events)]).decode()
    return sorted(set(DIGEST.findall(text)) - {receipt.tx})


class _Body(msgspec.Struct, frozen=True):
    args: msgspec.Raw


class _Envelope(msgspec.Struct, frozen=True):
    body: _Body


def _wal(connection: Any, _: Any) -> None:
    """Readers do not wait for the writer; what a crash loses is read from the blocks again."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
