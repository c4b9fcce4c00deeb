"""The author's rules, checked on the source of every rule module when it is loaded.

Rules must give the same bytes on every node in ten years. So they import words, rules and registers only, and use no clock,
randomness, files, network, threads, floats, set iteration, `hash` or `id`.
"""

import ast
import inspect
from functools import cache
from types import ModuleType

from heqi.kernel.contracts.contract import ContractUnfit

MODULES = frozenset(
    [
        "base64",
        "binascii",
        "collections",
        "collections.abc",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "hmac",
        "itertools",
        "math",
        "operator",
        "re",
        "string",
        "typing",
        "msgspec",
        "heqi",
    ]
)
FORBIDDEN_NAMES = frozenset(
    [
        "open",
        "input",
        "print",
        "eval",
        "exec",
        "compile",
        "float",
        "complex",
        "hash",
        "id",
        "globals",
        "locals",
        "vars",
        "__import__",
        "breakpoint",
        "memoryview",
    ]
)
FORBIDDEN_ATTRIBUTES = frozenset({"now", "utcnow", "random", "urandom", "getenv", "environ", "sleep", "fromtimestamp", "time_ns"})
FORBIDDEN_OURS = (
    "heqi.node",
    "heqi.gateway",
    "heqi.cli",
    "heqi.console",
    "heqi.client",
    "heqi.connectors",
    "heqi.standins",
    "heqi.kernel.engines",
    "heqi.kernel.identity.ca",
    "heqi.kernel.identity.keystore",
)


@cache
def check_module(module: ModuleType) -> None:
    """Refuse to load a rule module that breaks the author's rules, naming the line."""
    tree = ast.parse(inspect.getsource(module))
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(tree):
        fault = _fault(node, own)
        if fault:
            raise ContractUnfit(f"{module.__name__}:{getattr(node, 'lineno', '?')}: {fault}")


def _fault(node: ast.AST, own: set[str]) -> str | None:
    match node:
        case ast.Import(names=names):
            return next((_import_fault(alias.name) for alias in names if _import_fault(alias.name)), None)
        case ast.ImportFrom(module=name):
            return _import_fault(name or "")
        case ast.Constant(value=float() | complex()):
            return "a rule uses a float"
        case ast.Name(id=name, ctx=ast.Load()) if name in FORBIDDEN_NAMES - own:
            return f"a rule uses {name}"
        case ast.Attribute(attr=name) if name in FORBIDDEN_ATTRIBUTES:
            return f"a rule reads .{name}: rules see ledger time and the transaction only"
        case ast.BinOp(op=ast.Div()):
            return "a rule divides with /: use Fraction(a, b), // or allot"
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if _is_set(iterated):
            return "a rule iterates over a set: its order differs between machines"
        case ast.Try(handlers=handlers):
            for handler in handlers:
                if handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}):
                    return "a rule catches everything: a bug must stop it, a refusal must pass"
    return None


def _import_fault(name: str) -> str | None:
    root = name.split(".")[0]
    if root != "heqi":
        return None if name in MODULES or root in MODULES else f"a rule imports {name}"
    if name.startswith(FORBIDDEN_OURS):
        return f"a rule imports {name}"
    return None


def _is_set(node: ast.AST) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}
