"""A package and its notes through their lives: what comes back when they end early, what lapses, who is reminded."""

from datetime import date

import pytest

from .scene import BOTH, NO, m, pair


def free(s):
    """What Foton may still issue, what Everbright may still confirm, what is left of the open item, in fen."""
    quota = s.ask("all_link.quota_lines", "foton_group.maker", group=s.org("foton_group"))[s.org("foton")]["minor"]
    lines = {line["limit"]["title"]: line["available"]["minor"] for line in s.ask("limits.lines", "everbright.maker")}
    payable = s.ask("all_link.my_payables", "foton.maker")[0]
    return quota, lines["CONFIRM-FOTON"], payable["item"]["amount"]["minor"] - payable["vouchered"]["minor"]


ALL = (500_000_000, 1_000_000_000, 100_000)


def reject(s):
    s.do("all_link.reject", pair("jia"), package=NO)


def withdraw(s):
    s.do("all_link.withdraw", pair("foton"), package=NO)


def let_it_expire(s):
    s.day(date(2026, 3, 21))


@pytest.mark.parametrize(("end", "stage"), [(reject, "REJECTED"), (withdraw, "WITHDRAWN"), (let_it_expire, "EXPIRED")])
def test_a_voucher_that_never_takes_effect_gives_back_quota_limit_and_payable(s, end, stage):
    s.offered("600.00", items=[s.owe("AP", "1000.00")])
    assert free(s) == (500_000_000 - 60_000, 1_000_000_000 - 60_000, 40_000)
    end(s)
    assert s.sheet()["package"]["stage"] == stage
    assert free(s) == ALL
    s.refuse("STATE_INVALID", "all_link.accept", pair("jia"), package=NO)
    s.accepted("1000.00", "FJT-2", items=["AP"])


def test_withdrawn_before_the_bank_confirmed_it_gives_back_what_it_took(s):
    s.do("all_link.issue_fjt", BOTH, **s.request("600.00", items=[s.owe("AP", "1000.00")]))
    withdraw(s)
    assert free(s) == ALL


def test_each_package_gives_back_its_own_part_of_a_shared_item(s):
    """Two packages stand on one item: the first to end takes nothing from the other."""
    s.owe("A", "50.00")
    s.owe("B", "100.00")
    s.offered("70.00", "FJT-1", items=["A", "B"])  # 50 of A, 20 of B
    s.offered("30.00", "FJT-2", items=["B"])  # 30 more of B
    s.do("all_link.reject", pair("jia"), package="FJT-1")
    left = {
        each["ap_no"]: each["item"]["amount"]["minor"] - each["vouchered"]["minor"] for each in s.ask("all_link.my_payables", "foton.maker")
    }
    assert left == {"A": 5000, "B": 7000}
    s.offered("120.00", "FJT-3", items=["A", "B"])
    told = s.refuse("DUP_USE", "all_link.issue_fjt", BOTH, **s.request("0.01", "FJT-4", items=["A", "B"]))
    assert told["details"]["available"] == "0.00 CNY"


def test_an_offer_nobody_signs_for_goes_back_after_five_days(s):
    offered = s.offer(s.accepted("100.00"), "jia", "yi", "40.00")
    s.day(date(2026, 3, 15))
    assert s.ask("vouchers.show_note", "jia.maker", note=offered)["stage"] == "IN_TRANSFER"
    s.day(date(2026, 3, 16))
    assert s.ask("vouchers.show_note", "jia.maker", note=offered)["stage"] == "HELD"
    s.refuse("STATE_INVALID", "all_link.sign_in", pair("yi"), note=offered)


@pytest.mark.parametrize(("act", "desks"), [("decline", "yi.maker yi.checker"), ("recall", "jia.maker jia.checker")])
def test_a_declined_or_recalled_note_is_its_holders_and_its_invoice_is_free(s, act, desks):
    note = s.accepted("100.00")
    basis = s.invoice("jia", "yi", 40)
    give = {"note": note, "amount": m(40), "to": s.org("yi"), "basis": basis}
    s.do("all_link.transfer", pair("jia"), **give)
    assert s.do(f"all_link.{act}", desks, note=note)["holder"] == s.org("jia")
    s.do("all_link.transfer", pair("jia"), **give)
    s.do("all_link.sign_in", pair("yi"), note=note)
    s.refuse("DUP_USE", "all_link.transfer", pair("jia"), **(give | {"note": f"{NO}:4001"}))


def test_a_split_note_keeps_every_fen(s):
    note = s.accepted("100.00")
    parts = s.do("all_link.split", pair("jia"), note=note, cuts=[1, 5000])
    assert [(part["lo"], part["hi"]) for part in parts] == [(1, 1), (2, 5000), (5001, 10_000)]
    assert {part["holder"] for part in parts} == {s.org("jia")}


def test_issuer_and_group_are_reminded_once_five_days_before_maturity(s):
    s.accepted("100.00", maturity="2026-03-20")
    s.offered("50.00", "FJT-2", maturity="2026-03-20")  # Nobody accepted it: nothing to remind of.
    s.day(date(2026, 3, 14))
    assert s.events("MaturityNear") == []
    s.day(date(2026, 3, 15))
    s.day(date(2026, 3, 17))
    (told,) = s.events("MaturityNear")
    assert f'"package":"{NO}"' in told and s.org("foton_group") in told and s.org("foton") in told
