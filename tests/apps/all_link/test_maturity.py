"""Maturity: who is instructed, what a bank's word brings, what a shortfall asks for, and what a frozen note does not stop."""

from datetime import date, timedelta

import pytest

from .scene import COVER, NO, m, pair

DUE = date(2026, 3, 20)  # A Friday.


@pytest.fixture
def due(s):
    """2,400.00 of which Jia holds 1,600.00 and Yi 800.00, on its due day."""
    s.pass_on(s.accepted("2400.00", maturity=DUE), "jia", "yi", "800.00")
    s.day(DUE)
    return s


def pay(s):
    return s.do("all_link.auto_pay", "everbright.api", package=NO)


def settle(s):
    return s.do("all_link.settle", "everbright.api", package=NO)


def free(s):
    return s.ask("all_link.quota_lines", "foton_group.maker", group=s.org("foton_group"))[s.org("foton")]["minor"]


def test_every_holder_is_instructed_once_and_the_package_is_settled_when_all_are_paid(due):
    assert sorted(given["amount"]["minor"] for given in pay(due)) == [80_000, 160_000]
    assert pay(due) == []
    assert settle(due) == "DUE"
    due.bank_says(due.instructed()["yi"]["orders"][0], "ACSC")
    assert settle(due) == "DUE"
    assert free(due) == 500_000_000 - 160_000  # Limits are freed by the part that is paid.
    due.bank_says(due.instructed()["jia"]["orders"][0], "ACSC")
    assert settle(due) == "SETTLED"
    assert free(due) == 500_000_000
    due.refuse("STATE_INVALID", "all_link.auto_pay", "everbright.api", package=NO)
    due.refuse("STATE_INVALID", "all_link.settle", "everbright.api", package=NO)


def test_nothing_is_paid_before_the_due_day_or_circulates_from_it(s):
    s.accepted("100.00", maturity=date(2026, 3, 21))  # A Saturday: due on Monday the 23rd.
    s.day(date(2026, 3, 21))
    s.refuse("DATE_INVALID", "all_link.auto_pay", "everbright.api", package=NO)
    s.refuse("DATE_INVALID", "all_link.transfer", pair("jia"), note=f"{NO}:1", amount=m(1), to=s.org("yi"), basis=s.invoice("jia", "yi", 1))
    s.day(date(2026, 3, 23))
    pay(s)
    s.refuse(
        "STATE_INVALID", "all_link.transfer", pair("jia"), note=f"{NO}:1", amount=m(1), to=s.org("yi"), basis=s.invoice("jia", "yi", 1)
    )


def test_no_standing_authorisation_no_instruction(due):
    due.do("payments.revoke_mandate", pair("foton"), scope="all_link")
    due.refuse("CONSENT_MISSING", "all_link.auto_pay", "everbright.api", package=NO)
    until = {"scope": "all_link", "valid_to": "2027-01-01"}
    due.do("payments.authorise_debits", "foton.maker foton.checker foton.approver", bank=due.org("boc"), **until)
    due.refuse("CONSENT_MISSING", "all_link.auto_pay", "everbright.api", package=NO)  # For another bank's account.
    due.do("payments.authorise_debits", "foton.maker foton.checker foton.approver", bank=due.org("everbright"), **until)
    assert len(pay(due)) == 2


# --- funds ----------------------------------------------------------------------------------------------------------------
def test_the_shortfall_is_what_the_paying_bank_has_signed(due):
    assert due.check_funds("2300.00")["shortfall"]["minor"] == 10_000
    assert due.check_funds("9999.00")["shortfall"]["minor"] == 0


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("ROLE_FORBIDDEN", {"bank": "boc", "document": "BALANCE:104999000012:303990000000101"}),
        ("DOC_MISMATCH", {"acct_no": "303990000000100"}),
        ("DATE_INVALID", {"day": DUE - timedelta(days=1)}),
        ("DATE_INVALID", {"day": DUE + timedelta(days=1)}),
        ("DOC_MISMATCH", {"ccy": "USD"}),
        ("SCHEMA_INVALID", {"minor": "10"}),
        ("SCHEMA_INVALID", {"minor": -1}),
    ],
)  # fmt: skip
def test_what_is_no_word_about_the_paying_account(due, code, changes):
    due.refuse(code, "all_link.check_funds", "everbright.api", package=NO, **due.balance("1.00", **changes))


def test_another_kind_of_answer_or_a_forged_one_says_nothing_about_funds(due):
    source = due.banks["everbright"]
    answer = source.answer("PAYMENT", "PAYMENT:303999000014:1", acct_no="303990000000101", ccy="CNY", minor=1)
    due.refuse("ROLE_FORBIDDEN", "all_link.check_funds", "everbright.api", package=NO, answer=answer, signature=source.sign(answer))
    forged = due.balance("1.00") | {"signature": due.balance("2.00")["signature"]}
    due.refuse("SIGNATURE_INVALID", "all_link.check_funds", "everbright.api", package=NO, **forged)


# --- shortfall ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def overdue(due):
    """Jia was paid; Yi's 800.00 was refused for want of funds: 100.00 is missing."""
    pay(due)
    given = due.instructed()
    due.bank_says(given["jia"]["orders"][0], "ACSC")
    due.bank_says(given["yi"]["orders"][0], "RJCT", "AM04")
    assert settle(due) == "OVERDUE"
    due.check_funds("700.00")
    return due


