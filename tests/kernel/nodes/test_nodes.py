"""Nodes come and go by vote, with keys that prove themselves, never too few and never too many at once."""

from functools import cache
from typing import Any

import msgspec
import pytest

from heqi.client.stage import Stage
from heqi.kernel.ledger.genesis import FoundingNode
from heqi.kernel.nodes.contract import node_id, validators
from heqi.node import stories
from heqi.node.cast import CAST
from heqi.node.consortium import Consortium, establish
from heqi.node.membership import possession
from heqi.node.rehearsal import START, Rehearsal
from heqi.proof.suites import PrivateKey, generate_key

ORG = {party.key: party.org for party in CAST}
FOUNDERS = ("boc", "everbright", "zhongbang", "icbc")
VOTERS = [party.key for party in CAST if party.key != "platform"]
Keys = tuple[PrivateKey, PrivateKey]


@cache
def consortium() -> tuple[Consortium, dict[str, Keys]]:
    founded = establish(CAST, suite="intl", start=START, business_date=stories.STORY_DATE)
    keys = {key: (generate_key("ed25519"), generate_key("ed25519")) for key in FOUNDERS}
    nodes = tuple(FoundingNode(ORG[key], link.public.raw.hex(), vote.public.raw.hex()) for key, (link, vote) in keys.items())
    return msgspec.structs.replace(founded, genesis=msgspec.structs.replace(founded.genesis, nodes=nodes)), keys


class House:
    """A ledger with four validators, and what its members decide."""

    def __init__(self) -> None:
        founded, self.keys = consortium()
        self.ledger = Rehearsal([], founded)
        self.stage, self.cast = Stage(self.ledger), founded.cast()

    def decide(self, action: str, **args: Any) -> str:
        """The code of the vote that carries it."""
        motion = self.stage.act("governance.move", self.cast.boc.admin, action=action, args=args, reason="…")
        for voter in VOTERS:
            admin = getattr(self.cast, voter).admin
            if voter == "boc":
                continue
            receipt = self.stage.send("governance.vote", admin, motion=motion["motion"], yes=True)
            if receipt.code != "OK" or msgspec.json.decode(receipt.result)["stage"] != "OPEN":
                return receipt.code
        raise AssertionError("nobody carried it")

    def request(self, party: str, kind: str = "VALIDATOR", keys: Keys | None = None, **changes: Any) -> dict[str, Any]:
        link, vote = keys or (generate_key("ed25519"), generate_key("ed25519"))
        proofs = possession(self.ledger.chain, ORG[party], link, vote)
        return {
            "org": ORG[party], "kind": kind, "link_key": link.public.raw.hex(), "vote_key": vote.public.raw.hex(), **proofs, **changes,
        }  # fmt: skip

    def powers(self) -> dict[str, int]:
        return {node.org: node.power for node in validators(self.ledger.machine.view_context())}


@pytest.fixture
def house() -> House:
    return House()


def test_the_founders_nodes_are_the_first_validators(house: House) -> None:
    assert house.powers() == {ORG[key]: 10 for key in FOUNDERS}


def test_a_node_is_admitted_by_vote_and_by_vote_alone(house: House) -> None:
    house.stage.refuse("ROLE_FORBIDDEN", "nodes.admit", house.cast.boc.admin, **house.request("factor"))
    assert house.decide("nodes.admit", **house.request("factor")) == "OK"
    assert house.powers() == {ORG[key]: 10 for key in (*FOUNDERS, "factor")}


def test_a_follower_or_a_regulator_has_all_blocks_and_no_vote(house: House) -> None:
    for party in ("regulator", "regulator", "boc"):  # As many as they like.
        assert house.decide("nodes.admit", **house.request(party, "OBSERVER")) == "OK"
    assert house.powers() == {ORG[key]: 10 for key in FOUNDERS}


def refused(house: House) -> dict[str, tuple[dict[str, Any], str]]:
    other, known = generate_key("ed25519"), house.keys["icbc"]
    good, again = house.request("factor"), generate_key("ed25519")
    elsewhere = possession("another-chain", ORG["factor"], other, other)
    return {
        "not a member": ({**good, "org": "91990000MA0009999H"}, "ROLE_FORBIDDEN"),
        "another's link key": ({**good, "link_key": other.public.raw.hex()}, "SIGNATURE_INVALID"),
        "another's vote key": ({**good, "vote_key": other.public.raw.hex()}, "SIGNATURE_INVALID"),
        "proofs for another institution": (house.request("jia", org=ORG["factor"]), "SIGNATURE_INVALID"),
        "proofs for another chain": (house.request("factor", keys=(other, other), **elsewhere), "SIGNATURE_INVALID"),
        "no signature": ({**good, "vote_proof": "x"}, "SIGNATURE_INVALID"),
        "a second validator": (house.request("boc"), "ALREADY_EXISTS"),
        "a founder's vote key": (house.request("factor", keys=(again, known[1])), "ALREADY_EXISTS"),
        "a founder's link key": (house.request("factor", keys=(known[0], again)), "ALREADY_EXISTS"),
        "one key for both": (house.request("factor", keys=(again, again)), "ALREADY_EXISTS"),
    }


def test_what_no_vote_can_admit(house: House) -> None:
    for name, (args, code) in refused(house).items():
        assert house.decide("nodes.admit", **args) == code, name
    assert house.powers() == {ORG[key]: 10 for key in FOUNDERS}


def test_of_four_validators_none_is_expelled_and_of_five_one(house: House) -> None:
    icbc = node_id(house.keys["icbc"][0].public.raw.hex())
    assert house.decide("nodes.expel", node=icbc, reason="…") == "VALIDATORS_TOO_FEW"
    assert house.decide("nodes.expel", node="00" * 20, reason="…") == "NOT_FOUND"
    assert house.decide("governance.set_parameter", parameter="nodes.window", value=1, source="…") == "OK"
    assert house.decide("nodes.admit", **house.request("factor")) == "OK"
    assert house.decide("nodes.expel", node=icbc, reason="…") == "OK"
    assert house.powers() == {ORG[key]: 10 for key in ("boc", "everbright", "zhongbang", "factor")}
    assert house.decide("nodes.expel", node=icbc, reason="…") == "STATE_INVALID"  # Gone is gone,
    assert house.decide("nodes.admit", **house.request("icbc", "OBSERVER", house.keys["icbc"])) == "ALREADY_EXISTS"  # and its keys with it.


def test_no_more_than_a_third_of_the_votes_changes_within_the_window(house: House) -> None:
    assert house.decide("nodes.admit", **house.request("factor")) == "OK"
    assert house.decide("nodes.admit", **house.request("jia")) == "OK"  # Two of six.
    assert house.decide("nodes.admit", **house.request("yi")) == "POWER_MOVES_TOO_FAST"
    assert len(house.powers()) == 6
    assert house.decide("governance.set_parameter", parameter="nodes.window", value=1, source="…") == "OK"
    assert house.decide("nodes.admit", **house.request("yi")) == "OK"
