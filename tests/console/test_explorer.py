"""The explorer in the browser: what happened is found, told in words and proven there; a changed file is not."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from stand import WAIT_MS, Desk, Watched

NAME = '"><img src=x onerror=alert(1)>.json'


def explored(stand: Any) -> None:
    head = stand.host.run(stand.host.engine.status()).height
    until = time.monotonic() + 60
    while stand.history.height < head:
        assert time.monotonic() < until, "the read model does not keep up"
        time.sleep(0.02)


def find(desk: Desk, text: str) -> None:
    desk.menu("区块浏览器")
    desk.page.locator(".ant-input-search input").fill(text)
    desk.page.get_by_role("button", name="搜索").click()
    expect(desk.page.get_by_text("搜索结果")).to_be_visible()


def first_of(stand: Any, action: str) -> Any:
    """The first transaction of this act that succeeded, as the regulator's list has it."""
    return next(row for row in stand.history.list_transactions(None, limit=1000, action=action) if row.code == "OK")


@pytest.fixture
def issued(told: Any) -> Any:
    explored(told)
    return first_of(told, "all_link.accept")


def proof_of(desk: Desk, tx: str, folder: Path) -> bytes:
    """The receipt file as a person downloads it."""
    desk.go(f"/tx/{tx}")
    with desk.page.expect_download() as download:
        desk.page.get_by_text("下载回执证明").click()
    path = folder / "receipt.json"
    download.value.save_as(path)
    return path.read_bytes()


def drop(page: Page, data: bytes, name: str = "receipt.json") -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/json", "buffer": data})


CHANGED = (
    (1, b'"block":', b'{"'), (2, b'"chain":"stand","following"', b'"chain":"'), (3, b'"block":', b'"app_hash":"'),
    (4, b'"following":', b'"app_hash":"'), (5, b'"transaction":', b'"nonce":"'), (6, b'"receipt":', b'"work":'),
)  # fmt: skip
"""The check that fails, the part of the file, and what stands before the byte that is changed."""


def changed(data: bytes, part: bytes, before: bytes) -> bytes:
    at = data.index(before, data.index(part)) + len(before)
    return data[:at] + (b"1" if data[at : at + 1] != b"1" else b"2") + data[at + 1 :]


def test_a_transaction_is_found_told_in_words_and_proven_in_the_browser(told: Any, desk: Any, issued: Any) -> None:
    jia = desk(told, "jia", "maker")
    find(jia, issued.tx)
    jia.page.locator(".ant-list a[href*='/tx/']").click()
    page = jia.page
    expect(page.locator("h1")).to_contain_text("福金通 · 签收")
    for words in ("操作内容", "记录变更", "PackageAccepted", "供应商甲"):
        expect(page.get_by_text(words).first).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("button", name="在本浏览器核验").click()
    expect(page.get_by_text("已证明")).to_be_visible()
    expect(page.locator("li[data-outcome=held]")).to_have_count(8)
    jia.picture("explorer-transaction")


def test_a_records_past_is_followed_from_the_transaction(told: Any, desk: Any, issued: Any) -> None:
    regulator = desk(told, "regulator", "maker")
    regulator.go(f"/tx/{issued.tx}")
    regulator.page.locator(f"a[href$='/explorer/record/{package_key(told, issued)}']").first.click()
    expect(regulator.page.locator("h1")).to_contain_text("记录沿革")
    expect(regulator.page.locator(".ant-timeline-item").nth(1)).to_be_visible()
    regulator.picture("explorer-record")


def test_blocks_are_browsed_and_lists_taken_away(told: Any, desk: Any, issued: Any, tmp_path: Path) -> None:
    foton = desk(told, "foton", "maker", lang="zh")
    foton.menu("区块浏览器")
    expect(foton.page.get_by_text("链的运行状况")).to_be_visible()
    foton.picture("explorer")
    foton.page.locator("a[href*='/explorer/block/']").first.click()
    expect(foton.page.locator("h1")).to_contain_text("块")
    foton.go("/explorer/transactions?action=all_link.issue_fjt")
    expect(foton.page.get_by_text("交易：all_link.issue_fjt")).to_be_visible()
    with foton.page.expect_download() as download:
        foton.page.get_by_text("导出").click()
    download.value.save_as(tmp_path / "list.csv")
    head, *rows = (tmp_path / "list.csv").read_text("utf-8-sig").splitlines()
    assert head.startswith("高度,") and all("all_link.issue_fjt" in row for row in rows) and rows


def test_to_others_it_is_as_if_it_had_never_been(told: Any, desk: Any, issued: Any) -> None:
    private = first_of(told, "parties.add_account")
    stranger = next(party for party in ("boc", "jia") if getattr(told.cast, party).org not in private.users[0])
    other = desk(told, stranger, "maker")
    find(other, private.tx)
    expect(other.page.get_by_text("没有找到，或与贵机构无关。")).to_be_visible()
    other.go(f"/tx/{private.tx}")
    expect(other.page.get_by_text("没有此交易")).to_be_visible()


