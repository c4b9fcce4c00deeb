"""`python -m heqi.node.member FOLDER`: a member's node without a gateway, a validator and nothing else, until SIGTERM."""

import logging
import signal
import sys
import threading
from pathlib import Path

from heqi.kernel.engines.embedded import Verifiers
from heqi.node import stories
from heqi.node.chainhost import ChainHost
from heqi.node.home import Home


def main(folder: Path) -> None:
    """Run until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    host = ChainHost(Home.open(folder).engine(stories.catalogue(), Verifiers()))
    try:
        while not stop.wait(1.0):
            host.run(host.engine.status())  # A replica that has stopped is no use alive: whoever supervises it hears of it.
    finally:
        host.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
