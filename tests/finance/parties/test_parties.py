"""A member's particulars, accounts under its own name, its identity check, and the regulator's watch list."""

from datetime import date, timedelta
from typing import Any

import pytest

from heqi.node.rehearsal import rehearse

from ..verifications.sources import Outside, resolve
from .play import contract

BOC, EVERBRIGHT = "104999000012", "303999000014"
TODAY = date(2026, 3, 10)


class Scene:
    """Two banks with their numbers; acts of 供应商甲 with maker and checker."""

    def __init__(self) -> None:
        self.stage, self.cast = rehearse([contract])
        for party, cnaps in (("boc", BOC), ("everbright", EVERBRIGHT)):
            self.act("keep_profile", party, cnaps=cnaps)

    def act(self, action: str, party: str = "jia", **args: Any) -> Any:
        desks = getattr(self.cast, party)
        return self.stage.act(f"parties.{action}", desks.maker, desks.checker, **args)

    def refuse(self, code: str, action: str, party: str = "jia", **args: Any) -> Any:
        desks = getattr(self.cast, party)
        return self.stage.refuse(code, f"parties.{action}", desks.maker, desks.checker, **args)

    def add(self, account_no: str, kind: str = "GENERAL", party: str = "jia", **changed: Any) -> str:
        return self.act("add_account", party, **self.new(account_no, kind, **changed))["account_id"]

    def new(self, account_no: str, kind: str = "GENERAL", **changed: Any) -> dict[str, Any]:
        return {"bank_cnaps": BOC, "account_no": account_no, "account_name": "供应商甲", "kind": kind} | changed

    def paid_at(self) -> str:
        return self.stage.act("asking.where", self.cast.boc.maker, org=self.cast.jia.org)["account_no"]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_bank_number_leads_to_its_bank(scene):
    assert scene.stage.act("asking.bank", scene.cast.jia.maker, cnaps=BOC) == scene.cast.boc.org
    scene.stage.refuse("NOT_FOUND", "asking.bank", scene.cast.jia.maker, cnaps="305999000016")


def test_a_bank_that_changes_its_number_gives_the_old_one_up(scene):
    scene.act("keep_profile", "boc", cnaps="305999000016")
    scene.act("keep_profile", "everbright", cnaps=BOC)
    assert scene.stage.act("asking.bank", scene.cast.jia.maker, cnaps=BOC) == scene.cast.everbright.org


@pytest.mark.parametrize(
    ("code", "party", "changed"),
    [
        ("ID_CHECK_FAILED", "zhongbang", {"cnaps": "104999000013"}),
        ("ID_CHECK_FAILED", "jia", {"lei": "DEMO00CN000000000133"}),
        ("SCHEMA_INVALID", "jia", {"industry": "Z99"}),
        ("SCHEMA_INVALID", "jia", {"size": "XL"}),
        ("ROLE_FORBIDDEN", "jia", {"cnaps": "305999000016"}),
        ("ALREADY_EXISTS", "zhongbang", {"cnaps": BOC}),
    ],
)
def test_particulars_out_of_form_or_anothers_are_not_kept(scene, code, party, changed):
    scene.refuse(code, "keep_profile", party, **changed)


def test_a_member_keeps_its_own_particulars_and_all_members_may_read_them(scene):
    kept = scene.act("keep_profile", lei="DEMO00CN000000000132", industry="C3610", size="S", tax_grade="A", safe_class="A")
    assert (kept["kyc"], kept["size"]) == ("UNVERIFIED", "S")
    assert scene.stage.ask("parties.find_profile", scene.cast.yi.maker, org=scene.cast.jia.org) == kept
    assert scene.act("keep_profile")["lei"] is None


def test_one_person_alone_changes_nothing_about_a_member(scene):
    jia = scene.cast.jia
    scene.stage.refuse("ROLE_FORBIDDEN", "parties.add_account", jia.maker, **scene.new("1"))
    scene.stage.refuse("ROLE_FORBIDDEN", "parties.keep_profile", jia.maker)
    scene.stage.refuse("SIGNATURE_INVALID", "parties.keep_profile", jia.maker, jia.checker, jia.approver)


def test_a_member_is_paid_to_its_basic_account_else_to_its_first_general_one(scene):
    scene.stage.refuse("NOT_FOUND", "asking.where", scene.cast.boc.maker, org=scene.cast.jia.org)
    scene.add("6-0001", "WAGE")
    scene.stage.refuse("NOT_FOUND", "asking.where", scene.cast.boc.maker, org=scene.cast.jia.org)
    scene.add("6-0002")
    scene.stage.tick_to(scene.cast.platform.operator, TODAY + timedelta(days=1))
    scene.add("6-0003")
    assert scene.paid_at() == "6-0002"
    basic = scene.add("6-0004", "BASIC", bank_cnaps=EVERBRIGHT)
    assert scene.paid_at() == "6-0004"
    scene.act("close_account", account_id=basic)
    assert scene.paid_at() == "6-0002"


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("ID_CHECK_FAILED", {"account_no": "62 17"}),
        ("ID_CHECK_FAILED", {"bank_cnaps": "104999000013"}),
        ("ACCOUNT_NAME_MISMATCH", {"account_name": "供应商乙"}),
        ("ACCOUNT_NAME_MISMATCH", {"account_name": "供应商甲 "}),
        ("NOT_FOUND", {"bank_cnaps": "305999000016"}),
        ("ALREADY_EXISTS", {"account_no": "6-0001"}),
        ("ALREADY_EXISTS", {"kind": "BASIC"}),
    ],
)
def test_an_account_that_is_not_this_members_own_and_new_is_not_added(scene, code, changed):
    scene.add("6-0001", "BASIC")
    scene.refuse(code, "add_account", **(scene.new("6-0002") | changed))


