"""Log-ins and sessions: who is at the other end of a connection, until idle too long or logged out.

What holds here: tokens (only their digests are kept), one-time challenges, the lock after failed passwords. Sessions live in
the memory of one gateway; a restart ends them. What does not: roles and certificates, which the ledger tells anew at each
request (gate.py).
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

import msgspec

from heqi.client.login import login_message
from heqi.gateway.refusals import LoginFailed, LoginLocked
from heqi.proof.suites import signed_by
from heqi.types.refusals import SignatureInvalid

SESSION_MAX_S = 12 * 3600
"""A session ends after this many seconds even when it is never idle."""
CHALLENGE_S = 120
FAILURES_MAX = 5
LOCK_S = 15 * 60
NAMES_KEPT = 100_000


class Session(msgspec.Struct):
    """One log-in. `hosted`: the gateway may sign for this user, who gave the password."""

    user: str
    certificate: str
    hosted: bool
    csrf: str
    began: float
    seen: float


class Sessions:
    """Sessions by the digest of their token."""

    def __init__(self, clock: Callable[[], datetime], idle_s: int) -> None:
        self._clock, self._idle_s = clock, idle_s
        self._open: dict[bytes, Session] = {}

    def begin(self, user: str, certificate: str, *, hosted: bool) -> tuple[str, Session]:
        """A new session and the token that opens it; those that have ended are swept out."""
        now = self._clock().timestamp()
        self._open = {digest: session for digest, session in self._open.items() if self._lives(session, now)}
        token = secrets.token_urlsafe(32)
        session = self._open[_digest(token)] = Session(user, certificate, hosted, secrets.token_urlsafe(32), now, now)
        return token, session

    def find(self, token: str, *, touch: bool = True) -> Session | None:
        """The session of this token unless it ended; `touch` makes it count as used now."""
        session, now = self._open.get(_digest(token)), self._clock().timestamp()
        if session is None or not self._lives(session, now):
            return None
        if touch:
            session.seen = now
        return session

    def end(self, token: str) -> None:
        """Forget a session."""
        self._open.pop(_digest(token), None)

    def _lives(self, session: Session, now: float) -> bool:
        return now - session.seen < self._idle_s and now - session.began < SESSION_MAX_S


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class Lockout:
    """Five wrong passwords lock a name for fifteen minutes, whether or not there is such a user.

    An attempt counts as failed from its start, so that many guesses at once are no way around.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def attempt(self, user: str) -> None:
        """Begin an attempt. Refuses: LOGIN_LOCKED."""
        now = self._clock().timestamp()
        count, since = self._failures.get(user, (0, now))
        if now - since >= LOCK_S:
            count = 0
        if count >= FAILURES_MAX:
            raise LoginLocked(seconds=int(since + LOCK_S - now) + 1)
        self._failures[user] = (count + 1, now)
        self._failures.move_to_end(user)
        if len(self._failures) > NAMES_KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, user: str) -> None:
        self._failures.pop(user, None)


class Challenges:
    """Nonces to sign at log-in. Nothing is kept of one until it is used, so nobody can crowd out another's."""

    def __init__(self, clock: Callable[[], datetime], chain: str, origin: str) -> None:
        self._clock, self._chain, self._origin = clock, chain, origin
        self._secret = secrets.token_bytes(32)
        self._used: OrderedDict[str, float] = OrderedDict()

    def make(self) -> str:
        """A nonce good for two minutes, once, at this gateway."""
        head = f"{int(self._clock().timestamp()) + CHALLENGE_S}.{secrets.token_hex(16)}"
        return f"{head}.{self._seal(head)}"

    def message(self, nonce: str) -> bytes:
        """What is signed to log in: it names chain and gateway, so a signature given here is none elsewhere."""
        return login_message(self._chain, self._origin, nonce)

    def redeem(self, nonce: str, alg: str, public_key: bytes, signature: str) -> None:
        """Accept the signed nonce, once. Refuses: LOGIN_FAILED, without saying why."""
        now = self._clock().timestamp()
        head, _, seal = nonce.rpartition(".")
        if not hmac.compare_digest(seal.encode(), self._seal(head).encode()) or int(head.partition(".")[0]) < now or nonce in self._used:
            raise LoginFailed
        try:
            holds = signed_by(signature, alg, public_key, self.message(nonce))
        except SignatureInvalid:
            raise LoginFailed from None
        if not holds:
            raise LoginFailed
        while self._used and next(iter(self._used.values())) < now:
            self._used.popitem(last=False)
        self._used[nonce] = now + CHALLENGE_S

    def _seal(self, head: str) -> str:
        return hmac.new(self._secret, head.encode(), hashlib.sha256).hexdigest()

