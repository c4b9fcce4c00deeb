"""The project's own sources, read once, for tests that hold the house to its rules."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import heqi
from heqi.types.rejection import Rejection

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "heqi"
APPS = sorted(path for path in (SRC / "apps").iterdir() if path.is_dir() and not path.name.startswith("_"))
REGISTERS = sorted(path for path in (SRC / "finance").iterdir() if path.is_dir() and not path.name.startswith("_"))


class Source(NamedTuple):
    """A Python file: its path from the root, its text, its tree, and the module it is."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        parts = self.path.relative_to(ROOT / "src").with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        return self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]

    @property
    def is_test(self) -> bool:
        return "tests" in self.path.parts


def read(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path, text, ast.parse(text, filename=str(path)))


@cache
def everything() -> tuple[Source, ...]:
    """Every Python file of ours, tests included."""
    return tuple(read(path) for folder in ("src", "tests") for path in sorted((ROOT / folder).rglob("*.py")))


@cache
def sources() -> tuple[Source, ...]:
    """The package's files without the tests that lie among them."""
    return tuple(source for source in everything() if source.path.is_relative_to(SRC) and not source.is_test)


@cache
def refusals() -> dict[str, type[Rejection]]:
    """Every refusal of the house by its code: what importing all of it declares."""
    for module in pkgutil.walk_packages(heqi.__path__, "heqi."):
        if "tests" not in module.name.split(".") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {code: kind for code, kind in sorted(Rejection.known.items()) if kind.__module__.startswith("heqi.")}


def imports(source: Source) -> Iterator[tuple[str, str | None, int]]:
    """(module, name or None, line) of every import in the file, also those inside functions."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from ((node.module, alias.name, node.lineno) for alias in node.names)


def in_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)
