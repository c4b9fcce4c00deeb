"""Writes what is generated from the code and committed: `python -m heqi.cli.published [ROOT]`.

    schema/<app>.v<version>.json   an application's acts, questions, events and refusals
    schema/openapi.json            the gateway's interface
    schema/console.v1.json         pages as the console's renderer reads them
    docs/reference/*.md            acts, refusals, parameters
    ui/LICENCES.md                 the npm packages of the console
    apps/<app>/README.md           its tables, between the marks (the text around them is written by hand)
"""

import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from heqi.cli import licences
from heqi.gateway.openapi import describe
from heqi.node import published, stories
from heqi.node.applications import APPS
from heqi.types.pages import Document

MARK = "<!-- generated: {name} -->"
END = "<!-- end -->"
README = "src/heqi/apps/{app}/README.md"


def files(root: Path) -> dict[str, str]:
    """Every generated file by its path from the root, with its text; READMEs are read from `root` for what is written by hand."""
    catalogue = stories.catalogue()
    found = {
        "schema/openapi.json": _json(describe(catalogue)),
        "schema/console.v1.json": _json(_page_schema()),
        "docs/reference/acts.md": published.acts_page(catalogue),
        "docs/reference/refusals.md": published.refusals_page(catalogue),
        "docs/reference/parameters.md": published.parameters_page(catalogue),
        "ui/LICENCES.md": licences.page(root),
    }
    for app in APPS:
        found[f"schema/{app.name}.v{app.contract.version}.json"] = _json(published.app_schema(app))
        readme = README.format(app=app.name)
        found[readme] = filled((root / readme).read_text(encoding="utf-8"), published.app_tables(app))
    return found


def filled(text: str, tables: dict[str, str]) -> str:
    """A README with its tables put between their marks. Raises ValueError when a mark is missing."""
    for name, table in tables.items():
        mark = MARK.format(name=name)
        between = re.compile(f"({re.escape(mark)}\n).*?({re.escape(END)})", re.DOTALL)
        text, places = between.subn(lambda found, table=table: f"{found[1]}\n{table}\n\n{found[2]}", text)
        if places != 1:
            raise ValueError(f"{places} places for {mark}")
    return text


def write(root: Path) -> list[Path]:
    """Write them all; the files that changed."""
    changed = []
    for name, text in files(root).items():
        path = root / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def stale(root: Path) -> list[str]:
    """The committed files that are not what the code says now."""
    return [
        name for name, text in files(root).items() if not (root / name).exists() or (root / name).read_text(encoding="utf-8") != text
    ]  # fmt: skip


def _json(data: object) -> str:
    return msgspec.json.format(msgspec.json.encode(data, order="sorted"), indent=1).decode() + "\n"


def _page_schema() -> dict[str, Any]:
    """The document's own schema at the root, not behind a reference: what reads it expects it so."""
    whole = msgspec.json.schema(Document)
    parts = dict(whole["$defs"])
    return {**parts.pop("Document"), "$defs": parts}


def main() -> None:
    """Write, or with `--check` only say what is out of date."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    root = Path(arguments[0]) if arguments else Path(__file__).parents[3]
    if "--check" in sys.argv:
        out_of_date = stale(root)
        print("\n".join(out_of_date))
        raise SystemExit(1 if out_of_date else 0)
    for path in write(root):
        print(path)


if __name__ == "__main__":
    main()
