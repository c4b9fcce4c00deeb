"""Who stands in for whom, and how long a desk has for its step."""

from datetime import date, timedelta

import pytest

from .scene import DAY, SMALL, enrol, propose


def delegate(stage, desk, admin, stand_in, role, start=DAY, end=DAY):
    return stage.act("approvals.delegate", desk, admin, stand_in=stand_in.user, role=role, start=start, end=end)["delegation"]


@pytest.fixture
def clerk(world):
    """A further person of Jia, who holds no desk that signs."""
    stage, cast = world
    return enrol(stage, cast, "jia", "clerk", ("viewer",))


# --- standing in -----------------------------------------------------------------------------------------------------
def test_a_stand_in_signs_at_the_desk_of_the_absent(world, clerk):
    stage, cast = world
    proposal = propose(stage, cast.jia.maker)
    stage.refuse("ROLE_FORBIDDEN", "approvals.sign", clerk, proposal=proposal)
    given = delegate(stage, cast.jia.checker, cast.jia.admin, clerk, "checker")
    assert [p["proposal"] for p in stage.ask("approvals.inbox", clerk)] == [proposal]
    done = stage.act("approvals.sign", clerk, proposal=proposal)
    assert (done["stage"], done["signatures"][1]["user"], done["signatures"][1]["delegation"]) == ("DONE", clerk.user, given)
    assert stage.ask("play.deed", cast.jia.maker, number="A-1")["signers"] == [cast.jia.maker.user, clerk.user]


def test_a_stand_in_proposes_and_rejects_too(world, clerk):
    stage, cast = world
    delegate(stage, cast.jia.maker, cast.jia.admin, clerk, "maker")
    proposal = propose(stage, clerk)
    assert stage.act("approvals.sign", cast.jia.checker, proposal=proposal)["stage"] == "DONE"
    stage.act("approvals.delegate", cast.jia.checker, cast.jia.admin, stand_in=clerk.user, role="checker", start=DAY, end=DAY)
    proposal = propose(stage, cast.jia.maker, number="A-2")
    assert stage.act("approvals.reject", clerk, proposal=proposal, reason="金额与订单不符")["stage"] == "REJECTED"


def test_a_stand_in_counts_on_proposals_only(world, clerk):
    stage, cast = world
    delegate(stage, cast.jia.checker, cast.jia.admin, clerk, "checker")
    stage.refuse("ROLE_FORBIDDEN", "play.seal", cast.jia.maker, clerk, number="A-1", amount=SMALL)


def test_a_delegation_runs_from_its_first_to_its_last_day(world, clerk):
    stage, cast = world
    delegate(stage, cast.jia.checker, cast.jia.admin, clerk, "checker", date(2026, 3, 11), date(2026, 3, 12))
    for day, signs in ((10, False), (11, True), (12, True), (13, False)):
        stage.tick_to(cast.platform.operator, date(2026, 3, day))
        proposal = propose(stage, cast.jia.maker, number=f"A-{day}")
        if signs:
            stage.act("approvals.sign", clerk, proposal=proposal)
        else:
            stage.refuse("ROLE_FORBIDDEN", "approvals.sign", clerk, proposal=proposal)


def test_what_a_stand_in_signed_in_time_counts_afterwards(world, clerk):
    stage, cast = world
    delegate(stage, cast.jia.checker, cast.jia.admin, clerk, "checker")
    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)
    stage.act("approvals.sign", clerk, proposal=proposal)
    stage.tick_to(cast.platform.operator, DAY + timedelta(days=1))
    stage.act("approvals.sign", cast.yi.maker, proposal=proposal)
    assert stage.act("approvals.sign", cast.yi.checker, proposal=proposal)["stage"] == "DONE"


@pytest.mark.parametrize("who", ["checker", "admin"])
def test_a_revoked_delegation_takes_its_signatures_with_it(world, clerk, who):
    stage, cast = world
    given = delegate(stage, cast.jia.checker, cast.jia.admin, clerk, "checker")
    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)
    stage.act("approvals.sign", clerk, proposal=proposal)
    for stranger in (clerk, cast.yi.admin, cast.jia.maker):
        stage.refuse("NOT_OWNER", "approvals.revoke_delegation", stranger, delegation=given)
    revoked = stage.act("approvals.revoke_delegation", getattr(cast.jia, who), delegation=given)
    assert revoked == stage.act("approvals.revoke_delegation", cast.jia.admin, delegation=given)
    stage.refuse("ROLE_FORBIDDEN", "approvals.sign", cast.yi.maker, proposal=proposal)
    stage.refuse("ROLE_FORBIDDEN", "approvals.sign", clerk, proposal=proposal)
    stage.act("approvals.sign", cast.jia.checker, proposal=proposal)
    assert stage.ask("approvals.list_delegations", cast.jia.maker)[0]["revoked"] == "2026-03-10"


