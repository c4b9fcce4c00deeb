"""The author's page: registers and contracts declare tables, parameters, actions, views, laws and daily work.

    contract = Contract("all_link", version=1, title=("福金通", "All-Link"), uses=(vouchers.register, limits.register))

    @contract.action("转让", by=(maker(holder), checker(holder)))
    def transfer(ctx, note: NoteId, amount: Positive, to: PartyId, basis: list[DocumentUse]) -> list[Note]:
        \"\"\"凭已核验的贸易单据转让凭证的一部分，余额仍归持有人。
        Pass part of a note on against verified trade documents; the holder keeps the rest.\"\"\"

The signature of the function is the form of the request; its docstring (Chinese line, then English) is the help text.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from heqi.kernel.contracts.authority import Signatory
from heqi.kernel.contracts.record import Event
from heqi.kernel.contracts.request import RequestReader, request_type
from heqi.kernel.contracts.table import Table

R = TypeVar("R", bound=msgspec.Struct)
F = TypeVar("F", bound=Callable[..., Any])
Title = tuple[str, str]


class Parameter(msgspec.Struct, frozen=True):
    """A legal or policy figure: default, unit and source; the value in force is on the ledger."""

    name: str
    default: Any
    title: Title
    source: str
    within: tuple[int, int] | None = None
    """The least and greatest value, for a whole number."""


class Action:
    """One thing that can be done: its request, who signs it, and the function that does it."""

    def __init__(self, owner: str, title: str, by: Sequence[Signatory], function: Callable[..., Any]) -> None:
        self.name, self.function, self.by = function.__name__, function, tuple(by)
        self.full_name = f"{owner}.{self.name}"
        self.title: Title = (title, self.name.replace("_", " ").capitalize())
        self.help = _help(self.full_name, function)
        self.request = RequestReader(request_type(_camel(self.name) + "Request", function))
        self.takes = tuple(inspect.signature(function).parameters)[1:]
        for signatory in self.by:
            unknown = set(signatory.takes) - set(self.takes)
            if unknown:
                raise ContractUnfit(f"{self.full_name}: by= asks for {sorted(unknown)}, which the action does not take")

    def run(self, ctx: Any, request: Any) -> Any:
        return self.function(ctx, *[getattr(request, name) for name in self.takes])


class View:
    """One question: read-only, asked by a member. `sees` tells who gets an answer; to others the record does not exist."""

    def __init__(self, owner: str, title: str, sees: Callable[..., Any], function: Callable[..., Any]) -> None:
        self.name, self.function, self.sees = function.__name__, function, sees
        self.full_name = f"{owner}.{self.name}"
        self.title: Title = (title, self.name.replace("_", " ").capitalize())
        self.help = _help(self.full_name, function)
        self.request = RequestReader(request_type(_camel(self.name) + "Query", function))
        self.takes = tuple(inspect.signature(function).parameters)[1:]
        self.sees_takes = tuple(inspect.signature(sees).parameters)[1:]


class ContractUnfit(Exception):
    """A contract breaks the author's rules and is not loaded."""


class Register:
    """Shared records with their rules: tables nobody else writes, functions others call with their `ctx`."""

    def __init__(self, name: str, *, version: int = 1, title: Title, uses: Sequence["Register"] = (), performs: bool = False) -> None:
        self.name, self.version, self.title, self.uses = name, version, title, tuple(uses)
        self.performs = performs
        self.module = inspect.stack()[1].frame.f_globals.get("__name__", "")
        self.tables: dict[str, Table[Any]] = {}
        self.actions: dict[str, Action] = {}
        self.views: dict[str, View] = {}
        self.parameters: dict[str, Parameter] = {}
        self.invariants: dict[str, Callable[..., None]] = {}
        self.laws: list[tuple[Table[Any], Callable[..., None]]] = []
        self.days: list[Callable[..., int]] = []
        self.genesis_steps: list[Callable[..., None]] = []

    def table(self, name: str, record: type[R], *, key: tuple[str, ...], indexes: dict[str, Any] | None = None) -> Table[R]:
        """Declare a table; the register alone writes it."""
        table = Table(self.name, name, record, key, indexes)
        self.tables[name] = table
        return table

    def parameter(self, name: str, default: Any, *, title: Title, source: str, within: tuple[int, int] | None = None) -> Parameter:
        """Declare a figure with its legal or business origin. Read it with `ctx.parameter(p)`."""
        parameter = Parameter(f"{self.name}.{name}", default, title, source, within)
        self.parameters[parameter.name] = parameter
        return parameter

    def action(self, title: str, *, by: Signatory | Sequence[Signatory] | None = None) -> Callable[[F], F]:
        """Declare an action. `by=` is required: openness is written too."""

        def declare(function: F) -> F:
            if by is None or by == ():
                raise ContractUnfit(f"{self.name}.{function.__name__} does not say by=: who must sign it?")
            signatories = (by,) if isinstance(by, Signatory) else tuple(by)
            self.actions[function.__name__] = Action(self.name, title, signatories, function)
            return function

        return declare

    def view(self, title: str, *, sees: Callable[..., Any]) -> Callable[[F], F]:
        """Declare a question. `sees(ctx, …)` returns the organisations that may see the answer, or EVERYONE."""

        def declare(function: F) -> F:
            self.views[function.__name__] = View(self.name, title, sees, function)
            return function

        return declare

    def invariant(self, function: F) -> F:
        """A truth about all records, named as a sentence; checked after every block in tests and by the audit."""
        self.invariants[function.__name__] = function
        return function

    def law(self, table: Table[Any]) -> Callable[[F], F]:
        """A truth about each transaction's changes to a table: `law(ctx, [(old, new), …])` asserts it, in production too."""

        def declare(function: F) -> F:
            self.laws.append((table, function))
            return function

        return declare

    def each_day(self, function: Callable[..., int]) -> Callable[..., int]:
        """Work due at day end: `work(ctx, limit)` does at most `limit` pieces and returns how many it did."""
        self.days.append(function)
        return function

    def at_genesis(self, function: F) -> F:
        """`prepare(ctx)` runs once on the empty state."""
        self.genesis_steps.append(function)
        return function


class Contract(Register):
    """An application: a register of its own acts, standing on the registers it names in `uses`."""


def _help(name: str, function: Callable[..., Any]) -> Title:
    lines = [line.strip() for line in inspect.cleandoc(function.__doc__ or "").splitlines() if line.strip()]
    if len(lines) < 2:
        raise ContractUnfit(f"{name} needs a docstring: what it does, first in Chinese, then in English")
    return lines[0], " ".join(lines[1:])


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def events_of(module: Any) -> list[type[Event]]:
    """The events a module declares."""
    return [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Event) and value is not Event]
