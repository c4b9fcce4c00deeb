"""What a reader is told: docstrings everywhere, every message and title in Chinese and English."""

import ast
import re
import string
from importlib import import_module

from house import in_chinese, refusals, sources

from heqi.kernel.contracts import Contract, Register
from heqi.types.rejection import Rejection

# Their names are sentences already: events, stages, and the truths and daily work of a register.
SAID_BY_NAME = {"Event", "StrEnum"}
SAID_BY_DECORATOR = {"invariant", "law", "each_day"}


def test_every_module_says_what_holds_there() -> None:
    silent = [source.name for source in sources() if source.text.strip() and not ast.get_docstring(source.tree)]
    assert silent == []


def said_by_name(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if isinstance(node, ast.ClassDef):
        return bool(SAID_BY_NAME & {ast.unparse(base).rpartition(".")[2] for base in node.bases})
    calls = [decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call)]
    if any(keyword.arg == "help" for call in calls for keyword in call.keywords):  # A command's help is what a person reads.
        return True
    named = [decorator.func if isinstance(decorator, ast.Call) else decorator for decorator in node.decorator_list]
    return bool(SAID_BY_DECORATOR & {name.attr for name in named if isinstance(name, ast.Attribute)})


def test_every_public_function_and_class_says_what_it_is_for() -> None:
    silent = [
        f"{source.name}:{node.lineno} {node.name}"
        for source in sources()
        for node in source.tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and not said_by_name(node)
    ]
    assert silent == []


def in_both(zh: str, en: str) -> bool:
    return in_chinese(zh) and bool(en) and not in_chinese(en)


def test_every_refusal_speaks_chinese_and_english() -> None:
    assert [code for code, kind in refusals().items() if not in_both(kind.message_zh, kind.message_en)] == []


def test_a_message_names_only_facts_its_refusal_has() -> None:
    wrong = {}
    for code, kind in refusals().items():
        named = {name for text in (kind.message_zh, kind.message_en) for _, name, _, _ in string.Formatter().parse(text) if name}
        if named - kind.fact_names():
            wrong[code] = sorted(named - kind.fact_names())
    assert wrong == {}


def test_a_code_is_the_name_of_its_class() -> None:
    for code, kind in refusals().items():
        assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", code)
        assert code.replace("_", "") == kind.__name__.upper()


def test_refusals_are_all_of_one_kind() -> None:
    # One step of inheritance: a refusal of a refusal would have two codes.
    assert [code for code, kind in refusals().items() if Rejection not in kind.__bases__] == []


def registers() -> list[Register]:
    refusals()  # Imports everything.
    found: dict[int, Register] = {}
    for source in sources():
        if source.path.name in {"contract.py", "register.py"}:
            found |= {id(value): value for value in vars(import_module(source.module)).values() if isinstance(value, Register)}
    return list(found.values())


def test_every_title_and_help_is_there_in_both_languages() -> None:
    mute = []
    for register in registers():
        texts = {register.name: register.title}
        texts |= {f"{parameter.name} (parameter)": parameter.title for parameter in register.parameters.values()}
        texts |= {f"{act.full_name} (title)": act.title for act in (*register.actions.values(), *register.views.values())}
        texts |= {f"{act.full_name} (help)": act.help for act in (*register.actions.values(), *register.views.values())}
        mute += [name for name, (zh, en) in texts.items() if not in_both(zh, en)]
    assert mute == []


def test_every_parameter_names_its_source() -> None:
    assert [p.name for register in registers() for p in register.parameters.values() if len(p.source) < 5] == []


def test_no_two_registers_share_a_name() -> None:
    names = [register.name for register in registers()]
    assert sorted(names) == sorted(set(names))
    assert any(isinstance(register, Contract) for register in registers())
