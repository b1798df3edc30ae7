"""The checks as `checks.csv` has them, and what comes of one."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from clearance.contracts.tables import Row, index

TABLE = Path(__file__).parent / "checks.csv"
Severity = Literal["wrong", "note"]
State = Literal["ok", "wrong", "note", "unknown", "skipped"]
About = Mapping[str, str]
"""What fills the braces of a sentence, by name."""


class Check(Row):
    """One check, named after what it finds. `parts` are the processes that it concerns, all if there are none; `needs`
    the checks that must have found nothing before it. In braces stand what the check tells."""

    check: str
    parts: str = ""
    needs: str = ""
    severity: Severity
    looks_zh: str
    looks_en: str
    zh: str
    en: str
    do_zh: str
    do_en: str
    page: str

    def concerns(self, part: str) -> bool:
        """Whether it concerns this process; every check concerns "", which is all of them."""
        return not (part and self.parts) or part in self.parts.split()


class Result(NamedTuple):
    """What came of a check: what was found; or `why` nothing can be said, where `state` is unknown or skipped."""

    check: Check
    state: State
    found: tuple[About, ...] = ()
    why: str = ""


@cache
def checks() -> dict[str, Check]:
    """By name, in the order in which they are made. Raises `InvalidTable`."""
    return index(TABLE, ((row.check, row) for row in Check.read(TABLE)))
