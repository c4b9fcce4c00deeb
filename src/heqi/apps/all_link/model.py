"""The words of All-Link 福金通: payables of a manufacturer become vouchers its suppliers pass on, finance or hold."""

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from heqi.finance.uses import DocType, DocumentRef
from heqi.finance.vouchers import NoteId, PackageNo
from heqi.kernel.contracts import Event, Record, Staged
from heqi.types.ids import PartyId
from heqi.types.money import Money, Positive
from heqi.types.rates import Bps, Rate

PRODUCT = "FJT"
ITEMS_MAX = 200
"""Open items one import transaction may carry."""

ApNo = Annotated[str, Meta(title="AP item", description="应付未清项编号 · accounts-payable item number", min_length=1, max_length=40)]
ApNos = Annotated[list[ApNo], Meta(title="AP items", description="所依据的应付未清项，按所列顺序取用", min_length=1, max_length=50)]
RequestId = Annotated[str, Meta(title="Finance request", description="融资申请编号", min_length=32, max_length=32)]
Text40 = Annotated[str, Meta(min_length=1, max_length=40)]


class OpenItem(Record, frozen=True, kw_only=True):
    """An open payable as the ERP exports it. `gr_ir_matched`: goods receipt and invoice receipt agree. Not every ERP exports the
    invoice, the contract and the plant with it."""

    ap_no: ApNo
    vendor: PartyId
    document_no: Text40
    invoice_no: Text40 | None = None
    contract_no: Text40 | None = None
    amount: Positive
    due_date: date
    plant: Text40 | None = None
    gr_ir_matched: bool


class Payable(Record, frozen=True, kw_only=True):
    """An open item on the ledger. `vouchered`: how much of it vouchers have taken up so far."""

    issuer: PartyId
    item: OpenItem
    imported: date
    vouchered: Money
    ap_no: ApNo

    @property
    def document(self) -> DocumentRef:
        return payable_document(self.issuer, self.ap_no)


def payable_document(issuer: PartyId, ap_no: ApNo) -> DocumentRef:
    """An open item as a document the uses register knows: one item, one economic use."""
    return DocumentRef(doc_type=DocType.AP_ITEM, issuer=issuer, number=ap_no, code=None)


class Part(Record, frozen=True, kw_only=True):
    """How much of an open item a package has taken up."""

    ap_no: ApNo
    amount: Money


class Programme(Record, frozen=True, kw_only=True):
    """What the group lets an issuer do: its quota (a node of limits under the group's), and who confirms."""

    issuer: PartyId
    group: PartyId
    quota: str
    confirm_bank: PartyId | None
    confirm_limit: str | None


class Quota(StrEnum):
    """What a package holds of its limits."""

    RESERVED = "RESERVED"
    USED = "USED"
    RELEASED = "RELEASED"


class Terms(Staged, frozen=True, kw_only=True):
    """What All-Link adds to a package: the open items it stands on, plant, confirmation and the limits it holds. `reopened`: a payment
    came back after its limits were free."""

    MOVES: ClassVar = {Quota.RESERVED: (Quota.USED, Quota.RELEASED), Quota.USED: (Quota.RELEASED,)}
    package: PackageNo
    issuer: PartyId
    group: PartyId
    parts: tuple[Part, ...]
    plant: Text40
    vehicle_programme: Text40 | None
    confirm_bank: PartyId | None
    confirm_fee_pct: Rate | None
    confirm_fee: Money | None
    confirmed: bool
    maturity: date
    released: Money
    reminded: bool = False
    reopened: bool = False
    stage: Quota


class Bearer(StrEnum):
    """Who bears interest and fee."""

    HOLDER = "HOLDER"
    ISSUER = "ISSUER"


class FinanceStage(StrEnum):
    REQUESTED = "REQUESTED"
    REFERRED = "REFERRED"
    APPROVED = "APPROVED"
    SIGNED = "SIGNED"
    REGISTERED = "REGISTERED"
    PAYING = "PAYING"
    FUNDED = "FUNDED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


class FinanceRequest(Staged, frozen=True, kw_only=True):
    """A holder asks a financier to buy a note before maturity. All figures are recomputed when it is funded."""

    MOVES: ClassVar = {
        FinanceStage.REQUESTED: (FinanceStage.APPROVED, FinanceStage.REFERRED, FinanceStage.DECLINED, FinanceStage.WITHDRAWN),
        FinanceStage.REFERRED: (FinanceStage.APPROVED, FinanceStage.DECLINED, FinanceStage.WITHDRAWN),
        FinanceStage.APPROVED: (FinanceStage.SIGNED, FinanceStage.DECLINED),
        FinanceStage.SIGNED: (FinanceStage.REGISTERED, FinanceStage.DECLINED),
        FinanceStage.REGISTERED: (FinanceStage.PAYING, FinanceStage.DECLINED),
        FinanceStage.PAYING: (FinanceStage.FUNDED, FinanceStage.REGISTERED),
    }
    request: RequestId
    note: NoteId
    package: PackageNo
    applicant: PartyId
    financier: PartyId
    amount: Money
    rate: Rate
    platform_fee_pct: Rate
    interest_bearer: Bearer
    value_date: date
    maturity: date
    days: int
    interest: Money
    fee: Money
    proceeds: Money
    benchmark: Rate
    saving_fen: int
    decision: str | None = None
    assignment: str | None = None
    registration: str | None = None
    order: str | None = None
    stage: FinanceStage


