"""For whoever runs the gateway: is it alive, is its chain reachable, what are its figures. No session, no records."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from heqi.gateway.gate import Gate
from heqi.gateway.log import log

READY_S = 5


async def health(gate: Gate, request: Request) -> Response:
    """GET /health: the process answers."""
    return JSONResponse({"status": "ok"})


async def ready(gate: Gate, request: Request) -> Response:
    """GET /ready: the engine answers too; 503 while it does not."""
    try:
        async with asyncio.timeout(READY_S):
            status = await gate.engine.status()
    except (TimeoutError, RuntimeError):  # An engine that has stopped raises RuntimeError.
        log.warning("not ready", exc_info=True)
        return JSONResponse({"status": "unavailable"}, 503)
    return JSONResponse({"status": "ok", "chain": status.chain, "height": status.height})


async def metrics(gate: Gate, request: Request) -> Response:
    """GET /metrics: for Prometheus."""
    return gate.metrics.page(await gate.engine.status())
