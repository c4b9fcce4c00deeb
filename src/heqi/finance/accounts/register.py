"""Book accounts: double entry in minor units, reserve then post or void (记账, C11 part and C6 of systems 14–21).

What holds here: an entry is posted whole, once for its reference, with both sides equal in every currency; no account falls below
what is reserved of it; what goes against an owner (a credit of its asset or liability, a debit of its income or expense) bears
that owner's signature, given when it is posted or beforehand, when it was reserved. What not: that money moved (`payments`).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from heqi.finance.accounts.model import (
    BookAccount,
    BookId,
    Entry,
    EntryPosted,
    EntryReserved,
    EntryStage,
    EntryVoided,
    Kind,
    Line,
    Posting,
    Side,
    check_book_name,
)
from heqi.kernel.contracts import Context, Register, changed, members
from heqi.kernel.identity import contract as identity
from heqi.types.ids import PartyId
from heqi.types.money import EXPONENTS, Money, check_positive
from heqi.types.refusals import AlreadyExists, AmountExceedsBalance, DateInvalid, DocMismatch, MoneyInvalid, NotOwner, SchemaInvalid

register = Register("accounts", title=("账簿", "Accounts"), uses=(identity.register,))

books = register.table("account", BookAccount, key=("account",), indexes={"owner": ("owner",)})
entries = register.table(
    "entry", Entry, key=("ref",), indexes={"until": lambda e: (e.until,) if e.stage is EntryStage.RESERVED else None}
)  # fmt: skip
postings = register.table("posting", Posting, key=("account", "date", "ref", "line"))

LINES_MAX = 100
PAGE_MAX = 500


def account_id(owner: PartyId, name: str) -> BookId:
    """The id of an owner's account of this name."""
    return f"{owner}/{name}"


def open_account(
    ctx: Context, *, owner: PartyId, name: str, ccy: str, kind: Kind, counterparty: PartyId | None = None
) -> BookAccount:  # fmt: skip
    """The owner's account of this name, opened if it is not there yet.

    Refuses: SCHEMA_INVALID (name), MONEY_INVALID (currency), ALREADY_EXISTS (there is one of another kind, currency or
    counterparty), NOT_OWNER (a new account without its owner's signature).
    """
    check_book_name(name)
    if ccy not in EXPONENTS:
        raise MoneyInvalid(problem=f"{ccy!r}")
    wanted = BookAccount(account=account_id(owner, name), owner=owner, name=name, ccy=ccy, kind=kind, counterparty=counterparty)
    known = books.find(ctx, wanted.account)
    if known is not None:
        if (known.ccy, known.kind, known.counterparty) != (ccy, kind, counterparty):
            raise AlreadyExists(record=f"BookAccount {wanted.account}")
        return known
    ctx.require_owner(owner, f"BookAccount {wanted.account}")
    return books.insert(ctx, wanted)


def post(ctx: Context, lines: Sequence[Line], ref: str) -> Entry:
    """Post an entry, whole or not at all, once for its reference.

    Refuses, in this order: SCHEMA_INVALID (2 to 100 lines), MONEY_INVALID (an amount), ALREADY_EXISTS (the reference), NOT_FOUND
    (an account), MONEY_INVALID (a currency), DOC_MISMATCH (the sides differ), NOT_OWNER, AMOUNT_EXCEEDS_BALANCE.
    """
    touched = _check(ctx, lines, ref)
    entry = entries.insert(ctx, Entry(ref=ref, lines=tuple(lines), made=ctx.today, until=None, stage=EntryStage.POSTED))
    _book(ctx, entry, touched)
    return entry


def reserve(ctx: Context, lines: Sequence[Line], ref: str, until: date) -> Entry:
    """Sign an entry now that may be posted until a day: what it takes is set aside. Refuses as `post`, and DATE_INVALID."""
    touched = _check(ctx, lines, ref)
    if until < ctx.today:
        raise DateInvalid(problem=f"{until} 早于业务日期 {ctx.today} (before today)")
    for line in lines:
        touched[line.account] = _set_aside(touched[line.account], line, line.amount.minor)
    for account in touched.values():
        books.put(ctx, account)
    for owner in _owners(touched.values()):
        ctx.emit(EntryReserved(ref=ref, owner=owner, until=until))
    return entries.insert(ctx, Entry(ref=ref, lines=tuple(lines), made=ctx.today, until=until, stage=EntryStage.RESERVED))


