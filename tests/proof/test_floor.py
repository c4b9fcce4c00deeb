"""The verifier stays small, alone and light to start."""

import ast
import io
import subprocess
import sys
import tokenize
from pathlib import Path

import heqi.proof

FOLDER = Path(heqi.proof.__file__).parent
ALLOWED = {"heqi", "msgspec", "nacl", "hashlib", "re", "typing", "collections", "functools", "datetime"}
LATER = {"cryptography", "gmssl_pyx", "ctypes", "sys"}
"""Imported within functions, or by sm2.py, which itself is imported only for a gm chain."""


def code_lines(path: Path) -> int:
    """Lines that hold code: no blank ones, comments or docstrings."""
    source = path.read_text(encoding="utf-8")
    skip: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            skip.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - skip)


def test_what_an_auditor_must_trust_is_at_most_900_lines_of_code():
    total = {path.name: code_lines(path) for path in sorted(FOLDER.glob("*.py"))}
    assert sum(total.values()) <= 900, total


def test_the_floor_imports_types_and_nothing_else_of_the_house():
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.split(".")[0] in ALLOWED | LATER, f"{path.name} imports {name}"
                if name.startswith("heqi."):
                    assert name.split(".")[1] in {"proof", "types"}, f"{path.name} imports {name}"


def test_verifying_loads_no_heavy_library():
    code = "import sys, heqi.proof.verify; print([m for m in ('cryptography', 'gmssl_pyx', 'ctypes') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
