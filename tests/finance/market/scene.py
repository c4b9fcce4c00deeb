"""A stage with banks that have reader's keys, a paper to sell, and short words for what tests do with requests and quotes."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from heqi.finance import market, pricing
from heqi.node.rehearsal import rehearse
from heqi.privacy import envelope
from heqi.types.money import Money, cny

from .play import contract

VALUE, MATURITY = date(2026, 3, 16), date(2026, 9, 14)
FACE = cny(50_000_000)


def m(yuan: str | int) -> dict[str, Any]:
    amount = cny(yuan)
    return {"ccy": amount.ccy, "minor": amount.minor}


def built(value: Any) -> Any:
    return msgspec.to_builtins(value)


class Scene:
    """光大 holds the paper `play:A`; 中行, 众邦 and 工行 buy. The regulator has published its reader's key."""

    def __init__(self, suite: Any = "intl") -> None:
        self.stage, self.cast = rehearse([contract], suite=suite)
        self.suite, self.salts = suite, 0
        self.private, public = envelope.generate_recipient_key(suite)
        self.watching, watched = envelope.generate_recipient_key(suite)
        self.public, self.watched = public, watched
        self.stage.act("sealing.publish_key", self.cast.regulator.maker, self.cast.regulator.checker, public_key=watched.hex())
        self.act("enter", "everbright", asset="play:A", face=built(FACE))
        self.sealed: dict[tuple[str, str], market.Opened] = {}

    # --- words -----------------------------------------------------------------------------------------------------------
    def org(self, party: str) -> str:
        return getattr(self.cast, party).org

    def desks(self, party: str) -> tuple[Any, Any]:
        found = getattr(self.cast, party)
        return found.maker, found.checker

    def act(self, action: str, party: str, **args: Any) -> Any:
        return self.stage.act(f"play_market.{action}", *self.desks(party), **args)

    def refuse(self, code: str, action: str, party: str, **args: Any) -> Any:
        return self.stage.refuse(code, f"play_market.{action}", *self.desks(party), **args).error

    def ask(self, view: str, party: str, **args: Any) -> Any:
        return self.stage.ask(f"market.{view}", getattr(self.cast, party).maker, **args)

    def now(self) -> datetime:
        return self.stage.ledger.now()

    def pass_minutes(self, minutes: int) -> None:
        self.stage.ledger.time += timedelta(minutes=minutes)

    def tick_to(self, day: date) -> None:
        self.stage.tick_to(self.cast.platform.operator, day)

    # --- requests and quotes ---------------------------------------------------------------------------------------------
    def terms(self, **changes: Any) -> dict[str, Any]:
        return {
            "side": "SELL", "asset": "play:A", "amount": built(FACE), "value_date": VALUE, "maturity": MATURITY,
            "obligor_class": "JOINT_STOCK_BANK", "deadline": self.now() + timedelta(minutes=30), "reader_key": self.public.hex(),
        } | changes  # fmt: skip

    def named(self, *parties: str) -> dict[str, Any]:
        return {"kind": "NAMED", "parties": [self.org(party) for party in parties]}

    def rfq(self, *parties: str, indicative: bool = False, **changes: Any) -> str:
        audience = self.named(*(parties or ("boc", "zhongbang", "icbc")))
        return self.act("open_rfq", "everbright", terms=self.terms(**changes), audience=audience, indicative=indicative)["rfq"]

    def opened(self, rate: str, **changes: Any) -> market.Opened:
        self.salts += 1
        terms = {"rate": rate, "amount": FACE, "fees": cny(0), "branch": "", "asset": None} | changes
        return market.Opened(salt=f"{self.salts:032x}", terms=market.QuoteTerms(**terms))

    def sealing(self, rfq: str, bidder: str, opened: market.Opened, kind: str = "FIRM", minutes: int = 120) -> dict[str, Any]:
        """The request of a quote: its digest, and its envelope to the requester's key and the regulator's."""
        org, chain = self.org(bidder), self.stage.ledger.chain
        readers = {market.REQUESTER: self.public, self.org("regulator"): self.watched}
        sealed = envelope.seal(self.suite, chain, market.record_of(rfq, org), market.sealed_text(opened), readers)
        digest = market.commitment(self.suite, chain, rfq, org, opened)
        valid_until = self.now() + timedelta(minutes=minutes)
        return {"rfq": rfq, "kind": kind, "valid_until": valid_until, "commitment": digest, "envelope": built(sealed)}

    def quote(self, rfq: str, bidder: str, rate: str, kind: str = "FIRM", minutes: int = 120, **changes: Any) -> market.Opened:
        opened = self.opened(rate, **changes)
        self.act("quote", bidder, **self.sealing(rfq, bidder, opened, kind, minutes))
        self.sealed[rfq, bidder] = opened
        return opened

    def net(self, rate: str, face: Money = FACE, grace: int = 3) -> Money:
        return pricing.discount(face, rate, VALUE, MATURITY, grace=grace).net

    def awarding(self, rfq: str, bidder: str, **changes: Any) -> dict[str, Any]:
        """The request of an award of what the bidder sealed, with the net that C08 gives."""
        opened = self.sealed[rfq, bidder]
        given = {"rfq": rfq, "bidder": self.org(bidder), "opened": built(opened), "grace": 3, "asset": "play:A"}
        return given | {"net": built(self.net(opened.terms.rate))} | changes

    def award(self, rfq: str, bidder: str, **changes: Any) -> Any:
        return self.act("award", "everbright", **self.awarding(rfq, bidder, **changes))

    def close(self, rfq: str) -> None:
        self.act("close", "everbright", rfq=rfq)

    # --- deals -----------------------------------------------------------------------------------------------------------
    def pay(self, offer: dict[str, Any], **changes: Any) -> Any:
        args = {"hold": offer["hold"], "to": offer["buyer"], "paid": offer["net"]} | changes
        return self.stage.act("play_market.pay", self.cast.icbc.api, **args)

    def post(self, funder: str, rate: str, yuan: int = 50_000_000, **changes: Any) -> str:
        terms = {
            "amount": m(yuan), "rate": rate, "tenor_min": 30, "tenor_max": 200, "obligor_classes": ["JOINT_STOCK_BANK"],
            "valid_to": self.now() + timedelta(hours=5),
        } | changes  # fmt: skip
        return self.act("post_funds", funder, terms=terms, audience={"kind": "ALL"})["funds"]

    def match(self, **changes: Any) -> Any:
        return self.act("match", "everbright", ask=self.asking(**changes), grace=3)

    def asking(self, **changes: Any) -> dict[str, Any]:
        return {
            "asset": "play:A", "amount": built(FACE), "value_date": VALUE, "maturity": MATURITY, "obligor_class": "JOINT_STOCK_BANK",
            "rate_max": "3",
        } | changes  # fmt: skip
