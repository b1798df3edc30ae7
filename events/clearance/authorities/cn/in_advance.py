"""Whether words say that goods are declared before they arrive (提前申报): those of the declaration or a receipt."""

import re
from functools import cache
from pathlib import Path
from typing import Literal

from clearance.contracts.tables import Row, index

TABLE = Path(__file__).with_name("in-advance.csv")
Field = Literal["NoteS", "NOTE"]
DENIED = ("非", "未", "不", "无需", "无须", "不需", "不必", "不是", "不属于", "取消")
"""Before a phrase: the opposite."""


class Phrase(Row):
    """Words in a field of the declaration (NoteS) or of a receipt (NOTE) that say so."""

    field: Field
    phrase: str
    source: str


@cache
def phrases() -> dict[Field, tuple[str, ...]]:
    """The table by field. Raises `InvalidTable`."""
    rows = index(TABLE, (((row.field, row.phrase), row) for row in Phrase.read(TABLE)))
    told: dict[Field, tuple[str, ...]] = {}
    for field, phrase in rows:
        told[field] = (*told.get(field, ()), phrase)
    return told


def says_in_advance(field: Field, text: str) -> bool:
    """Whether one of the phrases stands in the text and is not denied."""
    if _any_of(field).search(text) is None:  # nearly always, and every receipt is asked
        return False
    return any(phrase in text and not _is_denied(text, phrase) for phrase in phrases()[field])


@cache
def _any_of(field: Field) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, phrases()[field])))


def _is_denied(text: str, phrase: str) -> bool:
    before, _, _ = text.partition(phrase)
    return before.rstrip("等").endswith(DENIED)
