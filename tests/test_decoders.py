"""Types are made known to msgspec where a module is loaded, and not by whichever thread meets one first.

The surprise: msgspec learns of a type at its first use, and another thread that meets the type meanwhile ends the whole
process by a segmentation fault. A decoder of a module is made by one thread, before there are more.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = [path for folder in ("contracts", "events", "services") for path in (ROOT / folder).rglob("*.py")]
PLAIN = {"dict", "list", "tuple", "str", "bytes", "int", "float", "bool", "object", "Any"}


def met_at_a_call(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls of `msgspec.….decode` with a type of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("msgspec.") and _named(node) - PLAIN:
            yield node


def _named(call: ast.Call) -> set[str]:
    types = [keyword.value for keyword in call.keywords if keyword.arg == "type"]
    return {name.id for one in types for name in ast.walk(one) if isinstance(name, ast.Name)}


def test_a_type_is_known_before_there_are_threads() -> None:
    met = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call)}"
        for path in FILES
        for call in met_at_a_call(ast.parse(path.read_text("utf-8")))
    ]
    assert not met, "make a decoder of the module, as the others do"


def test_it_finds_what_it_looks_for() -> None:
    code = "msgspec.json.decode(a, type=Event), msgspec.json.decode(a, type=dict[str, Any]), _EVENT.decode(a)"
    assert len([*met_at_a_call(ast.parse(code))]) == 1
