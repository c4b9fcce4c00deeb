"""Proposals: what they need, what they refuse, and what happens when something changes between two signatures."""

from datetime import date

import pytest

from heqi.node.rehearsal import rehearse
from heqi.types.money import cny

from .play import contract
from .scene import SMALL, enrol, propose


def suspend(stage, cast, org):
    args = {"org": org, "reason": "调查期间"}
    motion = stage.act("governance.move", cast.regulator.admin, action="members.suspend", args=args, reason="调查")
    for party in vars(cast).values():
        if stage.ask("governance.list_motions", cast.regulator.admin, stage="CARRIED"):
            return
        if party.org not in (cast.platform.org, cast.regulator.org):
            stage.act("governance.vote", party.admin, motion=motion["motion"], yes=True)


# --- the act ---------------------------------------------------------------------------------------------------------------------
def test_the_act_runs_in_the_transaction_of_the_last_signature(world):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker)
    assert stage.ask("approvals.proposal", cast.foton.maker, proposal=proposal)["next"] == {
        "org": cast.foton.org, "role": "checker", "asked": "2026-03-01T00:00:01Z", "due": "2026-03-01T08:00:01Z"
    }  # fmt: skip
    receipt = stage.send("approvals.sign", cast.foton.checker, proposal=proposal)
    assert [event.name for event in receipt.events] == ["ProposalSigned", "DeedSealed", "ProposalDone"]
    deed = stage.ask("play.deed", cast.foton.maker, number="A-1")
    assert deed == {
        "number": "A-1", "org": cast.foton.org, "amount_minor": 500, "signers": [cast.foton.maker.user, cast.foton.checker.user]
    }  # fmt: skip
    done = stage.ask("approvals.proposal", cast.foton.maker, proposal=proposal)
    assert (done["stage"], done["next"], done["result"]) == ("DONE", None, deed)


def test_the_proposer_stays_the_acting_organisation_when_another_signs_last(world):
    stage, cast = world
    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)
    for desk in (cast.jia.checker, cast.yi.maker, cast.yi.checker):
        stage.act("approvals.sign", desk, proposal=proposal)
    deed = stage.ask("play.deed", cast.yi.maker, number="A-1")
    assert deed["org"] == cast.jia.org
    assert deed["signers"] == [desk.user for desk in (cast.jia.maker, cast.jia.checker, cast.yi.maker, cast.yi.checker)]


def test_an_act_of_one_person_runs_when_it_is_proposed(world):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker, "play.alone")
    assert stage.ask("approvals.proposal", cast.foton.maker, proposal=proposal)["stage"] == "DONE"


def test_the_same_act_by_one_transaction_leaves_the_same_deed():
    deeds = []
    for road in ("proposal", "transaction"):
        stage, cast = rehearse([contract])
        if road == "proposal":
            stage.act("approvals.sign", cast.foton.checker, proposal=propose(stage, cast.foton.maker))
        else:
            stage.act("play.seal", cast.foton.maker, cast.foton.checker, number="A-1", amount=SMALL)
        deeds.append(stage.ask("play.deed", cast.foton.maker, number="A-1"))
    assert deeds[0] == deeds[1]


def test_two_proposals_of_one_content_are_two(world):
    stage, cast = world
    first, second = propose(stage, cast.foton.maker), propose(stage, cast.foton.maker)
    assert first != second
    hashes = {stage.ask("approvals.proposal", cast.foton.maker, proposal=one)["payload_hash"] for one in (first, second)}
    assert len(hashes) == 1
    stage.act("approvals.sign", cast.foton.checker, proposal=first)
    stage.refuse("ALREADY_EXISTS", "approvals.sign", cast.foton.checker, proposal=second)


# --- refusals of proposing, in order ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "actor", "action", "args"),
    [
        ("ROLE_FORBIDDEN", "platform.maker", "play.seal", {}),
        ("ROLE_FORBIDDEN", "foton.maker", "approvals.sign", {}),
        ("NOT_FOUND", "foton.maker", "play.nothing", {}),
        ("ROLE_FORBIDDEN", "foton.maker", "play.resolved_only", {}),
        ("SCHEMA_INVALID", "foton.maker", "play.seal", {"number": 1}),
        ("MONEY_INVALID", "foton.maker", "play.seal", {"amount": {"ccy": "CNY", "minor": 0}}),
        ("ROLE_FORBIDDEN", "foton.checker", "play.seal", {}),
        ("ROLE_FORBIDDEN", "foton.api", "play.seal", {}),
        ("ELIGIBILITY_FAILED", "foton.maker", "play.alone", {"number": "BAD"}),
    ],
)  # fmt: skip
def test_what_may_not_be_proposed(world, code, actor, action, args):
    stage, cast = world
    party, desk = actor.split(".")
    request = {"number": "A-1", "amount": SMALL} | args
    stage.refuse(code, "approvals.propose", getattr(getattr(cast, party), desk), action=action, args=request)


