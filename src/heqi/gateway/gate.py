"""What every request handler holds: the engine, the catalogue, the sessions; and who is asking."""

import hmac
from collections.abc import Mapping

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from heqi.gateway.hosted import HostedKeys
from heqi.gateway.jobs import Importer, Jobs
from heqi.gateway.metrics import Metrics
from heqi.gateway.records import RecordViews
from heqi.gateway.refusals import CsrfRefused, MediaTypeUnsupported, SessionRequired
from heqi.gateway.repeats import Repeats
from heqi.gateway.sessions import Challenges, Lockout, Session, Sessions
from heqi.gateway.settings import Settings
from heqi.kernel.contracts import Signer
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.port import Engine
from heqi.node.certificate import Words
from heqi.node.history import History
from heqi.node.visibility import Visibility
from heqi.proof.suites import SUITES, Suite
from heqi.types.refusals import CertRevoked, RoleForbidden

SESSION_COOKIE = "heqi_session"
CSRF_COOKIE = "heqi_csrf"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
JSON = "application/json"


class Caller(msgspec.Struct, frozen=True):
    """Who asks: the session and, as the ledger has it now, the person behind its certificate."""

    token: str
    session: Session
    signer: Signer


class Gate:
    """One gateway to one chain."""

    def __init__(
        self, engine: Engine, catalogue: Catalogue, keys: HostedKeys, settings: Settings, importers: Mapping[str, Importer]
    ) -> None:
        self.engine, self.catalogue, self.keys, self.settings = engine, catalogue, keys, settings
        self.importers = importers
        self.suite: Suite = SUITES[engine.genesis.suite]
        self.chain: str = engine.genesis.chain
        self.sessions = Sessions(settings.clock, settings.session_idle_s)
        self.challenges = Challenges(settings.clock, self.chain, settings.origin)
        self.lockout = Lockout(settings.clock)
        self.repeats = Repeats()
        self.visibility = Visibility(catalogue)
        self.metrics = Metrics()
        self.jobs = Jobs()
        self.record_views = RecordViews(catalogue)
        self.history: History | None = None
        self.words: Words = {}

    async def caller(self, request: Request) -> Caller:
        """Who asks. Refuses: SESSION_REQUIRED; CSRF_REFUSED for an unsafe method without the session's token."""
        token = request.cookies.get(SESSION_COOKIE, "")
        session = self.sessions.find(token)
        if session is None:
            raise SessionRequired
        if request.method not in SAFE_METHODS and not _same(request.headers.get(CSRF_HEADER, ""), session.csrf):
            raise CsrfRefused
        caller = Caller(token, session, await self.signer(token, session))
        request.scope["heqi"]["user"] = caller.signer.user
        return caller

    async def member(self, request: Request) -> Caller:
        """Who asks, who must belong to an active organisation. Refuses moreover: ROLE_FORBIDDEN."""
        caller = await self.caller(request)
        if not caller.signer.active:
            raise RoleForbidden(problem=f"机构 {caller.signer.org} 未处于正常状态 (organisation not active)")
        return caller

    async def signer(self, token: str, session: Session) -> Signer:
        """The session's person on the ledger now. A revoked certificate ends the session: SESSION_REQUIRED."""
        try:
            return await self.engine.signer(session.certificate)
        except CertRevoked:
            self.sessions.end(token)
            raise SessionRequired from None

    async def password_fits(self, user: str, password: str) -> bool:
        """Off the event loop: Argon2id takes its time by design."""
        return await run_in_threadpool(self.keys.verify_password, user, password)


def asked(request: Request) -> str:
    """The action or view a path /api/v1/<contract>/<name> names."""
    name = ".".join(request.url.path.split("/")[3:5])
    request.scope["heqi"]["action"] = name
    return name


def require_media(request: Request, *expected: str) -> str:
    """The request's media type, one of these. Refuses: MEDIA_TYPE_UNSUPPORTED.

    A page of another site cannot send these types without the browser asking first, which the gateway never grants.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in expected:
        raise MediaTypeUnsupported(expected=", ".join(expected))
    return media


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
