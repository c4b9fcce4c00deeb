"""Which column is which field: a mapping file names the headers an ERP writes, in Chinese or English.

    name = "sap_en"
    ccy = "CNY"                          # of every amount, when no column says
    dates = ["%Y-%m-%d", "%d.%m.%Y"]
    yes = ["X"]
    no = [""]
    [columns]
    vendor = ["Tax Number 5", "USCC"]                                # any one of these headers
    ap_no = { join = [["Company Code"], ["Fiscal Year"], ["Document Number"]] }     # several columns, joined by "-"

What holds here: headers are compared after NFKC, without case and spaces. A mapping fits a header row when every required
field has its column; the first row of the first 20 that a mapping fits is the header.
"""

import tomllib
import unicodedata
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from heqi.connectors.files.table import Cell, Row
from heqi.types.refusals import SchemaInvalid

HEADER_WITHIN = 20


class Joined(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field made of several columns, their texts joined by "-"."""

    join: tuple[tuple[str, ...], ...]


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of file: its columns by field, its date formats, its words for yes and no, its currency."""

    name: str
    columns: dict[str, tuple[str, ...] | Joined]
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    ccy: str = ""
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


class Layout(msgspec.Struct, frozen=True):
    """A mapping found in a file: for each field, its column numbers, and the header as the file writes it."""

    mapping: Mapping
    columns: dict[str, tuple[int, ...]]
    headers: tuple[str, ...]

    def heading(self, field: str) -> str:
        """How the file itself calls the field, for a person who has to find the cell."""
        return "+".join(self.headers[column] for column in self.columns.get(field, ())) or field


def load_mapping(source: Path | bytes) -> Mapping:
    """A mapping from TOML or JSON. Refused with SchemaInvalid when it is neither, or says something unknown."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    try:
        return msgspec.convert(_parse(data), Mapping)
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SchemaInvalid(problem=f"映射文件 mapping file: {problem}") from None


def shipped(kind: str) -> tuple[Mapping, ...]:
    """The mappings that come with the house for one kind of file (`payables`, `dealers`)."""
    folder = resources.files("heqi.connectors.files").joinpath("mappings")
    return tuple(
        load_mapping(entry.read_bytes())
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.startswith(kind + "_")
    )


def find_header(rows: Iterator[Row], mappings: tuple[Mapping, ...], required: frozenset[str]) -> Layout:
    """Reads rows up to and including the header. Refused with SchemaInvalid when no mapping fits one."""
    nearest: set[str] = set(required)
    for _, (number, cells) in zip(range(HEADER_WITHIN), rows, strict=False):
        if number > HEADER_WITHIN:
            break
        for mapping in mappings:
            layout = _fit(mapping, cells or [])
            missing = required - layout.columns.keys()
            if not missing:
                return layout
            nearest = min(nearest, set(missing), key=len)
    raise SchemaInvalid(problem=f"未找到表头，缺少列 no header found, columns missing: {', '.join(sorted(nearest))}")


def _parse(data: bytes) -> Any:
    return msgspec.json.decode(data) if data.lstrip().startswith(b"{") else tomllib.loads(data.decode("utf-8-sig"))


def _fit(mapping: Mapping, cells: list[Cell]) -> Layout:
    headers = tuple("" if cell is None else str(cell).strip()[:100] for cell in cells)
    positions: dict[str, int] = {}
    for position, header in enumerate(headers):
        positions.setdefault(_plain(header), position)

    def column(aliases: tuple[str, ...]) -> int | None:
        return next((positions[_plain(alias)] for alias in aliases if _plain(alias) in positions), None)

    columns: dict[str, tuple[int, ...]] = {}
    for field, wanted in mapping.columns.items():
        parts = wanted.join if isinstance(wanted, Joined) else (wanted,)
        found = [column(part) for part in parts]
        known = tuple(position for position in found if position is not None)
        if len(known) == len(parts):
            columns[field] = known
    return Layout(mapping=mapping, columns=columns, headers=headers)


def _plain(header: str) -> str:
    return "".join(unicodedata.normalize("NFKC", header).casefold().split())
