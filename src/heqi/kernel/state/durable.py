"""A directory's entries on disk: a new file is there after a crash only when its directory was synced too."""

import os
from pathlib import Path


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable. OSError: the disk failed."""
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
