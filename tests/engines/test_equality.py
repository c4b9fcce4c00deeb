"""Ten thousand business transactions on both engines: the same state, the same receipts, the same events.

The engines cut their blocks where they like and give them their own times, and a receipt names its block. So what must be equal
is compared twice: with CometBFT's own boundaries and times, driven through the pure machine, every byte of every receipt; on
the embedded engine, which makes other blocks, everything but a receipt's height, index and time. The root of the state must be
the same in all three: no record of S03 depends on where its block was cut.
"""

import asyncio
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
from conformance import replay, until, without_place
from networks import alone_with, needs_cometbft
from worlds import World, founded

from heqi.client.stage import sign_transaction
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.kernel.engines.port import BlockView, Engine
from heqi.node.applications import REGISTERS
from heqi.node.bench.seed import Plan, invoice_number, package_number, seeding
from heqi.node.cast import CAST
from heqi.proof import canonical
from heqi.proof.receipt import Receipt

pytestmark = needs_cometbft

COUNT = 10_000
WINDOW = 500
WAIT_S = 240.0
FACE_FEN = 1_000_000
NOTES, A_PACKAGE = 5_000, 100
INVOICES = 50
ORG = {party.key: party.org for party in CAST}
PLAN = Plan(
    notes=NOTES, notes_a_package=A_PACKAGE, face=FACE_FEN, maturity=date(2026, 8, 7), holders=(ORG["jia"],), issuer=ORG["foton"],
    group=ORG["foton_group"], bank=ORG["everbright"], invoices=INVOICES, buyer=ORG["jia"], seller=ORG["yi"],
)  # fmt: skip


def some_acts(world: World, count: int) -> list[bytes]:
    """Transfers of parts of notes, drawn from a seed; among them some too great, of nothing, unsigned by a checker, by a
    stranger; and motions, which tell of themselves in events."""
    dice, until = random.Random(10), datetime.now(UTC) + timedelta(hours=2)
    jia, yi = ([world.actor(f"{who}.maker"), world.actor(f"{who}.checker")] for who in ("jia", "yi"))

    def act() -> bytes:
        if dice.randrange(20) == 0:
            return world.sign(
                "governance.move", f"{dice.choice(('boc', 'everbright', 'zhongbang'))}.admin", nonce=f"{dice.getrandbits(128):032x}",
                action="governance.set_parameter", reason="…", args={"parameter": "governance.carried_bps", "value": 7_000, "source": "…"},
            )  # fmt: skip
        place = dice.randrange(NOTES)
        note = f"{package_number(PLAN, place // A_PACKAGE)}:{place % A_PACKAGE * FACE_FEN + 1}"
        document = {"doc_type": "INVOICE", "number": invoice_number(dice.randrange(INVOICES + 1))}
        amount = {"ccy": "CNY", "minor": dice.choice((1, 100_00, 2_000_00, 5_000_00, FACE_FEN + 1, 0))}
        to = ORG[dice.choice(("yi", "yi", "yi", "jia"))]
        args = canonical.encode({"note": note, "amount": amount, "to": to, "basis": [{"document": document, "amount": amount}]})
        who = dice.choices((jia, jia[:1], yi), (20, 1, 1))[0]
        return sign_transaction(world.chain, "all_link.transfer", args, tuple(who), until, f"{dice.getrandbits(128):032x}")

    return [act() for _ in range(count)]


async def run(engine: Engine, txs: list[bytes]) -> tuple[list[BlockView], str]:
    """Submit them in this order; the blocks that hold them, and the root of the state after."""
    await engine.start()
    try:
        for at in range(0, len(txs), WINDOW):
            told = await engine.submit_many(txs[at : at + WINDOW])
            assert [outcome for outcome in told if isinstance(outcome, Exception)] == []
            last = await engine.wait(str(told[-1]), WAIT_S)
        status = await engine.status()
        assert status.transactions == len(txs)
        return [block async for block in until(engine, 1, last.height)], status.app_hash
    finally:
        await engine.close()


def test_ten_thousand_transactions_give_the_same_state_receipts_and_events_on_both_engines(tmp_path: Path) -> None:
    catalogue = Catalogue([*REGISTERS, seeding((PLAN,))])
    world = founded("equal-1", CAST)
    txs = some_acts(world, COUNT)
    blocks, root = asyncio.run(run(alone_with(tmp_path / "bft", world, catalogue), txs))
    assert [tx for block in blocks for tx in block.txs] == txs  # In the order they came.
    assert asyncio.run(replay(blocks, world, catalogue)) == root

    with_one_process = Verifiers(1)  # So that the order of arrival is the order of admission.
    try:
        engine = EmbeddedEngine(tmp_path / "embedded", catalogue, world.genesis, world.founding, [world.validator_key], with_one_process)
        others, same_root = asyncio.run(run(engine, txs))
    finally:
        with_one_process.close()
    assert same_root == root
    ours, theirs = ([data for block in found for data in block.receipts] for found in (blocks, others))
    assert [without_place(data) for data in ours] == [without_place(data) for data in theirs]
    receipts = [msgspec.json.decode(data, type=Receipt) for data in ours]
    assert {receipt.code for receipt in receipts} >= {"OK", "ROLE_FORBIDDEN", "AMOUNT_EXCEEDS_BALANCE", "SCHEMA_INVALID"}
    assert sum(receipt.code == "OK" for receipt in receipts) > COUNT // 4
    assert any(receipt.events for receipt in receipts)
