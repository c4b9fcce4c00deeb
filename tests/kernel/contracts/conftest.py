"""Contracts to try the author's API on: real files, because the author's rules are checked on a module's source."""

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

import heqi.apps

sys.path.insert(0, str(Path(__file__).parent / "examples"))

HEAD = """
from heqi.kernel.contracts import *
contract = Contract("{name}", title=("例", "Example"))
"""


@pytest.fixture
def write_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """`write_contract(body)` makes an application of one contract with this body, among heqi's own, and imports it."""
    made: list[str] = []
    monkeypatch.setattr(heqi.apps, "__path__", [*heqi.apps.__path__, str(tmp_path)])

    def write(body: str, name: str = "example") -> ModuleType:
        package = f"written_{name}_{len(made)}"
        folder = tmp_path / package
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "contract.py").write_text(HEAD.format(name=name) + textwrap.dedent(body), encoding="utf-8")
        made.append(f"heqi.apps.{package}")
        importlib.invalidate_caches()
        return importlib.import_module(f"heqi.apps.{package}.contract")

    yield write
    for module in [name for name in sys.modules if name.startswith(tuple(made))] if made else []:
        del sys.modules[module]
