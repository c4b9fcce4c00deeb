"""An instruction is not a payment: who may order one, and what only the debtor's bank can say of it."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from heqi.node.rehearsal import rehearse
from heqi.types.money import Money, cny

from .bank import Core
from .play import contract

DAY = date(2026, 3, 10)  # A Tuesday.
CNAPS = {"boc": "104999000012", "everbright": "303999000014"}
HOMES = {"foton": ("boc", "1001"), "jia": ("boc", "1002"), "yi": ("everbright", "2001"), "factor": ("everbright", "2002")}


@pytest.fixture
def world():
    stage, cast = rehearse([contract])
    for bank, cnaps in CNAPS.items():
        desks = getattr(cast, bank)
        stage.act("parties.keep_profile", desks.maker, desks.checker, cnaps=cnaps)
    banks = {bank: Core(stage, cast, f"core-{bank}", getattr(cast, bank).org, ["PAYMENT", "OTHER"]) for bank in CNAPS}
    accounts = {name: add_account(stage, cast, name, bank, number) for name, (bank, number) in HOMES.items()}
    return SimpleNamespace(stage=stage, cast=cast, banks=banks, accounts=accounts)


def add_account(stage, cast, name, bank, number, kind="BASIC"):
    desks = getattr(cast, name)
    registered = next(o["name_zh"] for o in stage.ask("members.list_organisations", desks.maker) if o["org"] == desks.org)
    return stage.act(
        "parties.add_account", desks.maker, desks.checker, bank_cnaps=CNAPS[bank], account_no=number, account_name=registered, kind=kind
    )  # fmt: skip


def request(world, **changes):
    cast = world.cast
    return {"debtor": cast.foton.org, "creditor": cast.yi.org, "amount": cny(800_000), "value_date": DAY.isoformat()} | changes


def pay(world, actor=None, **changes):
    return world.stage.act("play.pay", actor or world.cast.foton.maker, **request(world, **changes))


def facts(world, order, status, **changes):
    detail = world.stage.ask("payments.instruction", world.cast.regulator.maker, order=order)
    said = {
        "e2e_id": order, "status": status, "ccy": detail["amount"]["ccy"], "minor": detail["amount"]["minor"],
        "debtor_agent": detail["debtor_agent"], "debtor_account": detail["debtor_account"],
        "creditor_agent": detail["creditor_agent"], "creditor_account": detail["creditor_account"],
        "creditor_name": detail["creditor_name"],
    }  # fmt: skip
    if status in ("ACSC", "RTND"):
        said["settled_on"] = "2026-03-10"
    if status == "RTND":
        said["returned_on"] = "2026-03-12"
    return said | changes


def evidence(world, order, status, bank="boc", kind="PAYMENT", document=None, **changes):
    source = world.banks[bank]
    answer = source.answer(kind, document or f"PAYMENT:{CNAPS['boc']}:{order}", **facts(world, order, status, **changes))
    return {"evidence": answer, "signature": source.sign(answer)}


def report(world, order, status, **changes):
    return world.stage.act("payments.report", world.cast.boc.api, **evidence(world, order, status, **changes))


# --- ordering --------------------------------------------------------------------------------------------------------------------
def test_an_order_names_accounts_and_never_account_numbers(world):
    order = pay(world)
    assert (order["stage"], order["rail"], order["creditor_name"]) == ("CREATED", "BEPS", "供应商乙")
    assert (order["debtor_bank"], order["creditor_bank"]) == (world.cast.boc.org, world.cast.everbright.org)
    assert len(order["order"]) == 32
    assert "2001" not in str({**order, "order": ""})
    event = world.stage.receipts[-1].events[0]
    assert event.name == "PaymentOrdered"
    assert b"1001" not in bytes(event.data).replace(order["order"].encode(), b"")


@pytest.mark.parametrize(
    ("creditor", "amount", "rail"),
    [
        ("jia", cny(5_000_000), "BOOK"),
        ("jia", Money("USD", 100), "BOOK"),
        ("yi", cny(1), "BEPS"),
        ("yi", cny("1000000.00"), "BEPS"),
        ("yi", cny("1000000.01"), "HVPS"),
        ("yi", Money("USD", 100), "CFXPS"),
    ],
)  # fmt: skip
def test_the_rail_follows_banks_currency_and_amount(world, creditor, amount, rail):
    assert pay(world, creditor=getattr(world.cast, creditor).org, amount=amount)["rail"] == rail


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("MONEY_INVALID", {"amount": cny(0)}),
        ("SCHEMA_INVALID", {"purpose": "supplier"}),
        ("SCHEMA_INVALID", {"rule_ref": "Play deal 1"}),
        ("SCHEMA_INVALID", {"rule_ref": ""}),
        ("SCHEMA_INVALID", {"remittance": "字" * 141}),
        ("ROLE_FORBIDDEN", {"creditor": "91990000MA0001843A"}),
        ("NOT_FOUND", {"creditor": "bing"}),
        ("NOT_FOUND", {"creditor_account": "0" * 32}),
        ("NOT_FOUND", {"debtor_account": "0" * 32}),
        ("SCHEMA_INVALID", {"creditor": "foton"}),
        ("CONSENT_MISSING", {"debtor": "jia"}),
        ("DATE_INVALID", {"value_date": "2026-03-09"}),
        ("DATE_INVALID", {"value_date": "2026-03-14", "amount": cny("1000000.01")}),
        ("DATE_INVALID", {"value_date": "2031-03-14", "amount": cny("1000000.01")}),
    ],
)  # fmt: skip
def test_what_is_no_payment_order(world, code, changes):
    named = {key: getattr(world.cast, value).org if value in HOMES or value == "bing" else value for key, value in changes.items()}
    world.stage.refuse(code, "play.pay", world.cast.foton.maker, **request(world, **named))


def test_small_payments_and_those_within_a_bank_run_on_a_saturday(world):
    assert pay(world, value_date="2026-03-14")["rail"] == "BEPS"
    assert pay(world, value_date="2026-03-14", amount=cny(2_000_000), creditor=world.cast.jia.org)["rail"] == "BOOK"


@pytest.mark.parametrize(
    ("utc", "closed"),
    [
        (datetime(2026, 3, 10, 9, 14, 58, tzinfo=UTC), False),  # 17:14:59 in Shanghai
        (datetime(2026, 3, 10, 9, 15, tzinfo=UTC), True),
        (datetime(2026, 3, 10, 15, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 10, 16, 0, tzinfo=UTC), False),  # The 11th in Shanghai: another day than the ledger's business date.
        (datetime(2026, 3, 9, 16, 0, tzinfo=UTC), False),  # Midnight: it waits until HVPS opens.
    ],
)
def test_hvps_takes_nothing_for_today_from_a_quarter_past_five(world, utc, closed):
    world.stage.ledger.time = utc
    large = request(world, amount=cny("1000000.01"))
    if closed:
        world.stage.refuse("DATE_INVALID", "play.pay", world.cast.foton.maker, **large)
        assert pay(world, amount=cny("1000000.01"), value_date="2026-03-11")["rail"] == "HVPS"
        assert pay(world)["rail"] == "BEPS"
    else:
        assert pay(world, amount=cny("1000000.01"))["rail"] == "HVPS"


def test_nobody_on_the_watch_list_pays_or_is_paid(world):
    regulator, yi = world.cast.regulator, world.cast.yi
    world.stage.act("parties.list_watch", regulator.maker, regulator.checker, org=yi.org, case_no="2026-001", reason="涉嫌虚假贸易")
    world.stage.refuse("ELIGIBILITY_FAILED", "play.pay", world.cast.foton.maker, **request(world))
    swapped = request(world, debtor=yi.org, creditor=world.cast.foton.org)
    world.stage.refuse("ELIGIBILITY_FAILED", "play.pay", yi.maker, **swapped)


def test_a_closed_account_pays_and_is_paid_no_more(world):
    account, yi = world.accounts["yi"]["account_id"], world.cast.yi
    world.stage.act("parties.close_account", yi.maker, yi.checker, account_id=account)
    world.stage.refuse("STATE_INVALID", "play.pay", world.cast.foton.maker, **request(world, creditor_account=account))
    world.stage.refuse("NOT_FOUND", "play.pay", world.cast.foton.maker, **request(world))


# --- standing authorisations -------------------------------------------------------------------------------------------------------
def authorise(world, scope="play", bank="boc", valid_to="2026-12-31"):
    foton = world.cast.foton
    return world.stage.act(
        "payments.authorise_debits", foton.maker, foton.checker, foton.approver, scope=scope, bank=getattr(world.cast, bank).org,
        valid_to=valid_to,
    )  # fmt: skip


@pytest.mark.parametrize("scope", ["play", "play/deal-1"])
def test_a_mandate_lets_its_rule_debit_without_the_debtors_signature(world, scope):
    stranger = world.cast.factor.maker
    world.stage.refuse("CONSENT_MISSING", "play.pay", stranger, **request(world))
    authorise(world, scope)
    assert pay(world, stranger)["stage"] == "CREATED"


@pytest.mark.parametrize(
    ("scope", "bank", "rule_ref"),
    [
        ("play/deal-1", "boc", "play/deal-10"),
        ("play/deal-1", "boc", "play"),
        ("pla", "boc", "play/deal-1"),
        ("play", "everbright", "play/deal-1"),
    ],
)
def test_a_mandate_covers_its_own_rule_and_bank_only(world, scope, bank, rule_ref):
    authorise(world, scope, bank)
    world.stage.refuse("CONSENT_MISSING", "play.pay", world.cast.factor.maker, **request(world, rule_ref=rule_ref))


def test_a_mandate_ends_with_its_day_or_its_revocation(world):
    stage, foton = world.stage, world.cast.foton
    stage.refuse("NOT_FOUND", "payments.revoke_mandate", foton.maker, foton.checker, scope="play")
    authorise(world)
    stage.refuse("ROLE_FORBIDDEN", "payments.revoke_mandate", foton.maker, scope="play")
    stage.act("payments.revoke_mandate", foton.maker, foton.checker, scope="play")
    stage.refuse("CONSENT_MISSING", "payments.revoke_mandate", foton.maker, foton.checker, scope="play")
    stage.refuse("CONSENT_MISSING", "play.pay", world.cast.factor.maker, **request(world))
    authorise(world, valid_to="2026-03-11")
    stage.tick_to(world.cast.platform.operator, date(2026, 3, 11))
    tomorrow = {"value_date": "2026-03-12"}
    assert pay(world, world.cast.factor.maker, **tomorrow)["stage"] == "CREATED"
    stage.tick_to(world.cast.platform.operator, date(2026, 3, 12))
    stage.refuse("CONSENT_MISSING", "play.pay", world.cast.factor.maker, **request(world, **tomorrow))
    assert [mandate["scope"] for mandate in stage.ask("payments.list_mandates", foton.risk)] == ["play"]


@pytest.mark.parametrize(
    ("code", "desks", "changes"),
    [
        ("ROLE_FORBIDDEN", ("maker", "checker"), {}),
        ("DATE_INVALID", ("maker", "checker", "approver"), {"valid_to": "2026-03-09"}),
        ("SCHEMA_INVALID", ("maker", "checker", "approver"), {"scope": "All of it"}),
        ("ROLE_FORBIDDEN", ("maker", "checker", "approver"), {"bank": "91990000MA0001843A"}),
    ],
)  # fmt: skip
def test_what_is_no_mandate(world, code, desks, changes):
    args = {"scope": "play", "bank": world.cast.boc.org, "valid_to": "2026-12-31"} | changes
    world.stage.refuse(code, "payments.authorise_debits", *(getattr(world.cast.foton, desk) for desk in desks), **args)


# --- special accounts ------------------------------------------------------------------------------------------------------------
def test_a_special_account_pays_listed_payees_only(world):
    stage, foton, yi = world.stage, world.cast.foton, world.cast.yi
    wage = add_account(stage, world.cast, "foton", "boc", "1009", kind="WAGE")["account_id"]
    stage.refuse("PAYEE_NOT_WHITELISTED", "play.pay", foton.maker, **request(world, debtor_account=wage))
    stage.refuse("ROLE_FORBIDDEN", "payments.allow_payee", foton.maker, foton.checker, account_id=wage, payee=yi.org)
    stage.refuse("NOT_FOUND", "payments.allow_payee", yi.maker, yi.checker, yi.approver, account_id=wage, payee=yi.org)
    stage.act("payments.allow_payee", foton.maker, foton.checker, foton.approver, account_id=wage, payee=yi.org)
    assert pay(world, debtor_account=wage)["debtor_account"] == wage
    stage.refuse("PAYEE_NOT_WHITELISTED", "play.pay", foton.maker, **request(world, debtor_account=wage, creditor=world.cast.jia.org))
    stage.act("payments.drop_payee", foton.maker, foton.checker, account_id=wage, payee=yi.org)
    stage.refuse("NOT_FOUND", "payments.drop_payee", foton.maker, foton.checker, account_id=wage, payee=yi.org)
    stage.refuse("PAYEE_NOT_WHITELISTED", "play.pay", foton.maker, **request(world, debtor_account=wage))


# --- sending and cancelling --------------------------------------------------------------------------------------------------------
def test_the_debtors_bank_reads_what_to_send_when_its_day_has_come(world):
    stage, boc = world.stage, world.cast.boc
    today, later = pay(world)["order"], pay(world, value_date="2026-03-11")["order"]

    def waiting(actor):
        return [one["order"] for one in stage.ask("payments.instructions", actor)]

    assert waiting(boc.api) == [today]
    assert waiting(world.cast.everbright.api) == waiting(world.cast.foton.api) == []
    detail = stage.ask("payments.instructions", boc.api)[0]
    assert (detail["debtor_account"], detail["creditor_account"], detail["creditor_agent"]) == ("1001", "2001", CNAPS["everbright"])
    stage.tick_to(world.cast.platform.operator, date(2026, 3, 11))
    assert waiting(boc.api) == [today, later]
    stage.refuse("NOT_OWNER", "payments.sent", world.cast.everbright.api, orders=[today])
    stage.refuse("ROLE_FORBIDDEN", "payments.sent", boc.maker, orders=[today])
    stage.refuse("NOT_FOUND", "payments.sent", boc.api, orders=[today, "0" * 32])
    stage.refuse("SCHEMA_INVALID", "payments.sent", boc.api, orders=[])
    stage.act("payments.sent", boc.api, orders=[today])
    stage.act("payments.sent", world.cast.foton.api, orders=[later])
    assert waiting(boc.api) == []
    stage.refuse("STATE_INVALID", "payments.sent", boc.api, orders=[today])


def test_the_debtor_cancels_what_was_not_sent(world):
    stage = world.stage
    order = pay(world)["order"]
    stage.refuse("NOT_OWNER", "play.cancel", world.cast.yi.maker, order=order)
    assert stage.act("play.cancel", world.cast.foton.maker, order=order)["stage"] == "CANCELLED"
    stage.refuse("STATE_INVALID", "payments.sent", world.cast.boc.api, orders=[order])
    gone = pay(world)["order"]
    stage.act("payments.sent", world.cast.boc.api, orders=[gone])
    stage.refuse("STATE_INVALID", "play.cancel", world.cast.foton.maker, order=gone)


# --- the bank's word -------------------------------------------------------------------------------------------------------------
def test_only_the_banks_evidence_settles_an_order(world):
    stage, yi = world.stage, world.cast.yi
    order = pay(world)["order"]
    stage.refuse("NOT_FOUND", "play.deliver", yi.maker, order="0" * 32)
    for act in (lambda: None, lambda: stage.act("payments.sent", world.cast.boc.api, orders=[order]), lambda: report(world, order, "ACSP")):
        act()
        stage.refuse("PAYMENT_UNCONFIRMED", "play.deliver", yi.maker, order=order)
    settled = report(world, order, "ACSC")
    assert (settled["stage"], settled["settled"], settled["reason"]) == ("SETTLED", "2026-03-10", None)
    assert stage.act("play.deliver", yi.maker, order=order)["order"] == order
    stage.refuse("DOC_MISMATCH", "play.deliver", yi.maker, order=order, rule_ref="play/deal-2")
    assert stage.ask("play.of_rule", yi.maker, rule_ref="play/deal-1") == [order]
    assert stage.ask("play.of_rule", yi.maker, rule_ref="play") == []


@pytest.mark.parametrize(
    ("before", "status", "stage_after", "reason"),
    [
        ((), "ACSC", "SETTLED", None),
        ((), "RJCT", "REJECTED", "AM04"),
        (("ACSP",), "ACCC", "SETTLED", None),
        (("ACSP",), "RJCT", "REJECTED", "AC01"),
        (("ACSC",), "RTND", "RETURNED", "AC04"),
        ((), "RTND", "RETURNED", "AC04"),
    ],
)  # fmt: skip
def test_the_banks_word_moves_an_order(world, before, status, stage_after, reason):
    order = pay(world)["order"]
    for earlier in before:
        report(world, order, earlier)
    days = {"settled_on": "2026-03-10"} if status == "ACCC" else {}
    moved = report(world, order, status, reason=reason or "", **days)
    assert (moved["stage"], moved["reason"]) == (stage_after, reason)
    assert (moved["returned"] is not None) == (stage_after == "RETURNED")
    if stage_after != "SETTLED":
        world.stage.refuse("PAYMENT_UNCONFIRMED", "play.deliver", world.cast.yi.maker, order=order)


@pytest.mark.parametrize(
    ("item", "changes"),
    [
        ("amount", {"minor": 79_999_999}),
        ("ccy", {"ccy": "USD"}),
        ("creditor_name", {"creditor_name": "供应商丙"}),
        ("creditor_account", {"creditor_account": "2002"}),
        ("debtor_account", {"debtor_account": "1002"}),
        ("creditor_agent", {"creditor_agent": CNAPS["boc"]}),
        ("debtor_agent", {"debtor_agent": CNAPS["everbright"]}),
        ("document", {"document": f"PAYMENT:{CNAPS['boc']}:" + "0" * 32}),
    ],
)  # fmt: skip
def test_evidence_about_another_payment_is_refused(world, item, changes):
    order = pay(world)["order"]
    receipt = world.stage.refuse("DOC_MISMATCH", "payments.report", world.cast.boc.api, **evidence(world, order, "ACSC", **changes))
    assert receipt.error is not None
    assert receipt.error["details"]["item"] == item
    assert "2001" not in str(receipt.error).replace(order, "")


@pytest.mark.parametrize(
    ("code", "status", "changes"),
    [
        ("PAYMENT_UNCONFIRMED", "ACSC", {"bank": "everbright"}),
        ("ROLE_FORBIDDEN", "ACSC", {"kind": "OTHER"}),
        ("ROLE_FORBIDDEN", "ACSC", {"kind": "INVOICE"}),
        ("SCHEMA_INVALID", "DONE", {}),
        ("SCHEMA_INVALID", "ACSC", {"settled_on": ""}),
        ("SCHEMA_INVALID", "ACSC", {"settled_on": "yesterday"}),
        ("SCHEMA_INVALID", "RTND", {"returned_on": ""}),
        ("SCHEMA_INVALID", "ACSC", {"minor": "80000000"}),
    ],
)  # fmt: skip
def test_what_is_no_evidence(world, code, status, changes):
    order = pay(world)["order"]
    world.stage.refuse(code, "payments.report", world.cast.boc.api, **evidence(world, order, status, **changes))


def test_a_forged_word_of_the_bank_is_refused(world):
    order = pay(world)["order"]
    signed = evidence(world, order, "RJCT")
    forged = {**signed["evidence"], "facts": signed["evidence"]["facts"] | {"status": "ACSC", "settled_on": "2026-03-10"}}
    report_as = ("SIGNATURE_INVALID", "payments.report", world.cast.boc.api)
    world.stage.refuse(*report_as, evidence=forged, signature=signed["signature"])
    world.stage.refuse(*report_as, evidence={**signed["evidence"], "source": "nobody"}, signature=signed["signature"])
    world.stage.refuse("ROLE_FORBIDDEN", "payments.report", world.cast.boc.maker, **signed)
    missing = evidence(world, order, "ACSC", e2e_id="0" * 32)
    world.stage.refuse("NOT_FOUND", "payments.report", world.cast.boc.api, **missing)


def test_any_member_may_bring_the_banks_word_and_bring_it_again(world):
    order = pay(world)["order"]
    word = evidence(world, order, "ACSC")
    first = world.stage.act("payments.report", world.cast.yi.api, **word)
    before = world.stage.ledger.fingerprint()
    assert world.stage.act("payments.report", world.cast.boc.api, **word) == first
    assert world.stage.act("payments.report", world.cast.boc.api, **evidence(world, order, "ACSC")) == first
    assert world.stage.ledger.fingerprint() == before
    assert world.stage.receipts[-1].events == []


def test_an_earlier_word_brought_late_changes_nothing(world):
    order = pay(world)["order"]
    accepted, rejected = evidence(world, order, "ACSP"), evidence(world, order, "RJCT", reason="AM04")
    report(world, order, "ACSC")
    for late in (accepted, rejected):
        assert world.stage.act("payments.report", world.cast.boc.api, **late)["stage"] == "SETTLED"


@pytest.mark.parametrize(("first", "then"), [("ACSC", "RJCT"), ("ACSC", "ACSP"), ("RJCT", "ACSC"), ("RTND", "ACSC")])
def test_a_bank_that_contradicts_itself_is_not_believed(world, first, then):
    order = pay(world)["order"]
    report(world, order, first)
    world.stage.refuse("STATE_INVALID", "payments.report", world.cast.boc.api, **evidence(world, order, then))


def test_the_bank_paid_although_the_order_was_cancelled_so_it_is_paid(world):
    order = pay(world)["order"]
    world.stage.act("play.cancel", world.cast.foton.maker, order=order)
    assert report(world, order, "ACSC")["stage"] == "SETTLED"


# --- who sees --------------------------------------------------------------------------------------------------------------------
def test_an_order_is_for_its_parties_and_account_numbers_for_the_payer(world):
    stage, cast = world.stage, world.cast
    order = pay(world)["order"]
    for viewer in (cast.foton.risk, cast.yi.maker, cast.boc.api, cast.everbright.api, cast.regulator.maker):
        assert stage.ask("payments.find", viewer, order=order)["order"] == order
    assert stage.ask("payments.instruction", cast.foton.api, order=order)["creditor_account"] == "2001"
    for view, viewer in (("find", cast.jia.maker), ("instruction", cast.yi.maker), ("instruction", cast.everbright.api)):
        with pytest.raises(ValueError, match="NOT_FOUND"):
            stage.ask(f"payments.{view}", viewer, order=order)
    assert [one["order"] for one in stage.ask("payments.list_orders", cast.foton.risk)] == [order]
    assert [one["order"] for one in stage.ask("payments.list_orders", cast.yi.risk, side="CRDT")] == [order]
    assert stage.ask("payments.list_orders", cast.jia.risk, side="CRDT") == []


# --- reconciliation --------------------------------------------------------------------------------------------------------------
def line(order, side="DBIT", amount=None, ref="B1"):
    return {"order": order, "side": side, "amount": amount or cny(800_000), "bank_ref": ref}


def differences(world, name, *lines, day="2026-03-10"):
    account = world.accounts[name]["account_id"]
    found = world.stage.ask(
        "payments.reconcile", getattr(world.cast, name).maker, account_id=account, day=day, lines=list(lines)
    )  # fmt: skip
    return [(one["reason"], one["side"], one["order"]) for one in found]


def test_a_statement_that_agrees_with_the_ledger_leaves_no_difference(world):
    out = pay(world)["order"]
    back = pay(world, world.cast.yi.maker, debtor=world.cast.yi.org, creditor=world.cast.foton.org)["order"]
    report(world, out, "ACSC")
    report(world, back, "ACSC", bank="everbright", document=f"PAYMENT:{CNAPS['everbright']}:{back}")
    assert differences(world, "foton", line(out), line(back, "CRDT")) == []
    assert differences(world, "yi", line(out, "CRDT"), line(back)) == []
    assert differences(world, "foton", day="2026-03-11") == []
    report(world, out, "RTND", reason="AC04")
    assert differences(world, "foton", line(out, "CRDT"), day="2026-03-12") == []
    assert differences(world, "yi", line(out, "DBIT"), day="2026-03-12") == []


def test_differences_are_listed_by_reason(world):
    settled, sent = pay(world)["order"], pay(world)["order"]
    report(world, settled, "ACSC")
    assert differences(world, "foton") == [("NOT_ON_STATEMENT", "DBIT", settled)]
    assert differences(world, "foton", line(settled, amount=cny(1))) == [("AMOUNT_DIFFERS", "DBIT", settled)]
    assert differences(world, "foton", line(settled), line(sent)) == [("STAGE_DIFFERS", "DBIT", sent)]
    assert differences(world, "foton", line(settled), line(settled)) == [("BOOKED_TWICE", "DBIT", settled)]
    assert differences(world, "foton", line(settled), line("STRANGER")) == [("NOT_ON_LEDGER", "DBIT", "STRANGER")]
    assert differences(world, "foton", line(settled), line(""), line("")) == [("NOT_ON_LEDGER", "DBIT", "")] * 2
    # Another member's order is not told of: to this account it is a stranger.
    assert differences(world, "factor", line(settled)) == [("NOT_ON_LEDGER", "DBIT", settled)]


def test_nobody_reconciles_anothers_account(world):
    with pytest.raises(ValueError, match="NOT_FOUND"):
        world.stage.ask(
            "payments.reconcile", world.cast.jia.maker, account_id=world.accounts["foton"]["account_id"], day="2026-03-10", lines=[]
        )  # fmt: skip
