"""The words of which lives are made: `words.csv`. A word is one message that means one thing.

`stands`, `opens`, `ends` and `rule` say what it means, on purpose beside the code tables and not from them: the labels
of the simulator are computed with these, so that a mistake in either shows.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from clearance.contracts.tables import Row, index

WORDS = Path(__file__).with_name("words.csv")

Form = Literal[
    "declaration",
    "envelope",
    "exchanged",
    "import-response",
    "card-failure",
    "temporary",
    "assigned",
    "receipt",
    "amendment",
    "amendment-response",
    "notification",
    "plan",
    "unseen",
]
"""What it is on the wire. `temporary` is a receipt under the temporary number, `assigned` the one that brings the
统一编号; `plan` is a user's command; `unseen` happens without a message."""

TIMED = frozenset({"exchanged", "temporary", "receipt", "notification"})
"""Forms that state the authority's time; for the others the time of reception counts."""
OURS = frozenset({"declaration", "envelope", "exchanged", "amendment", "plan"})
"""Forms that answer nothing: what was sent to customs, and that it was delivered."""


class Word(Row):
    """One word. `after` is its usual delay, `older_code` the code in generation A."""

    word: str = Field(pattern=r"^[a-z-]+$")
    after: str = ""
    form: Form
    code: str = ""
    older_code: str = ""
    qualifier: str = ""
    text: str = ""
    stands: str = ""
    opens: str = ""
    ends: frozenset[str] = frozenset()
    rule: str = Field(default="", pattern=r"^(A\d\d)?$")

    @field_validator("ends", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return frozenset(value.split()) if isinstance(value, str) else value

    @property
    def timed(self) -> bool:
        return self.form in TIMED


@cache
def words() -> dict[str, Word]:
    """The table by word. Raises `InvalidTable`."""
    return index(WORDS, ((row.word, row) for row in Word.read(WORDS)))
