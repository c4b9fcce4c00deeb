"""The story of S03 done in the browser, by its roles, from the ERP's file to the payment at maturity: nothing but clicking and typing."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from playwright.sync_api import expect
from stand import WAIT_MS, figures, org

from heqi.connectors.tax import InvoiceQuestion

PACKAGE, AP, INVOICE = "FJT-2026-0001", "1000-2026-5100000001", "26990000000000000102"
HEADINGS = ["应付单号", "统一社会信用代码", "供应商名称", "凭证号", "应付金额", "到期日", "三单匹配", "发票号码", "合同号", "工厂"]


def erp_file(stand: Any, folder: Path) -> Path:
    """Two good rows and one that the ledger will not take, in the encoding of an older ERP."""
    path = folder / "应付.csv"
    jia = org(stand, "jia")
    rows = [
        [f"1000-2026-{number}", jia, "供应商甲", number, amount, "2026-08-07", fits, "26990000000000000101", "HT-2026-01", "P1"]
        for number, amount, fits in (("5100000001", "2400000.00", "是"), ("5100000002", "2600000.01", "是"), ("5100000003", "10.00", "否"))
    ]
    with path.open("w", encoding="gb18030", newline="") as out:
        csv.writer(out).writerows([HEADINGS, *rows])
    return path


def days_pass(stand: Any, day: date) -> None:
    """The platform's day ends, which no person clicks."""
    stand.stage.tick_to(stand.cast.platform.operator, day)
    stand.world.open_day(day)


def test_the_story_is_done_by_clicking(bare: Any, desk: Any, tmp_path: Path) -> None:
    _import(bare, desk, tmp_path)
    _issue(bare, desk)
    _pass_on(bare, desk)
    request = _finance(bare, desk)
    _sell_on(bare, desk, request)
    _mature(bare, desk)


def _import(stand: Any, desk: Any, folder: Path) -> None:
    erp = desk(stand, "foton", "api")
    erp.menu("应付导入")
    erp.page.locator("input[type=file]").set_input_files(erp_file(stand, folder))
    expect(erp.page.get_by_text("导入 2", exact=True)).to_be_visible(timeout=WAIT_MS)
    expect(erp.page.get_by_text("DOC_NOT_VERIFIED")).to_be_visible()
    expect(erp.page.get_by_role("cell", name=AP).first).to_be_visible()
    erp.picture("import-zh")


def _issue(stand: Any, desk: Any) -> None:
    plant = desk(stand, "foton", "maker")
    plant.menu("应付导入")
    plant.page.get_by_role("row", name=AP).get_by_role("button", name="开立").click()
    plant.fill("package", PACKAGE)
    plant.fill("confirm_fee_pct", "0.5")
    plant.sign()
    plant.picture("issue-signed-zh")
    desk(stand, "foton", "checker").sign_todo("开立")
    desk(stand, "foton_group", "approver").sign_todo("开立")
    bank = desk(stand, "everbright", "maker")
    bank.menu("待签收")
    bank.page.get_by_role("link", name=PACKAGE).click()
    bank.button("保兑").click()
    bank.sign()
    desk(stand, "everbright", "checker").sign_todo("保兑")
    jia = desk(stand, "jia", "maker")
    jia.page.get_by_role("tab", name="待签收凭证").click()
    jia.button("办理").click()
    jia.button("签收").click()
    jia.sign()
    desk(stand, "jia", "checker").sign_todo("签收")
    plant.menu("我的开立")
    plant.page.get_by_role("link", name=PACKAGE).click()
    expect(plant.page.get_by_text("5,000.00", exact=True).first).to_be_visible()  # 2,400,000.00 · 0.5 % · 150/360


def _pass_on(stand: Any, desk: Any) -> None:
    checked = stand.world.tax.verify_invoice(InvoiceQuestion(kind="DIGITAL", number=INVOICE, date=date(2026, 3, 5), total_fen=80_000_000))
    api = desk(stand, "jia", "api")
    api.go("/do/verifications.record")  # The tax office's signed answer, as it came.
    api.fill("answer", msgspec.json.encode(checked.evidence.raw).decode())
    api.fill("signature", checked.evidence.signature)
    api.sign()
    jia = desk(stand, "jia", "maker")
    jia.menu("我的凭证")
    jia.page.get_by_role("link", name=f"{PACKAGE}:1").click()
    jia.button("转让").click()
    jia.fill("amount", "800,000.00")
    expect(jia.page.get_by_text("捌拾万元整")).to_be_visible()
    jia.choose("to", "供应商乙")
    jia.button("添加依据的贸易单据").click()
    jia.choose("basis_0_document_doc_type", "发票")
    jia.fill("basis_0_document_number", INVOICE)
    jia.fill("basis_0_amount", "800000")
    jia.sign()
    desk(stand, "jia", "checker").sign_todo("转让")
    yi = desk(stand, "yi", "maker")
    yi.page.get_by_role("tab", name="转让给我的凭证").click()
    yi.button("办理").click()
    yi.button("签收转让").click()
    yi.sign()
    desk(stand, "yi", "checker").sign_todo("签收转让")


