"""Acts and views by REST: receipts, refusals, proposals, query strings."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import msgspec
import pytest

from heqi.client.stage import sign_transaction
from heqi.proof.receipt import Receipt
from heqi.proof.verify import verify_receipt

FEN = {"ccy": "CNY", "minor": 100}


def write(client: httpx.Client, served: Any, **more: Any) -> httpx.Response:
    return client.post("/api/v1/notebook/write", json={"debtor": served.cast.foton.org, "amount": FEN, **more})


def test_an_act_gives_its_receipt(served: Any, jia: httpx.Client) -> None:
    answer = write(jia, served)
    assert answer.status_code == 200
    receipt = msgspec.json.decode(answer.content, type=Receipt)
    assert (receipt.code, receipt.action, receipt.signers[0].user) == ("OK", "write", served.cast.jia.maker.user)
    assert answer.headers["location"] == f"/api/v1/receipts/{receipt.tx}"
    assert jia.get(answer.headers["location"]).content == answer.content


def test_a_receipt_is_proven_by_the_file_the_gateway_gives(served: Any, jia: httpx.Client) -> None:
    tx = write(jia, served).json()["tx"]
    verdict = verify_receipt(jia.get(f"/api/v1/receipts/{tx}/proof").content, served.genesis)
    assert verdict.receipt.tx == tx
    assert served.client().get("/api/v1/genesis").json() == msgspec.to_builtins(served.genesis)


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b"{", 400, "SCHEMA_INVALID", None),
        (b"[]", 400, "SCHEMA_INVALID", None),
        (b'{"drops": "3"}', 400, "SCHEMA_INVALID", "drops"),
        (b'{"drops": 3.5}', 400, "SCHEMA_INVALID", None),
        (b'{"drops": 9007199254740993}', 400, "SCHEMA_INVALID", None),
        (b'{"drops": 3, "user": "somebody"}', 400, "SCHEMA_INVALID", None),
        (b'{"drops": 11}', 422, "AMOUNT_EXCEEDS_BALANCE", None),
    ],
)
def test_what_does_not_fit_is_refused_by_code_and_field(jia: httpx.Client, body: bytes, status: int, code: str, field: str | None) -> None:
    answer = jia.post("/api/v1/notebook/spill", content=body, headers={"content-type": "application/json"})
    told = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["message_zh"] and told["message_en"] and told["type"].endswith(f"#{code}")
    if field:
        assert told["field"] == field


def test_a_refusal_on_the_ledger_brings_its_receipt(jia: httpx.Client) -> None:
    told = jia.post("/api/v1/notebook/spill", json={"drops": 11}).json()
    assert told["receipt"]["code"] == told["code"] == "AMOUNT_EXCEEDS_BALANCE"
    assert jia.get(f"/api/v1/receipts/{told['tx']}").json() == told["receipt"]


@pytest.mark.parametrize(
    ("header", "title", "field"),
    [
        ("", "未找到", "message_zh"),
        ("en", "Not found", "message_en"),
        ("zh-CN,en;q=0.8", "未找到", "message_zh"),
        ("fr, en;q=0.5", "Not found", "message_en"),
    ],
)
def test_problems_speak_the_language_asked_for(jia: httpx.Client, header: str, title: str, field: str) -> None:
    answer = jia.get("/api/v1/receipts/nothing", headers={"accept-language": header})
    told = answer.json()
    assert told["title"] == title
    assert told["detail"] == told[field]


def test_an_act_that_a_second_person_must_sign_becomes_a_proposal(served: Any, jia: httpx.Client) -> None:
    answer = jia.post(
        "/api/v1/notebook/write_checked", params={"note": "三月账款"}, json={"debtor": served.cast.foton.org, "amount": FEN}
    )  # fmt: skip
    proposal = answer.json()["proposal"]
    assert answer.status_code == 202
    assert (proposal["stage"], proposal["action"], proposal["note"]) == ("OPEN", "notebook.write_checked", "三月账款")
    assert (proposal["next"]["org"], proposal["next"]["role"]) == (served.cast.jia.org, "checker")
    with served.login(served.cast.jia.checker) as checker:
        assert [p["proposal"] for p in checker.get("/api/v1/approvals/inbox").json()] == [proposal["proposal"]]
        done = checker.post("/api/v1/approvals/sign", json={"proposal": proposal["proposal"]}).json()
    assert (done["code"], done["result"]["stage"]) == ("OK", "DONE")
    assert done["result"]["result"]["holder"] == served.cast.jia.org


@pytest.mark.parametrize(("drops", "status"), [(5, 200), (6, 202)])
def test_whether_a_second_person_must_sign_is_asked_of_the_state(jia: httpx.Client, drops: int, status: int) -> None:
    answer = jia.post("/api/v1/notebook/spill_with_care", json={"drops": drops})
    assert answer.status_code == status, answer.text


def test_the_wrong_role_is_refused(served: Any) -> None:
    with served.login(served.cast.jia.checker) as checker:
        answer = write(checker, served)
    assert (answer.status_code, answer.json()["code"]) == (403, "ROLE_FORBIDDEN")


def test_an_idempotency_key_names_one_act(served: Any, jia: httpx.Client) -> None:
    key = {"Idempotency-Key": "invoice 17"}
    body = {"debtor": served.cast.foton.org, "amount": FEN}
    first, second = (jia.post("/api/v1/notebook/write", json=body, headers=key) for _ in range(2))
    assert first.content == second.content
    other = jia.post("/api/v1/notebook/write", json={**body, "amount": {"ccy": "CNY", "minor": 101}}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "REPLAYED")


def test_the_same_request_many_times_at_once_is_one_act(served: Any, jia: httpx.Client) -> None:
    body, key = {"debtor": served.cast.foton.org, "amount": FEN}, {"Idempotency-Key": "all at once"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: jia.post("/api/v1/notebook/write", json=body, headers=key), range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["tx"] for answer in answers}) == 1


def test_asking_again_gives_the_first_receipt_though_the_act_has_changed_who_may(served: Any, jia: httpx.Client) -> None:
    note = write(jia, served).json()["result"]["note"]
    body, key = {"note": note, "to": served.cast.yi.org}, {"Idempotency-Key": f"hand over {note}"}
    first, second = (jia.post("/api/v1/notebook/hand_over", json=body, headers=key) for _ in range(2))
    assert first.status_code == 200
    assert first.content == second.content
    assert jia.post("/api/v1/notebook/hand_over", json=body).status_code == 404


def test_a_gateway_that_forgot_the_key_still_does_not_do_the_act_twice(served: Any, jia: httpx.Client) -> None:
    key = {"Idempotency-Key": "invoice 18"}
    body = {"debtor": served.cast.foton.org, "amount": FEN}
    assert jia.post("/api/v1/notebook/write", json=body, headers=key).status_code == 200
    served.app.state.gate.repeats._sent.clear()
    served.ahead = served.ahead.__class__(seconds=2)
    try:
        answer = jia.post("/api/v1/notebook/write", json=body, headers=key)
    finally:
        served.ahead = served.ahead.__class__()
    assert (answer.status_code, answer.json()["code"]) == (409, "REPLAYED")


def test_a_query_string_is_read_by_the_views_request(jia: httpx.Client) -> None:
    params: list[tuple[str, str | int]] = [
        ("on", "2026-03-10"), ("kind", "DEBIT"), ("count", "3"), ("loud", "true"), ("words", "甲"), ("words", "null"),
        ("place", '{"city":"北京","street":"1"}'),
    ]  # fmt: skip
    assert jia.get("/api/v1/notebook/echo", params=params).json() == {
        "on": "2026-03-10", "kind": "DEBIT", "count": 3, "loud": True, "words": ["甲", "null"], "place": {"city": "北京", "street": "1"},
    }  # fmt: skip
    assert jia.get("/api/v1/notebook/echo", params={"on": "2026-03-10", "words": '["a","b"]'}).json()["words"] == ["a", "b"]


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("", 400, "SCHEMA_INVALID", None),
        ("on=yesterday", 422, "DATE_INVALID", "on"),
        ("on=2026-03-10&count=three", 400, "SCHEMA_INVALID", "count"),
        ("on=2026-03-10&loud=yes", 400, "SCHEMA_INVALID", "loud"),
        ("on=2026-03-10&kind=LOAN", 400, "SCHEMA_INVALID", "kind"),
        ("on=2026-03-10&on=2026-03-11", 400, "SCHEMA_INVALID", "on"),
        ("on=2026-03-10&place=here", 400, "SCHEMA_INVALID", "place"),
        ("on=2026-03-10&colour=red", 400, "SCHEMA_INVALID", "colour"),
    ],
)
def test_a_query_that_does_not_fit_names_its_field(jia: httpx.Client, query: str, status: int, code: str, field: str | None) -> None:
    answer = jia.get(f"/api/v1/notebook/echo?{query}")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (status, code, field)


def envelope(served: Any, actor: Any, **args: Any) -> bytes:
    at = served.app.state.gate.settings.clock()
    args = args or {"drops": 1}
    return sign_transaction("served", "notebook.spill", msgspec.json.encode(args), (actor,), at + at.resolution * 300_000_000)


JSON = {"content-type": "application/json"}


def test_a_signed_transaction_is_passed_on_and_sent_again_gives_the_first_receipt(served: Any, jia: httpx.Client) -> None:
    data = envelope(served, served.cast.jia.maker)
    first, second = (jia.post("/api/v1/transactions", content=data, headers=JSON) for _ in range(2))
    assert first.status_code == 200
    assert first.content == second.content


def test_the_receipt_of_a_relayed_transaction_of_others_is_not_shown(served: Any, jia: httpx.Client) -> None:
    answer = jia.post("/api/v1/transactions", content=envelope(served, served.cast.yi.maker), headers=JSON)
    assert (answer.status_code, answer.json()["receipt"]) == (202, None)
    assert jia.get(f"/api/v1/receipts/{answer.json()['tx']}").status_code == 404


@pytest.mark.parametrize("form", ["object", "list", "ndjson"])
def test_a_batch_answers_for_each_in_order(served: Any, jia: httpx.Client, form: str) -> None:
    mine = served.cast.jia.maker
    bad = b"not JSON at all" if form == "ndjson" else b'{"no":"transaction"}'
    batch = [envelope(served, mine), envelope(served, mine, drops=11), bad, envelope(served, served.cast.yi.maker)]
    bodies = {"object": b'{"transactions":[%s]}' % b",".join(batch), "list": b"[%s]" % b",".join(batch), "ndjson": b"\n".join(batch)}
    media = "application/x-ndjson" if form == "ndjson" else "application/json"
    answer = jia.post("/api/v1/transactions", content=bodies[form], headers={"content-type": media})
    done, refused, malformed, others = answer.json()["outcomes"]
    assert done["receipt"]["code"] == "OK"
    assert (refused["receipt"], refused["problem"]["code"]) == (None, "AMOUNT_EXCEEDS_BALANCE")
    assert refused["problem"]["receipt"]["tx"] == refused["tx"]
    assert (malformed["tx"], malformed["problem"]["code"]) == (None, "SCHEMA_INVALID")
    assert (others["receipt"], others["problem"]) == (None, None)
    assert others["tx"]


def test_blocks_show_their_header_to_all_and_their_receipts_to_those_concerned(served: Any, jia: httpx.Client, yi: httpx.Client) -> None:
    receipt = write(jia, served).json()
    mine, theirs = (client.get(f"/api/v1/blocks/{receipt['height']}").json() for client in (jia, yi))
    assert receipt in mine["receipts"]
    assert receipt not in theirs["receipts"]
    assert mine["header"] == theirs["header"]
    page = jia.get("/api/v1/blocks", params={"from": 1, "limit": 2}).json()
    assert ([block["height"] for block in page["blocks"]], page["next"]) == ([1, 2], 3)


def test_status_and_catalogue_tell_what_runs_here(served: Any, jia: httpx.Client) -> None:
    status = jia.get("/api/v1/status").json()
    assert (status["status"]["chain"], status["status"]["engine"]) == ("served", "embedded")
    listed = jia.get("/api/v1/catalogue").json()
    assert {"notebook.write", "approvals.propose"} <= {action["name"] for action in listed["actions"]}
    assert {"SESSION_REQUIRED", "NOT_FOUND"} <= {refusal["code"] for refusal in listed["refusals"]}
