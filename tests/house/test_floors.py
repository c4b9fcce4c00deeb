"""Who may import whom: the floors of the house, the order inside an application, and tables nobody else touches."""

import ast
import subprocess
import sys
from importlib import import_module

import pytest
from house import APPS, ROOT, SRC, Source, imports, sources

from heqi.kernel.contracts.catalogue import FACING_THE_WORLD
from heqi.kernel.contracts.lint import check_module

# Inside an application, top may import below.
ORDER = ["story", "worker", "screens", "views", "contract", "rules", "model"]
BESIDE = {"worker": "screens", "screens": "worker"}
# The ledger founds the members, and the transition is what remembers nonces: they stand inside these registers.
THE_LEDGER_ITSELF = {
    "src/heqi/kernel/ledger/genesis.py",
    "src/heqi/kernel/ledger/machine.py",
    "src/heqi/kernel/ledger/transition.py",
}


def test_nothing_is_imported_from_a_floor_above() -> None:
    # In a process of its own: in ours it would switch off every logger it does not know.
    command = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_applications_never_import_one_another() -> None:
    crossed = [
        f"{source.name}:{line} imports {module}"
        for source in sources()
        if source.path.is_relative_to(SRC / "apps")
        for module, _, line in imports(source)
        if module.startswith("heqi.apps.") and module.split(".")[2] != source.module.split(".")[2]
    ]
    assert crossed == []


def test_inside_an_application_imports_go_from_the_story_to_the_words() -> None:
    upward = []
    for app in APPS:
        package = f"heqi.apps.{app.name}"
        for source in sources():
            if source.package != package or source.path.stem not in ORDER:
                continue
            here = source.path.stem
            allowed = set(ORDER[ORDER.index(here) + 1 :]) - {BESIDE.get(here)}
            for module, name, line in imports(source):
                there = module.removeprefix(package).lstrip(".") if module.startswith(package) else None
                there = name if there == "" else there
                if there in ORDER and there not in allowed:
                    upward.append(f"{source.name}:{line} imports {there}")
    assert upward == []


RULES = [
    source
    for source in sources()
    if source.module.startswith(("heqi.finance.", "heqi.apps.")) and source.path.stem not in (*FACING_THE_WORLD, "__init__")
]


@pytest.mark.parametrize("source", RULES, ids=lambda source: source.name)
def test_rules_look_at_nothing_outside_the_ledger(source: Source) -> None:
    # A contract's are checked when it is loaded; the pure packages of finance belong to no contract.
    check_module(import_module(source.module))


def tables(source: Source) -> set[str]:
    """The names this module binds to a table of its register."""
    bound: set[str] = set()
    for node in source.tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
            and node.value.func.attr == "table"
        ):
            bound |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return bound


def test_nobody_touches_another_packages_tables() -> None:
    # By package too: a table that an `__init__` hands on is as open as one imported from its module.
    owned = {source.module: tables(source) for source in sources() if tables(source)}
    for module in [*owned]:
        owned.setdefault(module.rpartition(".")[0], set()).update(owned[module])
    assert len(owned) > 4
    touched = []
    for source in sources():
        if source.name in THE_LEDGER_ITSELF:
            continue
        aliases: dict[str, str] = {}
        for module, name, line in imports(source):
            if name in owned.get(module, ()) and not module.startswith(source.package):
                touched.append(f"{source.name}:{line} imports the table {module}.{name}")
            whole = module if name is None else f"{module}.{name}"
            if whole in owned and not whole.startswith(source.package):
                aliases[name or module] = whole
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                there = aliases.get(node.value.id, "")
                if node.attr in owned.get(there, ()):
                    touched.append(f"{source.name}:{node.lineno} reaches for {there}.{node.attr}")
    assert touched == []
