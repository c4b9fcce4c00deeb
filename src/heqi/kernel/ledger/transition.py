"""The heart: (state, transaction, block facts) → (state′, receipt). Pure, engine-free, in nine steps.

    (1) the bytes are a canonical, well-formed transaction of this chain, not expired
    (2) every signature is valid and every key a member's key at this height
    (3) the first signer's nonce is new
    (4) the action exists and the request fits its form
    (5) the parties `by=` names have signed
    (6) the action runs on an overlay, its work counted; a Rejection discards the overlay and is the result
    (7) the laws of every register touched hold
    (8) the overlay becomes state; events, writes and result become the receipt
    (9) the receipt's digest is the transaction's leaf in the next header

A refusal in steps 1 to 3 leaves nothing at all, from step 4 on it leaves the remembered nonce: the receipt is final.
A bug (any other exception) is a refusal too, CONTRACT_FAULT, so that one faulty act cannot halt the chain; it is logged
and counted as an alarm.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from heqi.kernel.contracts.authority import Signer
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.context import Context
from heqi.kernel.contracts.perform import authorise, find_action
from heqi.kernel.identity.contract import require_valid
from heqi.kernel.identity.model import Certificate
from heqi.kernel.ledger import register as ledger
from heqi.kernel.state.overlay import Overlay
from heqi.proof import receipt as form
from heqi.proof.canonical import encode
from heqi.proof.suites import Suite, signed_by
from heqi.proof.transaction import Transaction, tx_message
from heqi.types.refusals import Expired, Replayed, SchemaInvalid, SignatureInvalid
from heqi.types.rejection import Rejection

log = logging.getLogger("heqi.transition")
LIFETIME_MAX = timedelta(hours=24)
"""A transaction's not_after may lie at most this far ahead: nonces need not be remembered longer."""

SignerOf = Callable[[str], tuple[Certificate, Signer]]
_NULL = msgspec.Raw(b"null")


class ContractFault(Rejection):
    """合约程序出错，操作已全部撤销（{fault}）。请联系运营方。
    The contract failed; everything was undone ({fault}). Contact the operator."""

    fault: str


class LawBroken(Rejection):
    """违反账本恒等式“{law}”，操作已全部撤销。请联系运营方。
    The act would break the law "{law}"; everything was undone. Contact the operator."""

    law: str


class Chain(msgspec.Struct, frozen=True):
    """What is the same for every block of a chain."""

    name: str
    suite: Suite
    catalogue: Catalogue


class Facts(msgspec.Struct, frozen=True):
    """What a block tells its transactions."""

    height: int
    time: datetime
    stamp: str = ""
    """The time as receipts write it (nine decimals)."""


def admit(chain: Chain, facts: Facts, tx: Transaction, signer_of: SignerOf, *, verified: bool) -> tuple[Signer, ...]:
    """Steps 1 and 2. Refuses: SCHEMA_INVALID, EXPIRED, CERT_REVOKED, SIGNATURE_INVALID."""
    body = tx.body
    if body.chain != chain.name:
        raise SchemaInvalid(problem=f"属于另一条链 {body.chain} (for another chain)", field="chain")
    if body.not_after < facts.time:
        raise Expired(not_after=body.not_after.isoformat())
    if body.not_after > facts.time + LIFETIME_MAX:
        raise SchemaInvalid(problem=f"有效期超过 {LIFETIME_MAX} (lives too long)", field="not_after")
    signers = []
    for fingerprint in body.signers:
        held, signer = signer_of(fingerprint)
        require_valid(held, facts.time)
        if signer.alg not in chain.suite.algorithms:
            raise SignatureInvalid(problem=f"本链不接受 {signer.alg} (not a signature of this chain's suite)")
        signers.append(signer)
    if not verified:
        message = tx_message(tx.body_bytes)
        for signer, text in zip(signers, tx.signatures, strict=True):
            if not signed_by(text, signer.alg, signer.public_key, message):
                raise SignatureInvalid(problem=f"{signer.user} 的签名不符 (the signature of {signer.user} does not verify)")
    return tuple(signers)


