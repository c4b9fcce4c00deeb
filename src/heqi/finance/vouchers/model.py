"""The words of vouchers: packages, notes (intervals of a package's face), hops (spec C05).

A package of face F is the interval of minor units [1..F]; a note is a part [lo..hi] of it with one holder.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.finance.holds import HoldId
from heqi.finance.uses import DocumentUse, UseId
from heqi.finance.vouchers.rules import check_note_id, check_package_no
from heqi.kernel.contracts import Record, Staged
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.rates import Rate
from heqi.types.scalar import scalar
from heqi.types.words import CaseNo

PackageNo = Annotated[
    str,
    scalar(
        "package_no", zh="凭证包号", en="Voucher package", check=check_package_no, example="FJT-2026-0001",
        pattern="^[0-9A-Za-z._-]{4,40}$",
    ),
]  # fmt: skip
NoteId = Annotated[
    str,
    scalar(
        "note_id", zh="凭证号 <包号>:<首分>", en="Voucher note, package:first unit", check=check_note_id, example="FJT-2026-0001:1",
        pattern="^[0-9A-Za-z._-]{4,40}:[1-9][0-9]{0,14}$",
    ),
]  # fmt: skip
Product = Annotated[str, Meta(title="Product", description="产品代码", min_length=1, max_length=20)]
HopId = Annotated[str, Meta(title="Hop", description="流转记录编号（内容摘要）", max_length=80)]


class PackageStage(StrEnum):
    """A draft is the issuer's own affair and binds nobody; a package that is accepted circulates at once."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    CONFIRMED = "CONFIRMED"
    OFFERED = "OFFERED"
    CIRCULATING = "CIRCULATING"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    SETTLED = "SETTLED"
    WITHDRAWN = "WITHDRAWN"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class Package(Staged, frozen=True, kw_only=True):
    """An issuer's promise to pay `face` at maturity. `due`: maturity moved to a business day; `paid`: what was redeemed,
    `early` of it before maturity; `extinguished`: what came back to the issuer (混同); `handed`: how far `due` has gone through
    the face."""

    MOVES: ClassVar = {
        PackageStage.DRAFT: (PackageStage.SUBMITTED,),
        PackageStage.SUBMITTED: (PackageStage.APPROVED, PackageStage.WITHDRAWN),
        PackageStage.APPROVED: (PackageStage.CONFIRMED, PackageStage.OFFERED, PackageStage.WITHDRAWN),
        PackageStage.CONFIRMED: (PackageStage.OFFERED, PackageStage.WITHDRAWN),
        PackageStage.OFFERED: (PackageStage.CIRCULATING, PackageStage.REJECTED, PackageStage.WITHDRAWN, PackageStage.EXPIRED),
        PackageStage.CIRCULATING: (PackageStage.DUE, PackageStage.SETTLED),
        PackageStage.DUE: (PackageStage.SETTLED, PackageStage.OVERDUE),
        PackageStage.OVERDUE: (PackageStage.SETTLED,),
        PackageStage.SETTLED: (PackageStage.CIRCULATING, PackageStage.OVERDUE),  # A payment was returned.
    }
    package: PackageNo
    product: Product
    issuer: PartyId
    first_payee: PartyId
    face: Money
    issue_date: date
    maturity: date
    due: date
    splittable: bool
    transferable: bool
    confirm_bank: PartyId | None
    confirm_fee_rate: Rate | None
    tenor_reason: str | None
    uses: tuple[UseId, ...]
    offered: date | None
    paid: Money
    early: Money
    extinguished: Money
    handed: int
    stage: PackageStage


class NoteStage(StrEnum):
    HELD = "HELD"
    IN_TRANSFER = "IN_TRANSFER"
    IN_FINANCING = "IN_FINANCING"
    FINANCED = "FINANCED"
    PLEDGED = "PLEDGED"
    FROZEN = "FROZEN"
    OVERDUE = "OVERDUE"
    REDEEMED = "REDEEMED"
    EXTINGUISHED = "EXTINGUISHED"


