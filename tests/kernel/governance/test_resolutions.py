"""What the members decide together: two thirds of the active ones, whole or not at all."""

import base64
from datetime import date, timedelta
from typing import Any

import pytest

from heqi.client.stage import Actor, Stage
from heqi.kernel.identity.ca import make_request
from heqi.kernel.identity.x509 import fingerprint
from heqi.node.cast import CAST
from heqi.node.consortium import establish
from heqi.node.rehearsal import START, Rehearsal, demo_consortium, rehearse
from heqi.proof.suites import SUITES, generate_key
from heqi.types.rejection import Rejection

NEWCOMER = "91990000MA0009999H"
VOTERS = [party.key for party in CAST if party.key != "platform"]
NEEDED = -(-2 * len(VOTERS) // 3)
HALF = -(-len(VOTERS) // 2)


class House:
    """The demo consortium, and motions in it."""

    def __init__(self) -> None:
        self.stage, self.cast = rehearse([])

    def admin(self, key: str) -> Actor:
        return getattr(self.cast, key).admin

    def move(self, by: str, action: str, **args: Any) -> dict[str, Any]:
        return self.stage.act("governance.move", self.admin(by), action=action, args=args, reason="because")

    def vote(self, motion: dict[str, Any], by: str, yes: bool = True) -> dict[str, Any]:
        return self.stage.act("governance.vote", self.admin(by), motion=motion["motion"], yes=yes)

    def carry(self, action: str, voters: list[str] | None = None, **args: Any) -> dict[str, Any]:
        first, *others = voters or VOTERS
        motion = self.move(first, action, **args)
        for voter in others:
            if motion["stage"] == "OPEN":
                motion = self.vote(motion, voter)
        return motion

    def organisation(self, org: str) -> dict[str, Any] | None:
        found = self.stage.ask("members.list_organisations", self.cast.boc.admin)
        return next((member for member in found if member["org"] == org), None)


@pytest.fixture
def house() -> House:
    return House()


def newcomer() -> tuple[dict[str, Any], Actor]:
    """A request to admit a bank, and its administrator."""
    key, authority = generate_key("ed25519"), demo_consortium("intl", date(2026, 3, 10)).authority
    der = authority.issue(make_request(key, NEWCOMER, "admin"), NEWCOMER, "admin", 365, start=START - timedelta(days=1))
    names = {"org": NEWCOMER, "name_zh": "新银行", "name_en": "New Bank", "org_type": "BANK", "administrator": f"{NEWCOMER}/admin"}
    request = names | {"person": "cd" * 16, "certificate": base64.b64encode(der).decode()}
    return request, Actor(f"{NEWCOMER}/admin", NEWCOMER, key, fingerprint(der, SUITES["intl"]))


def test_a_newcomer_is_admitted_with_the_vote_that_makes_two_thirds(house: House) -> None:
    request, administrator = newcomer()
    motion = house.move(VOTERS[0], "members.admit", **request)
    for count, voter in enumerate(VOTERS[1:NEEDED], 2):
        assert motion["stage"] == "OPEN"
        assert house.organisation(NEWCOMER) is None
        motion = house.vote(motion, voter)
        assert len(motion["votes"]) == count
    assert motion["stage"] == "CARRIED"
    told = [event.name for event in house.stage.receipts[-1].events]
    assert told == ["VoteCast", "MotionCarried", "UserEnrolled", "OrganisationAdmitted"]
    member = house.organisation(NEWCOMER)
    assert member is not None
    assert member["stage"] == "ACTIVE"
    house.stage.refuse("STATE_INVALID", "governance.vote", house.admin(VOTERS[-1]), motion=motion["motion"], yes=False)
    # The newcomer has a voice from now on.
    house.stage.act("governance.move", administrator, action="members.restore", args={"org": NEWCOMER}, reason="to be heard")


def test_a_motion_whose_act_is_refused_is_not_carried_and_leaves_nothing(house: House) -> None:
    request, _ = newcomer()
    twice = [house.move(VOTERS[0], "members.admit", **request) for _ in range(2)]
    for motion in twice:
        for voter in VOTERS[1 : NEEDED - 1]:
            house.vote(motion, voter)
    assert house.vote(twice[0], VOTERS[NEEDED - 1])["stage"] == "CARRIED"
    needed = -(-2 * (len(VOTERS) + 1) // 3)  # The newcomer counts.
    for voter in VOTERS[NEEDED - 1 : needed - 1]:
        assert house.vote(twice[1], voter)["stage"] == "OPEN"
    last = {"motion": twice[1]["motion"], "yes": True}
    house.stage.refuse("ALREADY_EXISTS", "governance.vote", house.admin(VOTERS[needed - 1]), **last)
    assert [motion["motion"] for motion in house.stage.ask("governance.list_motions", house.admin("boc"))] == [twice[1]["motion"]]


def test_a_motion_fails_once_two_thirds_are_out_of_reach(house: House) -> None:
    motion = house.move(VOTERS[0], "members.suspend", org=house.cast.jia.org, reason="late")
    enough = len(VOTERS) - NEEDED + 1
    for voter in VOTERS[1 : 1 + enough]:
        assert motion["stage"] == "OPEN"
        motion = house.vote(motion, voter, yes=False)
    assert motion["stage"] == "FAILED"
    house.stage.refuse("STATE_INVALID", "governance.vote", house.admin(VOTERS[1 + enough]), motion=motion["motion"], yes=True)


def test_who_has_no_vote_does_not_vote(house: House) -> None:
    motion = house.move("boc", "members.suspend", org=house.cast.jia.org, reason="late")
    refuse = house.stage.refuse
    args = {"motion": motion["motion"], "yes": True}
    refuse("ALREADY_VOTED", "governance.vote", house.admin("boc"), **args)
    refuse("ROLE_FORBIDDEN", "governance.vote", house.cast.everbright.maker, **args)
    refuse("ROLE_FORBIDDEN", "governance.vote", house.cast.platform.admin, **args)
    refuse("NOT_FOUND", "governance.vote", house.admin("everbright"), motion="0" * 32, yes=True)
    refuse("SCHEMA_INVALID", "governance.vote", house.admin("everbright"), motion="short", yes=True)


@pytest.mark.parametrize(
    ("code", "action", "args"),
    [
        ("ROLE_FORBIDDEN", "members.suspend", {"org": NEWCOMER, "reason": "alone"}),
        ("ROLE_FORBIDDEN", "governance.set_parameter", {"parameter": "governance.carried_bps", "value": 1, "source": "alone"}),
        ("ROLE_FORBIDDEN", "governance.move", {"action": "members.enrol", "args": {}, "reason": "needs no resolution"}),
        ("NOT_FOUND", "governance.move", {"action": "members.banish", "args": {}, "reason": "no such act"}),
        ("SCHEMA_INVALID", "governance.move", {"action": "members.restore", "args": {"organisation": "x"}, "reason": "no such field"}),
    ],
)
def test_nobody_decides_alone_nor_moves_what_is_nothing(house: House, code: str, action: str, args: dict[str, Any]) -> None:
    house.stage.refuse(code, action, house.admin("boc"), **args)


def test_a_suspended_organisation_signs_nothing_asks_nothing_and_does_not_count(house: House) -> None:
    jia, motion = house.cast.jia, {"org": house.cast.jia.org, "reason": "late"}
    assert house.carry("members.suspend", [key for key in VOTERS if key != "jia"], **motion)["stage"] == "CARRIED"
    house.stage.refuse("ROLE_FORBIDDEN", "governance.move", jia.admin, action="members.restore", args={"org": jia.org}, reason="please")
    with pytest.raises(Rejection) as refusal:
        house.stage.ask("members.list_organisations", jia.admin)
    assert refusal.value.code == "ROLE_FORBIDDEN"
    restored = house.carry("members.restore", [key for key in VOTERS if key != "jia"], org=jia.org)
    assert (restored["stage"], len(restored["votes"])) == ("CARRIED", -(-2 * (len(VOTERS) - 1) // 3))
    house.stage.act("governance.move", jia.admin, action="members.restore", args={"org": jia.org}, reason="here again")


def test_a_figure_of_policy_is_set_by_resolution_with_its_source(house: House) -> None:
    def setting() -> dict[str, Any]:
        found = house.stage.ask("governance.list_parameters", house.admin("boc"))
        return next(one for one in found if one["parameter"] == "governance.carried_bps")

    assert (setting()["value"], setting()["version"]) == (6666, 0)
    change = {"parameter": "governance.carried_bps", "value": 5000, "source": "resolution 2026/1"}
    assert house.carry("governance.set_parameter", **change)["stage"] == "CARRIED"
    assert (setting()["value"], setting()["version"], setting()["source"]) == (5000, 1, "resolution 2026/1")
    carried = house.carry("members.suspend", org=house.cast.jia.org, reason="late")
    assert len(carried["votes"]) == HALF  # The new figure applies to the next motion.
    left = [key for key in VOTERS if key != "jia"]
    needed = -(-len(left) // 2)
    for code, name, value in (
        ("SCHEMA_INVALID", "governance.carried_bps", "6666"),
        ("SCHEMA_INVALID", "governance.carried_bps", None),
        ("SCHEMA_INVALID", "governance.carried_bps", 4_999),
        ("SCHEMA_INVALID", "governance.carried_bps", 10_001),
        ("SCHEMA_INVALID", "governance.carried_bps", True),
        ("NOT_FOUND", "governance.patience", 1),
    ):
        motion = house.move(left[0], "governance.set_parameter", parameter=name, value=value, source="x")
        for voter in left[1 : needed - 1]:
            house.vote(motion, voter)
        house.stage.refuse(code, "governance.vote", house.admin(left[needed - 1]), motion=motion["motion"], yes=True)


@pytest.mark.parametrize(("voters", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (9, 6), (12, 8)])
def test_two_thirds_are_counted_upwards(voters: int, needed: int) -> None:
    parties = [party for party in CAST if party.key == "platform"] + [party for party in CAST if party.key != "platform"][:voters]
    consortium = establish(parties, suite="intl", start=START - timedelta(days=1), business_date=date(2026, 3, 10))
    stage, cast = Stage(Rehearsal([], consortium)), consortium.cast()
    admins = [getattr(cast, party.key).admin for party in parties[1:]]
    args = {"parameter": "governance.carried_bps", "value": 6667, "source": "x"}
    motion = stage.act("governance.move", admins[0], action="governance.set_parameter", args=args, reason="x")
    for admin in admins[1:needed]:
        assert motion["stage"] == "OPEN"
        motion = stage.act("governance.vote", admin, motion=motion["motion"], yes=True)
    assert motion["stage"] == "CARRIED"
