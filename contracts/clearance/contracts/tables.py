"""Read the project's tables: CSV files whose rows are checked by a pydantic model.

A table that is broken is refused at start, naming file and line: `InvalidTable("codes/uk-dms.csv:7: status: …")`.
"""

import csv
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

K = TypeVar("K", bound=Hashable)
R = TypeVar("R", bound="Row")


class InvalidTable(ValueError):
    """A table cannot be used; the text names the file, the line and what to mend."""


class Row(BaseModel):
    """One line of a table. An empty cell is an absent value; an unknown column is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    line: int = 0

    def refuse(self, path: Path, reason: str) -> InvalidTable:
        """The error for this row, to be raised by whoever found out."""
        return InvalidTable(f"{path}:{self.line}: {reason}")

    @classmethod
    def read(cls, path: Path) -> list[Self]:
        """All rows of the CSV file at `path`. Raises `InvalidTable`."""
        try:
            with path.open(encoding="utf-8", newline="") as file:
                reader = csv.DictReader(file, strict=True)
                needed = {name for name, field in cls.model_fields.items() if field.is_required()}
                if missing := needed - set(reader.fieldnames or ()):
                    raise InvalidTable(f"{path}:1: the header lacks {', '.join(sorted(missing))}")
                rows = [cls._parse(path, reader.line_num, cells) for cells in reader]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InvalidTable(f"{path}:1: cannot be read: {error}") from error
        if not rows:
            raise InvalidTable(f"{path}:2: holds no row")
        return rows

    @classmethod
    def _parse(cls, path: Path, line: int, cells: dict[str | None, str | None]) -> Self:
        if None in cells or None in cells.values():
            raise InvalidTable(f"{path}:{line}: the number of cells differs from the header")
        present = {name: cell for name, cell in cells.items() if name and cell}
        try:
            return cls.model_validate({**present, "line": line})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            column = ".".join(str(part) for part in first["loc"]) or "row"
            raise InvalidTable(f"{path}:{line}: {column}: {first['msg'].removeprefix('Value error, ')}") from error


def index(path: Path, rows: Iterable[tuple[K, R]]) -> dict[K, R]:
    """Rows by key; a key that stands twice is refused."""
    found: dict[K, R] = {}
    for key, row in rows:
        if key in found:
            raise row.refuse(path, f"{key!r} stands already in line {found[key].line}")
        found[key] = row
    return found
