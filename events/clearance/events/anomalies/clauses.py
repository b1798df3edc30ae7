"""Particulars as clauses of a sentence: what is wrong where, what is asked, how much. Pure; the words stand in
`tables/clauses.csv`.

What the authority wrote is quoted as it stands, in whatever language.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from clearance.events.standing.timeline import Entry
from clearance.events.tables.finding_words import FindingWords
from clearance.events.tables.named_codes import NamedCode, way
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


NamedCodes = Mapping[tuple[str, str], NamedCode]
"""What the authority's codes are called, by what they are codes of."""


class Clauses:
    """Clauses in one language."""

    def __init__(self, words: FindingWords, language: Language, named: NamedCodes) -> None:
        self.rows, self.language, self.named = words.clauses, language, named

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
                code = self._called(one.code, self._name("error", one.code))
                return self.of("error", code=code and f" {code}", at=self._at(one), text=self._text(one.text))
            case Change():
                return self.of("change", at=self._at(one), text=self._text(one.value))
            case Amount():
                return self._amount(one)
            case Question():
                return self.of("question", at=self._item(one.item), text=one.text)
            case Decision():
                return self.of("decision", text=one.text or one.code)
            case Place() | Contact():
                return self.of(type(one).__name__.lower(), text=one.text)
            case Limit():
                raise AssertionError("a limit has a clause of its own")

    def _at(self, one: Fault | Change) -> str:
        field = self._called(one.name, self._name("pointer", one.name))
        if not field and one.item is None and one.pointer:
            field = self._called(one.pointer, self._way(one.pointer))
        return self._item(one.item) + (self.of("field", field=field) if field else "")

    def _way(self, pointer: str) -> str:
        """Where a pointer leads; "" where it names nothing known."""
        known = any(self._name("pointer", step) for step in pointer.split("."))
        return way(pointer, "", lambda step: self._name("pointer", step)) if known else ""

    def _name(self, about: str, code: str) -> str:
        """What a code is called; "" where no source says."""
        row = self.named.get((about, code))
        return "" if row is None else row.zh if self.language == "zh" else row.en

    def _called(self, code: str, words: str) -> str:
        """A code with what it means; a name in another language is but translated."""
        if not words:
            return code
        return self.of("called", code=code, words=words) if code.isascii() else words

    def _item(self, item: int | None) -> str:
        return "" if item is None else self.of("item", item=item)

    def _text(self, text: str) -> str:
        return self.of("text", text=text) if text else ""

    def _amount(self, one: Amount) -> str:
        named = ("type", "reference", "method", "account")
        values = {name: value for name in named if (value := getattr(one, name))}
        if words := self._name("tax", one.type):
            values["type"] = f"{one.type} {words}" if one.type.isascii() else words
        details = [self.of(name, **{name: value}) for name, value in values.items()]
        if one.item is not None:
            details.insert(0, self.of("of_item", item=one.item))
        shown, total = COMMA[self.language].join(details), f"{one.value} {one.currency}".strip()
        return self.of("amount_of", sum=total, details=shown) if details else self.of("amount", sum=total)


def _meant(one: Particular, reference: str) -> bool:
    """A decision that is but a moment is no clause."""
    if isinstance(one, Decision):
        return not MOMENT.match(one.text)
    return not (reference and isinstance(one, Amount)) or one.reference in ("", reference)


def quoted(lines: Iterable[Entry]) -> set[str]:
    """What is quoted of the particulars already, and the codes of the errors that are told."""
    stated = [
        one
        for line in lines
        for kind in (*QUOTED, Fault)
        for one in [each for each in line.particulars if isinstance(each, kind)][:MOST]
    ]
    return {one.text for one in stated} | {one.code for one in stated if isinstance(one, Fault)}