DEAD = (NoteStage.REDEEMED, NoteStage.EXTINGUISHED)
IN_FLIGHT = (NoteStage.IN_TRANSFER, NoteStage.IN_FINANCING)
PAYABLE = (NoteStage.HELD, NoteStage.FINANCED, NoteStage.PLEDGED, NoteStage.OVERDUE)


class Note(Staged, frozen=True, kw_only=True):
    """The units lo..hi of a package, all one holder's.

    `counterparty`: who is offered it, asked to finance it, or has it in pledge. `hops`: how often it changed hands since
    the first payee; `last_hop`: the record of the last time. `uses`: the documents a pending transfer stands on.
    `hold`: an open sale, see `vouchers.lock`. A frozen note remembers the stage it was in.
    """

    MOVES: ClassVar = {
        NoteStage.HELD: (
            NoteStage.IN_TRANSFER, NoteStage.IN_FINANCING, NoteStage.FINANCED, NoteStage.PLEDGED, NoteStage.FROZEN, NoteStage.OVERDUE,
            NoteStage.REDEEMED,
        ),
        NoteStage.IN_TRANSFER: (NoteStage.HELD, NoteStage.FROZEN, NoteStage.EXTINGUISHED),
        NoteStage.IN_FINANCING: (NoteStage.HELD, NoteStage.FINANCED, NoteStage.FROZEN),
        NoteStage.FINANCED: (NoteStage.FINANCED, NoteStage.FROZEN, NoteStage.OVERDUE, NoteStage.REDEEMED),
        NoteStage.PLEDGED: (NoteStage.HELD, NoteStage.FROZEN, NoteStage.OVERDUE, NoteStage.REDEEMED),
        NoteStage.OVERDUE: (NoteStage.HELD, NoteStage.FROZEN, NoteStage.REDEEMED),
        NoteStage.FROZEN: (
            NoteStage.HELD, NoteStage.IN_TRANSFER, NoteStage.IN_FINANCING, NoteStage.FINANCED, NoteStage.PLEDGED, NoteStage.OVERDUE,
        ),
        NoteStage.REDEEMED: (NoteStage.HELD, NoteStage.OVERDUE),  # Its payment was returned.
    }  # fmt: skip
    package: PackageNo
    lo: int
    hi: int
    ccy: str
    holder: PartyId
    stage: NoteStage
    hops: int
    acquired_tx: str
    last_hop: HopId
    counterparty: PartyId | None = None
    offered: date | None = None
    uses: tuple[UseId, ...] = ()
    hold: HoldId | None = None
    frozen_from: NoteStage | None = None
    case_no: CaseNo | None = None

    @property
    def note(self) -> NoteId:
        """Its name among the live notes of its package: a cut note's first part keeps it."""
        return f"{self.package}:{self.lo}"

    @property
    def units(self) -> int:
        return self.hi - self.lo + 1

    @property
    def face(self) -> Money:
        return Money(self.ccy, self.units)

    @property
    def live(self) -> bool:
        return self.stage not in DEAD

    def label(self) -> str:
        return f"Note {self.package}:{self.lo}-{self.hi}"


class Backing(Record, frozen=True, kw_only=True):
    """The documents behind a package (`lo` 0) or behind the last transfer of a note, in the order of its `uses`.

    Apart from the note, because notes are read often and documents seldom.
    """

    package: PackageNo
    lo: int
    documents: tuple[DocumentUse, ...]


class HopKind(StrEnum):
    ISSUE = "ISSUE"
    TRANSFER = "TRANSFER"
    FINANCE = "FINANCE"
    RESALE = "RESALE"
    SUBROGATION = "SUBROGATION"


class Hop(Record, frozen=True, kw_only=True):
    """One change of hands, for its two parties and the regulator (P1). `hop` is the digest of the rest, so that the links
    `previous` make a hash chain back to the issue."""

    hop: HopId
    previous: HopId | None
    kind: HopKind
    package: PackageNo
    lo: int
    hi: int
    amount: Money
    sender: PartyId
    receiver: PartyId
    uses: tuple[UseId, ...]
    tx: str
    date: date