def test_a_delegation_ends_with_the_role_of_the_absent(world, clerk):
    stage, cast = world
    second = enrol(stage, cast, "jia", "checker2", ("checker",))
    delegate(stage, second, cast.jia.admin, clerk, "checker")
    enrol(stage, cast, "jia", "checker2", ("viewer",))
    stage.refuse("ROLE_FORBIDDEN", "approvals.sign", clerk, proposal=propose(stage, cast.jia.maker))


def test_a_proposer_whose_delegation_was_revoked_leaves_a_dead_proposal(world, clerk):
    stage, cast = world
    given = delegate(stage, cast.jia.maker, cast.jia.admin, clerk, "maker")
    proposal = propose(stage, clerk)
    stage.act("approvals.revoke_delegation", cast.jia.maker, delegation=given)
    stage.refuse("ROLE_FORBIDDEN", "approvals.sign", cast.jia.checker, proposal=proposal)


# --- no breach of segregation ----------------------------------------------------------------------------------------
def test_nobody_is_maker_in_person_and_checker_for_another(world):
    stage, cast = world
    delegate(stage, cast.jia.checker, cast.jia.admin, cast.jia.maker, "checker")
    stage.refuse("SEGREGATION_OF_DUTIES", "approvals.sign", cast.jia.maker, proposal=propose(stage, cast.jia.maker))
    assert stage.ask("approvals.inbox", cast.jia.maker) == []


def test_nobody_signs_once_in_person_and_once_by_a_stand_in(world, clerk):
    stage, cast = world
    delegate(stage, cast.jia.approver, cast.jia.admin, clerk, "approver")
    first = propose(stage, cast.jia.approver, "play.two_approvers")
    stage.refuse("SEGREGATION_OF_DUTIES", "approvals.sign", clerk, proposal=first)
    second = propose(stage, clerk, "play.two_approvers")
    stage.refuse("SEGREGATION_OF_DUTIES", "approvals.sign", cast.jia.approver, proposal=second)
    assert stage.ask("approvals.inbox", clerk) == stage.ask("approvals.inbox", cast.jia.approver) == []
    other = enrol(stage, cast, "jia", "approver2", ("approver",))
    assert stage.act("approvals.sign", other, proposal=first)["stage"] == "DONE"


def test_two_stand_ins_of_one_person_are_one(world, clerk):
    stage, cast = world
    other = enrol(stage, cast, "jia", "clerk2", ("viewer",))
    for stand_in in (clerk, other):
        delegate(stage, cast.jia.approver, cast.jia.admin, stand_in, "approver")
    stage.refuse("SEGREGATION_OF_DUTIES", "approvals.sign", other, proposal=propose(stage, clerk, "play.two_approvers"))


def test_who_stands_in_for_two_signs_for_the_one_who_has_not(world, clerk):
    stage, cast = world
    second = enrol(stage, cast, "jia", "approver2", ("approver",))
    for absent in (cast.jia.approver, second):
        delegate(stage, absent, cast.jia.admin, clerk, "approver")
    for absent in (cast.jia.approver, second):
        proposal = propose(stage, absent, "play.two_approvers", number=absent.user[-9:])
        assert stage.act("approvals.sign", clerk, proposal=proposal)["stage"] == "DONE"


def test_a_stand_in_passes_the_desk_on_to_nobody(world, clerk):
    stage, cast = world
    delegate(stage, cast.jia.checker, cast.jia.admin, clerk, "checker")
    other = enrol(stage, cast, "jia", "clerk2", ("viewer",))
    request = {"stand_in": other.user, "role": "checker", "start": DAY, "end": DAY}
    stage.refuse("ROLE_FORBIDDEN", "approvals.delegate", clerk, cast.jia.admin, **request)


