"""The chain by REST: receipts and their proofs, blocks, status, genesis, catalogue.

A receipt that does not concern the asker's organisation is answered like one that never was. A block shows its signed
header to every member and of its receipts those that concern the asker.
"""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.gate import JSON, Caller, Gate
from heqi.kernel.contracts import Signer
from heqi.kernel.engines.port import BlockView, Status
from heqi.node.visibility import concerns
from heqi.proof import canonical
from heqi.proof.commit import Commit
from heqi.proof.header import Header
from heqi.proof.receipt import Receipt
from heqi.types.refusals import NotFound, SchemaInvalid

BLOCKS_MAX = 100
BLOCKS_DEFAULT = 20


class BlockShown(msgspec.Struct, frozen=True, kw_only=True):
    """A block as a member sees it. `transactions`: how many it holds; `receipts`: those that concern the asker."""

    height: int
    header: Header
    commit: Commit
    transactions: int
    receipts: tuple[msgspec.Raw, ...]


class BlocksShown(msgspec.Struct, frozen=True, kw_only=True):
    """Blocks in their order. `next`: the height to go on from; it may not be there yet."""

    blocks: tuple[BlockShown, ...]
    next: int


class StatusShown(msgspec.Struct, frozen=True, kw_only=True):
    """How the chain is doing. `now`: the gateway's clock, for a transaction's `not_after`; `business_date` is a view: ledger.today."""

    status: Status
    now: str


async def show_receipt(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/receipts/<tx>: the receipt, canonical JSON."""
    return Response(canonical.encode(await visible_receipt(gate, request, caller)), media_type=JSON)


async def show_proof(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/receipts/<tx>/proof: the file that `heqi verify` reads."""
    receipt = await visible_receipt(gate, request, caller)
    proof = canonical.encode(await gate.engine.proof(receipt.tx))
    name = receipt.tx.partition(":")[2][:16]
    return Response(proof, media_type=JSON, headers={"Content-Disposition": f'attachment; filename="receipt-{name}.json"'})


async def visible_receipt(gate: Gate, request: Request, caller: Caller) -> Receipt:
    """The receipt of the transaction in the path. Refuses: NOT_FOUND, also where it does not concern the asker."""
    tx = request.path_params["tx"]
    try:
        receipt = await gate.engine.receipt(tx)
    except NotFound:
        receipt = None
    if receipt is None or not gate.visibility.may_see(caller.signer, receipt):
        raise NotFound(record="receipt")
    return receipt


async def show_block(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/blocks/<height>"""
    block = await gate.engine.block(whole_number(request.path_params["height"], "height"))
    if block is None:
        raise NotFound(record="block")
    return _json(_shown(gate, caller.signer, block))


async def show_blocks(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/blocks?from=&limit=: without `from`, the latest."""
    query = request.query_params
    limit = whole_number(query.get("limit", str(BLOCKS_DEFAULT)), "limit", BLOCKS_MAX)
    head = (await gate.engine.status()).height
    start = whole_number(query["from"], "from") if "from" in query else max(gate.engine.genesis.initial_height, head - limit + 1)
    shown = []
    for height in range(start, min(start + limit, head + 1)):
        block = await gate.engine.block(height)
        if block is None:
            break
        shown.append(_shown(gate, caller.signer, block))
    return _json(BlocksShown(blocks=tuple(shown), next=start + len(shown)))


def _shown(gate: Gate, viewer: Signer, block: BlockView) -> BlockShown:
    seen = tuple(msgspec.Raw(entry.encoded) for entry in gate.visibility.entries(block) if concerns(viewer, entry.concerns))
    return BlockShown(
        height=block.height, header=block.signed.header, commit=block.signed.commit, transactions=len(block.txs), receipts=seen
    )  # fmt: skip


async def show_status(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/status"""
    return _json(StatusShown(status=await gate.engine.status(), now=gate.settings.clock().isoformat()))


async def show_genesis(gate: Gate, request: Request) -> Response:
    """GET /api/v1/genesis: what a verifier trusts. Compare it with the one you were given otherwise."""
    return Response(canonical.encode(gate.engine.genesis), media_type=JSON)


async def show_catalogue(gate: Gate, request: Request) -> Response:
    """GET /api/v1/catalogue: registers, actions with their seats, views, events, refusals, in Chinese and English."""
    return Response(msgspec.json.encode(listed(gate)), media_type=JSON)


def listed(gate: Gate) -> dict[str, Any]:
    """The catalogue as plain data."""
    catalogue = gate.catalogue
    registers = catalogue.registers.values()
    return {
        "chain": gate.chain,
        "registers": [{"name": r.name, "version": r.version, "title": r.title, "uses": [u.name for u in r.uses]} for r in registers],
        "actions": [
            {"name": a.full_name, "title": a.title, "help": a.help, "by": [s.describe() for s in a.by]} for a in catalogue.actions.values()
        ],
        "views": [{"name": v.full_name, "title": v.title, "help": v.help} for v in catalogue.views.values()],
        "events": sorted(catalogue.events),
        "parameters": [{"name": p.name, "title": p.title, "source": p.source} for p in catalogue.parameters.values()],
        "refusals": [{"code": code, "zh": r.message_zh, "en": r.message_en} for code, r in catalogue.refusals().items()],
    }  # fmt: skip


def whole_number(text: str, field: str, most: int = 2**53 - 1) -> int:
    """A positive number from a query or path. Refuses: SCHEMA_INVALID."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 16 and 1 <= int(text) <= most):
        raise SchemaInvalid(problem=f"须为 1 至 {most} 的整数 (an integer from 1 to {most})", field=field)
    return int(text)


def _json(record: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(record), media_type=JSON)
