"""Double entry: what is debited is credited, what goes against an owner bears its signature, and reservations keep their word."""

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heqi.node.rehearsal import rehearse
from heqi.types.money import Money, cny

from .play import contract


def debit(account, amount):
    return {"account": account, "side": "DEBIT", "amount": amount}


def credit(account, amount):
    return {"account": account, "side": "CREDIT", "amount": amount}


@pytest.fixture
def world():
    """The bank's claim on Foton and Foton's debt to the bank; the bank's fee income; both see the claim."""
    stage, cast = rehearse([contract])
    boc, foton = cast.boc, cast.foton

    def opened(owner, name, kind, **more):
        return stage.act("play.open_account", owner.maker, owner=owner.org, name=name, kind=kind, **more)["account"]

    return SimpleNamespace(
        stage=stage, cast=cast, boc=boc.maker, foton=foton.maker,
        claim=opened(boc, "claims/foton", "ASSET", counterparty=foton.org), income=opened(boc, "fees", "INCOME"),
        dollars=opened(boc, "dollars", "ASSET", ccy="USD"), debt=opened(foton, "debts/boc", "LIABILITY"),
        cost=opened(foton, "fees", "EXPENSE"), cash=opened(foton, "wallet", "ASSET"), till=opened(boc, "wallet", "ASSET"),
        owed=opened(boc, "wallets_issued", "LIABILITY"),
    )  # fmt: skip


def stands(world, account):
    return tuple(world.stage.ask("play.standing", world.boc, account=account))


def fund(world, amount=cny(1000)):
    """The bank issues wallet money to Foton: it owes more, Foton has more; only the bank signs."""
    world.stage.act("play.post", world.boc, lines=[credit(world.owed, amount), debit(world.cash, amount)], ref="issue")


# --- accounts --------------------------------------------------------------------------------------------------------------------
def test_an_account_is_opened_by_its_owner_and_once(world):
    stage, owner = world.stage, world.cast.foton.org
    stage.refuse("NOT_OWNER", "play.open_account", world.boc, owner=owner, name="new", kind="ASSET")
    stage.refuse("SCHEMA_INVALID", "play.open_account", world.foton, owner=owner, name="New account", kind="ASSET")
    stage.refuse("MONEY_INVALID", "play.open_account", world.foton, owner=owner, name="new", kind="ASSET", ccy="XXX")
    stage.refuse("ALREADY_EXISTS", "play.open_account", world.foton, owner=owner, name="wallet", kind="LIABILITY")
    stage.refuse("ALREADY_EXISTS", "play.open_account", world.foton, owner=owner, name="wallet", kind="ASSET", ccy="USD")
    stage.refuse("ALREADY_EXISTS", "play.open_account", world.boc, owner=owner, name="wallet", kind="ASSET", counterparty=owner)
    # The same account asked for again is the same account, whoever asks.
    assert stage.act("play.open_account", world.boc, owner=owner, name="wallet", kind="ASSET")["account"] == world.cash


# --- posting ---------------------------------------------------------------------------------------------------------------------
def test_a_claim_stands_on_both_books(world):
    lines = [debit(world.claim, cny(100_000)), credit(world.debt, cny(100_000))]
    world.stage.refuse("NOT_OWNER", "play.post", world.boc, lines=lines, ref="cover")
    world.stage.act("play.post", world.foton, lines=lines, ref="cover")
    assert stands(world, world.claim) == stands(world, world.debt) == (10_000_000, 10_000_000)
    # The creditor acknowledges what is repaid; the debtor cannot write its debt off.
    back = [debit(world.debt, cny(40_000)), credit(world.claim, cny(40_000))]
    world.stage.refuse("NOT_OWNER", "play.post", world.foton, lines=back, ref="repaid")
    world.stage.act("play.post", world.boc, lines=back, ref="repaid")
    assert stands(world, world.claim) == stands(world, world.debt) == (6_000_000, 6_000_000)
    more = [debit(world.debt, cny("60000.01")), credit(world.claim, cny("60000.01"))]
    receipt = world.stage.refuse("AMOUNT_EXCEEDS_BALANCE", "play.post", world.boc, lines=more, ref="too much")
    assert receipt.error is not None
    assert receipt.error["details"]["available"] == "60,000.00 CNY"


def test_a_transfer_needs_who_gives_and_not_who_receives(world):
    fund(world)
    lines = [credit(world.cash, cny(300)), debit(world.till, cny(300))]
    world.stage.refuse("NOT_OWNER", "play.post", world.boc, lines=lines, ref="pay")
    world.stage.act("play.post", world.foton, lines=lines, ref="pay")
    assert (stands(world, world.cash)[0], stands(world, world.till)[0]) == (70_000, 30_000)


