"""Acts by REST: the session's user signs one with the hosted key; signed transactions are passed on as they are.

An act that needs several signatures cannot be signed by one session: it becomes a proposal on the approvals register, and the
answer is 202 with the proposal. A receipt is shown to those whom it concerns only, also to the one who posted it.
"""

import asyncio
import secrets
import time
from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.errors import Problem, language, problem, refused_on_ledger
from heqi.gateway.gate import JSON, Caller, Gate, asked, require_media
from heqi.gateway.refusals import KeyNotHosted, MethodNotAllowed
from heqi.gateway.repeats import Sent, digest_of, nonce_of
from heqi.gateway.seats import PROPOSE, as_proposal, seats_of
from heqi.proof import canonical
from heqi.proof.receipt import Receipt
from heqi.proof.transaction import body_bytes, envelope_bytes, read_transaction, tx_message
from heqi.types.refusals import NotFound, SchemaInvalid
from heqi.types.rejection import Rejection

LIFETIME = timedelta(minutes=10)
NDJSON = "application/x-ndjson"
BATCH_MAX = 2000
NOTE_MAX = 200


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """202: a transaction that is on its way (poll its receipt), or an act that now waits for other signatures.

    `proposal`: the proposal's record when the act became one. `receipt` is null while there is none to show.
    """

    tx: str
    receipt: msgspec.Raw | None
    proposal: msgspec.Raw | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one transaction of a batch: a receipt, a problem, or neither while it is on its way."""

    tx: str | None
    receipt: msgspec.Raw | None
    problem: Problem | None


class Posted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of POST /transactions as JSON: an envelope, or a list of them under `transactions`."""

    transactions: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    body: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    signatures: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


async def act(gate: Gate, request: Request, caller: Caller) -> Response:
    """POST /api/v1/<contract>/<action>: the body is the action's request."""
    name = asked(request)
    action = gate.catalogue.actions.get(name)
    if action is None:
        raise MethodNotAllowed(allowed="GET, HEAD") if name in gate.catalogue.views else NotFound(record=f"action {name}")
    require_media(request, JSON)
    args = canonical.encode(canonical.decode(await request.body(), object))
    asked_for = action.request.read(args)
    if not caller.session.hosted:
        raise KeyNotHosted(user=caller.session.user)
    note = request.query_params.get("note", "")
    if len(note) > NOTE_MAX:
        raise SchemaInvalid(problem=f"不得超过 {NOTE_MAX} 个字符 (at most {NOTE_MAX} characters)", field="note")
    key = request.headers.get("idempotency-key")
    nonce = secrets.token_hex(16) if key is None else nonce_of(caller.session.user, key)
    digest = digest_of(name, args)
    # First, because the act itself may have changed what it needs: a note handed over is no longer the asker's.
    sent = gate.repeats.find(nonce, digest)
    if sent is None:
        needed = await seats_of(gate.engine, gate.catalogue, action, asked_for, caller.signer)
        proposes = len(needed) > 1 and PROPOSE in gate.catalogue.actions
        if proposes:
            name, args = as_proposal(name, args, note)
        # Once more: the same request may have come in while the state was asked.
        sent = gate.repeats.find(nonce, digest) or Sent(digest, *signed(gate, caller, name, args, nonce), proposes)
        if key is not None:
            gate.repeats.keep(nonce, sent)
    return _answer(gate, request, caller, sent.tx_id, await settle(gate, sent.data, sent.tx_id), proposes=sent.proposes)


def signed(gate: Gate, caller: Caller, action: str, args: bytes, nonce: str) -> tuple[str, bytes]:
    """The act as a transaction signed with the hosted key: its id and its bytes."""
    body = body_bytes(
        chain=gate.chain, action=action, args=args, signers=(caller.session.certificate,), nonce=nonce,
        not_after=(gate.settings.clock() + LIFETIME).replace(microsecond=0),
    )  # fmt: skip
    data = envelope_bytes(body, (gate.keys.sign(caller.session.user, tx_message(body)),))
    return gate.suite.tagged(tx_message(body)), data


