"""Everything that can be done, asked, announced and refused: the one source of REST, OpenAPI, CLI, forms and docs."""

import hashlib
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

import msgspec

from heqi.kernel.contracts.contract import Action, Contract, Parameter, Register, View, events_of
from heqi.kernel.contracts.lint import check_module
from heqi.kernel.contracts.record import Event
from heqi.kernel.contracts.table import Table
from heqi.types.rejection import Rejection

KERNEL_RULES = ("model", "register", "contract")
FACING_THE_WORLD = ("worker", "importer", "screens", "story")
"""An application's modules that may know clocks, keys and networks; all others of its package are rules."""


class Catalogue:
    """The registers and contracts of a chain, in the order they were named, each after what it uses."""

    def __init__(self, registers: Sequence[Register]) -> None:
        self.registers: dict[str, Register] = {}
        for register in registers:
            self._add(register)
        self.actions: dict[str, Action] = {a.full_name: a for r in self.registers.values() for a in r.actions.values()}
        self.views: dict[str, View] = {v.full_name: v for r in self.registers.values() for v in r.views.values()}
        self.parameters: dict[str, Parameter] = {p.name: p for r in self.registers.values() for p in r.parameters.values()}
        self.laws: dict[bytes, list[tuple[Table[Any], Callable[..., None]]]] = {}
        for register in self.registers.values():
            for table, law in register.laws:
                self.laws.setdefault(table.prefix, []).append((table, law))
        self.events: dict[str, type[Event]] = {}
        for module in self._modules():
            for event in events_of(module):
                self.events[event.__name__] = event

    def _add(self, register: Register) -> None:
        if register.name in self.registers:
            if self.registers[register.name] is not register:
                raise ValueError(f"two registers are called {register.name}")
            return
        for used in register.uses:
            self._add(used)
        for module in rule_modules(register):
            check_module(module)
        self.registers[register.name] = register

    def _modules(self) -> Iterable[ModuleType]:
        for register in self.registers.values():
            yield from rule_modules(register)

    @property
    def contracts(self) -> list[Contract]:
        return [register for register in self.registers.values() if isinstance(register, Contract)]

    def refusals(self) -> dict[str, type[Rejection]]:
        """Every refusal of the house by its code."""
        return dict(sorted(Rejection.known.items()))

    def code_digest(self, register: Register) -> str:
        """A digest of the rules' source: what the ledger records as the code in force."""
        digest = hashlib.sha256()
        for module in rule_modules(register):
            digest.update(inspect.getsource(module).encode())
        return digest.hexdigest()

    def schema(self) -> dict[str, Any]:
        """JSON Schemas of every request, for docs, forms and OpenAPI."""
        _, components = msgspec.json.schema_components(
            [a.request.type for a in self.actions.values()] + [v.request.type for v in self.views.values()],
            ref_template="#/components/schemas/{name}",
        )
        return components


def rule_modules(register: Register) -> list[ModuleType]:
    """The modules that hold a register's rules: all of its package but those that face the world (or its own, in a test)."""
    package, _, own = register.module.rpartition(".")
    names: list[str] = []
    if package in sys.modules and hasattr(sys.modules[package], "__path__"):
        beside = [found.name for found in pkgutil.iter_modules(sys.modules[package].__path__) if not found.ispkg and found.name != own]
        if package.startswith("heqi.kernel."):
            names = [f"{package}.{name}" for name in beside if name in KERNEL_RULES]
        elif own in ("contract", "register"):
            names = [f"{package}.{name}" for name in beside if name not in FACING_THE_WORLD]
    return [*(importlib.import_module(name) for name in names), sys.modules[register.module]]
