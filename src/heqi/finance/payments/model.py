"""Payment orders: instructions to a bank, and what the bank said became of them.

What holds here: an order is not a payment. Only the debtor's bank can say that one was settled (spec/conventions-14-21.md, "two
truths"); nobody on this ledger holds money.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from heqi.kernel.contracts import Event, Record, Staged
from heqi.types.ids import PartyId
from heqi.types.money import Money
from heqi.types.refusals import SchemaInvalid
from heqi.types.scalar import matching, scalar

PAYMENT = "PAYMENT"
"""The kind of answer (verifications) that is a bank's evidence of one payment; its document is `PAYMENT:<debtor's CNAPS>:<order>`."""

check_purpose = matching(
    r"[A-Z0-9]{4}", lambda value: SchemaInvalid(problem=f"用途码 {value[:10]!r} (a purpose code has four characters)")
)
"""ISO 20022 ExternalPurpose1Code: four characters, e.g. SUPP, SALA."""
check_rule_ref = matching(
    r"[a-z][a-z0-9_]{0,39}(/[A-Za-z0-9_.:-]{1,60}){0,3}",
    lambda value: SchemaInvalid(problem=f"规则引用 {value[:60]!r} ≠ <合约>/<记录> (a rule reference is <contract>/<record>)"),
)
"""`<contract>` and up to three parts after slashes: `all_link/FJT-0001/1`."""


OrderId = Annotated[str, Meta(title="Payment order", description="付款指令编号，即端到端号 EndToEndId", min_length=32, max_length=32)]
PurposeCode = Annotated[str, scalar("purpose_code", zh="用途码", en="Purpose code", check=check_purpose, example="SUPP")]
RuleRef = Annotated[str, scalar("rule_ref", zh="规则引用", en="Rule reference", check=check_rule_ref, example="all_link/FJT-0001")]
Remittance = Annotated[str, Meta(title="Remittance", description="附言", max_length=140)]
AccountId = Annotated[str, Meta(title="Account", description="账户编号（非账号）", min_length=1, max_length=64)]


Side = Literal["DBIT", "CRDT"]


class Rail(StrEnum):
    """Which system carries it: BOOK within one bank, BEPS small and HVPS large value, CFXPS foreign currency at home (C11).

    SWIFT and cross-border renminbi wait for accounts abroad: every account on this ledger is at a bank with a CNAPS number.
    """

    BOOK = "BOOK"
    BEPS = "BEPS"
    HVPS = "HVPS"
    CFXPS = "CFXPS"


class PaymentStage(StrEnum):
    CREATED = "CREATED"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    RETURNED = "RETURNED"
    CANCELLED = "CANCELLED"


C, S, A, D, J, R, X = PaymentStage


class PaymentOrder(Staged, frozen=True, kw_only=True):
    """One credit transfer. The accounts are `account_id`s of the parties register; account numbers stay there.

    `order` is the EndToEndId too, the same from the debtor's books to the creditor's statement. `rule_ref` says which contract and
    record wanted it; `dvp` is the hold whose asset it pays for; `reason` the ISO reason code of a rejection or return; `evidence`
    the digest of the bank's last word and `evidence_at` when it was said; `settled` and `returned` the days of booking.
    """

    # The bank's word may overtake our own note that the order was sent, even a cancellation: it is the truth about the money.
    MOVES: ClassVar = {C: (S, A, D, J, R, X), S: (A, D, J, R), A: (D, J, R), D: (R,), X: (A, D, J, R)}
    order: OrderId
    debtor: PartyId
    debtor_account: AccountId
    debtor_bank: PartyId
    creditor: PartyId
    creditor_account: AccountId
    creditor_bank: PartyId
    creditor_name: str
    amount: Money
    purpose_code: PurposeCode
    remittance: Remittance
    value_date: date
    rail: Rail
    rule_ref: RuleRef
    dvp: str | None
    created: date
    reason: str | None = None
    settled: date | None = None
    returned: date | None = None
    evidence: str | None = None
    evidence_at: datetime | None = None
    stage: PaymentStage


class Mandate(Record, frozen=True, kw_only=True):
    """A debtor's standing authorisation (授权扣款): orders whose rule is `scope` or under it may debit its account at `bank`."""

    debtor: PartyId
    scope: RuleRef
    bank: PartyId
    valid_to: date
    granted: date
    revoked: date | None = None


class Payee(Record, frozen=True, kw_only=True):
    """A payee that a special account of the debtor may pay (专户白名单)."""

    debtor: PartyId
    account_id: AccountId
    payee: PartyId


class Instruction(Record, frozen=True, kw_only=True):
    """An order as its bank needs it (pain.001): account numbers, names and CNAPS numbers in clear, for debtor and bank only."""

    order: OrderId
    debtor_name: str
    debtor_account: str
    debtor_agent: str
    creditor_name: str
    creditor_account: str
    creditor_agent: str
    amount: Money
    purpose_code: PurposeCode
    remittance: Remittance
    value_date: date
    rail: Rail
    rule_ref: RuleRef


class StatementLine(Record, frozen=True, kw_only=True):
    """One booked entry of a camt.053: DBIT is money out of the account. `order` is its EndToEndId, "" when it has none."""

    order: Annotated[str, Meta(max_length=35)]
    side: Side
    amount: Money
    bank_ref: Annotated[str, Meta(max_length=35)]


class DifferenceReason(StrEnum):
    NOT_ON_STATEMENT = "NOT_ON_STATEMENT"
    NOT_ON_LEDGER = "NOT_ON_LEDGER"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    STAGE_DIFFERS = "STAGE_DIFFERS"
    BOOKED_TWICE = "BOOKED_TWICE"


class Difference(Record, frozen=True, kw_only=True):
    """What does not fit between ledger and statement. `side` as on the statement."""

    reason: DifferenceReason
    side: Side
    order: str
    bank_ref: str
    ledger: Money | None
    statement: Money | None


class PaymentOrdered(Event, frozen=True, kw_only=True):
    order: str
    debtor: PartyId
    creditor: PartyId
    bank: PartyId
    rule_ref: str


class PaymentMoved(Event, frozen=True, kw_only=True):
    """The order is in another stage, with the ISO reason code when the bank gave one."""

    order: str
    debtor: PartyId
    creditor: PartyId
    bank: PartyId
    rule_ref: str
    stage: PaymentStage
    reason: str | None


class DebitsAuthorised(Event, frozen=True, kw_only=True):
    debtor: PartyId
    bank: PartyId
    scope: str
    valid_to: date


class MandateRevoked(Event, frozen=True, kw_only=True):
    debtor: PartyId
    bank: PartyId
    scope: str
