"""One file, one idea: small files, small functions, and a verifier an auditor can read in an afternoon."""

import ast

import pytest
from house import SRC, Source, everything, sources

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
PROOF_LINES_MAX = 900


def test_no_file_is_longer_than_five_hundred_lines() -> None:
    long = {source.name: len(source.text.splitlines()) for source in everything()}
    assert {name: lines for name, lines in long.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_sixty_lines() -> None:
    # From `def` on: a table of cases above a test is data.
    long = {
        f"{source.name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for source in everything()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None
    }
    assert {name: lines for name, lines in long.items() if lines > FUNCTION_LINES_MAX} == {}


def lines_of_code(source: Source) -> int:
    """Lines that do something: no blank lines, comments or docstrings, which only help to read the others."""
    told: set[int] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            text = node.body[0]
            assert text.end_lineno is not None
            told |= {*range(text.lineno, text.end_lineno + 1)}
    lines = enumerate(source.text.splitlines(), start=1)
    return sum(1 for number, line in lines if line.strip() and not line.strip().startswith("#") and number not in told)


def test_what_an_auditor_must_trust_fits_in_nine_hundred_lines() -> None:
    proof = {source.name: lines_of_code(source) for source in sources() if source.path.is_relative_to(SRC / "proof")}
    assert sum(proof.values()) <= PROOF_LINES_MAX, proof


@pytest.mark.parametrize("floor", ["types", "proof", "privacy", "kernel", "finance", "apps"])
def test_a_module_names_what_it_takes(floor: str) -> None:
    starred = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        if source.path.is_relative_to(SRC / floor)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]
    assert starred == []
