"""Who sees what of vouchers, and what must always be true of them.

A party to a package sees its terms; a holder sees its own notes and hops, not other hops' parties or amounts; the issuer
and the confirming bank see totals by holder once the package is due; the regulator sees all (C05, visibility).
"""

from collections.abc import Collection

import msgspec

from heqi.finance import holds
from heqi.finance.vouchers.maturity import due_packages
from heqi.finance.vouchers.model import (
    IN_FLIGHT,
    PAYABLE,
    Hop,
    Note,
    NoteId,
    NoteStage,
    Package,
    PackageNo,
    PackageStage,
)
from heqi.finance.vouchers.register import LATE, PAGE, chain, hops, note_of, notes, packages, register
from heqi.finance.vouchers.rules import ground
from heqi.kernel.contracts import Context, Record, is_regulator, members
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import NotFound

EVERY = 1 << 60
"""No bound: only for the invariants, which look at everything."""


class Payee(Record, frozen=True, kw_only=True):
    """How much of a package is owed to one holder."""

    holder: PartyId
    amount: Money
    notes: int


# --- questions -----------------------------------------------------------------------------------------------------
def concerned(ctx: Context, package: PackageNo) -> Collection[str]:
    """The parties of a package, and whoever holds a live note of it or is asked about one; of a draft its issuer alone."""
    found = packages.get(ctx, package)
    if found.stage is PackageStage.DRAFT:
        return [found.issuer]
    known = [found.issuer, found.first_payee, found.confirm_bank or found.issuer]
    assert ctx.viewer is not None
    for index in ("holder", "counterparty"):
        if notes.by(ctx, index, ctx.viewer.org, package, limit=1):
            known.append(ctx.viewer.org)
    return known


@register.view("凭证包", sees=concerned)
def show_package(ctx: Context, package: PackageNo) -> Package:
    """凭证包的要素与状态。
    The terms of a package and where it stands."""
    return packages.get(ctx, package)


@register.view("本机构开立的凭证包", sees=members)
def issued(ctx: Context, after: PackageNo | None = None) -> list[Package]:
    """本机构开立的凭证包，每页 400 个。
    The packages the asker has issued, 400 a page."""
    assert ctx.viewer is not None
    return packages.by(ctx, "issuer", ctx.viewer.org, after=None if after is None else packages.get(ctx, after), limit=PAGE)


@register.view("待本机构处理的凭证包", sees=members)
def waiting(ctx: Context) -> list[Package]:
    """待本机构保兑或签收的凭证包。
    The packages that wait for the asker to confirm or to accept."""
    assert ctx.viewer is not None
    return packages.by(ctx, "waiting", ctx.viewer.org, limit=PAGE)


@register.view("凭证", sees=members)
def show_note(ctx: Context, note: NoteId) -> Note:
    """一张凭证；仅持有人、其对手方和监管可见。
    A note; for its holder, whoever it is offered or pledged to, and the regulator."""
    assert ctx.viewer is not None
    found = note_of(ctx, note)
    if not is_regulator(ctx) and ctx.viewer.org not in (found.holder, found.counterparty):
        raise NotFound(record=f"Note {note}")
    return found


@register.view("本机构持有的凭证", sees=members)
def holdings(ctx: Context, after: NoteId | None = None) -> list[Note]:
    """本机构持有的有效凭证，每页 400 张。
    The live notes the asker holds, 400 a page."""
    assert ctx.viewer is not None
    return notes.by(ctx, "holder", ctx.viewer.org, after=None if after is None else note_of(ctx, after), limit=PAGE)


@register.view("待本机构处理的凭证", sees=members)
def offered(ctx: Context, after: NoteId | None = None) -> list[Note]:
    """转让给本机构待签收、请本机构融资或质押给本机构的凭证，每页 400 张。
    The notes offered to the asker, to sign for or to finance, or pledged to it, 400 a page."""
    assert ctx.viewer is not None
    return notes.by(ctx, "counterparty", ctx.viewer.org, after=None if after is None else note_of(ctx, after), limit=PAGE)


@register.view("凭证流转", sees=members)
def own_hops(ctx: Context, note: NoteId) -> list[Hop]:
    """一张凭证的流转记录中本机构收进或转出的部分；监管可见全部。
    The hops of a note that the asker received or sent; all of them for the regulator."""
    assert ctx.viewer is not None
    return [hop for hop in chain(ctx, note) if is_regulator(ctx) or ctx.viewer.org in (hop.sender, hop.receiver)]


def payers(ctx: Context, package: PackageNo) -> Collection[str]:
    """Who owes a due package: its issuer and its confirming bank."""
    found = packages.get(ctx, package)
    return [found.issuer, found.confirm_bank or found.issuer] if found.stage in (*LATE, PackageStage.SETTLED) else []


@register.view("到期兑付对象", sees=payers)
def payees(ctx: Context, package: PackageNo) -> list[Payee]:
    """到期凭证包尚未兑付部分按持有人的合计。
    What is still owed on a due package, by holder."""
    owed: dict[str, list[Money]] = {}
    for note in notes.every(ctx, package):
        if note.live:
            owed.setdefault(note.holder, []).append(note.face)
    ccy = packages.get(ctx, package).face.ccy
    return [Payee(holder=holder, amount=Money.sum_of(ccy, faces), notes=len(faces)) for holder, faces in sorted(owed.items())]


