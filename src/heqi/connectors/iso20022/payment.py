"""What a payment order, its status and a statement entry are to us: ISO 20022's words, the ledger's types.

What holds here: the field map of spec C11 (EndToEndId = e2e_id, ClrSysMmbId = CNAPS, UltmtDbtr = the real obligor,
RfrdDocInf = invoice or voucher numbers, Purp/Cd). An instruction is not a payment: only `settled` statuses of the
settlement bank are (spec/conventions-14-21.md, "two truths").
"""

from datetime import date
from typing import Literal

import msgspec

from heqi.types.money import Money

Side = Literal["CRDT", "DBIT"]


class PaymentInstruction(msgspec.Struct, frozen=True):
    """One credit transfer we ask a bank to make.

    `e2e_id` (≤ 35 characters) is unique per debtor; agents are CNAPS numbers; `references` are invoice or voucher
    numbers (≤ 35 each); `remittance` ≤ 140; `purpose_code` is an ISO external purpose (`SUPP`, `SALA`…) or "".
    `ultimate_debtor` is the name of the real obligor when somebody else's account pays, else "".
    """

    e2e_id: str
    debtor_name: str
    debtor_account: str
    debtor_agent: str
    creditor_name: str
    creditor_account: str
    creditor_agent: str
    amount: Money
    value_date: date
    purpose_code: str = ""
    remittance: str = ""
    references: tuple[str, ...] = ()
    ultimate_debtor: str = ""


class PaymentStatus(msgspec.Struct, frozen=True):
    """What a bank says of one instruction: an ISO status code, and a reason code when it is rejected."""

    e2e_id: str
    status: str
    reason: str = ""
    text: str = ""

    @property
    def settled(self) -> bool:
        """Only these two codes are money moved: the debtor's account debited, the creditor's credited."""
        return self.status in ("ACSC", "ACCC")

    @property
    def rejected(self) -> bool:
        return self.status == "RJCT"


class StatusReport(msgspec.Struct, frozen=True):
    """A pain.002: `group_status` speaks of the whole file and is "RJCT" when no single payment was looked at."""

    message_id: str
    original_message_id: str
    group_status: str
    group_reason: str
    group_text: str
    payments: tuple[PaymentStatus, ...]


class StatementEntry(msgspec.Struct, frozen=True):
    """One booked movement on an account, seen from its owner: CRDT is money in. `bank_ref` is the bank's own number."""

    bank_ref: str
    side: Side
    amount: Money
    booked_on: date
    value_date: date
    e2e_id: str
    counterparty_name: str
    counterparty_account: str
    counterparty_agent: str
    references: tuple[str, ...]
    remittance: str
    return_reason: str
    """The reason code when this entry brings a payment back (F14), else ""."""


class Balance(msgspec.Struct, frozen=True):
    """An account balance: CRDT is in the owner's favour, DBIT overdrawn."""

    side: Side
    amount: Money

    @property
    def signed_minor(self) -> int:
        return self.amount.minor if self.side == "CRDT" else -self.amount.minor


class Statement(msgspec.Struct, frozen=True):
    """A camt.053 of one account and one business day."""

    account: str
    account_name: str
    agent: str
    day: date
    opening: Balance
    closing: Balance
    entries: tuple[StatementEntry, ...]


class Notification(msgspec.Struct, frozen=True):
    """A camt.054: entries booked to one account since the last one."""

    message_id: str
    account: str
    agent: str
    entries: tuple[StatementEntry, ...]


class PaymentReturn(msgspec.Struct, frozen=True):
    """One payment of a pacs.004: the payee's bank sends back, on a day and for a reason, what was settled under `e2e_id`."""

    message_id: str
    e2e_id: str
    settled: Money
    settled_on: date
    returned: Money
    returned_on: date
    reason: str
    debtor_agent: str
    debtor_account: str
    creditor_agent: str
    creditor_account: str
