"""The reports of S03.9, on a scene small enough to add up by hand.

Plant P1: 1,000.00 to Jia (due 2026-08-07), confirmed.   Plant P2: 600.00 to Jia (due 2026-04-09).   P2: 50.00, not accepted.
Jia passes 400.00 of the first to Yi; Yi passes 100.00 on to Bing and sells 200.00 to the factor.
"""

from datetime import date

import pytest

from .scene import NO, Scene, m


@pytest.fixture(scope="module")
def s():
    s = Scene()
    s.owe("AP-BIG", "5000.00")
    yis = s.pass_on(s.accepted("1000.00"), "jia", "yi", "400.00")
    s.pass_on(yis, "yi", "bing", "100.00")
    s.funded(f"{NO}:10001", "yi", "200.00")
    s.accepted("600.00", "FJT-2", plant="P2", maturity=date(2026, 4, 9), items=["AP-BIG"])
    s.offered("50.00", "FJT-3", plant="P2", items=["AP-BIG"])
    return s


def report(s, view):
    return s.ask(f"all_link.{view}", "foton_group.maker", group=s.org("foton_group"))


def test_payables_activated_against_all_of_them(s):
    # 5,000.00 and 1,000.00 imported; 1,000 + 600 + 50 in vouchers.
    assert report(s, "payables_activated") == {"items": 2, "imported": m("6000.00"), "vouchered": m("1650.00"), "suppliers": 1}


def test_depth_of_circulation_and_what_is_held_financed_and_passed_on(s):
    # Notes: Bing 100 (2 hops), the factor 200 (2), Yi 100 (1), Jia 600 (0) and 600 (0).
    told = report(s, "circulation")
    assert [(each["hops"], each["notes"]) for each in told.pop("depth")] == [(0, 2), (1, 1), (2, 2)]
    assert told == {"count": 5, "held": m("1200.00"), "financed": m("200.00"), "passed_on": m("200.00"), "suppliers": 3}


def test_quota_usage_by_plant_counts_what_awaits_acceptance(s):
    foton = {"issuer": s.org("foton")}
    assert report(s, "quota_usage") == [
        foton | {"plant": "P1", "packages": 1, "face": m("1000.00")}, foton | {"plant": "P2", "packages": 2, "face": m("650.00")}
    ]  # fmt: skip
    assert report(s, "quota_lines") == {s.org("foton"): m("4998350.00")}


def test_the_wall_shows_what_falls_due_within_thirty_days(s):
    assert report(s, "maturity_wall") == [{"due": "2026-04-09", "packages": 1, "face": m("600.00")}]


def test_the_saving_is_the_groups_the_factors_and_the_suppliers(s):
    # 200.00 · (7 − 4.8 − 0.3) % · 150/360 = 1.5833…
    saved = {"requests": 1, "amount": m("200.00"), "saving_fen": 158}
    assert report(s, "group_saving") == saved
    assert s.ask("all_link.saving", "yi.maker") == s.ask("all_link.saving", "factor.maker") == saved


def test_after_the_due_day_the_wall_and_the_plants_show_only_what_is_unpaid():
    s = Scene()
    due = date(2026, 3, 20)
    s.pass_on(s.accepted("100.00", maturity=due), "jia", "yi", "40.00")
    s.day(due)
    assert report(s, "maturity_wall") == [{"due": str(due), "packages": 1, "face": m("100.00")}]
    assert s.ask("all_link.due_today", "everbright.api") == [NO]
    s.do("all_link.auto_pay", "everbright.api", package=NO)
    s.bank_says(s.instructed()["yi"]["orders"][0], "ACSC")
    s.do("all_link.settle", "everbright.api", package=NO)
    assert report(s, "maturity_wall") == [{"due": str(due), "packages": 1, "face": m("60.00")}]
    assert [(plant["packages"], plant["face"]) for plant in report(s, "quota_usage")] == [(1, m("60.00"))]
    s.bank_says(s.instructed()["jia"]["orders"][0], "ACSC")
    s.do("all_link.settle", "everbright.api", package=NO)
    assert report(s, "maturity_wall") == report(s, "quota_usage") == s.ask("all_link.due_today", "everbright.api") == []


def test_what_the_issuer_got_back_falls_due_for_nobody():
    s = Scene()
    due = date(2026, 3, 20)
    s.pass_on(s.accepted("100.00", maturity=due), "jia", "foton", "30.00")
    assert report(s, "maturity_wall") == [{"due": str(due), "packages": 1, "face": m("70.00")}]


# --- what would become of an import -------------------------------------------------------------------------------------
def test_a_trial_import_says_of_each_item_what_would_become_of_it():
    s = Scene()
    s.owe("OLD", 5)
    stranger, dollars = {"vendor": "91990000MA0001843A"}, {"amount": {"ccy": "USD", "minor": 5}}
    items = [
        s.item("OLD", 5), s.item("OLD", 6), s.item("old", 5), s.item("NEW", 5), s.item("NEW", 5), s.item("NEW", 6),
        s.item("UNMATCHED", 5, gr_ir_matched=False), s.item("SELF", 5, "foton"), s.item("STRANGER", 5) | stranger,
        s.item("USD", 5) | dollars,
        s.item("--", 5),
    ]  # fmt: skip
    codes = [verdict["code"] for verdict in s.ask("all_link.check_payables", "foton.api", items=items)]
    assert codes == [
        "KNOWN", "DUP_USE", "DUP_USE", "OK", "KNOWN", "DUP_USE", "DOC_NOT_VERIFIED", "SCHEMA_INVALID", "ROLE_FORBIDDEN", "MONEY_INVALID",
        "SCHEMA_INVALID",
    ]  # fmt: skip
    # It says what the import then does, item by item.
    for item, code in zip(items[:3] + items[6:], codes[:3] + codes[6:], strict=True):
        s.refuse("DUP_USE" if code == "KNOWN" else code, "all_link.import_ap", "foton.api", items=[item])


def test_the_pages_of_payables_go_on_where_the_last_one_ended():
    s = Scene()
    s.do("all_link.import_ap", "foton.api", items=[s.item(f"A{i}", 1) for i in range(5)])
    first = [each["ap_no"] for each in s.ask("all_link.my_payables", "foton.maker", limit=3)]
    rest = [each["ap_no"] for each in s.ask("all_link.my_payables", "foton.maker", limit=3, after=first[-1])]
    assert first + rest == [f"A{i}" for i in range(5)]
