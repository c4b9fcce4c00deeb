"""A node's gateway with its console, on the chain's own loop until somebody stops the process."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from heqi.console.document import document
from heqi.console.web import routes
from heqi.gateway.app import create_app
from heqi.gateway.hosted import HostedKeys
from heqi.gateway.settings import Settings
from heqi.node import faces, stories
from heqi.node.chainhost import ChainHost
from heqi.node.follower import Follower
from heqi.node.home import Home


@contextmanager
def gateway(host: ChainHost, home: Home, keys: HostedKeys, settings: Settings) -> Iterator[Starlette]:
    """The faces of everything this node runs; the explorer's read model follows the chain meanwhile."""
    catalogue = stories.catalogue()
    pages = document(catalogue, faces.screens(), tuple(faces.importers()))
    follower = Follower(home.directory / "history", host.engine, home.founding, stories.catalogue)
    host.run(follower.start())
    try:
        yield create_app(
            host.engine, catalogue, keys, settings, importers=faces.importers(), beside=routes(pages), history=follower.history,
            words=pages.words,
        )  # fmt: skip
    finally:
        host.run(follower.close())


def serve(
    host: ChainHost, app: Starlette, address: str, *, tls: Path | None = None, ready: Callable[[], None] = lambda: None, once: bool = False
) -> None:
    """Serve at host:port until SIGTERM or Ctrl-C; with TLS where a folder holds the certificate. `once`: stop when ready."""
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    name, _, port = address.rpartition(":")
    config = uvicorn.Config(
        app, host=name, port=int(port), log_level="warning", access_log=False,
        ssl_certfile=None if tls is None else tls / "certificate.pem", ssl_keyfile=None if tls is None else tls / "key.pem",
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving = host.start(server.serve())
    while not server.started and not serving.done():
        stop.wait(0.02)
    if serving.done():
        serving.result()
    try:
        ready()
        if not once:
            stop.wait()
    finally:
        server.should_exit = True
        serving.result(timeout=30)
