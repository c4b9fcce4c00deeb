"""A small application to try the gateway on: notes that belong to an organisation and concern one other."""

from datetime import date
from enum import StrEnum

from heqi.finance import approvals
from heqi.kernel.contracts import Context, Contract, Event, Record, changed, checker, is_regulator, maker, members, own
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive
from heqi.types.refusals import AmountExceedsBalance


class Kind(StrEnum):
    CREDIT = "CREDIT"
    DEBIT = "DEBIT"


class Place(Record, frozen=True, kw_only=True):
    city: str
    street: str


class Note(Record, frozen=True, kw_only=True):
    note: str
    holder: PartyId
    debtor: PartyId
    amount: Money


class NoteWritten(Event, frozen=True, kw_only=True):
    note: str
    holder: PartyId


class DebtorTold(Event, frozen=True, kw_only=True):
    """A second event of the same act, for the debtor alone."""

    note: str
    debtors: tuple[PartyId, ...]


class InkSpilt(Event, frozen=True, kw_only=True):
    """Names nobody."""

    drops: int


contract = Contract("notebook", title=("记事本", "Notebook"), uses=(approvals.register,))
notes = contract.table("note", Note, key=("note",), indexes={"holder": ("holder",)})


@contract.action("记下", by=maker(own))
def write(ctx: Context, debtor: PartyId, amount: Positive, note: str | None = None) -> Note:
    """记下一笔应收。
    Write a note."""
    made = notes.insert(ctx, Note(note=note or ctx.unique("note"), holder=ctx.org, debtor=debtor, amount=amount))
    ctx.emit(NoteWritten(note=made.note, holder=made.holder))
    ctx.emit(DebtorTold(note=made.note, debtors=(debtor,)))
    return made


@contract.action("双签记下", by=(maker(own), checker(own)))
def write_checked(ctx: Context, debtor: PartyId, amount: Positive) -> Note:
    """记下一笔应收，须复核。
    Write a note that a second person checks."""
    return write(ctx, debtor, amount)


def note_holder(ctx: Context, note: str) -> PartyId:
    """the note's holder"""
    return notes.get(ctx, note).holder


@contract.action("转让", by=maker(note_holder))
def hand_over(ctx: Context, note: str, to: PartyId) -> Note:
    """把一笔应收转让他人。
    Hand a note over."""
    return notes.put(ctx, changed(notes.get(ctx, note), holder=to))


@contract.action("双签转让", by=(maker(note_holder), checker(note_holder)))
def hand_over_checked(ctx: Context, note: str, to: PartyId) -> Note:
    """把一笔应收转让他人，须复核。
    Hand a note over, checked by a second person."""
    return hand_over(ctx, note, to)


def large(ctx: Context, drops: int) -> PartyId | None:
    """the acting organisation, above five drops"""
    return ctx.org if drops > 5 else None


@contract.action("慎洒", by=(maker(own), checker(large)))
def spill_with_care(ctx: Context, drops: int) -> int:
    """洒墨；超过五滴须复核。
    Spill ink; more than five drops need a checker."""
    return spill(ctx, drops)


@contract.action("洒墨", by=maker(own))
def spill(ctx: Context, drops: int) -> int:
    """洒几滴墨；超过十滴则拒绝。
    Spill ink; more than ten drops are refused."""
    if drops > 10:
        raise AmountExceedsBalance(record="ink", available=10)
    ctx.emit(InkSpilt(drops=drops))
    return drops


def holder(ctx: Context, note: str) -> tuple[str, ...]:
    """its holder"""
    return (notes.get(ctx, note).holder,)


@contract.view("一笔", sees=holder)
def note(ctx: Context, note: str) -> Note:
    """一笔应收。
    One note."""
    return notes.get(ctx, note)


@contract.view("各笔", sees=members)
def list_notes(ctx: Context, holder: PartyId | None = None) -> list[Note]:
    """提问者可见的应收。
    The notes the asker may see."""
    assert ctx.viewer is not None
    return [n for n in notes.scan(ctx) if (is_regulator(ctx) or n.holder == ctx.viewer.org) and holder in (None, n.holder)]


class Echo(Record, frozen=True, kw_only=True):
    on: date
    kind: Kind
    count: int
    loud: bool
    words: tuple[str, ...]
    place: Place | None


@contract.view("回声", sees=members)
def echo(
    ctx: Context, on: date, kind: Kind = Kind.CREDIT, count: int = 1, loud: bool = False, words: list[str] = [], place: Place | None = None  # noqa: B006
) -> Echo:
    """原样返回所问。
    Answers what was asked."""
    return Echo(on=on, kind=kind, count=count, loud=loud, words=tuple(words), place=place)
