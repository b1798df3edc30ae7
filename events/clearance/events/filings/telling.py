"""What is to be told of filings: what is right by the book, where that is not what was told.

The surprise: what was told is a fold of its own, of which the later counts, as it does for the declaration that is
told. So whoever has forgotten how it came to that, or did not know what another one told, puts it right.
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
        self._touched: dict[str, datetime | None] = {}  # when the filing was changed that did it
        self._again: set[str] = set()

    def take(self, filing: Filing) -> None:
        """The next filing."""
        self._touched |= dict.fromkeys(self.book.take(filing), filing.at)

    def remember(self, told: Told) -> None:
        """What was told by another, in the order in which it stands. One that stands behind what is later hides that
        from who begins anew, so it is told again."""
        held = self._told.get(told.declaration, UNRELATED)
        self._told[told.declaration] = now = later(held, told.related)
        self._touched.setdefault(told.declaration, None)
        if now == held != told.related:
            self._again.add(told.declaration)

    def due(self) -> list[Told]:
        """What is right and was not told, in the order of ids; it is told with that."""
        found = [told for name, at in sorted(self._touched.items()) if (told := self._due(name, at)) is not None]
        self._touched.clear()
        self._again.clear()
        return found

    def forgotten(self) -> list[str]:
        """Declarations that the book has forgotten since this was asked last."""
        names, self.book.forgotten = self.book.forgotten, []
        for name in names:
            self._told.pop(name, None)
        return names

    def _due(self, name: str, at: datetime | None) -> Told | None:
        filing, held = self.book.filing(name), self._told.get(name, UNRELATED)
        if filing is None or (filed_at := filing.filed_at) is None or filing.into:
            return None
        says = self.book.says(filing, held.possible_duplicate_of)
        if says == held.says and name not in self._again:
            return None
        related = self._told[name] = Related(max(at or filed_at, filed_at, held.at + TICK), filed_at, *says)
        return Told(name, related, filing.quiet)