def apply(
    chain: Chain, block: Overlay, facts: Facts, index: int, tx: Transaction, signer_of: SignerOf, *,
    verified: bool = False, settings: dict[str, Any] | None = None, digests: dict[bytes, bytes] | None = None,
) -> form.Receipt:  # fmt: skip
    """One transaction on the block's overlay. Every outcome, also a refusal, is a receipt.

    `settings` and `digests` go from one transaction of a block to the next: figures read, and digests of values written.
    """
    sheet = Overlay(block)
    ctx = Context(
        sheet, chain.catalogue, suite=chain.suite, chain=chain.name, height=facts.height, time=facts.time, tx_id=tx.tx_id,
        settings=settings,
    )  # fmt: skip
    try:
        ctx.signers = admit(chain, facts, tx, signer_of, verified=verified)  # (1) (2)
        if ledger.nonces.find(ctx, ctx.signers[0].user, tx.body.nonce) is not None:  # (3)
            raise Replayed(nonce=tx.body.nonce)
        ledger.remember(ctx, ctx.signers[0].user, tx.body.nonce, tx.tx_id, tx.body.not_after)
        sheet.commit_to(block)
        action = find_action(chain.catalogue, tx.action)  # (4)
        request = action.request.read(tx.body.args)
        authorise(ctx, action, request)  # (5)
        result = action.run(ctx, request)  # (6)
        _hold_laws(ctx, chain.catalogue, sheet, block)  # (7)
        receipt = _receipt(chain, facts, index, tx, ctx, result=_written(result), writes=_writes(chain, sheet, digests))
    except Rejection as refusal:
        sheet.discard()
        ctx.settings.clear()
        return _receipt(chain, facts, index, tx, ctx, code=refusal.code, error=refusal.told())
    except Exception as error:
        log.exception("contract fault in %s, transaction %s", tx.action, tx.tx_id)
        sheet.discard()
        ctx.settings.clear()
        fault = ContractFault(fault=type(error).__name__)
        return _receipt(chain, facts, index, tx, ctx, code=fault.code, error=fault.told())
    sheet.commit_to(block)  # (8)
    return receipt


def _hold_laws(ctx: Context, catalogue: Catalogue, sheet: Overlay, before: Overlay) -> None:
    touched: dict[bytes, list[tuple[bytes, bytes | None]]] = {}
    for key, value in sheet.changes["state"].items():
        table = key[: key.index(0) + 1]
        if table in catalogue.laws:
            touched.setdefault(table, []).append((key, value))
    for prefix, changes in touched.items():
        for table, law in catalogue.laws[prefix]:
            pairs = []
            for key, value in changes:
                new = None if value is None else ctx.records.get(key) or table.decode(value)
                pairs.append((before.recall(key, table.decode, table.fixed), new))
            try:
                law(ctx, pairs)
            except AssertionError:
                log.exception("law %s broken by transaction %s", law.__name__, ctx.tx_id)
                raise LawBroken(law=law.__name__.replace("_", " ")) from None


def _written(value: Any) -> msgspec.Raw:
    """A result or event as the receipt keeps it. What no verifier could read, such as a float, is the contract's fault."""
    try:
        return _NULL if value is None else msgspec.Raw(encode(value))
    except Rejection as problem:
        raise TypeError(str(problem)) from None


def _receipt(
    chain: Chain, facts: Facts, index: int, tx: Transaction, ctx: Context, *,
    code: str = "OK", error: dict[str, Any] | None = None, result: msgspec.Raw = _NULL, writes: list[tuple[str, str | None]] | None = None,
) -> form.Receipt:  # fmt: skip
    events = [] if writes is None else [form.Event(name=type(event).__name__, data=_written(event)) for event in ctx.events]
    return form.Receipt(
        v=1, chain=chain.name, tx=tx.tx_id, height=facts.height, index=index, time=facts.stamp,
        contract=tx.body.contract, action=tx.body.action,
        signers=[form.Signer(user=s.user, org=s.org, alg=s.alg, public_key=s.public_key.hex()) for s in ctx.signers],
        code=code, error=error, result=result, events=events, writes=writes or [], work=ctx.work,
    )  # fmt: skip


def _writes(chain: Chain, sheet: Overlay, digests: dict[bytes, bytes] | None) -> list[tuple[str, str | None]]:
    """Each key written with the digest of its value, in the order of the keys."""
    digest, writes = chain.suite.digest, []
    for key, value in sorted(sheet.changes["state"].items()):
        if value is None:
            writes.append((key.hex(), None))
            continue
        of_value = digest(value)
        if digests is not None:
            digests[value] = of_value
        writes.append((key.hex(), of_value.hex()))
    return writes
