"""What REST refuses: no session, the wrong role, forged requests, other people's records, too large a body, guessed passwords."""

import io
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import misnamed
import msgspec
import pytest
from argon2 import PasswordHasher
from served import PASSWORD

from heqi.client.login import login_message
from heqi.client.stage import Actor
from heqi.gateway.app import create_app
from heqi.gateway.hosted import KeystoreKeys, read_users, set_password
from heqi.gateway.settings import Settings
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.identity.keystore import Keystore
from heqi.node.rehearsal import rehearse
from heqi.proof.suites import SUITES, signature_text
from heqi.types.refusals import SchemaInvalid

JSON = {"content-type": "application/json"}
CLOSED = {
    "GET /api/v1/session": "/api/v1/session",
    "DELETE /api/v1/session": "/api/v1/session",
    "GET /api/v1/status": "/api/v1/status",
    "POST /api/v1/trials": "/api/v1/trials",
    "GET /api/v1/tables/{contract}/{name}": "/api/v1/tables/notebook/list_notes",
    "GET /api/v1/imports/{job}": "/api/v1/imports/0",
    "POST /api/v1/imports/{contract}/{name}": "/api/v1/imports/notebook/spill",
    "POST /api/v1/transactions": "/api/v1/transactions",
    "GET /api/v1/receipts/{tx}": "/api/v1/receipts/sha256:00",
    "GET /api/v1/receipts/{tx}/proof": "/api/v1/receipts/sha256:00/proof",
    "GET /api/v1/receipts/{tx}/certificate.pdf": "/api/v1/receipts/sha256:00/certificate.pdf",
    "GET /api/v1/blocks": "/api/v1/blocks",
    "GET /api/v1/blocks/{height}": "/api/v1/blocks/1",
    "GET /api/v1/events": "/api/v1/events",
    "GET /api/v1/explorer/search": "/api/v1/explorer/search?q=1",
    "GET /api/v1/explorer/blocks": "/api/v1/explorer/blocks",
    "GET /api/v1/explorer/transactions": "/api/v1/explorer/transactions",
    "GET /api/v1/explorer/transactions/{tx}": "/api/v1/explorer/transactions/sha256:00",
    "GET /api/v1/explorer/records/{key}": "/api/v1/explorer/records/00",
    "GET /api/v1/explorer/health": "/api/v1/explorer/health",
    **{
        f"{method} /api/v1/{register}/{{name}}": f"/api/v1/{register}/{name}"
        for register in ("ledger", "members", "governance", "nodes", "approvals", "notebook")
        for method, name in (("POST", "write"), ("GET", "list_notes"))
    },
}
"""Every route that is not open, and an address of it."""
OPEN = {
    "GET /health", "GET /ready", "GET /metrics", "GET /openapi.json", "GET /docs", "GET /docs/{asset}", "GET /api/v1/genesis",
    "GET /api/v1/catalogue", "GET /api/v1/catalogue/{name}", "GET /api/v1/session/challenge", "POST /api/v1/session",
}  # fmt: skip


