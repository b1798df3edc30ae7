"""The kinds of number that name a declaration, and what each may be used for.

`primary`: one per declaration and authority, carried by nearly every message. `alias`: identifies too, and leads to
the primary. `search`: only finds; several declarations may share one. An alias that is `reusable` may rightly lead to
several primaries.
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

from clearance.contracts.tables import InvalidTable, Row, index


class NumberKind(Row):
    """One kind of number of one authority; the smallest `order` is the number a message is filed under."""

    kind: str = Field(pattern=r"^[a-z-]+$")
    role: Literal["primary", "alias", "search"]
    order: int = Field(ge=0)
    reusable: bool = False
    """Whether whoever gives it may give it to another declaration again."""
    pattern: str = ""
    max_length: int = Field(gt=0)
    zh: str
    en: str
    source: str

    def accepts(self, value: str) -> bool:
        """Whether `value` can be a number of this kind: bounded, printable, and without a space if it identifies."""
        if len(value) > self.max_length or not value.isprintable() or (" " in value and self.role != "search"):
            return False
        return self._shape is None or self._shape.fullmatch(value) is not None

    @cached_property
    def _shape(self) -> re.Pattern[str] | None:
        return re.compile(self.pattern) if self.pattern else None


def load_number_kinds(path: Path) -> dict[str, NumberKind]:
    """The kinds of one authority by name; one of them is primary. Raises `InvalidTable`."""
    kinds: dict[str, NumberKind] = index(path, ((row.kind, row) for row in NumberKind.read(path)))
    for row in kinds.values():
        if (row.role == "primary") != (row.order == 0):
            raise row.refuse(path, "a primary number, and no other, has order 0")
    if [row.role for row in kinds.values()].count("primary") != 1:
        raise InvalidTable(f"{path}:1: exactly one kind of number is primary")
    _check_reusable(path, kinds)
    return kinds


def _check_reusable(path: Path, kinds: dict[str, NumberKind]) -> None:
    """A message is filed under what names one declaration, if it carries such a number."""
    last = max((row.order for row in kinds.values() if row.role != "search" and not row.reusable), default=0)
    for row in kinds.values():
        if row.reusable and row.role == "primary":
            raise row.refuse(path, "a primary number names one declaration and is not reusable")
        if row.reusable and row.order < last:
            raise row.refuse(path, f"an alias that is reusable comes after all that are not: order above {last}")
