"""Codes that stand in particulars, and what they are called: of errors, of the steps of pointers, of taxes."""

from collections.abc import Callable, Mapping
from pathlib import Path

from clearance.contracts.tables import Row, index

TABLES = {"error": "error-codes.csv", "pointer": "pointers.csv", "tax": "tax-types.csv"}
"""What they are codes of, and the table in the folder of the authority, if it has one."""
ARROW = " › "


class NamedCode(Row):
    """One code, only where a source tells what it means; others are shown as they are."""

    code: str
    zh: str
    en: str
    source: str


def load_named_codes(folder: Path) -> Mapping[tuple[str, str], NamedCode]:
    """By what it is a code of, and code. Raises `InvalidTable`."""
    found: dict[tuple[str, str], NamedCode] = {}
    for about, name in TABLES.items():
        if (path := folder / name).exists():
            found |= index(path, (((about, row.code), row) for row in NamedCode.read(path)))
    return found


def way(pointer: str, field: str, called: Callable[[str], str]) -> str:
    """The way that a pointer leads, in words; a step that is called nothing is as it stands. Steps have dots between;
    a number says which one of the step before it, unless it is the field at the end."""
    steps = pointer.split(".") if pointer else []
    named: list[str] = []
    for place, step in enumerate(steps, 1):
        is_field = bool(field) and place == len(steps)
        if step.isdigit() and named and not is_field:
            named[-1] += f" {step}"
        else:
            named.append(called(step) or step)
    return ARROW.join(named)
