"""Book accounts in double entry: claims, fees, wallets; every account seen from its owner's side.

What holds here: the words. An entry has two sides that are equal in every currency; an account's balance stands on the side of its
kind and is never below what is reserved of it.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import matching, scalar

check_book_name = matching(
    r"[a-z][a-z0-9_]{0,39}(/[A-Za-z0-9_.:-]{1,60}){0,3}",
    lambda value: SchemaInvalid(problem=f"科目名 {value[:60]!r} (an account's name is like claims/<code>)"),
)
"""`claims` and up to three parts after slashes: `claims/91990000MA00019166`."""
BookName = Annotated[str, scalar("book_name", zh="科目名", en="Name of a book account", check=check_book_name, example="claims/FJT-0001")]
BookId = Annotated[str, Meta(title="Book account", description="账簿账户 <机构>/<科目名>", min_length=20, max_length=250)]
EntryRef = Annotated[str, Meta(title="Entry", description="分录编号，不可重复", min_length=1, max_length=120)]


class Kind(StrEnum):
    """资产、负债、收入、费用."""

    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    INCOME = "INCOME"
    EXPENSE = "EXPENSE"


class Side(StrEnum):
    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


class BookAccount(Record, frozen=True, kw_only=True):
    """An account of `owner`. `debit` and `credit` are all that was ever posted, `reserved` what reservations will take; minor units.

    `counterparty`, when there is one, sees the account too: the debtor of a claim.
    """

    account: BookId
    owner: PartyId
    name: BookName
    ccy: str
    kind: Kind
    counterparty: PartyId | None
    debit: int = 0
    credit: int = 0
    reserved: int = 0

    @property
    def own_side(self) -> Side:
        return Side.DEBIT if self.kind in (Kind.ASSET, Kind.EXPENSE) else Side.CREDIT

    @property
    def balance(self) -> int:
        return self.debit - self.credit if self.own_side is Side.DEBIT else self.credit - self.debit


class Line(Record, frozen=True, kw_only=True):
    """One side of an entry."""

    account: BookId
    side: Side
    amount: Money


class EntryStage(StrEnum):
    RESERVED = "RESERVED"
    POSTED = "POSTED"
    VOIDED = "VOIDED"


class Entry(Staged, frozen=True, kw_only=True):
    """Lines that are posted together or not at all. A reservation holds until `until`; posted in part, its lines are those posted."""

    MOVES: ClassVar = {EntryStage.RESERVED: (EntryStage.POSTED, EntryStage.VOIDED)}
    ref: EntryRef
    lines: tuple[Line, ...]
    made: date
    until: date | None
    stage: EntryStage


class Posting(Record, frozen=True, kw_only=True):
    """A line as the account's statement shows it, with the balance after it in minor units."""

    account: BookId
    date: date
    ref: EntryRef
    line: int
    side: Side
    amount: Money
    balance: int


class EntryPosted(Event, frozen=True, kw_only=True):
    """One event an owner and entry: each owner learns of its own lines."""

    ref: EntryRef
    owner: PartyId


class EntryReserved(Event, frozen=True, kw_only=True):
    ref: EntryRef
    owner: PartyId
    until: date


class EntryVoided(Event, frozen=True, kw_only=True):
    ref: EntryRef
    owner: PartyId
