"""Whose eyes a record's past is for: those who may ask for the record today, and only as far as acts that concern them wrote it.

What holds here: no table says who sees it; the views that answer with its records do, and they are asked. Only where an answer
to this person holds the record as it is kept, nothing taken out, are the record's versions shown. A table without such a
view, and a record that is deleted, is the regulator's alone.
"""

from collections.abc import Collection
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect as shapes

from heqi.kernel.contracts import Signer
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.contract import View
from heqi.kernel.contracts.sight import REGULATOR
from heqi.kernel.contracts.table import Table
from heqi.kernel.ledger.machine import Machine
from heqi.types.rejection import Rejection


class RecordViews:
    """For each table the views that answer with a record of it, or with several."""

    def __init__(self, catalogue: Catalogue) -> None:
        tables = [table for register in catalogue.registers.values() for table in register.tables.values()]
        self._views = {table.prefix: [view for view in catalogue.views.values() if _answers_with(view, table)] for table in tables}

    def seen(self, machine: Machine, viewer: Signer, keys: Collection[bytes]) -> set[bytes]:
        """Those of these records this person would be answered with. For the chain's thread: a read between blocks."""
        if viewer.org_type == REGULATOR:
            return set(keys)
        answers: dict[tuple[str, bytes], set[bytes]] = {}
        return {key for key in keys if self._sees(machine, viewer, key, answers)}

    def _sees(self, machine: Machine, viewer: Signer, key: bytes, answers: dict[tuple[str, bytes], set[bytes]]) -> bool:
        kept = machine.store.get("state", key)
        if kept is None:
            return False
        record = msgspec.json.decode(kept)
        for view in self._views.get(key[: key.find(b"\0") + 1], ()):
            args = msgspec.json.encode({name: record[name] for name in _needs(view)}, order="sorted")
            asked = (view.full_name, args)
            if asked not in answers:
                answers[asked] = _answer(machine, view, args, viewer)
            if kept in answers[asked]:
                return True
        return False


def _answers_with(view: View, table: Table[Any]) -> bool:
    answer = get_type_hints(view.function).get("return")
    several = get_origin(answer) is list and get_args(answer) == (table.record,)
    return (answer is table.record or several) and _needs(view) <= set(table.record.__struct_fields__)


def _needs(view: View) -> set[str]:
    shape = shapes.type_info(view.request.type)
    assert isinstance(shape, shapes.StructType), "a request is a record"
    return {field.encode_name for field in shape.fields if field.required}


def _answer(machine: Machine, view: View, args: bytes, viewer: Signer) -> set[bytes]:
    """The records of the answer, each as bytes."""
    try:
        answer = machine.ask(view.full_name, args, viewer.certificate)
    except Rejection:
        return set()
    return {bytes(one) for one in msgspec.json.decode(answer, type=list[msgspec.Raw])} if answer.startswith(b"[") else {answer}
