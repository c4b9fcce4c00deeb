"""The console's routes: the built renderer as static files, ready compressed, and the document its pages are drawn from.

What holds here: scripts from this origin only (Content-Security-Policy), names of built files carry their content's hash and may be
kept for ever, the page itself is asked for anew. No data of the ledger passes here; the renderer asks the gateway for that.
"""

import gzip
import mimetypes
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from heqi.types.pages import Document

WEB = Path(__file__).parent / "web"
# Ant Design writes its styles into the page by script, hence 'unsafe-inline' for styles; never for scripts.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
FOREVER = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
NOT_BUILT = "控制台尚未构建：python ui/hatch_build.py · the console is not built: python ui/hatch_build.py\n"


class Files:
    """The built files in memory: a bundle is small, and one request a file and browser."""

    def __init__(self, web: Path) -> None:
        self._files = {path.relative_to(web).as_posix(): path.read_bytes() for path in web.rglob("*") if path.is_file()}

    def find(self, name: str, accepted: str) -> tuple[bytes, dict[str, str]] | None:
        """A file and its headers, in the best encoding the browser accepts."""
        plain = self._files.get(name)
        if plain is None or name.endswith((".br", ".gz")):
            return None
        headers = {"Vary": "Accept-Encoding", "Content-Type": _media(name)}
        for encoding, ending in ENCODINGS:
            packed = self._files.get(name + ending)
            if packed is not None and encoding in accepted:
                return packed, {**headers, "Content-Encoding": encoding}
        return plain, headers


def routes(document: Document, web: Path = WEB) -> list[BaseRoute]:
    """`/` leads to `/console/`; every address below it that is no file is the one page."""
    files = Files(web)
    told = msgspec.json.encode(document)
    packed = gzip.compress(told, mtime=0)

    async def show_pages(request: Request) -> Response:
        headers = {"Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, media_type="application/json", headers={**headers, "Content-Encoding": "gzip"})
        return Response(told, media_type="application/json", headers=headers)

    async def show_file(request: Request) -> Response:
        name, accepted = request.path_params.get("path", ""), request.headers.get("accept-encoding", "")
        request.scope["heqi_route"] = "/console/"
        found = files.find(name, accepted)
        if found is not None:
            kept = {"Cache-Control": FOREVER} if name.startswith("assets/") else {"Cache-Control": "no-cache"}
            return Response(found[0], headers={**found[1], **kept})
        page = files.find("index.html", accepted) if not name.startswith("assets/") else None
        if page is None:
            return PlainTextResponse(NOT_BUILT, 404 if name else 503)
        return Response(page[0], headers={**page[1], "Cache-Control": "no-cache", "Content-Security-Policy": POLICY})

    async def enter(request: Request) -> Response:
        return RedirectResponse("/console/")

    return [
        Route("/", enter),
        Route("/console/pages.json", show_pages),
        Route("/console", enter),
        Route("/console/{path:path}", show_file),
    ]


def _media(name: str) -> str:
    if name.endswith(".js"):
        return "text/javascript; charset=utf-8"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