async def settle(gate: Gate, data: bytes, tx_id: str | None) -> Receipt | None:
    """Submit and wait; None while it takes longer than a request may. `tx_id`: look for its receipt first."""
    began = time.perf_counter()
    known = await gate.engine.receipt(tx_id) if tx_id is not None else None
    if known is not None:  # A repeat after the transaction's own expiry is still answered.
        return known
    try:
        receipt = await gate.engine.wait(await gate.engine.submit(data), gate.settings.wait_s)
    except TimeoutError:
        return None
    except Rejection as refusal:
        gate.metrics.transactions.labels(refusal.code).inc()
        raise
    gate.metrics.wait.observe(time.perf_counter() - began)
    gate.metrics.transactions.labels(receipt.code).inc()
    return receipt


def _answer(gate: Gate, request: Request, caller: Caller, tx_id: str, found: Receipt | None, *, proposes: bool = False) -> Response:
    where = {"Location": f"/api/v1/receipts/{tx_id}"}
    request.scope["heqi"]["tx"] = tx_id
    if found is None or not gate.visibility.may_see(caller.signer, found):
        return _json(Accepted(tx=tx_id, receipt=None, proposal=None), 202, where)
    encoded = canonical.encode(found)
    if found.code != "OK":
        return refused_on_ledger(request, found, encoded)
    request.scope["heqi"]["code"] = "OK"
    if proposes:
        return _json(Accepted(tx=tx_id, receipt=msgspec.Raw(encoded), proposal=found.result), 202, where)
    return Response(encoded, media_type=JSON, headers=where)


def _json(record: msgspec.Struct, status: int, headers: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(record), status, media_type=JSON, headers=headers)


async def post_transactions(gate: Gate, request: Request, caller: Caller) -> Response:
    """POST /api/v1/transactions: one signed envelope, or many as {"transactions": […]}, a JSON list, or NDJSON lines."""
    media, data = require_media(request, JSON, NDJSON), await request.body()
    if media == NDJSON:
        return await _batch(gate, request, caller, [line for line in data.split(b"\n") if line.strip()])
    try:
        if data.lstrip()[:1] == b"[":
            return await _batch(gate, request, caller, list(map(bytes, msgspec.json.decode(data, type=list[msgspec.Raw]))))
        posted = msgspec.json.decode(data, type=Posted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SchemaInvalid(problem=str(error)) from None
    if posted.transactions is not msgspec.UNSET:
        return await _batch(gate, request, caller, list(map(bytes, posted.transactions)))
    transaction = read_transaction(data, gate.suite)
    request.scope["heqi"]["action"] = transaction.action
    return _answer(gate, request, caller, transaction.tx_id, await settle(gate, data, transaction.tx_id))


async def _batch(gate: Gate, request: Request, caller: Caller, batch: list[bytes]) -> Response:
    """Answers 200 with one outcome for each, in order; each stands for itself."""
    if len(batch) > BATCH_MAX:
        raise SchemaInvalid(problem=f"一批不得超过 {BATCH_MAX} 笔 (at most {BATCH_MAX} in a batch)", field="transactions")
    deadline = time.monotonic() + gate.settings.wait_s
    admitted = await gate.engine.submit_many(batch) if batch else []
    lang = language(request)
    outcomes = await asyncio.gather(*(_outcome(gate, caller, one, deadline, lang) for one in admitted))
    return _json(Outcomes(outcomes=tuple(outcomes)), 200, {})


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a batch: one outcome for each transaction, in the order given."""

    outcomes: tuple[Outcome, ...]


async def _outcome(gate: Gate, caller: Caller, admitted: str | Exception, deadline: float, lang: str) -> Outcome:
    if isinstance(admitted, Rejection):
        gate.metrics.transactions.labels(admitted.code).inc()
        return Outcome(tx=None, receipt=None, problem=problem(admitted.code, admitted.told(), lang))
    if isinstance(admitted, Exception):
        raise admitted
    try:
        receipt = await gate.engine.wait(admitted, max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        return Outcome(tx=admitted, receipt=None, problem=None)
    gate.metrics.transactions.labels(receipt.code).inc()
    if not gate.visibility.may_see(caller.signer, receipt):
        return Outcome(tx=admitted, receipt=None, problem=None)
    encoded = canonical.encode(receipt)
    if receipt.error is not None:
        return Outcome(tx=admitted, receipt=None, problem=problem(receipt.code, receipt.error, lang, (receipt.tx, encoded)))
    return Outcome(tx=admitted, receipt=msgspec.Raw(encoded), problem=None)