@pytest.mark.parametrize("route", CLOSED)
def test_without_a_session_nothing_is_answered(served: Any, route: str) -> None:
    with served.client() as client:
        answer = client.request(route.split()[0], CLOSED[route], headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (401, "SESSION_REQUIRED")


def test_every_route_is_open_by_intent_or_in_that_table(served: Any) -> None:
    routes = {f"{method} {route.path}" for route in served.app.routes for method in route.methods - {"HEAD"}}
    assert routes == CLOSED.keys() | OPEN


UNSAFE = ["POST /api/v1/notebook/spill", "POST /api/v1/transactions", "DELETE /api/v1/session"]


@pytest.mark.parametrize("line", UNSAFE)
@pytest.mark.parametrize("token", [None, b"", b"guess", "令牌".encode()])
def test_an_unsafe_request_needs_the_token_against_forgery(jia: httpx.Client, line: str, token: bytes | None) -> None:
    del jia.headers["X-CSRF-Token"]
    headers = [(b"content-type", b"application/json"), *([(b"x-csrf-token", token)] if token is not None else [])]
    method, path = line.split()
    answer = jia.request(method, path, headers=headers, content=b'{"drops":1}')
    assert (answer.status_code, answer.json()["code"]) == (403, "CSRF_REFUSED")
    assert jia.get("/api/v1/session").status_code == 200


def test_another_sessions_token_does_not_do(jia: httpx.Client, yi: httpx.Client) -> None:
    answer = jia.post("/api/v1/notebook/spill", json={"drops": 1}, headers={"X-CSRF-Token": yi.headers["X-CSRF-Token"]})
    assert answer.json()["code"] == "CSRF_REFUSED"


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_types_that_a_foreign_page_can_send_are_refused(served: Any, jia: httpx.Client, media: str) -> None:
    for path in ("/api/v1/notebook/spill", "/api/v1/transactions", "/api/v1/session"):
        answer = jia.post(path, content=b'{"drops":1}', headers={"content-type": media})
        assert (answer.status_code, answer.json()["code"]) == (415, "MEDIA_TYPE_UNSUPPORTED")


def test_cookies_are_for_this_site_alone_and_scripts_do_not_see_the_session(served: Any) -> None:
    with served.client() as client:
        answer = client.post("/api/v1/session", json={"user": served.cast.jia.maker.user, "password": PASSWORD})
    session, csrf = answer.headers.get_list("set-cookie")
    assert "HttpOnly" in session
    assert "HttpOnly" not in csrf
    assert all("SameSite=strict" in cookie and "Path=/" in cookie for cookie in (session, csrf))


def test_answers_carry_the_headers_browsers_obey(served: Any, jia: httpx.Client) -> None:
    for answer in (jia.get("/api/v1/status"), jia.get("/nowhere")):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]
    assert jia.get("/health", headers={"x-request-id": "trace-0123456789"}).headers["x-request-id"] == "trace-0123456789"
    assert jia.get("/health", headers={"x-request-id": 'a"b'}).headers["x-request-id"] != 'a"b'


