"""Fault switches: what goes wrong with a source that is otherwise right. Set by POST /admin/fault, gone with kind none.

    offline        answers 503, as a source behind a broken line
    delay          waits `seconds` before it answers
    wrong_answer   `set` replaces facts of the answer, and the lie is signed: the source itself is wrong
    forged         the answer is changed after it was signed: somebody on the way is wrong
    stale          the answer is dated `days` days back

What holds here: a fault may be narrowed to paths that begin with `path` and to the next `times` answers. Failures of
business (a closed account, a cancelled firm, a reversed invoice) are not faults: they come from the data.
"""

from typing import Any, Literal

import msgspec

Kind = Literal["offline", "delay", "wrong_answer", "forged", "stale", "none"]


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /admin/fault: one switch, as the module says."""

    kind: Kind
    path: str = "/"
    times: int | None = None
    seconds: int = 0
    days: int = 0
    set: dict[str, Any] = {}


class Faults:
    """Kept in memory: a restarted stand-in is a healthy one."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def switch(self, fault: Fault) -> None:
        if fault.kind == "none":
            self.active.clear()
        else:
            self.active.append(fault)

    def for_path(self, path: str) -> dict[str, Fault]:
        """The faults that meet this request, by kind; each is used up by one."""
        met: dict[str, Fault] = {}
        for fault in list(self.active):
            if not path.startswith(fault.path) or fault.kind in met:
                continue
            met[fault.kind] = fault
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.active.remove(fault)
        return met
