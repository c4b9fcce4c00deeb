"""What every stand-in is: a small web service on loopback with real state, fault switches, and signed answers.

The form of an answer, which the ledger verifies again:

    {"answer": {source, kind, document, result, facts, answered_at, business_date, …}, "signature": "ed25519:…", "public_key": …}
    signature over signing_message(b"standin", RFC 8785 bytes of answer)

A kind in capitals is for the ledger's verifications: flat facts about one document, result PASS, FAIL or UNKNOWN. The
others are data for the connectors. A stand-in that speaks for several organisations signs each one's answers under a
source name of its own, because the ledger trusts a source as one organisation's.

An XML answer carries its signature beside it: the header X-Answer holds the same record with the body's `sha256`.

What holds here: an answer is signed only after its transaction is durable. Refusals are not signed: they are no facts.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from heqi.proof.canonical import encode
from heqi.proof.suites import PrivateKey, signature_text, signing_message
from heqi.standins.faults import Fault, Faults
from heqi.standins.store import Store
from heqi.types.refusals import AlreadyExists, Conflict, DateInvalid, NotFound, SchemaInvalid, StateInvalid
from heqi.types.rejection import Rejection

BODY_MAX = 32 * 2**20
STATUS = {NotFound: 404, AlreadyExists: 409, Conflict: 409, StateInvalid: 409}

T = TypeVar("T")


class Ask(msgspec.Struct, frozen=True):
    """One request: its path parameters, its query and its body."""

    path: dict[str, str]
    query: dict[str, str]
    body: bytes

    def json(self, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(self.body, type=kind)
        except msgspec.DecodeError as problem:
            raise SchemaInvalid(problem=str(problem)) from None

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.query[name])
        except (KeyError, ValueError):
            raise DateInvalid(problem=f"{name} ≠ YYYY-MM-DD", field=name) from None

    def number(self, name: str) -> int:
        written = self.query.get(name, "0")
        if not written.isdecimal() or len(written) > 15:
            raise SchemaInvalid(problem=f"{name} ∉ ℕ", field=name)
        return int(written)


class Said(msgspec.Struct, frozen=True):
    """An answer before it is dated and signed. `on_behalf` is appended to the source's name; `more` stands beside the facts."""

    document: str
    facts: dict[str, Any]
    result: Literal["PASS", "FAIL", "UNKNOWN"] = "PASS"
    on_behalf: str = ""
    more: dict[str, Any] = {}


class File(msgspec.Struct, frozen=True):
    """An answer that is a document and not a record: XML, CSV."""

    body: bytes
    media_type: str


Act = Callable[[Ask], Said | File]


