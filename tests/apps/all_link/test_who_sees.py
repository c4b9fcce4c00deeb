"""Who sees what: a stranger finds nothing, a tier its own hops, the group totals and no parties, a dealer itself."""

import pytest

from heqi.apps import all_link
from heqi.types.rejection import Rejection

from .scene import NO, WHOLE, Scene, pair
from .test_must_be_refused import MONTH, programme_of_the_dealer

# Every view: what it is asked in the scene below, and who is told something. To all others what they ask for never was, or is empty.
VIEWS = {
    "check_payables": ({"items": []}, set()),
    "my_payables": ({}, {"foton", "dealer"}),
    "my_packages": ({}, {"foton"}),
    "package": ({"package": NO}, {"foton", "foton_group", "everbright", "jia", "factor", "boc", "regulator"}),
    "my_notes": ({}, {"jia", "bing", "factor"}),
    "offered_to_me": ({}, {"boc"}),
    "note_sheet": ({"note": f"{NO}:20001"}, {"bing", "boc", "regulator"}),
    "way": ({"package": NO}, {"foton", "foton_group", "everbright", "jia", "yi", "bing", "factor", "boc", "regulator"}),
    "note_chain": ({"note": f"{NO}:20001"}, {"boc", "regulator"}),
    "finance_request": ("request", {"yi", "factor", "regulator"}),
    "my_requests": ({}, {"yi", "factor", "bing", "boc"}),
    "my_refactorings": ({}, {"factor", "icbc"}),
    "my_claims": ({}, set()),
    "my_repayments": ({}, {"foton", "bing"}),
    "paying_account": ({"package": NO}, {"foton", "everbright", "regulator"}),
    "due_today": ({}, set()),
    "payables_activated": ("group", {"foton_group", "regulator"}),
    "circulation": ("group", {"foton_group", "regulator"}),
    "quota_usage": ("group", {"foton_group", "regulator"}),
    "quota_lines": ("group", {"foton_group", "regulator"}),
    "maturity_wall": ("group", set()),
    "group_saving": ("group", {"foton_group", "regulator"}),
    "saving": ({}, {"yi", "factor"}),
    "dealer_map": ("group", {"foton_group", "regulator"}),
    "dealer_months": ("dealer", {"dealer", "foton_group", "regulator"}),
}
MEMBERS = (
    "foton", "foton_group", "everbright", "jia", "yi", "bing", "factor", "boc", "icbc", "zhongbang", "dealer", "registrar", "regulator",
)  # fmt: skip


class Seen:
    """Jia passed 200.00 to Yi and Yi 100.00 on to Bing; Yi sold 100.00 to the factor, which sells on to ICBC; Bing asks BoC for 50.00."""

    def __init__(self):
        self.s = s = Scene()
        note = s.pass_on(s.accepted("1000.00"), "jia", "yi", "200.00")
        s.pass_on(note, "yi", "bing", "100.00")
        self.bings, self.yis = WHOLE, f"{NO}:10001"
        request = s.funded(self.yis, "yi", "100.00")
        s.do(
            "all_link.refactor", f"{pair('factor')} {pair('icbc')}", request=request["request"], bank=s.org("icbc"), rate="3.6",
            value_date=s.today,
        )  # fmt: skip
        self.jias = s.pass_on(f"{NO}:20001", "jia", "bing", "50.00")
        s.asked(self.jias, "bing", "50.00", financier=s.org("boc"))
        s.do(
            "all_link.repay_early", f"{pair('foton')} foton.approver {pair('bing')}", note=self.bings, discount_rate="0", value_date=s.today
        )
        programme_of_the_dealer(s)
        s.do("all_link.record_dealer_month", "foton_group.api", month=MONTH | {"dealer": s.org("dealer")})
        self.args = {
            "request": {"request": request["request"]},
            "group": {"group": s.org("foton_group")},
            "dealer": {"dealer": s.org("dealer")},
        }

    def told(self, view, member):
        """What a member is told, None when it is told that there is no such thing, or nothing."""
        args = VIEWS[view][0]
        try:
            answer = self.s.ask(f"all_link.{view}", f"{member}.maker", **(self.args[args] if isinstance(args, str) else args))
        except Rejection as refusal:
            assert refusal.code == "NOT_FOUND"
            return None
        empty = answer in ([], {}) or (view == "saving" and answer["requests"] == 0)
        return None if empty else answer