def test_one_person_signs_a_proposal_at_a_time(world):
    stage, cast = world
    args = {"number": "A-1", "amount": SMALL}
    stage.refuse("SIGNATURE_INVALID", "approvals.propose", cast.foton.maker, cast.foton.checker, action="play.seal", args=args)


# --- refusals of signing ---------------------------------------------------------------------------------------------------------
def test_who_may_not_sign_the_next_step(world):
    stage, cast = world
    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)
    stage.refuse("NOT_FOUND", "approvals.sign", cast.jia.checker, proposal="0" * 64)
    stage.refuse("SCHEMA_INVALID", "approvals.sign", cast.jia.checker, proposal=proposal[:32])
    for stranger in (cast.jia.maker, cast.jia.approver, cast.bing.checker, cast.platform.checker, cast.platform.operator):
        stage.refuse("ROLE_FORBIDDEN", "approvals.sign", stranger, proposal=proposal)
    # The other organisation's turn has not come: the steps have an order.
    stage.refuse("ROLE_FORBIDDEN", "approvals.sign", cast.yi.maker, proposal=proposal)
    stage.act("approvals.sign", cast.jia.checker, proposal=proposal)
    stage.refuse("SIGNATURE_INVALID", "approvals.sign", cast.jia.checker, proposal=proposal)


def test_one_person_with_two_users_cannot_be_maker_and_checker(world):
    stage, cast = world
    twin = enrol(stage, cast, "foton", "twin", ("checker",), person_of="maker")
    proposal = propose(stage, cast.foton.maker)
    stage.refuse("SEGREGATION_OF_DUTIES", "approvals.sign", twin, proposal=proposal)
    stage.act("approvals.sign", cast.foton.checker, proposal=proposal)


def test_two_approvers_are_two_persons(world):
    stage, cast = world
    twin = enrol(stage, cast, "foton", "twin", ("approver",), person_of="approver")
    second = enrol(stage, cast, "foton", "second", ("approver",))
    proposal = propose(stage, cast.foton.approver, "play.two_approvers")
    stage.refuse("SEGREGATION_OF_DUTIES", "approvals.sign", twin, proposal=proposal)
    stage.refuse("SEGREGATION_OF_DUTIES", "approvals.sign", cast.foton.approver, proposal=proposal)
    stage.act("approvals.sign", second, proposal=proposal)


def test_a_refused_act_refuses_the_last_signature_and_leaves_the_proposal_open(world):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker, number="BAD")
    stage.refuse("ELIGIBILITY_FAILED", "approvals.sign", cast.foton.checker, proposal=proposal)
    found = stage.ask("approvals.proposal", cast.foton.maker, proposal=proposal)
    assert (found["stage"], len(found["signatures"])) == ("OPEN", 1)


# --- what changes between two signatures -----------------------------------------------------------------------------------------
def test_a_revoked_checkers_signature_no_longer_counts(world):
    stage, cast = world
    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)
    stage.act("approvals.sign", cast.jia.checker, proposal=proposal)
    stage.act("members.revoke", cast.jia.admin, fingerprint=cast.jia.checker.certificate, reason="遗失")
    stage.refuse("ROLE_FORBIDDEN", "approvals.sign", cast.yi.maker, proposal=proposal)
    other = enrol(stage, cast, "jia", "checker2", ("checker",))
    found = stage.act("approvals.sign", other, proposal=proposal)
    assert [consent["user"] for consent in found["signatures"]] == [cast.jia.maker.user, other.user]
    stage.act("approvals.sign", cast.yi.maker, proposal=proposal)
    assert stage.act("approvals.sign", cast.yi.checker, proposal=proposal)["stage"] == "DONE"


def test_without_its_proposers_key_a_proposal_is_dead(world):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker)
    stage.act("members.revoke", cast.foton.admin, fingerprint=cast.foton.maker.certificate, reason="遗失")
    stage.refuse("CERT_REVOKED", "approvals.sign", cast.foton.checker, proposal=proposal)


