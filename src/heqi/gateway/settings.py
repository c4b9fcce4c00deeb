"""What an operator sets of a gateway."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec


def utc_now() -> datetime:
    """The clock of this machine."""
    return datetime.now(UTC)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`origin` is the address users type, scheme and host: log-in signatures are bound to it, https makes cookies secure."""

    origin: str = "http://127.0.0.1:8000"
    session_idle_s: int = 1800
    body_max: int = 2 << 20
    """Bytes of a request."""
    file_max: int = 20 << 20
    """Bytes of a file to import."""
    wait_s: float = 30
    """How long a request waits for its receipt before it answers 202."""
    heartbeat_s: float = 15
    """How often an idle event stream shows that it lives."""
    clock: Callable[[], datetime] = utc_now

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")
