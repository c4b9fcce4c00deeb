"""What All-Link answers (S03.9): an organisation's own papers, and the reports of the group, its factor and the regulator.

What holds here: a tier sees its own hops; the group sees its issuers' totals, not who passed what to whom; the factor sees the
notes offered to it, with their chain once the holder has consented; a dealer sees its own profile. A holder's own notes and hops
are the vouchers register's to show (`vouchers.holdings`, `vouchers.own_hops`).
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

import msgspec

from heqi.apps.all_link.contract import check_item, contract, latest_profile, payables, profiles, programmes, terms
from heqi.apps.all_link.financing import refactorings, requests
from heqi.apps.all_link.maturity import INSTRUCTIONS_MAX, claims, fundings, instructions, paying_bank
from heqi.apps.all_link.model import (
    ApNo,
    Claim,
    DealerProfile,
    FinanceRequest,
    FinanceStage,
    Funding,
    Instruction,
    OpenItem,
    Payable,
    Quota,
    Refactoring,
    RequestId,
    Terms,
    payable_document,
)
from heqi.finance import limits, parties, vouchers
from heqi.finance.vouchers import Hop, Note, NoteId, NoteStage, Package, PackageNo
from heqi.kernel.contracts import Context, is_regulator, members
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import DupUse, NotFound
from heqi.types.rejection import Rejection

WALL_DAYS = 30
REQUESTS_MAX = 10_000
"""Finance requests of one package that are added up."""


class ItemVerdict(msgspec.Struct, frozen=True):
    """What would become of an open item: OK, KNOWN (imported before, the same), or the refusal's code and words."""

    ap_no: str
    code: str
    message_zh: str = ""
    message_en: str = ""


class PackageSheet(msgspec.Struct, frozen=True):
    """A package with its terms and how its maturity went."""

    package: Package
    terms: Terms
    funding: Funding | None
    instructions: list[Instruction]
    claim: Claim | None


class Depth(msgspec.Struct, frozen=True):
    """How many notes have changed hands so often."""

    hops: int
    notes: int


class Share(msgspec.Struct, frozen=True):
    """Live units by what became of them: `held` by their first payee, `passed_on` to others, `financed`. `depth`: notes by how
    often they changed hands; `suppliers`: holders of what is not financed."""

    count: int
    held: Money
    financed: Money
    passed_on: Money
    depth: list[Depth]
    suppliers: int


class Activated(msgspec.Struct, frozen=True):
    """Imported payables and how much of them is in vouchers."""

    items: int
    imported: Money
    vouchered: Money
    suppliers: int


class PlantUsage(msgspec.Struct, frozen=True):
    """Quota an issuer's plant uses."""

    issuer: PartyId
    plant: str
    packages: int
    face: Money


class WallDay(msgspec.Struct, frozen=True):
    """What falls due on a day."""

    due: date
    packages: int
    face: Money


class Saving(msgspec.Struct, frozen=True):
    """Funded requests against the benchmark: Σ amounts, Σ savings in fen (may be below zero)."""

    requests: int
    amount: Money
    saving_fen: int


# --- who sees -----------------------------------------------------------------------------------------------------------
def package_parties(ctx: Context, package: PackageNo) -> Collection[PartyId | None]:
    """issuer, group, confirming bank, paying bank, first payee, and who was asked to finance a note of it"""
    asked = [each.financier for each in requests.by(ctx, "package", package)]
    return (*_payers(ctx, package), terms.get(ctx, package).group, vouchers.package(ctx, package).first_payee, *asked)


def _payers(ctx: Context, package: PackageNo) -> tuple[PartyId | None, ...]:
    """Who has to do with the payment at maturity: the issuer, its bank (if it has an account), the confirming bank."""
    held = terms.get(ctx, package)
    try:
        bank = paying_bank(ctx, package)
    except NotFound:
        bank = None
    return (held.issuer, bank, held.confirm_bank)


def asked_financier(ctx: Context, note: NoteId) -> Collection[PartyId | None]:
    """the financier the holder has asked, with the holder's consent"""
    found = vouchers.note(ctx, note)
    return (found.counterparty,) if found.stage is NoteStage.IN_FINANCING else ()