def test_both_sign_what_goes_against_both(world):
    lines = [debit(world.cost, cny(5000)), debit(world.income, cny(1)), credit(world.debt, cny("5001.00"))]
    world.stage.refuse("NOT_OWNER", "play.post", world.foton, lines=lines, ref="fee")
    world.stage.refuse("AMOUNT_EXCEEDS_BALANCE", "play.post_together", world.boc, world.foton, lines=lines, ref="fee")
    world.stage.act("play.post", world.foton, lines=[debit(world.cost, cny(5000)), credit(world.income, cny(5000))], ref="fee")
    world.stage.act("play.post_together", world.boc, world.foton, lines=lines, ref="correction")
    assert stands(world, world.income)[0] == 499_900


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("SCHEMA_INVALID", lambda w: [debit(w.cash, cny(1))]),
        ("SCHEMA_INVALID", lambda w: [debit(w.cash, cny(1)), credit(w.cash, cny(1))] * 51),
        ("MONEY_INVALID", lambda w: [debit(w.cash, cny(0)), credit(w.owed, cny(0))]),
        ("NOT_FOUND", lambda w: [debit(w.cash, cny(1)), credit(w.owed + "x", cny(1))]),
        ("MONEY_INVALID", lambda w: [debit(w.cash, cny(1)), credit(w.dollars, cny(1))]),
        ("DOC_MISMATCH", lambda w: [debit(w.cash, cny(1)), credit(w.owed, cny("1.01"))]),
        ("DOC_MISMATCH", lambda w: [debit(w.cash, cny(1)), debit(w.dollars, Money("USD", 100)), credit(w.owed, cny(2))]),
        ("NOT_OWNER", lambda w: [debit(w.till, cny(1)), credit(w.cash, cny(1))]),
        ("AMOUNT_EXCEEDS_BALANCE", lambda w: [debit(w.cash, cny(1)), credit(w.till, cny(1))]),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_neither_posted_nor_reserved(world, code, lines):
    world.stage.refuse(code, "play.post", world.boc, lines=lines(world), ref="one")
    world.stage.refuse(code, "play.reserve", world.boc, lines=lines(world), ref="one", until="2026-03-10")


def test_an_entry_is_posted_once_for_its_reference(world):
    fund(world)
    again = [credit(world.owed, cny(1)), debit(world.cash, cny(1))]
    world.stage.refuse("ALREADY_EXISTS", "play.post", world.boc, lines=again, ref="issue")
    world.stage.refuse("ALREADY_EXISTS", "play.reserve", world.boc, lines=again, ref="issue", until="2026-03-10")


def test_within_one_entry_an_account_may_give_before_it_receives(world):
    lines = [credit(world.till, cny(1)), debit(world.cash, cny(1)), debit(world.till, cny(2)), credit(world.owed, cny(2))]
    world.stage.act("play.post", world.boc, lines=lines, ref="through")
    assert (stands(world, world.till)[0], stands(world, world.cash)[0]) == (100, 100)


# --- reservations ----------------------------------------------------------------------------------------------------------------
def reserve_payment(world, amount=cny(600), until="2026-03-12"):
    lines = [credit(world.cash, amount), debit(world.till, amount)]
    return world.stage.act("play.reserve", world.foton, lines=lines, ref="deposit", until=until)


def test_what_is_reserved_cannot_be_spent_elsewhere(world):
    fund(world)
    reserve_payment(world)
    assert stands(world, world.cash) == (100_000, 40_000)
    other = [credit(world.cash, cny("400.01")), debit(world.till, cny("400.01"))]
    receipt = world.stage.refuse("AMOUNT_EXCEEDS_BALANCE", "play.post", world.foton, lines=other, ref="other")
    assert receipt.error is not None
    assert receipt.error["details"]["available"] == "400.00 CNY"
    receipt = world.stage.refuse("AMOUNT_EXCEEDS_BALANCE", "play.reserve", world.foton, lines=other, ref="other", until="2026-03-12")
    assert receipt.error is not None
    assert receipt.error["details"]["available"] == "400.00 CNY"


def test_what_its_owner_signed_beforehand_is_posted_by_another(world):
    fund(world)
    reserve_payment(world)
    world.stage.act("play.post_reserved", world.boc, ref="deposit")
    assert (stands(world, world.cash), stands(world, world.till)) == ((40_000, 40_000), (60_000, 60_000))
    world.stage.refuse("STATE_INVALID", "play.post_reserved", world.boc, ref="deposit")
    world.stage.refuse("STATE_INVALID", "play.void", world.boc, ref="deposit")


def test_a_cover_is_posted_for_the_shortfall_and_the_rest_is_free(world):
    # The issuer undertakes at issue to reimburse up to the face; the bank covers what was short (S03.12).
    face, short = cny(2_400_000), cny(100_000)
    lines = [debit(world.claim, face), credit(world.debt, face)]
    world.stage.refuse("NOT_OWNER", "play.reserve", world.boc, lines=lines, ref="cover", until="2026-08-07")
    world.stage.act("play.reserve", world.foton, lines=lines, ref="cover", until="2026-08-07")
    world.stage.refuse("AMOUNT_EXCEEDS_BALANCE", "play.post_reserved", world.boc, ref="cover", amount=cny("2400000.01"))
    world.stage.refuse("MONEY_INVALID", "play.post_reserved", world.boc, ref="cover", amount=cny(0))
    world.stage.refuse("MONEY_INVALID", "play.post_reserved", world.boc, ref="cover", amount=Money("USD", 1))
    world.stage.act("play.post_reserved", world.boc, ref="cover", amount=short)
    assert stands(world, world.claim) == stands(world, world.debt) == (short.minor, short.minor)


