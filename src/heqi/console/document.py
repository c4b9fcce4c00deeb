"""The console's document: what the renderer is told of pages and words, assembled from the catalogue and the applications' screens."""

from collections.abc import Mapping

import msgspec

from heqi.console.check import Checker, PageUnfit
from heqi.console.defaults import pages_of
from heqi.console.words import TONES, WORDS
from heqi.kernel.contracts.authority import ROLES
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.kernel.contracts.contract import Contract
from heqi.types.pages import Document, Page, Screens, Shelf, Tone, Words

DEMO: Words = ("演示", "Demo")


def document(
    catalogue: Catalogue, screens: Mapping[str, Screens], uploads: tuple[str, ...] = (), environment: Words = DEMO
) -> Document:  # fmt: skip
    """Applications first, then the registers. Raises PageUnfit, which names every fault of every page."""
    told = tuple(screens.values())
    words = {**WORDS, **{name: pair for each in told for name, pair in each.words.items()}}
    desks = {role: Tone(words=(zh, role.replace("_", " ").capitalize())) for role, zh in ROLES.items()}
    desks["admin"] = desks["org_admin"]  # What the demo calls this desk.
    tones = {**desks, **TONES, **{name: tone for each in told for name, tone in each.tones.items()}}
    shelves = [_shelf(catalogue, name, screens) for name in _ordered(catalogue)]
    pages = {page.id: page for shelf in shelves for page in shelf.pages}
    checker = Checker(catalogue, words, pages, uploads)
    shelves = [msgspec.structs.replace(shelf, pages=tuple(map(checker.page, shelf.pages))) for shelf in shelves]
    todos = tuple(checker.todo(todo) for each in told for todo in each.todos)
    if checker.faults:
        raise PageUnfit("\n".join(checker.faults))
    return Document(environment=environment, shelves=tuple(shelves), todos=todos, words=words, tones=tones, uploads=uploads)


def _ordered(catalogue: Catalogue) -> list[str]:
    applications = [contract.name for contract in catalogue.contracts]
    return applications + [name for name in catalogue.registers if name not in applications]


def _shelf(catalogue: Catalogue, name: str, screens: Mapping[str, Screens]) -> Shelf:
    """An application's own pages, then the default ones it has no page of its own for; those stay off the menu if it has any."""
    register = catalogue.registers[name]
    own = screens.get(name, Screens()).pages
    taken = {page.id for page in own}
    rest = [page for page in pages_of(register) if page.id not in taken]
    if own and isinstance(register, Contract):
        rest = [msgspec.structs.replace(page, menu=False) for page in rest]
    return Shelf(name=name, title=register.title, pages=(*_unique(own), *rest), application=isinstance(register, Contract))


def _unique(pages: tuple[Page, ...]) -> tuple[Page, ...]:
    names = [page.id for page in pages]
    if len({*names}) != len(names):
        raise PageUnfit(f"two pages of one name: {sorted(names)}")
    return pages
