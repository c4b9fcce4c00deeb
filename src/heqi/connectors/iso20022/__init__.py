"""ISO 20022 as customers of a bank speak it: pain.001 out; pain.002, camt.054, camt.053 and pacs.004 in."""

from heqi.connectors.iso20022.initiation import build_pain001, parse_pain001
from heqi.connectors.iso20022.payment import (
    Balance,
    Notification,
    PaymentInstruction,
    PaymentReturn,
    PaymentStatus,
    Statement,
    StatementEntry,
    StatusReport,
)
from heqi.connectors.iso20022.reasons import FailureReason, failure_reason
from heqi.connectors.iso20022.reporting import parse_camt053, parse_camt054, parse_pacs004, parse_pain002
from heqi.connectors.iso20022.schema import Message

__all__ = [
    "Balance",
    "FailureReason",
    "Message",
    "Notification",
    "PaymentInstruction",
    "PaymentReturn",
    "PaymentStatus",
    "Statement",
    "StatementEntry",
    "StatusReport",
    "build_pain001",
    "failure_reason",
    "parse_camt053",
    "parse_camt054",
    "parse_pacs004",
    "parse_pain001",
    "parse_pain002",
]
