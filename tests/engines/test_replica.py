"""What a replica answers CometBFT, question by question: the rules that keep a network from halting, forking or spinning."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from workload import some_transactions
from worlds import World, catalogue, found

from heqi.kernel.engines.cometbft import abci_pb2 as abci
from heqi.kernel.engines.cometbft import replica as module
from heqi.kernel.engines.cometbft.config import Settings, genesis_file, settings_file
from heqi.kernel.engines.cometbft.replica import ACCEPT, AGAIN, BLOCK_TXS_MAX, REJECT, STALE_S, Replica
from heqi.kernel.ledger.blocklog import BlockLog
from heqi.kernel.ledger.machine import Machine
from heqi.kernel.state.store import MemoryStore
from heqi.proof.receipt import result_leaf
from heqi.proof.suites import SUITES
from heqi.proof.wire import time_ns


class Cometbft:
    """Asks as CometBFT does, in its order."""

    def __init__(self, world: World, log: Path) -> None:
        self.world, self.height = world, 0
        machine = Machine(MemoryStore(), catalogue(), chain=world.chain, suite=world.suite)
        self.refused: list[tuple[str, str]] = []
        self.replica = Replica(
            machine, BlockLog(log), world.genesis, world.founding, on_refused=lambda tx, refusal: self.refused.append((tx, refusal.code))
        )

    def ask(self, kind: str, **fields: Any) -> Any:
        request = abci.Request(**{kind: KINDS[kind](**fields)})
        return getattr(self.replica.handle(kind, request), kind)

    def found(self, **changes: Any) -> Any:
        genesis, file = self.world.genesis, genesis_file(self.world.genesis)
        validators = [
            abci.ValidatorUpdate(key=abci.PublicKey(ed25519=bytes.fromhex(each.public_key)), power=each.power)
            for each in genesis.validators
        ]
        told = {
            "time": moment(genesis.created), "chain_id": genesis.chain, "validators": validators, "initial_height": genesis.initial_height,
            "app_state": f'{{"content":"{file["app_state"]["content"]}"}}'.encode(),
        }  # fmt: skip
        return self.ask("init_chain", **{**told, **changes})

    def block(self, *txs: bytes, at: datetime | None = None) -> Any:
        """FinalizeBlock, and Commit."""
        done = self.finalize(*txs, at=at)
        self.ask("commit")
        self.height += 1
        return done

    def finalize(self, *txs: bytes, at: datetime | None = None) -> Any:
        return self.ask("finalize_block", txs=txs, height=self.height + 1, hash=bytes(32), time=instant(at or datetime.now(UTC)))

    def propose(self, *txs: bytes) -> list[bytes]:
        now = instant(datetime.now(UTC))
        return list(self.ask("prepare_proposal", txs=txs, max_tx_bytes=1 << 22, height=self.height + 1, time=now).txs)

    def judge(self, *txs: bytes) -> int:
        return self.ask("process_proposal", txs=txs, height=self.height + 1, time=instant(datetime.now(UTC))).status

    def admits(self, tx: bytes, kind: int = 0) -> bool:
        return self.ask("check_tx", tx=tx, type=kind).code == 0


KINDS: dict[str, Callable[..., Any]] = {
    "info": abci.AskInfo, "init_chain": abci.AskInitChain, "check_tx": abci.AskCheckTx, "commit": abci.Empty, "query": abci.AskQuery,
    "prepare_proposal": abci.AskPrepare, "process_proposal": abci.AskBlock, "finalize_block": abci.AskBlock,
    "list_snapshots": abci.Empty, "load_snapshot_chunk": abci.AskLoadChunk,
}  # fmt: skip


def moment(text: str) -> abci.Time:
    seconds, nanos = divmod(time_ns(text), 10**9)
    return abci.Time(seconds=seconds, nanos=nanos)


def instant(at: datetime) -> abci.Time:
    return abci.Time(seconds=int(at.timestamp()), nanos=at.microsecond * 1000 + 7)  # Finer than a datetime.


@pytest.fixture
def comet(world: World, tmp_path: Path) -> Cometbft:
    asker = Cometbft(world, tmp_path / "blocks")
    asker.found()
    return asker


def pay(world: World, amount: int = 1, **more: Any) -> bytes:
    return world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=amount, **more)


# --- founding ----------------------------------------------------------------------------------------------------------
def test_a_chain_founded_twice_before_its_first_block_is_the_same_chain(comet: Cometbft) -> None:
    assert comet.ask("info").height == 0  # So CometBFT asks again, and hears the same root.
    assert comet.found().app_hash == comet.found().app_hash == comet.replica.machine.info()[1]


@pytest.mark.parametrize("change", ["chain_id", "content", "validators", "initial_height", "time"])
def test_another_genesis_than_the_trust_anchors_is_a_fault(change: str, world: World, tmp_path: Path) -> None:
    others: dict[str, Any] = {
        "chain_id": "elsewhere-1", "content": b'{"content":"sha256:00"}', "validators": [], "initial_height": 2,
        "time": moment("2026-01-01T00:00:00.000000000Z"),
    }  # fmt: skip
    with pytest.raises(ValueError, match="trust anchor"):
        Cometbft(world, tmp_path / "blocks").found(**{"app_state" if change == "content" else change: others[change]})


def test_every_member_writes_the_same_genesis_file(world: World) -> None:
    assert genesis_file(world.genesis) == genesis_file(world.genesis)
    assert len(genesis_file(world.genesis)["chain_id"]) <= 50
    text = settings_file(Settings("a", p2p="127.0.0.1:1", rpc="127.0.0.1:2", peers=("ab@127.0.0.1:3",)), Path("/x"))
    assert 'persistent_peers = "ab@127.0.0.1:3"' in text
    assert "create_empty_blocks = false" in text


# --- blocks ------------------------------------------------------------------------------------------------------------
def test_an_empty_block_leaves_the_app_hash_alone_so_that_an_idle_chain_rests(comet: Cometbft) -> None:
    before = comet.block(pay(comet.world)).app_hash
    for hours in (1, 2, 30):
        assert comet.block(at=datetime.now(UTC) + timedelta(hours=hours)).app_hash == before


def test_a_block_may_be_executed_again_and_nothing_is_kept_before_the_commit(comet: Cometbft) -> None:
    txs, at = list(some_transactions(comet.world, 1, 30)), datetime.now(UTC)
    first, before = comet.finalize(*txs, at=at), comet.replica.machine.info()
    assert comet.finalize(*txs, at=at) == first
    assert comet.replica.machine.info() == before
    assert comet.ask("info").height == 0
    comet.ask("commit")
    info = comet.ask("info")
    assert (info.height, info.app_hash) == (1, first.app_hash)


def test_a_result_is_the_receipts_digest_and_nothing_that_could_differ(comet: Cometbft) -> None:
    done = comet.block(*some_transactions(comet.world, 2, 40))
    head, suite = comet.replica.head, SUITES[comet.world.suite]
    assert head is not None
    for result, receipt, code in zip(done.results, head.receipts, head.codes, strict=True):
        assert (result.code, result.data) == (0 if code == "OK" else 1, suite.digest(receipt))
        assert (result.gas_wanted, result.gas_used) == (0, 0)
        committed = abci.Result(code=result.code, data=result.data)  # What last_results_hash holds of it.
        assert committed.SerializeToString() == result_leaf(receipt, code, suite)


def test_a_receipt_tells_the_blocks_time_to_the_nanosecond(comet: Cometbft) -> None:
    comet.block(pay(comet.world))
    head = comet.replica.head
    assert head is not None
    assert head.time.endswith("007Z")
    assert head.time.encode() in head.receipts[0]


def test_a_log_ahead_of_the_state_is_replayed_before_anything_is_told(comet: Cometbft, tmp_path: Path) -> None:
    for seed in range(3):
        comet.block(*some_transactions(comet.world, seed, 10))
    info = comet.replica.machine.info()
    comet.replica._log.close()
    machine = Machine(MemoryStore(), catalogue(), chain=comet.world.chain, suite=comet.world.suite)
    machine.init(comet.world.founding, datetime.fromisoformat(comet.world.genesis.created[:26] + "Z"))
    again = Replica(machine, BlockLog(tmp_path / "blocks"), comet.world.genesis, comet.world.founding)
    assert again.machine.info() == info
    assert again.head == comet.replica.head


# --- proposals ---------------------------------------------------------------------------------------------------------
def test_an_honest_proposal_is_accepted_whatever_lies_in_the_mempool(comet: Cometbft) -> None:
    world, done = comet.world, pay(comet.world)
    comet.block(done)
    stranger = pay(found("elsewhere-1"))
    late = pay(world, not_after=datetime.now(UTC) - timedelta(seconds=1))
    good = [pay(world, amount) for amount in (2, 3)]
    offered = [b"", b"\xff", stranger, done, good[0], late, good[0], good[1]]
    proposal = comet.propose(*offered)
    assert proposal == [good[0], late, good[1]]  # What came in time and is late now is told so in the block.
    assert comet.judge(*proposal) == ACCEPT
    assert comet.judge() == ACCEPT


def test_a_proposal_no_honest_node_makes_is_refused(comet: Cometbft) -> None:
    world, good = comet.world, pay(comet.world)
    done = pay(world)
    comet.block(done)
    at = good.rindex(b'"]')
    forged = good[: at - 1] + (b"0" if good[at - 1 : at] != b"0" else b"1") + good[at:]
    faulty = {
        "garbage": [b"\xff"], "nothing": [b""], "another chain's": [pay(found("elsewhere-1"))], "a forged signature": [forged],
        "one that was in a block before": [done], "one twice": [good, good], "not canonical": [good.replace(b'{"body":', b'{ "body":')],
    }  # fmt: skip
    for name, txs in faulty.items():
        assert comet.judge(*txs) == REJECT, name
    assert comet.judge(good) == ACCEPT


def test_a_block_has_no_more_transactions_than_all_execute_in_time(comet: Cometbft, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BLOCK_TXS_MAX == 1000
    monkeypatch.setattr(module, "BLOCK_TXS_MAX", 3)
    txs = [pay(comet.world, amount) for amount in range(1, 6)]
    assert comet.propose(*txs) == txs[:3]
    assert (comet.judge(*txs[:3]), comet.judge(*txs[:4])) == (ACCEPT, REJECT)


def test_after_a_long_rest_the_first_block_goes_empty_so_that_no_rule_sees_a_stale_time(
    comet: Cometbft, monkeypatch: pytest.MonkeyPatch
) -> None:
    tx = pay(comet.world)
    assert comet.propose(tx) == [tx]
    now = module.time.monotonic() + STALE_S + 1
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    assert comet.propose(tx) == []
    comet.block()
    assert comet.propose(tx) == [tx]


# --- the mempool -------------------------------------------------------------------------------------------------------
def test_after_a_block_the_mempool_keeps_what_some_block_may_still_take(comet: Cometbft) -> None:
    world = comet.world
    kept, used, other = pay(world, 1), pay(world, 2, nonce="ab" * 16), pay(world, 3, nonce="ab" * 16)
    late = pay(world, not_after=datetime.now(UTC) + timedelta(seconds=30))
    assert all(comet.admits(tx) for tx in (kept, used, other, late))
    comet.block(used, at=datetime.now(UTC) + timedelta(minutes=1))
    assert [comet.admits(tx, AGAIN) for tx in (kept, used, other)] == [True, False, False]
    assert [code for _, code in comet.refused] == ["REPLAYED"]  # Its submitter is told; who sent `used` has a receipt.
    assert not comet.admits(used)
    # Late by the ledger's time but not by this clock: it may still be told so in a block; late by both, it goes.
    assert comet.admits(late, AGAIN)


def test_snapshots_are_not_served_and_asking_for_one_harms_nobody(comet: Cometbft) -> None:
    assert list(comet.ask("list_snapshots").snapshots) == []
    assert comet.ask("load_snapshot_chunk", height=7, chunk=3).chunk == b""


def test_a_chain_without_nodes_on_its_ledger_lets_anybody_connect(comet: Cometbft) -> None:
    for path in ("addr/127.0.0.1:1", f"id/{'00' * 20}"):
        assert comet.ask("query", path=f"/p2p/filter/{path}").code == 0
    assert comet.ask("query", path="/store/key").code == 1