def request_parties(ctx: Context, request: RequestId) -> Collection[PartyId]:
    """applicant and financier"""
    found = requests.get(ctx, request)
    return (found.applicant, found.financier)


def the_group(ctx: Context, group: PartyId) -> Collection[PartyId]:
    """the group itself"""
    return (group,)


def the_dealer(ctx: Context, dealer: PartyId) -> Collection[PartyId]:
    """the dealer itself, and the group whose programme it is in"""
    programme = programmes.find(ctx, dealer)
    return (dealer,) if programme is None else (dealer, programme.group)


def _me(ctx: Context) -> PartyId:
    assert ctx.viewer is not None
    return ctx.viewer.org


# --- one's own papers ---------------------------------------------------------------------------------------------------
@contract.view("试导入应付", sees=members)
def check_payables(ctx: Context, items: list[OpenItem]) -> list[ItemVerdict]:
    """逐项说明导入结果：可导入、已导入或不合格及原因；不改变账本。
    For each open item: fit, imported before, or unfit and why; nothing is changed."""
    verdicts: list[ItemVerdict] = []
    met: dict[str, OpenItem] = {}
    for item in items:
        try:
            label = payable_document(_me(ctx), item.ap_no).label
            known = payables.find(ctx, _me(ctx), item.ap_no)
            before = known.item if known is not None else met.get(label)
            if before == item:
                verdicts.append(ItemVerdict(item.ap_no, "KNOWN"))
                continue
            check_item(ctx, _me(ctx), item)
            if before is not None:
                raise DupUse(document=label, available=before.amount)
        except Rejection as refusal:
            verdicts.append(ItemVerdict(item.ap_no, refusal.code, refusal.text("zh"), refusal.text("en")))
            continue
        verdicts.append(ItemVerdict(item.ap_no, "OK"))
        met[label] = item
    return verdicts


@contract.view("应付未清项", sees=members)
def my_payables(ctx: Context, after: ApNo | None = None, limit: int = 100) -> list[Payable]:
    """本机构导入的应付未清项。
    One's own imported open items."""
    start = None if after is None else (_me(ctx), after)
    return payables.scan(ctx, _me(ctx), limit=min(limit, 1000), after=start)


@contract.view("我的开立", sees=members)
def my_packages(ctx: Context, limit: int = 100) -> list[Terms]:
    """本机构开立的凭证包。
    Packages one has issued."""
    return terms.by(ctx, "issuer", _me(ctx), limit=min(limit, 1000))


@contract.view("凭证包", sees=package_parties)
def package(ctx: Context, package: PackageNo) -> PackageSheet:
    """一个凭证包的条款；开单方、付款行、保兑行与监管另见到期资金、付款指令与垫款，其他当事人只见付给自己的指令。
    A package's terms. Issuer, paying bank, confirming bank and the regulator also see funding, instructions and claim; its other parties
    only the instruction to themselves."""
    found, held = vouchers.package(ctx, package), terms.get(ctx, package)
    if is_regulator(ctx) or _me(ctx) in _payers(ctx, package):
        given = instructions.scan(ctx, package, limit=INSTRUCTIONS_MAX)
        return PackageSheet(found, held, fundings.find(ctx, package), given, claims.find(ctx, package))
    return PackageSheet(found, held, None, instructions.scan(ctx, package, _me(ctx)), None)


@contract.view("流转链", sees=asked_financier)
def note_chain(ctx: Context, note: NoteId) -> list[Hop]:
    """凭证自开立以来的全部流转；仅持有人请其融资的机构与监管可见。
    How the note came to its holder, back to the issue: for the financier the holder has asked, and the regulator."""
    return vouchers.chain(ctx, note)


@contract.view("融资申请", sees=request_parties)
def finance_request(ctx: Context, request: RequestId) -> FinanceRequest:
    """一笔融资申请；申请人、保理商与监管可见。
    A finance request; for its applicant, its financier and the regulator."""
    return requests.get(ctx, request)


@contract.view("我的融资", sees=members)
def my_requests(ctx: Context, stage: FinanceStage | None = None, limit: int = 100) -> list[FinanceRequest]:
    """本机构提出或收到的融资申请。
    Finance requests one has made or received."""
    me, most = _me(ctx), min(limit, 1000)
    received = requests.by(ctx, "financier", me, limit=most) if stage is None else requests.by(ctx, "financier", me, stage, limit=most)
    return received + [each for each in requests.by(ctx, "applicant", me, limit=most) if stage in (None, each.stage)]


