"""The client: acts once however often it asks, believes a receipt only with its proof, follows events through broken connections."""

import itertools
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest
from served import PASSWORD

from heqi.client.http import HeqiClient, LedgerEvent
from heqi.client.remote import HttpLedger
from heqi.client.stage import LedgerPort, Refused, Stage
from heqi.types.money import cny
from heqi.types.refusals import DateInvalid, NotFound, ProofInvalid, SchemaInvalid


class Unreliable(httpx.BaseTransport):
    """A network that loses answers: `fails(request)` tells which, after the gateway has worked on the request."""

    def __init__(self, fails: Callable[[httpx.Request], bool]) -> None:
        self._inner, self._fails = httpx.HTTPTransport(), fails
        self.sent: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        self.sent.append(request.read())
        if self._fails(request):
            answer.close()
            raise httpx.ReadError("the answer was lost")
        return answer


def losing(path: str, times: int) -> Callable[[httpx.Request], bool]:
    left = itertools.count(times, -1)
    return lambda request: request.url.path == path and next(left) > 0


@pytest.fixture
def jia(served: Any) -> Iterator[HeqiClient]:
    with HeqiClient(served.url, served.cast.jia.maker, genesis=served.genesis) as client:
        yield client


def test_an_act_signed_here_is_proven_before_it_is_believed(served: Any, jia: HeqiClient) -> None:
    note = jia.act("notebook.write", debtor=served.cast.foton.org, amount=cny(12))
    assert note["holder"] == served.cast.jia.org
    assert jia.ask("notebook.note", note=note["note"]) == note
    assert jia.ask("notebook.echo", on=date(2026, 3, 10), words=["甲", "乙"], place=None, count=2)["words"] == ["甲", "乙"]


def test_two_persons_with_keys_sign_one_transaction(served: Any, jia: HeqiClient) -> None:
    note = jia.act("notebook.write_checked", served.cast.jia.checker, debtor=served.cast.foton.org, amount=cny(1))
    assert note["amount"] == {"ccy": "CNY", "minor": 100}


def test_with_a_password_the_gateway_signs_and_an_act_of_two_becomes_a_proposal(served: Any) -> None:
    with HeqiClient(served.url, user=served.cast.jia.maker.user, password=PASSWORD, genesis=served.genesis) as client:
        assert client.act("notebook.spill", drops=3) == 3
        proposal = client.act("notebook.write_checked", debtor=served.cast.foton.org, amount=cny(1))
    assert (proposal["stage"], proposal["next"]["role"]) == ("OPEN", "checker")


@pytest.mark.parametrize("hosted", [False, True])
def test_a_refusal_on_the_ledger_brings_its_receipt(served: Any, hosted: bool) -> None:
    maker = served.cast.jia.maker
    who: dict[str, Any] = {"user": maker.user, "password": PASSWORD} if hosted else {"actor": maker}
    with HeqiClient(served.url, genesis=served.genesis, **who) as client, pytest.raises(Refused) as told:
        client.act("notebook.spill", drops=11)
    assert told.value.receipt.code == "AMOUNT_EXCEEDS_BALANCE"


def test_a_refusal_without_a_receipt_is_raised_as_what_it_is(jia: HeqiClient) -> None:
    with pytest.raises(NotFound):
        jia.ask("notebook.note", note="never")
    with pytest.raises(DateInvalid) as told:
        jia.ask("notebook.echo", on="yesterday")
    assert told.value.field == "on"
    with pytest.raises(SchemaInvalid):
        jia.submit(b"{}")


@pytest.mark.parametrize("hosted", [False, True])
def test_an_act_whose_answer_was_lost_is_asked_for_again_and_done_once(served: Any, hosted: bool) -> None:
    maker = served.cast.jia.maker
    who: dict[str, Any] = {"user": maker.user, "password": PASSWORD} if hosted else {"actor": maker}
    path = "/api/v1/notebook/write" if hosted else "/api/v1/transactions"
    network = Unreliable(losing(path, 2))
    name = f"lost answer {hosted}"
    with HeqiClient(served.url, genesis=served.genesis, transport=network, **who) as client:
        client.act("notebook.write", debtor=served.cast.foton.org, amount=cny(1), note=name)
        height = client.ask("notebook.note", note=name)
    # Done twice, the second would be refused: ALREADY_EXISTS. It was asked for three times.
    assert height["note"] == name
    assert len([body for body in network.sent if name.encode() in body]) == 3
    assert len({body for body in network.sent if name.encode() in body}) == 1


def test_a_network_that_never_answers_is_given_up(served: Any) -> None:
    network = Unreliable(losing("/api/v1/session/challenge", 100))
    with HeqiClient(served.url, served.cast.jia.maker, transport=network) as client, pytest.raises(httpx.ReadError):
        client.status()


def test_a_session_that_ended_is_begun_anew(served: Any, jia: HeqiClient) -> None:
    assert jia.act("notebook.spill", drops=1) == 1
    served.app.state.gate.sessions._open.clear()
    assert jia.act("notebook.spill", drops=2) == 2