def test_a_closed_accounts_number_and_its_basic_rank_are_free_again(scene):
    first = scene.add("6-0001", "BASIC")
    scene.act("close_account", account_id=first)
    scene.refuse("STATE_INVALID", "close_account", account_id=first)
    scene.add("6-0001", "BASIC")
    assert scene.paid_at() == "6-0001"


def test_nobody_closes_anothers_account(scene):
    scene.refuse("NOT_FOUND", "close_account", "yi", account_id=scene.add("6-0001"))


def test_an_account_is_seen_by_its_owner_its_bank_and_the_regulator_and_its_number_by_no_event(scene):
    receipt = scene.stage.send("parties.add_account", scene.cast.jia.maker, scene.cast.jia.checker, **scene.new("6-0001"))
    assert all(b"6-0001" not in bytes(event.data) for event in receipt.events)
    ask, cast = scene.stage.ask, scene.cast
    for viewer in (cast.jia.maker, cast.regulator.maker):
        assert [row["account_no"] for row in ask("parties.list_accounts", viewer, org=cast.jia.org)] == ["6-0001"]
    assert [row["account_no"] for row in ask("parties.list_kept_accounts", cast.boc.maker)] == ["6-0001"]
    assert ask("parties.list_kept_accounts", cast.everbright.maker) == []
    with pytest.raises(ValueError, match="NOT_FOUND"):
        ask("parties.list_accounts", cast.yi.maker, org=cast.jia.org)


# --- identity ----------------------------------------------------------------------------------------------------------
def company(scene: Scene, result: str = "PASS", **changed: Any) -> None:
    source = Outside(scene.stage, scene.cast, "sim-registry", scene.cast.registrar.org, ["COMPANY"])
    org = scene.cast.jia.org
    source.says("COMPANY", f"COMPANY:{org}", result, **({"uscc": org, "name": "供应商甲", "status": "ACTIVE"} | changed))


def test_a_member_is_verified_by_the_registrys_answer_and_lapses_with_it(scene):
    company(scene)
    verified = scene.act("verify_identity")
    assert (verified["kyc"], verified["verified_until"]) == ("VERIFIED", "2026-04-09")
    assert scene.act("keep_profile", size="S")["kyc"] == "VERIFIED"
    operator = scene.cast.platform.operator
    scene.stage.tick_to(operator, date(2026, 4, 9))
    ask = scene.stage.ask
    assert ask("parties.find_profile", scene.cast.yi.maker, org=scene.cast.jia.org)["kyc"] == "VERIFIED"
    scene.stage.tick_to(operator, date(2026, 4, 10))
    assert ask("parties.find_profile", scene.cast.yi.maker, org=scene.cast.jia.org)["kyc"] == "LAPSED"
    scene.refuse("DOC_NOT_VERIFIED", "verify_identity")


@pytest.mark.parametrize(
    ("code", "result", "changed"),
    [
        ("DOC_MISMATCH", "PASS", {"name": "供应商甲有限公司"}),
        ("DOC_MISMATCH", "PASS", {"uscc": "91990000MA0002125X"}),
        ("DOC_VOID", "FAIL", {"status": "CANCELLED"}),
        ("DOC_NOT_VERIFIED", "FAIL", {"status": "MOVED"}),
        ("DOC_NOT_VERIFIED", "UNKNOWN", {}),
    ],
)
def test_a_member_the_registry_does_not_confirm_is_not_verified(scene, code, result, changed):
    company(scene, result, **changed)
    scene.refuse(code, "verify_identity")


# --- the watch list ----------------------------------------------------------------------------------------------------
def test_the_regulator_bars_an_organisation_from_new_business_and_lets_it_back(scene):
    jia = scene.cast.jia.org
    listed = {"org": jia, "case_no": "2026-001", "reason": "虚假贸易背景"}
    scene.refuse("ROLE_FORBIDDEN", "list_watch", "boc", **listed)
    scene.act("list_watch", "regulator", **listed)
    scene.refuse("ALREADY_EXISTS", "list_watch", "regulator", **listed)
    scene.stage.refuse("ELIGIBILITY_FAILED", "asking.clear", scene.cast.boc.maker, org=jia)
    scene.refuse("NOT_FOUND", "unlist_watch", "regulator", org=jia, case_no="2026-002")
    scene.refuse("ROLE_FORBIDDEN", "unlist_watch", "jia", org=jia, case_no="2026-001")
    scene.act("unlist_watch", "regulator", org=jia, case_no="2026-001")
    scene.stage.act("asking.clear", scene.cast.boc.maker, org=jia)


def test_a_member_sees_itself_on_the_watch_list_and_the_regulator_sees_all(scene):
    for party in ("jia", "yi"):
        org = getattr(scene.cast, party).org
        scene.act("list_watch", "regulator", org=org, case_no="2026-001", reason="虚假贸易背景")
    sizes = [len(scene.stage.ask("parties.list_watched", getattr(scene.cast, who).maker)) for who in ("jia", "bing", "regulator")]
    assert sizes == [1, 0, 2]


def test_who_is_no_active_member_is_no_party(scene):
    scene.stage.refuse("ROLE_FORBIDDEN", "asking.clear", scene.cast.boc.maker, org="91990000MA0002336D")
    resolve(scene.stage, scene.cast, "members.suspend", org=scene.cast.bing.org, reason="test")
    scene.stage.refuse("ROLE_FORBIDDEN", "asking.clear", scene.cast.boc.maker, org=scene.cast.bing.org)
