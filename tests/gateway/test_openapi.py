"""The description of the API: complete, in both languages, and true; the page that shows it loads nothing from elsewhere."""

import re
from typing import Any

import httpx
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

from heqi.gateway.openapi import describe
from heqi.types.rejection import Rejection

load_all_checks()


@pytest.fixture(scope="module")
def document(served: Any) -> dict[str, Any]:
    return served.client().get("/openapi.json").json()


def test_every_action_and_view_is_described_in_both_languages(served: Any, document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    actions, views = served.catalogue.actions.values(), served.catalogue.views.values()
    for declared, method in [*((action, "post") for action in actions), *((view, "get") for view in views)]:
        operation = document["paths"][f"/api/v1/{declared.full_name.replace('.', '/')}"][method]
        for text in (*declared.title, *declared.help):
            assert text in operation["summary"] + operation["description"]


def test_every_refusal_is_documented_under_its_status(document: dict[str, Any]) -> None:
    told = [code for response in document["components"]["responses"].values() for code in response["x-heqi-codes"]]
    assert sorted(told) == sorted(Rejection.known)
    assert "LIMIT_EXCEEDED" in document["components"]["responses"]["Refused422"]["x-heqi-codes"]


def test_an_operation_names_the_refusals_of_its_own_register(document: dict[str, Any]) -> None:
    assert "ALREADY_VOTED" in document["paths"]["/api/v1/governance/vote"]["post"]["x-heqi-refusals"]
    assert "ALREADY_VOTED" not in document["paths"]["/api/v1/notebook/write"]["post"]["x-heqi-refusals"]


def test_seats_and_scalars_are_there_for_forms(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/notebook/write_checked"]["post"]
    assert [seat["role"] for seat in operation["x-heqi"]["by"]] == ["maker", "checker"]
    request = document["components"]["schemas"]["WriteCheckedRequest"]
    assert request["properties"]["debtor"]["x-heqi"]["scalar"] == "uscc"


def test_the_document_is_the_same_each_time(served: Any) -> None:
    assert msgspec.json.encode(describe(served.catalogue)) == msgspec.json.encode(describe(served.catalogue))


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    text = msgspec.json.encode(document).decode()
    for reference in set(re.findall(r'"\$ref":"#/components/([^"]+)"', text)):
        kind, _, name = reference.partition("/")
        assert name in document["components"][kind], reference


def test_the_page_and_its_parts_come_from_here_alone(served: Any) -> None:
    with served.client() as client:
        page = client.get("/docs")
        parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert parts and all(part.startswith("/docs/") for part in parts)
        assert all(client.get(part).status_code == 200 for part in parts)
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy
        assert "<script>" not in page.text
        assert client.get("/docs/../settings.py").status_code == 404


# --- what is described is what happens -----------------------------------------------------------------------------------


NOT_CHECKED = [
    # A business rule may refuse what fits the schema (a code with a wrong check digit), and plain text allows anything.
    checks.positive_data_acceptance,
    # The session is sent on every call here; test_who_may.py takes it away.
    checks.ignored_auth,
]


def test_whatever_is_asked_the_answer_is_as_described(served: Any, jia: httpx.Client) -> None:
    headers = {"X-CSRF-Token": jia.headers["X-CSRF-Token"], "Cookie": f"heqi_session={jia.cookies['heqi_session']}"}
    # Left out: the stream never ends, and logging in or out would change who asks.
    config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
    described = schemathesis.openapi.from_url(f"{served.url}/openapi.json", config=config)
    described = described.exclude(path=["/api/v1/events", "/api/v1/session"])
    operations = [result.ok() for result in described.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:

        fitting, misfitting = (operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

        @given(case=fitting | misfitting)
        @settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
        def ask(case: schemathesis.Case) -> None:
            case.call_and_validate(headers=headers, excluded_checks=NOT_CHECKED)

        ask()
