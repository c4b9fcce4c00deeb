"""密封: whose key a document is sealed to, and whether an envelope on the ledger is addressed as its act requires (C14)."""

from heqi.finance.sealing.model import Readable, ReaderKey, ReaderKeyPublished, check_reader_key
from heqi.finance.sealing.register import check_addressed, check_suite, key_of, overseers, register

__all__ = [
    "Readable",
    "ReaderKey",
    "ReaderKeyPublished",
    "check_addressed",
    "check_reader_key",
    "check_suite",
    "key_of",
    "overseers",
    "register",
]
