"""A chain's state from a snapshot, for a node that still has its blocks: no need to execute what came before.

What holds here: the snapshot is believed only if its app hash is the one the node's own block log records at its height;
INDEX is made from the records, the places of transactions from the blocks, and all of it is flushed at once. Blocks after
the snapshot are replayed when the chain is opened. What not: no node without blocks; that one asks others (state sync).
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.engines.embedded.blocks import decode_block
from heqi.kernel.ledger.blocklog import BlockLog
from heqi.kernel.ledger.indexes import rebuild_index
from heqi.kernel.ledger.machine import Marker, places, time_of
from heqi.kernel.state import snapshot
from heqi.kernel.state.lmdb_store import open_store
from heqi.kernel.state.reader import Store
from heqi.kernel.state.snapshot import Manifest
from heqi.proof.receipt import Genesis
from heqi.proof.suites import SUITES
from heqi.types.refusals import Conflict, HashMismatch, NotFound


def restore_state(directory: Path, saved: Path, catalogue: Catalogue, genesis: Genesis) -> Manifest:
    """Make `directory/state` from the snapshot `saved`. The chain is not open, and its old state was put away.

    Refuses CONFLICT: there is a state; NOT_FOUND: the block log does not hold the snapshot's height; HASH_MISMATCH: the
    snapshot is of another chain or state, or damaged; SCHEMA_INVALID: it is no snapshot.
    """
    if (directory / "state").exists():
        raise Conflict(record=str(directory / "state"))
    manifest = snapshot.read_manifest(saved)
    log = BlockLog(directory / "blocks")
    try:
        if not 1 <= manifest.height < log.heights.stop or log.heights.start != 1:
            raise NotFound(record=f"block {manifest.height}")
        last = decode_block(log.read(manifest.height))
        if (last.header.chain_id, last.app_hash, genesis.chain) != (manifest.chain, manifest.app_hash, manifest.chain):
            raise HashMismatch(item=f"{saved} 与本链高度 {manifest.height} 的状态根 (and the state root of this chain at that height)")

        def rebuild(store: Store, manifest: Manifest) -> None:
            rebuild_index(store, catalogue)
            count = _write_places(store, log, manifest.height)
            marker = Marker(manifest.height, manifest.app_hash, time_of(last.header.time), count)
            store.apply(marker.rows())

        store = open_store(directory / "state")
        try:
            return snapshot.restore(saved, store, SUITES[genesis.suite], rebuild)
        finally:
            store.close()
    finally:
        log.close()


def _write_places(store: Store, log: BlockLog, height: int) -> int:
    """Where each transaction's receipt is, from the blocks. Gives how many transactions there are."""
    found: dict[bytes, bytes | None] = {}
    count = 0
    for at, receipts in _receipts(log, height):
        count += len(receipts)
        for key, place in places(at, receipts):
            found.setdefault(key, place)  # A repeat never hides the first receipt.
    store.apply({"meta": found})
    return count


class _Answered(msgspec.Struct, frozen=True):
    tx: str


_decode = msgspec.json.Decoder(_Answered).decode


def _receipts(log: BlockLog, height: int) -> Iterator[tuple[int, list[str]]]:
    for at in range(1, height + 1):
        yield at, [_decode(data).tx for data in decode_block(log.read(at)).receipts]
