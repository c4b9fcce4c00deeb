"""Four institutions on real processes: what one of them may suffer, the others and the books do not notice."""

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator

import msgspec
import pytest
from conformance import ask_books
from networks import REST_S, Network, free_address, needs_cometbft
from purse import TOTAL_FEN

from heqi.kernel.engines.cometbft.config import Settings, node_id
from heqi.kernel.engines.port import LedgerBusy
from heqi.node.membership import possession
from heqi.proof import canonical
from heqi.proof.receipt import Receipt, ReceiptProof
from heqi.proof.suites import generate_key
from heqi.proof.verify import verify_receipt

pytestmark = needs_cometbft
LOAD = 12
PATIENCE_S = 5.0


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    network = Network(tmp_path_factory.mktemp("bft") / "net", "bft-1")
    try:
        yield network
    finally:
        network.close()


class Payers:
    """Persons who pay through the first node while something happens, and remember what they were told."""

    def __init__(self, net: Network) -> None:
        self.net, self.told = net, dict[str, str]()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._pay, args=(seed,)) for seed in range(3)]

    def __enter__(self) -> "Payers":
        self.before = len(self.told)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Until so many more were told that they have paid."""
        aim = len(self.told) + more
        self.net.until(lambda: len(self.told) >= aim, f"{len(self.told)} of {aim} payments were told")

    def _pay(self, seed: int) -> None:
        dice, world = random.Random(seed), self.net.world
        while not self._stop.is_set():
            data = world.sign("purse.pay", "boc.maker", source="p01", target="p02", amount=dice.randrange(1, 9))
            while not self._stop.is_set():  # The same bytes until there is an answer: that is safe.
                try:
                    receipt = self._play(data)
                except (TimeoutError, LedgerBusy):
                    time.sleep(0.1)
                    continue
                self.told[receipt.tx] = receipt.code
                break

    def _play(self, data: bytes) -> Receipt:
        engine, run = self.net.host.engine, self.net.host.run
        # Admitted is no promise: what lay in a mempool that was killed is sent again.
        return run(engine.wait(run(engine.submit(data)), PATIENCE_S))

    def look(self) -> None:
        """All that was told is there once, and the books add up."""
        host = self.net.host
        for tx, code in self.told.items():
            receipt = host.run(host.engine.receipt(tx))
            assert receipt is not None, f"{tx} was acknowledged and is lost"
            assert receipt.code == code == "OK"
        books = host.run(ask_books(host.engine, self.net.world))
        assert sum(books.balances) == TOTAL_FEN


def paid(net: Network) -> int:
    return net.host.run(ask_books(net.host.engine, net.world)).paid


def test_a_node_killed_under_load_is_not_missed_and_catches_up(net: Network) -> None:
    before = paid(net)
    with Payers(net) as payers:
        payers.wait_for(LOAD)
        net.kill_application(1)
        payers.wait_for(LOAD)
        net.start(1)
        for number in (2, 0):  # The engine alone; at last our own, whose callers are told to try again.
            was = net.kill_engine(number)
            net.until(lambda number=number, was=was: net.engine_pid(number) not in (None, was), "CometBFT is not started again")
            payers.wait_for(LOAD)
        net.agree(range(4))
    payers.look()
    # Each payment once: those in flight at the end may be among them, twice is none.
    assert len(payers.told) <= paid(net) - before <= len(payers.told) + 3
    net.agree(range(4))


def test_two_of_four_silent_nodes_stop_the_chain_and_nothing_else(net: Network) -> None:
    silent = [pid for number in (1, 2) for pid in (net.engine_pid(number),) if pid is not None]
    for pid in silent:
        os.kill(pid, signal.SIGSTOP)
    try:
        data = net.world.sign("purse.pay", "boc.maker", source="p03", target="p04", amount=1)
        tx_id = net.host.run(net.host.engine.submit(data))
        with pytest.raises(TimeoutError):
            net.host.run(net.host.engine.wait(tx_id, 4.0))
    finally:
        for pid in silent:
            os.kill(pid, signal.SIGCONT)
    assert net.host.run(net.host.engine.wait(tx_id, 60)).code == "OK"  # It heals by itself.
    net.agree(range(4))


def test_a_node_that_lost_its_data_comes_back_by_replaying_the_chain(net: Network) -> None:
    net.children[3].terminate()
    net.children.pop(3).wait(timeout=30)
    place = net.place(3)
    signed = (place / "cometbft" / "data" / "priv_validator_state.json").read_bytes()
    shutil.rmtree(place / "cometbft")
    for name in ("blocks", "state", "state-lock"):
        (place / name).unlink()
    # What it signed is not lost with the disk: a validator that forgets it would sign twice.
    (place / "cometbft" / "data").mkdir(parents=True)
    (place / "cometbft" / "data" / "priv_validator_state.json").write_bytes(signed)
    net.start(3)
    net.agree(range(4))


class Votes:
    """What three of the four members with a vote decide, they all do."""

    def __init__(self, net: Network) -> None:
        self.net, self.world = net, net.world

    def decide(self, action: str, **args: object) -> Receipt:
        """Move it and carry it; the receipt of the vote that does."""
        host, world = self.net.host, self.world
        moved = host.submit(world.sign("governance.move", "boc.admin", action=action, args=args, reason="…"))
        assert moved.code == "OK", moved.error
        motion = msgspec.json.decode(moved.result)["motion"]
        host.submit(world.sign("governance.vote", "everbright.admin", motion=motion, yes=True))
        return host.submit(world.sign("governance.vote", "zhongbang.admin", motion=motion, yes=True))

    def nodes(self) -> list[dict[str, str]]:
        return msgspec.json.decode(self.net.host.ask("nodes.list_nodes", b"{}", self.world.actor("boc.maker").certificate))

    def validators(self) -> int:
        answer = self.net.ask(0, "validators")
        return 0 if answer is None else int(answer["total"])


def proves(net: Network, receipt: Receipt) -> ReceiptProof:
    """The file of a receipt, verified from the genesis alone."""
    file = canonical.encode(net.host.run(net.host.engine.proof(receipt.tx)))
    assert verify_receipt(file, net.world.genesis).receipt == receipt
    return canonical.decode(file, ReceiptProof)


def test_members_admit_a_validator_and_expel_it_and_receipts_prove_across_the_changes(net: Network) -> None:
    votes, world = Votes(net), net.world
    vote, link = generate_key("ed25519"), generate_key("ed25519")
    org = world.desks["regulator.admin"].org
    keys = {"org": org, "link_key": link.public.raw.hex(), "vote_key": vote.public.raw.hex()}
    proofs = possession(world.chain, org, link, vote)
    admitted = votes.decide("nodes.admit", kind="VALIDATOR", **keys, **proofs)
    assert admitted.code == "OK", admitted.error
    peers = tuple(dict.fromkeys([*net.node(0).settings.peers, *net.node(1).settings.peers]))
    net.add(4, Settings("4", p2p=free_address(), rpc=free_address(), peers=peers, commit_wait_ms=50, rest_s=REST_S), vote, link)
    net.start(4)
    net.agree(range(5))
    net.until(lambda: votes.validators() == 5, "the fifth validator is not in the set")
    with Payers(net) as payers:
        payers.wait_for(LOAD)
    payers.look()
    paid_with_five = net.host.run(net.host.engine.receipt(next(iter(payers.told))))
    assert paid_with_five is not None
    assert len(proves(net, paid_with_five).block.validators) == 5

    mine = next(node for node in votes.nodes() if node["link_key"] == link.public.raw.hex())
    assert votes.decide("nodes.expel", node=mine["node"], reason="…").code == "OK"
    net.until(lambda: votes.validators() == 4, "the fifth validator is still in the set")
    net.children[4].terminate()
    net.children.pop(4).wait(timeout=30)
    before = net.height(0)
    net.start(4)  # Its key is taken by nobody any more: it stays where it was.
    net.until(lambda: net.height(0) >= before + 4 and net.height(4) >= 0, "the chain does not go on")
    # It may dial, and for a moment think itself connected; nobody keeps the connection.
    net.until(lambda: all(node_id(link) not in net.peers(number) for number in range(4)), "an expelled node is somebody's peer")
    assert net.height(4) <= before
    again = votes.decide("nodes.admit", kind="OBSERVER", **keys, **proofs)
    assert again.code == "ALREADY_EXISTS"  # Nor do its keys come back under the same proofs.
    assert len(proves(net, again).block.validators) == 4


def test_the_fourth_validator_is_not_expelled(net: Network) -> None:
    votes = Votes(net)
    fourth = next(node for node in votes.nodes() if node["power"] and node["stage"] == "ACTIVE")
    assert votes.decide("nodes.expel", node=fourth["node"], reason="…").code == "VALIDATORS_TOO_FEW"
    assert votes.validators() == 4


def test_the_folder_of_a_node_is_for_its_owner_alone(net: Network) -> None:
    config = net.place(0) / "cometbft" / "config"
    for name in ("priv_validator_key.json", "node_key.json"):
        assert (config / name).stat().st_mode & 0o077 == 0
