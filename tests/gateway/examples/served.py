"""A gateway on a real port over a real embedded chain, with the demo cast and a clock that a test may put forward."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import notebook
import uvicorn
from argon2 import PasswordHasher

from heqi.client.stage import Actor
from heqi.gateway.app import create_app
from heqi.gateway.hosted import KeystoreKeys, set_password
from heqi.gateway.settings import Settings
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.embedded import EmbeddedEngine, Verifiers
from heqi.kernel.identity.keystore import Keystore
from heqi.kernel.ledger.machine import stamp
from heqi.node.cast import CAST
from heqi.node.consortium import establish
from heqi.node.follower import Follower
from heqi.node.rehearsal import SYSTEM
from heqi.proof.header import Validator
from heqi.proof.receipt import Genesis
from heqi.proof.suites import SUITES, generate_key

T = TypeVar("T")
PASSWORD = "correct horse battery"
PARTIES = tuple(party for party in CAST if party.key in ("platform", "regulator", "foton", "jia", "yi", "bing"))


def catalogue() -> Catalogue:
    """The rules of the served chain."""
    return Catalogue([*SYSTEM, notebook.contract])


class Served:
    """One gateway. `client()` is a plain browser, `login()` one with a session."""

    def __init__(self, folder: Path) -> None:
        began = datetime.now(UTC)
        self.ahead = timedelta()
        self.verifiers = Verifiers(1)
        consortium = establish(PARTIES, suite="intl", start=began - timedelta(minutes=5), business_date=date(2026, 3, 10))
        self.cast = consortium.cast()
        validator = generate_key("ed25519")
        self.catalogue = catalogue()
        self.genesis = Genesis(
            v=1, chain="served", suite="intl", validators=[Validator(validator.public.raw.hex(), 10)], created=stamp(began),
            content=consortium.genesis.digest(SUITES["intl"]),
        )  # fmt: skip
        self.engine = EmbeddedEngine(folder / "chain", self.catalogue, self.genesis, consortium.genesis, [validator], self.verifiers)
        unlocked = Keystore(folder / "keys", SUITES["intl"]).unlock("passphrase")
        for number, issued in enumerate(consortium.desks.values()):
            unlocked.add(f"desk{number}", issued.actor.key, issued.certificate_der)
            if issued.actor.user.endswith(("maker", "checker", "admin")):
                set_password(folder / "users.json", issued.actor.user, f"desk{number}", PASSWORD, PasswordHasher(1, 8, 1))
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()  # Who comes before the server is ready waits.
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        settings = Settings(origin=self.url, clock=lambda: datetime.now(UTC) + self.ahead, heartbeat_s=0.2)
        self.follower = Follower(folder / "history", self.engine, consortium.genesis, catalogue)
        self.history = self.follower.history
        self.app = create_app(self.engine, self.catalogue, KeystoreKeys(unlocked, folder / "users.json"), settings, history=self.history)
        self._server = uvicorn.Server(uvicorn.Config(self.app, log_config=None, timeout_graceful_shutdown=1))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self.engine.start())
        self.run(self.follower.start())
        self._serving = asyncio.run_coroutine_threadsafe(self._server.serve([self._socket]), self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60)

    @contextlib.contextmanager
    def login(self, actor: Actor) -> Iterator[httpx.Client]:
        """A browser logged in with the actor's password; it sends the token against forgery by itself."""
        with self.client() as client:
            answer = client.post("/api/v1/session", json={"user": actor.user, "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf"]
            yield client

    def close(self) -> None:
        self._server.should_exit = True
        self._serving.result(30)
        self.run(self.follower.close())
        self.run(self.engine.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.verifiers.close()
