"""One action or view of the catalogue with the JSON Schemas of what it takes and answers: what a form or a table is drawn from."""

from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.gate import JSON, Gate
from heqi.gateway.openapi import plain, returned, schemas_of
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.contract import Action
from heqi.types.refusals import NotFound


async def show_declared(gate: Gate, request: Request) -> Response:
    """GET /api/v1/catalogue/<contract>.<name>"""
    name = request.path_params["name"]
    if name not in gate.catalogue.actions and name not in gate.catalogue.views:
        raise NotFound(record=name)
    return Response(_encoded(gate.catalogue, name), media_type=JSON, headers={"Cache-Control": "max-age=300"})


@cache
def _encoded(catalogue: Catalogue, name: str) -> bytes:
    declared = catalogue.actions.get(name) or catalogue.views[name]
    (asked, answered), components = schemas_of([declared.request.type, returned(declared)])
    told: dict[str, Any] = {
        "name": name, "kind": "action" if isinstance(declared, Action) else "view", "title": declared.title, "help": declared.help,
        "by": [seat.describe() for seat in declared.by] if isinstance(declared, Action) else [],
        "request": asked, "answer": answered, "components": components,
    }  # fmt: skip
    return msgspec.json.encode(plain(told))