@pytest.mark.parametrize(("code", "yuan"), [("AMOUNT_EXCEEDS_BALANCE", "100.01"), ("DOC_MISMATCH", "99.99"), ("MONEY_INVALID", "0.00")])
def test_the_confirming_bank_covers_exactly_what_is_missing(overdue, code, yuan):
    overdue.refuse(code, "all_link.cover_shortfall", COVER, package=NO, amount=m(yuan))


def test_a_covered_shortfall_settles_the_package_and_stands_as_a_claim(overdue):
    claim = overdue.do("all_link.cover_shortfall", COVER, package=NO, amount=m("100.00"))
    overdue.refuse("STATE_INVALID", "all_link.cover_shortfall", COVER, package=NO, amount=m("100.00"))  # It is on its way already.
    overdue.bank_says(claim["order"], "ACSC")
    (again,) = pay(overdue)
    assert (again["amount"]["minor"], len(again["orders"])) == (80_000, 2)
    overdue.bank_says(again["orders"][-1], "ACSC")
    assert settle(overdue) == "SETTLED"
    assert overdue.ask("all_link.my_claims", "everbright.maker") == overdue.ask("all_link.my_claims", "foton.maker") == [claim]
    fee = overdue.sheet()["terms"]["confirm_fee"]["minor"]
    assert overdue.claim("everbright") == 10_000 + fee


def test_an_advance_that_was_refused_is_ordered_anew_and_claimed_once(overdue):
    first = overdue.do("all_link.cover_shortfall", COVER, package=NO, amount=m("100.00"))
    overdue.bank_says(first["order"], "RJCT", "AM04")
    overdue.check_funds("650.00")
    overdue.refuse("DOC_MISMATCH", "all_link.cover_shortfall", COVER, package=NO, amount=m("150.00"))
    overdue.check_funds("700.00")
    second = overdue.do("all_link.cover_shortfall", COVER, package=NO, amount=m("100.00"))
    assert second["order"] != first["order"]
    assert overdue.claim("everbright") == 10_000 + overdue.sheet()["terms"]["confirm_fee"]["minor"]


def test_nobody_covers_what_is_not_confirmed(s):
    s.accepted("100.00", maturity=DUE, confirm_fee_pct=None)
    s.day(DUE)
    pay(s)
    s.refuse("SIGNATURE_INVALID", "all_link.cover_shortfall", COVER, package=NO, amount=m(1))


def test_an_issuer_that_has_paid_in_itself_is_instructed_anew_without_cover(overdue):
    (again,) = pay(overdue)
    overdue.bank_says(again["orders"][-1], "ACSC")
    assert settle(overdue) == "SETTLED"


# --- frozen, returned, many -------------------------------------------------------------------------------------------------
def freeze(s, note):
    s.do("vouchers.freeze", pair("regulator"), note=note, case_no="2026-007")


def thaw(s, note):
    s.do("vouchers.unfreeze", pair("regulator"), note=note, case_no="2026-007")


def test_a_frozen_note_is_not_paid_and_stops_nobody_elses_payment(due):
    freeze(due, f"{NO}:1")
    (jia,) = pay(due)
    due.bank_says(jia["orders"][0], "ACSC")
    assert settle(due) == "DUE"
    assert pay(due) == []
    thaw(due, f"{NO}:1")
    (yi,) = pay(due)
    assert (yi["holder"], yi["amount"]["minor"]) == (due.org("yi"), 80_000)
    due.bank_says(yi["orders"][0], "ACSC")
    assert settle(due) == "SETTLED"


@pytest.mark.parametrize("status", ["ACSC", "RJCT"])
def test_a_note_frozen_after_it_was_instructed_waits_for_the_thaw(due, status):
    pay(due)
    freeze(due, f"{NO}:1")
    given = due.instructed()
    due.bank_says(given["yi"]["orders"][0], status)
    due.bank_says(given["jia"]["orders"][0], "ACSC")
    assert settle(due) == "DUE"
    assert pay(due) == []
    thaw(due, f"{NO}:1")
    assert settle(due) == ("SETTLED" if status == "ACSC" else "OVERDUE")


def test_what_came_back_to_its_issuer_is_owed_to_nobody(s):
    s.pass_on(s.accepted("100.00", maturity=DUE), "jia", "foton", "100.00")
    s.day(DUE)
    assert pay(s) == []
    assert settle(s) == "SETTLED"
    assert free(s) == 500_000_000


def test_a_package_of_many_notes_is_instructed_in_several_acts(s, monkeypatch):
    """A page of notes is 400 and an act takes a bounded number of holders: the rest comes with the next act, as another part."""
    monkeypatch.setattr("heqi.apps.all_link.maturity.HOLDERS_MAX", 1)
    note = s.accepted("10.00", maturity=DUE)
    for start in range(0, 500, 100):
        s.do("all_link.split", pair("jia"), note=note, cuts=[start + step for step in range(1, 101)])
        note = f"{NO}:{start + 101}"
    s.day(DUE)
    first = pay(s)
    second = pay(s)
    assert [(given["part"], given["amount"]["minor"]) for given in first + second] == [(0, 400), (1, 600)]
    assert pay(s) == []
