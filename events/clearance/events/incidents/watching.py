"""What is looked at again and again: the waits of one authority and kind, what usually fails, and the incidents.

Bounded: waits that were judged more than two days ago go, but for those of open incidents, and so do incidents that
closed then.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from clearance.events.incidents.incident import Incident, Kind
from clearance.events.incidents.learned import Learned, learn
from clearance.events.incidents.life import Watch, advance
from clearance.events.incidents.search import WINDOWS
from clearance.events.incidents.waits import Wait

WaitKey = tuple[str, datetime]
KEPT = WINDOWS[-1]
LOOK_EVERY = timedelta(minutes=5)


class Watching:
    """Of one authority and kind. Its waits are those of the last look and what was taken since."""

    def __init__(
        self,
        authority: str,
        kind: Kind,
        waits: Iterable[Wait] = (),
        learned: Learned | None = None,
        incidents: Iterable[Incident] = (),
    ) -> None:
        self.authority, self.kind, self.learned = authority, kind, learned
        self.incidents = tuple(incidents)
        self._waits = {(wait.declaration, wait.since): wait for wait in waits}
        self._news = True

    def take(self, wait: Wait) -> None:
        """A wait that was judged, or is over; the same again changes nothing."""
        key = (wait.declaration, wait.since)
        held = self._waits.get(key)
        self._news |= wait.failed and wait != held
        self._waits[key] = wait

    def look(self, now: datetime) -> list[Incident]:
        """The incidents that have changed by now, and what is known of them."""
        self._learn(now)
        before = {one.incident: one for one in self.incidents}
        usual = self.learned.usual if self.learned else None
        if usual is None or not (self._news or self._lasts(now)):
            return []
        self._news = False
        watch = Watch(self.authority, self.kind, usual)
        found = advance(self.incidents, self._waits.values(), watch, now)
        self.incidents = tuple(one for one in found if one.closed_at is None or one.closed_at > now - KEPT)
        return [one for one in found if before.get(one.incident) != one]

    def forget(self, now: datetime) -> list[WaitKey]:
        """Drop what no look needs any more: which."""
        named = {name for one in self.incidents if not one.closed_at for name in one.members}
        gone = [key for key, wait in self._waits.items() if wait.judged_at <= now - KEPT and key[0] not in named]
        for key in gone:
            del self._waits[key]
        return gone

    @property
    def waits(self) -> Iterable[Wait]:
        return self._waits.values()

    def _lasts(self, now: datetime) -> bool:
        """Whether an incident is open: it may close by the passing of time alone."""
        return any(not one.closed_at for one in self.incidents)

    def _learn(self, now: datetime) -> None:
        if self.learned is None:
            self.learned = Learned(now.date())
        elif now.date() > self.learned.day:
            free = [wait for wait in self._waits.values() if not any(one.accounts_for(wait) for one in self.incidents)]
            self.learned = learn(self.learned, free, now.date())
