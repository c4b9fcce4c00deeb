"""Pages of the console as data: what an application writes in its `screens.py`, and what the renderer in the browser draws.

    Page("all_link.voucher", ("凭证详情", "Voucher"), takes=("package",), asks={"sheet": Ask("all_link.package", package="$package")},
         rows=((Cell(Fields(("基本信息", "Terms"), items=(Field("sheet.package.face"), Field("sheet.package.due"))),),),))

What holds here: no state, no I/O, no rule. A page names views, actions and paths into answers; `heqi.console.check` holds them to
the catalogue. A text is a pair, Chinese first. Where a title or a format is left out, the console takes it from the type at the
end of the path. The wire form is published as schema/console.v1.json.
"""

from enum import StrEnum
from typing import Literal

import msgspec

Words = tuple[str, str]
"""A text in Chinese and in English."""
Path = str
"""Where a value stands in the answers of a page: `sheet.package.face`; in a row, from the row: `package.face`."""
Args = dict[str, str]
"""By name: `$package` is a parameter of the page, `@org` the asker's organisation, `.package` a path (in a row: of the row), all
else the text itself."""


class Format(StrEnum):
    """How a value is written."""

    TEXT = "text"
    MONEY = "money"
    FEN = "fen"
    INT = "int"
    RATE = "rate"
    BPS = "bps"
    DATE = "date"
    TIME = "time"
    PARTY = "party"
    HASH = "hash"
    STAGE = "stage"
    BOOL = "bool"
    MANY = "many"


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a page on the wire: defaults are left out."""


class Ask(_Part, frozen=True):
    """A question to the ledger, `register.view`, with its arguments."""

    view: str
    args: Args = {}


class Link(_Part, frozen=True):
    """To another page, with what it takes."""

    page: str
    args: Args = {}


class Field(_Part, frozen=True):
    """One value with its title. `link` makes it a way to another page."""

    path: Path
    title: Words | None = None
    format: Format | None = None
    link: Link | None = None


class Do(_Part, frozen=True):
    """An act offered, its form filled in as far as the page knows."""

    action: str
    fill: Args = {}


# --- widgets ------------------------------------------------------------------------------------------------------------
class Stats(_Part, frozen=True, tag="stats", tag_field="kind"):
    """Figures side by side."""

    items: tuple[Field, ...]


class Fields(_Part, frozen=True, tag="fields", tag_field="kind"):
    """A record's values in columns."""

    title: Words
    items: tuple[Field, ...]
    columns: int = 3


class Table(_Part, frozen=True, tag="table", tag_field="kind"):
    """Rows: of a view (then sorted, filtered, paged and exported by the server) or of a list in the page's answers.

    `filters`: columns by whose values the rows can be chosen. `actions`: offered in each row. A map's rows are its `key` and `value`."""

    title: Words
    columns: tuple[Field, ...]
    ask: Ask | None = None
    path: Path = ""
    filters: tuple[Path, ...] = ()
    actions: tuple[Do, ...] = ()
    size: int = 10


class Timeline(_Part, frozen=True, tag="timeline", tag_field="kind"):
    """What happened, one line each: when, what (a stage or text), and further values."""

    title: Words
    path: Path
    when: Path
    what: Path
    more: tuple[Field, ...] = ()


class Graph(_Part, frozen=True, tag="graph", tag_field="kind"):
    """A tree or net of records: each names those it came from. `what` colours a node, `more` is written in it."""

    title: Words
    path: Path
    id: Path
    parents: Path
    what: Path
    more: tuple[Field, ...] = ()
    link: Link | None = None
    height: int = 380


class Steps(_Part, frozen=True, tag="steps", tag_field="kind"):
    """The life of a record: its stages in their usual order, and where it is now."""

    title: Words
    path: Path
    stages: tuple[str, ...]


class Chart(_Part, frozen=True, tag="chart", tag_field="kind"):
    """A drawing of rows, with the rows as a table behind it."""

    title: Words
    shape: Literal["line", "bar", "pie", "heat"]
    x: Field
    y: tuple[Field, ...]
    ask: Ask | None = None
    path: Path = ""
    height: int = 280


class Progress(_Part, frozen=True, tag="progress", tag_field="kind"):
    """How much of a whole: two numbers or amounts."""

    title: Words
    done: Path
    whole: Path