def _finance(stand: Any, desk: Any) -> str:
    days_pass(stand, date(2026, 4, 8))
    yi = desk(stand, "yi", "maker")
    yi.menu("我的凭证")
    yi.page.locator("a", has_text=f"{PACKAGE}:").first.click()
    yi.button("申请融资").click()
    yi.fill("amount", "500000.00")
    yi.choose("financier", "福田保理")
    yi.fill("rate", "4.8")
    yi.fill("platform_fee_pct", "0.3")
    yi.page.get_by_text("持有人", exact=True).click()
    yi.day("value_date", "2026-04-08")
    yi.page.locator("#show_chain").check()
    yi.button("预览").click()
    yi.page.get_by_text("账本试算结果").click()
    expect(yi.page.get_by_text("491,429.16").first).to_be_visible()  # The ledger's own figure, before anything is signed.
    yi.picture("finance-preview-zh")
    yi.button("签名并提交他人会签").click()
    expect(yi.page.get_by_text("等待他人会签")).to_be_visible()
    desk(stand, "yi", "approver").sign_todo("申请融资")
    yi.menu("融资")
    yi.page.locator("table a").first.click()
    expect(yi.page.locator("h1")).to_contain_text("融资申请")
    expect(stage(yi, "已批准")).to_be_visible()  # By the rules engine, without a human act.
    shown = figures(yi.page)
    assert shown["利息"].startswith("8,066.67") and shown["费用"].startswith("504.17") and shown["节约额"].startswith("3,193.06")
    address = yi.page.url.partition("/console")[2]
    yi.button("签署转让合同").click()
    paper = {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 assignment"}
    yi.page.locator("input[type=file]").set_input_files(paper)
    yi.sign()
    desk(stand, "yi", "checker").sign_todo("签署转让合同")
    desk(stand, "factor", "maker").sign_todo("签署转让合同")
    cash = desk(stand, "factor", "treasurer")
    cash.go(address)
    expect(cash.button("付款")).to_be_visible(timeout=WAIT_MS)  # The registry's answer has come by itself.
    cash.button("付款").click()
    cash.sign()
    desk(stand, "factor", "checker").sign_todo("付款")
    cash.go(address)
    expect(stage(cash, "已放款")).to_be_visible()
    cash.picture("finance-request-zh")
    return address


def stage(one: Any, name: str) -> Any:
    """The stage among the figures; the steps below name every stage there is."""
    return one.page.locator(".ant-statistic .ant-tag", has_text=name)


def _sell_on(stand: Any, desk: Any, request: str) -> None:
    days_pass(stand, date(2026, 5, 11))
    factor = desk(stand, "factor", "maker")
    factor.go(request)
    factor.button("再保理").click()
    factor.choose("bank", "示范中国银行")
    factor.fill("rate", "3.6")
    factor.day("value_date", "2026-05-11")
    factor.sign()
    desk(stand, "factor", "checker").sign_todo("再保理")
    desk(stand, "boc", "maker").sign_todo("再保理")
    boc = desk(stand, "boc", "checker")
    boc.sign_todo("再保理")
    boc.menu("融资")
    expect(boc.page.get_by_role("cell", name="495,600.00")).to_be_visible()
    expect(boc.page.get_by_text("完成", exact=True).first).to_be_visible(timeout=WAIT_MS)


def _mature(stand: Any, desk: Any) -> None:
    group = desk(stand, "foton_group", "maker")
    days_pass(stand, date(2026, 7, 20))
    group.menu("集团驾驶舱")
    expect(group.page.get_by_role("img", name="到期墙（未来 30 天）")).to_be_visible()
    group.picture("overview-zh")
    days_pass(stand, date(2026, 8, 7))
    bank = desk(stand, "everbright", "maker")
    bank.menu("到期兑付")
    bank.page.get_by_role("link", name=PACKAGE).first.click()
    expect(bank.button("垫付缺口")).to_be_enabled(timeout=WAIT_MS)
    bank.button("垫付缺口").click()
    bank.fill("amount", "100,000.01")  # A fen more than is missing.
    bank.button("预览").click()
    expect(bank.page.get_by_text("AMOUNT_EXCEEDS_BALANCE")).to_be_visible()
    bank.fill("amount", "100,000.00")
    bank.sign()
    desk(stand, "everbright", "checker").sign_todo("垫付缺口")
    desk(stand, "everbright", "treasurer").sign_todo("垫付缺口")
    plant = desk(stand, "foton", "maker")
    plant.go(f"/p/all_link.package?package={PACKAGE}")
    expect(plant.page.locator(".ant-tag", has_text="已结清").first).to_be_visible(timeout=WAIT_MS)
    assert figures(plant.page)["已付"].startswith("2,400,000.00")
    for amount in ("500,000.00", "300,000.00", "1,600,000.00"):
        expect(plant.page.get_by_role("cell", name=amount).first).to_be_visible()
    regulator = desk(stand, "regulator", "maker")
    regulator.go(f"/p/all_link.package?package={PACKAGE}")
    for kind in ("开立", "转让", "融资", "再保理", "已兑付"):
        expect(regulator.page.get_by_label("流转图谱").get_by_text(kind, exact=True).first).to_be_visible()
    regulator.picture("provenance-zh")
