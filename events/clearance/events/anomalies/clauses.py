"""Particulars as clauses of a sentence: what is wrong where, what is asked, how much. Pure; the words stand in
`tables/clauses.csv`.

What the authority wrote is quoted as it stands, in whatever language.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from clearance.events.standing.timeline import Entry
from clearance.events.tables.finding_words import FindingWords
from clearance.events.values.particulars import (
    Amount,
    Change,
    Contact,
    Decision,
    Fault,
    Limit,
    Particular,
    Place,
    Question,
)

Language = Literal["zh", "en"]
MOST = 3
"""Of one kind of particular so many are told; the others stand on the timeline."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT")
COMMA = {"zh": "，", "en": ", "}
QUOTED = (Question, Decision, Place, Contact)
TOLD = (Fault, Change, *QUOTED[:3], Amount, Contact)
"""Kinds of particular in the order in which they are told; a limit has a clause of its own."""


class Clauses:
    """Clauses in one language."""

    def __init__(self, words: FindingWords, language: Language) -> None:
        self.rows, self.language = words.clauses, language

    def of(self, clause: str, **given: object) -> str:
        """One clause with its names filled in."""
        row = self.rows[clause]
        return (row.zh if self.language == "zh" else row.en).format_map(given)

    def told(self, lines: Iterable[Entry], reference: str) -> Iterator[str]:
        """What the receipts say, of each kind what the last that says anything of it does; of amounts those of the
        payment, if one is meant."""
        stated = [line.particulars for line in lines]
        for kind in TOLD:
            last = next((each for each in reversed(stated) if any(isinstance(one, kind) for one in each)), ())
            yield from self._of_kind([one for one in last if isinstance(one, kind) and _meant(one, reference)])

    def _of_kind(self, found: list[Particular]) -> Iterator[str]:
        for one in found[:MOST]:
            yield self._one(one)
        if len(found) > MOST:
            yield self.of("more", more=len(found) - MOST)

    def _one(self, one: Particular) -> str:
        match one:
            case Fault():
                return self.of("error", code=one.code, at=self._at(one), text=self._text(one.text))
            case Change():
                return self.of("change", at=self._at(one), text=self._text(one.value))
            case Amount():
                return self._amount(one)
            case Question():
                return self.of("question", at=self._item(one.item), text=one.text)
            case Decision() | Place() | Contact():
                return self.of(type(one).__name__.lower(), text=one.text)
            case Limit():
                raise AssertionError("a limit has a clause of its own")

    def _at(self, one: Fault | Change) -> str:
        field = one.name or (one.pointer if one.item is None else "")
        return self._item(one.item) + (self.of("field", field=field) if field else "")

    def _item(self, item: int | None) -> str:
        return "" if item is None else self.of("item", item=item)

    def _text(self, text: str) -> str:
        return self.of("text", text=text) if text else ""

    def _amount(self, one: Amount) -> str:
        named = ("type", "reference", "method", "account")
        details = [self.of(name, **{name: value}) for name in named if (value := getattr(one, name))]
        if one.item is not None:
            details.insert(0, self.of("of_item", item=one.item))
        shown, total = COMMA[self.language].join(details), f"{one.value} {one.currency}".strip()
        return self.of("amount_of", sum=total, details=shown) if details else self.of("amount", sum=total)


def _meant(one: Particular, reference: str) -> bool:
    """A decision that is but a moment is no clause."""
    if isinstance(one, Decision):
        return one.text != "" and not MOMENT.match(one.text)
    return not (reference and isinstance(one, Amount)) or one.reference in ("", reference)


def quoted(lines: Iterable[Entry]) -> list[str]:
    """What is quoted of the particulars already."""
    stated = [one for line in lines for one in line.particulars]
    return [one.text for one in stated if isinstance(one, (*QUOTED, Fault)) and one.text]
