"""Around every request: its number, its time, its log line, the limit of its size, and the headers browsers obey."""

import re
import secrets
import time
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heqi.gateway.errors import refused
from heqi.gateway.gate import Gate
from heqi.gateway.log import log
from heqi.gateway.refusals import BodyTooLarge, GatewayFault

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
FILES = "/api/v1/imports/"
HSTS = "max-age=31536000; includeSubDomains"


class Envelope:
    """The outermost ring. A bug answers 500 with the request's number and nothing else; the trace goes to the log."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app, self.gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        given = Headers(scope=scope).get("x-request-id", "")
        facts: dict[str, Any] = {"request": given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)}
        scope["heqi"] = facts

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._head(MutableHeaders(scope=message), facts["request"])
            await send(message)

        try:
            await self.app(scope, self._limited(scope, receive), send_on)
        except Exception:
            log.exception("fault", extra={"facts": facts})
            if status:  # The response has begun; nothing can be said any more.
                raise
            await refused(Request(scope), GatewayFault(request_id=facts["request"]))(scope, receive, send_on)
        finally:
            self._told(scope, facts, status, time.perf_counter() - began)

    def _head(self, headers: MutableHeaders, request_id: str) -> None:
        headers["X-Request-Id"] = request_id
        for name, value in SECURITY.items():
            headers.setdefault(name, value)
        if self.gate.settings.secure:
            headers["Strict-Transport-Security"] = HSTS

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        settings = self.gate.settings
        limit, taken = settings.file_max if scope["path"].startswith(FILES) else settings.body_max, 0
        announced = Headers(scope=scope).get("content-length", "0")

        async def receive_on() -> Message:
            nonlocal taken
            if announced.isdecimal() and int(announced) > limit:
                raise BodyTooLarge(limit=limit)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise BodyTooLarge(limit=limit)
            return message

        return receive_on

    def _told(self, scope: Scope, facts: dict[str, Any], status: int, seconds: float) -> None:
        route = scope.get("heqi_route", "-")
        method = scope["method"] if scope["method"] in METHODS else "OTHER"  # Anyone may invent a method; a label may not.
        self.gate.metrics.requests.labels(method, route, status).inc()
        self.gate.metrics.latency.labels(route).observe(seconds)
        told = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        log.info("request", extra={"facts": {**facts, **told}})