def test_a_dropped_receipt_is_proven_without_logging_in_and_one_changed_byte_is_not(
    told: Any, desk: Any, issued: Any, tmp_path: Path, browser: Any
) -> None:
    data = proof_of(desk(told, "jia", "maker"), issued.tx, tmp_path)
    context = browser.new_context()
    watched = Watched(context.new_page(), told.url)
    page = watched.page
    page.goto(f"{told.url}/console/verify?tx={issued.tx}")
    expect(page.get_by_text("信任锚：由本节点提供")).to_be_visible(timeout=WAIT_MS)
    drop(page, data, NAME)
    expect(page.get_by_text("已证明")).to_be_visible()
    expect(page.get_by_text(NAME)).to_be_visible()
    for step, part, digit in CHANGED:
        drop(page, changed(data, part, digit))
        expect(page.get_by_text(f"未能证明：第 {step} 步不成立")).to_be_visible()
        expect(page.locator("li[data-outcome=failed]")).to_have_count(1)
    page.get_by_role("button", name="Switch to English").click()
    expect(page.get_by_text("Not proven: check 6 fails")).to_be_visible()
    page.screenshot(path=Path(__file__).parent / "screenshots" / "verify-not-proven.png")
    context.close()
    watched.clean()


def test_a_file_dropped_on_the_search_is_verified_or_looked_up(told: Any, desk: Any, issued: Any, tmp_path: Path) -> None:
    jia = desk(told, "jia", "maker")
    data = proof_of(jia, issued.tx, tmp_path)
    jia.menu("区块浏览器")
    drop(jia.page, b"a paper nobody put on record", "合同.pdf")
    expect(jia.page.get_by_text("没有找到，或与贵机构无关。")).to_be_visible()
    drop(jia.page, data)
    expect(jia.page.locator("h1")).to_have_text("核验回执文件")
    expect(jia.page.get_by_text("已证明")).to_be_visible()


def test_a_file_that_is_none_and_one_over_the_limit_are_told_as_what_they_are(told: Any, browser: Any) -> None:
    context = browser.new_context()
    watched = Watched(context.new_page(), told.url)
    watched.page.goto(f"{told.url}/console/verify")
    expect(watched.page.get_by_text("信任锚：由本节点提供")).to_be_visible(timeout=WAIT_MS)
    drop(watched.page, b"\x00\xffnot json", "图片.png")
    expect(watched.page.get_by_text("未能证明：第 1 步不成立")).to_be_visible()
    drop(watched.page, b" " * ((1 << 20) + 1), "大.json")
    expect(watched.page.get_by_text("未能证明：文件过大")).to_be_visible()
    own = json.loads((told.home.directory / "genesis.json").read_bytes())
    drop(watched.page, json.dumps(own, separators=(",", ":"), sort_keys=True).encode(), "genesis.json")
    expect(watched.page.get_by_text("信任锚：自备文件")).to_be_visible()
    context.close()
    watched.clean()


AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"


def package_key(told: Any, issued: Any) -> str:
    """How the explorer names the package that an act wrote."""
    return next(v.key.hex() for v in told.history.written_by(issued.height, issued.place) if v.kind == "vouchers/package")


@pytest.mark.parametrize(("lang", "dark", "width"), [("zh", False, 1366), ("en", True, 390)])
def test_every_page_of_the_explorer_opens_for_everybody(told: Any, desk: Any, issued: Any, lang: str, dark: bool, width: int) -> None:
    """No console error, nothing asked of another origin (the desk's watch), no serious finding of axe."""
    one = desk(told, "regulator", "maker", lang=lang, dark=dark, width=width)
    key = package_key(told, issued)
    block, record = f"/explorer/block/{issued.height}", f"/explorer/record/{key}"
    paths = ("/explorer", block, f"/tx/{issued.tx}", record, "/explorer/transactions", "/verify")
    for path in paths:
        one.go(path)
        expect(one.page.locator("h1, .ant-card-head-title").first).to_be_visible(timeout=WAIT_MS)
        expect(one.page.locator(".ant-skeleton, .ant-spin-spinning")).to_have_count(0, timeout=WAIT_MS)
        one.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = one.page.evaluate("axe.run('.ant-layout-content, main', {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa']})")
        serious = {v["id"]: [n["target"] for n in v["nodes"]] for v in found["violations"] if v["impact"] in ("serious", "critical")}
        assert serious == {}, f"{path}: {serious}"
        one.picture(f"explorer-{lang}-{width}-{'-'.join(part[:12] for part in path.split('/') if part)}")


def test_a_certificate_is_opened_from_the_transaction(told: Any, desk: Any, issued: Any) -> None:
    jia = desk(told, "jia", "maker")
    jia.go(f"/tx/{issued.tx}")
    link = jia.page.get_by_text("存证证书").locator("xpath=ancestor::a")
    # The first paper of a process loads the fonts.
    answer = jia.context.request.get(told.url + str(link.get_attribute("href")), timeout=60_000)
    assert answer.ok and answer.body().startswith(b"%PDF")
