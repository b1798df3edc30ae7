"""Looking for incidents while a seed is folded, as often as the analyst does and at the same times."""

from datetime import datetime
from math import ceil

from clearance.events.incidents.incident import Incident
from clearance.events.incidents.waiting import NOWHERE, Waiting, waited
from clearance.events.incidents.watching import LOOK_EVERY, Watching
from clearance.events.step.outputs import Event
from clearance.events.tables.tables import Tables


class Watcher:
    """Takes the events of a fold in the order of their times, and looks as often as the analyst does."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._waiting: dict[str, Waiting] = {}
        self._watched: dict[tuple[str, str], Watching] = {}
        self._next: datetime | None = None
        self._found: dict[str, Incident] = {}

    def take(self, event: Event) -> None:
        self.pass_time(event.at)
        authority = event.declaration.partition(":")[0]
        held = self._waiting.get(event.declaration, NOWHERE)
        after, judged = waited(held, event, event.at, self._tables.is_open(authority))
        self._waiting[event.declaration] = after
        for kind, wait in judged:
            self._watched.setdefault((authority, kind), Watching(authority, kind)).take(wait)

    def pass_time(self, until: datetime) -> None:
        """Look at every time before this one; what happens at the time itself is not known yet. While there is nothing
        to be seen nobody looks: the last receipt of a field may be told after decades."""
        if self._next is None:
            self._next = until.replace(minute=0, second=0, microsecond=0) + LOOK_EVERY
        while self._next < until:
            if all(watching.idle for watching in self._watched.values()):
                self._next += ceil((until - self._next) / LOOK_EVERY) * LOOK_EVERY
                return
            for watching in self._watched.values():
                self._found |= {one.incident: one for one in watching.look(self._next)}
                watching.forget()
            self._next += LOOK_EVERY

    def incidents(self) -> list[Incident]:
        """All that ever opened, but for those that turned out to be part of another."""
        return [one for one in self._found.values() if not one.into]
