"""What happens to packages and notes, in the past tense; the parties in an event may see it."""

from datetime import date

from heqi.finance.holds import HoldId
from heqi.finance.vouchers.model import HopId, HopKind, NoteId, NoteStage, PackageNo, PackageStage
from heqi.kernel.contracts import Event
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.words import CaseNo


class PackageDrafted(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId


class DraftDropped(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId


class PackageIssued(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    face: Money
    maturity: date


class PackageApproved(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    confirm_bank: PartyId | None


class PackageConfirmed(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    confirm_bank: PartyId


class PackageOffered(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    first_payee: PartyId
    face: Money


class PackageAccepted(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    first_payee: PartyId
    confirm_bank: PartyId | None
    face: Money


class PackageClosed(Event, frozen=True, kw_only=True):
    """Withdrawn, rejected or expired before it was accepted: its documents are free again."""

    package: PackageNo
    issuer: PartyId
    first_payee: PartyId
    confirm_bank: PartyId | None
    stage: PackageStage


class PackageDue(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    confirm_bank: PartyId | None
    face: Money


class PackageOverdue(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    confirm_bank: PartyId | None


class PackageSettled(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    confirm_bank: PartyId | None
    paid: Money


class NoteOffered(Event, frozen=True, kw_only=True):
    """Part of a note, locked, waits for the transferee or the financier."""

    note: NoteId
    amount: Money
    holder: PartyId
    counterparty: PartyId
    stage: NoteStage


class NoteReturned(Event, frozen=True, kw_only=True):
    """An offer ended without a change of hands; `reason` says how."""

    note: NoteId
    amount: Money
    holder: PartyId
    counterparty: PartyId | None
    reason: str


class NotePassed(Event, frozen=True, kw_only=True):
    """A note changed hands."""

    note: NoteId
    amount: Money
    sender: PartyId
    receiver: PartyId
    kind: HopKind
    hop: HopId


class NoteExtinguished(Event, frozen=True, kw_only=True):
    """The issuer holds its own promise: it is extinct (混同)."""

    note: NoteId
    amount: Money
    issuer: PartyId


class NoteLocked(Event, frozen=True, kw_only=True):
    note: NoteId
    holder: PartyId
    to: PartyId
    hold: HoldId


class NotePledged(Event, frozen=True, kw_only=True):
    note: NoteId
    amount: Money
    holder: PartyId
    pledgee: PartyId


class PledgeReleased(Event, frozen=True, kw_only=True):
    note: NoteId
    amount: Money
    holder: PartyId
    pledgee: PartyId


class NoteFrozen(Event, frozen=True, kw_only=True):
    note: NoteId
    holder: PartyId
    case_no: CaseNo


class NoteUnfrozen(Event, frozen=True, kw_only=True):
    note: NoteId
    holder: PartyId
    case_no: CaseNo


class NoteRedeemed(Event, frozen=True, kw_only=True):
    note: NoteId
    amount: Money
    holder: PartyId
    issuer: PartyId


class NoteOverdue(Event, frozen=True, kw_only=True):
    note: NoteId
    amount: Money
    holder: PartyId
    issuer: PartyId


class NoteReinstated(Event, frozen=True, kw_only=True):
    """The bank has returned the payment of a redeemed note: the claim stands again."""

    note: NoteId
    amount: Money
    holder: PartyId
    issuer: PartyId
    confirm_bank: PartyId | None
    stage: NoteStage
