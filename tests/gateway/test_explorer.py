"""The explorer by REST: what is found, and what is never hinted at to those it does not concern."""

import csv
import io
import time
from typing import Any

import httpx
import pytest

FEN = {"ccy": "CNY", "minor": 123_456}
DIGEST = "sha256:" + "ab" * 32


def write(client: httpx.Client, debtor: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/notebook/write", json={"debtor": debtor, "amount": FEN, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def explored(served: Any, height: int) -> None:
    """Wait until the read model has come to this height."""
    until = time.monotonic() + 30
    while served.history.height < height:
        assert time.monotonic() < until, "the read model does not keep up"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def told(served: Any) -> dict[str, Any]:
    """A note by Jia with Foton as its debtor, handed over to Yi. Bing has no part in it."""
    cast = served.cast
    with served.login(cast.jia.maker) as jia:
        written = write(jia, cast.foton.org, note=f"N-7 {DIGEST}")
        handed = jia.post("/api/v1/notebook/hand_over", json={"note": f"N-7 {DIGEST}", "to": cast.yi.org}).json()
    explored(served, handed["height"])
    return {"written": written, "handed": handed, "note": f"N-7 {DIGEST}", "key": handed["writes"][0][0]}


@pytest.fixture
def bing(served: Any) -> Any:
    with served.login(served.cast.bing.maker) as client:
        yield client


def hits(client: httpx.Client, text: str) -> list[tuple[str, str]]:
    answer = client.get("/api/v1/explorer/search", params={"q": text})
    assert answer.status_code == 200, answer.text
    return [(hit["kind"], hit["id"]) for hit in answer.json()["hits"]]


def test_one_search_finds_transactions_blocks_parties_digests_and_records(served: Any, told: Any, regulator: httpx.Client) -> None:
    tx, height = told["written"]["tx"], str(told["written"]["height"])
    block = regulator.get(f"/api/v1/blocks/{height}").json()["commit"]["block_id"]["hash"]
    assert hits(regulator, tx) == hits(regulator, tx.partition(":")[2]) == [("transaction", tx)]
    assert ("block", height) in hits(regulator, height) and hits(regulator, block) == [("block", height)]
    assert hits(regulator, DIGEST) == [("digest", DIGEST)]
    assert hits(regulator, told["note"]) == [("record", told["key"])]
    assert ("party", served.cast.jia.org) in hits(regulator, served.cast.jia.org)
    assert hits(regulator, "nothing of the kind") == []


def test_a_transaction_is_told_in_words_with_what_became_of_each_record(served: Any, told: Any, regulator: httpx.Client) -> None:
    shown = regulator.get(f"/api/v1/explorer/transactions/{told['handed']['tx']}").json()
    assert shown["title"] == ["转让", "Hand over"] and shown["register"] == ["记事本", "Notebook"]
    assert shown["request"] == {"note": told["note"], "to": served.cast.yi.org}
    assert shown["receipt"] == told["handed"]
    (change,) = shown["changes"]
    assert (change["kind"], change["record"], change["shown"]) == ("notebook/note", told["note"], True)
    assert (change["before"]["holder"], change["after"]["holder"]) == (served.cast.jia.org, served.cast.yi.org)
    first = regulator.get(f"/api/v1/explorer/transactions/{told['written']['tx']}").json()["changes"][0]
    assert first["before"] is None and first["after"]["amount"] == FEN


def test_a_refusal_is_told_in_words_and_changed_nothing(served: Any, jia: httpx.Client) -> None:
    refused = jia.post("/api/v1/notebook/spill", json={"drops": 11}).json()
    explored(served, refused["receipt"]["height"])
    shown = jia.get(f"/api/v1/explorer/transactions/{refused['tx']}").json()
    assert shown["changes"] == [] and shown["receipt"]["error"]["message_zh"]


def test_a_records_past_runs_backwards(told: Any, regulator: httpx.Client, served: Any) -> None:
    past = regulator.get(f"/api/v1/explorer/records/{told['key']}").json()
    assert (past["kind"], past["record"]) == ("notebook/note", told["note"])
    assert [(one["line"]["action"], one["value"]["holder"]) for one in past["versions"]] == [
        ("notebook.hand_over", served.cast.yi.org), ("notebook.write", served.cast.jia.org),
    ]  # fmt: skip


def test_who_held_the_record_no_longer_sees_it_and_the_holder_sees_no_further_back_than_its_own_acts(
    served: Any, told: Any, jia: httpx.Client, yi: httpx.Client
) -> None:
    # Jia signed both acts but may no longer ask for the note; Yi holds it, but neither act names Yi to the ledger's events.
    for client in (jia, yi):
        assert client.get(f"/api/v1/explorer/records/{told['key']}").status_code == 404
    shown = jia.get(f"/api/v1/explorer/transactions/{told['handed']['tx']}").json()["changes"][0]
    assert (shown["shown"], shown["before"], shown["after"], shown["record"]) == (False, None, None, "")
    # Yi hands it on and back is none of this test's business: its own note is.
    own = write(yi, served.cast.foton.org, note="Y-1")
    explored(served, own["height"])
    past = yi.get(f"/api/v1/explorer/records/{own['writes'][0][0]}").json()
    assert [one["value"]["note"] for one in past["versions"]] == ["Y-1"]


def test_to_those_it_does_not_concern_nothing_is_hinted_at(served: Any, told: Any, bing: httpx.Client) -> None:
    tx = told["written"]["tx"]
    unknown = "sha256:" + "00" * 32
    for real, never in (
        (f"/api/v1/explorer/transactions/{tx}", f"/api/v1/explorer/transactions/{unknown}"),
        (f"/api/v1/explorer/records/{told['key']}", "/api/v1/explorer/records/00"),
        (f"/api/v1/receipts/{tx}/certificate.pdf", f"/api/v1/receipts/{unknown}/certificate.pdf"),
    ):
        one, other = bing.get(real), bing.get(never)
        assert one.status_code == other.status_code == 404 and one.json() == other.json()
    for text in (tx, DIGEST, told["note"]):
        assert hits(bing, text) == []
    for query in ({"digest": DIGEST}, {"record": told["key"]}, {"party": served.cast.jia.org}, {"block": told["written"]["height"]}):
        assert bing.get("/api/v1/explorer/transactions", params=query).json()["transactions"] == []
    blocks = bing.get("/api/v1/explorer/blocks").json()["blocks"]
    assert all(block["concerning"] == 0 for block in blocks) and any(block["transactions"] for block in blocks)


def test_the_debtor_is_told_of_the_act_that_names_it_and_of_no_other(served: Any, told: Any) -> None:
    with served.login(served.cast.foton.maker) as foton:
        assert hits(foton, told["written"]["tx"]) == [("transaction", told["written"]["tx"])]
        assert hits(foton, told["handed"]["tx"]) == []
        shown = foton.get(f"/api/v1/explorer/transactions/{told['written']['tx']}").json()
        assert not shown["changes"][0]["shown"], "the note is its holder's to show"


def test_lists_go_on_where_they_ended_without_gap_or_repetition(served: Any, jia: httpx.Client) -> None:
    for _ in range(5):
        last = write(jia, served.cast.foton.org)
    explored(served, last["height"])
    whole = jia.get("/api/v1/explorer/transactions", params={"limit": 500}).json()["transactions"]
    pages, before = [], None
    while True:
        page = jia.get("/api/v1/explorer/transactions", params={"limit": 2} | ({"before": before} if before else {})).json()
        pages += page["transactions"]
        before = page["next"]
        if before is None:
            break
    assert pages == whole and len(whole) > 5 and [one["height"] for one in whole] == sorted((one["height"] for one in whole), reverse=True)
    blocks, below = [], None
    while True:
        listed = jia.get("/api/v1/explorer/blocks", params={"limit": 3} | ({"before": below} if below else {})).json()
        blocks += [block["height"] for block in listed["blocks"]]
        below = listed["next"]
        if below is None:
            break
    assert blocks == list(range(blocks[0], 0, -1))


def test_the_export_is_a_table_a_spreadsheet_reads_and_runs_nothing(jia: httpx.Client, told: Any) -> None:
    chosen = {"format": "csv", "action": "notebook.write"}
    answer = jia.get("/api/v1/explorer/transactions", params=chosen, headers={"accept-language": "en"})
    assert answer.headers["content-type"].startswith("text/csv") and answer.content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header[:2] == ["height", "place"] and {row[3] for row in rows} == {"notebook.write"}
    assert any(row[-1] == told["written"]["tx"] for row in rows)


def test_the_health_of_the_chain(served: Any, told: Any, jia: httpx.Client) -> None:
    health = jia.get("/api/v1/explorer/health").json()
    assert health["explored"] <= health["height"] and health["blocks"] >= 2
    (held,) = health["validators"]
    assert held[1] == health["blocks"], "the only validator signed every block"


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("search", 400, "q"),
        ("search?q=" + "x" * 201, 400, "q"),
        ("blocks?before=0", 400, "before"),
        ("blocks?limit=501", 400, "limit"),
        ("transactions?limit=0", 400, "limit"),
        ("transactions?before=7", 400, "before"),
        ("transactions?block=last", 400, "block"),
        ("transactions?record=zz", 404, None),
        ("records/zz", 404, None),
        ("transactions/nothing", 404, None),
    ],
)
def test_what_cannot_be_asked(jia: httpx.Client, path: str, status: int, field: str | None) -> None:
    answer = jia.get(f"/api/v1/explorer/{path}")
    assert (answer.status_code, answer.json()["field"]) == (status, field)


@pytest.mark.parametrize("text", ["%", "_", "' OR 1=1 --", "合契", "\U0001f600", "0x10", "٣", "sha256:", ":"])
def test_no_search_is_more_than_text(jia: httpx.Client, text: str) -> None:
    assert hits(jia, text) == []
