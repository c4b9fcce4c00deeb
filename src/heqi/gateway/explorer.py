"""The explorer by REST: one search, blocks, transactions in words, records and how they became so. Answers are the asker's.

What holds here: a transaction that does not concern the asker's organisation is answered like one that never was, in every
list, count and search. The lists come from the read model, which is a moment behind the chain; `height` tells how far it is.
"""

import csv
import io
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.chain import visible_receipt, whole_number
from heqi.gateway.errors import language
from heqi.gateway.gate import JSON, Caller, Gate
from heqi.kernel.contracts.sight import REGULATOR
from heqi.kernel.identity.model import Organisation
from heqi.node.history import BlockRow, History, Reader, Row, Version
from heqi.proof.header import Validator
from heqi.proof.receipt import Receipt
from heqi.proof.transaction import read_transaction
from heqi.proof.wire import time_ns
from heqi.types.refusals import NotFound, SchemaInvalid

T = TypeVar("T")
ROWS_MAX, ROWS_DEFAULT = 500, 20
EXPORT_MAX = 50_000
SEARCH_MAX = 200
HEALTH_BLOCKS = 100


class TransactionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction in a list. `title`: of the act, Chinese and English; `next`: of the list, to go on from."""

    height: int
    place: int
    tx: str
    time: str
    action: str
    title: tuple[str, str]
    code: str
    users: list[str]


class TransactionsShown(msgspec.Struct, frozen=True, kw_only=True):
    """The latest first. `next`: the place to go on from, null at the end."""

    height: int
    transactions: tuple[TransactionLine, ...]
    next: str | None


class BlocksListed(msgspec.Struct, frozen=True, kw_only=True):
    """The latest first. `next`: go on below this height, null at the end."""

    height: int
    blocks: list[BlockRow]
    next: int | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a record. Values are null where there is none and where the asker may not see it (`shown`)."""

    key: str
    kind: str
    record: str
    shown: bool
    before: msgspec.Raw
    after: msgspec.Raw


class TransactionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction in words. `changes`: null while the read model has not come that far."""

    receipt: msgspec.Raw
    request: msgspec.Raw
    not_after: str
    title: tuple[str, str]
    register: tuple[str, str]
    help: tuple[str, str]
    block: str
    bytes: int
    changes: list[Change] | None


class VersionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A record as an act left it; `value` null once it is deleted."""

    line: TransactionLine
    value: msgspec.Raw


class RecordShown(msgspec.Struct, frozen=True, kw_only=True):
    """A record's versions by acts that concern the asker, the latest first."""

    kind: str
    record: str
    versions: list[VersionShown]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something found: `kind` block, transaction, record, party or digest; `id` leads to it."""

    kind: str
    id: str
    title: tuple[str, str]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found that the asker may see."""

    hits: list[Hit]


class ChainHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How the chain fares. `explored`: how far the read model is; `signed`: of the last `blocks` blocks, how many each validator signed."""

    height: int
    explored: int
    waiting: int
    time: str
    now: str
    blocks: int
    interval_ms: int
    transactions: int
    validators: list[tuple[Validator, int]]


def reader_of(caller: Caller) -> Reader:
    """Whose eyes: the asker's organisation's, or the regulator's."""
    return None if caller.signer.org_type == REGULATOR else caller.signer.org


async def _asked(gate: Gate, question: Callable[[History], T]) -> T:
    """A question to the read model, off the event loop."""
    if gate.history is None:  # A node that keeps none.
        raise NotFound(record="read model")
    return await run_in_threadpool(question, gate.history)


