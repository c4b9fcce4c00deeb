"""Imports on their way: what each is, how far it is, and whose."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from heqi.gateway.errors import Problem
from heqi.types.refusals import NotFound

Importer = Callable[..., Any]
"""`importer(desk, path, mapping, progress)`: see the applications' importer.py."""
JOBS_KEPT = 200


class Job(msgspec.Struct, kw_only=True):
    """One import. `rows` 0: not known yet. `report`: the importer's, when it is done; `problem`: why it broke off."""

    job: str
    action: str
    file: str
    state: str = "RUNNING"
    done: int = 0
    rows: int = 0
    report: Any = None
    problem: Problem | None = None


class Jobs:
    """The last imports, by owner and id."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Job] = OrderedDict()
        self.running: set[asyncio.Task[None]] = set()

    def begin(self, user: str, action: str, file: str) -> Job:
        """A new import of this user; the oldest is forgotten."""
        job = Job(job=secrets.token_hex(16), action=action, file=file)
        self._kept[(user, job.job)] = job
        if len(self._kept) > JOBS_KEPT:
            self._kept.popitem(last=False)
        return job

    def find(self, user: str, job: str) -> Job:
        """Refuses another's, and one that is forgotten: NOT_FOUND."""
        found = self._kept.get((user, job))
        if found is None:
            raise NotFound(record="import")
        return found
