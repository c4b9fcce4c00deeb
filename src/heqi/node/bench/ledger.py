"""`heqi bench ledger`: signed S03 transfers, two signatures each, end to end: admission, contract, receipt, durable block."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from heqi.client.stage import sign_transaction
from heqi.kernel.engines.embedded.verifiers import Signed
from heqi.node.bench.seed import Plan, invoice_number, package_number, seeding
from heqi.node.bench.stand import Stand, machine, sign_all, verification_limit
from heqi.node.cast import CAST
from heqi.proof.suites import SUITES
from heqi.proof.transaction import read_transaction, tx_message

TODAY = date(2026, 3, 10)
FACE = 1_000_000
NOTES_A_PACKAGE = 100
USES_AN_INVOICE = 400
ORG = {party.key: party.org for party in CAST}

Tell = Callable[[str], None]


def run(*, transfers: int, notes: int, suite: str, tell: Tell) -> dict[str, Any]:
    """Transfer a part of `transfers` notes out of `notes` live ones, each to another supplier. Figures in the result."""
    plan = Plan(
        notes=notes,
        notes_a_package=NOTES_A_PACKAGE,
        face=FACE,
        maturity=date(2026, 8, 7),
        holders=(ORG["jia"],),
        issuer=ORG["foton"],
        group=ORG["foton_group"],
        bank=ORG["everbright"],
        invoices=-(-transfers // USES_AN_INVOICE),
        buyer=ORG["jia"],
        seller=ORG["yi"],
    )
    tell(f"{suite}: {notes:,} 张凭证 live notes")
    with Stand(seeding((plan,)), suite=suite, business_date=TODAY) as stand:
        until = datetime.now(UTC) + timedelta(hours=6)
        signers = (stand.cast.jia.maker, stand.cast.jia.checker)

        def transfer(number: int) -> bytes:
            # Notes far apart in the state: no two transfers of a run touch the same package page.
            place = number * (notes // transfers)
            note = f"{package_number(plan, place // NOTES_A_PACKAGE)}:{place % NOTES_A_PACKAGE * FACE + 1}"
            document = {"doc_type": "INVOICE", "number": invoice_number(number // USES_AN_INVOICE)}
            amount = {"ccy": "CNY", "minor": 100_00}
            args = {"note": note, "amount": amount, "to": ORG["yi"], "basis": [{"document": document, "amount": amount}]}
            return sign_transaction("bench", "all_link.transfer", msgspec.json.encode(args, order="sorted"), signers, until)

        tell(f"签名 signing {transfers:,}")
        transactions = sign_all(transfer, transfers)
        tell("验签上限 verification limit")
        limit = verification_limit(_checks(stand, transactions, suite))
        tell("转让 transferring")
        before, height = stand.bytes_on_disk(), stand.host.run(stand.host.engine.status()).height + 1
        seconds = stand.push(transactions)
        after = stand.bytes_on_disk()
        codes = stand.codes(height)
        assert codes == {"OK": transfers}, codes
        stand.host.call(lambda machine_: machine_.check_invariants()) if notes <= 20_000 else None
        return {
            "workload": "S03 transfer",
            "suite": suite,
            "signatures_per_tx": 2,
            "live_notes": notes,
            "transfers": transfers,
            "tx_per_s": round(transfers / seconds),
            "verification_limit_tx_per_s": round(limit),
            "ratio_to_limit": round(transfers / seconds / limit, 3),
            "us_per_tx": round(seconds / transfers * 1e6, 1),
            "blocks": stand.host.run(stand.host.engine.status()).height - height + 1,
            "log_bytes_per_tx": round((after["log"] - before["log"]) / transfers),
            "state_bytes_per_tx": round((after["state"] - before["state"]) / transfers),
            **machine(),
        }


def _checks(stand: Stand, transactions: list[bytes], suite: str) -> list[tuple[bytes, Signed]]:
    keys = [(actor.key.alg, actor.key.public.raw) for actor in (stand.cast.jia.maker, stand.cast.jia.checker)]
    found = []
    for data in transactions:
        tx = read_transaction(data, SUITES[suite])
        found.append((tx_message(tx.body_bytes), tuple((alg, key, text) for (alg, key), text in zip(keys, tx.signatures, strict=True))))
    return found
