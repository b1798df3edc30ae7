"""Comparing filings while a seed is folded, as the analyst does: at once, and all that is told is known."""

from clearance.analyst.following import Followed, filing, followed
from clearance.events.filings.telling import Telling
from clearance.events.log.inputs import RelatedInput
from clearance.events.step.outputs import Event
from clearance.events.tables.tables import Tables

UNSEEN = Followed()


class Comparer:
    """Takes the events of a fold in their order."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._followed: dict[str, Followed] = {}
        self.telling = Telling()

    def take(self, event: Event) -> list[tuple[str, RelatedInput]]:
        """What it tells to which declaration because of an event."""
        held = self._followed.get(event.declaration, UNSEEN)
        now = self._followed[event.declaration] = followed(held, event, self._tables.numbers)
        one = filing(held, now, event, self._tables)
        if one is not None:
            self.telling.take(one)
        return [(told.declaration, told.as_input) for told in self.telling.due()]
