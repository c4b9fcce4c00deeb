"""Motions: what the members decide together."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.types.ids import PartyId
from heqi.types.rejection import Rejection

MotionId = Annotated[str, Meta(title="Motion", description="议案编号", min_length=32, max_length=32)]


class MotionStage(StrEnum):
    OPEN = "OPEN"
    CARRIED = "CARRIED"
    FAILED = "FAILED"


class Motion(Staged, frozen=True, kw_only=True):
    """An action the members vote on. It runs with the vote that carries it. `args` is the action's request."""

    MOVES: ClassVar = {MotionStage.OPEN: (MotionStage.CARRIED, MotionStage.FAILED)}
    motion: MotionId
    action: str
    args: msgspec.Raw
    reason: str
    proposer: PartyId
    opened: date
    votes: dict[PartyId, bool]
    stage: MotionStage


class MotionMoved(Event, frozen=True, kw_only=True):
    motion: MotionId
    action: str
    proposer: PartyId


class VoteCast(Event, frozen=True, kw_only=True):
    motion: MotionId
    org: PartyId
    yes: bool


class MotionCarried(Event, frozen=True, kw_only=True):
    motion: MotionId
    action: str


class MotionFailed(Event, frozen=True, kw_only=True):
    motion: MotionId


class ParameterChanged(Event, frozen=True, kw_only=True):
    parameter: str
    version: int


class ParameterSetting(Record, frozen=True, kw_only=True):
    """A figure in force: value, version, and why it was changed."""

    parameter: str
    value: msgspec.Raw
    version: int
    source: str


class AlreadyVoted(Rejection):
    """{org} 已就议案 {motion} 投票。
    {org} has already voted on motion {motion}."""

    org: str
    motion: str
