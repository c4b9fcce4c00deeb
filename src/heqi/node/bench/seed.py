"""A ledger that already lives: notes, packages, invoices and suppliers written at genesis, so that a run measures acts only.

Records are exactly those the acts would have left; the invariants of the registers hold on them (the runs check that).
"""

from datetime import date, timedelta

import msgspec

from heqi.apps import all_link
from heqi.apps.all_link.model import PRODUCT, Programme, Quota, Terms
from heqi.finance import limits, parties, uses, verifications, vouchers
from heqi.finance.vouchers import Note, NoteStage, Package, PackageStage
from heqi.kernel.contracts import Context, Register
from heqi.types.dates import following
from heqi.types.money import Money


class Plan(msgspec.Struct, frozen=True):
    """What to seed. `notes` live notes of `face` fen each, `notes_a_package` in one package, all held in turn by `holders`."""

    notes: int
    notes_a_package: int
    face: int
    maturity: date
    holders: tuple[str, ...]
    issuer: str
    group: str
    bank: str
    invoices: int
    buyer: str
    seller: str
    confirmed: bool = False
    first: int = 0


def seeding(plans: tuple[Plan, ...], accounts: tuple[parties.Account, ...] = ()) -> Register:
    """A register whose genesis step writes the plans' records and the suppliers' accounts."""
    register = Register("bench_seed", title=("压测准备", "Benchmark seed"), uses=(all_link.APP.contract,))

    @register.at_genesis
    def seed(ctx: Context) -> None:
        for account in accounts:
            parties.register.tables["account"].add(ctx, account)
        for plan in plans:
            _seed(ctx, plan)

    return register


def _seed(ctx: Context, plan: Plan) -> None:
    quota = f"{plan.group}/{plan.issuer}/BENCH-{plan.first}"
    owed = Money("CNY", plan.notes * plan.face)
    limits.register.tables["limit"].add(
        ctx,
        limits.Limit(
            node=quota,
            parent=None,
            grantor=plan.group,
            holder=plan.issuer,
            title=f"BENCH-{plan.first}",
            approved=owed + owed,
            revolving=True,
            valid_to=date(2027, 12, 31),
            used=owed.minor,
        ),
    )
    tables = all_link.APP.contract.tables
    tables["programme"].put(ctx, Programme(issuer=plan.issuer, group=plan.group, quota=quota, confirm_bank=None, confirm_limit=None))
    for number in range(plan.invoices):
        _invoice(ctx, plan, number)
    packages, per = -(-plan.notes // plan.notes_a_package), plan.notes_a_package
    for index in range(packages):
        _package(ctx, plan, quota, index, min(per, plan.notes - index * per))


def invoice_number(number: int) -> str:
    """The number of a seeded digital invoice."""
    return f"2699{number:016d}"


def package_number(plan: Plan, index: int) -> str:
    """The number of a seeded package."""
    return f"BENCH-{plan.first + index:08d}"


def _invoice(ctx: Context, plan: Plan, number: int) -> None:
    document = uses.DocumentRef(doc_type=uses.DocType.INVOICE, number=invoice_number(number))
    facts: dict[str, str | int] = {"total": 10**12, "ccy": "CNY", "seller": plan.seller, "buyer": plan.buyer}
    answer = verifications.Verification(
        verification=f"{number:064x}",
        kind="INVOICE",
        document=document.label,
        result=verifications.Result.PASS,
        facts=facts,
        answered_at=ctx.time,
        checked=ctx.today,
        valid_until=ctx.today + timedelta(days=366),
        source="bench",
        by=plan.buyer,
    )
    for table in ("answer", "newest"):
        verifications.register.tables[table].add(ctx, answer)
    uses.open(ctx, document, Money("CNY", 10**12))


def _package(ctx: Context, plan: Plan, quota: str, index: int, count: int) -> None:
    name, face = package_number(plan, index), Money("CNY", count * plan.face)
    vouchers.register.tables["package"].add(
        ctx,
        Package(
            package=name,
            product=PRODUCT,
            issuer=plan.issuer,
            first_payee=plan.holders[0],
            face=face,
            issue_date=ctx.today,
            maturity=plan.maturity,
            due=following(plan.maturity),
            splittable=True,
            transferable=True,
            confirm_bank=None,
            confirm_fee_rate=None,
            tenor_reason=None,
            uses=(),
            offered=ctx.today,
            paid=Money.zero("CNY"),
            early=Money.zero("CNY"),
            extinguished=Money.zero("CNY"),
            handed=0,
            stage=PackageStage.CIRCULATING,
        ),
    )
    all_link.APP.contract.tables["terms"].add(
        ctx,
        Terms(
            package=name,
            issuer=plan.issuer,
            group=plan.group,
            parts=(),
            plant="P1",
            vehicle_programme=None,
            confirm_bank=None,
            confirm_fee_pct=None,
            confirm_fee=None,
            confirmed=plan.confirmed,
            maturity=plan.maturity,
            released=Money.zero("CNY"),
            stage=Quota.USED,
        ),
    )
    limits.register.tables["reservation"].add(
        ctx, limits.Reservation(ref=name, node=quota, amount=face, stage=limits.ReservationStage.COMMITTED)
    )
    _notes(ctx, plan, name, index, count)


def _notes(ctx: Context, plan: Plan, name: str, index: int, count: int) -> None:
    face = Money("CNY", count * plan.face)
    issue = _hop(ctx, None, vouchers.HopKind.ISSUE, name, 1, face.minor, plan.issuer, plan.holders[0])
    for place in range(count):
        lo, holder = place * plan.face + 1, plan.holders[(index * count + place) % len(plan.holders)]
        hi, came = lo + plan.face - 1, issue
        if holder != plan.holders[0]:
            came = _hop(ctx, issue, vouchers.HopKind.TRANSFER, name, lo, hi, plan.holders[0], holder)
        vouchers.register.tables["note"].add(
            ctx,
            Note(
                package=name,
                lo=lo,
                hi=hi,
                ccy="CNY",
                holder=holder,
                stage=NoteStage.HELD,
                hops=int(came != issue),
                acquired_tx="genesis",
                last_hop=came,
            ),
        )


def _hop(ctx: Context, previous: str | None, kind: vouchers.HopKind, package: str, lo: int, hi: int, sender: str, receiver: str) -> str:
    """The record of a change of hands, named by the digest of the rest as the register names it."""
    unnamed = vouchers.Hop(
        hop="",
        previous=previous,
        kind=kind,
        package=package,
        lo=lo,
        hi=hi,
        amount=Money("CNY", hi - lo + 1),
        sender=sender,
        receiver=receiver,
        uses=(),
        tx="genesis",
        date=ctx.today,
    )
    name = ctx.suite.tagged(msgspec.json.encode(unnamed, order="sorted"))
    vouchers.register.tables["hop"].add(ctx, msgspec.structs.replace(unnamed, hop=name))
    return name
