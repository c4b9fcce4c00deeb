"""The acceptance story of S03 (S03.12): one voucher from an ERP's open item to its payment at maturity.

Foton's Plant One owes Supplier Jia 2,400,000.00. The debt becomes a voucher that Everbright confirms; Jia passes 800,000.00 on
to Yi, Yi sells 500,000.00 of it to Foton Factoring, the factor sells that on to a bank. At maturity three instructions go out;
Plant One is 100,000.00 short, and the confirming bank covers it the same day. Every figure is the specification's.

    Plant One ── 2,400,000 ──▶ Jia ── 800,000 ──▶ Yi ── 500,000 ──▶ Factoring ──▶ Bank of China
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from heqi.apps.all_link.worker import Worker
from heqi.client.stage import Stage
from heqi.connectors.tax import InvoiceQuestion
from heqi.types.money import cny

PACKAGE = "FJT-2026-0001"
MATURITY = date(2026, 8, 7)
AP = "1000-2026-5100000001"
AP_TOO_MUCH = "1000-2026-5100000002"
GROUP_QUOTA, PLANT_QUOTA, BANK_LIMIT = "FJT-GROUP", "FJT-PLANT-1", "CONFIRM-FOTON"


def play(stage: Stage, cast: Any, world: Any, tell: Callable[[str, str], None]) -> None:
    """Play it; every figure is asserted and reported in `stage.figures`."""
    worker = Worker(stage, cast, world)
    tell("成员信任数据源", "members trust the sources")
    trust_sources(stage, cast, world)
    tell("额度、账户、规则与评分卡", "limits, accounts, rules, score card")
    set_up(stage, cast)
    tell("ERP 应付导入", "payables from the ERP")
    _import(stage, cast)
    tell("开立、保兑、签收", "issue, confirm, accept")
    _issue(stage, cast)
    tell("转让给乙", "passed on to Yi")
    note = _pass_on(stage, cast, world)
    tell("乙向保理融资", "Yi is financed by the factor")
    request = _finance(stage, cast, world, worker, note)
    tell("保理转卖给银行", "the factor sells on to a bank")
    _refactor(stage, cast, world, worker, request)
    tell("到期付款与保兑垫款", "maturity and cover of the shortfall")
    _mature(stage, cast, world, worker)
    tell("经销商画像", "the dealer's profile")
    _dealer(stage, cast)


# --- setting the stage --------------------------------------------------------------------------------------------------
def resolve(stage: Stage, cast: Any, action: str, args: dict[str, Any], reason: str) -> None:
    """Carry a motion: members vote one after the other until two thirds have."""
    voters = [party for name, party in vars(cast).items() if name != "platform"]
    motion = stage.act("governance.move", voters[0].admin, action=action, args=args, reason=reason)
    for party in voters[1:]:
        if motion["stage"] != "OPEN":
            break
        motion = stage.act("governance.vote", party.admin, motion=motion["motion"], yes=True)
    assert motion["stage"] == "CARRIED", motion


def trust_sources(stage: Stage, cast: Any, world: Any) -> None:
    """The members decide whose signed answers count, and about what."""
    data = cast.registrar.org
    kinds = {
        "sim-tax": (data, ["INVOICE"], "tax", 30), "sim-zhongdeng": (data, ["ASSIGNMENT"], "zhongdeng", 366),
        "sim-registry": (data, ["COMPANY"], "registry", 90),
        "sim-bank-104999000012": (cast.boc.org, ["PAYMENT", "BALANCE"], "bank", 5),
        "sim-bank-303999000014": (cast.everbright.org, ["PAYMENT", "BALANCE"], "bank", 5),
        "sim-bank-102999000016": (cast.icbc.org, ["PAYMENT", "BALANCE"], "bank", 5),
    }  # fmt: skip
    for source, (org, about, stand_in, days) in kinds.items():
        key = world.running[stand_in].key
        args = {"source": source, "org": org, "alg": key.alg, "public_key": key.raw.hex(), "kinds": about, "valid_days": days}
        resolve(stage, cast, "verifications.trust_source", args, f"数据源 {source}")


def set_up(stage: Stage, cast: Any) -> None:
    """Accounts, quotas, the programme, the mandate, the factor's rules and the group's score card."""
    for bank, cnaps in ((cast.boc, "104999000012"), (cast.everbright, "303999000014"), (cast.icbc, "102999000016")):
        stage.act("parties.keep_profile", bank.maker, bank.checker, cnaps=cnaps)
    accounts = {
        "foton": ("303999000014", "303990000000101", "福田汽车一厂", "BASIC"),
        "foton_group": ("303999000014", "303990000000100", "福田汽车", "BASIC"),
        "everbright": ("303999000014", "303990000000900", "示范光大银行", "GENERAL"),
        "boc": ("104999000012", "104990000000900", "示范中国银行", "GENERAL"),
        "factor": ("104999000012", "104990000000201", "福田保理", "BASIC"), "jia": ("104999000012", "104990000000301", "供应商甲", "BASIC"),
        "yi": ("102999000016", "102990000000302", "供应商乙", "BASIC"),
    }  # fmt: skip
    for name, (bank, number, holder, kind) in accounts.items():
        party = getattr(cast, name)
        stage.act("parties.add_account", party.maker, party.checker, bank_cnaps=bank, account_no=number, account_name=holder, kind=kind)
    group, plant, bank = cast.foton_group, cast.foton, cast.everbright
    until = date(2027, 3, 9)
    lines = [
        (group, GROUP_QUOTA, None, group.org, "20000000.00"), (group, PLANT_QUOTA, GROUP_QUOTA, plant.org, "5000000.00"),
        (bank, BANK_LIMIT, None, plant.org, "10000000.00"),
    ]  # fmt: skip
    for grantor, title, parent, holder, amount in lines:
        stage.act(
            "limits.grant", grantor.maker, grantor.checker, grantor.approver, title=title, parent=_limit(grantor, group, parent),
            holder=holder, approved=cny(amount), revolving=True, valid_to=until,
        )  # fmt: skip
    stage.act(
        "all_link.admit_issuer", group.maker, group.checker, group.approver, plant.maker, issuer=plant.org,
        quota=_limit(group, plant, PLANT_QUOTA), confirm_bank=bank.org, confirm_limit=_limit(bank, plant, BANK_LIMIT),
    )  # fmt: skip
    stage.act("payments.authorise_debits", plant.maker, plant.checker, plant.approver, scope="all_link", bank=bank.org, valid_to=until)
    _rules(stage, cast)


def _limit(grantor: Any, holder: Any, title: str | None) -> str | None:
    return None if title is None else f"{grantor.org}/{holder.org}/{title}"


def _rules(stage: Stage, cast: Any) -> None:
    """What the factor's engine refers to a person, and how the group scores its dealers (S03.6)."""
    unfit = [
        ("unconfirmed", "confirmed", "EQ", False, "未保兑", "not confirmed"),
        ("unverified", "documents_verified", "EQ", False, "单据未核验", "documents not verified"),
        ("unlocked", "note_locked", "EQ", False, "凭证未锁定", "note not locked"),
        ("too_large", "amount_over_limit", "EQ", True, "超过自动审批上限", "above the automatic limit"),
        ("alerted", "alerts", "GT", 0, "有未关闭预警", "an alert is open"),
    ]
    for rule, fact, op, value, zh, en in unfit:
        stage.act(
            "decisions.lay_down_rule", cast.factor.admin, cast.factor.risk, rule_set="all_link_auto_finance", rule=rule, kind="REFER",
            conditions=[{"fact": fact, "op": op, "value": value}], message_zh=zh, message_en=en,
        )  # fmt: skip
    stage.act(
        "decisions.lay_down_card", cast.foton_group.admin, cast.foton_group.risk, card="dealer_score", start="100",
        terms=[
            {"fact": "aged_pct", "whole": None, "per": "2", "cap": "100", "weight": "0.4"},
            {"fact": "overdue_days", "whole": None, "per": "5", "cap": "100", "weight": "0.3"},
            {"fact": "on_time_pct", "whole": "100", "per": "1", "cap": "100", "weight": "0.3"},
        ],
        bands=[{"band": "A", "least": "85"}, {"band": "B", "least": "70"}, {"band": "C", "least": "55"}, {"band": "D", "least": "0"}],
    )  # fmt: skip


