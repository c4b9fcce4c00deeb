"""Verifications: signed answers of outside sources, and how fresh they must be (C03)."""

from heqi.finance.verifications.model import AP_ITEM, ASSIGNMENT, COMPANY, Answer, Result, Source, Verification
from heqi.finance.verifications.register import attest, latest, read_answer, record, register, require, trust

__all__ = [
    "AP_ITEM",
    "ASSIGNMENT",
    "COMPANY",
    "Answer",
    "Result",
    "Source",
    "Verification",
    "attest",
    "latest",
    "read_answer",
    "record",
    "register",
    "require",
    "trust",
]
