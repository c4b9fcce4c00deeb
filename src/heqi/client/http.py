"""A member's client to a gateway: build, sign, submit, wait, and believe a receipt only once its proof is verified.

    with HeqiClient("https://gw.bank.example", actor, genesis=pinned) as heqi:
        note = heqi.act("all_link.issue", face={"ccy": "CNY", "minor": 240_000_000}, …)
        for event in heqi.events(after=last_seen): …

With a key of one's own (`actor`) the client signs here and logs in with the certificate; with user and password the gateway
signs (`password=`). A request that gets no answer is sent again with the same bytes or the same Idempotency-Key: the ledger
does an act once. What does not hold here: keeping the key, and deciding which genesis to pin.
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx
import msgspec

from heqi.client.login import login_message
from heqi.client.stage import Actor, Refused, sign_transaction
from heqi.proof import canonical
from heqi.proof.receipt import Genesis, Receipt
from heqi.proof.suites import signature_text
from heqi.proof.verify import Verdict, verify_receipt
from heqi.types.refusals import ProofInvalid
from heqi.types.rejection import Rejection

ATTEMPTS = 4
BACKOFF_S = 0.25
TRY_AGAIN = frozenset({502, 503, 504})
LIFETIME = timedelta(minutes=10)
CSRF_HEADER = "X-CSRF-Token"


class ApiProblem(Exception):
    """A refusal by the gateway whose class is not loaded here: its code and both messages."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem, self.code, self.status = problem, str(problem.get("code", "")), int(problem.get("status", 0))
        super().__init__(f"{self.code}: {problem.get('message_en', '')} {problem.get('message_zh', '')}")


class LedgerEvent(msgspec.Struct, frozen=True):
    """An event and its place on the chain; pass `id` to `events(after=…)` to go on behind it."""

    id: str
    height: int
    time: str
    tx: str
    contract: str
    action: str
    name: str
    data: dict[str, Any]


