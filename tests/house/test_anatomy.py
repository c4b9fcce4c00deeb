"""Every application has one shape, and every register another (DESIGN: anatomy)."""

import ast
import re
from pathlib import Path

import pytest
from house import APPS, REGISTERS, ROOT, read

APP_MUST = {"__init__.py", "README.md", "model.py", "contract.py", "views.py"}
README_HEADINGS = [
    "Why",
    "Parties",
    "Records and their lives",
    "Actions",
    "Refusals",
    "What the ledger proves, and what it does not",
    "Story",
]
NAME_PLATE_LINES_MAX = 25
named = {"ids": lambda path: path.name}


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


def test_there_are_applications_and_registers() -> None:
    assert APPS
    assert REGISTERS


@pytest.mark.parametrize("app", APPS, **named)
def test_an_application_has_its_files(app: Path) -> None:
    assert APP_MUST - files(app) == set()
    assert has_tests(app)


@pytest.mark.parametrize("app", APPS, **named)
def test_the_readme_of_an_application_answers_the_same_questions(app: Path) -> None:
    text = (app / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == README_HEADINGS
    for heading, body in zip(README_HEADINGS, re.split(r"^## .+$", text, flags=re.MULTILINE)[1:], strict=True):
        assert len(body.strip()) > 80, f"{heading}: next to nothing"


@pytest.mark.parametrize("app", APPS, **named)
def test_the_name_plate_of_an_application_holds_no_logic(app: Path) -> None:
    plate = read(app / "__init__.py")
    assert len(plate.text.splitlines()) <= NAME_PLATE_LINES_MAX
    kinds = (ast.Expr, ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom)
    assert [ast.unparse(node) for node in plate.tree.body if not isinstance(node, kinds)] == []


@pytest.mark.parametrize("register", REGISTERS, **named)
def test_a_register_has_its_words_and_its_rules(register: Path) -> None:
    pure = "register.py" not in files(register)  # Pricing, allotment: rules without a table.
    must = {"__init__.py", "rules.py"} if pure else {"__init__.py", "model.py", "register.py"}
    assert must - files(register) == set()
    assert has_tests(register)


@pytest.mark.parametrize("folder", [*APPS, *REGISTERS], **named)
def test_words_do_nothing(folder: Path) -> None:
    if not (folder / "model.py").exists():
        return
    for node in ast.walk(read(folder / "model.py").tree):
        if isinstance(node, ast.FunctionDef):
            assert "ctx" not in [argument.arg for argument in node.args.args], f"{folder.name}/model.py: {node.name} takes a ctx"


def has_tests(folder: Path) -> bool:
    """Beside the code or in the mirror under tests/."""
    floor, name = folder.parent.name, folder.name
    places = (f"src/heqi/{floor}/{name}/tests/test_*.py", f"tests/{floor}/{name}/test_*.py", f"tests/{floor}/test_{name}*.py")
    return any(path.is_file() for place in places for path in ROOT.glob(place))
