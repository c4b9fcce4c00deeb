"""Arithmetic of a market: what binds a sealed quote, who comes first, what fits, and what may be published. Pure: no ledger.

What holds here: the outcome depends on the quotes and offers and on when they came, never on the order they are handed over in.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction

from heqi.finance.market.model import Ask, Funds, IndexLine, Offer, Opened, QuoteTerms, RfqTerms, Side
from heqi.privacy.envelope import SuiteName, salted_hash
from heqi.proof import canonical
from heqi.types.dates import days
from heqi.types.money import Money, round_half_up
from heqi.types.rates import rate_fraction
from heqi.types.refusals import DateInvalid

BEIJING = timezone(timedelta(hours=8))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BUCKETS = ((30, "0-30"), (90, "31-90"), (180, "91-180"), (365, "181-365"))
"""Tenor in days (S02.6); what is longer is "366+"."""
BANDS = (1, 5, 10, 50, 100, 500, 1000)
"""Edges of the amount bands in millions of major units: what a masked request shows."""
INDEX_DECIMALS = 10_000


def seconds(moment: datetime) -> int:
    """A moment as whole seconds since 1970, for the keys of an index. Refuses what is before: DATE_INVALID."""
    if moment < EPOCH:
        raise DateInvalid(problem=f"{moment} 早于 1970 年 (before 1970)")
    return (moment - EPOCH) // SECOND


def record_of(rfq: str, bidder: str) -> str:
    """The name of a bidder's quote: what its envelope and its digest are bound to."""
    return f"market/{rfq}/{bidder}"


def commitment(suite: SuiteName, chain: str, rfq: str, bidder: str, opened: Opened) -> str:
    """The digest of a sealed quote, bound to chain, request and bidder, so that nobody else's quote has it (conventions §1.6)."""
    bound = {"chain": chain, "record": record_of(rfq, bidder), "terms": opened.terms}
    return salted_hash(suite, bytes.fromhex(opened.salt), bound)


def sealed_text(opened: Opened) -> bytes:
    """What a bidder encrypts for the requester and the regulators."""
    return canonical.encode(opened)


def ranked(quotes: Iterable[tuple[QuoteTerms, datetime]], side: Side) -> list[tuple[QuoteTerms, datetime]]:
    """Opened quotes with the moments they came, the best first: best rate, then earliest."""
    sign = 1 if side is Side.SELL else -1
    return sorted(quotes, key=lambda quote: (sign * rate_fraction(quote[0].rate), quote[1], canonical.encode(quote[0])))


def precedence(funds: Funds) -> tuple[Fraction, datetime, str]:
    """Lowest rate, then earliest. Two postings of one block have one time: then their ids decide, the same on every node."""
    return rate_fraction(funds.terms.rate), funds.posted, funds.funds


def fits(ask: Ask, funds: Funds, now: datetime) -> bool:
    """Would these funds take the asset, or a part of it, at a rate its owner accepts?"""
    terms = funds.terms
    return (
        terms.valid_to >= now
        and terms.amount.ccy == ask.amount.ccy
        and funds.left.minor > 0
        and terms.tenor_min <= days(ask.value_date, ask.maturity) <= terms.tenor_max
        and ask.obligor_class in terms.obligor_classes
        and rate_fraction(terms.rate) <= rate_fraction(ask.rate_max)
    )


def matched(ask: Ask, offers: Iterable[Funds], now: datetime) -> list[tuple[Funds, Money]]:
    """Who takes how much of an asset: the best rate, then the earliest; one taker for all of it unless it is splittable."""
    found: list[tuple[Funds, Money]] = []
    wanted = ask.amount
    for funds in sorted((one for one in offers if fits(ask, one, now)), key=precedence):
        if not wanted:
            break
        if ask.splittable or funds.left >= wanted:
            part = min(wanted.minor, funds.left.minor)
            found.append((funds, Money(wanted.ccy, part)))
            wanted = Money(wanted.ccy, wanted.minor - part)
    return found


def check_same_day(terms: RfqTerms, now: datetime, today: date, cutoff_minutes: int) -> None:
    """A request for money today ends today, before the cut-off, Beijing time (S02.4). Refuses: DATE_INVALID."""
    if terms.value_date != today:
        raise DateInvalid(problem=f"当日询价的起息日须为 {today} (same day: the value date is today)", field="terms.value_date")
    ends = terms.deadline.astimezone(BEIJING)
    if ends.date() != now.astimezone(BEIJING).date() or ends.hour * 60 + ends.minute > cutoff_minutes:
        raise DateInvalid(problem=f"{terms.deadline} 晚于当日截止时点 (after the cut-off of the day)", field="terms.deadline")


def tenor_bucket(tenor_days: int) -> str:
    """The bucket of the price index a tenor falls in."""
    return next((name for last, name in BUCKETS if tenor_days <= last), "366+")


def amount_band(amount: Money) -> str:
    """An amount as roughly as a masked request tells it, such as "10–50 M CNY"."""
    above = [edge for edge in BANDS if edge * 1_000_000 <= amount.decimal]
    below = [edge for edge in BANDS if edge * 1_000_000 > amount.decimal]
    low, high = (str(above[-1]) if above else "0"), (f"–{below[0]}" if below else "+")
    return f"{low}{high} M {amount.ccy}"


def price_index(deals: Sequence[Offer], k: int) -> list[IndexLine]:
    """Σ face × rate / Σ face by currency, tenor bucket and class of obligor, where at least `k` deals of `k` buyers are (S02.6, S02.8)."""
    cells: dict[tuple[str, str, str], list[Offer]] = {}
    for deal in deals:
        cell = (deal.face.ccy, tenor_bucket(days(deal.value_date, deal.maturity)), deal.obligor_class)
        cells.setdefault(cell, []).append(deal)
    lines = []
    for (ccy, tenor, obligor_class), inside in sorted(cells.items()):
        if len(inside) >= k and len({deal.buyer for deal in inside}) >= k:
            weighed = sum((deal.face.minor * Fraction(deal.rate) for deal in inside), Fraction(0))
            points = round_half_up(weighed * Fraction(INDEX_DECIMALS, sum(deal.face.minor for deal in inside)))
            rate = f"{points // INDEX_DECIMALS}.{points % INDEX_DECIMALS:04d}"
            lines.append(IndexLine(ccy=ccy, tenor=tenor, obligor_class=obligor_class, rate=rate, deals=len(inside)))
    return lines