class HeqiClient:
    """One person's connection to one gateway. Logs in when first needed and again when the session has ended."""

    def __init__(
        self,
        base_url: str,
        actor: Actor | None = None,
        *,
        user: str = "",
        password: str = "",
        genesis: Genesis | None = None,
        timeout_s: float = 60,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if (actor is None) == (not user):
            raise ValueError("either an actor with a key, or a user with a password")
        self.actor, self.genesis, self.timeout_s = actor, genesis, timeout_s
        self._login = {"user": user, "password": password}
        self._http = httpx.Client(base_url=base_url, timeout=timeout_s, transport=transport, headers={"Accept-Language": "en"})
        self._csrf = ""
        self._ahead = timedelta()
        self.chain = genesis.chain if genesis else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # --- acts and questions ----------------------------------------------------------------------------------------
    def act(self, action: str, /, *co_signers: Actor, **args: Any) -> Any:
        """Do it; the result as plain data. With a hosted key an act of several persons gives the proposal.

        Raises Refused with the receipt, or a Rejection that came before any receipt.
        """
        if self.actor is None:
            return self._act_hosted(action, args)
        receipt = self.submit(self.sign(action, *co_signers, **args))
        if receipt.code != "OK":
            raise Refused(receipt)
        return msgspec.json.decode(receipt.result)

    def send(self, action: str, /, **args: Any) -> Receipt:
        """An act of one's own desk alone; its receipt, also one that refuses. Raises a Rejection that came before any receipt."""
        return self._settled(self._post(action, args)) if self.actor is None else self.submit(self.sign(action, **args))

    def sign(self, action: str, /, *co_signers: Actor, **args: Any) -> bytes:
        """The act as a signed transaction. Keep the bytes: however often they are submitted, it is done once."""
        if self.actor is None:
            raise ValueError("only an actor with a key signs here")
        self._ready()
        return sign_transaction(self.chain, action, canonical.encode(args), (self.actor, *co_signers), self.now() + LIFETIME)

    def submit(self, data: bytes) -> Receipt:
        """Have a signed transaction executed; its final receipt, proven when a genesis is pinned. Raises a Rejection."""
        answer = self._request("POST", "/api/v1/transactions", content=data, headers={"Content-Type": "application/json"})
        return self._settled(answer)

    def ask(self, view: str, /, **args: Any) -> Any:
        """A view's answer as plain data. Raises a Rejection."""
        return msgspec.json.decode(self.ask_bytes(view, canonical.encode(args)))

    def ask_bytes(self, view: str, args: bytes) -> bytes:
        """A view's answer, canonical JSON, to arguments as canonical JSON."""
        contract, _, name = view.partition(".")
        given = msgspec.json.decode(args, type=dict[str, Any])
        query = {
            key: value if isinstance(value, str) else canonical.encode(value).decode() for key, value in given.items() if value is not None
        }
        return self._taken(self._request("GET", f"/api/v1/{contract}/{name}", params=query)).content

    # --- what the chain holds --------------------------------------------------------------------------------------
    def status(self) -> dict[str, Any]:
        """Height, head, counts; `now` is the gateway's clock."""
        return self._get("/api/v1/status")

    def blocks(self, start: int, limit: int = 100) -> dict[str, Any]:
        """Blocks from a height on, with the receipts that concern one's organisation; `next` is where to go on."""
        return self._get("/api/v1/blocks", params={"from": start, "limit": limit})

    def receipt(self, tx_id: str) -> Receipt:
        """The receipt of a transaction. Raises NotFound, also for one that concerns others only."""
        answer = self._taken(self._request("GET", f"/api/v1/receipts/{tx_id}"))
        return msgspec.json.decode(answer.content, type=Receipt)

    def proof(self, tx_id: str) -> bytes:
        """The file that proves a receipt off line."""
        return self._taken(self._request("GET", f"/api/v1/receipts/{tx_id}/proof")).content

    def verify(self, receipt: Receipt) -> Verdict:
        """Fetch a receipt's proof and verify it against the pinned genesis. Raises ProofInvalid."""
        if self.genesis is None:
            raise ValueError("no genesis is pinned")
        verdict = verify_receipt(self.proof(receipt.tx), self.genesis)
        if verdict.receipt != receipt:
            raise ProofInvalid(step="the gateway showed another receipt than the one it proves")
        return verdict

    def events(self, after: str | None = None, *, start: int | None = None) -> Iterator[LedgerEvent]:
        """Events as they happen, without end: behind the id `after`, else from block `start`, else from now on.

        A broken connection is taken up again where it ended, without loss or repetition.
        """
        failures = 0
        if after is None and start is None:
            start = self.status()["status"]["height"] + 1
        while True:
            self._ready()
            headers = {"Last-Event-ID": after} if after is not None else {}
            params = {} if after is not None else {"from": str(start)}
            try:
                with self._http.stream("GET", "/api/v1/events", params=params, headers=headers) as answer:
                    if answer.status_code == 401:
                        self._csrf = ""
                        answer.read()
                        failures += 1
                    else:
                        self._taken(answer)
                        for id_, data in _server_sent(answer.iter_lines()):
                            after, failures = id_, 0
                            if data:
                                yield _event(id_, data)
            except (httpx.TransportError, httpx.StreamError):
                failures += 1
            if failures >= ATTEMPTS:
                raise ConnectionError("the stream of events cannot be taken up again")
            if failures:
                time.sleep(BACKOFF_S * 2**failures)

    def now(self) -> datetime:
        """The gateway's clock, for `not_after`: this machine's may be wrong."""
        self._ready()
        return datetime.now(UTC) + self._ahead

    # --- below -----------------------------------------------------------------------------------------------------
    def _act_hosted(self, action: str, args: Mapping[str, Any]) -> Any:
        answer = self._post(action, args)
        if answer.status_code == 202:
            accepted = msgspec.json.decode(answer.content)
            if accepted["proposal"] is not None:
                return accepted["proposal"]
        receipt = self._settled(answer)
        if receipt.code != "OK":
            raise Refused(receipt)
        return msgspec.json.decode(receipt.result)

    def _post(self, action: str, args: Mapping[str, Any]) -> httpx.Response:
        contract, _, name = action.partition(".")
        headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16)}
        return self._request("POST", f"/api/v1/{contract}/{name}", content=canonical.encode(dict(args)), headers=headers)

    def _settled(self, answer: httpx.Response) -> Receipt:
        """The receipt in an answer, also one that refuses; waits for one that is on its way."""
        if answer.status_code == 202:
            receipt = self._poll(msgspec.json.decode(answer.content)["tx"])
        elif answer.status_code == 200:
            receipt = msgspec.json.decode(answer.content, type=Receipt)
        else:
            told = _problem(answer)
            if "receipt" not in told:
                raise _refusal(told)
            receipt = msgspec.json.decode(answer.content, type=_Recorded).receipt
        if self.genesis is not None:
            self.verify(receipt)
        return receipt

    def _poll(self, tx_id: str) -> Receipt:
        deadline = time.monotonic() + self.timeout_s
        while True:
            answer = self._request("GET", f"/api/v1/receipts/{tx_id}")
            if answer.status_code != 404:
                return msgspec.json.decode(self._taken(answer).content, type=Receipt)
            if time.monotonic() > deadline:
                raise TimeoutError(f"no receipt of {tx_id} within {self.timeout_s} s")
            time.sleep(BACKOFF_S)

    def _get(self, path: str, **more: Any) -> Any:
        return msgspec.json.decode(self._taken(self._request("GET", path, **more)).content)

    def _taken(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code >= 400:
            answer.read()
            raise _refusal(_problem(answer))
        return answer

    def _request(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        """An answer, whatever it says; asked for again where none came, and once more after logging in anew."""
        self._ready()
        answer = self._send(method, path, headers={**(headers or {}), CSRF_HEADER: self._csrf}, **more)
        if answer.status_code == 401:
            self._csrf = ""
            self._ready()
            answer = self._send(method, path, headers={**(headers or {}), CSRF_HEADER: self._csrf}, **more)
        return answer

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._http.request(method, path, **more)
            except httpx.TransportError:
                if attempt == ATTEMPTS:
                    raise
            else:
                if answer.status_code not in TRY_AGAIN or attempt == ATTEMPTS:
                    return answer
            time.sleep(BACKOFF_S * 2 ** (attempt - 1))
        raise AssertionError("unreachable")

    def _ready(self) -> None:
        """Log in unless that is done."""
        if self._csrf:
            return
        login = self._login if self.actor is None else self._signed_login(self.actor)
        session = msgspec.json.decode(self._taken(self._send("POST", "/api/v1/session", json=login)).content)
        self._csrf = session["csrf"]
        began = datetime.now(UTC)
        answer = self._taken(self._send("GET", "/api/v1/status"))
        told = msgspec.json.decode(answer.content)
        self._ahead = datetime.fromisoformat(told["now"]) - began
        if self.chain and told["status"]["chain"] != self.chain:
            raise ProofInvalid(step=f"the gateway is of chain {told['status']['chain']}, not of {self.chain}")
        self.chain = told["status"]["chain"]

    def _signed_login(self, actor: Actor) -> dict[str, str]:
        challenge = msgspec.json.decode(self._taken(self._send("GET", "/api/v1/session/challenge")).content)
        origin = f"{self._http.base_url.scheme}://{self._http.base_url.netloc.decode()}"
        if challenge["origin"] != origin:
            # Another gateway's challenge, passed on by this one, would log this one in there.
            raise ProofInvalid(step=f"the challenge is of {challenge['origin']}, this is {origin}")
        message = login_message(challenge["chain"], origin, challenge["nonce"])
        signature = signature_text(actor.key.public.alg, actor.key.sign(message))
        return {"certificate": actor.certificate, "nonce": challenge["nonce"], "signature": signature}


class _Recorded(msgspec.Struct):
    """A problem that came to a transaction."""

    receipt: Receipt


def _problem(answer: httpx.Response) -> dict[str, Any]:
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        raise ConnectionError(f"{answer.status_code} without problem details: not a gateway, or one behind a broken proxy")
    return msgspec.json.decode(answer.content)


def _refusal(told: dict[str, Any]) -> Exception:
    """The refusal as the exception it was, where its class is loaded here."""
    known = Rejection.known.get(told["code"])
    if known is None or known.fact_names() != told["details"].keys():
        return ApiProblem(told)
    return known(field=told["field"], **told["details"])


def _server_sent(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """(last id, data) at each blank line that brings an id or data (HTML §9.2.6)."""
    id_, data, changed = "", [], False
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if changed:
                yield id_, "\n".join(data)
            data, changed = [], False
        elif name == "id":
            id_, changed = value, True
        elif name == "data":
            data.append(value)
            changed = True


def _event(id_: str, data: str) -> LedgerEvent:
    return msgspec.convert({**msgspec.json.decode(data), "id": id_}, LedgerEvent)
