"""No code knows an authority by name, but its own package, the simulator and examples."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearance.settings.tables import authorities

ROOT = Path(__file__).parents[1]
ROOTS = ("contracts/clearance", "events/clearance/events", "services/clearance")
NOT_LOOKED_AT = ("services/clearance/simulator/", "services/clearance/api/examples.py")
"""The simulator plays authorities, and an example of an answer is of one."""
FOR_PEOPLE = frozenset({"EXAMPLES", "LIST", "SHOW", "REDRIVE", "ADD"})
"""Constants that hold the examples of a command."""
NAMES = "|".join(one.profile.name for one in authorities())
NAMED = re.compile(rf"(?<![\w-])(?:{NAMES})(?![\w])", re.ASCII)


def modules() -> list[Path]:
    found = [path for root in ROOTS for path in sorted((ROOT / root).rglob("*.py"))]
    return [path for path in found if not path.relative_to(ROOT).as_posix().startswith(NOT_LOOKED_AT)]


def named(path: Path) -> Iterator[str]:
    """Lines whose code names an authority: in a string that is no docstring and no example, in a name, in an import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") in FOR_PEOPLE for one in node.targets):
            told |= {id(inner) for inner in ast.walk(node.value)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in told else getattr(node, "id", "")
        if isinstance(node, ast.ImportFrom):
            text = f"{node.module} {' '.join(alias.name for alias in node.names)}"
        if isinstance(text, str) and NAMED.search(text):
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}: {text[:60]}"


def test_no_code_names_an_authority() -> None:
    assert [line for path in modules() for line in named(path)] == []


@pytest.mark.parametrize(
    "line", ['x = "cn-channel"', 'f("uk:mrn:1")', "from clearance.authorities.cn import x", "uk = 1"]
)
def test_a_name_is_found_where_it_stands(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_authorities.ROOT", tmp_path)
    (tmp_path / "module.py").write_text(f"{line}\n", encoding="utf-8")
    assert len([*named(tmp_path / "module.py")]) == 1