async def list_blocks(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/explorer/blocks?before=&limit="""
    limit, before = _limit(request), request.query_params.get("before")
    below = None if before is None else whole_number(before, "before")
    found = await _asked(gate, lambda history: history.list_blocks(reader_of(caller), below, limit))
    following = found[-1].height if len(found) == limit and found[-1].height > gate.engine.genesis.initial_height else None
    return _json(BlocksListed(height=await _asked(gate, lambda history: history.height), blocks=found, next=following))


async def list_transactions(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/explorer/transactions?block=&party=&digest=&action=&record=&before=&limit=; as CSV with `format=csv`."""
    query, reader = request.query_params, reader_of(caller)
    as_csv = query.get("format") == "csv"
    limit = EXPORT_MAX if as_csv else _limit(request)
    key = _key(query["record"]) if "record" in query else None
    given: dict[str, Any] = {
        "height": whole_number(query["block"], "block") if "block" in query else None, "party": query.get("party"), "key": key,
        "digest": query.get("digest"), "action": query.get("action"), "before": _place(query["before"]) if "before" in query else None,
    }  # fmt: skip
    found = await _asked(gate, lambda history: history.list_transactions(reader, limit=limit, **given))
    lines = tuple(_line(gate, row) for row in found)
    if as_csv:
        return _csv(lines, language(request))
    following = f"{lines[-1].height}/{lines[-1].place}" if len(lines) == limit else None
    height = await _asked(gate, lambda history: history.height)
    return _json(TransactionsShown(height=height, transactions=lines, next=following))


async def show_transaction(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/explorer/transactions/<tx>: what was asked, by whom, and what became of each record."""
    receipt = await visible_receipt(gate, request, caller)
    block = await gate.engine.block(receipt.height)
    assert block is not None, "a receipt is in a block"
    transaction = read_transaction(block.txs[receipt.index], gate.suite)
    action = gate.catalogue.actions.get(f"{receipt.contract}.{receipt.action}")
    register = gate.catalogue.registers.get(receipt.contract)
    unknown = (receipt.action, receipt.action)
    return _json(
        TransactionShown(
            receipt=msgspec.Raw(block.receipts[receipt.index]), request=transaction.body.args,
            not_after=transaction.body.not_after.isoformat(),
            title=action.title if action else unknown, help=action.help if action else ("", ""),
            register=register.title if register else (receipt.contract, receipt.contract),
            block=block.signed.commit.block_id.hash, bytes=len(transaction.data), changes=await _changes(gate, caller, receipt),
        )
    )  # fmt: skip


async def _changes(gate: Gate, caller: Caller, receipt: Receipt) -> list[Change] | None:
    reader = reader_of(caller)
    if await _asked(gate, lambda history: history.height) < receipt.height:
        return None
    written = await _asked(gate, lambda history: history.written_by(receipt.height, receipt.index))
    seen = await _seen(gate, caller, {version.key for version in written})

    def pairs(history: History) -> list[tuple[Version, Version | None]]:
        return [(one, history.before(reader, one.key, one.height, one.place) if one.key in seen else None) for one in written]

    return [
        Change(
            key=after.key.hex(), kind=after.kind, shown=after.key in seen, before=_raw(before.value if before else None),
            record=after.record if after.key in seen else "", after=_raw(after.value if after.key in seen else None),
        )
        for after, before in await _asked(gate, pairs)
    ]  # fmt: skip


async def _seen(gate: Gate, caller: Caller, keys: set[bytes]) -> set[bytes]:
    return await gate.engine.call(lambda machine: gate.record_views.seen(machine, caller.signer, keys))


async def show_record(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/explorer/records/<key>: the record's past, whichever application wrote it."""
    key, reader = _key(request.path_params["key"]), reader_of(caller)
    if key not in await _seen(gate, caller, {key}):
        raise NotFound(record="record")
    found = await _asked(gate, lambda history: history.versions_of(reader, key, ROWS_MAX))
    lines = await _asked(gate, lambda history: history.list_transactions(reader, limit=ROWS_MAX, key=key))
    at = {(line.height, line.place): line for line in lines}
    if not found:
        raise NotFound(record="record")
    versions = [VersionShown(line=_line(gate, at[one.height, one.place]), value=_raw(one.value)) for one in found]
    return _json(RecordShown(kind=found[0].kind, record=found[0].record, versions=versions))


async def search(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/explorer/search?q=: a transaction, block height or hash, record, party or document digest."""
    text = request.query_params.get("q", "").strip()
    if not 1 <= len(text) <= SEARCH_MAX:
        raise SchemaInvalid(problem=f"须为 1 至 {SEARCH_MAX} 个字符 (1 to {SEARCH_MAX} characters)", field="q")
    hits = [*await _blocks_named(gate, text), *await _transactions_named(gate, caller, text), *await _parties_named(gate, caller, text)]
    digest = text if ":" in text else f"{gate.suite.tag}:{text}"
    reader = reader_of(caller)
    if await _asked(gate, lambda history: history.list_transactions(reader, limit=1, digest=digest)):
        hits.append(Hit(kind="digest", id=digest, title=("单据摘要", "Document digest")))
    records = await _asked(gate, lambda history: history.find_records(reader, text, ROWS_DEFAULT))
    seen = await _seen(gate, caller, {key for key, _, _ in records})
    for key, kind, record in records:
        if key in seen:
            hits.append(Hit(kind="record", id=key.hex(), title=(f"{kind} {record}", f"{kind} {record}")))
    return _json(Found(hits=hits))


async def _blocks_named(gate: Gate, text: str) -> list[Hit]:
    height = int(text) if text.isascii() and text.isdecimal() and len(text) <= 16 else None
    if height is None and len(text) == 64:
        height = await _asked(gate, lambda history: history.find_block(text))
    if not height or height > (await gate.engine.status()).height:
        return []
    return [Hit(kind="block", id=str(height), title=(f"第 {height} 块", f"Block {height}"))]


async def _transactions_named(gate: Gate, caller: Caller, text: str) -> list[Hit]:
    tx = text if ":" in text else f"{gate.suite.tag}:{text}"
    try:
        receipt = await gate.engine.receipt(tx)
    except NotFound:
        return []
    if receipt is None or not gate.visibility.may_see(caller.signer, receipt):
        return []
    return [Hit(kind="transaction", id=receipt.tx, title=_title(gate, receipt.contract, receipt.action))]


async def _parties_named(gate: Gate, caller: Caller, text: str) -> list[Hit]:
    known = await organisations(gate, caller)
    wanted = text.casefold()
    fits = [one for one in known if wanted == one.org.casefold() or wanted in one.name_zh or wanted in one.name_en.casefold()]
    return [Hit(kind="party", id=one.org, title=(one.name_zh, one.name_en)) for one in fits[:ROWS_DEFAULT]]


async def organisations(gate: Gate, caller: Caller) -> list[Organisation]:
    """The members of the consortium, whom every member may know."""
    answer = await gate.engine.ask("members.list_organisations", b"{}", caller.session.certificate)
    return msgspec.json.decode(answer, type=list[Organisation])


async def show_health(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/explorer/health"""
    status = await gate.engine.status()
    first = max(gate.engine.genesis.initial_height, status.height - HEALTH_BLOCKS + 1)
    found = [block for height in range(first, status.height + 1) if (block := await gate.engine.block(height)) is not None]
    signed = [sig.validator_address for block in found for sig in block.signed.commit.signatures if sig.flag == 2]
    spans = (_ms(found[0].signed.header.time), _ms(found[-1].signed.header.time)) if len(found) > 1 else (0, 0)
    return _json(
        ChainHealth(
            height=status.height, explored=await _asked(gate, lambda history: history.height), waiting=status.waiting, time=status.time,
            now=gate.settings.clock().isoformat(), blocks=len(found), transactions=status.transactions,
            interval_ms=(spans[1] - spans[0]) // max(len(found) - 1, 1),
            validators=[(one, signed.count(one.address)) for one in gate.engine.genesis.validators],
        )
    )  # fmt: skip


def _ms(time: str) -> int:
    return time_ns(time) // 10**6


def _title(gate: Gate, contract: str, action: str) -> tuple[str, str]:
    declared = gate.catalogue.actions.get(f"{contract}.{action}")
    return declared.title if declared else (action, action)


def _line(gate: Gate, row: Row) -> TransactionLine:
    return TransactionLine(
        height=row.height, place=row.place, tx=row.tx, time=row.time, action=f"{row.contract}.{row.action}",
        title=_title(gate, row.contract, row.action), code=row.code, users=row.users,
    )  # fmt: skip


def _limit(request: Request) -> int:
    return whole_number(request.query_params.get("limit", str(ROWS_DEFAULT)), "limit", ROWS_MAX)


def _place(text: str) -> tuple[int, int]:
    height, _, place = text.partition("/")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 16 for part in (height, place)):
        raise SchemaInvalid(problem="须为 <height>/<place> (must be <height>/<place>)", field="before")
    return int(height), int(place)


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NotFound(record="record") from None


def _raw(value: bytes | None) -> msgspec.Raw:
    return msgspec.Raw(b"null" if value is None else value)


def _csv(lines: tuple[TransactionLine, ...], lang: str) -> Response:
    """For spreadsheets: UTF-8 with a byte order mark; a cell that a spreadsheet would take for a formula is quoted."""
    zh = lang == "zh"
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["高度", "序号", "时间", "操作", "名称", "结果", "签署人", "交易号"] if zh
        else ["height", "place", "time", "act", "title", "outcome", "signed by", "transaction"]
    )  # fmt: skip
    for line in lines:
        row = [line.height, line.place, line.time, line.action, line.title[not zh], line.code, " ".join(line.users), line.tx]
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell for cell in row])
    headers = {"Content-Disposition": 'attachment; filename="transactions.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _json(record: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(record), media_type=JSON)
