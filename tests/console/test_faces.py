"""What the gateway offers the console: acts tried without a trace, tables, imports, and the built files; asked as a browser asks."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from stand import PASSWORD, org

AP, AP_TOO_MUCH = "1000-2026-5100000001", "1000-2026-5100000002"
DONE = "FJT-2026-0001"
HEADING = "应付单号,统一社会信用代码,供应商名称,凭证号,应付金额,到期日,三单匹配\n"


@contextlib.contextmanager
def log_in(stand: Any, party: str, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stand.url, timeout=60, trust_env=False) as client:
        session = client.post("/api/v1/session", json={"user": f"{org(stand, party)}/{name}", "password": PASSWORD}).json()
        client.headers["X-CSRF-Token"] = session["csrf"]
        yield client


@pytest.fixture(scope="module")
def plant(told: Any) -> Iterator[httpx.Client]:
    with log_in(told, "foton", "maker") as client:
        yield client


@pytest.fixture(scope="module")
def api(told: Any) -> Iterator[httpx.Client]:
    with log_in(told, "foton", "api") as client:
        yield client


def tried(client: httpx.Client, action: str, **args: Any) -> dict[str, Any]:
    (found,) = client.post("/api/v1/trials", json={"trials": [{"action": f"all_link.{action}", "args": args}]}).json()
    return found


def issue(stand: Any, **changes: Any) -> dict[str, Any]:
    return {
        "package": "FJT-2026-0777", "first_payee": org(stand, "jia"), "items": [AP_TOO_MUCH], "face": {"ccy": "CNY", "minor": 100},
        "maturity": "2026-12-31", "plant": "P1", **changes,
    }  # fmt: skip


# --- trials -------------------------------------------------------------------------------------------------------------
def test_a_trial_tells_what_the_act_would_do_and_leaves_nothing(told: Any, plant: httpx.Client) -> None:
    before = told.host.fingerprint()
    found = tried(plant, "issue_fjt", **issue(told))
    assert (found["verdict"], found["result"]["stage"]) == ("FITS", "OFFERED")
    assert [(seat["role"], seat["mine"]) for seat in found["seats"]] == [("maker", True), ("checker", False), ("approver", False)]
    assert "VoucherIssued" in [event["name"] for event in found["events"]]
    assert told.host.fingerprint() == before


TRIALS = {
    "the form is still empty": ("foton", "maker", "issue_fjt", {}, "OPEN", None),
    "the record is not there": ("foton", "maker", "accept", {"package": "FJT-2026-9999"}, "REFUSED", "NOT_FOUND"),
    "it is another's to do": ("foton", "maker", "accept", {"package": DONE}, "REFUSED", "NOT_FOUND"),
    "it is another desk's": ("jia", "api", "accept", {"package": DONE}, "REFUSED", "ROLE_FORBIDDEN"),
    "it is done already": ("jia", "maker", "accept", {"package": DONE}, "REFUSED", "STATE_INVALID"),
    "the stage forbids it whatever is filled in": ("yi", "maker", "transfer", {"note": f"{DONE}:500001"}, "REFUSED", "NOT_FOUND"),
    "the regulator signs no business": ("regulator", "maker", "accept", {"package": DONE}, "REFUSED", "NOT_FOUND"),
}


@pytest.mark.parametrize("case", TRIALS)
def test_the_node_says_what_one_may_do(told: Any, case: str) -> None:
    party, name, action, args, verdict, code = TRIALS[case]
    with log_in(told, party, name) as client:
        found = tried(client, action, **args)
    assert (found["verdict"], found["problem"] and found["problem"]["code"]) == (verdict, code)


def test_a_seat_that_hangs_on_a_blank_field_opens_no_record_to_others(told: Any) -> None:
    (request,) = told.stage.ask("all_link.my_requests", told.cast.factor.maker)
    for party, code in {"regulator": "NOT_FOUND", "jia": "NOT_FOUND", "factor": None}.items():
        with log_in(told, party, "maker") as client:
            found = tried(client, "refactor", request=request["request"])  # The buying bank is not named yet.
        assert (found["verdict"], found["problem"] and found["problem"]["code"]) == ("REFUSED" if code else "OPEN", code)


def test_a_trial_names_the_field_that_does_not_fit(told: Any, plant: httpx.Client) -> None:
    found = tried(plant, "issue_fjt", **issue(told, face={"ccy": "CNY", "minor": -1}))
    assert (found["problem"]["code"], found["problem"]["field"]) == ("MONEY_INVALID", "face")
    found = tried(plant, "issue_fjt", **issue(told, first_payee="91990000MA0001843B"))
    assert found["problem"]["field"] == "first_payee"
    assert tried(plant, "issue_fjt", **issue(told, items=[AP]))["problem"]["code"] == "DUP_USE"
    found = tried(plant, "issue_fjt", first_payee=7)  # Of a form half filled in, too.
    assert (found["problem"]["code"], found["problem"]["field"]) == ("SCHEMA_INVALID", "first_payee")


def test_at_most_fifty_acts_are_tried_at_once(plant: httpx.Client) -> None:
    refused = plant.post("/api/v1/trials", json={"trials": [{"action": "all_link.accept"}] * 51})
    assert (refused.status_code, refused.json()["field"]) == (400, "trials")
    assert plant.post("/api/v1/trials", json={"trials": 1}).json()["code"] == "SCHEMA_INVALID"


# --- tables -------------------------------------------------------------------------------------------------------------
def table(client: httpx.Client, view: str, **query: Any) -> dict[str, Any]:
    return client.get(f"/api/v1/tables/{view.replace('.', '/')}", params=query).raise_for_status().json()


def test_rows_are_sorted_filtered_found_and_paged_by_the_node(told: Any, plant: httpx.Client) -> None:
    down = table(plant, "all_link.my_payables", _sort="-item.amount")
    assert [row["ap_no"] for row in down["rows"]] == [AP_TOO_MUCH, AP] and (down["total"], down["whole"]) == (2, True)
    second = table(plant, "all_link.my_payables", _sort="-item.amount", _size=1, _page=2)
    assert [row["ap_no"] for row in second["rows"]] == [AP] and second["total"] == 2
    assert [row["ap_no"] for row in table(plant, "all_link.my_payables", _find="2400000.00")["rows"]] == [AP]
    assert table(plant, "all_link.my_payables", _where=f"item.vendor:{org(told, 'yi')}")["total"] == 0
    with log_in(told, "foton_group", "maker") as group:
        lines = table(group, "all_link.quota_lines", group=org(told, "foton_group"))
    assert {row["key"] for row in lines["rows"]} == {org(told, "foton"), org(told, "dealer")}


def test_a_table_is_exported_so_that_a_spreadsheet_reads_it_and_runs_nothing(plant: httpx.Client) -> None:
    query = {"_column": ["ap_no~应付编号", "item.amount~=HYPERLINK(1)"], "_sort": "ap_no"}
    told = plant.get("/api/v1/tables/all_link/my_payables", params=query, headers={"Accept": "text/csv"})
    assert told.headers["content-type"].startswith("text/csv") and "attachment" in told.headers["content-disposition"]
    lines = told.content.decode("utf-8-sig").splitlines()
    assert lines == ["应付编号,'=HYPERLINK(1)", f"{AP},2400000.00", f"{AP_TOO_MUCH},2600000.01"]


@pytest.mark.parametrize(("path", "status"), [
    ("all_link/my_payables?_size=201", 400), ("all_link/my_payables?colour=red", 400), ("all_link/nothing", 404),
    (f"all_link/package?package={DONE}", 400), ("all_link/circulation?group=91990000MA00020535", 404),
])  # fmt: skip
def test_a_table_that_cannot_be_shown_is_refused(plant: httpx.Client, path: str, status: int) -> None:
    assert plant.get(f"/api/v1/tables/{path}").status_code == status
    assert plant.get("/api/v1/tables/all_link/my_payables", headers={"Accept": "text/csv"}).json()["field"] == "_column"


# --- imports ------------------------------------------------------------------------------------------------------------
def begun(client: httpx.Client, name: str, data: bytes, action: str = "all_link/import_ap") -> httpx.Response:
    return client.post(f"/api/v1/imports/{action}", files={"file": (name, data)})


def finished(client: httpx.Client, job: str) -> dict[str, Any]:
    until = time.monotonic() + 60
    while (found := client.get(f"/api/v1/imports/{job}").json())["state"] == "RUNNING":
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def test_an_import_tells_how_far_it_is_and_what_became_of_each_row(told: Any, api: httpx.Client) -> None:
    jia = org(told, "jia")
    rows = f"NEW-1,{jia},供应商甲,51,10.00,2026-12-31,是\nNEW-2,{jia},供应商甲,52,ten,2026-12-31,是\n{HEADING[:0]}"
    answer = begun(api, "应付.csv", (HEADING + rows).encode("gb18030"))
    assert answer.status_code == 202
    done = finished(api, answer.json()["job"])
    report = done["report"]
    assert (done["state"], report["rows"], report["imported"], len(report["bad"]), done["file"]) == ("DONE", 2, 1, 1, "应付.csv")
    assert report["bad"][0]["row"] == 3 and report["bad"][0]["column"] == "应付金额"


def test_an_import_is_its_owners_alone_and_needs_the_right_desk(told: Any, api: httpx.Client, plant: httpx.Client) -> None:
    job = begun(api, "empty.csv", HEADING.encode()).json()["job"]
    assert plant.get(f"/api/v1/imports/{job}").status_code == 404
    rows = f"NEW-9,{org(told, 'jia')},供应商甲,51,10.00,2026-12-31,是\n"
    failed = finished(plant, begun(plant, "a.csv", (HEADING + rows).encode()).json()["job"])
    assert (failed["state"], failed["problem"]["code"]) == ("FAILED", "ROLE_FORBIDDEN")


HOSTILE = {
    "../../etc/passwd.csv": "passwd.csv",
    "C:\\windows\\x.csv": "x.csv",
    "<script>alert(1)</script>.csv": "script_.csv",
    "a;rm -rf $HOME.csv": "a_rm -rf _HOME.csv",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_is_only_ever_shown_and_harmless(api: httpx.Client, name: str) -> None:
    shown = begun(api, name, HEADING.encode()).json()["file"]
    assert shown.endswith(HOSTILE[name]) and not set(shown) & set('<>/\\;$"')


def test_a_file_too_large_of_another_kind_or_none_is_refused(told: Any, api: httpx.Client) -> None:
    assert begun(api, "a.exe", b"MZ").json()["code"] == "MEDIA_TYPE_UNSUPPORTED"
    assert api.post("/api/v1/imports/all_link/import_ap", json={}).json()["code"] == "MEDIA_TYPE_UNSUPPORTED"
    assert api.post("/api/v1/imports/all_link/import_ap", files={"other": ("a.csv", b"")}).json()["field"] == "file"
    assert begun(api, "a.csv", b"", "all_link/accept").json()["code"] == "NOT_FOUND"
    too_large = told.app.state.gate.settings.file_max + 1
    assert begun(api, "a.csv", b"x" * too_large).json()["code"] == "BODY_TOO_LARGE"
    unread = finished(api, begun(api, "a.xlsx", b"not a workbook").json()["job"])
    assert (unread["state"], unread["problem"]["code"]) == ("FAILED", "SCHEMA_INVALID")


# --- files --------------------------------------------------------------------------------------------------------------
def test_the_page_runs_scripts_of_its_own_origin_only(told: Any) -> None:
    page = httpx.get(f"{told.url}/console/", headers={"Accept-Encoding": "br"}, trust_env=False)
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["script-src"] == "'self'" and policy["default-src"] == "'none'" and policy["frame-ancestors"] == "'none'"
    assert page.headers["cache-control"] == "no-cache"
    deep = httpx.get(f"{told.url}/console/p/all_link.package", trust_env=False)
    assert deep.status_code == 200 and deep.text.startswith("<!doctype html>")
    assert httpx.get(f"{told.url}/", trust_env=False).headers["location"] == "/console/"
    assert httpx.get(f"{told.url}/console/assets/none.js", trust_env=False).status_code == 404


def test_built_files_are_sent_compressed_and_kept_for_ever(told: Any) -> None:
    page = httpx.get(f"{told.url}/console/", trust_env=False).text
    script = page.partition('src="')[2].partition('"')[0]
    for encoding in ("br", "gzip"):
        sent = httpx.get(f"{told.url}{script}", headers={"Accept-Encoding": encoding}, trust_env=False)
        assert sent.headers["content-encoding"] == encoding and "immutable" in sent.headers["cache-control"]
        assert sent.headers["content-type"].startswith("text/javascript")


def test_one_act_is_told_with_the_schema_of_its_request(told: Any) -> None:
    found = httpx.get(f"{told.url}/api/v1/catalogue/all_link.transfer", trust_env=False).json()
    assert found["title"] == ["转让", "Transfer"] and found["request"] == {"$ref": "#/components/schemas/TransferRequest"}
    assert found["components"]["TransferRequest"]["required"] == ["note", "amount", "to", "basis"]
    assert httpx.get(f"{told.url}/api/v1/catalogue/all_link.nothing", trust_env=False).status_code == 404
