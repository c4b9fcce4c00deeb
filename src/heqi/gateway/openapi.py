"""OpenAPI 3.1 of the gateway, made from the catalogue: every action and view with its schemas, seats and refusals, zh and en."""

from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple, get_type_hints

import msgspec
from msgspec import _json_schema as generator
from msgspec import inspect as shapes
from starlette.requests import Request
from starlette.responses import Response

from heqi import __version__
from heqi.gateway import acts, certificates, chain, events, explorer, logins
from heqi.gateway.asks import MANY, PLAIN
from heqi.gateway.errors import MEDIA_TYPE as PROBLEM
from heqi.gateway.errors import TITLES, Problem, status_of
from heqi.gateway.gate import CSRF_HEADER, JSON, SESSION_COOKIE, Gate
from heqi.kernel.contracts.catalogue import Catalogue, rule_modules
from heqi.kernel.contracts.contract import Action, Register, View
from heqi.kernel.contracts.request import bare
from heqi.proof.receipt import Genesis, Receipt, ReceiptProof

REF = "#/components/schemas/{name}"
Json = dict[str, Any]
READ_STATUSES = (400, 401, 403, 404, 409, 422, 429, 500)
WRITE_STATUSES = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500)
OWN_TYPES = (
    Problem, Receipt, ReceiptProof, Genesis, acts.Accepted, acts.Outcomes, chain.BlockShown, chain.BlocksShown, chain.StatusShown,
    events.EventShown, explorer.BlocksListed, explorer.TransactionsShown, explorer.TransactionShown, explorer.RecordShown,
    explorer.Found, explorer.ChainHealth, logins.Challenge, logins.PasswordLogin, logins.CertificateLogin, logins.SessionShown,
)  # fmt: skip


class Fixed(NamedTuple):
    """A route that is there whatever the catalogue holds."""

    method: str
    path: str
    summary: tuple[str, str]
    answer: tuple[int, str, Json]
    parameters: tuple[Json, ...] = ()
    body: Json | None = None
    open: bool = False


async def show_openapi(gate: Gate, request: Request) -> Response:
    """GET /openapi.json"""
    state = request.app.state
    if not hasattr(state, "openapi"):
        state.openapi = msgspec.json.encode(describe(gate.catalogue))
    return Response(state.openapi, media_type=JSON)


def describe(catalogue: Catalogue) -> Json:
    """The whole document as plain data."""
    actions, views = list(catalogue.actions.values()), list(catalogue.views.values())
    types = [a.request.type for a in actions] + [v.request.type for v in views] + [returned(d) for d in [*actions, *views]]
    found, schemas = schemas_of([*types, *OWN_TYPES])
    asked, answered = found[: len(actions) + len(views)], found[len(actions) + len(views) : len(types)]
    refusals = _refusals_by_register(catalogue)
    paths: dict[str, Json] = {}
    for place, declared in enumerate([*actions, *views]):
        owner = catalogue.registers[declared.full_name.partition(".")[0]]
        method, operation = (
            ("post", _action(declared, asked[place], answered[place]))
            if isinstance(declared, Action)
            else ("get", _view(declared, schemas[asked[place]["$ref"].rpartition("/")[2]], answered[place]))
        )
        operation |= {"tags": [owner.name], "x-heqi-refusals": _codes(owner, refusals)}
        paths.setdefault(f"/api/v1/{owner.name}/{declared.name}", {})[method] = operation
    for route in fixed():
        paths.setdefault(route.path, {})[route.method] = _fixed(route)
    return plain(
        {
            "openapi": "3.1.0",
            "info": {"title": "合契 Heqi API", "version": __version__, "description": INTRODUCTION, "license": LICENSE},
            "tags": [_tag(register) for register in catalogue.registers.values()] + [{"name": "gateway", "description": "网关 · Gateway"}],
            "paths": paths,
            "components": {"schemas": schemas, "responses": _responses(catalogue), "securitySchemes": SECURITY_SCHEMES},
        }
    )  # fmt: skip


INTRODUCTION = (
    "动作以 POST 提交并得到回执，视图以 GET 查询；拒绝一律为 application/problem+json，`code` 稳定不变，文字中英双语。\n\n"
    "Actions are posted and give a receipt, views are asked with GET; every refusal is application/problem+json with a stable `code` and "
    "messages in Chinese and English. A record that does not concern the asker's organisation is answered like one that never was."
)
LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
SECURITY_SCHEMES: Json = {
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
    "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
}
_READS: list[Json] = [{"session": []}]
_WRITES: list[Json] = [{"session": [], "csrf": []}]


