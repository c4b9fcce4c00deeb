"""What one party bills another, in the creditor's own books: a claim on the debtor against what it is for.

What holds here: double entry (registers.accounts); the creditor has signed the act, or the agreement it follows from; the debtor
sees the claim on it. Whether it is paid is for the payments register to show.
"""

from heqi.finance import accounts
from heqi.finance.accounts import BookAccount, Kind, Line, Side
from heqi.kernel.contracts import Context
from heqi.types.ids import PartyId
from heqi.types.money import Money


def open_books(ctx: Context, creditor: PartyId, debtor: PartyId, ccy: str, purpose: str) -> tuple[BookAccount, BookAccount]:
    """The creditor's claim on the debtor, and what it is for. The creditor signs once, when they are opened."""
    kind = Kind.LIABILITY if purpose == "advances" else Kind.INCOME
    claim = accounts.open_account(ctx, owner=creditor, name=f"claims/{debtor}", ccy=ccy, kind=Kind.ASSET, counterparty=debtor)
    return claim, accounts.open_account(ctx, owner=creditor, name=purpose, ccy=ccy, kind=kind)


def bill(ctx: Context, creditor: PartyId, debtor: PartyId, amount: Money, purpose: str, ref: str) -> None:
    """Debit the creditor's claim on the debtor, credit its account for the purpose (`confirm_fees`, `finance_charges`, `late_interest`:
    what it earns; `advances`: what it owes its own till)."""
    if not amount:  # A fee below half a fen, or of nought per cent.
        return
    claim, source = open_books(ctx, creditor, debtor, amount.ccy, purpose)
    accounts.post(
        ctx,
        [
            Line(account=claim.account, side=Side.DEBIT, amount=amount),
            Line(account=source.account, side=Side.CREDIT, amount=amount),
        ],
        ref,
    )
