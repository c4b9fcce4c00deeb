"""A stage for stories and tests: a cast of persons who act on a ledger, whatever engine it runs on.

    stage.act("all_link.accept", 甲.maker, 甲.checker, package=package)
    stage.refuse("LIMIT_EXCEEDED", "all_link.issue", 福田.maker, face=cny("2600000.01"), …)

Each act is one signed transaction carrying all signatures; `refuse` asserts the code and that the state did not change.
"""

import secrets
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import msgspec

from heqi.proof.receipt import Receipt
from heqi.proof.suites import PrivateKey, signature_text
from heqi.proof.transaction import body_bytes, envelope_bytes, tx_message

_sorted = msgspec.json.Encoder(order="sorted").encode


class Actor(msgspec.Struct, frozen=True):
    """A person at an organisation, with the key to sign."""

    user: str
    org: str
    key: PrivateKey
    certificate: str


class LedgerPort(Protocol):
    """What a stage needs of a ledger: any engine, near or far."""

    chain: str

    def submit(self, data: bytes) -> Receipt:
        """Have a transaction ordered and executed; its final receipt. Raises a Rejection if it was not admitted."""
        ...

    def ask(self, view: str, args: bytes, viewer: str) -> bytes:
        """The answer to a view, canonical JSON, for the holder of a certificate."""
        ...

    def now(self) -> datetime:
        """The ledger's time, for `not_after`."""
        ...

    def fingerprint(self) -> str:
        """The app hash without what a refusal may leave (nonces): equal before and after a refused act."""
        ...


class Refused(Exception):
    """The ledger refused an act that the story expected to succeed."""

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt
        super().__init__(f"{receipt.contract}.{receipt.action}: {receipt.code} {receipt.error}")


def sign_transaction(
    chain: str, action: str, args: bytes, actors: tuple[Actor, ...], not_after: datetime, nonce: str | None = None
) -> bytes:
    """A transaction in canonical bytes, signed by all its actors, the first one acting."""
    body = body_bytes(
        chain=chain, action=action, args=args, signers=tuple(actor.certificate for actor in actors), nonce=nonce or secrets.token_hex(16),
        not_after=not_after.replace(microsecond=0),
    )  # fmt: skip
    message = tx_message(body)
    return envelope_bytes(body, tuple(signature_text(actor.key.public.alg, actor.key.sign(message)) for actor in actors))


class Stage:
    """A ledger, the acts so far, and the figures a story reports."""

    def __init__(self, ledger: LedgerPort) -> None:
        self.ledger = ledger
        self.receipts: list[Receipt] = []
        self.figures: dict[str, Any] = {}

    def act(self, action: str, /, *actors: Actor, **args: Any) -> Any:
        """Do it; the action's result as plain data. Raises Refused."""
        receipt = self.send(action, *actors, **args)
        if receipt.code != "OK":
            raise Refused(receipt)
        return msgspec.json.decode(receipt.result)

    def send(self, action: str, /, *actors: Actor, **args: Any) -> Receipt:
        """Submit it; the receipt, whatever it says."""
        not_after = self.ledger.now() + timedelta(hours=1)
        receipt = self.ledger.submit(sign_transaction(self.ledger.chain, action, _sorted(args), actors, not_after))
        self.receipts.append(receipt)
        return receipt

    def refuse(self, code: str, action: str, /, *actors: Actor, **args: Any) -> Receipt:
        """Submit what must be refused; assert the code and that nothing changed."""
        before = self.ledger.fingerprint()
        receipt = self.send(action, *actors, **args)
        assert receipt.code == code, f"{action} should be refused with {code}, but: {receipt.code} {receipt.error}"
        assert self.ledger.fingerprint() == before, f"{action} was refused with {code} but left something behind"
        return receipt

    def ask(self, view: str, viewer: Actor, /, **args: Any) -> Any:
        """A view's answer as plain data."""
        return msgspec.json.decode(self.ledger.ask(view, _sorted(args), viewer.certificate))

    def tick_to(self, operator: Actor, day: date) -> None:
        """Run day ends, one by one and each to its end, until the business date is `day`."""
        today = date.fromisoformat(self.act("ledger.tick", operator, business_date=self.today(operator))["date"])
        while today < day:
            today += timedelta(days=1)
            while self.act("ledger.tick", operator, business_date=today)["pending"]:
                pass

    def today(self, viewer: Actor) -> date:
        """The ledger's business date."""
        return date.fromisoformat(self.ask("ledger.today", viewer)["date"])


class StageDesk:
    """One actor on a stage: acts and questions are theirs."""

    def __init__(self, stage: Stage, actor: Actor) -> None:
        self._stage, self._actor = stage, actor

    def ask(self, view: str, /, **args: Any) -> Any:
        """A view's answer to this actor."""
        return self._stage.ask(view, self._actor, **args)

    def send(self, action: str, /, **args: Any) -> Receipt:
        """The receipt of this actor's act, whatever it says."""
        return self._stage.send(action, self._actor, **args)