class RefactoringStage(StrEnum):
    AGREED = "AGREED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class Refactoring(Staged, frozen=True, kw_only=True):
    """A factor sells a financed note on to a bank, whole. `margin_fen`: what the factor keeps of the interest it took."""

    MOVES: ClassVar = {RefactoringStage.AGREED: (RefactoringStage.DONE, RefactoringStage.CANCELLED)}
    refactoring: RequestId
    request: RequestId
    note: NoteId
    factor: PartyId
    bank: PartyId
    amount: Money
    rate: Rate
    value_date: date
    days: int
    cost: Money
    receives: Money
    margin_fen: int
    hold: str
    order: str
    stage: RefactoringStage


class Instruction(Record, frozen=True, kw_only=True):
    """The payment at maturity to one holder of a package. `orders`: each try, the last one counts. A package of very many holders
    is instructed in several acts; a holder met in two of them has two parts."""

    package: PackageNo
    holder: PartyId
    part: int
    amount: Money
    notes: tuple[NoteId, ...]
    orders: tuple[str, ...]
    paid: bool


class RepaymentStage(StrEnum):
    AGREED = "AGREED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"


class Repayment(Staged, frozen=True, kw_only=True):
    """An issuer repays a note before maturity, whole. `discount`: what its holder lets it off, by the rate over the days left."""

    MOVES: ClassVar = {
        RepaymentStage.AGREED: (RepaymentStage.DONE, RepaymentStage.CANCELLED),
        RepaymentStage.DONE: (RepaymentStage.RETURNED,),
    }
    repayment: RequestId
    note: NoteId
    package: PackageNo
    issuer: PartyId
    holder: PartyId
    amount: Money
    rate: Rate
    days: int
    discount: Money
    pays: Money
    hold: str
    order: str
    stage: RepaymentStage


class LateCharge(Record, frozen=True, kw_only=True):
    """The late interest of one instruction that was paid after it was due."""

    package: PackageNo
    holder: PartyId
    part: int
    issuer: PartyId
    unpaid: Money
    due: date
    paid_on: date
    interest: Money


class Funding(Record, frozen=True, kw_only=True):
    """The issuer's bank says what the paying account holds for a package falling due, and what is missing."""

    package: PackageNo
    checked: date
    due: Money
    available: Money
    shortfall: Money


class Claim(Record, frozen=True, kw_only=True):
    """What a confirming bank advanced for an issuer, and is owed."""

    package: PackageNo
    bank: PartyId
    issuer: PartyId
    amount: Money
    advanced: date
    order: str


class DealerMonth(Record, frozen=True, kw_only=True):
    """A dealer's month as its management system reports it. Units are vehicles."""

    dealer: PartyId
    month: Annotated[str, Meta(title="Month", description="月份 YYYY-MM", pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])\Z")]
    retail_units: Annotated[int, Meta(ge=0)]
    stock_units: Annotated[int, Meta(ge=0)]
    aged_90d_units: Annotated[int, Meta(ge=0)]
    overdue_days: Annotated[int, Meta(ge=0)]
    payments_on_time_bps: Bps


class DealerProfile(Record, frozen=True, kw_only=True):
    """A dealer's risk profile: the month's facts, the score (0 to 100, rounded half up) and the band of the exact score."""

    dealer: PartyId
    month: str
    facts: DealerMonth
    score: int
    band: str


class PayablesImported(Event, frozen=True, kw_only=True):
    issuer: PartyId
    count: int
    total: Money


class VoucherIssued(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    group: PartyId
    first_payee: PartyId
    face: Money
    maturity: date


class VoucherConfirmed(Event, frozen=True, kw_only=True):
    package: PackageNo
    bank: PartyId
    issuer: PartyId
    fee: Money


class FinanceRequested(Event, frozen=True, kw_only=True):
    request: RequestId
    note: NoteId
    applicant: PartyId
    financier: PartyId
    amount: Money
    proceeds: Money


class FinanceDecided(Event, frozen=True, kw_only=True):
    request: RequestId
    applicant: PartyId
    financier: PartyId
    outcome: str
    automatic: bool


class AssignmentSigned(Event, frozen=True, kw_only=True):
    request: RequestId
    applicant: PartyId
    financier: PartyId


class FinanceFunded(Event, frozen=True, kw_only=True):
    request: RequestId
    note: NoteId
    applicant: PartyId
    financier: PartyId
    proceeds: Money


class NoteRefactored(Event, frozen=True, kw_only=True):
    refactoring: RequestId
    note: NoteId
    factor: PartyId
    bank: PartyId
    receives: Money


class NoteRepaid(Event, frozen=True, kw_only=True):
    repayment: RequestId
    note: NoteId
    issuer: PartyId
    holder: PartyId
    pays: Money


class PaymentCameBack(Event, frozen=True, kw_only=True):
    """The bank returned a payment after it was settled: what it had paid is owed again. `reason`: the bank's ISO code."""

    package: PackageNo
    issuer: PartyId
    group: PartyId
    confirm_bank: PartyId | None
    holder: PartyId
    amount: Money
    reason: str | None


class LateInterestClaimed(Event, frozen=True, kw_only=True):
    package: PackageNo
    holder: PartyId
    issuer: PartyId
    interest: Money


class MaturityNear(Event, frozen=True, kw_only=True):
    """Five days before maturity: the issuer and its group are reminded."""

    package: PackageNo
    issuer: PartyId
    group: PartyId
    face: Money
    maturity: date


class MaturityInstructed(Event, frozen=True, kw_only=True):
    package: PackageNo
    issuer: PartyId
    count: int
    total: Money


class ShortfallCovered(Event, frozen=True, kw_only=True):
    package: PackageNo
    bank: PartyId
    issuer: PartyId
    amount: Money


class DealerRated(Event, frozen=True, kw_only=True):
    dealer: PartyId
    month: str
    score: int
    band: str
