"""How a declaration moves from stage to stage: one matrix, read from `tables/transitions.csv`.

The row is where the declaration stands, the column what the next receipt (in the authority's order of time) says.
`docs/transitions.md` is drawn from it.
"""

import csv
from pathlib import Path
from typing import Literal, get_args

from clearance.contracts.codes import Codes
from clearance.contracts.tables import InvalidTable

Move = Literal["advance", "same", "revoke", "late", "fill", "reopen", "after_end", "open"]
"""advance: it moves there. same: it stands there already. revoke: it moves back, as customs may. late: it stays, and
the receipt is marked as out of order. fill: it stays, and the receipt only supplies a time. reopen: it moves back if
an amendment was asked for, else as after_end. after_end: it stays, and the receipt is flagged. open: an obligation
(column `obligation`) is opened beside the stage."""

START = "awaiting_first_message"
CONDITIONAL = "released_conditionally"
OBLIGATION = "obligation"
MOVES = frozenset(get_args(Move))
OPENING = frozenset({"open", "after_end"})


def load_transitions(path: Path, codes: Codes) -> dict[tuple[str, str], Move]:
    """(stage, next stage) → move, complete for every stage of `codes`. Raises `InvalidTable`."""
    stages = {name for name, row in codes.statuses.items() if row.kind == "stage"} | {CONDITIONAL}
    moves: dict[tuple[str, str], Move] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            where = f"{path}:{reader.line_num}"
            _check(where, row, stages)
            stage = row.pop("stage")
            if (stage, OBLIGATION) in moves:
                raise InvalidTable(f"{where}: {stage} has a row already")
            moves |= {(stage, to): move for to, move in row.items()}  # type: ignore[misc] # checked by _check
    if missing := {(a, b) for a in stages for b in (stages | {OBLIGATION}) - {START}} - moves.keys():
        raise InvalidTable(f"{path}:1: no move for {sorted(missing)[0]}")
    return moves


def _check(where: str, row: dict[str | None, str], stages: set[str]) -> None:
    if unknown := {str(row.get("stage")), *map(str, row)} - stages - {"stage", OBLIGATION}:
        raise InvalidTable(f"{where}: {unknown} are no stages of status.csv")
    for column, move in row.items():
        able = OPENING if column == OBLIGATION else MOVES - {"open"}
        if column != "stage" and move not in able:
            raise InvalidTable(f"{where}: {column}: {move!r} is no move here; known: {sorted(able)}")
