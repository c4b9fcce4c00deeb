"""`heqi bench s03`: the scale target of S03.10: 600 suppliers, 50,000 notes, 5 bn live face.

Month end: 3,000 notes of 300 packages fall due on one day; measured from the tick to the last instruction in a durable block.
Automatic approval: from a holder's request to the engine's answer, one after the other as a supplier would wait for it.
"""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from heqi.client.stage import sign_transaction
from heqi.finance import parties
from heqi.kernel.identity.model import OrgType
from heqi.kernel.ledger.genesis import FoundingOrganisation
from heqi.node.bench.ledger import ORG
from heqi.node.bench.seed import Plan, package_number, seeding
from heqi.node.bench.stand import Stand, machine
from heqi.types.ids import check_uscc
from heqi.types.money import cny
from heqi.types.rejection import Rejection

SUPPLIERS, NOTES, FACE = 600, 50_000, 10_000_000
DUE_NOTES, DUE_PACKAGE = 3_000, 10
TODAY, MONTH_END = date(2026, 3, 30), date(2026, 3, 31)
CNAPS = {"boc": "104999000012", "everbright": "303999000014"}

Tell = Callable[[str], None]


def run(*, requests: int, tell: Tell) -> dict[str, Any]:
    """Run month end and `requests` automatic approvals. Figures in the result."""
    suppliers = [uscc(number) for number in range(SUPPLIERS)]
    common = {
        "issuer": ORG["foton"],
        "group": ORG["foton_group"],
        "bank": ORG["everbright"],
        "invoices": 0,
        "buyer": ORG["jia"],
        "seller": ORG["yi"],
    }
    due = Plan(notes=DUE_NOTES, notes_a_package=DUE_PACKAGE, face=FACE, maturity=MONTH_END, holders=tuple(suppliers), **common)
    rest = Plan(
        notes=NOTES - DUE_NOTES - requests,
        notes_a_package=100,
        face=FACE,
        maturity=date(2026, 8, 7),
        holders=tuple(suppliers),
        first=10_000,
        **common,
    )
    asked = Plan(
        notes=requests,
        notes_a_package=100,
        face=FACE,
        maturity=date(2026, 8, 7),
        holders=(ORG["jia"],),
        first=20_000,
        confirmed=True,
        **common,
    )
    accounts = tuple(_account(org, number) for number, org in enumerate(suppliers))
    more = [
        FoundingOrganisation(org, f"示范供应商{number:03d}", f"Supplier {number:03d}", OrgType.SUPPLIER)
        for number, org in enumerate(suppliers)
    ]
    tell(f"{SUPPLIERS} 家供应商 suppliers, {NOTES:,} 张凭证 notes, {NOTES * FACE / 1e11:.0f} 亿 face")
    with Stand(seeding((due, rest, asked), accounts), suite="intl", business_date=TODAY, more=more) as stand:
        _set_up(stand)
        tell("自动审批 automatic approval")
        waits = _approvals(stand, asked, requests)
        tell("月末到期 month end")
        seconds, instructed = _month_end(stand, due)
        return {
            "workload": "S03.10",
            "suppliers": SUPPLIERS,
            "live_notes": NOTES,
            "live_face_fen": NOTES * FACE,
            "due_notes": DUE_NOTES,
            "instructed": instructed,
            "month_end_s": round(seconds, 2),
            "instructions_per_s": round(instructed / seconds),
            "approvals": requests,
            "approval_p50_ms": round(statistics.median(waits) * 1e3, 1),
            "approval_max_ms": round(max(waits) * 1e3, 1),
            **machine(),
        }


def _set_up(stand: Stand) -> None:
    act, cast = stand.stage.act, stand.cast
    for bank in ("boc", "everbright"):
        desk = getattr(cast, bank)
        act("parties.keep_profile", desk.maker, desk.checker, cnaps=CNAPS[bank])
    plant, bank = cast.foton, cast.everbright
    act(
        "parties.add_account",
        plant.maker,
        plant.checker,
        bank_cnaps=CNAPS["everbright"],
        account_no="303990000000101",
        account_name="福田汽车一厂",
        kind="BASIC",
    )
    act("payments.authorise_debits", plant.maker, plant.checker, plant.approver, scope="all_link", bank=bank.org, valid_to=date(2027, 3, 1))
    act(
        "decisions.lay_down_rule",
        cast.factor.admin,
        cast.factor.risk,
        rule_set="all_link_auto_finance",
        rule="unconfirmed",
        kind="REFER",
        conditions=[{"fact": "confirmed", "op": "EQ", "value": False}],
        message_zh="未保兑",
        message_en="not confirmed",
    )


def _approvals(stand: Stand, plan: Plan, requests: int) -> list[float]:
    act, jia, factor = stand.stage.act, stand.cast.jia, stand.cast.factor
    waits = []
    for number in range(requests):
        note = f"{package_number(plan, number // 100)}:{number % 100 * FACE + 1}"
        started = time.perf_counter()
        asked = act(
            "all_link.request_finance",
            jia.maker,
            jia.approver,
            note=note,
            amount=cny("100000.00"),
            financier=factor.org,
            rate="4.8",
            platform_fee_pct="0.3",
            interest_bearer="HOLDER",
            value_date=TODAY,
            show_chain=True,
        )
        decided = act("all_link.auto_approve", factor.api, request=asked["request"])
        waits.append(time.perf_counter() - started)
        assert decided["stage"] == "APPROVED", decided["stage"]
    return waits


def _month_end(stand: Stand, plan: Plan) -> tuple[float, int]:
    bank, until = stand.cast.everbright.api, datetime.now(UTC) + timedelta(hours=6)
    packages = [package_number(plan, index) for index in range(DUE_NOTES // DUE_PACKAGE)]
    height = stand.host.run(stand.host.engine.status()).height + 1
    started = time.perf_counter()
    stand.stage.tick_to(stand.cast.platform.operator, MONTH_END)
    stand.push(
        [sign_transaction("bench", "all_link.auto_pay", msgspec.json.encode({"package": name}), (bank,), until) for name in packages]
    )
    seconds = time.perf_counter() - started
    codes = stand.codes(height)
    assert set(codes) == {"OK"}, codes
    instructed = stand.host.call(lambda machine_: _count(machine_, packages))
    assert instructed == DUE_NOTES, instructed
    return seconds, instructed


def _count(machine_: Any, packages: list[str]) -> int:
    ctx = machine_.view_context()
    table = machine_.chain.catalogue.registers["all_link"].tables["instruction"]
    return sum(len(table.scan(ctx, package)) for package in packages)


def _account(org: str, number: int) -> parties.Account:
    return parties.Account(
        account_id=f"{number:032x}",
        org=org,
        bank_cnaps=CNAPS["boc"],
        bank=ORG["boc"],
        account_no=f"10499{number:010d}",
        account_name=f"示范供应商{number:03d}",
        kind=parties.AccountKind.BASIC,
        stage=parties.AccountStage.OPEN,
        added=TODAY,
    )


def uscc(number: int) -> str:
    """A unified social credit code in an impossible range (division 990000)."""
    for last in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        code = f"91990000MB{number:07d}{last}"
        try:
            check_uscc(code)
        except Rejection:
            continue
        return code
    raise AssertionError("every body has one check character")
