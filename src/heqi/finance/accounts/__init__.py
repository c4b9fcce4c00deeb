"""Book accounts in double entry: claims, fees, wallets (C11 part, C6)."""

from heqi.finance.accounts.model import BookAccount, Entry, EntryStage, Kind, Line, Posting, Side
from heqi.finance.accounts.register import account_id, available, balance, open_account, post, post_reserved, register, reserve, void

__all__ = [
    "BookAccount",
    "Entry",
    "EntryStage",
    "Kind",
    "Line",
    "Posting",
    "Side",
    "account_id",
    "available",
    "balance",
    "open_account",
    "post",
    "post_reserved",
    "register",
    "reserve",
    "void",
]
