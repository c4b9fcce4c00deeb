"""Log-in, log-out, and who I am.

    POST   /api/v1/session             {"user", "password"}  or  {"certificate", "nonce", "signature"}
    GET    /api/v1/session/challenge   the nonce to sign
    GET    /api/v1/session             who I am, as the ledger has it now
    DELETE /api/v1/session

With a password the gateway signs for the user (hosted key); with a certificate it never can.
"""

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from heqi.gateway.gate import CSRF_COOKIE, JSON, SESSION_COOKIE, Caller, Gate, require_media
from heqi.gateway.refusals import LoginFailed
from heqi.gateway.sessions import CHALLENGE_S, Session
from heqi.kernel.contracts import Signer
from heqi.types.refusals import CertRevoked, NotFound, SchemaInvalid


class PasswordLogin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A user whose key the gateway hosts. `user`: `<organisation>/<log-in>`."""

    user: Annotated[str, Meta(min_length=1, max_length=80)]
    password: Annotated[str, Meta(min_length=1, max_length=1024)]


class CertificateLogin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A user with a key of their own: the certificate's fingerprint and a signature over the challenge."""

    certificate: Annotated[str, Meta(min_length=10, max_length=80)]
    nonce: Annotated[str, Meta(min_length=1, max_length=200)]
    signature: Annotated[str, Meta(min_length=1, max_length=200)]


class Challenge(msgspec.Struct, frozen=True):
    """Sign the canonical JSON {chain, nonce, origin} under the domain `heqi/login`. Compare `origin` with where you are."""

    chain: str
    origin: str
    nonce: str
    expires_s: int


class SessionShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who is logged in. `csrf` goes into the header X-CSRF-Token of every unsafe request. `hosted`: may the gateway sign?"""

    user: str
    org: str
    org_type: str
    active: bool
    roles: tuple[str, ...]
    certificate: str
    hosted: bool
    csrf: str
    idle_s: int


async def show_challenge(gate: Gate, request: Request) -> Response:
    """GET /api/v1/session/challenge"""
    challenge = Challenge(gate.chain, gate.settings.origin, gate.challenges.make(), CHALLENGE_S)
    return Response(msgspec.json.encode(challenge), media_type=JSON)


async def log_in(gate: Gate, request: Request) -> Response:
    """POST /api/v1/session. Refuses: LOGIN_FAILED (never saying which half was wrong), LOGIN_LOCKED, CERT_REVOKED."""
    require_media(request, JSON)
    body = await request.body()
    try:
        if b'"password"' in body:
            signer, hosted = await _by_password(gate, msgspec.json.decode(body, type=PasswordLogin)), True
        else:
            signer, hosted = await _by_certificate(gate, msgspec.json.decode(body, type=CertificateLogin)), False
    except (msgspec.DecodeError, UnicodeDecodeError):
        # What was sent may hold a password: the refusal does not repeat any of it.
        raise SchemaInvalid(problem="须为 {user, password} 或 {certificate, nonce, signature} (either of the two)") from None
    request.scope["heqi"]["user"] = signer.user
    token, session = gate.sessions.begin(signer.user, signer.certificate, hosted=hosted)
    response = _shown(gate, session, signer, status=201)
    response.set_cookie(SESSION_COOKIE, token, path="/", secure=gate.settings.secure, httponly=True, samesite="strict")
    response.set_cookie(CSRF_COOKIE, session.csrf, path="/", secure=gate.settings.secure, httponly=False, samesite="strict")
    return response


async def _by_password(gate: Gate, login: PasswordLogin) -> Signer:
    gate.lockout.attempt(login.user)
    if not await gate.password_fits(login.user, login.password):
        raise LoginFailed
    gate.lockout.succeeded(login.user)
    try:
        return await gate.engine.signer(gate.keys.certificate(login.user))
    except NotFound:
        raise LoginFailed from None


async def _by_certificate(gate: Gate, login: CertificateLogin) -> Signer:
    try:
        signer: Signer = await gate.engine.signer(login.certificate)
    except CertRevoked:
        raise LoginFailed from None
    gate.challenges.redeem(login.nonce, signer.alg, signer.public_key, login.signature)
    return signer


async def show_session(gate: Gate, request: Request, caller: Caller) -> Response:
    """GET /api/v1/session"""
    return _shown(gate, caller.session, caller.signer)


async def log_out(gate: Gate, request: Request, caller: Caller) -> Response:
    """DELETE /api/v1/session"""
    gate.sessions.end(caller.token)
    response = Response(status_code=204)
    response.delete_cookie(SESSION_COOKIE, path="/", secure=gate.settings.secure, httponly=True, samesite="strict")
    response.delete_cookie(CSRF_COOKIE, path="/", secure=gate.settings.secure, samesite="strict")
    return response


def _shown(gate: Gate, session: Session, signer: Signer, status: int = 200) -> Response:
    shown = SessionShown(
        user=signer.user, org=signer.org, org_type=signer.org_type, active=signer.active, roles=signer.roles,
        certificate=signer.certificate, hosted=session.hosted, csrf=session.csrf, idle_s=gate.settings.session_idle_s,
    )  # fmt: skip
    return Response(msgspec.json.encode(shown), status, media_type=JSON)
