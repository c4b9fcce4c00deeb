"""What a register keeps and what a contract announces: records, staged records, events.

A record is a frozen value; changing it means putting a new one under the same key. A staged record carries the table of
its legal moves, and `moved` is the only way along it.
"""

from enum import StrEnum
from typing import Any, ClassVar, Self

import msgspec

from heqi.types.refusals import StateInvalid


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of a register's table."""


class Staged(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record with a life: `stage` says where it is, `MOVES` where it may go from there."""

    MOVES: ClassVar[dict[Any, tuple[Any, ...]]] = {}
    stage: StrEnum

    def moved(self, stage: StrEnum, act: str, **changes: Any) -> Self:
        """This record in its next stage. Refuses a move its table does not name: STATE_INVALID."""
        if stage not in self.MOVES.get(self.stage, ()):
            raise StateInvalid(record=self.label(), stage=str(self.stage), act=act)
        return msgspec.structs.replace(self, stage=stage, **changes)

    def expect(self, act: str, *stages: StrEnum) -> None:
        """Refuse `act` unless the record is in one of `stages`: STATE_INVALID."""
        if self.stage not in stages:
            raise StateInvalid(record=self.label(), stage=str(self.stage), act=act)

    def label(self) -> str:
        """What a person calls this record in a message: its class and its first field."""
        first = self.__struct_fields__[1] if self.__struct_fields__[0] == "stage" else self.__struct_fields__[0]
        return f"{type(self).__name__} {getattr(self, first)}"


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happened, in the past tense. Its fields of type PartyId name who may see it."""


def changed(record: Any, **changes: Any) -> Any:
    """The record with some fields replaced (stages move only through `Staged.moved`)."""
    if "stage" in changes:
        raise TypeError("a stage changes through Staged.moved, which holds the table of legal moves")
    return msgspec.structs.replace(record, **changes)