# --- the tale -----------------------------------------------------------------------------------------------------------
def item(ap_no: str, vendor: str, amount: str, **changes: Any) -> dict[str, Any]:
    """An open item as the ERP sends it."""
    return {
        "ap_no": ap_no, "vendor": vendor, "document_no": "5100000001", "invoice_no": "26990000000000000101", "contract_no": "HT-2026-01",
        "amount": cny(amount), "due_date": MATURITY, "plant": "P1", "gr_ir_matched": True, **changes,
    }  # fmt: skip


def _import(stage: Stage, cast: Any) -> None:
    erp, jia = cast.foton.api, cast.jia.org
    stage.refuse("DOC_NOT_VERIFIED", "all_link.import_ap", erp, items=[item("X", jia, "1.00", gr_ir_matched=False)])
    assert stage.act("all_link.import_ap", erp, items=[item(AP, jia, "2400000.00"), item(AP_TOO_MUCH, jia, "2600000.01")]) == 2
    stage.refuse("DUP_USE", "all_link.import_ap", erp, items=[item(AP, jia, "2400000.00")])


def _issue(stage: Stage, cast: Any) -> None:
    plant, group, bank, jia = cast.foton, cast.foton_group, cast.everbright, cast.jia
    terms = {"first_payee": jia.org, "maturity": MATURITY, "plant": "P1", "confirm_fee_pct": "0.5"}
    proposal = stage.act(
        "approvals.propose", plant.maker, action="all_link.issue_fjt",
        args={"package": PACKAGE, "items": [AP], "face": cny("2400000.00"), **terms}, note="甲 3 月货款",
    )["proposal"]  # fmt: skip
    stage.act("approvals.sign", plant.checker, proposal=proposal)
    assert stage.act("approvals.sign", group.approver, proposal=proposal)["stage"] == "DONE"
    stage.refuse(
        "LIMIT_EXCEEDED", "all_link.issue_fjt", plant.maker, plant.checker, group.approver, package="FJT-2026-0002", items=[AP_TOO_MUCH],
        face=cny("2600000.01"), **terms,
    )  # fmt: skip
    stage.act("all_link.confirm_fjt", bank.maker, bank.checker, package=PACKAGE)
    stage.refuse("SIGNATURE_INVALID", "all_link.accept", plant.maker, plant.checker, package=PACKAGE)
    stage.act("all_link.accept", jia.maker, jia.checker, package=PACKAGE)
    sheet = stage.ask("all_link.package", plant.maker, package=PACKAGE)
    free = stage.ask("all_link.quota_lines", group.maker, group=group.org)[plant.org]
    _figure(stage, "confirm_fee", sheet["terms"]["confirm_fee"]["minor"], 500_000)
    _figure(stage, "quota_left", free["minor"], 260_000_000)


