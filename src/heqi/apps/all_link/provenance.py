"""Notes as their holders see them, and the way of a voucher from its issue to its payment, as far as the asker may see it.

What holds here: a tier sees its own hops and no amount of another's; the issuer and its group see the issue and what was paid; the
financier a holder has asked sees that note's chain, with the holder's consent; the regulator sees all.
"""

from collections.abc import Collection
from datetime import date

import msgspec

from heqi.apps.all_link.contract import contract, terms
from heqi.apps.all_link.maturity import INSTRUCTIONS_MAX, instructions
from heqi.apps.all_link.model import Instruction
from heqi.apps.all_link.views import package_parties
from heqi.finance import vouchers
from heqi.finance.vouchers import Hop, HopKind, Note, NoteId, NoteStage, PackageNo
from heqi.finance.vouchers import views as books
from heqi.kernel.contracts import Context, is_regulator, members
from heqi.types.ids import PartyId
from heqi.types.money import Money

REDEEMED = "REDEEMED"


class NoteSheet(msgspec.Struct, frozen=True):
    """A note with what matters of its package. `offered`: the day it was offered to the counterparty."""

    note: NoteId
    package: PackageNo
    face: Money
    issuer: PartyId
    holder: PartyId
    counterparty: PartyId | None
    confirm_bank: PartyId | None
    maturity: date
    hops: int
    offered: date | None
    stage: NoteStage


class Way(msgspec.Struct, frozen=True):
    """One step of a voucher's way: a change of hands, or the payment at maturity. `previous`: the steps it came from."""

    hop: str
    previous: list[str]
    kind: str
    sender: PartyId
    receiver: PartyId
    amount: Money
    date: date
    tx: str


def _sheet(ctx: Context, note: Note) -> NoteSheet:
    found = vouchers.package(ctx, note.package)
    return NoteSheet(
        note.note, note.package, note.face, found.issuer, note.holder, note.counterparty, found.confirm_bank, found.maturity, note.hops,
        note.offered, note.stage,
    )  # fmt: skip


def _me(ctx: Context) -> PartyId:
    assert ctx.viewer is not None
    return ctx.viewer.org


@contract.view("我的凭证", sees=members)
def my_notes(ctx: Context) -> list[NoteSheet]:
    """本机构持有的有效凭证。
    The live notes one holds."""
    return [_sheet(ctx, note) for note in books.holdings(ctx)]


@contract.view("待我处理的凭证", sees=members)
def offered_to_me(ctx: Context) -> list[NoteSheet]:
    """转让给本机构待签收的，或请本机构融资的凭证。
    The notes offered to one, to sign for or to finance."""
    return [_sheet(ctx, note) for note in books.offered(ctx)]


@contract.view("凭证详情", sees=members)
def note_sheet(ctx: Context, note: NoteId) -> NoteSheet:
    """一张凭证；持有人、其对手方与监管可见。
    A note; for its holder, its counterparty and the regulator."""
    return _sheet(ctx, books.show_note(ctx, note))


def way_parties(ctx: Context, package: PackageNo) -> Collection[PartyId | None]:
    """the package's parties, and who has held or been offered a note of it"""
    assert ctx.viewer is not None
    mine = any(hop for hop in _hops(ctx, package).values() if _me(ctx) in (hop.sender, hop.receiver))
    return (*package_parties(ctx, package), *((_me(ctx),) if mine else ()))


@contract.view("流转图谱", sees=way_parties)
def way(ctx: Context, package: PackageNo) -> list[Way]:
    """凭证自开立至兑付的流转，只含提问者可见的部分。
    The way of a voucher from issue to payment, as far as the asker may see it."""
    seen = _seen(ctx, package)
    steps = [
        Way(hop.hop, _shown(hop.previous, seen), str(hop.kind), hop.sender, hop.receiver, hop.amount, hop.date, hop.tx)
        for hop in sorted(seen.values(), key=lambda hop: (hop.date, hop.kind is not HopKind.ISSUE))
    ]
    issuer, due = terms.get(ctx, package).issuer, vouchers.package(ctx, package).due
    for given in _paid(ctx, package, issuer):
        last = [hop.hop for hop in seen.values() if hop.receiver == given.holder]
        name = f"{given.orders[-1]}/{given.part}" if given.orders else f"{given.holder}/{given.part}"
        steps.append(Way(name, last[-1:], REDEEMED, issuer, given.holder, given.amount, due, ""))
    return steps


def _hops(ctx: Context, package: PackageNo) -> dict[str, Hop]:
    """Every hop of a package, the issue first."""
    found: dict[str, Hop] = {}
    for note in vouchers.notes_of(ctx, package):
        for hop in sorted(vouchers.chain(ctx, note.note), key=lambda hop: hop.kind is not HopKind.ISSUE):
            found.setdefault(hop.hop, hop)
    return found


def _seen(ctx: Context, package: PackageNo) -> dict[str, Hop]:
    """The hops the asker may see."""
    every = _hops(ctx, package)
    if is_regulator(ctx):
        return every
    me, held = _me(ctx), terms.get(ctx, package)
    asked: set[str] = set()
    for note in vouchers.notes_of(ctx, package):
        if note.stage is NoteStage.IN_FINANCING and note.counterparty == me:
            asked |= {hop.hop for hop in vouchers.chain(ctx, note.note)}
    issue = me in (held.issuer, held.group, held.confirm_bank)
    return {
        name: hop for name, hop in every.items()
        if me in (hop.sender, hop.receiver) or name in asked or (issue and hop.kind is HopKind.ISSUE)
    }  # fmt: skip


def _shown(previous: str | None, seen: dict[str, Hop]) -> list[str]:
    return [previous] if previous in seen else []


def _paid(ctx: Context, package: PackageNo, issuer: PartyId) -> list[Instruction]:
    """The payments the asker may see: the payers all of them, a holder its own."""
    held = terms.get(ctx, package)
    if is_regulator(ctx) or _me(ctx) in (issuer, held.confirm_bank):
        return [given for given in instructions.scan(ctx, package, limit=INSTRUCTIONS_MAX) if given.paid]
    return [given for given in instructions.scan(ctx, package, _me(ctx)) if given.paid]