class Tree(_Part, frozen=True, tag="tree", tag_field="kind"):
    """Rows that name their parent, as an indented table with a bar for `done` of `whole`."""

    title: Words
    columns: tuple[Field, ...]
    id: Path
    parent: Path
    done: Path
    whole: Path
    ask: Ask | None = None
    path: Path = ""


class Action(_Part, frozen=True, tag="action", tag_field="kind"):
    """The form of one act, in the page."""

    title: Words
    do: Do


class Actions(_Part, frozen=True, tag="actions", tag_field="kind"):
    """The acts that concern this record: those allowed to the asker now as buttons, the others greyed with the reason."""

    title: Words
    acts: tuple[Do, ...]


class Upload(_Part, frozen=True, tag="upload", tag_field="kind"):
    """A file of many rows brought to the ledger: progress, and what became of each row."""

    title: Words
    action: str
    help: Words
    template: tuple[str, ...] = ()


class Documents(_Part, frozen=True, tag="documents", tag_field="kind"):
    """Papers known by their digest, and a field that says whether a file at hand is one of them."""

    title: Words
    path: Path
    digest: Path
    more: tuple[Field, ...] = ()


class Certificate(_Part, frozen=True, tag="certificate", tag_field="kind"):
    """The proof of the transaction named here, to take away."""

    title: Words
    tx: Path


class Diff(_Part, frozen=True, tag="diff", tag_field="kind"):
    """Two states of a record, and what differs."""

    title: Words
    before: Path
    after: Path


class Markdown(_Part, frozen=True, tag="markdown", tag_field="kind"):
    """A text: paragraphs, lists and emphasis."""

    text: Words


class Book(_Part, frozen=True, tag="book", tag_field="kind"):
    """Orders as a ladder: prices down, amounts to both sides."""

    title: Words
    path: Path
    price: Path
    amount: Path
    side: Path


class Custom(_Part, frozen=True, tag="custom", tag_field="kind"):
    """A drawing of an application's own, by the name it is registered under in the renderer."""

    name: str
    args: Args = {}


Widget = (
    Stats | Fields | Table | Timeline | Graph | Steps | Chart | Progress | Tree | Action | Actions | Upload | Documents | Certificate
    | Diff | Markdown | Book | Custom
)  # fmt: skip


# --- pages --------------------------------------------------------------------------------------------------------------
class Cell(_Part, frozen=True):
    """Widgets one below the other in a column `span` of 24 wide."""

    stack: tuple[Widget, ...]
    span: int = 24


class Page(_Part, frozen=True):
    """One page. `takes`: its parameters; a page that takes none can stand in the menu, shown to `orgs` and `roles` (empty: to all).

    `asks` are its questions by name; a name ends with `?` where an answer may be missing (not found, not for the asker)."""

    id: str
    title: Words
    rows: tuple[tuple[Cell, ...], ...]
    takes: tuple[str, ...] = ()
    asks: dict[str, Ask] = {}
    menu: bool = True
    orgs: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    heading: Path = ""


class Tone(_Part, frozen=True):
    """How a stage or another named value is shown."""

    words: Words
    colour: Literal["default", "blue", "green", "orange", "red", "purple", "cyan"] = "default"


class Shelf(_Part, frozen=True):
    """Pages under one heading of the menu: an application's or a register's."""

    name: str
    title: Words
    pages: tuple[Page, ...]
    application: bool = False


class Todo(_Part, frozen=True):
    """What waits for a desk: a view whose rows are to-dos of those with one of these roles, and the page where it is done."""

    title: Words
    ask: Ask
    link: Link
    columns: tuple[Field, ...]
    orgs: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Screens(_Part, frozen=True):
    """What an application's `screens.py` declares as SCREENS: its pages, to-dos, and the words for its fields and stages."""

    pages: tuple[Page, ...] = ()
    todos: tuple[Todo, ...] = ()
    words: dict[str, Words] = {}
    tones: dict[str, Tone] = {}


class Document(_Part, frozen=True):
    """What the console sends its renderer: the pages of every application and register, and all words."""

    environment: Words
    shelves: tuple[Shelf, ...]
    todos: tuple[Todo, ...]
    words: dict[str, Words]
    tones: dict[str, Tone]
    uploads: tuple[str, ...]
