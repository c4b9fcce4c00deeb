"""The interactive API page: Swagger UI from its package, so nothing is loaded from elsewhere."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from swagger_ui_bundle import swagger_ui_path

from heqi.gateway.gate import Gate
from heqi.types.refusals import NotFound

OURS = Path(__file__).parent / "static"
ASSETS: dict[str, Path] = {
    "swagger-ui.css": Path(str(swagger_ui_path)) / "swagger-ui.css",
    "swagger-ui-bundle.js": Path(str(swagger_ui_path)) / "swagger-ui-bundle.js",
    "docs.js": OURS / "docs.js",
    "docs.css": OURS / "docs.css",
}
# Swagger UI draws its icons from data: URLs and sets single styles by script, which needs no 'unsafe-inline'.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PAGE = """<!DOCTYPE html>
<html lang="zh">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>合契 Heqi API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css"><link rel="stylesheet" href="/docs/docs.css">
</head>
<body><div id="api"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/docs.js"></script></body>
</html>
"""


async def show_docs(gate: Gate, request: Request) -> Response:
    """GET /docs"""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


async def show_asset(gate: Gate, request: Request) -> Response:
    """GET /docs/<asset>"""
    path = ASSETS.get(request.path_params["asset"])
    if path is None:
        raise NotFound(record=request.url.path)
    return FileResponse(path, headers={"Cache-Control": "max-age=3600"})
