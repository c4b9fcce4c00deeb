"""A node of a test's network as a process of its own: a replica with its CometBFT, until it is told to stop or killed."""

import asyncio
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from networks import NodeFile
from worlds import World, catalogue

from heqi.kernel.engines.cometbft import CometEngine


async def main(folder: Path) -> None:
    world, node = World.load(folder.parent / "world.json"), NodeFile.load(folder / "node.json")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    engine = CometEngine(folder, catalogue(), world.genesis, world.founding, node.settings, validator=node.vote_key, node=node.link_key)
    await engine.start()
    await stop.wait()
    await engine.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
