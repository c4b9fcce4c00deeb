"""Evidence: digests claimed once by each organisation, in the order of time (C02)."""

from heqi.finance.evidence.model import Claim, Digest, Form, Step, check_digest
from heqi.finance.evidence.register import claims, put, put_batch, register
from heqi.finance.evidence.rules import batch_path, batch_root, check_in_batch

__all__ = [
    "Claim",
    "Digest",
    "Form",
    "Step",
    "batch_path",
    "batch_root",
    "check_digest",
    "check_in_batch",
    "claims",
    "put",
    "put_batch",
    "register",
]