@pytest.fixture(scope="module")
def seen():
    return Seen()


def test_the_table_above_knows_every_view():
    assert VIEWS.keys() == all_link.contract.views.keys()


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_answers_those_it_concerns_and_nobody_else(seen, view):
    assert {member for member in MEMBERS if seen.told(view, member) is not None} == VIEWS[view][1]


@pytest.mark.parametrize("view", VIEWS)
def test_the_platform_operator_sees_nothing(seen, view):
    assert seen.told(view, "platform") is None


# --- hops ---------------------------------------------------------------------------------------------------------------
def hops(seen, member, note):
    """(sender, receiver) of the hops a member is shown."""
    names = {party.org: key for key, party in vars(seen.s.cast).items()}
    return [(names[hop["sender"]], names[hop["receiver"]]) for hop in seen.s.ask("vouchers.own_hops", f"{member}.maker", note=note)]


def test_a_tier_sees_its_own_hops_and_no_upstream_amount(seen):
    assert hops(seen, "bing", seen.bings) == [("yi", "bing")]
    assert hops(seen, "yi", seen.bings) == [("yi", "bing"), ("jia", "yi")]
    assert hops(seen, "jia", seen.bings) == [("jia", "yi"), ("foton", "jia")]
    assert hops(seen, "foton", seen.bings) == [("foton", "jia")]
    assert hops(seen, "zhongbang", seen.bings) == hops(seen, "dealer", seen.bings) == []


def test_the_financier_a_holder_has_asked_sees_the_whole_chain_and_another_does_not(seen):
    chain = seen.s.ask("all_link.note_chain", "boc.maker", note=seen.jias)
    names = {party.org: key for key, party in vars(seen.s.cast).items()}
    assert [(names[hop["sender"]], names[hop["receiver"]]) for hop in chain] == [("jia", "bing"), ("foton", "jia")]
    for member in ("factor", "foton", "foton_group", "jia", "bing"):
        with pytest.raises(Rejection, match="NOT_FOUND"):
            seen.s.ask("all_link.note_chain", f"{member}.maker", note=seen.jias)


# --- totals and maturity --------------------------------------------------------------------------------------------------
def test_the_group_sees_totals_in_which_no_supplier_is_named(seen):
    s = seen.s
    holders = [s.org(party) for party in ("jia", "yi", "bing", "factor", "icbc", "boc")]
    for report in ("payables_activated", "circulation", "quota_usage", "quota_lines", "maturity_wall", "group_saving"):
        told = str(s.ask(f"all_link.{report}", "foton_group.maker", group=s.org("foton_group")))
        assert not [org for org in holders if org in told], report


def test_who_is_paid_and_what_the_issuers_account_holds_is_for_the_payers_only(seen):
    from datetime import date

    s = Scene()
    s.pass_on(s.accepted("1000.00", maturity=date(2026, 3, 20)), "jia", "yi", "200.00")
    s.asked(f"{NO}:20001", "jia", "100.00")
    s.day(date(2026, 3, 20))
    s.check_funds("1000.00")
    s.do("all_link.auto_pay", "everbright.api", package=NO)
    for member in ("foton", "everbright", "regulator"):
        sheet = s.sheet(desk=f"{member}.maker")
        assert len(sheet["instructions"]) == 2 and sheet["funding"]["available"]["minor"] == 100_000
    for member, own in (("jia", 1), ("foton_group", 0), ("factor", 0)):
        sheet = s.sheet(desk=f"{member}.maker")
        assert [given["holder"] for given in sheet["instructions"]] == [s.org(member)] * own
        assert sheet["funding"] is None and sheet["claim"] is None


def test_a_dealer_sees_its_own_profile_only(seen):
    s = seen.s
    assert [month["band"] for month in s.ask("all_link.dealer_months", "dealer.maker", dealer=s.org("dealer"))] == ["A"]
    with pytest.raises(Rejection, match="NOT_FOUND"):
        s.ask("all_link.dealer_map", "dealer.maker", group=s.org("foton_group"))


def test_what_an_event_tells_it_tells_to_its_parties_only(seen):
    """An event is seen by the organisations its fields name: none names a party that is not concerned."""
    s = seen.s
    for told in s.events("FinanceRequested") + s.events("FinanceFunded"):
        assert s.org("foton") not in told and s.org("jia") not in told
