"""What notes are asked for: by which code they say what, the words that lead a value, the kinds of supplement."""

from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from clearance.contracts.tables import Row, index

FOLDER = Path(__file__).parent
CHANNEL = "cn-channel"
"""The code list of CHANNEL where the connection names no other; those of intermediaries hold what differs."""
Says = Literal["", "error", "question", "inspection", "tax"]
Means = Literal["field", "value", "contact", "place", "tax"]


class Code(Row):
    """What the note of a receipt with this code says; empty: nothing to act on, unlike in `cn-channel`."""

    system: str
    code: str
    says: Says = ""
    source: str


class Words(Row):
    """Words of a note: the name of a field or a tax, or what leads a value. `field`: which one, if they say it."""

    means: Means
    words: str
    field: str = ""
    source: str


class Supplement(Row):
    """A kind of 补充申报单."""

    type: str
    zh: str
    source: str


@cache
def codes() -> dict[str, dict[str, Says]]:
    """What notes say, by code list and code. Raises `InvalidTable`."""
    path = FOLDER / "note-codes.csv"
    rows = index(path, (((row.system, row.code), row) for row in Code.read(path))).values()
    usual = {row.code: row.says for row in rows if row.system == CHANNEL}
    systems = {row.system for row in rows}
    return {system: usual | {row.code: row.says for row in rows if row.system == system} for system in systems}


@lru_cache(maxsize=512)
def says(system: str, code: str) -> Says:
    """What the note of a receipt with this code says. Asked of every receipt, so answers are remembered."""
    known = codes()
    return known.get(system, known[CHANNEL]).get(code, "")


@cache
def words(means: Means) -> dict[str, str]:
    """The words that mean this, the longest first, with the field that they say. Raises `InvalidTable`."""
    path = FOLDER / "note-words.csv"
    rows = index(path, (((row.means, row.words), row) for row in Words.read(path))).values()
    found = {row.words: row.field for row in rows if row.means == means}
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


@cache
def supplements() -> dict[str, str]:
    """What each type of supplement is called. Raises `InvalidTable`."""
    path = FOLDER / "supplements.csv"
    return {kind: row.zh for kind, row in index(path, ((row.type, row) for row in Supplement.read(path))).items()}
