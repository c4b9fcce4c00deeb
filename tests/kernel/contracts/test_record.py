"""Records with a life: they move along their table of stages and no other way."""

from enum import StrEnum
from typing import ClassVar

import msgspec
import pytest

from heqi.kernel.contracts import Record, Staged, changed
from heqi.types.refusals import StateInvalid


class Life(StrEnum):
    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    VOID = "VOID"


class Note(Staged, frozen=True, kw_only=True):
    MOVES: ClassVar = {Life.DRAFT: (Life.ISSUED, Life.VOID), Life.ISSUED: (Life.VOID,)}
    note: str
    holder: str
    stage: Life


class Plain(Record, frozen=True, kw_only=True):
    key: str


DRAFT = Note(note="n1", holder="jia", stage=Life.DRAFT)


@pytest.mark.parametrize(("at", "to"), [(Life.DRAFT, Life.ISSUED), (Life.DRAFT, Life.VOID), (Life.ISSUED, Life.VOID)])
def test_a_legal_move_gives_the_record_in_its_next_stage(at: Life, to: Life) -> None:
    before = Note(note="n1", holder="jia", stage=at)
    after = before.moved(to, "move", holder="yi")
    assert (after.stage, after.holder, after.note) == (to, "yi", "n1")
    assert before.stage is at  # The old record is what it was.


@pytest.mark.parametrize(
    ("at", "to"),
    [
        (Life.DRAFT, Life.DRAFT),
        (Life.ISSUED, Life.DRAFT),
        (Life.ISSUED, Life.ISSUED),
        (Life.VOID, Life.DRAFT),
        (Life.VOID, Life.ISSUED),
        (Life.VOID, Life.VOID),
    ],
)
def test_a_move_the_table_does_not_name_is_refused(at: Life, to: Life) -> None:
    with pytest.raises(StateInvalid) as refusal:
        Note(note="n1", holder="jia", stage=at).moved(to, "issue")
    assert refusal.value.facts == {"record": "Note n1", "stage": str(at), "act": "issue"}


def test_an_act_may_expect_a_stage() -> None:
    DRAFT.expect("accept", Life.DRAFT)
    DRAFT.expect("accept", Life.ISSUED, Life.DRAFT)
    with pytest.raises(StateInvalid, match="Note n1 is DRAFT; pledge is not possible"):
        DRAFT.expect("pledge", Life.ISSUED)


def test_a_stage_changes_only_along_its_table() -> None:
    assert changed(DRAFT, holder="yi").holder == "yi"
    with pytest.raises(TypeError, match=r"Staged\.moved"):
        changed(DRAFT, stage=Life.VOID)


def test_a_record_is_never_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        DRAFT.holder = "yi"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("data", [b'{"key":"a","colour":"red"}', b"{}", b'{"key":5}'])
def test_a_stored_record_is_read_strictly(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(data, type=Plain)
