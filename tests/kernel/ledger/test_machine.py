"""The state machine alone, without engine or disk: what a block does, and what it does not."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import purse
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from purse import TOTAL_FEN
from workload import some_transactions
from worlds import World, catalogue

from heqi.kernel.ledger.machine import BlockIn, BlockOut, Known, Machine
from heqi.kernel.state.keys import encode_key
from heqi.kernel.state.scan import scan_all
from heqi.kernel.state.store import MemoryStore
from heqi.proof.receipt import Receipt
from heqi.proof.state import verify_state
from heqi.types.refusals import Replayed
from heqi.types.rejection import Rejection

START = datetime.now(UTC).replace(microsecond=0)


class Tried:
    """A machine with a clock of its own."""

    def __init__(self, world: World) -> None:
        self.world, self.store, self.time = world, MemoryStore(), START
        self.machine = Machine(self.store, catalogue(), chain=world.chain, suite=world.suite)
        self.machine.init(world.founding, START)

    def execute(self, *txs: bytes, later: timedelta = timedelta(seconds=1)) -> BlockOut:
        self.time += later
        return self.machine.execute(BlockIn(self.machine.info()[0] + 1, self.time, txs))

    def block(self, *txs: bytes, later: timedelta = timedelta(seconds=1)) -> list[Receipt]:
        out = self.execute(*txs, later=later)
        self.machine.commit()
        assert self.machine.info()[1] == out.app_hash
        return [msgspec.json.decode(data, type=Receipt) for data in out.receipts]

    def pay(self, amount: int = 1, who: str = "boc.maker", **options: str) -> bytes:
        until = self.time + timedelta(hours=1)
        return self.world.sign("purse.pay", who, not_after=until, source="p01", target="p02", amount=amount, **options)

    def rows(self) -> dict[bytes, bytes]:
        return dict(scan_all(self.store, "state"))


@pytest.fixture
def tried(world: World) -> Tried:
    return Tried(world)


# --- blocks ------------------------------------------------------------------------------------------------------------
def test_an_empty_block_changes_nothing_even_when_nonces_are_due_to_be_forgotten(tried: Tried) -> None:
    tried.block(tried.pay())
    root = tried.machine.info()[1]
    for _ in range(3):
        tried.block(later=timedelta(hours=9))
        assert tried.machine.info()[1] == root


def test_executing_is_not_committing(tried: Tried) -> None:
    rows, root = tried.rows(), tried.machine.info()
    first = tried.execute(tried.pay(1), tried.pay(2))
    assert (tried.rows(), tried.machine.info()) == (rows, root)
    tried.time -= timedelta(seconds=1)
    other = tried.pay(3)
    assert tried.execute(other).app_hash != first.app_hash  # Another candidate for the same height.
    tried.machine.commit()
    assert tried.machine.info()[0] == 1
    assert sum(tried.rows()[key] != rows.get(key) for key in tried.rows()) == 4  # Two purses, a payment, a nonce.


def test_a_block_may_be_executed_again_with_the_same_result(tried: Tried) -> None:
    txs = list(some_transactions(tried.world, seed=4, count=30))
    outs = []
    for _ in range(3):
        outs.append(tried.execute(*txs))
        tried.time -= timedelta(seconds=1)
    assert outs[0] == outs[1] == outs[2]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_how_transactions_are_cut_into_blocks_does_not_change_what_they_do(world: World, seed: int, cuts: list[int]) -> None:
    txs = list(some_transactions(world, seed, sum(cuts)))
    one, many = Tried(world), Tried(world)
    together = one.block(*txs)
    left, apart = iter(txs), []
    for cut in cuts:
        apart += many.block(*[next(left) for _ in range(cut)])
    assert [(r.tx, r.code, bytes(r.result), r.writes) for r in together] == [(r.tx, r.code, bytes(r.result), r.writes) for r in apart]
    assert one.machine.info()[1] == many.machine.info()[1]
    assert one.rows() == many.rows()
    many.machine.check_invariants()


def test_a_machine_goes_on_where_its_store_is(tried: Tried) -> None:
    receipts = tried.block(*some_transactions(tried.world, seed=9, count=20))
    again = Machine(tried.store, catalogue(), chain=tried.world.chain, suite=tried.world.suite)
    assert again.info() == tried.machine.info()
    assert again.transactions == 20
    assert [again.where(receipt.tx) for receipt in receipts] == [(1, index) for index in range(20)]


def test_a_record_is_proved_and_its_absence_too(tried: Tried) -> None:
    tried.block(tried.pay(7))
    root, suite = tried.machine.info()[1], tried.machine.chain.suite
    key = purse.purses.prefix + encode_key(("p02",))
    verify_state(suite, root, key, tried.rows()[key], tried.machine.prove(key))
    absent = purse.purses.prefix + encode_key(("p99",))
    verify_state(suite, root, absent, None, tried.machine.prove(absent))
    with pytest.raises(Rejection):
        verify_state(suite, root, key, b'{"balance":1000008,"purse":"p02"}', tried.machine.prove(key))


# --- what a refusal leaves ---------------------------------------------------------------------------------------------
def before_the_rules(tried: Tried) -> Iterator[tuple[str, bytes]]:
    good = tried.pay()
    yield "SIGNATURE_INVALID", good.replace(b'"amount":1', b'"amount":2')
    yield "SCHEMA_INVALID", tried.world.sign("purse.pay", "boc.maker", chain="elsewhere-1", source="p01", target="p02", amount=1)
    yield "EXPIRED", tried.world.sign("purse.pay", "boc.maker", not_after=START, source="p01", target="p02", amount=1)
    yield "CERT_REVOKED", good.replace(tried.world.actor("boc.maker").certificate.encode(), b"sha256:" + b"0" * 64)
    yield "SCHEMA_INVALID", b"no transaction at all"


def test_what_a_faulty_proposer_puts_into_a_block_has_a_receipt_and_leaves_nothing(tried: Tried) -> None:
    tried.block()
    rows = tried.rows()
    cases = list(before_the_rules(tried))
    receipts = tried.block(*(data for _, data in cases))
    assert [receipt.code for receipt in receipts] == [code for code, _ in cases]
    assert all(receipt.signers == [] for receipt in receipts)
    assert tried.rows() == rows


def test_a_refusal_by_the_rules_leaves_the_remembered_nonce_and_nothing_else(tried: Tried) -> None:
    rows = tried.rows()
    (receipt,) = tried.block(tried.pay(TOTAL_FEN))
    assert receipt.code == "AMOUNT_EXCEEDS_BALANCE"
    new = {key: value for key, value in tried.rows().items() if rows.get(key) != value}
    assert [key.partition(b"\0")[0] for key in new] == [b"ledger/nonce"]


def test_a_repeat_in_a_block_does_not_hide_the_first_receipt(tried: Tried) -> None:
    data = tried.pay(5)
    first, second, third = tried.block(data, data, tried.pay(6))
    assert (first.code, second.code, third.code) == ("OK", "REPLAYED", "OK")
    assert first.tx == second.tx
    assert tried.machine.where(first.tx) == (1, 0)
    with pytest.raises(Known):
        tried.machine.check(tried.machine.read(data), tried.time)


# --- nonces ------------------------------------------------------------------------------------------------------------
def test_a_nonce_is_remembered_as_long_as_its_transaction_could_come_and_then_forgotten(tried: Tried) -> None:
    data, nonce = tried.pay(5, nonce="ab" * 16), "ab" * 16
    tried.block(data)
    for minutes in range(0, 400, 7):
        tried.time = START + timedelta(minutes=minutes)
        try:
            tried.machine.check(tried.machine.read(data), tried.time)
        except Known:
            assert minutes <= 60
        except Rejection as refusal:
            assert refusal.code == "EXPIRED"  # Never is it admitted anew.
            assert minutes >= 60
        else:
            raise AssertionError("admitted a second time")
        tried.block(tried.pay(1, "zhongbang.maker"), data, later=timedelta(0))
    held = [key for key in tried.rows() if key.startswith(b"ledger/nonce\0") and nonce.encode() in key]
    assert held == []  # Forgotten by now: the state does not grow with every transaction for ever.
    assert len([key for key in tried.rows() if key.startswith(b"ledger/nonce\0")]) < 40
    balances = msgspec.json.decode(tried.machine.ask("purse.books", b"{}", tried.world.actor("boc.maker").certificate))["balances"]
    assert balances[2] == 1_000_005 + len(range(0, 400, 7))  # It paid once.


def test_the_same_nonce_with_other_content_is_refused_before_and_in_a_block(tried: Tried) -> None:
    one, other = tried.pay(1, nonce="cd" * 16), tried.pay(2, nonce="cd" * 16)
    assert [receipt.code for receipt in tried.block(one, other)] == ["OK", "REPLAYED"]
    with pytest.raises(Replayed):
        tried.machine.check(tried.machine.read(other), tried.time)


# --- admission ---------------------------------------------------------------------------------------------------------
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_no_bytes_whatever_bring_the_machine_out_of_step(world: World, seed: int) -> None:
    dice, tried = random.Random(seed), shared(world)
    data = bytearray(tried.pay(1))
    for _ in range(dice.randrange(1, 4)):
        at, cut = dice.randrange(len(data)), dice.choice((0, 1, 1, 8))
        data[at : at + cut] = dice.choice(PIECES) if dice.random() < 0.7 else dice.randbytes(dice.randrange(3))
    sent = bytes(data)
    try:
        tx = tried.machine.read(sent)
        tried.machine.keys_of(tx, tried.time)
        tried.machine.check(tx, tried.time)
    except Rejection:
        pass
    else:
        tried.machine._ready.clear()
    (receipt,) = (msgspec.json.decode(one, type=Receipt) for one in tried.execute(sent, later=timedelta(0)).receipts)
    assert receipt.code in ("SCHEMA_INVALID", "SIGNATURE_INVALID", "CERT_REVOKED", "EXPIRED", "OK")


PIECES = [
    b"\\u0000", b"\\ud800", b"\xed\xa0\x80", b"9" * 400, b"-", b"1e400", b"null", b"[" * 3000, b'"', b"{}", b"9999-12-31T23:59:59Z",
    b"0001-01-01T00:00:00+23:59", b"x" * 600, b"\xf0\x9f\x98\x80", b"{name}", b"[]", b"true",
]  # fmt: skip
_SHARED: list[Tried] = []


def shared(world: World) -> Tried:
    """One machine for all examples: none of them is committed."""
    if not _SHARED:
        _SHARED.append(Tried(world))
    return _SHARED[0]