def test_a_gateway_that_passes_on_another_gateways_challenge_gets_no_signature(served: Any) -> None:
    url = served.url.replace("127.0.0.1", "localhost")
    with HeqiClient(url, served.cast.jia.maker) as client, pytest.raises(ProofInvalid, match="the challenge is of"):
        client.status()


def test_a_gateway_of_another_chain_is_not_believed(served: Any) -> None:
    other = msgspec.structs.replace(served.genesis, chain="another")
    with HeqiClient(served.url, served.cast.jia.maker, genesis=other) as client, pytest.raises(ProofInvalid, match="not of another"):
        client.status()


class Liar(httpx.BaseTransport):
    """A gateway that shows a receipt with another result than the chain committed."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if request.url.path != "/api/v1/transactions":
            return answer
        content = answer.read().replace(b'"result":5', b'"result":6')
        return httpx.Response(200, headers={"content-type": "application/json"}, content=content)


def test_a_receipt_other_than_the_one_proven_is_not_believed(served: Any) -> None:
    with HeqiClient(served.url, served.cast.jia.maker, genesis=served.genesis, transport=Liar()) as client:
        with pytest.raises(ProofInvalid, match="another receipt"):
            client.act("notebook.spill", drops=5)


def test_a_receipt_signed_by_other_validators_is_not_believed(served: Any, jia: HeqiClient) -> None:
    from heqi.proof.header import Validator
    from heqi.proof.suites import generate_key

    receipt = jia.submit(jia.sign("notebook.spill", drops=1))
    jia.genesis = msgspec.structs.replace(served.genesis, validators=[Validator(generate_key("ed25519").public.raw.hex(), 10)])
    with pytest.raises(ProofInvalid):
        jia.verify(receipt)


class Breaking(httpx.BaseTransport):
    """A network that breaks a stream of events after every few lines."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.streams = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if request.url.path == "/api/v1/events":
            self.streams += 1
            answer.stream = _Broken(answer.stream)
        return answer


class _Broken(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from itertools.islice(self._stream, 3)
        raise httpx.ReadError("the connection broke")

    def close(self) -> None:
        self._stream.close()


def test_events_come_without_loss_or_repetition_over_a_line_that_breaks(
    served: Any, jia: HeqiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heqi.client.http.BACKOFF_S", 0.001)
    start = jia.status()["status"]["height"] + 1
    for drops in range(1, 9):
        jia.act("notebook.spill", drops=drops)
    network = Breaking()
    with HeqiClient(served.url, served.cast.jia.maker, transport=network) as follower:
        events = list(itertools.islice(follower.events(start=start), 8))
    assert [event.data["drops"] for event in events] == list(range(1, 9))
    assert len({event.id for event in events}) == 8
    assert network.streams > 1
    after = [event.id for event in itertools.islice(jia.events(after=events[3].id), 4)]
    assert after == [event.id for event in events[4:]]


def test_a_ledger_event_tells_its_place_and_cause(jia: HeqiClient) -> None:
    stream = jia.events(start=jia.status()["status"]["height"] + 1)
    receipt = jia.submit(jia.sign("notebook.spill", drops=4))
    event = next(stream)
    assert event == LedgerEvent(
        id=f"{receipt.height}/{receipt.index}/0", height=receipt.height, time=receipt.time, tx=receipt.tx, contract="notebook",
        action="spill", name="InkSpilt", data={"drops": 4},
    )  # fmt: skip


def test_a_story_runs_on_a_ledger_far_away_as_in_memory(served: Any) -> None:
    cast = served.cast
    actors = [cast.jia.maker, cast.jia.checker, cast.yi.maker, cast.platform.operator]
    ledger: LedgerPort = HttpLedger(served.url, actors, cast.regulator.maker, served.genesis)
    stage = Stage(ledger)
    note = stage.act("notebook.write_checked", cast.jia.maker, cast.jia.checker, debtor=cast.foton.org, amount=cny(7))
    before = ledger.fingerprint()
    stage.refuse("AMOUNT_EXCEEDS_BALANCE", "notebook.spill", cast.jia.maker, drops=11)
    stage.refuse("ROLE_FORBIDDEN", "notebook.write_checked", cast.jia.maker, debtor=cast.foton.org, amount=cny(7))
    assert ledger.fingerprint() == before
    assert stage.ask("notebook.note", cast.jia.maker, note=note["note"]) == note
    with pytest.raises(NotFound):
        stage.ask("notebook.note", cast.yi.maker, note=note["note"])
    stage.tick_to(cast.platform.operator, date(2026, 3, 12))
    assert stage.today(cast.yi.maker) == date(2026, 3, 12)
    stage.act("notebook.write", cast.jia.maker, debtor=cast.foton.org, amount=cny(1))
    assert ledger.fingerprint() != before
    assert isinstance(ledger, HttpLedger)
    ledger.close()
