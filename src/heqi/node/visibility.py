"""Who may see a receipt or an event: the organisations that signed it, those its events name, and the regulator.

An event names an organisation by a field of type PartyId (the scalar `uscc`), also inside lists, maps and records. A
receipt is one document and is shown whole or not at all; the event stream shows event by event.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import inspect as shapes

from heqi.kernel.contracts import Signer
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.sight import REGULATOR
from heqi.kernel.engines.port import BlockView
from heqi.proof.receipt import Receipt

Finder = Callable[[Any], Iterator[str]]
PARTY_SCALAR = "uscc"
BLOCKS_KEPT = 512

_decode = msgspec.json.decode
_decode_receipt = msgspec.json.Decoder(Receipt).decode


class Entry(msgspec.Struct, frozen=True):
    """A receipt of a block with the organisations it and each of its events concern."""

    receipt: Receipt
    encoded: bytes
    concerns: frozenset[str]
    events: tuple[frozenset[str], ...]


class Visibility:
    """Tells from the catalogue's event types whom receipts and events concern."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._finders = {name: _finder(shapes.type_info(event)) for name, event in catalogue.events.items()}
        self._blocks: OrderedDict[int, tuple[Entry, ...]] = OrderedDict()

    def named(self, receipt: Receipt) -> tuple[frozenset[str], ...]:
        """The organisations each event names."""
        found = []
        for event in receipt.events:
            finder = self._finders.get(event.name)
            found.append(frozenset(finder(_decode(event.data))) if finder else frozenset())
        return tuple(found)

    def may_see(self, viewer: Signer, receipt: Receipt) -> bool:
        """Does this receipt concern the viewer's organisation?"""
        if viewer.org_type == REGULATOR or any(signer.org == viewer.org for signer in receipt.signers):
            return True
        return any(viewer.org in orgs for orgs in self.named(receipt))

    def entries(self, block: BlockView) -> tuple[Entry, ...]:
        """The receipts of a block, read once for all who follow."""
        known = self._blocks.get(block.height)
        if known is None:
            known = self._blocks[block.height] = tuple(map(self._entry, block.receipts))
            if len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return known

    def _entry(self, encoded: bytes) -> Entry:
        receipt = _decode_receipt(encoded)
        signed = frozenset(signer.org for signer in receipt.signers)
        named = self.named(receipt)
        return Entry(receipt, encoded, signed.union(*named), tuple(signed | orgs for orgs in named))


def concerns(viewer: Signer, orgs: frozenset[str]) -> bool:
    """Is the viewer one of these organisations, or the regulator?"""
    return viewer.org_type == REGULATOR or viewer.org in orgs


def _finder(shape: Any) -> Finder | None:
    """A function that yields the party ids inside a plain value of this shape; None when there can be none."""
    if isinstance(shape, shapes.Metadata):
        if (shape.extra or {}).get("scalar") == PARTY_SCALAR:
            return lambda value: iter([value])
        return _finder(shape.type)
    if isinstance(shape, shapes.UnionType):
        inner = [finder for finder in map(_finder, shape.types) if finder is not None]
        return (lambda value: (org for finder in inner for org in (finder(value) if value is not None else ()))) if inner else None
    if isinstance(shape, shapes.ListType | shapes.VarTupleType | shapes.SetType | shapes.FrozenSetType):
        item = _finder(shape.item_type)
        return (lambda value: (org for one in value for org in item(one))) if item else None
    if isinstance(shape, shapes.TupleType):
        places = [(place, finder) for place, kind in enumerate(shape.item_types) if (finder := _finder(kind))]
        return (lambda value: (org for place, finder in places for org in finder(value[place]))) if places else None
    if isinstance(shape, shapes.DictType):
        keys, values = _finder(shape.key_type), _finder(shape.value_type)
        if keys is None and values is None:
            return None
        return lambda value: (
            org for key, one in value.items() for finder, part in ((keys, key), (values, one)) if finder for org in finder(part)
        )
    if isinstance(shape, shapes.StructType):
        fields = [(field.encode_name, finder) for field in shape.fields if (finder := _finder(field.type))]
        if not fields:
            return None
        return lambda value: (org for name, find in fields if isinstance(value, dict) and name in value for org in find(value[name]))
    return None
