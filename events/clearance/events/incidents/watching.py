"""What is looked at again and again: the waits of one authority and kind, what usually fails, and the incidents.

Bounded: waits that were judged more than two days ago go, but for those of open incidents, and so do incidents that
closed then.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from clearance.events.incidents.incident import Incident, Kind
from clearance.events.incidents.learned import Learned, learn
from clearance.events.incidents.life import Watch, advance
from clearance.events.incidents.search import WINDOWS
from clearance.events.incidents.waits import Wait, WaitKey

KEPT = WINDOWS[-1]
LOOK_EVERY = timedelta(minutes=5)


class Watching:
    """Of one authority and kind. It looks only when something has failed, or was over, since the last look."""

    def __init__(self, authority: str, kind: Kind) -> None:
        self.authority, self.kind = authority, kind
        self.learned: Learned | None = None
        self.incidents: tuple[Incident, ...] = ()
        self._waits: dict[WaitKey, Wait] = {}
        self._coming: list[datetime] = []  # a heap: when what was taken fails, or is over

    @property
    def waits(self) -> Iterable[Wait]:
        return self._waits.values()

    def resume(
        self,
        learned: Learned | None,
        incidents: tuple[Incident, ...],
        late: bool,
        kept: Collection[WaitKey],
        at: datetime | None,
    ) -> None:
        """Go on from what another one knew at that time, who had taken the same waits and kept some of the older."""
        self.learned, self.incidents = learned, incidents
        stays = {*kept}
        self._waits = {key: wait for key, wait in self._waits.items() if key in stays or not _is_old(wait, at)}
        times = (time for wait in self._waits.values() for time in _turns(wait))
        self._coming = [time for time in times if at is None or time > at] + ([at] if late and at else [])
        heapify(self._coming)

    def is_late(self, at: datetime | None) -> bool:
        """Whether something was told only after the look at its time."""
        return at is not None and bool(self._coming) and self._coming[0] <= at

    def kept(self, at: datetime | None) -> tuple[WaitKey, ...]:
        """The waits that are held though they are old."""
        return tuple(sorted(key for key, wait in self._waits.items() if _is_old(wait, at)))

    def take(self, wait: Wait) -> None:
        """A wait that was judged, or is over; the same again changes nothing."""
        held = self._waits.get(wait.key)
        for time in {*_turns(wait)} - {*_turns(held)}:
            heappush(self._coming, time)
        self._waits[wait.key] = wait

    def look(self, now: datetime) -> list[Incident]:
        """The incidents that have changed by now."""
        self._learn(now)
        usual = self.learned.usual if self.learned else None
        is_open = any(not one.closed_at for one in self.incidents)  # it may close by the passing of time alone
        if not (self._has_come(now) or is_open) or usual is None:
            return []
        before = {one.incident: one for one in self.incidents}
        found = advance(self.incidents, self._waits.values(), Watch(self.authority, self.kind, usual), now)
        self.incidents = tuple(one for one in found if one.closed_at is None or one.closed_at > now - KEPT)
        return [one for one in found if before.get(one.incident) != one]

    def forget(self, now: datetime) -> list[WaitKey]:
        """Drop what no look needs any more: which."""
        named = {name for one in self.incidents if not one.closed_at for name in one.members}
        gone = [key for key, wait in self._waits.items() if _is_old(wait, now) and wait.declaration not in named]
        for key in gone:
            del self._waits[key]
        return gone

    def _has_come(self, now: datetime) -> bool:
        count = len(self._coming)
        while self._coming and self._coming[0] <= now:
            heappop(self._coming)
        return len(self._coming) < count

    def _learn(self, now: datetime) -> None:
        if self.learned is None:
            self.learned = Learned(now.date())
        elif now.date() > self.learned.day:
            free = [wait for wait in self._waits.values() if not any(one.accounts_for(wait) for one in self.incidents)]
            self.learned = learn(self.learned, free, now.date())


def _turns(wait: Wait | None) -> list[datetime]:
    """When it fails, and when it is over; of one that does not fail nothing is to be seen."""
    if wait is None or not wait.failed:
        return []
    return [wait.judged_at] if wait.over_at is None else [wait.judged_at, wait.over_at]


def _is_old(wait: Wait, at: datetime | None) -> bool:
    return at is not None and wait.judged_at <= at - KEPT
