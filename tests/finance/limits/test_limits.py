"""C06: a tree of limits, taken through signed transactions; golden figures of the capability matrix §4.3."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.node.rehearsal import rehearse
from heqi.types.money import cny

from . import play

VALID_TO = "2026-12-31"


def m(yuan: str | int) -> dict[str, Any]:
    amount = cny(yuan)
    return {"ccy": amount.ccy, "minor": amount.minor}


class Play:
    """A bank's limit on a group of 10, two plants of 7 each below it."""

    def __init__(self, **options: Any) -> None:
        self.stage, self.cast = rehearse([play.contract])
        boc, group = self.cast.boc, self.cast.foton_group
        self.group = self.grant(boc, None, group.org, 10, **options)
        self.a = self.grant(group, self.group, self.cast.foton.org, 7, **options)
        self.b = self.grant(group, self.group, self.cast.jia.org, 7, **options)

    def grant(self, by: Any, parent: str | None, holder: str, yuan: int, **options: Any) -> str:
        args = {"title": "FJT", "revolving": True, "valid_to": VALID_TO, "parent": parent, "holder": holder, "approved": m(yuan)} | options
        return self.stage.act("limits.grant", by.maker, by.checker, by.approver, **args)["node"]

    def reserve(self, who: Any, node: str, ref: str, yuan: str | int) -> Any:
        return self.stage.act("play_limits.reserve", who.maker, who.checker, node=node, ref=ref, amount=m(yuan))

    def refuse(self, code: str, who: Any, node: str, yuan: str | int, ref: str = "new") -> Any:
        receipt = self.stage.refuse(code, "play_limits.reserve", who.maker, who.checker, node=node, ref=ref, amount=m(yuan))
        return receipt.error["details"]

    def then(self, act: str, **args: Any) -> Any:
        return self.stage.act(f"play_limits.{act}", self.cast.yi.api, **args)

    def free(self, node: str) -> int:
        found = self.stage.ask("limits.tree", self.cast.boc.maker, node=self.group)
        return next(line["available"]["minor"] for line in found if line["limit"]["node"] == node)


def test_two_plants_share_their_groups_limit() -> None:
    p = Play()
    p.reserve(p.cast.foton, p.a, "a", 6)
    p.reserve(p.cast.jia, p.b, "b", 4)
    assert p.refuse("LIMIT_EXCEEDED", p.cast.jia, p.b, "0.01") == {"node": p.group, "available": "0.00 CNY"}


def test_what_is_reserved_is_committed_repaid_in_parts_and_free_again() -> None:
    p = Play()
    p.reserve(p.cast.foton, p.a, "a", 6)
    assert p.then("commit", ref="a")["stage"] == "COMMITTED"
    assert p.then("repay", ref="a", amount=m(2))["amount"] == m(4)
    assert (p.free(p.a), p.free(p.b), p.free(p.group)) == (300, 600, 600)
    assert p.then("repay", ref="a")["stage"] == "REPAID"
    assert (p.free(p.a), p.free(p.b), p.free(p.group)) == (700, 700, 1000)


def test_what_is_reserved_and_not_needed_is_released_in_parts() -> None:
    p = Play()
    p.reserve(p.cast.foton, p.a, "a", 6)
    assert p.then("release", ref="a", amount=m(1))["stage"] == "RESERVED"
    assert p.then("release", ref="a") == {"amount": m(0), "node": p.a, "ref": "a", "stage": "RELEASED"}
    assert p.free(p.a) == 700


def test_a_limit_that_does_not_revolve_stays_spent() -> None:
    p = Play(revolving=False)
    p.reserve(p.cast.foton, p.a, "a", 6)
    p.then("commit", ref="a")
    p.then("repay", ref="a")
    assert (p.free(p.a), p.free(p.group)) == (100, 400)
    assert p.refuse("LIMIT_EXCEEDED", p.cast.foton, p.a, 2)["available"] == "1.00 CNY"


def test_a_frozen_limit_gives_nothing_new_and_keeps_what_is_taken() -> None:
    p = Play()
    boc = p.cast.boc
    p.reserve(p.cast.foton, p.a, "a", 6)
    p.stage.act("limits.freeze_limit", boc.maker, boc.checker, node=p.group, reason="2026-001")
    assert p.refuse("FROZEN", p.cast.foton, p.a, 1) == {"record": f"Limit {p.group}", "case_no": "2026-001"}
    assert p.free(p.a) == 0
    p.then("commit", ref="a")
    p.stage.refuse("FROZEN", "limits.freeze_limit", boc.maker, boc.checker, node=p.group, reason="again")
    p.stage.act("limits.unfreeze_limit", boc.maker, boc.checker, node=p.group)
    p.stage.refuse("STATE_INVALID", "limits.unfreeze_limit", boc.maker, boc.checker, node=p.group)
    p.reserve(p.cast.foton, p.a, "more", 1)


