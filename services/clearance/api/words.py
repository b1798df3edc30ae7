"""Plain words in Chinese and English for every code that is shown, and the choice between the two languages.

Statuses, rules and kinds of number have their words in the tables of `contracts/` and `events/`; the rest stands in
`words.csv`. A code of a newer tracker, which none of them holds, is shown as it is.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from clearance.contracts.tables import Row, index
from clearance.settings.tables import default_tables

Language = Literal["zh", "en"]
Pair = tuple[str, str]
"""Chinese, English."""

RANGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?\s*")
SPOKEN: dict[str, Language] = {"zh": "zh", "en": "en", "*": "en"}


class WordRow(Row):
    """The words for one code; `about` says what it is a code of."""

    about: str
    name: str
    zh: str
    en: str


@cache
def pairs() -> dict[Pair, Pair]:
    """Words by (what it is a code of, code). Raises `InvalidTable`."""
    path = Path(__file__).parent / "words.csv"
    table = index(path, (((row.about, row.name), row) for row in WordRow.read(path)))
    found = {key: (row.zh, row.en) for key, row in table.items()}
    tables = default_tables()
    for name, status in tables.codes.statuses.items():
        found["status", name] = (status.zh, status.en)
        found["stage", name] = (status.zh, status.en)
        if status.kind in ("obligation", "flag"):
            found["flag", name] = (status.zh, status.en)
    found |= {("rule", name): (rule.zh, rule.en) for name, rule in tables.rules.items()}
    for name, authority in tables.authorities.items():
        found["authority", name] = (authority.profile.zh, authority.profile.en)
        found |= {("number", f"{name}:{kind}"): (row.zh, row.en) for kind, row in authority.kinds.items()}
        named = authority.named_codes
        found |= {(about, f"{name}:{code}"): (row.zh, row.en) for (about, code), row in named.items()}
    return found


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: Language

    def of(self, about: str, name: str) -> str:
        """The words for a code, or the code itself."""
        return self.known(about, name) or name

    def known(self, about: str, name: str) -> str:
        """The words for a code, "" if there are none."""
        zh, en = pairs().get((about, name), ("", ""))
        return zh if self.language == "zh" else en


def chosen(accept_language: str) -> Language:
    """The language that an `Accept-Language` header prefers; English where it names neither."""
    best: tuple[float, Language] = (0.0, "en")
    for one in accept_language.split(","):
        found = RANGE.fullmatch(one)
        spoken = SPOKEN.get(found[1].lower()) if found else None
        if found and spoken and (weight := float(found[2] or 1)) > best[0]:
            best = (weight, spoken)
    return best[1]
