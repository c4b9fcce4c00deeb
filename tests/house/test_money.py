"""No float comes near money: not as a literal, not as a type, not by a division."""

import ast

import pytest
from house import SRC, Source, sources

from heqi.kernel.contracts.catalogue import FACING_THE_WORLD


def holds_money(source: Source) -> bool:
    floor = source.path.relative_to(SRC).parts[0]
    return floor in {"types", "finance"} or (floor == "apps" and source.path.stem not in FACING_THE_WORLD)


def floats(source: Source) -> list[str]:
    found = []
    for node in ast.walk(source.tree):
        if (
            (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Name) and node.id == "float")
            or (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and not divides_fractions(source))
        ):
            found.append(f"{source.name}:{node.lineno}: {ast.unparse(node)}")
    return found


def divides_fractions(source: Source) -> bool:
    """Types divide Fractions (and join paths); rules may not write `/` at all."""
    return source.path.is_relative_to(SRC / "types")


def test_there_is_money_code_to_look_at() -> None:
    names = {source.path.parent.name for source in sources() if holds_money(source)}
    assert {"types", "finance"} <= names


@pytest.mark.parametrize("source", [source for source in sources() if holds_money(source)], ids=lambda source: source.name)
def test_no_float_in_money_code(source: Source) -> None:
    assert floats(source) == []
