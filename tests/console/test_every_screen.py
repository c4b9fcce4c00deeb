"""Every screen opens, in Chinese and English, light and dark, without a console error, an outside request or a serious axe finding;
every act's form, handed in empty, shows its errors on its fields."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from stand import Desk, org

from heqi.console.document import document
from heqi.node import faces, stories

ROOT = Path(__file__).parents[2]
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
TOLERATED = {
    "aria-required-children": "antd's virtual lists mark their holder a listbox while it is empty",
    "scrollable-region-focusable": "antd's tables scroll by the wheel and by the focus of what is in them",
}
CATALOGUE = stories.catalogue()
SHELVES = document(CATALOGUE, faces.screens(), tuple(faces.importers())).shelves
LOOKS = {"zh-light": ("zh", False), "zh-dark": ("zh", True), "en-light": ("en", False), "en-dark": ("en", True)}
OWN_WORDS = (
    "h1, h2, th, button, .ant-card-head-title, .ant-menu-title-content, .ant-statistic-title, .ant-descriptions-item-label, "
    ".ant-form-item-label, .ant-tabs-tab, .ant-steps-item-title, .ant-alert"
)
AT_HOME = {"CORE": "foton_group", "SUPPLIER": "yi", "FACTOR": "factor", "BANK": "everbright"}


def seat(orgs: tuple[str, ...]) -> str:
    return AT_HOME[orgs[0]] if orgs else "everbright"


def records(stand: Any) -> list[tuple[str, str]]:
    """Pages of one record, with somebody to whom they are shown."""
    (request,) = stand.stage.ask("all_link.my_requests", stand.cast.factor.maker)
    return [
        ("regulator", "/p/all_link.package?package=FJT-2026-0001"),
        ("regulator", f"/p/all_link.finance_request?request={request['request']}"),
        ("regulator", "/p/all_link.note_sheet?note=FJT-2026-0001%3A1"),
        ("regulator", f"/tx/{stand.stage.receipts[-1].tx}"),
        ("everbright", "/p/all_link.package"),
        ("everbright", "/acts/all_link"),
        ("everbright", "/do/all_link.transfer"),
        ("everbright", "/home"),
        ("everbright", "/no/such/page"),
    ]


def own_pages() -> list[tuple[str, str]]:
    shelf = next(shelf for shelf in SHELVES if shelf.application)
    return [(seat(page.orgs), f"/p/{page.id}") for page in shelf.pages if page.menu]


def opened(desk: Desk, path: str) -> None:
    desk.go(path)
    expect(desk.page.locator("h1, .ant-result-title").first).to_be_visible()
    expect(desk.page.locator(".ant-skeleton, .ant-spin-spinning")).to_have_count(0)


def serious(desk: Desk) -> list[str]:
    """What axe finds serious on this page."""
    found = desk.page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical") and one["id"] not in TOLERATED
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen_opens_cleanly_in_every_look(told: Any, desk: Any, look: str) -> None:
    lang, dark = LOOKS[look]
    by_seat: dict[str, list[str]] = {}
    for party, path in [*own_pages(), *records(told)]:
        by_seat.setdefault(party, []).append(path)
    findings: dict[str, list[str]] = {}
    for party, paths in by_seat.items():
        one = desk(told, party, "maker", lang=lang, dark=dark)
        one.page.evaluate(AXE.read_text(encoding="utf-8"))
        for path in paths:
            opened(one, path)
            name = path.strip("/").partition("?")[0].replace("/", "-")[:40]
            one.picture(f"{name}-{look}")
            if found := serious(one):
                findings[f"{party} {path}"] = found
            if lang == "en" and (found := chinese(one)):
                findings[f"{party} {path} speaks Chinese"] = found
    assert findings == {}, json.dumps(findings, ensure_ascii=False, indent=1)


def chinese(desk: Desk) -> list[str]:
    """Chinese words of the console's own on an English page, but for the switch to Chinese; data stay as they are."""
    texts = desk.page.locator(OWN_WORDS).all_inner_texts()
    return sorted({text for text in texts if text != "中文" and any("\u4e00" <= letter <= "\u9fff" for letter in text)})


def test_every_default_page_of_the_registers_opens(told: Any, desk: Any) -> None:
    one = desk(told, "everbright", "maker", lang="en")
    for shelf in SHELVES:
        for page in shelf.pages:
            if page.menu and not shelf.application:
                opened(one, f"/p/{page.id}")
                assert chinese(one) == [], page.id


def test_every_form_handed_in_empty_shows_its_errors_on_its_fields(told: Any, desk: Any) -> None:
    one = desk(told, "everbright", "maker")
    silent = []
    for name, action in CATALOGUE.actions.items():
        needed = [field for field in action.takes if _required(action, field)]
        one.go(f"/do/{name}")
        one.button("预览").click()
        if not needed:
            continue
        try:
            expect(one.page.locator(".ant-form-item-explain-error").first).to_be_visible(timeout=5000)
        except AssertionError:
            silent.append(name)
    assert silent == []


def _required(action: Any, name: str) -> bool:
    import msgspec

    field = next(field for field in msgspec.structs.fields(action.request.type) if field.name == name)
    return field.required and "None" not in str(field.type)


@pytest.mark.parametrize("width", [390, 1366])
def test_narrow_and_wide_windows_need_no_scrolling_sideways(told: Any, desk: Any, width: int) -> None:
    one = desk(told, "foton_group", "maker", width=width)
    for path in ("/home", "/p/all_link.overview", "/p/all_link.payables", "/do/all_link.issue_fjt", "/p/all_link.quotas"):
        opened(one, path)
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width, path
        one.picture(f"{path.strip('/').replace('/', '-')}-{width}")


def test_the_first_page_is_light(told: Any, browser: Any) -> None:
    """At most 600 kB on the wire; how fast it is, the benchmarks tell."""
    context = browser.new_context()
    page, sent = context.new_page(), []
    page.on("response", lambda answer: sent.append(int(answer.headers.get("content-length", 0))))
    page.goto(f"{told.url}/console/")
    page.locator("#user").fill(f"{org(told, 'everbright')}/maker")
    page.locator("#password").fill("correct horse battery")
    page.locator("button[type=submit]").click()
    page.wait_for_url("**/home")
    expect(page.locator("h1")).to_contain_text("工作台")
    context.close()
    assert 100_000 < sum(sent) <= 600_000, sum(sent)
