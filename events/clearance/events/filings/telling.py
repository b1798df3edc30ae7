"""What is to be told of filings: what is right by the book, where that is not what the declaration holds.

The surprise: nobody keeps what was told. Each declaration says what it holds, and of two things told the later counts
for both. So whoever begins anew, or did not know what another one told, puts it right.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from clearance.events.filings.book import Book
from clearance.events.filings.filing import Filing
from clearance.events.log.inputs import RelatedInput
from clearance.events.receipts.related import UNRELATED, Related, later

TICK = timedelta(microseconds=1)
"""By which what is told of a declaration is later than what was told before, also if an older event led to it."""


class Told(NamedTuple):
    """What a declaration is related to from now on; `quiet`: it is known from history."""

    declaration: str
    related: Related
    quiet: bool

    @property
    def as_input(self) -> RelatedInput:
        """What the declaration is given."""
        return RelatedInput(
            at=self.related.at,
            quiet=self.quiet,
            filed_at=self.related.filed_at,
            possible_duplicate_of=self.related.possible_duplicate_of,
            refiles=self.related.refiles,
        )


class Telling:
    """A book, and what was told by it. Mutable."""

    def __init__(self) -> None:
        self.book = Book()
        self._told: dict[str, Related] = {}
        self._touched: dict[str, datetime] = {}  # when what did it was changed, the last of it

    def take(self, filing: Filing) -> None:
        """The next filing."""
        at = filing.at or UNRELATED.at
        for name in self.book.take(filing):
            self._touched[name] = max(at, self._touched.get(name, at))
        if filing.told is not None:
            self._told[filing.declaration] = later(self._told.get(filing.declaration, UNRELATED), filing.told)

    def due(self) -> list[Told]:
        """What is right and was not told, in the order of ids; it is told with that."""
        found = [told for name, at in sorted(self._touched.items()) if (told := self._due(name, at)) is not None]
        self._touched.clear()
        return found

    def forgotten(self) -> list[str]:
        """Declarations that the book has forgotten since this was asked last."""
        names, self.book.forgotten = self.book.forgotten, []
        for name in names:
            self._told.pop(name, None)
        return names

    def _due(self, name: str, at: datetime) -> Told | None:
        filing, held = self.book.filing(name), self._told.get(name, UNRELATED)
        if filing is None or (filed_at := filing.filed_at) is None or filing.into:
            return None
        says = self.book.says(filing, held.possible_duplicate_of)
        if says == held.says:
            return None
        related = self._told[name] = Related(max(at, filed_at, held.at + TICK), filed_at, *says)
        return Told(name, related, filing.quiet)
