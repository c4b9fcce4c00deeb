"""Log-in, sessions and what a browser must be kept from: in a real browser."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509 import load_der_x509_certificate
from playwright.sync_api import expect
from stand import PASSWORD, WAIT_MS, Desk, org

from heqi.node.home import label
from heqi.proof.receipt import Receipt


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(told: Any, desk: Any) -> None:
    one = desk(told, "yi", "maker")
    (cookie,) = [cookie for cookie in one.context.cookies() if cookie["name"] == "heqi_session"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert "heqi_session" not in one.page.evaluate("document.cookie")


def test_a_request_without_the_sessions_token_is_refused(told: Any, desk: Any) -> None:
    one = desk(told, "yi", "maker")
    answer = one.context.request.post(f"{told.url}/api/v1/all_link/accept", data={"package": "FJT-2026-0001"})
    assert (answer.status, answer.json()["code"]) == (403, "CSRF_REFUSED")


def test_a_script_of_another_origin_or_in_the_page_does_not_run(told: Any, desk: Any) -> None:
    one = desk(told, "yi", "maker")
    ran = one.page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective))
            const script = document.createElement('script'); script.textContent = 'window.ran = true'
            document.body.append(script); setTimeout(() => done(window.ran ? 'ran' : 'nothing'), 2000) })"""
    )
    assert ran.startswith("script-src")
    one.watched.faults.clear()  # The browser tells of the violation, as it should.


def test_five_wrong_passwords_lock_the_name(told: Any, browser: Any) -> None:
    one = Desk(browser, told, f"{org(told, 'bing')}/maker")
    one.page.goto(f"{told.url}/console/")
    one.page.locator("#user").fill(one.user)
    for _ in range(5):
        one.page.locator("#password").fill("wrong")
        one.page.locator("button[type=submit]").click()
        expect(one.page.get_by_text("用户名、口令或签名不正确")).to_be_visible()
    one.page.locator("#password").fill(PASSWORD)
    one.page.locator("button[type=submit]").click()
    expect(one.page.get_by_role("alert").filter(has_text=re.compile("登录失败次数过多"))).to_be_visible()
    one.close()


def test_a_session_that_ends_keeps_what_was_typed(told: Any, desk: Any) -> None:
    one = desk(told, "yi", "maker")
    one.go("/do/all_link.transfer")
    one.fill("note", "FJT-2026-0001:1")
    one.fill("amount", "12.50")
    one.choose("to", "供应商丙")
    one.button("添加依据的贸易单据").click()
    one.choose("basis_0_document_doc_type", "发票")
    one.fill("basis_0_document_number", "26990000000000000102")
    one.fill("basis_0_amount", "12.50")
    told.ahead += timedelta(hours=1)
    one.button("预览").click()
    expect(one.page.get_by_text("会话已过期，请重新登录")).to_be_visible()
    one.page.locator(".ant-modal #password").fill(PASSWORD)
    one.page.locator(".ant-modal button[type=submit]").click()
    # The question goes on where it was stopped: the ledger's answer, and the form as it was.
    expect(one.page.get_by_text("NOT_FOUND")).to_be_visible(timeout=WAIT_MS)
    assert (one.page.locator("#amount").input_value(), one.page.locator("#note").input_value()) == ("12.50", "FJT-2026-0001:1")
    assert one.page.locator("#basis_0_document_number").input_value() == "26990000000000000102"


def test_what_the_node_refuses_lands_on_the_field_also_a_nested_one_in_the_users_language(told: Any, desk: Any) -> None:
    one = desk(told, "foton", "api", lang="en")
    one.go("/do/all_link.import_ap")
    one.page.get_by_role("button", name="Add open items").click()
    for name, text in {"ap_no": "A-1", "document_no": "51", "amount": "10.00"}.items():
        one.fill(f"items_0_{name}", text)
    one.choose("items_0_vendor", "Supplier Jia")
    one.day("items_0_due_date", "2026-12-31")
    one.page.locator("#items_0_gr_ir_matched").check()
    one.page.route("**/api/v1/trials", lambda route: route.continue_(post_data=wrong_code(route.request.post_data or "")))
    one.page.get_by_role("button", name="Preview").click()
    error = one.page.locator(".ant-form-item", has=one.page.locator("#items_0_vendor")).locator(".ant-form-item-explain-error").last
    expect(error).to_contain_text("fails the check of")


def wrong_code(sent: str) -> str:
    """One digit of the vendor's code changed on its way: the browser's own rules have nothing against it, the ledger has."""
    return sent.replace("91990000MA00020535", "91990000MA00020536")


def test_a_file_of_the_wrong_kind_is_refused_before_it_is_sent(told: Any, desk: Any) -> None:
    one = desk(told, "foton", "api")
    one.go("/p/all_link.payables")
    one.page.locator("input[type=file]").set_input_files({"name": "a.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
    expect(one.page.get_by_text("请选择 .csv")).to_be_visible()


def test_a_key_of_the_browser_logs_in_and_signs_and_never_leaves_it(told: Any, browser: Any, tmp_path: Path) -> None:
    user = f"{org(told, 'bing')}/maker"
    p12 = tmp_path / "bing.p12"
    p12.write_bytes(_p12(told.home.keys.open(label(user))))
    one = Desk(browser, told, user)
    one.page.goto(f"{told.url}/console/")
    one.page.get_by_role("tab", name="证书登录").click()
    one.page.locator("input[type=file]").set_input_files(p12)
    one.page.locator("#passphrase").fill("wrong")
    one.button("导入").click()
    expect(one.page.get_by_text("无法打开")).to_be_visible()
    one.page.locator("#passphrase").fill("secret")
    one.button("导入").click()
    one.button("用此证书登录").click()
    one.page.wait_for_url("**/home")
    assert one.page.evaluate(EXPORT) == "kept"
    one.go("/do/evidence.put")
    one.page.locator("input[type=file]").set_input_files({"name": "合同.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    one.fill("category", "CONTRACT_COPY")
    one.fill("biz_ref", "HT-1")
    one.sign()
    (receipt,) = [found for found in _receipts(told) if (found.contract, found.action) == ("evidence", "put")]
    assert receipt.signers[0].user == user
    one.watched.clean()
    one.close()


EXPORT = """() => new Promise(done => { indexedDB.open('heqi').onsuccess = found => {
    found.target.result.transaction('keys').objectStore('keys').getAll().onsuccess = all =>
        crypto.subtle.exportKey('pkcs8', all.target.result[0].key).then(() => done('exported'), () => done('kept')) } })"""


def _receipts(stand: Any) -> list[Any]:
    height = stand.host.run(stand.host.engine.status()).height
    blocks = [stand.host.run(stand.host.engine.block(each)) for each in range(max(1, height - 20), height + 1)]
    return [msgspec.json.decode(found, type=Receipt) for block in blocks for found in block.receipts]


def _p12(held: Any) -> bytes:
    key, certificate = Ed25519PrivateKey.from_private_bytes(held.key.raw()), load_der_x509_certificate(held.certificate_der)
    return pkcs12.serialize_key_and_certificates(b"desk", key, certificate, None, BestAvailableEncryption(b"secret"))
