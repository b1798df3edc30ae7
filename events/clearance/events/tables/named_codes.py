"""Codes that stand in particulars, and what they are called: of errors, and of the steps of pointers."""

from collections.abc import Mapping
from pathlib import Path

from clearance.contracts.tables import Row, index

TABLES = {"error": "error-codes.csv", "pointer": "pointers.csv"}
"""What they are codes of, and the table in the folder of the authority, if it has one."""


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
