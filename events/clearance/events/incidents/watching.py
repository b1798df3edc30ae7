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
from clearance.events.incidents.tally import KEPT, Tally, is_old
from clearance.events.incidents.waits import Gauge, Wait, WaitKey

LOOK_EVERY = timedelta(minutes=5)


class Watching:
    """Of one authority and kind. It looks only when something has failed, or was over, since the last look."""

    def __init__(self, authority: str, kind: Kind) -> None:
        self.authority, self.kind = authority, kind
        self.learned: Learned | None = None
        self.incidents: tuple[Incident, ...] = ()
        self._tallies: dict[Gauge, Tally] = {}
        self._coming: list[datetime] = []  # a heap: when what was taken fails, or is over
        self._gone: set[WaitKey] = set()  # what no window holds any more
        self._watch: Watch | None = None

    @property
    def waits(self) -> Iterable[Wait]:
        return (wait for tally in self._tallies.values() for wait in tally.waits.values())

    @property
    def idle(self) -> bool:
        """Whether looks change nothing until something is taken, but for days that pass."""
        is_open = any(not one.closed_at for one in self.incidents)
        return not (self._coming or is_open or any(tally.waits for tally in self._tallies.values()))

    def resume(
        self,
        learned: Learned | None,
        incidents: tuple[Incident, ...],
        late: bool,
        kept: Collection[WaitKey],
        at: datetime | None,
    ) -> None:
        """Go on from what another one knew at that time, who had taken the same waits and kept some of the older."""
        self.learned, self.incidents, self._watch = learned, incidents, None
        stays, waits = {*kept}, [*self.waits]
        self._tallies, self._coming, self._gone = {}, [], set()
        for wait in waits:
            if wait.key in stays or not is_old(wait, at):
                self.take(wait)
        self._coming = [time for time in self._coming if at is None or time > at] + ([at] if late and at else [])
        heapify(self._coming)
        if at is not None:
            self._pass_time(at)

    def is_late(self, at: datetime | None) -> bool:
        """Whether something was told only after the look at its time."""
        return at is not None and bool(self._coming) and self._coming[0] <= at

    def kept(self, at: datetime | None) -> tuple[WaitKey, ...]:
        """The waits that are held though they are old."""
        return tuple(sorted(wait.key for wait in self.waits if is_old(wait, at)))

    def take(self, wait: Wait) -> None:
        """A wait that was judged, or is over; the same again changes nothing."""
        if (tally := self._tallies.get(wait.gauge)) is None:
            tally = self._tallies[wait.gauge] = Tally()
        held = tally.waits.get(wait.key)
        for time in {*_turns(wait)} - {*_turns(held)}:
            heappush(self._coming, time)
        tally.take(wait)

    def look(self, now: datetime) -> list[Incident]:
        """The incidents that have changed by now."""
        self._pass_time(now)
        self._learn(now)
        usuals = self.learned.usual if self.learned and self._watch is None else {}
        if usuals:
            self._watch = Watch(self.authority, self.kind, usuals)
        is_open = any(not one.closed_at for one in self.incidents)  # it may close by the passing of time alone
        if not (self._has_come(now) or is_open) or self._watch is None:
            return []
        before = {one.incident: one for one in self.incidents}
        found = advance(self.incidents, self._tallies, self._watch, now)
        self.incidents = tuple(one for one in found if one.closed_at is None or one.closed_at > now - KEPT)
        return [one for one in found if before.get(one.incident) != one]

    def forget(self) -> list[WaitKey]:
        """Drop what no look needs any more: which."""
        named = {name for one in self.incidents if not one.closed_at for name in one.members}
        gone = sorted(key for key in self._gone if key.declaration not in named)
        self._gone.difference_update(gone)
        for key in gone:
            self._tallies[key.gauge].forget(key)
        return gone

    def _pass_time(self, now: datetime) -> None:
        for tally in self._tallies.values():
            self._gone |= tally.pass_time(now)

    def _has_come(self, now: datetime) -> bool:
        count = len(self._coming)
        while self._coming and self._coming[0] <= now:
            heappop(self._coming)
        return len(self._coming) < count

    def _learn(self, now: datetime) -> None:
        if self.learned is None:
            self.learned = Learned(now.date())
        elif now.date() > self.learned.day:
            free = [wait for wait in self.waits if not any(one.may_account_for(wait) for one in self.incidents)]
            self.learned, self._watch = learn(self.learned, free, now.date()), None


def _turns(wait: Wait | None) -> list[datetime]:
    """When it fails, and when it is over; of one that does not fail nothing is to be seen."""
    if wait is None or not wait.failed:
        return []
    return [wait.judged_at] if wait.over_at is None else [wait.judged_at, wait.over_at]