def post_reserved(ctx: Context, ref: str, amount: Money | None = None) -> Entry:
    """Post what was reserved, or of a reservation of two lines a part; the rest is free again. Its owners have signed.

    Refuses: NOT_FOUND, STATE_INVALID, DATE_INVALID (its day is past), SCHEMA_INVALID (part of more than two lines),
    AMOUNT_EXCEEDS_BALANCE (more than reserved).
    """
    entry = entries.get(ctx, ref)
    posted = entry.moved(EntryStage.POSTED, "post")
    if entry.until is not None and ctx.today > entry.until:
        raise DateInvalid(problem=f"{ref} 的预留已于 {entry.until} 到期 (the reservation has lapsed)")
    if amount is not None:
        posted = msgspec.structs.replace(posted, lines=_part(entry, amount))
    touched = _freed(ctx, entry)
    _book(ctx, entries.put(ctx, posted), touched)
    return posted


def void(ctx: Context, ref: str) -> Entry:
    """Give a reservation up: by all whom it would favour, or by anybody once its day is past.

    Refuses: NOT_FOUND, STATE_INVALID, NOT_OWNER.
    """
    entry = entries.get(ctx, ref)
    voided = entry.moved(EntryStage.VOIDED, "void")
    if entry.until is not None and ctx.today <= entry.until:
        for line in entry.lines:
            account = books.get(ctx, line.account)
            if not _against(account, line) and not ctx.signed_by(account.owner):
                raise NotOwner(record=f"Entry {ref}")
    return _void(ctx, entry, voided)


@register.each_day
def reservations_lapse_after_their_day(ctx: Context, limit: int) -> int:
    due = entries.by(ctx, "until", upto=ctx.today - timedelta(days=1), limit=limit)
    for entry in due:
        _void(ctx, entry, entry.moved(EntryStage.VOIDED, "lapse"))
    return len(due)


def balance(ctx: Context, account: BookId) -> Money:
    """What stands on the account, on the side of its kind. Refuses: NOT_FOUND."""
    found = books.get(ctx, account)
    return Money(found.ccy, found.balance)


def available(ctx: Context, account: BookId) -> Money:
    """The balance less what is reserved. Refuses: NOT_FOUND."""
    found = books.get(ctx, account)
    return Money(found.ccy, found.balance - found.reserved)


# --- the work --------------------------------------------------------------------------------------------------------------------
def _check(ctx: Context, lines: Sequence[Line], ref: str) -> dict[BookId, BookAccount]:
    """The accounts of an entry that may be made, by id."""
    if not 2 <= len(lines) <= LINES_MAX:
        raise SchemaInvalid(problem=f"分录须为 2–{LINES_MAX} 行 (an entry has 2–{LINES_MAX} lines)")
    for line in lines:
        check_positive(line.amount)
    if entries.find(ctx, ref) is not None:
        raise AlreadyExists(record=f"Entry {ref}")
    touched = {line.account: books.get(ctx, line.account) for line in lines}
    sums: dict[str, int] = {}
    for line in lines:
        if line.amount.ccy != touched[line.account].ccy:
            raise MoneyInvalid(problem=f"{line.account}: {line.amount.ccy} ≠ {touched[line.account].ccy}")
        sign = 1 if line.side is Side.DEBIT else -1
        sums[line.amount.ccy] = sums.get(line.amount.ccy, 0) + sign * line.amount.minor
    for ccy, difference in sums.items():
        if difference:
            raise DocMismatch(item=f"{ref} 借方减贷方 (debit less credit, {ccy})", expected=0, actual=difference)
    for line in lines:
        account = touched[line.account]
        if _against(account, line):
            ctx.require_owner(account.owner, f"BookAccount {account.account}")
    return touched


def _against(account: BookAccount, line: Line) -> bool:
    """Does the line go against the account's owner: less of an asset or income, more of a debt or cost?"""
    return line.side is (Side.CREDIT if account.kind in (Kind.ASSET, Kind.LIABILITY) else Side.DEBIT)


def _set_aside(account: BookAccount, line: Line, minor: int) -> BookAccount:
    """Reserve what the line will take from the balance; a line that adds to it takes nothing."""
    if line.side is account.own_side:
        return account
    wanted = changed(account, reserved=account.reserved + minor)
    _check_enough(wanted, account)
    return wanted


def _freed(ctx: Context, entry: Entry) -> dict[BookId, BookAccount]:
    """The accounts of a reservation without what it had set aside."""
    touched = {line.account: books.get(ctx, line.account) for line in entry.lines}
    for line in entry.lines:
        account = touched[line.account]
        if line.side is not account.own_side:
            touched[line.account] = changed(account, reserved=account.reserved - line.amount.minor)
    return touched


