"""What every engine must do, whatever it is made of: one list of sentences, each a function of an engine not yet opened.

An engine joins with a dozen lines (test_embedded.py): it gives an `Open`, and a test parametrised over `SENTENCES`. `Open`
opens the chain of a world in the folder of a name, started, and closes it at the end; the same name again is the same chain.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import msgspec
import purse
import pytest
from purse import TOTAL_FEN
from workload import MAKERS, some_transactions
from worlds import TODAY, World, catalogue, found

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.port import BlockView, Engine
from heqi.kernel.ledger.machine import BlockIn, Machine
from heqi.kernel.state.store import MemoryStore
from heqi.proof import canonical, merkle
from heqi.proof.commit import verify_commit
from heqi.proof.header import NO_BLOCK
from heqi.proof.receipt import Receipt, ReceiptProof, result_leaf
from heqi.proof.suites import SUITES
from heqi.proof.transaction import SIZE_MAX
from heqi.proof.verify import verify_receipt
from heqi.types.refusals import CertRevoked, NotFound, ProofInvalid
from heqi.types.rejection import Rejection

Open = Callable[[World, str], AbstractAsyncContextManager[Engine]]
Sentence = Callable[[Open, World], Coroutine[None, None, None]]
WAIT_S = 30.0
SENTENCES: list[Sentence] = []


def sentence(function: Sentence) -> Sentence:
    SENTENCES.append(function)
    return function


# --- the same result ---------------------------------------------------------------------------------------------------
@sentence
async def the_same_transactions_give_the_same_receipts_and_root_as_the_pure_machine(open: Open, world: World) -> None:
    machine = Machine(MemoryStore(), catalogue(), chain=world.chain, suite=world.suite)
    time = datetime.now(UTC)
    machine.init(world.founding, time)
    codes = set()
    async with open(world, "chain") as engine:
        for height, data in enumerate(some_transactions(world, seed=1, count=60), 1):
            receipt = await play(engine, data)  # One by one, so that each is the first of its block.
            out = machine.execute(BlockIn(height, time + timedelta(milliseconds=height), [data]))
            machine.commit()
            assert without_place(canonical.encode(receipt)) == without_place(out.receipts[0])
            codes.add(receipt.code)
            assert (await engine.status()).app_hash == out.app_hash.hex()
    assert codes == {"OK", "AMOUNT_EXCEEDS_BALANCE", "CONTRACT_FAULT", "LAW_BROKEN", "NOT_FOUND", "ROLE_FORBIDDEN"}
    machine.check_invariants()


@sentence
async def a_crowd_of_transactions_replays_to_the_byte(open: Open, world: World) -> None:
    async with open(world, "chain") as engine:
        batch = list(some_transactions(world, seed=2, count=400))
        outcomes = await asyncio.gather(*(engine.submit_many(batch[at : at + 50]) for at in range(0, 400, 50)))
        ids = [outcome for part in outcomes for outcome in part]
        receipts = await asyncio.gather(*(engine.wait(str(tx_id), WAIT_S) for tx_id in ids))
        assert {receipt.tx for receipt in receipts} == set(ids)
        assert len(set(ids)) == 400
        assert sum((await ask_books(engine, world)).balances) == TOTAL_FEN
        height = receipts[-1].height + 1
        await replay(await first_blocks(engine, height), world)
        status = await engine.status()
        assert (status.chain, status.transactions, status.waiting) == (world.chain, 400, 0)


# --- once and only once ------------------------------------------------------------------------------------------------
@sentence
async def a_transaction_sent_again_gets_its_first_receipt(open: Open, world: World) -> None:
    data = world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=5)
    refused = world.sign("purse.pay", "boc.maker", source="p01", target="p99", amount=5)
    async with open(world, "chain") as engine:
        for sent in (data, refused):
            ids = await asyncio.gather(*(engine.submit(sent) for _ in range(20)), engine.submit(sent))
            ids += [str(tx_id) for tx_id in await engine.submit_many([sent] * 20)]
            assert len(set(ids)) == 1
            first = await engine.wait(ids[0], WAIT_S)
            again = await play(engine, sent)
            assert again == first == await engine.receipt(ids[0])
        assert (await ask_books(engine, world)).paid == 1
        assert (await engine.status()).transactions == 2
    async with open(world, "chain") as engine:  # Also after a start.
        assert await play(engine, refused) == first
        assert (await ask_books(engine, world)).balances[1:3] == [999_995, 1_000_005]


@sentence
async def a_nonce_used_for_another_content_is_refused(open: Open, world: World) -> None:
    def pay(amount: int, who: str = "boc.maker") -> bytes:
        return world.sign("purse.pay", who, nonce="ab" * 16, source="p01", target="p02", amount=amount)

    async with open(world, "chain") as engine:
        first = await play(engine, pay(5))
        assert await outcome(engine, pay(6)) == "REPLAYED"
        assert await engine.receipt(first.tx) == first
        # At the same moment: whichever comes first has its effect, the other has none.
        together = [world.sign("purse.pay", "everbright.maker", nonce="cd" * 16, source="p03", target="p04", amount=n) for n in (1, 2)]
        assert sorted(await asyncio.gather(*(outcome(engine, data) for data in together))) == ["OK", "REPLAYED"]
        assert await outcome(engine, pay(7, "zhongbang.maker")) == "OK"  # A nonce is its signer's.
        assert (await ask_books(engine, world)).paid == 3


@sentence
async def a_transaction_lives_until_its_not_after_and_no_longer_than_a_day(open: Open, world: World) -> None:
    async with open(world, "chain") as engine:
        now = datetime.now(UTC)
        for until, code in ((now - timedelta(seconds=1), "EXPIRED"), (now + timedelta(hours=25), "SCHEMA_INVALID")):
            data = world.sign("purse.pay", "boc.maker", not_after=until, source="p01", target="p02", amount=1)
            assert await outcome(engine, data) == code
        assert await ask_books(engine, world) == untouched()


# --- what is refused, and that it leaves nothing -----------------------------------------------------------------------
def at_the_door(world: World) -> dict[str, tuple[bytes, str]]:
    """What is told the submitter at once, by what is wrong with it."""

    def pay(who: str = "boc.maker", amount: object = 1, chain: str = "") -> bytes:
        return world.sign("purse.pay", who, chain=chain, source="p01", target="p02", amount=amount)

    good, forged = pay(), pay("everbright.maker")
    other, stranger = world.actor("everbright.maker").certificate, f"{world.actor('boc.maker').certificate.partition(':')[0]}:{'0' * 64}"
    at = good.rindex(b'"]')
    algorithm = good[good.index(b'"signatures":["') + 15 :].partition(b":")[0]
    return {
        "a changed signature": (good[: at - 1] + (b"0" if good[at - 1 : at] != b"0" else b"1") + good[at:], "SIGNATURE_INVALID"),
        "another's signature": (forged.replace(other.encode(), world.actor("boc.maker").certificate.encode()), "SIGNATURE_INVALID"),
        "a changed content": (good.replace(b'"amount":1', b'"amount":2'), "SIGNATURE_INVALID"),
        "no signature at all": (good[: good.index(b'"signatures":[') + 14] + b"]}", "SCHEMA_INVALID"),
        "a signature of another algorithm": (good.replace(b'["' + algorithm + b":", b'["p256:'), "SIGNATURE_INVALID"),
        "an unknown certificate": (good.replace(world.actor("boc.maker").certificate.encode(), stranger.encode()), "CERT_REVOKED"),
        "another chain": (pay(chain="elsewhere-1"), "SCHEMA_INVALID"),
        "a float amount": (pay(amount=1.5), "SCHEMA_INVALID"),
        "an integer no browser reads": (pay(amount=2**53), "SCHEMA_INVALID"),
        "bytes that are not canonical": (good.replace(b'{"body":', b'{ "body":'), "SCHEMA_INVALID"),
        "a field nobody knows": (good[:-1] + b',"x":1}', "SCHEMA_INVALID"),
        "no JSON": (b"\xff\x00", "SCHEMA_INVALID"),
        "nothing": (b"", "SCHEMA_INVALID"),
        "one byte too many": (of_size(world, SIZE_MAX + 1), "SCHEMA_INVALID"),
    }


@sentence
async def what_is_no_transaction_is_refused_at_the_door(open: Open, world: World) -> None:
    async with open(world, "chain") as engine:
        before = await engine.status()
        cases = at_the_door(world)
        for name, (data, code) in cases.items():
            with pytest.raises(Rejection) as refusal:
                await engine.submit(data)
            assert refusal.value.code == code, name
        told = await engine.submit_many([data for data, _ in cases.values()])  # A batch answers for each.
        assert [answer.code for answer in told if isinstance(answer, Rejection)] == [code for _, code in cases.values()]
        after = await engine.status()
        assert (after.app_hash, after.transactions, after.waiting) == (before.app_hash, 0, 0)
        assert await outcome(engine, of_size(world, SIZE_MAX)) == "OK"  # And the chain goes on.


REFUSED_BY_THE_RULES = [
    ("NOT_FOUND", "purse.pay_twice", ["boc.maker"], {}),
    ("NOT_FOUND", "nowhere.pay", ["boc.maker"], {}),
    ("SCHEMA_INVALID", "purse.pay", ["boc.maker"], {"source": "p01", "target": "p02", "amount": 1, "surplus": 1}),
    ("SCHEMA_INVALID", "purse.pay", ["boc.maker"], {"source": "p01", "target": "p02"}),
    ("SCHEMA_INVALID", "purse.pay", ["boc.maker"], {"source": "p01", "target": "p02", "amount": "1"}),
    ("SCHEMA_INVALID", "purse.pay", ["boc.maker"], {"source": "p01", "target": "p02", "amount": 0}),
    ("SCHEMA_INVALID", "purse.pay", ["boc.maker"], {"source": "p\x0001", "target": "p02", "amount": 1}),
    ("DATE_INVALID", "purse.promise", ["boc.maker"], {"source": "p01", "on": "2026-02-30", "count": 1}),
    ("ROLE_FORBIDDEN", "purse.pay", ["boc.checker"], {"source": "p01", "target": "p02", "amount": 1}),
    ("ROLE_FORBIDDEN", "purse.pay", ["platform.maker"], {"source": "p01", "target": "p02", "amount": 1}),
    ("ROLE_FORBIDDEN", "purse.pay_checked", ["boc.maker"], {"source": "p01", "target": "p02", "amount": 1}),
    ("SIGNATURE_INVALID", "purse.pay", ["boc.maker", "boc.checker"], {"source": "p01", "target": "p02", "amount": 1}),
    ("AMOUNT_EXCEEDS_BALANCE", "purse.pay", ["boc.maker"], {"source": "p01", "target": "p02", "amount": 1_000_001}),
    ("WORK_EXCEEDED", "purse.promise", ["boc.maker"], {"source": "p01", "on": "2026-03-11", "count": 50_000}),
    ("LAW_BROKEN", "purse.counterfeit", ["boc.maker"], {"target": "p01", "amount": 1}),
    ("CONTRACT_FAULT", "purse.stumble", ["boc.maker"], {"source": "p01", "target": "p02", "after": 1}),
    ("CONTRACT_FAULT", "purse.weigh", ["boc.maker"], {"source": "p01", "target": "p02"}),
]


@sentence
async def what_the_rules_refuse_has_a_receipt_and_no_effect(open: Open, world: World) -> None:
    async with open(world, "chain") as engine:
        for code, action, who, args in REFUSED_BY_THE_RULES:
            receipt = await play(engine, world.sign(action, *who, **args))
            assert receipt.code == code, (action, args, receipt.error)
            assert (receipt.events, receipt.writes, bytes(receipt.result)) == ([], [], b"null")
            assert receipt.error is not None
            assert receipt.error["message_zh"] != receipt.error["message_en"]
        assert await ask_books(engine, world) == untouched()
        assert await outcome(engine, world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1)) == "OK"


@sentence
async def a_revoked_certificate_signs_nothing_from_the_next_block_on(open: Open, world: World) -> None:
    async with open(world, "chain") as engine:
        maker = world.actor("boc.maker").certificate
        assert (await engine.signer(maker)).user == world.actor("boc.maker").user
        revoke = world.sign("members.revoke", "boc.admin", fingerprint=maker, reason="lost")
        assert await outcome(engine, revoke) == "OK"
        for who in (["boc.maker"], ["boc.maker", "boc.checker"]):
            data = world.sign("purse.pay_checked", *who, source="p01", target="p02", amount=1)
            assert await outcome(engine, data) == "CERT_REVOKED"
        with pytest.raises(CertRevoked):
            await engine.signer(maker)
        assert await ask_books(engine, world, "boc.checker") == untouched()


@sentence
async def an_expired_certificate_signs_nothing(open: Open, world: World) -> None:
    past = found("expired-1", start=datetime.now(UTC) - timedelta(days=1096))
    async with open(past, "expired") as engine:
        data = past.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1)
        assert await outcome(engine, data) == "CERT_REVOKED"
        assert (await engine.status()).transactions == 0


# --- proofs ------------------------------------------------------------------------------------------------------------
async def receipts_prove(open: Open, world: World) -> None:
    acts = [
        world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=7),
        world.sign("purse.pay_checked", "everbright.maker", "everbright.checker", source="p02", target="p03", amount=8),
        world.sign("purse.pay", "boc.maker", source="p01", target="p99", amount=7),
    ]
    async with open(world, "proofs") as engine:
        ids = [str(told) for told in await engine.submit_many(acts)]
        for tx_id in ids:
            receipt = await engine.wait(tx_id, WAIT_S)
            file = canonical.encode(await asyncio.wait_for(engine.proof(tx_id), WAIT_S))
            assert len(file) < 32_768
            assert verify_receipt(file, world.genesis).receipt == receipt
            with pytest.raises(Rejection):
                verify_receipt(file.replace(b'"code":"', b'"code":"X'), world.genesis)
            with pytest.raises(ProofInvalid):  # Another chain of the same name is another chain.
                verify_receipt(file, found(world.chain, world.suite).genesis)
        swapped = canonical.decode(file, ReceiptProof)
        other = await engine.receipt(ids[0])
        with pytest.raises(Rejection):
            verify_receipt(canonical.encode(msgspec.structs.replace(swapped, receipt=msgspec.Raw(canonical.encode(other)))), world.genesis)


@sentence
async def every_receipt_is_proved_by_one_file(open: Open, world: World) -> None:
    await receipts_prove(open, world)


@sentence
async def a_chain_of_the_national_suite_proves_its_receipts_too(open: Open, world: World) -> None:
    national = found("national-1", "gm")
    await receipts_prove(open, national)
    async with open(national, "proofs") as engine:
        foreign = world.sign("purse.pay", "boc.maker", chain="national-1", source="p01", target="p02", amount=1)
        assert await outcome(engine, foreign) == "CERT_REVOKED"
        assert (await engine.status()).transactions == 3


# --- reading -----------------------------------------------------------------------------------------------------------
@sentence
async def the_cursor_gives_every_block_once_and_resumes_anywhere(open: Open, world: World) -> None:
    async with open(world, "chain") as engine:
        early: list[BlockView] = []

        async def follow() -> None:
            async for block in engine.blocks(1):
                early.append(block)

        follower = asyncio.create_task(follow())
        coming = asyncio.ensure_future(anext(engine.blocks(9)))  # pyright: ignore[reportArgumentType]
        sent = [await play(engine, data) for data in some_transactions(world, seed=3, count=12)]
        height = sent[-1].height
        blocks = await first_blocks(engine, height)
        assert [block.height for block in blocks] == list(range(1, height + 1))
        receipts = [canonical.decode(data, Receipt) for block in blocks for data in block.receipts]
        assert receipts == sent
        middle = height // 2
        assert [block async for block in until(engine, middle, height)] == blocks[middle - 1 :]
        assert (await coming).height == 9
        assert [await engine.block(at) for at in range(1, height + 1)] == blocks
        assert await engine.block(0) is None
        assert await engine.block(height + 1000) is None
    await asyncio.wait_for(follower, WAIT_S)  # A close ends the cursor.
    assert early[:height] == blocks
    assert [block.height for block in early] == list(range(1, len(early) + 1))


@sentence
async def an_answer_is_of_one_height_and_not_older_than_a_receipt(open: Open, world: World) -> None:
    async with open(world, "chain") as engine:
        done = asyncio.Event()

        async def look() -> int:
            looked, paid = 0, 0
            while not done.is_set():
                found = await ask_books(engine, world)
                assert sum(found.balances) == TOTAL_FEN
                assert found.paid >= paid
                looked, paid = looked + 1, found.paid
            return looked

        readers = [asyncio.create_task(look()) for _ in range(3)]
        for number in range(1, 30):
            who = random.Random(number).choice(MAKERS)
            receipt = await play(engine, world.sign("purse.pay", who, source="p01", target="p02", amount=number))
            assert receipt.code == "OK"
            assert (await ask_books(engine, world)).paid == number
        done.set()
        assert all([await reader for reader in readers])
        args = msgspec.json.encode({"source": "p01", "limit": 3})
        largest = msgspec.json.decode(await engine.ask("purse.paid_from", args, world.actor("boc.maker").certificate))
        assert [payment["amount"] for payment in largest] == [29, 28, 27]


@sentence
async def what_is_not_there_is_not_found(open: Open, world: World) -> None:
    async with open(world, "chain") as engine:
        nobody = "sha256:" + "00" * 32
        assert await engine.receipt(nobody) is None
        with pytest.raises(TimeoutError):
            await engine.wait(nobody, 0.01)
        with pytest.raises(NotFound):
            await engine.proof(nobody)
        with pytest.raises(NotFound):
            await engine.ask("purse.nothing", b"{}", world.actor("boc.maker").certificate)
        with pytest.raises(CertRevoked):
            await engine.ask("purse.books", b"{}", nobody)
        with pytest.raises(CertRevoked):
            await engine.signer(nobody)


# --- time --------------------------------------------------------------------------------------------------------------
@sentence
async def the_day_end_moves_the_date_on_and_does_its_work_in_pieces(open: Open, world: World) -> None:
    def tick(day: int, who: str = "platform.operator") -> bytes:
        return world.sign("ledger.tick", who, business_date=TODAY + timedelta(days=day))

    async with open(world, "chain") as engine:
        for source, count in (("p01", 700), ("p02", 200)):
            promise = world.sign("purse.promise", "boc.maker", source=source, on=TODAY + timedelta(days=1), count=count)
            assert await outcome(engine, promise) == "OK"
        assert await outcome(engine, tick(1, "boc.maker")) == "ROLE_FORBIDDEN"
        assert await outcome(engine, tick(2)) == "DATE_INVALID"  # Day follows day.
        pieces, left = [], [""]
        while left:
            before = (await ask_books(engine, world)).balances[0]
            receipt = await play(engine, tick(1))
            left = msgspec.json.decode(receipt.result)["pending"]
            pieces.append((await ask_books(engine, world)).balances[0] - before)
            if left:
                assert await outcome(engine, tick(2)) == "DATE_INVALID"  # A day is finished first.
        assert pieces == [400, 400, 100]
        done = await play(engine, tick(1))
        assert (done.code, done.writes, done.events) == ("OK", [], [])  # The same day again does nothing.
        assert (await ask_books(engine, world)).balances[:3] == [1_000_900, 999_300, 999_800]
        assert await outcome(engine, tick(0)) == "DATE_INVALID"
        assert await outcome(engine, tick(2)) == "OK"
    async with open(world, "chain") as engine:
        answer = await engine.ask("ledger.today", b"{}", world.actor("boc.maker").certificate)
        assert msgspec.json.decode(answer) == {"id": "today", "date": str(TODAY + timedelta(days=2)), "pending": []}


# --- after a stop ------------------------------------------------------------------------------------------------------
@sentence
async def a_chain_that_was_closed_is_the_same_chain_when_opened(open: Open, world: World) -> None:
    kept: list[BlockView] = []
    for seed in (5, 6, 7):
        async with open(world, "chain") as engine:
            assert (await first_blocks(engine, len(kept)))[: len(kept)] == kept
            told = await engine.submit_many(list(some_transactions(world, seed, 70)))
            receipts = [await engine.wait(str(tx_id), WAIT_S) for tx_id in told]
            kept = await first_blocks(engine, max(receipt.height for receipt in receipts))
            books, status = await ask_books(engine, world), await engine.status()
        async with open(world, "chain") as engine:
            assert [await engine.receipt(str(tx_id)) for tx_id in told] == receipts
            assert await ask_books(engine, world) == books
            again = await engine.status()
            assert (again.app_hash, again.transactions) == (status.app_hash, status.transactions)
    await replay(kept, world)


@sentence
async def what_was_in_flight_at_a_close_is_told_and_not_left_waiting(open: Open, world: World) -> None:
    batch = list(some_transactions(world, seed=8, count=200))
    async with open(world, "chain") as engine:
        tasks = [asyncio.create_task(play(engine, data)) for data in batch]
        await tasks[0]
    ends = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), WAIT_S)
    assert all(isinstance(end, Receipt | RuntimeError) for end in ends)
    for act in (engine.submit(batch[0]), engine.status(), ask_books(engine, world), engine.block(1), engine.wait("sha256:00", 1)):
        with pytest.raises(RuntimeError):
            await asyncio.wait_for(act, WAIT_S)
    async with open(world, "chain") as engine:
        for end in ends:
            if isinstance(end, Receipt):
                assert await engine.receipt(end.tx) == end
        assert sum((await ask_books(engine, world)).balances) == TOTAL_FEN


# --- helpers -----------------------------------------------------------------------------------------------------------
async def play(engine: Engine, data: bytes) -> Receipt:
    """Submit and await the final receipt."""
    return await engine.wait(await engine.submit(data), WAIT_S)


async def outcome(engine: Engine, data: bytes) -> str:
    """The code, whether it was refused at the door or in its receipt."""
    try:
        return (await play(engine, data)).code
    except Rejection as refusal:
        return refusal.code


async def ask_books(engine: Engine, world: World, who: str = "everbright.maker") -> purse.Books:
    answer = await engine.ask("purse.books", b"{}", world.actor(who).certificate)
    return msgspec.json.decode(answer, type=purse.Books)


def untouched() -> purse.Books:
    return purse.Books(balances=[purse.FILLED_FEN] * purse.PURSES, paid=0)


async def until(engine: Engine, start: int, last: int):
    """The blocks from `start` to `last`."""
    async for block in engine.blocks(start):
        yield block
        if block.height == last:
            return


async def first_blocks(engine: Engine, last: int) -> list[BlockView]:
    return [block async for block in until(engine, 1, last)] if last else []


async def replay(blocks: list[BlockView], world: World, rules: Catalogue | None = None) -> str:
    """From the founding document alone: every header, link, root and receipt of these blocks. Gives the last root."""
    suite = SUITES[world.suite]
    machine = Machine(MemoryStore(), rules or catalogue(), chain=world.chain, suite=world.suite)
    machine.init(world.founding, datetime.fromisoformat(world.genesis.created[:26] + "Z"))
    before, leaves = NO_BLOCK, []
    for block in blocks:
        header = block.signed.header
        verify_commit(world.chain, header, block.signed.commit, world.genesis.validators)
        assert header.last_block_id == before
        assert header.app_hash == machine.info()[1].hex()
        assert header.data_hash == merkle.root([merkle.sha256(tx) for tx in block.txs]).hex()
        assert header.last_results_hash == merkle.root(leaves).hex()
        out = machine.execute(BlockIn(block.height, datetime.fromisoformat(header.time[:26] + "Z"), block.txs, header.time))
        assert out.receipts == block.receipts
        machine.commit()
        before, leaves = block.signed.commit.block_id, [result_leaf(*pair, suite) for pair in zip(out.receipts, out.codes, strict=True)]
    machine.check_invariants()
    return machine.info()[1].hex()


def without_place(receipt: bytes) -> bytes:
    """A receipt but for where and when: two engines may cut their blocks otherwise."""
    return canonical.encode(msgspec.structs.replace(canonical.decode(receipt, Receipt), height=1, index=0, time="1970-01-01T00:00:00Z"))


def of_size(world: World, size: int) -> bytes:
    """A payment of exactly so many bytes."""
    missing = size - len(world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1, memo=""))
    return world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=1, memo="x" * missing)