# --- refusals of a delegation, in order ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "desks", "changes"),
    [
        ("ROLE_FORBIDDEN", ("checker", "maker"), {}),
        ("SCHEMA_INVALID", ("admin", "checker"), {"role": "org_admin"}),
        ("DATE_INVALID", ("checker", "admin"), {"start": DAY - timedelta(days=1)}),
        ("DATE_INVALID", ("checker", "admin"), {"start": DAY + timedelta(days=2)}),
        ("ROLE_FORBIDDEN", ("maker", "admin"), {}),
        ("NOT_FOUND", ("checker", "admin"), {"stand_in": "nobody/at-all"}),
        ("NOT_FOUND", ("checker", "admin"), {"stand_in": "yi"}),
        ("SEGREGATION_OF_DUTIES", ("checker", "admin"), {"stand_in": "twin"}),
        ("ALREADY_EXISTS", ("checker", "admin"), {"stand_in": "checker2"}),
    ],
)
def test_who_may_not_stand_in(world, clerk, code, desks, changes):
    stage, cast = world
    twin = enrol(stage, cast, "jia", "twin", ("viewer",), person_of="checker")
    second = enrol(stage, cast, "jia", "checker2", ("checker",))
    users = {"yi": cast.yi.maker.user, "twin": twin.user, "checker2": second.user}
    request = {"stand_in": clerk.user, "role": "checker", "start": DAY, "end": DAY + timedelta(days=1)} | changes
    request["stand_in"] = users.get(request["stand_in"], request["stand_in"])
    stage.refuse(code, "approvals.delegate", *(getattr(cast.jia, desk) for desk in desks), **request)


def test_a_delegation_is_seen_in_its_own_house(world, clerk):
    stage, cast = world
    delegate(stage, cast.jia.checker, cast.jia.admin, clerk, "checker")
    assert len(stage.ask("approvals.list_delegations", cast.jia.approver)) == 1
    assert stage.ask("approvals.list_delegations", cast.yi.approver) == []


# --- time limits -----------------------------------------------------------------------------------------------------
def test_a_step_that_outruns_its_time_is_shown_and_nothing_happens_to_it(world):
    stage, cast = world
    stage.act("approvals.set_sla", cast.jia.admin, cast.jia.approver, action="play.countersign", role="checker", minutes=30)
    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)

    def late(actor):
        return [p["proposal"] for p in stage.ask("approvals.overdue", actor)]

    later(stage, cast, minutes=29)
    assert late(cast.jia.maker) == []
    later(stage, cast, minutes=2)
    assert late(cast.jia.maker) == [proposal]
    assert late(cast.yi.maker) == late(cast.bing.maker) == []
    # The next desk's time begins when it is asked: Yi has set none, so the consortium's eight hours hold.
    stage.act("approvals.sign", cast.jia.checker, proposal=proposal)
    assert late(cast.jia.maker) == []
    later(stage, cast, minutes=481)
    assert late(cast.jia.maker) == late(cast.yi.maker) == [proposal]
    stage.act("approvals.sign", cast.yi.maker, proposal=proposal)
    stage.act("approvals.sign", cast.yi.checker, proposal=proposal)
    later(stage, cast, minutes=481)
    assert late(cast.jia.maker) == []


def later(stage, cast, *, minutes):
    """Ledger time moves with blocks: one comes so much later."""
    stage.ledger.time += timedelta(minutes=minutes)
    stage.act("ledger.tick", cast.platform.operator, business_date=stage.today(cast.platform.operator))


@pytest.mark.parametrize(
    ("code", "desks", "changes"),
    [
        ("ROLE_FORBIDDEN", ("maker", "approver"), {}),
        ("SCHEMA_INVALID", ("admin", "approver"), {"minutes": 0}),
        ("NOT_FOUND", ("admin", "approver"), {"action": "play.nothing"}),
        ("SCHEMA_INVALID", ("admin", "approver"), {"role": "treasurer"}),
    ],
)
def test_a_time_limit_is_for_a_desk_the_action_has(world, code, desks, changes):
    stage, cast = world
    request = {"action": "play.seal", "role": "checker", "minutes": 30} | changes
    stage.refuse(code, "approvals.set_sla", *(getattr(cast.jia, desk) for desk in desks), **request)
    assert stage.ask("approvals.list_slas", cast.jia.maker) == []
