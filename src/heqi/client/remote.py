"""A ledger behind a gateway as a stage knows it: stories run on a node far away as they do in memory."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import httpx
import msgspec

from heqi.client.http import HeqiClient
from heqi.client.stage import Actor
from heqi.proof import canonical
from heqi.proof.receipt import Genesis, Receipt
from heqi.proof.suites import SUITES
from heqi.proof.transaction import read_transaction


class HttpLedger:
    """A `LedgerPort`. Each actor has a session of its own; `observer` is one who sees every receipt (the regulator's).

    `genesis`: the pinned trust anchor; every receipt is verified against it.
    """

    def __init__(
        self, base_url: str, actors: Iterable[Actor], observer: Actor, genesis: Genesis, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.chain, self._suite = genesis.chain, SUITES[genesis.suite]
        self._clients = {
            actor.certificate: HeqiClient(base_url, actor, genesis=genesis, transport=transport) for actor in [*actors, observer]
        }
        self._observer = self._clients[observer.certificate]
        self._next, self._written = genesis.initial_height, dict[str, str | None]()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def submit(self, data: bytes) -> Receipt:
        """Through the first signer's session."""
        return self._clients[read_transaction(data, self._suite).body.signers[0]].submit(data)

    def ask(self, view: str, args: bytes, viewer: str) -> bytes:
        return self._clients[viewer].ask_bytes(view, args)

    def now(self) -> datetime:
        return self._observer.now()

    def fingerprint(self) -> str:
        """A digest of what all receipts so far say was written, key by key.

        It shows that a refused act has no effect on the record; what a node keeps beside its receipts only its app hash tells.
        """
        while True:
            page: dict[str, Any] = self._observer.blocks(self._next)
            if not page["blocks"]:
                return self._suite.tagged(canonical.encode(self._written))
            for block in page["blocks"]:
                for receipt in block["receipts"]:
                    self._written.update(msgspec.convert(receipt["writes"], list[tuple[str, str | None]]))
            self._next = page["next"]
