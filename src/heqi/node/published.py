"""What the catalogue says, as pages and schemas: tables for an application's README, reference pages, one schema an application.

What holds here: everything is read from the code that runs, so a changed interface is a visible change of a committed file.
The refusals of a register are those its rule modules raise; which comes first when several apply is told where the act is.
"""

import ast
import inspect
from collections.abc import Iterable, Sequence
from typing import Any, get_type_hints

import msgspec

from heqi.kernel.contracts.app import App
from heqi.kernel.contracts.catalogue import Catalogue, rule_modules
from heqi.kernel.contracts.contract import Action, Register, View
from heqi.kernel.contracts.record import Event
from heqi.types.rejection import Rejection

REF = "#/schemas/{name}"
AT_THE_DOOR = ("SCHEMA_INVALID", "MONEY_INVALID", "DATE_INVALID", "RATE_INVALID", "ID_CHECK_FAILED", "SIGNATURE_INVALID", "ROLE_FORBIDDEN")
SEATS = ("SEGREGATION_OF_DUTIES", "NOT_FOUND", "STATE_INVALID", "WORK_EXCEEDED")
BY_EVERY_ACT = frozenset({*AT_THE_DOOR, *SEATS})
"""What the kernel may refuse of any act: the form of a request, who signs, what is looked up and moved, the work."""


# --- tables for a README ------------------------------------------------------------------------------------------------
def app_tables(app: App) -> dict[str, str]:
    """The generated parts of an application's README in Markdown: `Actions` and `Refusals`."""
    contract = app.contract
    acts = _table(
        ("Act", "操作", "Signed by", "What it does"),
        [(f"`{act.name}`", act.title[0], _signers(act), act.help[1]) for act in contract.actions.values()],
    )
    questions = _table(
        ("Question", "查询", "Who sees", "What it tells"),
        [(f"`{view.name}`", view.title[0], _seers(view), view.help[1]) for view in contract.views.values()],
    )
    said: dict[str, list[str]] = {}
    for register in _standing_on(contract):
        for code in sorted(raised(register) | (BY_EVERY_ACT if register is contract else frozenset())):
            said.setdefault(code, []).append(register.name)
    known = Rejection.known
    refusals = _table(
        ("Code", "中文", "English", "Said by"),
        [(f"`{code}`", known[code].message_zh, known[code].message_en, "、".join(said[code])) for code in sorted(said)],
    )
    return {"Actions": f"{acts}\n\n{questions}", "Refusals": refusals}


def raised(register: Register) -> frozenset[str]:
    """The codes of the refusals that a register's rule modules raise."""
    codes: set[str] = set()
    for module in rule_modules(register):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
                kind = getattr(module, node.exc.func.id, None)
                if isinstance(kind, type) and issubclass(kind, Rejection):
                    codes.add(kind.code)
    return frozenset(codes)


def _standing_on(register: Register) -> list[Register]:
    """The register and all it uses, each once, itself first."""
    found = [register]
    for one in found:
        found += [used for used in one.uses if used not in found]
    return found


def _signers(action: Action) -> str:
    seats = [(seat["role"], seat["party"]) for seat in (one.describe() for one in action.by)]
    return "; ".join("a resolution of the members" if role == "resolution" else f"{role} of {party}" for role, party in seats)


def _seers(view: View) -> str:
    words = " ".join((view.sees.__doc__ or view.sees.__name__).split())
    return "every member, of its own" if words.startswith("Every active member") else words


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines)


# --- reference pages ----------------------------------------------------------------------------------------------------
HEAD = "<!-- Generated from the code by `python -m heqi.cli.published`; do not edit. -->"


def acts_page(catalogue: Catalogue) -> str:
    """docs/reference/acts.md: every act and question of every register."""
    parts = [HEAD, "# Acts and questions", "Every register and application, with who signs each act and who sees each answer."]
    for register in catalogue.registers.values():
        parts.append(f"## {register.name} · {register.title[0]} · {register.title[1]}")
        acts = [(f"`{act.full_name}`", act.title[0], _signers(act), act.help[1]) for act in register.actions.values()]
        questions = [(f"`{view.full_name}`", view.title[0], _seers(view), view.help[1]) for view in register.views.values()]
        if acts:
            parts.append(_table(("Act", "操作", "Signed by", "What it does"), acts))
        if questions:
            parts.append(_table(("Question", "查询", "Who sees", "What it tells"), questions))
    return "\n\n".join(parts) + "\n"


