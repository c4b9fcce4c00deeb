"""What a rule sees: the ledger's time, the signers, metered reads and writes, and nothing else of the world.

One context lives for one transaction (or one view). Writes go to an overlay that a refusal discards whole.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from heqi.kernel.contracts.authority import Signer
from heqi.kernel.contracts.contract import Parameter
from heqi.kernel.contracts.record import Event
from heqi.kernel.state.keys import encode_key
from heqi.kernel.state.overlay import Overlay
from heqi.proof.suites import Suite
from heqi.types.refusals import DateInvalid, NotOwner, WorkExceeded

if TYPE_CHECKING:
    from heqi.kernel.contracts.catalogue import Catalogue

WORK_MAX = 200_000
"""Units of work one transaction may use: a read costs 2, a write 5, a scanned row 1. A pure count, the same on every node."""

TODAY_KEY = b"ledger/day\0" + encode_key(("today",))
PARAMETER_PREFIX = b"governance/parameter\0"
_decode = msgspec.json.decode


class Context:
    """The world of one transaction."""

    __slots__ = (
        "_unique",
        "catalogue",
        "chain",
        "events",
        "height",
        "overlay",
        "records",
        "resolved",
        "settings",
        "signers",
        "suite",
        "time",
        "tx_id",
        "viewer",
        "work",
        "work_max",
    )

    def __init__(
        self,
        overlay: Overlay,
        catalogue: "Catalogue",
        *,
        suite: Suite,
        chain: str,
        height: int,
        time: datetime,
        tx_id: str,
        signers: tuple[Signer, ...] = (),
        resolved: bool = False,
        viewer: Signer | None = None,
        work_max: int = WORK_MAX,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.overlay, self.catalogue, self.suite = overlay, catalogue, suite
        self.chain, self.height, self.time, self.tx_id = chain, height, time, tx_id
        self.signers, self.resolved, self.viewer = signers, resolved, viewer
        self.events: list[Event] = []
        self.records: dict[bytes, Any] = {}
        self.settings: dict[str, Any] = {} if settings is None else settings
        """The business date and figures read so far in this block; forgotten when one is set, or an act is refused."""
        self.work, self.work_max = 0, work_max
        self._unique = 0

    # --- who -------------------------------------------------------------------------------------------------------
    @property
    def org(self) -> str:
        """The acting organisation: that of the first signer."""
        return self.signers[0].org

    def signed_by(self, org: str) -> bool:
        """Has somebody of this organisation signed? Registers ask before anything leaves an owner."""
        return any(signer.org == org for signer in self.signers)

    def require_owner(self, org: str, record: str) -> None:
        """Refuse unless the owner has signed: NOT_OWNER."""
        if not self.signed_by(org):
            raise NotOwner(record=record)

    # --- when ------------------------------------------------------------------------------------------------------
    @property
    def today(self) -> date:
        """The ledger's business date, advanced by `ledger.tick` only."""
        day = self.settings.get("today")
        if day is not None:
            self.work += 2  # The same count whether the block has asked before or not.
        else:
            data = self.read("state", TODAY_KEY)
            if data is None:
                raise DateInvalid(problem="账本尚未开日 (the ledger has no business date yet)")
            day = self.settings["today"] = date.fromisoformat(_decode(data)["date"])
        return day

    def open_day(self, day: date) -> None:
        """The business date from here on: the tick's own."""
        self.settings["today"] = day

    # --- policy ----------------------------------------------------------------------------------------------------
    def parameter(self, parameter: Parameter) -> Any:
        """The value in force of a declared figure."""
        known = self.settings.get(parameter.name, self)  # The context itself stands for "not read yet".
        if known is not self:
            self.work += 2
        else:
            data = self.read("state", PARAMETER_PREFIX + encode_key((parameter.name,)))
            known = self.settings[parameter.name] = parameter.default if data is None else _decode(data)["value"]
        return known

    # --- what happens ----------------------------------------------------------------------------------------------
    def emit(self, event: Event) -> None:
        """Announce what happened. Events of a refused act are never seen."""
        self.events.append(event)
        self.work += 2

    def unique(self, purpose: str) -> str:
        """A new id, 32 hex digits, derived from the transaction: the only source of new ids in rules."""
        self._unique += 1
        return hashlib.sha256(f"{self.tx_id}/{purpose}/{self._unique}".encode()).hexdigest()[:32]

    # --- metered state ---------------------------------------------------------------------------------------------
    def read(self, space: str, key: bytes) -> bytes | None:
        self.work += 2
        return self.overlay.get(space, key)  # pyright: ignore[reportArgumentType]

    def recall(self, key: bytes, decode: Callable[[bytes], Any], keep: bool) -> Any:
        self.work += 2
        return self.overlay.recall(key, decode, keep)

    def write(self, space: str, key: bytes, value: bytes | None) -> None:
        self.work += 5
        if self.work > self.work_max:
            raise WorkExceeded(limit=self.work_max)
        if value is None:
            self.overlay.delete(space, key)  # pyright: ignore[reportArgumentType]
        else:
            self.overlay.put(space, key, value)  # pyright: ignore[reportArgumentType]

    def range(self, space: str, start: bytes, stop: bytes, limit: int, reverse: bool) -> list[tuple[bytes, bytes]]:
        rows = self.overlay.scan(space, start, stop, limit, reverse)  # pyright: ignore[reportArgumentType]
        self.work += 2 + len(rows)
        if self.work > self.work_max:
            raise WorkExceeded(limit=self.work_max)
        return rows


class ViewBooks(Overlay):
    """An overlay that refuses writes: the state as a view sees it."""

    def put(self, space: Any, key: bytes, value: bytes) -> None:
        raise PermissionError("a view does not write")

    def delete(self, space: Any, key: bytes) -> None:
        raise PermissionError("a view does not write")