def test_a_suspended_organisations_signatures_no_longer_count(world):
    stage, cast = world
    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)
    stage.act("approvals.sign", cast.jia.checker, proposal=proposal)
    stage.act("approvals.sign", cast.yi.maker, proposal=proposal)
    suspend(stage, cast, cast.jia.org)
    stage.refuse("ROLE_FORBIDDEN", "approvals.sign", cast.yi.checker, proposal=proposal)


def test_a_role_taken_away_takes_the_signature_with_it(world):
    stage, cast = world
    second = enrol(stage, cast, "jia", "checker2", ("checker",))
    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)
    stage.act("approvals.sign", second, proposal=proposal)
    enrol(stage, cast, "jia", "checker2", ("viewer",))
    stage.refuse("ROLE_FORBIDDEN", "approvals.sign", cast.yi.maker, proposal=proposal)
    stage.act("approvals.sign", cast.jia.checker, proposal=proposal)


def test_a_tier_set_meanwhile_asks_for_the_approver_too(world):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker)
    stage.act("approvals.set_tier", cast.foton.admin, cast.foton.approver, action="play.seal", above=[cny(4)])
    assert stage.act("approvals.sign", cast.foton.checker, proposal=proposal)["next"]["role"] == "approver"
    assert stage.act("approvals.sign", cast.foton.approver, proposal=proposal)["stage"] == "DONE"


# --- ends ------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reason", ["不同意", "    。", "", "x" * 201])
def test_a_rejection_says_why_in_five_characters_or_more(world, reason):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker)
    stage.refuse("SCHEMA_INVALID", "approvals.reject", cast.foton.checker, proposal=proposal, reason=reason)


def test_only_who_could_sign_the_next_step_rejects(world):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker)
    for stranger in (cast.foton.maker, cast.foton.approver, cast.bing.checker):
        stage.refuse("ROLE_FORBIDDEN", "approvals.reject", stranger, proposal=proposal, reason="金额与订单不符")
    rejected = stage.act("approvals.reject", cast.foton.checker, proposal=proposal, reason="金额与订单不符")
    assert (rejected["stage"], rejected["reason"], rejected["next"]) == ("REJECTED", "金额与订单不符", None)


def test_only_the_person_who_proposed_withdraws(world):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker)
    stage.refuse("NOT_OWNER", "approvals.withdraw", cast.foton.checker, proposal=proposal)
    assert stage.act("approvals.withdraw", cast.foton.maker, proposal=proposal)["stage"] == "WITHDRAWN"


@pytest.mark.parametrize("end", ["DONE", "REJECTED", "WITHDRAWN", "EXPIRED"])
def test_a_closed_proposal_is_closed_for_every_act(world, end):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker)
    if end == "DONE":
        stage.act("approvals.sign", cast.foton.checker, proposal=proposal)
    elif end == "REJECTED":
        stage.act("approvals.reject", cast.foton.checker, proposal=proposal, reason="金额与订单不符")
    elif end == "WITHDRAWN":
        stage.act("approvals.withdraw", cast.foton.maker, proposal=proposal)
    else:
        stage.tick_to(cast.platform.operator, date(2026, 3, 16))
    assert stage.ask("approvals.proposal", cast.foton.maker, proposal=proposal)["stage"] == end
    stage.refuse("STATE_INVALID", "approvals.sign", cast.foton.checker, proposal=proposal)
    stage.refuse("STATE_INVALID", "approvals.reject", cast.foton.checker, proposal=proposal, reason="金额与订单不符")
    stage.refuse("STATE_INVALID", "approvals.withdraw", cast.foton.maker, proposal=proposal)


def test_the_last_day_to_sign_is_the_day_it_expires(world):
    stage, cast = world
    proposal = propose(stage, cast.foton.maker)
    stage.tick_to(cast.platform.operator, date(2026, 3, 15))
    assert stage.act("approvals.sign", cast.foton.checker, proposal=proposal)["stage"] == "DONE"


