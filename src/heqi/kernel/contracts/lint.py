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
IN_ORDER = frozenset({"list", "tuple", "iter", "enumerate", "zip", "map", "filter"})
"""What keeps the order of its argument; `sorted`, `len`, `sum`, `min`, `max`, `any` and `all` of a set are the same everywhere."""
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
    home = module.__name__.partition(".")[0]
    for node in ast.walk(tree):
        fault = _fault(node, own, home)
        if fault:
            line = getattr(node.iter if isinstance(node, ast.comprehension) else node, "lineno", "?")
            raise ContractUnfit(f"{module.__name__}:{line}: {fault}")


def _fault(node: ast.AST, own: set[str], home: str) -> str | None:
    match node:
        case ast.Import(names=names):
            return next((fault for alias in names if (fault := _import_fault(alias.name, home))), None)
        case ast.ImportFrom(module="heqi", names=names):
            return next((fault for alias in names if (fault := _import_fault(f"heqi.{alias.name}", home))), None)
        case ast.ImportFrom(module=name):
            return _import_fault(name or home, home)
        case ast.Constant(value=float() | complex()):
            return "a rule uses a float"
        case ast.Name(id=name, ctx=ast.Load()) if name in FORBIDDEN_NAMES - own:
            return f"a rule uses {name}"
        case ast.Attribute(attr=name) if name in FORBIDDEN_ATTRIBUTES:
            return f"a rule reads .{name}: rules see ledger time and the transaction only"
        case ast.Call(func=ast.Attribute(attr="today")):
            return "a rule reads the clock: ctx.today is the ledger's date"
        case ast.Global():
            return "a rule keeps something between transactions: only the ledger does"
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return "a rule divides with /: use Fraction(a, b), // or allot"
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if _is_set(iterated):
            return "a rule iterates over a set: its order differs between machines"
        case ast.Call(func=ast.Name(id=name), args=[*arguments]) if name in IN_ORDER and any(map(_is_set, arguments)):
            return "a rule iterates over a set: its order differs between machines"
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            for handler in handlers:
                caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
                if any(each is None or (isinstance(each, ast.Name) and each.id in {"Exception", "BaseException"}) for each in caught):
                    return "a rule catches everything: a bug must stop it, a refusal must pass"
    return None


def _import_fault(name: str, home: str) -> str | None:
    root = name.split(".")[0]
    if root != "heqi":  # An application outside the house imports its own words.
        return None if name in MODULES or root in MODULES or root == home else f"a rule imports {name}"
    if name.startswith(FORBIDDEN_OURS):
        return f"a rule imports {name}"
    return None


def _is_set(node: ast.AST) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.BitXor | ast.Sub):
        return _is_set(node.left) or _is_set(node.right)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}