def test_a_body_beyond_the_limit_is_refused_announced_or_not(served: Any, jia: httpx.Client) -> None:
    large = b'{"drops":' + b" " * (2 << 20) + b"1}"

    def in_pieces() -> Any:
        yield from (large[at : at + 65536] for at in range(0, len(large), 65536))

    for content in (large, in_pieces()):
        answer = jia.post("/api/v1/notebook/spill", content=content, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


def test_what_concerns_others_is_answered_like_what_never_was(served: Any, jia: httpx.Client, yi: httpx.Client) -> None:
    receipt = jia.post("/api/v1/notebook/write", json={"debtor": served.cast.foton.org, "amount": {"ccy": "CNY", "minor": 5}}).json()
    note, tx, never = receipt["result"]["note"], receipt["tx"], "sha256:" + "0" * 64
    pairs = [
        (f"/api/v1/notebook/note?note={note}", "/api/v1/notebook/note?note=never"),
        (f"/api/v1/receipts/{tx}", f"/api/v1/receipts/{never}"),
        (f"/api/v1/receipts/{tx}/proof", f"/api/v1/receipts/{never}/proof"),
        (f"/api/v1/receipts/{tx}", "/api/v1/receipts/no%20digest"),
    ]
    for theirs, nobodys in pairs:
        assert jia.get(theirs).status_code == 200, theirs
        hidden, missing = yi.get(theirs), yi.get(nobodys)
        assert hidden.status_code == missing.status_code == 404, theirs
        assert hidden.content == missing.content, theirs
        differ = {name for name in hidden.headers if hidden.headers[name] != missing.headers.get(name)} - {"x-request-id", "date"}
        assert not differ and hidden.headers.keys() == missing.headers.keys(), theirs
    assert yi.get("/api/v1/notebook/list_notes").json() == []


@pytest.mark.parametrize("action", ["hand_over", "hand_over_checked", "proposed"])
def test_who_may_not_act_on_a_record_does_not_learn_that_it_exists(served: Any, jia: httpx.Client, yi: httpx.Client, action: str) -> None:
    receipt = jia.post("/api/v1/notebook/write", json={"debtor": served.cast.foton.org, "amount": {"ccy": "CNY", "minor": 5}}).json()

    def hand_over(client: httpx.Client, note: str) -> httpx.Response:
        body: dict[str, Any] = {"note": note, "to": served.cast.yi.org}
        if action == "proposed":
            return client.post("/api/v1/approvals/propose", json={"action": "notebook.hand_over_checked", "args": body, "note": ""})
        return client.post(f"/api/v1/notebook/{action}", json=body)

    height = jia.get("/api/v1/status").json()["status"]["transactions"]
    hidden, missing = hand_over(yi, receipt["result"]["note"]), hand_over(yi, "never")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content
    assert jia.get("/api/v1/status").json()["status"]["transactions"] == height
    assert hand_over(jia, receipt["result"]["note"]).status_code in (200, 202)


def test_those_an_event_names_and_the_regulator_see_the_receipt(served: Any, jia: httpx.Client, regulator: httpx.Client) -> None:
    receipt = jia.post("/api/v1/notebook/write", json={"debtor": served.cast.foton.org, "amount": {"ccy": "CNY", "minor": 5}}).json()
    with served.login(served.cast.foton.maker) as foton:
        assert foton.get(f"/api/v1/receipts/{receipt['tx']}").json() == receipt
    assert regulator.get(f"/api/v1/receipts/{receipt['tx']}").json() == receipt
    assert regulator.get(f"/api/v1/notebook/note?note={receipt['result']['note']}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/notebook/write", "POST"),
        ("POST", "/api/v1/notebook/note", "GET"),
        ("PUT", "/api/v1/notebook/write", "POST"),
        ("DELETE", "/api/v1/status", "GET"),
        ("PATCH", "/api/v1/session", "DELETE"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(jia: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = jia.request(method, path, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert allowed in answer.headers["allow"]


# --- logging in --------------------------------------------------------------------------------------------------------


def attempt(client: httpx.Client, user: str, password: str) -> httpx.Response:
    return client.post("/api/v1/session", json={"user": user, "password": password})


@pytest.mark.parametrize("user", ["real", "nobody"])
def test_five_wrong_passwords_lock_a_name_for_fifteen_minutes_be_it_real_or_not(served: Any, user: str) -> None:
    name = served.cast.bing.maker.user if user == "real" else "91990000MA00099999/maker"
    with served.client() as client:
        told = [attempt(client, name, "wrong password").json() for _ in range(5)]
        assert {one["code"] for one in told} == {"LOGIN_FAILED"}
        assert all(name not in str(one) for one in told)
        locked = attempt(client, name, PASSWORD)
        assert (locked.status_code, locked.json()["code"]) == (429, "LOGIN_LOCKED")
        assert 0 < int(locked.headers["retry-after"]) <= 900
        served.ahead = timedelta(minutes=15, seconds=1)
        try:
            assert attempt(client, name, PASSWORD).status_code == (201 if user == "real" else 401)
        finally:
            served.ahead = timedelta()


def test_an_idle_session_ends_and_a_used_one_does_not(served: Any) -> None:
    try:
        with served.login(served.cast.jia.maker) as client:
            for minutes in (20, 40, 60):
                served.ahead = timedelta(minutes=minutes)
                assert client.get("/api/v1/session").status_code == 200
            served.ahead = timedelta(minutes=91)
            assert client.get("/api/v1/session").json()["code"] == "SESSION_REQUIRED"
    finally:
        served.ahead = timedelta()


def test_logging_out_ends_the_session(served: Any) -> None:
    with served.login(served.cast.jia.maker) as client:
        cookies = dict(client.cookies)
        assert client.delete("/api/v1/session").status_code == 204
        assert client.get("/api/v1/session", headers={"cookie": f"heqi_session={cookies['heqi_session']}"}).status_code == 401


def signed_login(client: httpx.Client, actor: Actor, **change: str) -> dict[str, str]:
    challenge = client.get("/api/v1/session/challenge").json()
    message = login_message(challenge["chain"], change.get("origin", challenge["origin"]), challenge["nonce"])
    signature = signature_text(actor.key.public.alg, actor.key.sign(message))
    return {"certificate": actor.certificate, "nonce": change.get("nonce", challenge["nonce"]), "signature": signature}


def test_a_certificate_logs_in_with_a_signed_challenge_once(served: Any) -> None:
    actor = served.cast.jia.treasurer
    with served.client() as client:
        login = signed_login(client, actor)
        first = client.post("/api/v1/session", json=login)
        assert (first.status_code, first.json()["user"], first.json()["hosted"]) == (201, actor.user, False)
        assert client.post("/api/v1/session", json=login).json()["code"] == "LOGIN_FAILED"


@pytest.mark.parametrize("fault", ["another gateway", "another person", "made up nonce", "old nonce", "garbled", "unknown certificate"])
def test_a_challenge_signed_otherwise_logs_nobody_in(served: Any, fault: str) -> None:
    actor, other = served.cast.jia.treasurer, served.cast.jia.risk
    with served.client() as client:
        match fault:
            case "another gateway":
                login = signed_login(client, actor, origin="https://elsewhere.example")
            case "another person":
                login = {**signed_login(client, other), "certificate": actor.certificate}
            case "made up nonce":
                login = signed_login(client, actor, nonce="9999999999." + "0" * 32 + "." + "0" * 64)
            case "garbled":
                login = {**signed_login(client, actor), "signature": "ed25519:xyz"}
            case "unknown certificate":
                login = {**signed_login(client, actor), "certificate": "sha256:" + "0" * 64}
            case _:
                login = signed_login(client, actor)
                served.ahead = timedelta(minutes=3)
        try:
            answer = client.post("/api/v1/session", json=login)
        finally:
            served.ahead = timedelta()
    assert (answer.status_code, answer.json()["code"]) == (401, "LOGIN_FAILED")


def test_the_gateway_signs_only_for_those_who_gave_it_the_password(served: Any) -> None:
    with served.client() as client:
        session = client.post("/api/v1/session", json=signed_login(client, served.cast.jia.maker)).json()
        answer = client.post("/api/v1/notebook/spill", json={"drops": 1}, headers={"X-CSRF-Token": session["csrf"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "KEY_NOT_HOSTED")


MISSHAPEN = [b"", b"{", b"[]", b'{"user":"a"}', b'{"user":1,"password":"secret word"}', b'{"user":"a","password":"\xff"}']


@pytest.mark.parametrize("body", MISSHAPEN)
def test_a_log_in_of_another_form_is_refused_without_repeating_it(served: Any, body: bytes) -> None:
    with served.client() as client:
        answer = client.post("/api/v1/session", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "SCHEMA_INVALID")
    assert "secret" not in answer.text


def test_a_revoked_certificate_ends_the_session_at_once(served: Any) -> None:
    checker = served.cast.bing.checker
    with served.login(checker) as client, served.login(served.cast.bing.admin) as admin:
        assert client.get("/api/v1/session").status_code == 200
        answer = admin.post("/api/v1/members/revoke", json={"fingerprint": checker.certificate, "reason": "离职"})
        assert answer.status_code == 200, answer.text
        assert client.get("/api/v1/session").json()["code"] == "SESSION_REQUIRED"
        again = attempt(client, checker.user, PASSWORD)
        assert (again.status_code, again.json()["code"]) == (403, "CERT_REVOKED")


# --- hosted keys -------------------------------------------------------------------------------------------------------


def test_a_users_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    set_password(path, "org/maker", "maker", PASSWORD, PasswordHasher(1, 8, 1))
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text()
    path.chmod(0o640)
    with pytest.raises(SchemaInvalid):
        read_users(path)


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaInvalid):
        set_password(tmp_path / "users.json", "org/maker", "maker", "short")
    assert not (tmp_path / "users.json").exists()


def test_a_changed_password_is_in_force_without_a_restart(tmp_path: Path) -> None:
    _, cast = rehearse([])
    suite, path, cheap = SUITES["intl"], tmp_path / "users.json", PasswordHasher(1, 8, 1)
    set_password(path, cast.jia.maker.user, "maker", PASSWORD, cheap)
    keys = KeystoreKeys(Keystore(tmp_path / "keys", suite).unlock("passphrase"), path)
    assert keys.verify_password(cast.jia.maker.user, PASSWORD)
    set_password(path, cast.jia.maker.user, "maker", "another password", cheap)
    assert not keys.verify_password(cast.jia.maker.user, PASSWORD)
    assert keys.verify_password(cast.jia.maker.user, "another password")
    assert not keys.verify_password("org/nobody", PASSWORD)
    assert not keys.verify_password(cast.jia.maker.user, "x" * 5000)


# --- logs and metrics --------------------------------------------------------------------------------------------------


def test_log_lines_are_json_and_hold_no_secret(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from heqi.gateway.log import JsonLines

    # A handler of our own: whether records reach the root logger depends on what ran in this process before.
    stream, logger = io.StringIO(), logging.getLogger("heqi.gateway")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "level", logging.INFO)
    logger.manager._clear_cache()  # type: ignore[attr-defined]
    with served.login(served.cast.jia.maker) as client:
        cookies = list(client.cookies.values())
        client.post("/api/v1/notebook/spill", json={"drops": 11})
        client.get("/api/v1/notebook/note?note=private-name")
    lines = stream.getvalue().splitlines()
    told = [msgspec.json.decode(line) for line in lines]
    act = next(line for line in told if line.get("action") == "notebook.spill")
    assert (act["event"], act["code"], act["status"], act["user"]) == ("request", "AMOUNT_EXCEEDS_BALANCE", 422, served.cast.jia.maker.user)
    assert {"time", "level", "request", "ms", "method", "route"} <= act.keys()
    for secret in (PASSWORD, "private-name", *cookies):
        assert not any(secret in line for line in lines)


def test_metrics_count_transactions_by_code_and_tell_the_height(served: Any, jia: httpx.Client) -> None:
    def figure(name: str) -> float:
        lines = served.client().get("/metrics").text.splitlines()
        return next((float(line.split()[-1]) for line in lines if line.startswith(name)), 0)

    ok, refused = 'heqi_transactions_total{code="OK"}', 'heqi_transactions_total{code="AMOUNT_EXCEEDS_BALANCE"}'
    before = figure(ok), figure(refused), figure("heqi_block_height"), figure("heqi_wait_seconds_count")
    jia.post("/api/v1/notebook/spill", json={"drops": 1})
    jia.post("/api/v1/notebook/spill", json={"drops": 11})
    assert (figure(ok), figure(refused), figure("heqi_wait_seconds_count")) == (before[0] + 1, before[1] + 1, before[3] + 2)
    assert figure("heqi_block_height") >= before[2] + 2
    assert 'route="/api/v1/notebook/{name}"' in served.client().get("/metrics").text


def test_health_and_readiness_need_no_session(served: Any) -> None:
    with served.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/ready").json()["chain"] == "served"


# --- an organisation that is suspended; a gateway behind https -----------------------------------------------------------


def decide(served: Any, action: str, **args: Any) -> None:
    """Have the members decide: moved by the first administrator, carried by two thirds."""
    motion = ""
    for party in ("jia", "yi", "foton", "regulator"):
        with served.login(getattr(served.cast, party).admin) as admin:
            if motion:
                answer = admin.post("/api/v1/governance/vote", json={"motion": motion, "yes": True})
            else:
                answer = admin.post("/api/v1/governance/move", json={"action": action, "args": args, "reason": "例"})
            assert answer.status_code == 200, answer.text
            motion = answer.json()["result"]["motion"]
            if answer.json()["result"]["stage"] == "CARRIED":
                return
    pytest.fail(f"{action} was not carried")


def test_users_of_a_suspended_organisation_see_their_session_and_nothing_else(served: Any) -> None:
    with served.login(served.cast.bing.maker) as client:
        decide(served, "members.suspend", org=served.cast.bing.org, reason="例")
        try:
            assert client.get("/api/v1/session").json()["active"] is False
            for path in ("/api/v1/status", "/api/v1/blocks", "/api/v1/events", "/api/v1/notebook/list_notes"):
                answer = client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_FORBIDDEN"), path
            assert client.post("/api/v1/notebook/spill", json={"drops": 1}).json()["code"] == "ROLE_FORBIDDEN"
        finally:
            decide(served, "members.restore", org=served.cast.bing.org)
        assert client.get("/api/v1/status").status_code == 200


def test_behind_https_cookies_travel_on_https_alone(served: Any) -> None:
    gate = served.app.state.gate
    app = create_app(served.engine, served.catalogue, gate.keys, Settings(origin="https://heqi.example"))

    async def log_in() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://heqi.example") as client:
            return await client.post("/api/v1/session", json={"user": served.cast.jia.maker.user, "password": PASSWORD})

    answer = served.run(log_in())
    assert answer.status_code == 201
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


def test_a_register_named_like_a_route_of_the_gateway_is_not_served(served: Any) -> None:
    catalogue = Catalogue([misnamed.register])
    with pytest.raises(ValueError, match="receipts"):
        create_app(served.engine, catalogue, served.app.state.gate.keys, Settings())


def test_a_bug_is_told_by_the_requests_number_and_nothing_else(served, jia, monkeypatch):
    async def broken() -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(served.engine, "status", broken)
    answer = jia.get("/api/v1/status", headers={"X-Request-Id": "abcdef0123456789"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "GATEWAY_FAULT"
    assert "abcdef0123456789" in answer.json()["message_zh"]
    assert "secret" not in answer.text and "RuntimeError" not in answer.text
