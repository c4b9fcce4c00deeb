"""Pages as data: an application needs none, those it has are held to the catalogue, and every word is there in both languages."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from heqi.console.check import Checker, PageUnfit
from heqi.console.defaults import pages_of
from heqi.console.document import document
from heqi.console.words import TONES, WORDS
from heqi.kernel.contracts.catalogue import Catalogue
from heqi.node import faces, stories
from heqi.types.pages import Actions, Ask, Cell, Do, Document, Field, Fields, Link, Page, Screens, Table, Upload

CATALOGUE = stories.catalogue()
UPLOADS = tuple(faces.importers())
SCREENS = faces.screens()


def a_page(*widgets: Any, **changes: Any) -> Page:
    return Page(id="all_link.mine", title=("页", "Page"), rows=((Cell(stack=widgets),),), **changes)


def test_an_application_without_screens_has_a_page_for_each_of_its_questions() -> None:
    pages = {page.id: page for shelf in document(CATALOGUE, {}, UPLOADS).shelves for page in shelf.pages}
    told = [name for name in CATALOGUE.views if name.startswith("all_link.")]
    # An item's verdict is asked with a list of records, which no address carries.
    assert set(told) - set(pages) == {"all_link.check_payables"}
    assert pages["all_link.package"].takes == ("package",) and not pages["all_link.package"].menu
    assert pages["all_link.maturity_wall"].menu, "the asker's own organisation is filled in"


def test_a_records_default_page_shows_its_life_and_the_acts_that_concern_it() -> None:
    (page,) = [page for page in pages_of(CATALOGUE.registers["all_link"]) if page.id == "all_link.finance_request"]
    kinds = {type(widget).__name__: widget for row in page.rows for cell in row for widget in cell.stack}
    assert kinds["Steps"].stages == ("REQUESTED", "APPROVED", "SIGNED", "REGISTERED", "PAYING", "FUNDED")
    assert "all_link.fund_fjt" in [act.action for act in kinds["Actions"].acts]


UNFIT = {
    "nothing at it.nowhere": (Fields(title=("值", "Values"), items=(Field(path="it.nowhere"),)),),
    "no view all_link.nothing": (Table(title=("表", "Table"), ask=Ask(view="all_link.nothing"), columns=()),),
    "no action all_link.nothing": (Actions(title=("操作", "Acts"), acts=(Do(action="all_link.nothing"),)),),
    "does not take colour": (Actions(title=("操作", "Acts"), acts=(Do(action="all_link.accept", fill={"colour": "red"}),)),),
    "no page all_link.nowhere": (
        Fields(title=("值", "Values"), items=(Field(path="it.requests", link=Link(page="all_link.nowhere")),)),
    ),
    "$package is no parameter": (Actions(title=("操作", "Acts"), acts=(Do(action="all_link.accept", fill={"package": "$package"}),)),),
    "all_link.package needs ['package']": (Table(title=("表", "Table"), ask=Ask(view="all_link.package"), columns=()),),
    "no rows at": (Table(title=("表", "Table"), path="it.amount", columns=()),),
    "no importer reads files for all_link.accept": (Upload(title=("导入", "Import"), action="all_link.accept", help=("说明", "Help")),),
    "not in both languages": (Fields(title=("值", "值"), items=(Field(path="it.requests"),)),),
}


@pytest.mark.parametrize("told", UNFIT)
def test_a_page_that_names_what_is_not_there_is_found_before_anybody_opens_it(told: str) -> None:
    page = a_page(*UNFIT[told], asks={"it": Ask(view="all_link.saving")})
    with pytest.raises(PageUnfit) as fault:
        document(CATALOGUE, {"all_link": Screens(pages=(page,))}, UPLOADS)
    assert told in str(fault.value)


def test_every_field_a_person_meets_has_a_word_and_every_stage_a_tone() -> None:
    words = {**WORDS, **{name: pair for each in SCREENS.values() for name, pair in each.words.items()}}
    tones = {**TONES, **{name: tone for each in SCREENS.values() for name, tone in each.tones.items()}}
    checker = Checker(CATALOGUE, words, {page.id: page for shelf in _shelves() for page in shelf}, UPLOADS)
    for shelf in _shelves():
        for page in shelf:
            checker.page(page)
    asked = {name for action in CATALOGUE.actions.values() for name in action.takes}
    assert checker.wordless | (asked - set(words)) == set()
    stages = {stage for page in (p for shelf in _shelves() for p in shelf) for stage in _stages(page)}
    assert stages - set(tones) == set()


def _shelves() -> list[tuple[Page, ...]]:
    return [SCREENS[name].pages if name in SCREENS else pages_of(register) for name, register in CATALOGUE.registers.items()]


def _stages(page: Page) -> list[str]:
    return [stage for row in page.rows for cell in row for widget in cell.stack for stage in getattr(widget, "stages", ())]


def test_what_is_published_is_what_is_sent() -> None:
    published = json.loads((Path(__file__).parents[2] / "schema" / "console.v1.json").read_text())
    told = msgspec.json.decode(msgspec.json.encode(document(CATALOGUE, SCREENS, UPLOADS)), type=Document)
    assert set(msgspec.to_builtins(told)) <= set(published["properties"])
    assert {"Page", "Table", "Graph", "Actions"} <= set(published["$defs"])


def test_a_catalogue_of_one_register_has_its_pages_too() -> None:
    alone = Catalogue([CATALOGUE.registers["ledger"], CATALOGUE.registers["members"]])
    assert [shelf.name for shelf in document(alone, {}).shelves] == ["ledger", "members"]
