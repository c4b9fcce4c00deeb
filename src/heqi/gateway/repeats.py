"""Acts asked for again: an `Idempotency-Key` names one act of a user, however often the request is sent.

The nonce derives from user and key, so even a gateway that has forgotten the key cannot make the ledger do the act twice: it
answers REPLAYED. A gateway that remembers sends the same transaction again and so gives the first receipt.
"""

import hashlib
from collections import OrderedDict

import msgspec

from heqi.types.refusals import Replayed, SchemaInvalid

KEPT = 20_000
KEY_MAX = 200


class Sent(msgspec.Struct, frozen=True):
    """A transaction made for a key. `digest`: of the action and arguments asked for; `proposes`: it proposes that action."""

    digest: bytes
    tx_id: str
    data: bytes
    proposes: bool


class Repeats:
    """The last transactions made under a key."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, Sent] = OrderedDict()

    def find(self, nonce: str, digest: bytes) -> Sent | None:
        """What was sent under this nonce. Refuses another act: REPLAYED."""
        sent = self._sent.get(nonce)
        if sent is not None and sent.digest != digest:
            raise Replayed(nonce=nonce)
        return sent

    def keep(self, nonce: str, sent: Sent) -> None:
        self._sent[nonce] = sent
        if len(self._sent) > KEPT:
            self._sent.popitem(last=False)


def nonce_of(user: str, key: str) -> str:
    """The nonce of a user's key. Refuses an empty or too long one: SCHEMA_INVALID."""
    if not 1 <= len(key) <= KEY_MAX:
        raise SchemaInvalid(problem=f"须为 1 至 {KEY_MAX} 个字符 (1 to {KEY_MAX} characters)", field="Idempotency-Key")
    return hashlib.sha256(f"{user}\0{key}".encode()).hexdigest()[:32]


def digest_of(action: str, args: bytes) -> bytes:
    """What tells one request body from another."""
    return hashlib.sha256(action.encode() + b"\0" + args).digest()