# --- tiers -----------------------------------------------------------------------------------------------------------------------
def test_above_its_tier_an_organisations_approver_signs_too(world):
    stage, cast = world
    stage.act("approvals.set_tier", cast.foton.admin, cast.foton.approver, action="play.seal", above=[cny(100)])
    stage.act("play.seal", cast.foton.maker, cast.foton.checker, number="A-1", amount=cny(100))
    above = cny("100.01")
    stage.refuse("ROLE_FORBIDDEN", "play.seal", cast.foton.maker, cast.foton.checker, number="A-2", amount=above)
    stage.act("play.seal", cast.foton.maker, cast.foton.checker, cast.foton.approver, number="A-2", amount=above)
    # Another organisation, another currency: not this tier's matter.
    stage.act("play.seal", cast.jia.maker, cast.jia.checker, number="A-3", amount=above)
    stage.act("play.seal", cast.foton.maker, cast.foton.checker, number="A-4", amount={"ccy": "USD", "minor": 99_999})


def test_above_each_of_its_amounts_one_more_approver_signs(world):
    stage, cast = world
    second = enrol(stage, cast, "foton", "second", ("approver",))
    desks = (cast.foton.maker, cast.foton.checker, cast.foton.approver)
    stage.act("approvals.set_tier", cast.foton.admin, cast.foton.approver, action="play.seal", above=[cny(100), cny(1000)])
    stage.act("play.seal", *desks, number="A-1", amount=cny(1000))
    stage.refuse("SIGNATURE_INVALID", "play.seal", *desks, number="A-2", amount=cny("1000.01"))
    stage.act("play.seal", *desks, second, number="A-2", amount=cny("1000.01"))


@pytest.mark.parametrize(
    ("code", "desks", "request_"),
    [
        ("ROLE_FORBIDDEN", ("maker", "approver"), {}),
        ("SCHEMA_INVALID", ("admin",), {"above": []}),
        ("MONEY_INVALID", ("admin", "approver"), {"above": [cny(0)]}),
        ("NOT_FOUND", ("admin", "approver"), {"action": "play.nothing"}),
        ("SCHEMA_INVALID", ("admin", "approver"), {"action": "play.alone"}),
        ("SCHEMA_INVALID", ("admin", "approver"), {"above": [cny(1), cny(2), cny(3)]}),
        ("SCHEMA_INVALID", ("admin", "approver"), {"above": [cny(2), cny(2)]}),
        ("SCHEMA_INVALID", ("admin", "approver"), {"above": [cny(2), {"ccy": "USD", "minor": 900}]}),
    ],
)
def test_a_tier_binds_an_action_that_has_such_a_step(world, code, desks, request_):
    stage, cast = world
    signers = [getattr(cast.foton, desk) for desk in desks]
    stage.refuse(code, "approvals.set_tier", *signers, **{"action": "play.seal", "above": [SMALL], **request_})


def test_a_tier_is_set_by_proposal_too(world):
    """A password session signs for one person: what needs two desks goes through a proposal."""
    stage, cast = world
    args = {"action": "play.seal", "above": [SMALL]}
    stage.refuse("ROLE_FORBIDDEN", "approvals.set_tier", cast.foton.admin, **args)
    proposal = stage.act("approvals.propose", cast.foton.admin, action="approvals.set_tier", args=args)["proposal"]
    stage.act("approvals.sign", cast.foton.approver, proposal=proposal)
    assert stage.ask("approvals.list_tiers", cast.foton.maker)[0]["above"] == [{"ccy": "CNY", "minor": 500}]
    assert stage.ask("approvals.list_tiers", cast.jia.maker) == []


# --- who sees --------------------------------------------------------------------------------------------------------------------
def test_the_inbox_shows_a_desk_what_waits_for_it(world):
    stage, cast = world

    def waiting(actor):
        return [p["proposal"] for p in stage.ask("approvals.inbox", actor)]

    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)
    assert waiting(cast.jia.checker) == [proposal]
    assert waiting(cast.jia.maker) == waiting(cast.yi.maker) == waiting(cast.bing.checker) == []
    stage.act("approvals.sign", cast.jia.checker, proposal=proposal)
    assert waiting(cast.yi.maker) == [proposal]
    assert waiting(cast.jia.checker) == []
    assert [p["proposal"] for p in stage.ask("approvals.proposed", cast.jia.approver)] == [proposal]


def test_a_proposal_exists_for_its_parties_and_the_regulator_only(world):
    stage, cast = world
    proposal = propose(stage, cast.jia.maker, "play.countersign", other=cast.yi.org)
    for viewer in (cast.jia.risk, cast.yi.maker, cast.regulator.maker):
        assert stage.ask("approvals.proposal", viewer, proposal=proposal)["proposal"] == proposal
    with pytest.raises(ValueError, match="NOT_FOUND"):
        stage.ask("approvals.proposal", cast.bing.maker, proposal=proposal)