def _pass_on(stage: Stage, cast: Any, world: Any) -> str:
    jia, yi = cast.jia, cast.yi
    checked = world.tax.verify_invoice(
        InvoiceQuestion(kind="DIGITAL", number="26990000000000000102", date=date(2026, 3, 5), total_fen=80_000_000)
    )
    basis = [{"document": {"doc_type": "INVOICE", "number": "26990000000000000102"}, "amount": cny("800000.00")}]
    whole = f"{PACKAGE}:1"
    stage.refuse("DOC_NOT_VERIFIED", "all_link.transfer", jia.maker, jia.checker, note=whole, amount=cny("800000.00"), to=yi.org, basis=[])
    stage.act("verifications.record", jia.api, answer=checked.evidence.raw, signature=checked.evidence.signature)
    offered = stage.act("all_link.transfer", jia.maker, jia.checker, note=whole, amount=cny("800000.00"), to=yi.org, basis=basis)
    note = f"{offered['package']}:{offered['lo']}"
    stage.act("all_link.sign_in", yi.maker, yi.checker, note=note)
    stage.refuse("STATE_INVALID", "all_link.recall", jia.maker, jia.checker, note=note)
    return note


def _finance(stage: Stage, cast: Any, world: Any, worker: Worker, note: str) -> str:
    yi, factor = cast.yi, cast.factor
    _days_pass(stage, cast, world, date(2026, 4, 8))
    asked = stage.act(
        "all_link.request_finance", yi.maker, yi.approver, note=note, amount=cny("500000.00"), financier=factor.org, rate="4.8",
        platform_fee_pct="0.3", interest_bearer="HOLDER", value_date=date(2026, 4, 8), show_chain=True,
    )  # fmt: skip
    request = asked["request"]
    _figure(stage, "finance_days", asked["days"], 121)
    _figure(stage, "interest", asked["interest"]["minor"], 806_667)
    _figure(stage, "platform_fee", asked["fee"]["minor"], 50_417)
    _figure(stage, "proceeds", asked["proceeds"]["minor"], 49_142_916)
    _figure(stage, "saving", asked["saving_fen"], 319_306)
    worker.run()
    decided = stage.ask("all_link.finance_request", factor.maker, request=request)
    _figure(stage, "auto_approved", decided["stage"], "APPROVED")
    digest = "sha256:" + "5a" * 32
    stage.act("all_link.sign_assignment", yi.maker, yi.checker, factor.maker, request=request, contract_digest=digest)
    worker.run()
    stage.refuse("DOC_MISMATCH", "all_link.fund_fjt", factor.treasurer, factor.checker, request=request, proceeds=cny("491429.17"))
    stage.act("all_link.fund_fjt", factor.treasurer, factor.checker, request=request, proceeds=cny("491429.16"))
    worker.run()
    funded = stage.ask("all_link.finance_request", factor.maker, request=request)
    assert funded["stage"] == "FUNDED", funded["stage"]
    return request


