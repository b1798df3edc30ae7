"""The pages that show the tables are what `docs/draw.py` draws from the tables as they are now."""

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
PAGES = ("codes.md", "rules.md", "transitions.md")
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
