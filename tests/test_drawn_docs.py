"""The pages that show the tables are what `docs/draw.py` draws from the tables as they are now."""

import ast
import csv
import runpy
from functools import cache
from pathlib import Path

import pytest

from clearance.contracts.codes import STATUSES
from clearance.events.tables.loading import TABLES
from clearance.settings.tables import authorities

DOCS = Path(__file__).parents[1] / "docs"
DRAWN = runpy.run_path(str(DOCS / "draw.py"))
PAGES = (
    "architecture.md",
    "codes.md",
    "days-off.md",
    "doctor.md",
    "evaluation.md",
    "rules.md",
    "sizing.md",
    "transitions.md",
)
CSV = [
    STATUSES,
    *sorted(TABLES.glob("*.csv")),
    *(path for one in authorities() for path in sorted(one.folder.rglob("*.csv")) if path.name != "kept-fields.csv"),
]


@cache
def draw() -> dict[str, str]:
    pages: dict[str, str] = DRAWN["draw"]()
    return pages


@pytest.mark.parametrize("page", PAGES)
def test_is_drawn_from_the_tables_in_force(page: str) -> None:
    drawn = draw()[page]
    assert (DOCS / page).read_text(encoding="utf-8") == drawn, "out of date: run `make draw`"


def test_leaves_no_page_out() -> None:
    assert tuple(sorted(draw())) == PAGES


@pytest.mark.parametrize("table", CSV, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_shows_every_row_of_every_table(table: Path) -> None:
    drawn = "\n".join(draw().values()).replace("\\", "")
    lines = [{cell.strip() for cell in line.split("|")} for line in drawn.splitlines()]
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert row.pop("source", "") in drawn
            cells = {*row.values()} - {""}
            if table.stem == "transitions":
                cells = {DRAWN["MOVES"].get(cell, [cell])[0] for cell in cells}
            assert any(cells <= line for line in lines), row


def rooms(name: str) -> set[tuple[str, str]]:
    """The arrows of a picture in the page on the architecture, and those that follow from them."""
    picture = (DOCS / "architecture.md").read_text(encoding="utf-8").split(f"<!-- drawn: {name} -->")[1].split("```")[1]
    arrows = {(a, b) for a, _, b in (line.split() for line in picture.splitlines() if "-->" in line)}
    while more := {(a, d) for a, b in arrows for c, d in arrows if b == c} - arrows:
        arrows |= more
    return arrows


@pytest.mark.parametrize("name", ["events", "services"])
def test_the_picture_of_the_rooms_shows_every_import_and_no_circle(name: str) -> None:
    """Read from the sources, and not by what draws it: an import is an arrow, or follows from several."""
    drawn = rooms(name)
    assert [(a, b) for a, b in drawn if (b, a) in drawn] == []
    below = {"events": "clearance.events", "services": "clearance"}[name]
    services = ["services/clearance", "services/client/clearance"]
    roots = [DOCS.parent / root for root in {"events": ["events/clearance/events"], "services": services}[name]]
    found = set()
    for root, path in ((one, path) for one in roots for path in one.glob("*/**/*.py")):
        room = path.relative_to(root).parts[0]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
        found |= {
            (room, module.removeprefix(f"{below}.").split(".")[0])
            for module in modules
            if module.startswith(f"{below}.")
        }
    assert {(a, b) for a, b in found if a != b} <= drawn