@contract.view("我的再保理", sees=members)
def my_refactorings(ctx: Context, limit: int = 100) -> list[Refactoring]:
    """本机构卖出或买入的再保理。
    Refactorings one has sold or bought."""
    return refactorings.by(ctx, "factor", _me(ctx), limit=min(limit, 1000)) + refactorings.by(ctx, "bank", _me(ctx), limit=min(limit, 1000))


@contract.view("我的垫款债权", sees=members)
def my_claims(ctx: Context, limit: int = 100) -> list[Claim]:
    """本机构因保兑垫款享有或承担的债权债务。
    Claims from cover one holds or owes."""
    return claims.by(ctx, "bank", _me(ctx), limit=min(limit, 1000)) + claims.by(ctx, "issuer", _me(ctx), limit=min(limit, 1000))


def payer(ctx: Context, package: PackageNo) -> Collection[PartyId]:
    """the issuer and its paying bank"""
    return (terms.get(ctx, package).issuer, paying_bank(ctx, package))


@contract.view("付款账户", sees=payer)
def paying_account(ctx: Context, package: PackageNo) -> parties.Account:
    """到期付款所用的开单方账户；开单方与付款行可见。
    The issuer's account that pays at maturity; for the issuer and its bank."""
    return parties.settlement_account(ctx, terms.get(ctx, package).issuer)


@contract.view("到期待办", sees=members)
def due_today(ctx: Context, limit: int = 200) -> list[PackageNo]:
    """以本行为付款行、已到期而未结清的凭证包。
    Packages due and not settled whose paying bank one is."""
    found, after = [], None
    while len(found) < limit and (page := terms.by(ctx, "unpaid", upto=ctx.today, after=after)):
        for held in page:
            if _payers(ctx, held.package)[1] == _me(ctx) and vouchers.package(ctx, held.package).due <= ctx.today:
                found.append(held.package)
        after = page[-1]
    return found[:limit]


# --- reports ------------------------------------------------------------------------------------------------------------
@contract.view("应付激活", sees=the_group)
def payables_activated(ctx: Context, group: PartyId) -> Activated:
    """集团各开单方导入的应付总额与已开立为凭证的部分。
    Payables imported by the group's issuers and how much of them is in vouchers."""
    items, imported, vouchered, suppliers = 0, Money.zero("CNY"), Money.zero("CNY"), set()
    for issuer in _issuers(ctx, group):
        for each in payables.every(ctx, issuer):
            items += 1
            imported, vouchered = imported + each.item.amount, vouchered + each.vouchered
            suppliers.add(each.item.vendor)
    return Activated(items, imported, vouchered, len(suppliers))


@contract.view("流转概况", sees=the_group)
def circulation(ctx: Context, group: PartyId) -> Share:
    """集团凭证的流转深度（按流转次数的凭证数），以及持有、融资、转让的金额；不显示当事人。
    Depth of circulation (notes by hops) and what is held, financed and passed on; no parties are shown."""
    hops: dict[int, int] = {}
    held = financed = passed = 0
    holders, count = set(), 0
    for each in _terms(ctx, group, Quota.USED):
        for note in _notes(ctx, each.package):
            count += 1
            hops[note.hops] = hops.get(note.hops, 0) + 1
            if note.stage is NoteStage.FINANCED:
                financed += note.face.minor
                continue
            holders.add(note.holder)
            if note.hops:
                passed += note.face.minor
            else:
                held += note.face.minor
    depth = [Depth(often, notes) for often, notes in sorted(hops.items())]
    return Share(count, Money("CNY", held), Money("CNY", financed), Money("CNY", passed), depth, len(holders))


@contract.view("额度使用", sees=the_group)
def quota_usage(ctx: Context, group: PartyId) -> list[PlantUsage]:
    """按开单方与工厂汇总占用额度的凭证（含待签收）。
    What takes quota, by issuer and plant: vouchers not yet paid, those awaiting acceptance among them."""
    used: dict[tuple[PartyId, str], tuple[int, int]] = {}
    for each in _terms(ctx, group, Quota.RESERVED, Quota.USED):
        count, face = used.get((each.issuer, each.plant), (0, 0))
        owed = vouchers.package(ctx, each.package).face.minor - each.released.minor
        used[(each.issuer, each.plant)] = (count + 1, face + owed)
    return [PlantUsage(issuer, plant, count, Money("CNY", face)) for (issuer, plant), (count, face) in sorted(used.items())]


