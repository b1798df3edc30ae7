"""Why a value in a request is refused, in words: `invalid-values.csv`.

A kind is one of pydantic's (`error["type"]`), or one of ours that `unfit` raises within a check. What the table
does not hold is told in English, as whoever refuses it writes it.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from clearance.api.words import Language
from clearance.contracts.tables import Row, index

WRITTEN = "value_error"
"""The kind of what is written out by whoever refuses it."""


class InvalidRow(Row):
    """What is said of one kind; it may name in braces what is known of the case."""

    kind: str
    zh: str
    en: str


@cache
def invalid_rows() -> dict[str, InvalidRow]:
    """The table by kind. Raises `InvalidTable`."""
    path = Path(__file__).parent / "invalid-values.csv"
    return index(path, ((row.kind, row) for row in InvalidRow.read(path)))


class Fault(NamedTuple):
    """One value that is refused: where it stood, its name, and why. `written` says it where the table does not."""

    where: str
    name: str
    kind: str
    about: Mapping[str, Any]
    written: str = ""

    def told(self, language: Language) -> dict[str, str]:
        """As it stands in `errors` of a problem."""
        return {"in": self.where, "name": self.name, "message": why(self.kind, self.about, self.written, language)}


def unfit(kind: str, **about: Any) -> PydanticCustomError:
    """What a check raises: pydantic makes it one of the errors of the request."""
    return PydanticCustomError(kind, invalid_rows()[kind].en, about)


def why(kind: str, about: Mapping[str, Any], written: str, language: Language) -> str:
    """What is wrong, in one sentence."""
    row = invalid_rows().get(kind)
    if row is None:
        return written.removeprefix("Value error, ")
    if language == "en":
        return row.en.format(**about)
    listed = {name: one.replace(" or ", ", ") if isinstance(one, str) else one for name, one in about.items()}
    return row.zh.format(**listed)