def schemas_of(types: list[Any]) -> tuple[tuple[Json, ...], Json]:
    """JSON Schemas of these types, and of the records in them by name."""
    # msgspec 0.22 writes a field's default without a hook and so stumbles over a default of type Raw.
    original = generator.to_builtins
    generator.to_builtins = partial(original, enc_hook=msgspec.json.decode)
    try:
        return msgspec.json.schema_components(types, schema_hook=lambda _: {}, ref_template=REF)
    finally:
        generator.to_builtins = original


def returned(declared: Action | View) -> Any:
    """The type of what an action or view answers."""
    return get_type_hints(declared.function, include_extras=True).get("return", Any)


def _words(declared: Action | View) -> Json:
    return {"title": dict(zip(("zh", "en"), declared.title, strict=True)), "help": dict(zip(("zh", "en"), declared.help, strict=True))}


def _tag(register: Register) -> Json:
    return {"name": register.name, "description": " · ".join(register.title)}


def _action(action: Action, asked: Json, result: Json) -> Json:
    seats = [seat.describe() for seat in action.by]
    signed = "；".join(f"{seat['role_zh']} {seat['role']} @ {seat['party']}" for seat in seats)
    receipt = {"allOf": [{"$ref": REF.format(name="Receipt")}, {"type": "object", "properties": {"result": result}}]}
    return {
        "operationId": action.full_name,
        "summary": " · ".join(action.title),
        "description": f"{action.help[0]}\n\n{action.help[1]}\n\n签署 signed by: {signed}",
        "parameters": [IDEMPOTENCY_KEY, *([NOTE] if len(seats) > 1 else [])],
        "requestBody": {"required": True, "content": {JSON: {"schema": asked}}},
        "responses": {
            "200": _content("回执 · The receipt", JSON, receipt),
            "202": _content("已受理或已成提案 · On its way, or now a proposal", JSON, {"$ref": REF.format(name="Accepted")}),
            **_problems(WRITE_STATUSES),
        },
        "security": _WRITES,
        "x-heqi": {**_words(action), "by": seats},
    }


IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "同一键只办理一次 · One act a key, however often it is sent",
}  # fmt: skip
NOTE: Json = {
    "name": "note", "in": "query", "required": False, "schema": {"type": "string", "maxLength": acts.NOTE_MAX},
    "description": "待签事项说明 · A note on the proposal",
}  # fmt: skip


def _view(view: View, asked: Json, answer: Json) -> Json:
    shape = shapes.type_info(view.request.type)
    assert isinstance(shape, shapes.StructType)
    return {
        "operationId": view.full_name,
        "summary": " · ".join(view.title),
        "description": f"{view.help[0]}\n\n{view.help[1]}",
        "parameters": [_parameter(field, asked["properties"][field.encode_name]) for field in shape.fields],
        "responses": {"200": _content(" · ".join(view.title), JSON, answer), **_problems(READ_STATUSES)},
        "security": _READS,
        "x-heqi": _words(view),
    }


def _parameter(field: shapes.Field, schema: Json) -> Json:
    kind = bare(field.type)
    head: Json = {"name": field.encode_name, "in": "query", "required": field.required}
    schema = {key: value for key, value in schema.items() if key != "default"} if schema.get("default") is None else schema
    if "anyOf" in schema:  # A query leaves out what it does not give; there is no null in it.
        others = [one for one in schema["anyOf"] if one != {"type": "null"}]
        schema = others[0] if len(others) == 1 else {**schema, "anyOf": others}
    if isinstance(kind, PLAIN) or (isinstance(kind, MANY) and isinstance(bare(getattr(kind, "item_type", None)), PLAIN)):
        return {**head, "schema": schema}
    return {**head, "content": {JSON: {"schema": schema}}}


