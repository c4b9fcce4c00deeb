"""Whether a store can be read at all, found out in a process of its own.

What holds here: LMDB trusts its pages, so a damaged one may end the process that reads it (SIGSEGV, SIGBUS, an assertion).
`check_readable` therefore walks the pages, reads every row of every database and looks every key up again in a child
process, and turns whatever happens there into `StoreDamaged`. What not: no contents are compared with anything; the state
tree and the checksums do that afterwards.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import lmdb

from heqi.kernel.state.damage import StoreDamaged
from heqi.kernel.state.lmdb_pages import check_pages

CHECKSUM = b"checksum"
DATABASES = (b"state", b"index", b"meta", CHECKSUM)


def check_readable(path: Path | str) -> None:
    """Read everything in the store at `path`, which nobody may be writing. Refuses a damaged one: `StoreDamaged`."""
    with open(path, "rb"):  # A file one may not open is an OSError, not damage.
        pass
    command = [sys.executable, "-m", "heqi.kernel.state.readable", str(path)]
    child = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    reached = child.stdout.split()  # The parts begun, and "whole" at the very end.
    if child.returncode == 0 and reached[-1:] == ["whole"]:
        return
    lines = child.stderr.strip().splitlines()
    why = lines[-1] if lines else "no message"
    if child.returncode < 0:
        why = f"reading it ends the process with signal {-child.returncode}; {why}"
    raise StoreDamaged(reached[-1] if reached else "file", why)


def read_everything(path: str) -> None:
    """The child's part. Says which part it has begun, so that the parent knows where it ended."""
    _say("pages")
    check_pages(path)
    with lmdb.open(path, subdir=False, readonly=True, lock=False, max_dbs=len(DATABASES)) as env:
        for name in DATABASES:
            _say(name.decode())
            _read_database(env, env.open_db(name, create=False))
    _say("whole")


def _read_database(env: lmdb.Environment, db: Any) -> None:
    with env.begin(db=db) as txn:
        count, last = 0, b""
        for key, value in txn.cursor():
            if key <= last:
                raise ValueError(f"key {key.hex()} is out of order")
            # A row the cursor meets may yet not be found from above, when a branch page points the wrong way.
            if txn.get(key) != value:
                raise ValueError(f"key {key.hex()} cannot be found")
            count, last = count + 1, key
        if count != txn.stat(db)["entries"]:
            raise ValueError(f"{count} rows, not {txn.stat(db)['entries']}")


def _say(part: str) -> None:
    sys.stdout.write(part + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    read_everything(sys.argv[1])
