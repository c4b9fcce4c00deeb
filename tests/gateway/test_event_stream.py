"""The stream of events: only what concerns the follower, resumed without loss or repetition."""

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest


def follow(client: httpx.Client, count: int, *, after: str | None = None, start: int | None = None) -> list[tuple[str, dict[str, Any]]]:
    """The next `count` events: (id, event)."""
    headers = {"Last-Event-ID": after} if after is not None else {}
    params = {"from": start} if start is not None else {}
    found: list[tuple[str, dict[str, Any]]] = []
    with client.stream("GET", "/api/v1/events", headers=headers, params=params) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        id_ = ""
        for line in answer.iter_lines():
            if line.startswith("id: "):
                id_ = line[4:]
            elif line.startswith("data: "):
                found.append((id_, msgspec.json.decode(line[6:])))
                if len(found) == count:
                    break
    return found


def write(client: httpx.Client, served: Any, count: int = 1) -> dict[str, Any]:
    note = {"debtor": served.cast.foton.org, "amount": {"ccy": "CNY", "minor": 1}}
    answers = [client.post("/api/v1/notebook/write", json=note) for _ in range(count)]
    assert all(answer.status_code == 200 for answer in answers)
    return answers[0].json()


@pytest.fixture
def foton(served: Any) -> Iterator[httpx.Client]:
    with served.login(served.cast.foton.maker) as client:
        yield client


def test_events_come_as_they_happen(served: Any, jia: httpx.Client) -> None:
    with jia.stream("GET", "/api/v1/events") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        with served.login(served.cast.jia.maker) as other:
            receipt = write(other, served)
        event = msgspec.json.decode(next(line for line in lines if line.startswith("data: "))[6:])
    assert (event["tx"], event["name"], event["data"]["holder"]) == (receipt["tx"], "NoteWritten", served.cast.jia.org)


def test_a_follower_gets_the_events_that_name_it_and_the_regulator_all(
    served: Any, jia: httpx.Client, yi: httpx.Client, foton: httpx.Client, regulator: httpx.Client
) -> None:
    receipt = write(jia, served)
    jia.post("/api/v1/notebook/spill", json={"drops": 2})
    mark = write(yi, served)
    start = receipt["height"]

    def names(client: httpx.Client, count: int) -> list[tuple[str, str]]:
        return [(event["name"], event["tx"]) for _, event in follow(client, count, start=start)]

    first, last = receipt["tx"], mark["tx"]
    assert names(yi, 2) == [("NoteWritten", last), ("DebtorTold", last)]
    assert names(foton, 2) == [("DebtorTold", first), ("DebtorTold", last)]
    # What one signed oneself comes too, whomever it names.
    assert [name for name, _ in names(jia, 3)] == ["NoteWritten", "DebtorTold", "InkSpilt"]
    assert [name for name, _ in names(regulator, 5)] == ["NoteWritten", "DebtorTold", "InkSpilt", "NoteWritten", "DebtorTold"]


def test_a_stream_taken_up_after_any_event_goes_on_with_the_next(served: Any, jia: httpx.Client) -> None:
    start = write(jia, served, 4)["height"]
    whole = follow(jia, 8, start=start)
    assert len({id_ for id_, _ in whole}) == 8
    for seen in range(1, 8):
        assert follow(jia, 8 - seen, after=whole[seen - 1][0]) == whole[seen:]


def test_a_follower_who_breaks_off_again_and_again_while_others_write_misses_nothing(served: Any, jia: httpx.Client) -> None:
    start = write(jia, served)["height"]

    def write_on() -> None:
        with served.login(served.cast.jia.maker) as other:
            write(other, served, 12)

    writer = threading.Thread(target=write_on)
    writer.start()
    got = follow(jia, 1, start=start)
    while len(got) < 26:
        got += follow(jia, min(3, 26 - len(got)), after=got[-1][0])
    writer.join()
    assert got == follow(jia, 26, start=start)


def test_an_idle_stream_marks_how_far_it_has_read(served: Any, jia: httpx.Client, yi: httpx.Client) -> None:
    height = write(jia, served)["height"]
    with yi.stream("GET", "/api/v1/events", params={"from": height}) as answer:
        mark = next(line[4:] for line in answer.iter_lines() if line.startswith("id: "))
    assert int(mark.split("/")[0]) >= height
    write(yi, served)
    assert [event["name"] for _, event in follow(yi, 2, after=mark)] == ["NoteWritten", "DebtorTold"]


@pytest.mark.parametrize("mark", ["7", "a/b/c", "1/2", "-1/0/0", "1/2/3/4", "1/２/3"])
def test_a_mark_that_is_none_is_refused(jia: httpx.Client, mark: str) -> None:
    answer = jia.get("/api/v1/events", headers=[(b"last-event-id", mark.encode())])
    assert (answer.status_code, answer.json()["field"]) == (400, "Last-Event-ID")


def test_logging_out_ends_the_stream(served: Any) -> None:
    with served.login(served.cast.jia.maker) as client, client.stream("GET", "/api/v1/events") as answer:
        lines = answer.iter_lines()
        next(lines)
        with served.client() as other:
            cookie = {"cookie": f"heqi_session={client.cookies['heqi_session']}", "x-csrf-token": client.headers["X-CSRF-Token"]}
            assert other.delete("/api/v1/session", headers=cookie).status_code == 204
        rest = list(itertools.islice(lines, 100))  # Heartbeats would come for ever.
    assert len(rest) < 100


def test_asking_for_the_head_of_a_stream_ends(jia: httpx.Client) -> None:
    assert jia.head("/api/v1/events").status_code == 200