class StandIn:
    """A named source with its state, key and acts. `routes`: (method, path, kind of answer, act)."""

    def __init__(self, name: str, store: Store, key: PrivateKey) -> None:
        self.name, self.store, self.key = name, store, key
        self.faults = Faults()
        self.routes: list[tuple[str, str, str, Act]] = []
        self.on_day: Callable[[date], None] = lambda day: None
        self.background: Callable[[], Awaitable[None]] | None = None

    def app(self) -> Starlette:
        routes = [
            Route("/health", self._health),
            Route("/admin/fault", self._fault, methods=["POST"]),
            Route("/admin/day", self._day, methods=["POST"]),
            *(Route(path, self._endpoint(kind, act), methods=[method]) for method, path, kind, act in self.routes),
        ]
        # Only requests addressed to loopback: no page elsewhere can reach it by a name of its own (DNS rebinding).
        guard = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
        return Starlette(routes=routes, middleware=[guard], lifespan=self._lifespan)

    def signed(self, answer: dict[str, Any]) -> dict[str, Any]:
        signature = self.key.sign(signing_message(b"standin", encode(answer)))
        return {
            "answer": answer,
            "signature": signature_text(self.key.public.alg, signature),
            "public_key": self.key.public.raw.hex(),
        }

    def signed_headers(self, answer: dict[str, Any], forgery: dict[str, Any] | None = None) -> dict[str, str]:
        """The signature beside a document; `answer` holds its sha256."""
        signed = self.signed(answer)
        return {
            "X-Answer": encode({**answer, **(forgery or {})}).decode("ascii"),
            "X-Answer-Signature": signed["signature"],
            "X-Answer-Key": signed["public_key"],
        }

    def dated(self, kind: str, said: Said, days_back: int = 0) -> dict[str, Any]:
        """The whole answer: what kind it is, whose, and when it was given."""
        back = timedelta(days=days_back)
        return said.more | {
            "source": f"{self.name}-{said.on_behalf}" if said.on_behalf else self.name,
            "kind": kind,
            "document": said.document,
            "result": said.result,
            "facts": said.facts,
            "answered_at": (datetime.now(UTC) - back).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "business_date": (self.store.today - back).isoformat(),
        }

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        task = asyncio.ensure_future(self.background()) if self.background else None
        yield
        if task:
            task.cancel()

    async def _health(self, request: Request) -> Response:
        public = self.key.public
        state = {
            "source": self.name,
            "business_date": self.store.today.isoformat(),
            "public_key": public.raw.hex(),
            "algorithm": public.alg,
            "faults": self.faults.active,
        }
        return _json(state)

    async def _fault(self, request: Request) -> Response:
        try:
            self.faults.switch(Ask({}, {}, await request.body()).json(Fault))
        except Rejection as refusal:
            return _refused(refusal)
        return _json({"faults": self.faults.active})

    async def _day(self, request: Request) -> Response:
        def advance() -> None:
            day = ask.json(Day).date
            with self.store.transaction():
                self.store.advance(day)
                self.on_day(day)

        ask = Ask({}, {}, await request.body())
        try:
            await run_in_threadpool(advance)
        except Rejection as refusal:
            return _refused(refusal)
        return _json({"business_date": self.store.today.isoformat()})

    def _endpoint(self, kind: str, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            faults = self.faults.for_path(request.url.path)
            if "delay" in faults:
                await asyncio.sleep(faults["delay"].seconds)
            if "offline" in faults:
                return Response(status_code=503)
            body = bytearray()
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_MAX:
                    return Response(status_code=413)
            ask = Ask(dict(request.path_params), dict(request.query_params), bytes(body))
            try:
                found = await run_in_threadpool(self._durably, act, ask)
            except Rejection as refusal:
                return _refused(refusal)
            return self._answer(kind, found, faults)

        return endpoint

    def _durably(self, act: Act, ask: Ask) -> Said | File:
        with self.store.transaction():
            return act(ask)

    def _answer(self, kind: str, found: Said | File, faults: dict[str, Fault]) -> Response:
        said = about_file(kind, found.body) if isinstance(found, File) else found
        if "wrong_answer" in faults:
            said = msgspec.structs.replace(said, facts=said.facts | faults["wrong_answer"].set)
        answer = self.dated(kind, said, faults["stale"].days if "stale" in faults else 0)
        forgery = {"answered_at": "2000-01-01T00:00:00.000Z"} if "forged" in faults else {}
        if isinstance(found, File):
            headers = self.signed_headers(answer, forgery)
            return Response(found.body, media_type=found.media_type, headers=headers)
        signed = self.signed(answer)
        return _json({**signed, "answer": {**answer, **forgery}})


def about_file(kind: str, body: bytes, **more: Any) -> Said:
    """What is signed of a document: its digest."""
    digest = hashlib.sha256(body).hexdigest()
    return Said(document=f"{kind}:{digest[:16]}", facts={"sha256": digest, **more})


class Day(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /admin/day."""

    date: date


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def _refused(refusal: Rejection) -> Response:
    said = {"code": refusal.code, "message_zh": refusal.text("zh"), "message_en": refusal.text("en")}
    if refusal.field:
        said["field"] = refusal.field
    return _json(said, STATUS.get(type(refusal), 400))
