"""The applications' off-ledger halves, run beside the chain: one thread that lets each worker do what is due.

What holds here: a worker owns no truth. It reads the ledger, does one piece of I/O, and answers with a signed action; run
again, it does nothing twice. A world that does not answer is tried again at the next round.
"""

import importlib
import logging
import threading

from heqi.client.stage import Stage
from heqi.node.applications import APPS
from heqi.node.chainhost import ChainHost
from heqi.node.home import Home
from heqi.node.world import World
from heqi.types.rejection import Rejection

log = logging.getLogger("heqi.workers")
ROUND_S = 1.0


class Workers:
    """All applications' workers on one thread."""

    def __init__(self, host: ChainHost, home: Home, world: World) -> None:
        stage, cast = Stage(host), home.cast()
        self._workers = [importlib.import_module(f"heqi.apps.{app.name}.worker").Worker(stage, cast, world) for app in APPS]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="workers", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopped.wait(ROUND_S):
            for worker in self._workers:
                try:
                    worker.step()
                except Rejection as refusal:
                    log.warning("worker %s: %s", type(worker).__module__, refusal)
                except Exception:
                    log.exception("worker %s failed; tried again next round", type(worker).__module__)
