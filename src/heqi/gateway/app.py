"""The gateway: every route with who may use it, in one table. REST is derived from the catalogue and restates nothing of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from heqi.gateway import acts, asks, certificates, chain, declared, docs, events, explorer, health, imports, logins, openapi, tables, trials
from heqi.gateway.errors import on_http_exception, on_rejection
from heqi.gateway.gate import Caller, Gate
from heqi.gateway.hosted import HostedKeys
from heqi.gateway.jobs import Importer
from heqi.gateway.middleware import Envelope
from heqi.gateway.settings import Settings
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.port import Engine
from heqi.node.certificate import Words
from heqi.node.history import History
from heqi.types.rejection import Rejection

Endpoint = Callable[[Request], Awaitable[Response]]
Open = Callable[[Gate, Request], Awaitable[Response]]
Closed = Callable[[Gate, Request, Caller], Awaitable[Response]]


def create_app(
    engine: Engine, catalogue: Catalogue, keys: HostedKeys, settings: Settings | None = None, *,
    importers: Mapping[str, Importer] | None = None, beside: Sequence[BaseRoute] = (), history: History | None = None,
    words: Words | None = None,
) -> Starlette:  # fmt: skip
    """The gateway to one chain as an ASGI application. Refuses (ValueError) a register named like one of its own routes.

    `importers`: by action, what reads its files. `beside`: another face's routes at the same origin (the console's).
    `history`: the read model the explorer asks. `words`: titles of fields, for papers."""
    gate = Gate(engine, catalogue, keys, settings or Settings(), importers or {})
    gate.history, gate.words = history, words or {}
    routes = [
        # anyone
        _open("/health", health.health),
        _open("/ready", health.ready),
        _open("/metrics", health.metrics),
        _open("/openapi.json", openapi.show_openapi),
        _open("/docs", docs.show_docs),
        _open("/docs/{asset}", docs.show_asset),
        _open("/api/v1/genesis", chain.show_genesis),
        _open("/api/v1/catalogue", chain.show_catalogue),
        _open("/api/v1/catalogue/{name}", declared.show_declared),
        _open("/api/v1/session/challenge", logins.show_challenge),
        _open("/api/v1/session", logins.log_in, "POST"),
        # whoever is logged in, also of an organisation that is suspended
        _session("/api/v1/session", logins.show_session),
        _session("/api/v1/session", logins.log_out, "DELETE"),
        # users of active members
        _member("/api/v1/status", chain.show_status),
        _member("/api/v1/transactions", acts.post_transactions, "POST"),
        _member("/api/v1/receipts/{tx}", chain.show_receipt),
        _member("/api/v1/receipts/{tx}/proof", chain.show_proof),
        _member("/api/v1/receipts/{tx}/certificate.pdf", certificates.show_certificate),
        _member("/api/v1/blocks", chain.show_blocks),
        _member("/api/v1/blocks/{height}", chain.show_block),
        _member("/api/v1/events", events.stream_events),
        _member("/api/v1/trials", trials.try_acts, "POST"),
        _member("/api/v1/tables/{contract}/{name}", tables.show_table),
        _member("/api/v1/imports/{job}", imports.show_import),
        _member("/api/v1/imports/{contract}/{name}", imports.begin_import, "POST"),
        _member("/api/v1/explorer/search", explorer.search),
        _member("/api/v1/explorer/blocks", explorer.list_blocks),
        _member("/api/v1/explorer/transactions", explorer.list_transactions),
        _member("/api/v1/explorer/transactions/{tx}", explorer.show_transaction),
        _member("/api/v1/explorer/records/{key}", explorer.show_record),
        _member("/api/v1/explorer/health", explorer.show_health),
    ]
    taken = {route.path.split("/")[3] for route in routes if route.path.startswith("/api/v1/")} & catalogue.registers.keys()
    if taken:
        raise ValueError(f"registers named like routes of the gateway: {sorted(taken)}")
    for register in catalogue.registers:
        routes += [_member(f"/api/v1/{register}/{{name}}", acts.act, "POST"), _member(f"/api/v1/{register}/{{name}}", asks.ask)]
    app = Starlette(
        routes=[*_merged(routes), *beside],
        middleware=[Middleware(Envelope, gate=gate)],
        exception_handlers={Rejection: on_rejection, HTTPException: on_http_exception},
    )
    app.state.gate = gate
    return app


def _open(path: str, handler: Open, method: str = "GET") -> Route:
    async def endpoint(request: Request) -> Response:
        return await handler(_enter(request, path), request)

    return Route(path, endpoint, methods=[method])


def _session(path: str, handler: Closed, method: str = "GET") -> Route:
    async def endpoint(request: Request) -> Response:
        gate = _enter(request, path)
        return await handler(gate, request, await gate.caller(request))

    return Route(path, endpoint, methods=[method])


def _member(path: str, handler: Closed, method: str = "GET") -> Route:
    async def endpoint(request: Request) -> Response:
        gate = _enter(request, path)
        return await handler(gate, request, await gate.member(request))

    return Route(path, endpoint, methods=[method])


def _enter(request: Request, path: str) -> Gate:
    request.scope["heqi_route"] = path
    return request.app.state.gate


def _merged(routes: list[Route]) -> list[Route]:
    """One route a path, so that a wrong method is told all the right ones."""
    by_path: dict[str, list[Route]] = {}
    for route in routes:
        by_path.setdefault(route.path, []).append(route)
    return [same[0] if len(same) == 1 else _either(same) for same in by_path.values()]


def _either(routes: list[Route]) -> Route:
    endpoints: dict[str, Endpoint] = {method: route.endpoint for route in routes for method in route.methods or ()}

    async def endpoint(request: Request) -> Response:
        return await endpoints[request.method](request)

    return Route(routes[0].path, endpoint, methods=list(endpoints))