@contract.view("额度余额", sees=the_group)
def quota_lines(ctx: Context, group: PartyId) -> dict[PartyId, Money]:
    """各开单方尚可开立的金额。
    What each issuer may still issue."""
    return {each.issuer: limits.available(ctx, each.quota) for each in programmes.by(ctx, "group", group)}


@contract.view("到期墙", sees=the_group)
def maturity_wall(ctx: Context, group: PartyId) -> list[WallDay]:
    """未来 30 天每日到期的未付金额。
    What is to be paid on each of the next 30 days."""
    wall: dict[date, tuple[int, int]] = {}
    for each in _terms(ctx, group, Quota.USED):
        found = vouchers.package(ctx, each.package)
        if ctx.today <= found.due <= ctx.today + timedelta(days=WALL_DAYS):
            count, owed = wall.get(found.due, (0, 0))
            wall[found.due] = (count + 1, owed + (found.face - found.paid - found.extinguished).minor)
    return [WallDay(due, count, Money("CNY", face)) for due, (count, face) in sorted(wall.items())]


@contract.view("融资成本节约", sees=members)
def saving(ctx: Context) -> Saving:
    """本机构作为申请人或保理商的已放款融资，相对基准利率累计节约的成本。
    Over the funded requests one has applied for or financed: the cost saved against the benchmark."""
    return _saved(_my_requests(ctx))


@contract.view("集团融资成本节约", sees=the_group)
def group_saving(ctx: Context, group: PartyId) -> Saving:
    """集团各开单方的凭证所得融资，相对基准利率累计节约的成本；不显示当事人。
    Over the funded requests on the vouchers of the group's issuers: the cost saved against the benchmark; no parties are shown."""
    every = _terms(ctx, group, Quota.USED, Quota.RELEASED)
    return _saved(each for held in every for each in requests.by(ctx, "package", held.package, limit=REQUESTS_MAX))


def _saved(asked: Iterable[FinanceRequest]) -> Saving:
    funded = [each for each in asked if each.stage is FinanceStage.FUNDED]
    return Saving(len(funded), Money.sum_of("CNY", [each.amount for each in funded]), sum(each.saving_fen for each in funded))


@contract.view("经销商热力图", sees=the_group)
def dealer_map(ctx: Context, group: PartyId) -> list[DealerProfile]:
    """集团各经销商最近一个月的评分与分档。
    Each dealer's latest score and band."""
    found = [latest_profile(ctx, each.issuer) for each in programmes.by(ctx, "group", group)]
    return [profile for profile in found if profile is not None]


@contract.view("经销商画像", sees=the_dealer)
def dealer_months(ctx: Context, dealer: PartyId) -> list[DealerProfile]:
    """经销商的历月画像；仅该经销商、其所属集团与监管可见。
    A dealer's profile month by month; for the dealer, its group and the regulator."""
    return profiles.scan(ctx, dealer, limit=240)


def _issuers(ctx: Context, group: PartyId) -> list[PartyId]:
    return [each.issuer for each in programmes.by(ctx, "group", group)]


def _terms(ctx: Context, group: PartyId, *stages: Quota) -> Iterator[Terms]:
    after = None
    while page := terms.by(ctx, "group", group, after=after):
        yield from (each for each in page if each.stage in stages)
        after = page[-1]


def _notes(ctx: Context, package: PackageNo) -> Iterator[Note]:
    found, last = vouchers.package(ctx, package), 0
    while page := vouchers.notes_of(ctx, package, after=last):
        yield from (each for each in page if each.live)
        last = page[-1].hi
        if last >= found.face.minor:
            return


def _my_requests(ctx: Context) -> Iterator[FinanceRequest]:
    for index in ("financier", "applicant"):
        after = None
        while page := requests.by(ctx, index, _me(ctx), after=after):
            yield from page
            after = page[-1]
