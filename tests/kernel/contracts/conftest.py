"""Contracts to try the author's API on: real files, because the author's rules are checked on a module's source."""

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

sys.path.insert(0, str(Path(__file__).parent / "examples"))

HEAD = """
from heqi.kernel.contracts import *
contract = Contract("{name}", title=("例", "Example"))
"""


@pytest.fixture
def write_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """`write_contract(body)` makes a package of one contract with this body and imports it."""
    made: list[str] = []
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(body: str, name: str = "example") -> ModuleType:
        package = f"written_{name}_{len(made)}"
        folder = tmp_path / package
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "contract.py").write_text(HEAD.format(name=name) + textwrap.dedent(body), encoding="utf-8")
        made.append(package)
        importlib.invalidate_caches()
        return importlib.import_module(f"{package}.contract")

    yield write
    for module in [name for name in sys.modules if name.startswith(tuple(made))] if made else []:
        del sys.modules[module]