# --- truths of every transaction -----------------------------------------------------------------------------------
@register.law(notes)
def no_unit_is_made_or_lost_and_none_moves_while_locked(ctx: Context, pairs: list[tuple[Note | None, Note | None]]) -> None:
    """V1, V2 and V4, for the notes a transaction touches."""
    by_package: dict[str, tuple[list[Note], list[Note]]] = {}
    for old, new in pairs:
        assert new is not None, "a note is never forgotten"
        before, after = by_package.setdefault(new.package, ([], []))
        after.append(new)
        if old is not None:
            returned = old.stage is NoteStage.REDEEMED and new.stage in (NoteStage.HELD, NoteStage.OVERDUE)
            assert old.live or returned, "a dead note stays as it died, unless its payment comes back"
            before.append(old)
    for number, (before, after) in by_package.items():
        units = ground((note.lo, note.hi) for note in after)
        if not before:
            assert units == [(1, packages.get(ctx, number).face.minor)]
            continue
        assert units == ground((note.lo, note.hi) for note in before)
        for note in after:
            origin = next(old for old in before if old.lo <= note.lo <= old.hi)
            assert note.hi <= origin.hi and note.ccy == origin.ccy
            if note.holder != origin.holder:
                assert origin.stage not in (NoteStage.FROZEN, NoteStage.PLEDGED)
                assert origin.stage not in IN_FLIGHT or note.holder == origin.counterparty


# --- truths of all records -----------------------------------------------------------------------------------------
@register.invariant
def the_notes_of_a_package_partition_its_face(ctx: Context) -> None:
    """V1."""
    for package, parts in _books(ctx):
        assert ground((note.lo, note.hi) for note in parts) == ([(1, package.face.minor)] if parts else []), package.package
        assert bool(parts) == (package.stage in (PackageStage.CIRCULATING, *LATE, PackageStage.SETTLED)), package.package


@register.invariant
def what_is_redeemed_extinct_and_live_makes_the_face(ctx: Context) -> None:
    """V2."""
    for package, parts in _books(ctx):
        redeemed = sum(note.face.minor for note in parts if note.stage is NoteStage.REDEEMED)
        extinct = sum(note.face.minor for note in parts if note.stage is NoteStage.EXTINGUISHED)
        live = sum(note.face.minor for note in parts if note.live)
        assert (redeemed, extinct) == (package.paid.minor, package.extinguished.minor), package.package
        assert not parts or redeemed + extinct + live == package.face.minor, package.package
        assert package.early <= package.paid, package.package


@register.invariant
def every_unit_has_one_holder_who_came_by_it(ctx: Context) -> None:
    """V3: the last hop of every note names its holder, covers its units, and the hops make a hash chain to the issue."""
    for package, parts in _books(ctx):
        for note in parts:
            link, receiver = note.last_hop, note.holder
            while link:
                hop = hops.get(ctx, link)
                assert hop.receiver == receiver and hop.lo <= note.lo and note.hi <= hop.hi, note.label()
                assert link == ctx.suite.tagged(msgspec.json.encode(msgspec.structs.replace(hop, hop=""), order="sorted")), note.label()
                link, receiver = hop.previous, hop.sender
            assert receiver == package.issuer, note.label()


@register.invariant
def locked_units_have_their_lock(ctx: Context) -> None:
    """V4: offered, applied for, pledged, frozen and held notes say for whom or why; others say nothing."""
    for note in notes.every(ctx):
        stage = note.frozen_from or note.stage
        if note.live and stage is not NoteStage.OVERDUE:
            assert (note.counterparty is not None) == (stage in (*IN_FLIGHT, NoteStage.PLEDGED)), note.label()
        assert (note.offered is not None) == (stage is NoteStage.IN_TRANSFER), note.label()
        assert (note.case_no is not None) == (note.stage is NoteStage.FROZEN) == (note.frozen_from is not None), note.label()
        if note.hold is not None:
            hold = holds.get(ctx, note.hold)
            assert (hold.asset, hold.owner) == (f"{register.name}:{note.note}", note.holder), note.label()


@register.invariant
def after_maturity_units_are_only_paid(ctx: Context) -> None:
    """V6: behind what `due` has handed out nothing is on offer; a settled package has no live note."""
    for package, parts in _books(ctx):
        for note in parts:
            if package.stage in LATE and note.hi <= package.handed and note.live:
                assert note.stage in (*PAYABLE, NoteStage.FROZEN), note.label()
            assert package.stage is not PackageStage.SETTLED or not note.live, note.label()
    assert all(package.handed < package.face.minor for package in due_packages(ctx, ctx.today, EVERY))


def _books(ctx: Context) -> list[tuple[Package, list[Note]]]:
    return [(package, list(notes.every(ctx, package.package))) for package in packages.every(ctx)]
