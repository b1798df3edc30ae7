"""Altered copies of the tables: of every cell, and of every row left out or written twice."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

CODES = "contracts/clearance/contracts/codes"
AUTHORITIES = ("events/clearance/authorities/cn", "events/clearance/authorities/uk")
FOLDERS = (
    CODES,
    "events/clearance/events/tables",
    *(folder for authority in AUTHORITIES for folder in (authority, f"{authority}/codes")),
)
WORDS = frozenset({"zh", "en", "source", "reason", "evidence", "name", "says", "rests_on"})
"""Columns that are for people only."""

CHOICES = {
    "codes": {
        "status": "",
        "when": "begun received accepted cancellation_granted export own request",
        "conditional": "yes",
        "keeps": "inspection tax_due",
        "alert": "A02 A06 A07 A08 A09 A10 A14 A15 A27 A28 A29 A30",
        "qualifier": "none other assessed resolved",
    },
    "status": {
        "kind": "stage obligation flag mark",
        "group": "in_preparation in_process action_required cleared rejected cancelled",
        "open": "yes no",
        "acts": "declarant trader carrier customs nobody",
        "ends": "all docs_required suspended tax_due",
    },
    "numbers": {"role": "primary alias search"},
    "transport-modes": {"mode": "sea rail road air post none other"},
    "rules": {
        "watches": "code stage plan fact analyst nothing",
        "depends": "facts log",
        "lasting": "yes no",
        "tell": "declarant exporter broker ops",
    },
    "durations": {
        "authority": "* cn uk",
        "direction": "* import export",
        "transport_mode": "* sea air",
        "basis": "since arrival departure cut_off limit",
        "calendar": "always working",
        "severity": "info medium high critical",
    },
}
MOVES = "advance same revoke late fill reopen after_end open"
EMPTY_TOO = frozenset({"when", "conditional", "keeps", "alert", "qualifier", "ends"})
"""Columns in which an empty cell says something, so that it is filled, and a filled one emptied as well."""

Row = dict[str, str]


def tables(folder: Path) -> list[Path]:
    """Those that decide what becomes of a declaration."""
    return [path for path in sorted(folder.glob("*.csv")) if path.stem not in DECIDE_NOTHING]


DECIDE_NOTHING = frozenset({"kept-fields", "finding-words", "clauses", "offices"})
"""Tables for recordings, of words for people, and of what metrics name."""


class Mutant(NamedTuple):
    """One altered copy of one table: `path` within the project, and the whole file."""

    path: str
    line: int
    column: str
    change: str
    text: str

    def __str__(self) -> str:
        return f"{Path(self.path).name}:{self.line} {self.column}: {self.change}"


def mutants(root: Path, table: str = "") -> list[Mutant]:
    """Every mutant of every table, or of the one that is named; always in the same order."""
    paths = [path for folder in FOLDERS for path in tables(root / folder)]
    statuses = " ".join(row["status"] for row in _read(root / CODES / "status.csv"))
    chosen = [path for path in paths if table in ("", path.stem)]
    return [*chain.from_iterable(_of(root, path, statuses) for path in chosen)]


def _of(root: Path, path: Path, statuses: str) -> Iterator[Mutant]:
    rows, name = _read(path), str(path.relative_to(root))
    columns = [*rows[0]]
    for place, row in enumerate(rows):
        line = place + 2
        for column, cell in row.items():
            for new in _instead(path.stem, column, cell, statuses):
                altered = [*rows[:place], {**row, column: new}, *rows[place + 1 :]]
                yield Mutant(name, line, column, f"{cell!r} → {new!r}", _write(columns, altered))
        yield Mutant(name, line, "row", "left out", _write(columns, [*rows[:place], *rows[place + 1 :]]))
        yield Mutant(name, line, "row", "written twice", _write(columns, [*rows[: place + 1], *rows[place:]]))


def _instead(table: str, column: str, cell: str, statuses: str) -> list[str]:
    """What may stand in a cell instead: another of its choices, nothing, one more, or another word."""
    known = _choices(table, column, statuses)
    if column in EMPTY_TOO and known:
        return [new for new in (_next(known, cell), "") if new != cell] if cell else known[:1]
    if not cell:
        return []
    if known:
        return [_next(known, cell)]
    if column not in WORDS and (last := re.search(r"(\d+)(?!.*\d)", cell)):
        return [f"{cell[: last.start()]}{int(last[1]) + 1:0{len(last[1])}}{cell[last.end() :]}"]
    return [f"{cell}x"]


def _choices(table: str, column: str, statuses: str) -> list[str]:
    if table == "transitions":
        return MOVES.split() if column != "stage" else []
    if column == "status" and table != "status":
        return statuses.split()
    return (
        CHOICES.get(table, CHOICES["codes"] if table.partition("-")[0] in ("cn", "uk") else {}).get(column, "").split()
    )


def _next(known: list[str], cell: str) -> str:
    return known[(known.index(cell) + 1) % len(known)] if cell in known else known[0]


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(columns: list[str], rows: list[Row]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
