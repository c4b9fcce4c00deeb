"""Pages from the catalogue alone: a list or a record for every view, a form for every act, with no line of an application's code.

A view without required arguments is a page of the menu; one that takes an identifier is the page of that record, with its life and
the acts that concern it. The asker's own organisation is filled in where a view asks for an organisation.
"""

from typing import Any

from msgspec import inspect as shapes

from heqi.console.shapes import answer, fields, is_plain, row
from heqi.kernel.contracts import Staged
from heqi.kernel.contracts.contract import Register, View
from heqi.kernel.contracts.request import bare
from heqi.types.money import Money
from heqi.types.pages import Actions, Ask, Cell, Do, Field, Fields, Link, Page, Stats, Steps, Table, Words

COLUMNS_MAX = 9
OWN = ("org", "group")
"""Arguments that mean the asker's organisation on a page of the menu."""
IT = "it"


def pages_of(register: Register) -> tuple[Page, ...]:
    """The default pages of a register or application."""
    found = [page for view in register.views.values() if (page := _page(register, view)) is not None]
    return tuple(found)


def _page(register: Register, view: View) -> Page | None:
    needed = {name: shape for name, shape in fields(shapes.type_info(view.request.type)).items() if name in _required(view)}
    if not all(is_plain(shape) for shape in needed.values()):
        return None
    own = set(needed) <= set(OWN)
    takes = () if own else tuple(needed)
    args = {name: "@org" if own else f"${name}" for name in needed}
    ask, shape = Ask(view=view.full_name, args=args), answer(view)
    acts = _acts(register, takes)
    if row(shape) is not None:
        cells: list[tuple[Cell, ...]] = [(Cell(stack=(_table(register, view, ask),)),)]
        return Page(id=view.full_name, title=view.title, takes=takes, menu=own, rows=(*cells, *acts))
    if not isinstance(bare(shape), shapes.StructType):
        return None
    rows = (*((Cell(stack=(widget,)),) for widget in _record(shape, IT, view.title)), *acts)
    return Page(id=view.full_name, title=view.title, takes=takes, asks={IT: ask}, rows=rows, menu=own, heading=_heading(takes, shape))


def _required(view: View) -> set[str]:
    shape = shapes.type_info(view.request.type)
    assert isinstance(shape, shapes.StructType)
    return {field.encode_name for field in shape.fields if field.required}


def _heading(takes: tuple[str, ...], shape: Any) -> str:
    return f"{IT}.{takes[0]}" if takes and takes[0] in fields(shape) else ""


def _acts(register: Register, takes: tuple[str, ...]) -> tuple[tuple[Cell, ...], ...]:
    """The acts that take what this page takes."""
    if len(takes) != 1:
        return ()
    acts = tuple(Do(action=act.full_name, fill={takes[0]: f"${takes[0]}"}) for act in register.actions.values() if takes[0] in act.takes)
    return ((Cell(stack=(Actions(title=("可办理的操作", "What can be done"), acts=acts),)),),) if acts else ()


def _table(register: Register, view: View, ask: Ask) -> Table:
    columns = tuple(_columns(register, row(answer(view)), view))[:COLUMNS_MAX]
    filters = tuple(field.path for field in columns if _is_choice(row(answer(view)), field.path))
    return Table(title=view.title, ask=ask, columns=columns, filters=filters)


def _is_choice(base: Any, path: str) -> bool:
    for step in path.split("."):
        base = fields(base)[step]
    return isinstance(bare(base), shapes.EnumType)


def _columns(register: Register, base: Any, view: View, above: str = "") -> list[Field]:
    """The plain values of a row, then those of the records in it."""
    found, below = [], []
    for name, shape in fields(base).items():
        if is_plain(shape):
            link = _record_page(register, name, view) if not above else None
            found.append(Field(path=f"{above}{name}", link=None if link is None else Link(page=link, args={name: f".{name}"})))
        elif isinstance(bare(shape), shapes.StructType) and not above:
            below += _columns(register, shape, view, f"{name}.")
    return found + below


def _record_page(register: Register, name: str, here: View) -> str | None:
    """The page of the record whose identifier this column holds."""
    for view in register.views.values():
        if _required(view) == {name} and name not in OWN and view is not here and row(answer(view)) is None and _page_like(view):
            return view.full_name
    return None


def _page_like(view: View) -> bool:
    plain = bare(answer(view))
    return isinstance(plain, shapes.StructType) and plain.cls is not Money


def _record(shape: Any, path: str, title: Words) -> list[Any]:
    """A record's plain values, its life, and what lies in it."""
    plain, found = bare(shape), []
    parts = fields(shape)
    life = _life(plain.cls)
    if life and "stage" in parts:
        found.append(Steps(title=("生命周期", "Life"), path=f"{path}.stage", stages=life))
    values = tuple(Field(path=f"{path}.{name}") for name, part in parts.items() if is_plain(part))
    amounts = tuple(field for field in values if _is_amount(parts[field.path.rpartition(".")[2]]))[:4]
    if amounts:
        found.append(Stats(items=amounts))
    if values:
        found.append(Fields(title=title, items=values))
    for name, part in parts.items():
        if is_plain(part):
            continue
        words = _words(name)
        inner = row(part)
        if inner is not None:
            columns = tuple(Field(path=each) for each, kind in fields(inner).items() if is_plain(kind))[:COLUMNS_MAX]
            found += [Table(title=words, path=f"{path}.{name}", columns=columns)] if columns else []
        elif fields(part):
            found += _record(part, f"{path}.{name}", words)
    return found


def _is_amount(shape: Any) -> bool:
    plain = bare(shape)
    return isinstance(plain, shapes.StructType) and plain.cls is Money


def _words(name: str) -> Words:
    from heqi.console.words import WORDS

    return WORDS.get(name, (name, name))


def _life(kind: type) -> tuple[str, ...]:
    """The stages of a record's usual way, from its table of legal moves: always the first move that does not lead back."""
    if not issubclass(kind, Staged) or not kind.MOVES:
        return ()
    now = next(iter(kind.MOVES))
    way = [now]
    while (ahead := [stage for stage in kind.MOVES.get(now, ()) if stage not in way]) != []:
        now = ahead[0]
        way.append(now)
    return tuple(str(stage) for stage in way)