def _refactor(stage: Stage, cast: Any, world: Any, worker: Worker, request: str) -> None:
    factor, bank = cast.factor, cast.boc
    _days_pass(stage, cast, world, date(2026, 5, 11))
    sold = stage.act(
        "all_link.refactor", factor.maker, factor.checker, bank.maker, bank.checker, request=request, bank=bank.org, rate="3.6",
        value_date=date(2026, 5, 11),
    )  # fmt: skip
    _figure(stage, "refactoring_days", sold["days"], 88)
    _figure(stage, "refactoring_cost", sold["cost"]["minor"], 440_000)
    _figure(stage, "refactoring_receives", sold["receives"]["minor"], 49_560_000)
    _figure(stage, "refactoring_margin", sold["margin_fen"], 366_667)
    stage.refuse("PAYMENT_UNCONFIRMED", "all_link.complete_refactoring", bank.api, refactoring=sold["refactoring"])
    worker.run()
    assert stage.ask("all_link.my_refactorings", bank.maker)[0]["stage"] == "DONE"


def _mature(stage: Stage, cast: Any, world: Any, worker: Worker) -> None:
    bank, plant = cast.everbright, cast.foton
    _days_pass(stage, cast, world, MATURITY - timedelta(days=1))
    _figure(stage, "shortfall_the_day_before", worker.check_funds(bank.api, PACKAGE)["shortfall"]["minor"], 10_000_000)
    _days_pass(stage, cast, world, MATURITY)
    worker.run()
    sheet = stage.ask("all_link.package", plant.maker, package=PACKAGE)
    given = {each["holder"]: each["amount"]["minor"] for each in sheet["instructions"]}
    _figure(stage, "instructed_bank", given[cast.boc.org], 50_000_000)
    _figure(stage, "instructed_yi", given[cast.yi.org], 30_000_000)
    _figure(stage, "instructed_jia", given[cast.jia.org], 160_000_000)
    _figure(stage, "instructed_total", sum(given.values()), 240_000_000)
    assert sheet["package"]["stage"] == "OVERDUE", sheet["package"]["stage"]
    cover = (bank.maker, bank.checker, bank.treasurer)
    stage.refuse("AMOUNT_EXCEEDS_BALANCE", "all_link.cover_shortfall", *cover, package=PACKAGE, amount=cny("100000.01"))
    claim = stage.act("all_link.cover_shortfall", *cover, package=PACKAGE, amount=cny("100000.00"))
    _figure(stage, "covered", claim["amount"]["minor"], 10_000_000)
    worker.run()
    sheet = stage.ask("all_link.package", plant.maker, package=PACKAGE)
    _figure(stage, "package", sheet["package"]["stage"], "SETTLED")
    _figure(stage, "paid", sheet["package"]["paid"]["minor"], 240_000_000)
    free = stage.ask("all_link.quota_lines", cast.foton_group.maker, group=cast.foton_group.org)[plant.org]
    _figure(stage, "quota_free_again", free["minor"], 500_000_000)
    _reconcile(stage, cast, world)


