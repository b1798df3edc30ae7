"""Names: a call of ours with more than five arguments names them, and a module says what is in it."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
ROOTS = ("contracts", "events", "services", "services/client")
MOST = 5
"""Positional arguments that a reader still tells apart."""
SAY_NOTHING = frozenset(
    {"aside", "asked", "command", "found", "helpers", "misc", "planning", "seen", "standing", "state", "states"}
    | {"taken", "told", "util", "utils", "write", "write_cn"}
)
"""Names of modules that a newcomer has to open to know what is in them."""


def modules() -> list[Path]:
    found = [path for root in ROOTS for path in sorted((ROOT / root / "clearance").rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts and path.name != "__main__.py"]


def crowded(module: ModuleType, tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of functions and classes of ours with more positional arguments than a reader tells apart."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and len(call.args) > MOST:
            called = _called(module, call.func)
            if getattr(called, "__module__", "").startswith("clearance") and not _takes_any_number(called):
                yield call


def _called(module: ModuleType, name: ast.expr) -> object:
    if isinstance(name, ast.Name):
        return getattr(module, name.id, None)
    return getattr(_called(module, name.value), name.attr, None) if isinstance(name, ast.Attribute) else None


def _takes_any_number(called: object) -> bool:
    parameters = inspect.signature(called).parameters.values()  # type: ignore[arg-type] # a function or a class
    return any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)


def test_a_call_with_more_than_five_arguments_names_them() -> None:
    unnamed = []
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(call, ast.Call) and len(call.args) > MOST for call in ast.walk(tree)):
            parts = path.with_suffix("").parts
            parts = parts[parts.index("clearance", len(ROOT.parts)) :]
            module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
            unnamed += [
                f"{path.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call.func)}" for call in crowded(module, tree)
            ]
    assert unnamed == []


def test_a_crowded_call_is_found() -> None:
    module = importlib.import_module("clearance.events.values.times")
    [call] = crowded(module, ast.parse("bounded(1, 2, 3, 4, 5, 6)\nbounded(1, 2)\nprint(1, 2, 3, 4, 5, 6)"))
    assert ast.unparse(call.func) == "bounded"


def test_a_module_says_what_is_in_it() -> None:
    assert [str(path.relative_to(ROOT)) for path in modules() if path.stem in SAY_NOTHING] == []
