"""A snapshot of STATE at a height, the same bytes on every node.

What holds here: STATE's rows in key order as one stream, cut every 8 MiB; a manifest with the digest of every chunk and the
app hash. Restoring verifies each chunk before reading it, the order of the rows, and at the end the root; then the caller's
hook rebuilds INDEX and META, and only then is anything flushed. What not: whether the app hash can be believed (the caller
compares the manifest with a header it trusts), and nothing of INDEX and META, which derive from STATE.

A row in the stream: key size 2 bytes, value size 4 bytes, both big-endian, key, value.
"""

import hashlib
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from heqi.kernel.state.keys import AFTER_EVERY_KEY
from heqi.kernel.state.reader import KEY_SIZE_MAX, SPACES, Reader, Row, Store
from heqi.kernel.state.scan import scan_all
from heqi.kernel.state.tree import StateTree
from heqi.proof.suites import Suite
from heqi.types.refusals import Conflict, HashMismatch, SchemaInvalid

CHUNK_SIZE = 8 * 2**20
BATCH = 20_000
MANIFEST = "manifest.json"
SIZES = struct.Struct(">HI")

Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a snapshot is of. `chunks` are SHA-256 of the files 000000, 000001 … beside it; `app_hash` is STATE's root."""

    v: Literal[1]
    chain: str
    height: Annotated[int, msgspec.Meta(ge=0)]
    app_hash: Digest
    chunks: list[Digest]


def write(reader: Reader, directory: Path, *, chain: str, height: int, app_hash: bytes) -> Manifest:
    """Write the snapshot into `directory`, which must not exist. `reader` must not change meanwhile."""
    directory.mkdir(parents=True)
    digests: list[str] = []
    for number, chunk in enumerate(_chunks(scan_all(reader, "state"))):
        chunk_path(directory, number).write_bytes(chunk)
        digests.append(hashlib.sha256(chunk).hexdigest())
    manifest = Manifest(1, chain, height, app_hash.hex(), digests)
    # Last: a directory without a manifest is no snapshot.
    (directory / MANIFEST).write_bytes(msgspec.json.encode(manifest, order="sorted"))
    return manifest


def read_manifest(directory: Path) -> Manifest:
    """Refuses SCHEMA_INVALID for what is no manifest, or not written in canonical form."""
    data = (directory / MANIFEST).read_bytes()
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise SchemaInvalid(problem=f"snapshot manifest: {error}") from None
    if msgspec.json.encode(manifest, order="sorted") != data:
        raise SchemaInvalid(problem="snapshot manifest: not in canonical form")
    return manifest


def restore(directory: Path, store: Store, suite: Suite, rebuild: Callable[[Store, Manifest], None]) -> Manifest:
    """Fill an empty store from the snapshot. `rebuild` writes INDEX and META from the restored STATE before the flush.

    Refuses CONFLICT: the store is not empty; HASH_MISMATCH: a chunk or the root; SCHEMA_INVALID: manifest or rows. After a
    refusal nothing was flushed and the store must be closed.
    """
    if any(store.scan(space, b"", AFTER_EVERY_KEY, 1) for space in SPACES):
        raise Conflict(record="the state database")
    manifest = read_manifest(directory)
    root = StateTree(suite).build(_applied(_rows(directory, manifest), store))
    if root.hex() != manifest.app_hash:
        raise HashMismatch(item=f"the state of the snapshot: root {root.hex()}, manifest {manifest.app_hash}")
    rebuild(store, manifest)
    store.flush()
    return manifest


def chunk_path(directory: Path, number: int) -> Path:
    """Where a chunk of a snapshot lies."""
    return directory / f"{number:06d}"


def _chunks(rows: Iterator[Row]) -> Iterator[bytes]:
    stream = bytearray()
    for key, value in rows:
        stream += SIZES.pack(len(key), len(value))
        stream += key
        stream += value
        while len(stream) >= CHUNK_SIZE:
            yield bytes(stream[:CHUNK_SIZE])
            del stream[:CHUNK_SIZE]
    if stream:
        yield bytes(stream)


def _verified_chunks(directory: Path, manifest: Manifest) -> Iterator[bytes]:
    for number, digest in enumerate(manifest.chunks):
        try:
            chunk = chunk_path(directory, number).read_bytes()
        except FileNotFoundError:
            raise HashMismatch(item=f"chunk {number} of the snapshot is missing") from None
        if hashlib.sha256(chunk).hexdigest() != digest:
            raise HashMismatch(item=f"chunk {number} of the snapshot")
        # Another cut of the same rows would be another snapshot of the same state.
        if len(chunk) > CHUNK_SIZE or not chunk or (len(chunk) < CHUNK_SIZE and number + 1 < len(manifest.chunks)):
            raise SchemaInvalid(problem=f"chunk {number} of the snapshot has {len(chunk)} bytes")
        yield chunk


def _rows(directory: Path, manifest: Manifest) -> Iterator[Row]:
    """The rows of the stream, ascending; a row may begin in one chunk and end in another."""
    held, last = b"", b""
    for chunk in _verified_chunks(directory, manifest):
        held, at = held + chunk, 0
        while at + SIZES.size <= len(held):
            key_size, value_size = SIZES.unpack_from(held, at)
            start, end = at + SIZES.size, at + SIZES.size + key_size + value_size
            if end > len(held):
                break
            key = held[start : start + key_size]
            if not last < key or key_size > KEY_SIZE_MAX:
                raise SchemaInvalid(problem=f"snapshot: key {key.hex()} is out of order or too long")
            yield key, held[start + key_size : end]
            last, at = key, end
        held = held[at:]
    if held:
        raise SchemaInvalid(problem="the snapshot ends within a row")


def _applied(rows: Iterator[Row], store: Store) -> Iterator[Row]:
    batch: dict[bytes, bytes | None] = {}
    for key, value in rows:
        batch[key] = value
        if len(batch) == BATCH:
            store.apply({"state": batch})
            batch = {}
        yield key, value
    store.apply({"state": batch})