def refusals_page(catalogue: Catalogue) -> str:
    """docs/reference/refusals.md: every refusal by its code, and the registers that say it."""
    said: dict[str, list[str]] = {}
    for register in catalogue.registers.values():
        for code in raised(register):
            said.setdefault(code, []).append(register.name)
    rows = [(f"`{code}`", kind.message_zh, kind.message_en, "、".join(said.get(code, []))) for code, kind in _of_the_house(catalogue)]
    intro = "A refusal's code never changes. Said by: the registers whose rules raise it; the kernel and the gateway may say others."
    return "\n\n".join([HEAD, "# Refusals", intro, _table(("Code", "中文", "English", "Said by"), rows)]) + "\n"


def parameters_page(catalogue: Catalogue) -> str:
    """docs/reference/parameters.md: every legal or policy figure with its default and its source."""
    rows = [
        (f"`{one.name}`", one.title[0], one.title[1], f"`{msgspec.json.encode(one.default).decode()}`", one.source)
        for one in catalogue.parameters.values()
    ]
    intro = "Figures of law and policy. The value in force is on the ledger; a resolution of the members changes it."
    return "\n\n".join([HEAD, "# Parameters", intro, _table(("Name", "中文", "English", "Default", "Source"), rows)]) + "\n"


def _of_the_house(catalogue: Catalogue) -> list[tuple[str, type[Rejection]]]:
    return [(code, kind) for code, kind in catalogue.refusals().items() if kind.__module__.startswith("heqi.")]


# --- schemas ------------------------------------------------------------------------------------------------------------
def app_schema(app: App) -> dict[str, Any]:
    """schema/<app>.v<version>.json: acts, questions, events, refusals and figures of an application with their JSON Schemas."""
    contract = app.contract
    acts, views = list(contract.actions.values()), list(contract.views.values())
    events = sorted(_events(contract), key=lambda event: event.__name__)
    types = [one.request.type for one in (*acts, *views)] + [_returned(one) for one in (*acts, *views)] + events
    found, schemas = msgspec.json.schema_components(types, schema_hook=lambda _: {}, ref_template=REF)
    many = len(acts) + len(views)
    asked, answered = found[:many], found[many : 2 * many]
    told = [{**_words(one), "request": asked[place], "answer": answered[place]} for place, one in enumerate((*acts, *views))]
    return _plain(
        {
            "app": app.name, "title": _pair(app.title), "system": app.system, "version": contract.version,
            "actions": {act.name: told[place] | {"by": [seat.describe() for seat in act.by]} for place, act in enumerate(acts)},
            "views": {view.name: told[len(acts) + place] | {"sees": _seers(view)} for place, view in enumerate(views)},
            "events": {event.__name__: found[2 * many + place] for place, event in enumerate(events)},
            "refusals": sorted({code for register in _standing_on(contract) for code in raised(register)} | BY_EVERY_ACT),
            "parameters": {
                one.name: {"title": _pair(one.title), "default": one.default, "source": one.source} for one in contract.parameters.values()
            },
            "schemas": schemas,
        }
    )  # fmt: skip


def _events(register: Register) -> list[type[Event]]:
    found = {
        value
        for module in rule_modules(register)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Event) and value.__module__.startswith(register.module.rpartition(".")[0])
    }
    return list(found)


def _returned(declared: Action | View) -> Any:
    return get_type_hints(declared.function, include_extras=True).get("return", Any)


def _words(declared: Action | View) -> dict[str, Any]:
    return {"title": _pair(declared.title), "help": _pair(declared.help)}


def _pair(words: tuple[str, str]) -> dict[str, str]:
    return {"zh": words[0], "en": words[1]}


def _plain(value: Any) -> Any:
    """Python's end of text `\\Z` as JSON Schema's `$`; the rest as it is."""
    if isinstance(value, dict):
        return {key: one.replace(r"\Z", "$") if key == "pattern" and isinstance(one, str) else _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
