"""CometBFT as a child process: started, watched, started again when it ends by itself, stopped with the node."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
from pathlib import Path

log = logging.getLogger("heqi.cometbft")

BINARY = "HEQI_COMETBFT"
"""An environment variable that names the program, where it is neither in .engines/bin nor on the path."""
AGAIN_S = 0.5
STOP_S = 15.0


class EngineMissing(Exception):
    """There is no CometBFT on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "未找到 cometbft 程序：请先运行 make engines（需要 Go），或以环境变量 HEQI_COMETBFT 指定。\n"
            "There is no cometbft here: run `make engines` first (it needs Go), or name one in HEQI_COMETBFT."
        )


def find_binary() -> Path:
    """The program `make engines` built, or the one on the path. Raises EngineMissing."""
    named = os.environ.get(BINARY)
    built = Path.cwd() / ".engines" / "bin" / "cometbft"
    found = named or (str(built) if built.exists() else shutil.which("cometbft"))
    if not found or not Path(found).exists():
        raise EngineMissing
    return Path(found)


class CometProcess:
    """One CometBFT on its home folder. Use it from one event loop."""

    def __init__(self, binary: Path, home: Path) -> None:
        self._command = [str(binary), "start", "--home", str(home)]
        self._output = home / "cometbft.log"
        self._closing = False
        self._process: subprocess.Popen[bytes] | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process running now."""
        return None if self._process is None or self._process.poll() is not None else self._process.pid

    def start(self) -> None:
        """Start it and keep it running until `close`."""
        self._spawn()
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """Stop it; killed if it does not go."""
        self._closing = True
        if self._process is None or self._watching is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(asyncio.shield(self._watching), STOP_S)
        except TimeoutError:
            log.error("CometBFT does not stop; it is killed")
            self._process.kill()
            await self._watching

    def _spawn(self) -> None:
        with self._output.open("ab") as output:
            # A session of its own: Ctrl-C in the terminal reaches the node, and the node stops it in order.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    async def _watch(self) -> None:
        while True:
            assert self._process is not None
            code = await asyncio.to_thread(self._process.wait)
            if self._closing:
                return
            log.error("CometBFT ended by itself with %s; it is started again. See %s", code, self._output)
            await asyncio.sleep(AGAIN_S)
            if self._closing:
                return
            self._spawn()
