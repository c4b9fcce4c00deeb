"""An overlay is a sheet of changes: it hides what lies beneath and disturbs nothing until it is committed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heqi.kernel.state.overlay import UNTOUCHED, Overlay
from heqi.kernel.state.reader import KEY_SIZE_MAX
from heqi.kernel.state.store import MemoryStore
from heqi.types.refusals import SchemaInvalid

keys = st.binary(min_size=1, max_size=2).map(lambda b: bytes(x % 4 for x in b))
changes = st.dictionaries(keys, st.none() | st.binary(max_size=2), max_size=12)


def put_all(overlay: Overlay, changed: dict[bytes, bytes | None]) -> None:
    for key, value in changed.items():
        if value is None:
            overlay.delete("state", key)
        else:
            overlay.put("state", key, value)


@settings(max_examples=300)
@given(changes, changes, changes, changes, keys, keys, st.integers(0, 10), st.booleans())
def test_scan_gives_what_one_sorted_dictionary_of_all_layers_gives(
    stored: dict[bytes, bytes | None],
    block: dict[bytes, bytes | None],
    transaction: dict[bytes, bytes | None],
    later: dict[bytes, bytes | None],
    start: bytes,
    stop: bytes,
    limit: int,
    reverse: bool,
) -> None:
    store = MemoryStore()
    store.apply({"state": stored})
    below = Overlay(store)
    put_all(below, block)
    above = Overlay(below)
    put_all(above, transaction)
    truth = {k: v for k, v in {**stored, **block, **transaction}.items() if v is not None}

    def expected() -> list[tuple[bytes, bytes]]:
        return sorted(((k, v) for k, v in truth.items() if start <= k < stop), reverse=reverse)[:limit]

    assert above.scan("state", start, stop, limit, reverse) == expected()
    # Writes after a scan are seen by the next one.
    put_all(above, later)
    truth = {k: v for k, v in {**stored, **block, **transaction, **later}.items() if v is not None}
    assert above.scan("state", start, stop, limit, reverse) == expected()
    everywhere = {start, stop, *stored, *block, *transaction, *later}
    assert all(above.get("state", k) == truth.get(k) for k in everywhere)
    assert all(above.recall(k, bytes, True) == truth.get(k) for k in everywhere)
    above.commit_to(below)
    assert all(below.recall(k, bytes, True) == truth.get(k) for k in everywhere)
    assert below.scan("state", start, stop, limit, reverse) == expected()
    store.apply(below.changes)
    assert store.scan("state", start, stop, limit, reverse) == expected()


def test_a_discarded_transaction_leaves_nothing_behind() -> None:
    store = MemoryStore()
    store.apply({"state": {b"a": b"1"}})
    block = Overlay(store)
    transaction = Overlay(block)
    transaction.put("state", b"b", b"2")
    transaction.delete("state", b"a")
    transaction.discard()
    transaction.commit_to(block)
    assert block.changes == {"state": {}, "index": {}, "meta": {}}
    assert transaction.get("state", b"a") == b"1"


def test_a_record_is_decoded_once_a_block_and_anew_when_it_has_changed() -> None:
    store = MemoryStore()
    store.apply({"state": {b"a": b"1"}})
    block = Overlay(store)
    decoded: list[bytes] = []

    def decode(data: bytes) -> list[bytes]:
        decoded.append(data)
        return [data]

    first, second = Overlay(block), Overlay(block)
    assert first.recall(b"a", decode, True) is second.recall(b"a", decode, True)
    assert first.recall(b"a", decode, True) is not None
    assert first.recall(b"b", decode, True) is None
    assert decoded == [b"1"]
    first.put("state", b"a", b"2")
    first.put("state", b"b", b"3")
    assert second.recall(b"a", decode, True) == [b"1"]
    first.commit_to(block)
    assert second.recall(b"a", decode, True) == [b"2"]
    assert second.recall(b"b", decode, True) == [b"3"]


def test_a_record_that_could_be_changed_in_place_is_nobody_elses() -> None:
    store = MemoryStore()
    store.apply({"state": {b"a": b"1"}})
    block = Overlay(store)
    mine = Overlay(block).recall(b"a", bytearray, False)
    mine += b"!"
    assert Overlay(block).recall(b"a", bytearray, False) == b"1"


def test_spaces_do_not_see_each_other() -> None:
    overlay = Overlay(MemoryStore())
    overlay.put("state", b"a", b"1")
    assert overlay.get("index", b"a") is None
    assert overlay.scan("index", b"", b"z", 10) == []


def test_a_value_that_looks_like_the_marker_is_a_value() -> None:
    overlay = Overlay(MemoryStore())
    overlay.put("state", b"a", bytes(bytearray(UNTOUCHED)))
    assert overlay.get("state", b"a") == UNTOUCHED


@pytest.mark.parametrize("size", [0, KEY_SIZE_MAX + 1])
def test_a_key_no_store_could_keep_is_refused_at_once(size: int) -> None:
    overlay = Overlay(MemoryStore())
    with pytest.raises(SchemaInvalid):
        overlay.put("state", b"k" * size, b"")
    overlay.delete("state", b"k" * size)
    assert overlay.changes["state"] == {}


def test_a_scan_is_exact_even_when_the_sheet_hides_more_rows_than_the_limit() -> None:
    store = MemoryStore()
    store.apply({"state": {b"%03d" % n: b"" for n in range(500)}})
    overlay = Overlay(store)
    for n in range(400):
        overlay.delete("state", b"%03d" % n)
    assert [key for key, _ in overlay.scan("state", b"", b"z", 3)] == [b"400", b"401", b"402"]
    assert [key for key, _ in overlay.scan("state", b"", b"401", 3, reverse=True)] == [b"400"]
