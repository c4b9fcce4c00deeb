"""Refusals as HTTP: the one place where a code gets its status, and problem details (RFC 9457) get their form.

`type` resolves to the catalogue, which lists every code with its message; `title` names the class of the problem and
`detail` tells this case, both in the language asked for (Chinese unless Accept-Language prefers English).
"""

from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.refusals import LoginLocked, MethodNotAllowed
from heqi.proof.receipt import Receipt
from heqi.types.refusals import NotFound, RateLimited
from heqi.types.rejection import Rejection

STATUS: dict[str, int] = {
    "SCHEMA_INVALID": 400,
    "SESSION_REQUIRED": 401,
    "LOGIN_FAILED": 401,
    "CERT_REVOKED": 403,
    "SIGNATURE_INVALID": 403,
    "ROLE_FORBIDDEN": 403,
    "SEGREGATION_OF_DUTIES": 403,
    "NOT_OWNER": 403,
    "CONSENT_MISSING": 403,
    "CONSENT_EXPIRED": 403,
    "CONSENT_REVOKED": 403,
    "CSRF_REFUSED": 403,
    "KEY_NOT_HOSTED": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "STATE_INVALID": 409,
    "ALREADY_EXISTS": 409,
    "ALREADY_VOTED": 409,
    "REPLAYED": 409,
    "EXPIRED": 409,
    "CONFLICT": 409,
    "RFQ_CLOSED": 409,
    "QUOTE_EXPIRED": 409,
    "DUP_USE": 409,
    "FROZEN": 409,
    "BODY_TOO_LARGE": 413,
    "MEDIA_TYPE_UNSUPPORTED": 415,
    "RATE_LIMITED": 429,
    "LOGIN_LOCKED": 429,
    "LEDGER_BUSY": 503,
    "CONTRACT_FAULT": 500,
    "LAW_BROKEN": 500,
    "GATEWAY_FAULT": 500,
}
"""By code. Every other refusal is one of business, well-formed and understood: 422."""

TITLES: dict[int, tuple[str, str]] = {
    400: ("请求格式不符", "Malformed request"),
    401: ("未登录", "Not logged in"),
    403: ("无权操作", "Not permitted"),
    404: ("未找到", "Not found"),
    405: ("不支持的方法", "Method not allowed"),
    409: ("与当前状态冲突", "In conflict with the present state"),
    413: ("请求过大", "Request too large"),
    415: ("不支持的内容类型", "Content type not supported"),
    422: ("业务规则不允许", "Refused by a business rule"),
    429: ("请求过于频繁", "Too many requests"),
    503: ("暂时无法受理", "Not at the moment"),
    500: ("内部错误", "Internal error"),
}
MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was refused. `receipt`: the ledger's own record of the refusal, where it came to a transaction."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    message_zh: str
    message_en: str
    field: str | None
    details: dict[str, str]
    tx: str | None = None
    receipt: msgspec.Raw | None = None


def status_of(code: str) -> int:
    """The HTTP status of a refusal's code."""
    return STATUS.get(code, 422)


def language(request: Request) -> str:
    """What `lang` in the address says (a link that is opened sets no header); `en` where Accept-Language prefers it, else `zh`."""
    if (said := request.query_params.get("lang")) in ("zh", "en"):
        return said
    weights: dict[str, float] = {}
    for part in request.headers.get("accept-language", "").split(","):
        name, _, weight = part.strip().lower().partition(";q=")
        try:
            weights.setdefault(name[:2], float(weight or 1))
        except ValueError:
            continue
    return "en" if weights.get("en", 0) > weights.get("zh", weights.get("*", 0)) else "zh"


def problem(code: str, told: dict[str, Any], lang: str, receipt: tuple[str, bytes] | None = None) -> Problem:
    """Problem details from what a refusal tells. `receipt`: transaction id and canonical receipt."""
    status = status_of(code)
    return Problem(
        type=f"/api/v1/catalogue#{code}",
        title=TITLES[status][lang == "en"],
        status=status,
        code=code,
        detail=told["message_en" if lang == "en" else "message_zh"],
        tx=receipt[0] if receipt else None,
        receipt=msgspec.Raw(receipt[1]) if receipt else None,
        **told,
    )


def answer(request: Request, found: Problem, headers: dict[str, str] | None = None) -> Response:
    """The response that carries a problem."""
    request.scope.setdefault("heqi", {})["code"] = found.code
    return Response(
        msgspec.json.encode(found), found.status, media_type=MEDIA_TYPE,
        headers={"Content-Language": language(request), "Vary": "Accept-Language", **(headers or {})},
    )  # fmt: skip


def refused(request: Request, refusal: Rejection) -> Response:
    """A refusal the gateway or the engine raised."""
    headers: dict[str, str] = {}
    if isinstance(refusal, LoginLocked | RateLimited):
        headers["Retry-After"] = str(refusal.facts["seconds"])
    if isinstance(refusal, MethodNotAllowed):
        headers["Allow"] = refusal.facts["allowed"]
    return answer(request, problem(refusal.code, refusal.told(), language(request)), headers)


def refused_on_ledger(request: Request, receipt: Receipt, encoded: bytes) -> Response:
    """A refusal the ledger recorded, with its receipt."""
    assert receipt.error is not None, "a receipt that is not OK tells why"
    return answer(request, problem(receipt.code, receipt.error, language(request), (receipt.tx, encoded)))


async def on_rejection(request: Request, error: Exception) -> Response:
    """Starlette's handler for Rejection."""
    assert isinstance(error, Rejection)
    return refused(request, error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no route, wrong method) in our words."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return refused(request, MethodNotAllowed(allowed=(error.headers or {}).get("Allow", "")))
    return refused(request, NotFound(record=request.url.path))