def test_only_two_lines_are_posted_in_part(world):
    fund(world)
    lines = [credit(world.cash, cny(3)), debit(world.till, cny(2)), debit(world.cost, cny(1))]
    world.stage.act("play.reserve", world.foton, lines=lines, ref="split", until="2026-03-12")
    world.stage.refuse("SCHEMA_INVALID", "play.post_reserved", world.boc, ref="split", amount=cny(1))
    world.stage.act("play.post_reserved", world.boc, ref="split")
    assert stands(world, world.cash) == (99_700, 99_700)


def test_whom_a_reservation_favours_gives_it_up_and_nobody_else_before_its_day(world):
    fund(world)
    reserve_payment(world)
    world.stage.refuse("NOT_FOUND", "play.void", world.boc, ref="nothing")
    world.stage.refuse("NOT_OWNER", "play.void", world.foton, ref="deposit")
    world.stage.act("play.void", world.boc, ref="deposit")
    assert stands(world, world.cash) == (100_000, 100_000)
    world.stage.refuse("STATE_INVALID", "play.post_reserved", world.boc, ref="deposit")


def test_a_reservation_lapses_after_its_day(world):
    fund(world)
    lines = [credit(world.cash, cny(1)), debit(world.till, cny(1))]
    world.stage.refuse("DATE_INVALID", "play.reserve", world.foton, lines=lines, ref="late", until="2026-03-09")
    reserve_payment(world)
    operator = world.cast.platform.operator
    world.stage.tick_to(operator, date(2026, 3, 12))
    assert stands(world, world.cash) == (100_000, 40_000)
    world.stage.tick_to(operator, date(2026, 3, 13))
    assert stands(world, world.cash) == (100_000, 100_000)
    world.stage.refuse("STATE_INVALID", "play.post_reserved", world.boc, ref="deposit")


# --- who sees --------------------------------------------------------------------------------------------------------------------
def test_an_account_is_for_its_owner_and_its_counterparty(world):
    stage, cast = world.stage, world.cast
    stage.act("play.post", world.foton, lines=[debit(world.claim, cny(1)), credit(world.debt, cny(1))], ref="cover")
    for viewer in (world.boc, world.foton, cast.regulator.maker):
        assert stage.ask("accounts.find", viewer, account=world.claim)["debit"] == 100
        assert [p["ref"] for p in stage.ask("accounts.statement", viewer, account=world.claim)] == ["cover"]
    for view in ("find", "statement"):
        with pytest.raises(ValueError, match="NOT_FOUND"):
            stage.ask(f"accounts.{view}", world.boc, account=world.debt)
    assert {a["account"] for a in stage.ask("accounts.trial_balance", world.foton)} == {world.debt, world.cost, world.cash}


def test_a_statement_begins_on_the_day_asked_for(world):
    def refs(since=None):
        return [p["ref"] for p in world.stage.ask("accounts.statement", world.foton, account=world.cash, since=since)]

    fund(world)
    world.stage.tick_to(world.cast.platform.operator, date(2026, 3, 12))
    world.stage.act("play.post", world.foton, lines=[credit(world.cash, cny(1)), debit(world.till, cny(1))], ref="pay")
    assert refs() == ["issue", "pay"]
    assert (refs("2026-03-10"), refs("2026-03-11"), refs("2026-03-12"), refs("2026-03-13")) == (["issue", "pay"], ["pay"], ["pay"], [])
    assert [p["balance"] for p in world.stage.ask("accounts.statement", world.foton, account=world.cash)] == [100_000, 99_900]


# --- properties ------------------------------------------------------------------------------------------------------------------
STEP = st.tuples(st.sampled_from(["post", "reserve", "post_reserved", "void"]), st.integers(0, 3), st.integers(0, 3), st.integers(1, 700))


@given(st.lists(STEP, min_size=1, max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_tried_the_books_balance_and_no_account_falls_below_what_is_reserved(world, steps):
    """The rehearsal checks the invariants after every act; a broken law or a fault would be another code than a refusal."""
    stage = world.stage
    run = len(stage.receipts)
    accounts = [world.cash, world.till, world.owed, world.debt]
    for number, (act, giver, taker, amount) in enumerate(steps):
        args = {"lines": [credit(accounts[giver], cny(amount)), debit(accounts[taker], cny(amount))]}
        earlier = f"{run}/{max(number - 1, 0)}"
        if act == "post":
            stage.send("play.post_together", world.boc, world.foton, **args, ref=f"{run}/{number}")
        elif act == "reserve":
            stage.send("play.reserve", world.foton, **args, ref=f"{run}/{number}", until="2026-03-12")
        else:
            stage.send(f"play.{act}", world.boc, ref=earlier)
        assert stage.receipts[-1].code != "CONTRACT_FAULT"
        assert stage.receipts[-1].code != "LAW_BROKEN"
        assert all(0 <= free <= whole for whole, free in (stands(world, account) for account in accounts))