def _fixed(route: Fixed) -> Json:
    status, media, schema = route.answer
    statuses = WRITE_STATUSES if route.method == "post" else READ_STATUSES
    done = _content(" · ".join(route.summary), media, schema) if media else {"description": "完成 · Done"}
    operation: Json = {
        "operationId": f"{route.method}_{route.path.strip('/').replace('/', '_').replace('{', '').replace('}', '')}",
        "tags": ["gateway"],
        "summary": " · ".join(route.summary),
        "responses": {str(status): done, **_problems(statuses)},
        "security": [{}] if route.open else _READS if route.method == "get" else _WRITES,
    }
    if route.parameters:
        operation["parameters"] = list(route.parameters)
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": route.body}
    if route.path == "/api/v1/transactions":
        operation["responses"]["202"] = _content("已受理 · On its way", JSON, _ref(acts.Accepted))
    return operation


def _ref(kind: type) -> Json:
    return {"$ref": REF.format(name=kind.__name__)}


def _in(where: str, name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": description}


def fixed() -> list[Fixed]:
    """The routes beside actions and views."""
    number = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
    tx = _in("path", "tx", {"type": "string", "minLength": 1}, "交易号 · Transaction id")
    logins_body = {JSON: {"schema": {"oneOf": [_ref(logins.PasswordLogin), _ref(logins.CertificateLogin)]}}}
    posted = "签名信封，或 {transactions: […]}，或其列表 · An envelope, {transactions: […]}, or a list of them"
    transactions = {
        JSON: {"schema": {"type": ["object", "array"], "description": posted}},
        acts.NDJSON: {"schema": {"type": "string", "description": "每行一个签名信封 · One envelope a line"}},
    }
    outcome = {"anyOf": [_ref(Receipt), _ref(acts.Outcomes)]}
    place = {"type": "string", "pattern": "^[0-9]{1,16}/[0-9]{1,16}/[0-9]{1,16}$"}
    resume = _in("header", "Last-Event-ID", place, "从此之后续传 · Resume behind it")
    limit = _in("query", "limit", {**number, "maximum": chain.BLOCKS_MAX}, "至多 · At most")
    span = (_in("query", "from", number, "起始高度 · First height"), limit)
    height = _in("path", "height", number, "高度 · Height")
    lang = _in("query", "lang", {"enum": ["zh", "en"]}, "语言 · Language")
    return [
        *_explorer(tx, number),
        Fixed("post", "/api/v1/session", ("登录", "Log in"), (201, JSON, _ref(logins.SessionShown)), (), logins_body, True),
        Fixed("get", "/api/v1/session", ("当前会话", "Who I am"), (200, JSON, _ref(logins.SessionShown))),
        Fixed("delete", "/api/v1/session", ("退出", "Log out"), (204, "", {})),
        Fixed("get", "/api/v1/session/challenge", ("登录随机数", "A nonce to sign"), (200, JSON, _ref(logins.Challenge)), open=True),
        Fixed("post", "/api/v1/transactions", ("提交已签名交易", "Post signed transactions"), (200, JSON, outcome), (), transactions),
        Fixed("get", "/api/v1/receipts/{tx}", ("回执", "A receipt"), (200, JSON, _ref(Receipt)), (tx,)),
        Fixed("get", "/api/v1/receipts/{tx}/proof", ("回执证明文件", "A receipt's proof"), (200, JSON, _ref(ReceiptProof)), (tx,)),
        Fixed("get", "/api/v1/receipts/{tx}/certificate.pdf", ("存证证书", "A certificate"), (200, certificates.PDF, PDF), (tx, lang)),
        Fixed("get", "/api/v1/blocks", ("区块", "Blocks"), (200, JSON, _ref(chain.BlocksShown)), span),
        Fixed("get", "/api/v1/blocks/{height}", ("区块", "A block"), (200, JSON, _ref(chain.BlockShown)), (height,)),
        Fixed("get", "/api/v1/events", ("事件流", "The stream of events"), (200, events.MEDIA_TYPE, {"type": "string"}), (resume, span[0])),
        Fixed("get", "/api/v1/status", ("链状态", "The chain's status"), (200, JSON, _ref(chain.StatusShown))),
        Fixed("get", "/api/v1/genesis", ("创世信任根", "The genesis a verifier trusts"), (200, JSON, _ref(Genesis)), open=True),
        Fixed("get", "/api/v1/catalogue", ("目录", "The catalogue"), (200, JSON, {"type": "object"}), open=True),
        Fixed("get", "/health", ("存活", "Alive"), (200, JSON, {"type": "object"}), open=True),
        Fixed("get", "/metrics", ("指标", "Metrics"), (200, "text/plain", {"type": "string"}), open=True),
    ]  # fmt: skip


def _explorer(tx: Json, number: Json) -> list[Fixed]:
    """The routes that ask the read model."""
    text = {"type": "string"}
    sought = _in("query", "q", {**text, "minLength": 1, "maxLength": explorer.SEARCH_MAX}, "所寻 · What is sought") | {"required": True}
    limit = _in("query", "limit", {**number, "maximum": explorer.ROWS_MAX}, "至多 · At most")
    below = _in("query", "before", number, "低于此高度 · Below this height")
    place = _in("query", "before", {"type": "string", "pattern": "^[0-9]{1,16}/[0-9]{1,16}$"}, "自此向前 · Before this place")
    chosen = tuple(
        _in("query", name, schema, words)
        for name, schema, words in (
            ("block", number, "区块高度 · Block"), ("party", text, "涉及机构 · Party"), ("digest", text, "单据摘要 · Digest"),
            ("action", text, "操作 · Action"), ("record", text, "记录键 · Key"), ("format", {"enum": ["json", "csv"]}, "格式 · Format"),
        )
    )  # fmt: skip
    key = _in("path", "key", {"type": "string", "pattern": "^([0-9a-f]{2})+$"}, "记录键（十六进制）· The record's key, hex")
    home, listed = "/api/v1/explorer", _ref(explorer.TransactionsShown)
    return [
        Fixed("get", f"{home}/search", ("搜索", "Search"), (200, JSON, _ref(explorer.Found)), (sought,)),
        Fixed("get", f"{home}/blocks", ("区块列表", "The latest blocks"), (200, JSON, _ref(explorer.BlocksListed)), (below, limit)),
        Fixed("get", f"{home}/transactions", ("交易列表", "Transactions"), (200, JSON, listed), (*chosen, place, limit)),
        Fixed("get", f"{home}/transactions/{{tx}}", ("交易详情", "A transaction"), (200, JSON, _ref(explorer.TransactionShown)), (tx,)),
        Fixed("get", f"{home}/records/{{key}}", ("记录沿革", "A record's past"), (200, JSON, _ref(explorer.RecordShown)), (key,)),
        Fixed("get", f"{home}/health", ("链的运行状况", "The chain's health"), (200, JSON, _ref(explorer.ChainHealth))),
    ]  # fmt: skip


PDF: Json = {"type": "string", "format": "binary"}


def _content(description: str, media: str, schema: Json) -> Json:
    return {"description": description, "content": {media: {"schema": schema}}}


def _problems(statuses: Iterable[int]) -> Json:
    return {str(status): {"$ref": f"#/components/responses/Refused{status}"} for status in statuses}


def _responses(catalogue: Catalogue) -> Json:
    """For each status its problem, with every code that has it and the code's message."""
    found: Json = {}
    for status, (zh, en) in TITLES.items():
        told = {code: {"zh": r.message_zh, "en": r.message_en} for code, r in catalogue.refusals().items() if status_of(code) == status}
        lines = [f"- `{code}` {text['zh']} {text['en']}" for code, text in told.items()]
        found[f"Refused{status}"] = {
            **_content("\n".join([f"{zh} · {en}", "", *lines]), PROBLEM, _ref(Problem)), "x-heqi-codes": list(told),
        }  # fmt: skip
    return found


def _refusals_by_register(catalogue: Catalogue) -> dict[str, list[str]]:
    homes = {module.__name__: register.name for register in catalogue.registers.values() for module in rule_modules(register)}
    found: dict[str, list[str]] = {}
    for code, refusal in catalogue.refusals().items():
        found.setdefault(homes.get(refusal.__module__, ""), []).append(code)
    return found


def _codes(register: Register, refusals: dict[str, list[str]]) -> list[str]:
    """What a register's own rules and those it uses may refuse, beside what every register may."""
    seen: dict[str, None] = {}

    def visit(one: Register) -> None:
        if one.name not in seen:
            seen[one.name] = None
            for used in one.uses:
                visit(used)

    visit(register)
    return sorted(code for name in seen for code in refusals.get(name, []))


def plain(value: Any) -> Any:
    """Python's end-of-text `\\Z` as JSON Schema's `$`; the rest as it is."""
    if isinstance(value, dict):
        return {key: one.replace(r"\Z", "$") if key == "pattern" and isinstance(one, str) else plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value