def _reconcile(stage: Stage, cast: Any, world: Any) -> None:
    """The plant's bookkeeper compares the bank's statement (camt.053) with the ledger: no difference may be left (C11)."""
    plant = cast.foton
    account = stage.ask("parties.list_accounts", plant.maker, org=plant.org)[0]
    statement = world.bank.statement(account["bank_cnaps"], account["account_no"], MATURITY)
    lines = [{"order": each.e2e_id, "side": each.side, "amount": each.amount, "bank_ref": each.bank_ref} for each in statement.entries]
    differences = stage.ask("payments.reconcile", plant.maker, account_id=account["account_id"], day=MATURITY, lines=lines)
    assert len(lines) == 4 and differences == [], differences


def _dealer(stage: Stage, cast: Any) -> None:
    group, dealer = cast.foton_group, cast.dealer
    stage.act(
        "limits.grant", group.maker, group.checker, group.approver, title="FJT-DEALER", parent=_limit(group, group, GROUP_QUOTA),
        holder=dealer.org, approved=cny("1000000.00"), revolving=True, valid_to=date(2027, 3, 9),
    )  # fmt: skip
    stage.act(
        "all_link.admit_issuer", group.maker, group.checker, group.approver, dealer.maker, issuer=dealer.org,
        quota=_limit(group, dealer, "FJT-DEALER"), confirm_bank=None, confirm_limit=None,
    )  # fmt: skip
    facts = {"dealer": dealer.org, "month": "2026-07", "retail_units": 80, "stock_units": 50, "aged_90d_units": 10, "overdue_days": 4,
             "payments_on_time_bps": 9000}  # fmt: skip
    profile = stage.act("all_link.record_dealer_month", group.api, month=facts)
    _figure(stage, "dealer_score", profile["score"], 75)
    _figure(stage, "dealer_band", profile["band"], "B")


def _days_pass(stage: Stage, cast: Any, world: Any, day: date) -> None:
    stage.tick_to(cast.platform.operator, day)
    world.open_day(day)


def _figure(stage: Stage, name: str, value: Any, expected: Any) -> None:
    """Report a figure as the ledger computed it, and hold it to the specification's."""
    stage.figures[name] = value
    assert value == expected, f"{name}: {value}, expected {expected}"
