"""Signature checks in other processes: the one part of a transaction's work that runs beside the chain's thread.

A few are checked at once where they are; many go out in chunks to a pool, started when first needed.
"""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from threading import Lock, Thread

import msgspec

from heqi.proof.suites import signed_by
from heqi.proof.transaction import Envelope, is_canonical, tx_message
from heqi.types.refusals import SignatureInvalid

INLINE_MAX = 6
CHUNK = 125
_decode = msgspec.json.Decoder(Envelope).decode

Signed = tuple[tuple[str, bytes, str], ...]
"""Signatures: (algorithm, public key, signature text) each."""

Check = tuple[bytes, Signed]
"""A transaction's envelope and its signatures with the keys they should be of."""


def verify_all(checks: Sequence[Check]) -> list[bool]:
    """For each envelope: is it canonical, and do all its signatures hold?"""
    return [is_canonical(data) and signatures_hold(tx_message(bytes(_decode(data).body)), signed) for data, signed in checks]


def signatures_hold(message: bytes, signed: Signed) -> bool:
    """Do all these signatures hold over the message?"""
    return all(_holds(message, *signature) for signature in signed)


def _holds(message: bytes, alg: str, public_key: bytes, text: str) -> bool:
    try:
        return signed_by(text, alg, public_key, message)
    except SignatureInvalid:
        return False


class Verifiers:
    """A pool of verifying processes, shared by the chains of a node."""

    def __init__(self, processes: int | None = None) -> None:
        self._processes = processes or max(1, (os.cpu_count() or 2) - 1)  # One core is the chain's.
        self._pool: ProcessPoolExecutor | None = None
        self._lock = Lock()
        self._closed = False

    def submit(self, checks: Sequence[Check], done: Callable[[list[bool]], None]) -> None:
        """Check; `done` is called with the verdicts, here or in a thread of the pool."""
        if len(checks) > INLINE_MAX:
            with self._lock:
                sent = self._send(checks)
            if sent is not None:
                sent.add_done_callback(lambda future: done(_verdicts(future, checks)))
                return
        done(verify_all(checks))

    def warm(self) -> None:
        """Start the processes now: before a load that should not pay for it."""
        with self._lock:
            pool = self._start()
        for future in [pool.submit(verify_all, []) for _ in range(self._processes * 4)]:
            future.result()

    def close(self) -> None:
        """End the processes. What is still asked is checked where it is asked."""
        with self._lock:
            self._closed = True
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)
                self._pool = None

    def _send(self, checks: Sequence[Check]) -> "Future[list[bool]] | None":
        if self._closed:
            return None
        try:
            return self._start().submit(verify_all, checks)
        except BrokenProcessPool:  # A process was killed. The next to ask gets a new pool.
            self._pool = None
            return None

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Not fork: the node has threads.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context, initializer=leave_with_parent)
        return self._pool


def leave_with_parent() -> None:
    """In a verifying process: end when the node is gone, however it went. The pool's pipes alone would keep us waiting."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(0)

    Thread(target=watch, name="parent-watch", daemon=True).start()


def _verdicts(future: "Future[list[bool]]", checks: Sequence[Check]) -> list[bool]:
    # A pool that broke (a process was killed) must not lose transactions: check them here.
    return verify_all(checks) if future.cancelled() or future.exception() is not None else future.result()
