"""What the code counts is declared, with as many labels; and the tracker counts all that it declares."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearance.metrics.declared import DECLARED, PROCESS, TRACKER

SERVICES = Path(__file__).parents[2] / "services" / "clearance"
COUNTING = {"add", "set", "replace", "observe", "at_scrape"}
Counted = tuple[str, str, str, int | None]
"""Place, method, metric, labels; None where the code does not show how many."""


def counted(folder: Path) -> Iterator[Counted]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr=method), args=[ast.Constant(value=str(name)), *labels]) if (
                    method in COUNTING and name.startswith("clearance_")
                ):
                    starred = any(isinstance(one, ast.Starred) for one in labels)
                    shown = method not in ("replace", "at_scrape") and not starred
                    where = f"{path.relative_to(SERVICES)}:{node.lineno}"
                    yield where, method, name, len(labels) if shown else None


@pytest.mark.parametrize("one", [*counted(SERVICES)], ids=lambda one: f"{one[0]} {one[2]}")
def test_it_is_declared_with_as_many_labels(one: Counted) -> None:
    _, method, name, labels = one
    metric = DECLARED[name]
    assert (method == "observe") == (metric.kind == "histogram")
    assert labels in (None, len(metric.labels))


def test_the_tracker_counts_all_that_it_declares() -> None:
    declared = {metric.name for metric in (*PROCESS, *TRACKER)}
    assert {name for _, _, name, _ in counted(SERVICES / "tracker")} == declared