def test_an_expired_limit_gives_nothing_new_and_keeps_what_is_taken() -> None:
    p = Play(valid_to="2026-03-11")
    p.reserve(p.cast.foton, p.a, "a", 6)
    p.stage.tick_to(p.cast.platform.operator, date(2026, 3, 11))
    p.reserve(p.cast.foton, p.a, "last day", "0.01")
    p.stage.tick_to(p.cast.platform.operator, date(2026, 3, 12))
    assert p.refuse("LIMIT_EXCEEDED", p.cast.foton, p.a, "0.01")["available"] == "0.00 CNY"
    assert p.then("commit", ref="a")["stage"] == "COMMITTED"


REFUSED_RESERVATIONS = [
    ("NOT_FOUND", {"node": "91990000MA00019153/91990000MA00019166/none"}),
    ("NOT_OWNER", {"who": "bing", "amount": m(0)}),
    ("MONEY_INVALID", {"amount": m(0)}),
    ("MONEY_INVALID", {"amount": {"ccy": "USD", "minor": 1}}),
    ("LIMIT_EXCEEDED", {"amount": m("7.01"), "ref": "taken"}),
    ("ALREADY_EXISTS", {"ref": "taken"}),
]


def test_reservations_are_refused_in_the_documented_order() -> None:
    p = Play()
    p.reserve(p.cast.foton, p.a, "taken", "0.01")
    for code, changes in REFUSED_RESERVATIONS:
        args = {"who": "foton", "node": p.a, "ref": "new", "amount": m(1)} | changes
        who = getattr(p.cast, args.pop("who"))
        p.stage.refuse(code, "play_limits.reserve", who.maker, who.checker, **args)


def test_the_grantor_may_take_of_a_limit_it_gave() -> None:
    p = Play()
    assert p.reserve(p.cast.foton_group, p.a, "by the group", 1)["stage"] == "RESERVED"


@pytest.mark.parametrize(
    ("code", "act", "args"),
    [
        ("NOT_FOUND", "commit", {"ref": "none"}),
        ("STATE_INVALID", "repay", {"ref": "reserved"}),
        ("STATE_INVALID", "commit", {"ref": "committed"}),
        ("STATE_INVALID", "release", {"ref": "committed"}),
        ("MONEY_INVALID", "release", {"ref": "reserved", "amount": m(0)}),
        ("MONEY_INVALID", "repay", {"ref": "committed", "amount": {"ccy": "USD", "minor": 1}}),
        ("AMOUNT_EXCEEDS_BALANCE", "release", {"ref": "reserved", "amount": m("2.01")}),
        ("AMOUNT_EXCEEDS_BALANCE", "repay", {"ref": "committed", "amount": m("3.01")}),
    ],
)
def test_what_is_not_taken_cannot_be_freed(code: str, act: str, args: dict[str, Any]) -> None:
    p = Play()
    p.reserve(p.cast.foton, p.a, "reserved", 2)
    p.reserve(p.cast.foton, p.a, "committed", 3)
    p.then("commit", ref="committed")
    p.stage.refuse(code, f"play_limits.{act}", p.cast.yi.api, **args)


REFUSED_GRANTS = [
    ("NOT_FOUND", {"parent": "91990000MA00019153/91990000MA00019166/none"}),
    ("SCHEMA_INVALID", {"title": "F/T"}),
    ("ROLE_FORBIDDEN", {"holder": "91990000MA0001843A"}),
    ("DATE_INVALID", {"valid_to": "2026-03-09"}),
    ("NOT_OWNER", {"by": "yi", "approved": m(8)}),
    ("LIMIT_EXCEEDED", {"approved": m("7.01")}),
    ("MONEY_INVALID", {"approved": {"ccy": "USD", "minor": 1}}),
    ("MONEY_INVALID", {"approved": m(0)}),
]


