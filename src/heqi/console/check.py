"""Pages held to the catalogue: every path, view, act, page and word a page names is there; titles and formats left out are filled in.

What holds here: a page that names what is not there is found when the node starts (and in the tests), not by a bookkeeper.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from heqi.console import shapes
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.contract import Action, View
from heqi.types.pages import Args, Ask, Cell, Do, Field, Link, Page, Path, Todo, Words

T = TypeVar("T", bound=msgspec.Struct)
ROWS = ("Table", "Chart", "Tree", "Timeline", "Graph", "Documents", "Book")
"""Widgets that draw rows: their fields and paths start at a row."""
ROW_PATHS = ("when", "what", "id", "parents", "parent", "done", "whole", "digest", "price", "amount", "side")


class PageUnfit(Exception):
    """Pages name what is not there."""


class Checker:
    """Resolves pages against a catalogue and gathers what does not fit."""

    def __init__(self, catalogue: Catalogue, words: Mapping[str, Words], pages: Mapping[str, Page], uploads: tuple[str, ...]) -> None:
        self.catalogue, self.words, self.pages, self.uploads = catalogue, words, pages, uploads
        self.faults: list[str] = []
        self.wordless: set[str] = set()
        self.where = ""

    def page(self, page: Page) -> Page:
        """The page with its titles and formats filled in."""
        self.where = page.id
        self._words(page.title)
        if page.menu and page.takes:
            self._fault("stands in the menu but takes parameters")
        types = {name: self._answer(ask, page.takes) for name, ask in page.asks.items()}
        rows = tuple(tuple(self._cell(cell, types, page.takes) for cell in row) for row in page.rows)
        if page.heading:
            self._at(types, page.heading)
        return msgspec.structs.replace(page, rows=rows)

    def todo(self, todo: Todo) -> Todo:
        """The to-do with its titles and formats filled in."""
        self.where = f"todo {todo.title[1]}"
        row = shapes.row(self._answer(todo.ask, ()))
        if row is None:
            self._fault(f"{todo.ask.view} answers no rows")
        self._link(todo.link, row)
        return msgspec.structs.replace(todo, columns=tuple(self._field(field, row, ()) for field in todo.columns))

    def _cell(self, cell: Cell, types: dict[str, Any], takes: tuple[str, ...]) -> Cell:
        return msgspec.structs.replace(cell, stack=tuple(self._widget(widget, types, takes) for widget in cell.stack))

    def _widget(self, widget: Any, types: dict[str, Any], takes: tuple[str, ...]) -> Any:
        base, kind = types, type(widget).__name__
        if kind in ROWS:
            base = shapes.row(self._source(widget, types, takes))
            if base is None:
                self._fault(f"{kind}: no rows at {widget.path or getattr(widget, 'ask', None)}")
                return widget
        changes: dict[str, Any] = {}
        for name in widget.__struct_fields__:
            value: Any = getattr(widget, name)
            if name in ("title", "text", "help"):
                self._words(value)
            elif isinstance(value, Field):
                changes[name] = self._field(value, base, takes)
            elif isinstance(value, Do):
                self._do(value, base, takes)
            elif isinstance(value, Link):
                self._link(value, base, takes)
            elif isinstance(value, tuple) and value and isinstance(value[0], Field):
                changes[name] = tuple(self._field(field, base, takes) for field in value)
            elif isinstance(value, tuple) and value and isinstance(value[0], Do):
                for do in value:
                    self._do(do, base, takes)
            elif name == "filters":
                for path in widget.filters:
                    self._at(base, path)
            elif (kind in ROWS and name in ROW_PATHS) or (kind not in ROWS and name in ("path", "tx", "before", "after", "done", "whole")):
                self._at(base, str(value))
        if kind == "Upload" and widget.action not in self.uploads:
            self._fault(f"no importer reads files for {widget.action}")
        return msgspec.structs.replace(widget, **changes)

    def _source(self, widget: Any, types: dict[str, Any], takes: tuple[str, ...]) -> Any:
        ask = getattr(widget, "ask", None)
        return self._answer(ask, takes) if ask is not None else self._at(types, widget.path)

    def _field(self, field: Field, base: Any, takes: tuple[str, ...]) -> Field:
        found, name = self._at(base, field.path), field.path.rpartition(".")[2]
        title = field.title or self.words.get(name)
        if title is None:  # An application without words of its own is still drawn; the house's tests ask for them.
            self.wordless.add(name)
            title = (name, name.replace("_", " "))
        self._words(title)
        if field.link is not None:
            self._link(field.link, base, takes)
        form = field.format or (shapes.written(found, name) if found is not None else None)
        return msgspec.structs.replace(field, title=title, format=form)

    def _do(self, do: Do, base: Any, takes: tuple[str, ...]) -> None:
        action = self.catalogue.actions.get(do.action)
        if action is None:
            self._fault(f"no action {do.action}")
        else:
            self._args(do.fill, action, base, takes)

    def _link(self, link: Link, base: Any, takes: tuple[str, ...] = ()) -> None:
        page = self.pages.get(link.page)
        if page is None:
            self._fault(f"no page {link.page}")
        elif set(page.takes) != set(link.args):
            self._fault(f"page {link.page} takes {page.takes}, is given {tuple(link.args)}")
        for value in link.args.values():
            self._arg(value, base, takes)

    def _answer(self, ask: Ask, takes: tuple[str, ...]) -> Any:
        view = self.catalogue.views.get(ask.view)
        if view is None:
            self._fault(f"no view {ask.view}")
            return None
        self._args(ask.args, view, {}, takes)
        required = [field.encode_name for field in msgspec.structs.fields(view.request.type) if field.required]
        if set(required) - set(ask.args):
            self._fault(f"{ask.view} needs {sorted(set(required) - set(ask.args))}")
        return shapes.answer(view)

    def _args(self, args: Args, declared: Action | View, base: Any, takes: tuple[str, ...]) -> None:
        for name, value in args.items():
            if name not in declared.takes:
                self._fault(f"{declared.full_name} does not take {name}")
            self._arg(value, base, takes)

    def _arg(self, value: str, base: Any, takes: tuple[str, ...]) -> None:
        if value.startswith("$") and value[1:] not in takes:
            self._fault(f"{value} is no parameter of the page")
        if value.startswith("."):
            self._at(base, value[1:])

    def _at(self, base: Any, path: Path) -> Any:
        if isinstance(base, dict) and base and path.partition(".")[0] not in base:
            # A question whose answer may be missing is named with a question mark, and read without it.
            base = {name.removesuffix("?"): shape for name, shape in base.items()}
        found = shapes.at(base, path)
        if found is None and base is not None:
            self._fault(f"nothing at {path}")
        return found

    def _words(self, pair: Words) -> None:
        if not all(pair) or any("\u4e00" <= letter <= "\u9fff" for letter in pair[1]):
            self._fault(f"not in both languages: {pair}")

    def _fault(self, text: str) -> None:
        self.faults.append(f"{self.where}: {text}")