def _part(entry: Entry, amount: Money) -> tuple[Line, ...]:
    check_positive(amount)
    if len(entry.lines) != 2:
        raise SchemaInvalid(problem="仅两行的预留可部分入账 (only a reservation of two lines is posted in part)")
    whole = entry.lines[0].amount
    if amount > whole:
        raise AmountExceedsBalance(record=f"Entry {entry.ref}", available=whole)
    return tuple(changed(line, amount=amount) for line in entry.lines)


def _book(ctx: Context, entry: Entry, touched: dict[BookId, BookAccount]) -> None:
    before = dict(touched)
    for number, line in enumerate(entry.lines):
        account, minor = touched[line.account], line.amount.minor
        debit, credit = (minor, 0) if line.side is Side.DEBIT else (0, minor)
        moved = changed(account, debit=account.debit + debit, credit=account.credit + credit)
        touched[line.account] = moved
        postings.insert(
            ctx,
            Posting(
                account=line.account, date=ctx.today, ref=entry.ref, line=number, side=line.side, amount=line.amount, balance=moved.balance
            ),
        )  # fmt: skip
    # Judged when all lines are in: within one entry an account may give before it receives.
    for account in touched.values():
        _check_enough(account, before[account.account])
        books.put(ctx, account)
    for owner in _owners(touched.values()):
        ctx.emit(EntryPosted(ref=entry.ref, owner=owner))


def _check_enough(account: BookAccount, before: BookAccount) -> None:
    if account.balance < account.reserved:
        free = Money(before.ccy, before.balance - before.reserved)
        raise AmountExceedsBalance(record=f"BookAccount {account.account}", available=free)


def _void(ctx: Context, entry: Entry, voided: Entry) -> Entry:
    touched = _freed(ctx, entry)
    for account in touched.values():
        books.put(ctx, account)
    for owner in _owners(touched.values()):
        ctx.emit(EntryVoided(ref=entry.ref, owner=owner))
    return entries.put(ctx, voided)


def _owners(accounts: Iterable[BookAccount]) -> list[PartyId]:
    return list(dict.fromkeys(account.owner for account in accounts))


# --- laws and questions ------------------------------------------------------------------------------------------------------------
@register.law(books)
def what_is_debited_is_credited(ctx: Context, changes: list[tuple[BookAccount | None, BookAccount | None]]) -> None:
    moved: dict[str, int] = {}
    for old, new in changes:
        assert new is not None, "an account is never deleted"
        assert new.balance >= new.reserved >= 0, new.account
        before = 0 if old is None else old.debit - old.credit
        moved[new.ccy] = moved.get(new.ccy, 0) + (new.debit - new.credit) - before
    assert not any(moved.values()), moved


@register.invariant
def the_trial_balance_is_zero(ctx: Context) -> None:
    totals: dict[str, int] = {}
    for account in books.every(ctx):
        totals[account.ccy] = totals.get(account.ccy, 0) + account.debit - account.credit
    assert not any(totals.values()), totals


@register.invariant
def what_is_reserved_of_an_account_is_its_open_reservations(ctx: Context) -> None:
    reserved: dict[BookId, int] = {}
    for entry in entries.by(ctx, "until", limit=1_000_000):
        for line in entry.lines:
            if line.side is not books.get(ctx, line.account).own_side:
                reserved[line.account] = reserved.get(line.account, 0) + line.amount.minor
    for account in books.every(ctx):
        assert account.reserved == reserved.get(account.account, 0), account.account


def owner_and_counterparty(ctx: Context, account: BookId) -> Sequence[PartyId]:
    """the account's owner and counterparty"""
    found = books.find(ctx, account)
    return () if found is None else [found.owner, *([found.counterparty] if found.counterparty else [])]


@register.view("账户余额", sees=owner_and_counterparty)
def find(ctx: Context, account: BookId) -> BookAccount:
    """一个账簿账户：借贷累计与预留。
    One book account: what was debited, credited and is reserved."""
    return books.get(ctx, account)


@register.view("账户明细", sees=owner_and_counterparty)
def statement(ctx: Context, account: BookId, since: date | None = None) -> list[Posting]:
    """一个账簿账户自某日起的明细，按日期排列。
    The postings of one account from a day on, by date."""
    return postings.scan(ctx, account, after=None if since is None else (account, since), limit=PAGE_MAX)


@register.view("科目余额表", sees=members)
def trial_balance(ctx: Context) -> list[BookAccount]:
    """本机构全部账簿账户。
    All book accounts of the asker."""
    assert ctx.viewer is not None
    return books.by(ctx, "owner", ctx.viewer.org)