@pytest.mark.parametrize(("code", "changes"), REFUSED_GRANTS)
def test_a_limit_below_another_is_granted_by_its_parties_within_it(code: str, changes: dict[str, Any]) -> None:
    p = Play()
    args = {"by": "foton", "parent": p.a, "holder": p.cast.jia.org, "approved": m(7), "title": "FJT", "revolving": True}
    args |= {"valid_to": VALID_TO} | changes
    by = getattr(p.cast, args.pop("by"))
    p.stage.refuse(code, "limits.grant", by.maker, by.checker, by.approver, **args)


def test_the_same_limit_is_not_granted_twice_nor_a_tree_grown_without_end() -> None:
    p = Play()
    group, foton = p.cast.foton_group, p.cast.foton
    seats = (group.maker, group.checker, group.approver)
    args = {"holder": foton.org, "approved": m(1), "revolving": True, "valid_to": VALID_TO}
    p.stage.refuse("ALREADY_EXISTS", "limits.grant", *seats, parent=p.group, title="FJT", **args)
    parent = p.group
    for level in range(7):
        parent = p.stage.act("limits.grant", *seats, parent=parent, title=f"level {level}", **args)["node"]
    p.stage.refuse("SCHEMA_INVALID", "limits.grant", *seats, parent=parent, title="one more", **args)


@pytest.mark.parametrize(
    ("code", "by", "node", "approved"),
    [
        ("NOT_OWNER", "foton", "a", 7),
        ("LIMIT_EXCEEDED", "foton_group", "a", 1),  # 2.00 are taken.
        ("LIMIT_EXCEEDED", "foton_group", "a", 11),  # The group has 10.00.
        ("LIMIT_EXCEEDED", "boc", "group", 6),  # The plants have 7.00 each.
    ],
)
def test_a_limit_is_changed_by_its_grantor_within_what_is_taken_and_granted(code: str, by: str, node: str, approved: int) -> None:
    p = Play()
    p.reserve(p.cast.foton, p.a, "taken", 2)
    who = getattr(p.cast, by)
    seats = (who.maker, who.checker, who.approver)
    p.stage.refuse(code, "limits.change_limit", *seats, node=getattr(p, node), approved=m(approved), valid_to=VALID_TO)


def test_a_raised_limit_can_be_taken() -> None:
    p = Play()
    group = p.cast.foton_group
    seats = (group.maker, group.checker, group.approver)
    p.refuse("LIMIT_EXCEEDED", p.cast.foton, p.a, 9)
    p.stage.act("limits.change_limit", *seats, node=p.a, approved=m(9), valid_to=VALID_TO)
    p.reserve(p.cast.foton, p.a, "now", 9)


def test_a_limit_is_seen_by_its_parties_and_those_above_it() -> None:
    p = Play()
    for who, seen in (("boc", 3), ("foton_group", 3), ("regulator", 3)):
        assert len(p.stage.ask("limits.tree", getattr(p.cast, who).maker, node=p.group)) == seen
    assert [line["limit"]["node"] for line in p.stage.ask("limits.tree", p.cast.foton.maker, node=p.a)] == [p.a]
    assert len(p.stage.ask("limits.lines", p.cast.foton_group.maker)) == 3
    assert p.stage.ask("limits.takings", p.cast.foton.maker, node=p.a) == []
    for node in (p.group, p.b):
        with pytest.raises(ValueError, match="NOT_FOUND"):
            p.stage.ask("limits.tree", p.cast.foton.maker, node=node)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("rclp"), st.integers(0, 5), st.integers(1, 400), st.booleans()), max_size=25))
def test_whatever_is_taken_and_freed_the_tree_adds_up(acts: list[tuple[str, int, int, bool]]) -> None:
    p = Play()
    for act, number, fen, in_a in acts:
        ref, amount = f"ref {number}", {"ccy": "CNY", "minor": fen}
        if act == "r":
            who, node = (p.cast.foton, p.a) if in_a else (p.cast.jia, p.b)
            p.stage.send("play_limits.reserve", who.maker, who.checker, node=node, ref=ref, amount=amount)
        elif act == "c":
            p.stage.send("play_limits.commit", p.cast.yi.api, ref=ref)
        else:
            p.stage.send(f"play_limits.{'release' if act == 'l' else 'repay'}", p.cast.yi.api, ref=ref, amount=amount)
    # The rehearsal has checked the register's invariants after every transaction.
    assert {receipt.code for receipt in p.stage.receipts} <= {
        "OK", "LIMIT_EXCEEDED", "NOT_FOUND", "STATE_INVALID", "ALREADY_EXISTS", "AMOUNT_EXCEEDS_BALANCE",
    }  # fmt: skip
