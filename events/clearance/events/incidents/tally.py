"""Waits counted by group as time passes: what a look reads instead of going through all waits.

A function of the set of waits, the incidents and the time. The surprise: a wait may be taken before it is judged, and
judged otherwise meanwhile; it is counted at the times at which that changes, and never before.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from operator import attrgetter
from typing import NamedTuple

from clearance.events.incidents.groups import EVERYTHING, Count, Group, groups_of, unnamed
from clearance.events.incidents.incident import Incident
from clearance.events.incidents.scan import LEAST
from clearance.events.incidents.waits import Gauge, Wait, WaitKey

WINDOWS = tuple(timedelta(hours=hours) for hours in (0.5, 1, 1.5, 2, 3, 4, 6, 9, 12, 24, 48))
"""What comes at once shows in a short one, what grows slowly in a long one. They are close to each other, since what
went on before it began thins it: with 1, 6 and 48 hours alone, seven of seven in four hours are seven of eleven."""
KEPT = WINDOWS[-1]
groups_in = lru_cache(4096)(lambda attributes: tuple(groups_of(attributes)))
judged_at, in_order = attrgetter("judged_at"), attrgetter("judged_at", "declaration", "seq")


class Counted(NamedTuple):
    """How a wait is counted: whether an incident that is open accounts for it, and whether it is stuck."""

    known: bool
    stuck: bool


class Times:
    """When waits were judged, in seconds, sorted, by each group that they are in."""

    def __init__(self) -> None:
        self._times: dict[Group, list[float]] = {}
        self.many: set[Group] = set()

    def add(self, groups: Iterable[Group], at: float) -> None:
        for group in groups:
            times = self._times.setdefault(group, [])
            insort(times, at)
            if len(times) == LEAST:
                self.many.add(group)

    def remove(self, groups: Iterable[Group], at: float) -> None:
        for group in groups:
            times = self._times[group]
            del times[bisect_left(times, at)]
            if len(times) == LEAST - 1:
                self.many.discard(group)
            if not times:
                del self._times[group]

    def since(self, group: Group, begin: float) -> int:
        """How many of a group were judged after that."""
        times = self._times.get(group, ())
        return len(times) - bisect_right(times, begin)


class Tally:
    """Of the waits of one gauge. Mutable; `now` is up to when it is counted."""

    def __init__(self) -> None:
        self.waits: dict[WaitKey, Wait] = {}
        self.now: datetime | None = None
        self._free, self._stuck, self._known = Times(), Times(), Times()
        self._sizes = Counter[int]()  # how many stuck ones are in so many groups
        self._incidents: Sequence[Incident] = ()
        self._order: list[Wait] = []
        self._counted: dict[WaitKey, Counted] = {}
        self._turns: list[tuple[datetime, WaitKey]] = []  # a heap: when a wait is to be counted otherwise

    @property
    def most_groups(self) -> int:
        """In how many groups one of those that are stuck is, at most."""
        return max(self._sizes, default=1)

    def counts(self, within: timedelta) -> dict[Group, Count]:
        """Of those judged in that time that nothing accounts for: of everything, where enough are stuck, and of those
        that may be there too."""
        begin = self._begin(within)
        many = {group for group in self._stuck.many if self._stuck.since(group, begin) >= LEAST}
        groups = many | {EVERYTHING} | {unnamed(group) for group in many}
        return {group: Count(self._stuck.since(group, begin), self._free.since(group, begin)) for group in groups}

    def known(self, groups: Iterable[Group], within: timedelta) -> dict[Group, int]:
        """How many of each group an incident that is open accounts for."""
        begin = self._begin(within)
        return {group: number for group in groups if (number := self._known.since(group, begin))}

    def take(self, wait: Wait) -> None:
        """A wait that was judged, or is over; the same again changes nothing."""
        key = wait.key
        if (held := self.waits.get(key)) is not None:
            if held == wait:
                return
            self._drop(key)
        self.waits[key] = wait
        insort(self._order, wait, key=in_order)
        for at in (wait.judged_at, wait.over_at, wait.judged_at + KEPT):
            if at is not None:
                heappush(self._turns, (at, key))
        self._count(key)

    def pass_time(self, now: datetime) -> set[WaitKey]:
        """Count as of now: the waits that no window holds any more."""
        self.now = now
        gone: set[WaitKey] = set()
        while self._turns and self._turns[0][0] <= now:
            _, key = heappop(self._turns)
            if key in self.waits:
                self._count(key)
                if is_old(self.waits[key], now):
                    gone.add(key)
        return gone

    def account(self, incidents: Sequence[Incident]) -> None:
        """These are the incidents from now on."""
        if [*map(_accounts, incidents)] != [*map(_accounts, self._incidents)]:
            self._incidents = incidents
            for key in self.waits:
                self._count(key)

    def forget(self, key: WaitKey) -> None:
        self._drop(key)
        del self.waits[key]

    def judged(self) -> list[Wait]:
        """All that were judged by now, in that order."""
        return self._order[: self._place(self.now)]

    def left(self, within: timedelta) -> list[Wait]:
        """Those judged in that time that no incident which is over accounts for."""
        if self.now is None:
            return []
        recent = self._order[self._place(self.now - within) : self._place(self.now)]
        return [wait for wait in recent if wait.key in self._counted]

    def free(self, within: timedelta) -> list[Wait]:
        """Those that none which is open accounts for either."""
        return [wait for wait in self.left(within) if not self._counted[wait.key].known]

    def latest(self) -> Iterator[Wait]:
        """Those judged by now, the last first."""
        return (self._order[nth] for nth in range(self._place(self.now) - 1, -1, -1))

    def _place(self, at: datetime | None) -> int:
        return 0 if at is None else bisect_right(self._order, at, key=judged_at)

    def _begin(self, within: timedelta) -> float:
        return (self.now - within).timestamp() if self.now else 0.0

    def _count(self, key: WaitKey) -> None:
        wait, before = self.waits[key], self._counted.get(key)
        after = self._how(wait)
        if after == before:
            return
        self._uncount(key)
        if after is None:
            return
        self._counted[key] = after
        groups, at = groups_in(wait.attributes), wait.judged_at.timestamp()
        (self._known if after.known else self._free).add(groups, at)
        if after.stuck and not after.known:
            self._stuck.add(groups, at)
            self._sizes[len(groups)] += 1

    def _uncount(self, key: WaitKey) -> None:
        if (before := self._counted.pop(key, None)) is None:
            return
        wait = self.waits[key]
        groups, at = groups_in(wait.attributes), wait.judged_at.timestamp()
        (self._known if before.known else self._free).remove(groups, at)
        if before.stuck and not before.known:
            self._stuck.remove(groups, at)
            self._sizes[len(groups)] -= 1
            self._sizes += Counter()  # without those of which there are none

    def _how(self, wait: Wait) -> Counted | None:
        if self.now is None or wait.judged_at > self.now or is_old(wait, self.now):
            return None
        those = [one for one in self._incidents if one.may_account_for(wait)]
        if any(one.closed_at for one in those):
            return None
        return Counted(bool(those), wait.stuck(self.now))

    def _drop(self, key: WaitKey) -> None:
        self._uncount(key)
        del self._order[bisect_left(self._order, in_order(self.waits[key]), key=in_order)]


def tallies(waits: Iterable[Wait], now: datetime) -> dict[Gauge, Tally]:
    """By gauge, as of now."""
    found: dict[Gauge, Tally] = {}
    for wait in waits:
        found.setdefault(wait.gauge, Tally()).take(wait)
    for tally in found.values():
        tally.pass_time(now)
    return found


def is_old(wait: Wait, at: datetime | None) -> bool:
    """Whether no window holds it any more."""
    return at is not None and wait.judged_at <= at - KEPT


def _accounts(incident: Incident) -> tuple[object, ...]:
    """What decides for which waits it accounts."""
    return incident.group, incident.stages, incident.failing_since, incident.closed_at
