"""Deadlines that what was learned may put off: which of them are due, whatever table is in force.

They wait for their floor first. Those beyond it wait with their cohort, in the order in which their stays began: a
cohort is overdue after one length, so that a new table moves each of them by one figure. The surprise: nothing is
moved when a table comes; who is no longer, or not yet, overdue is found when its turn comes.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from clearance.events.learning.cohorts import Key, chain
from clearance.events.learning.decay import DAY_ZERO
from clearance.events.learning.deferral import Deferral, overdue_after
from clearance.events.learning.expectations import Expectations

SLACK = 1000
"""Entries that no longer count, beyond as many as do, before a heap is made anew."""
Entry = tuple[datetime, str]
"""A time, and the declaration that it is of."""


class Deferrals:
    """By declaration id. `cohort_of` tells the narrowest cohort of one; it is asked when the floor is reached. What had
    reached it before a restart, up to `reached`, waits with its cohort from the start: else the first clock would find
    all of them at once."""

    def __init__(self, cohort_of: Callable[[str, Deferral], Key], reached: datetime | None = None) -> None:
        self._cohort_of, self._reached = cohort_of, reached
        self._of: dict[str, Deferral] = {}
        self._floors: list[Entry] = []  # a heap by floor
        self._beyond: dict[str, Key] = {}
        self._keys: dict[Key, Key] = {}  # each once, for the many that have it
        self._cohorts: dict[Key, list[Entry]] = defaultdict(list)  # heaps by when the stay began
        self._after: dict[Key, timedelta] = {}
        self._table: Expectations | None = None
        self._soonest: datetime | None = None
        self._is_known = True  # whether that is right

    def judge_by(self, table: Expectations | None) -> None:
        """From now on this table is in force."""
        self._table, self._is_known = table, False
        self._after.clear()

    def set(self, name: str, given: Deferral | None) -> None:
        """What a declaration waits for; None if for nothing of this kind."""
        if self._of.get(name) == given:
            return
        if self._beyond.pop(name, None) is not None:
            self._is_known = False
        if given is None:
            del self._of[name]
            return
        self._of[name] = given
        if self._reached is not None and given.floor <= self._reached:
            self._beyond_floor(name)
            return
        heapq.heappush(self._floors, (given.floor, name))
        if len(self._floors) > 2 * len(self._of) + SLACK:
            self._floors = [(one.floor, of) for of, one in self._of.items() if of not in self._beyond]
            heapq.heapify(self._floors)

    def due(self) -> datetime | None:
        """The earliest time at which one may be due: at a floor, or when a stay is overdue."""
        while self._floors and not self._waits(*self._floors[0]):
            heapq.heappop(self._floors)
        floor = self._floors[0][0] if self._floors else None
        beyond = self._soonest_beyond()
        return floor if beyond is None or (floor is not None and floor < beyond) else beyond

    def take_due(self, now: datetime) -> list[Entry]:
        """Those that are due, each with its deadline; they wait no more until they are `set` again."""
        found: list[Entry] = []
        while self._floors and self._floors[0][0] <= now:
            floor, name = heapq.heappop(self._floors)
            if self._waits(floor, name):
                self._beyond_floor(name)
        while (soonest := self._soonest_beyond()) is not None and soonest <= now:
            for key in [*self._cohorts]:
                self._take_of(key, now, found)
            self._is_known = False
        for _, name in found:
            del self._of[name]
        return found

    def _waits(self, floor: datetime, name: str) -> bool:
        """Whether an entry among the floors still counts."""
        one = self._of.get(name)
        return one is not None and one.floor == floor and name not in self._beyond

    def _beyond_floor(self, name: str) -> None:
        one = self._of[name]
        key = self._cohort_of(name, one)
        key = self._beyond[name] = self._keys.setdefault(key, key)
        heapq.heappush(self._cohorts[key], (one.began, name))
        if self._is_known:
            at = one.began + self._overdue_after(key)
            self._soonest = at if self._soonest is None else min(self._soonest, at)

    def _take_of(self, key: Key, now: datetime, found: list[Entry]) -> None:
        heap, after = self._cohorts[key], self._overdue_after(key)
        while heap and heap[0][0] + after <= now:
            began, name = heapq.heappop(heap)
            if not self._is_of(key, began, name):
                continue
            del self._beyond[name]
            floor = self._of[name].floor
            if floor > now:  # the clock has gone back
                heapq.heappush(self._floors, (floor, name))
            else:
                found.append((max(floor, began + after), name))
        if not heap:
            del self._cohorts[key]

    def _soonest_beyond(self) -> datetime | None:
        """When the first of those beyond their floors is overdue."""
        if not self._is_known:
            self._soonest = min((at for key in [*self._cohorts] if (at := self._first_of(key))), default=None)
            self._is_known = True
        return self._soonest

    def _first_of(self, key: Key) -> datetime | None:
        heap = self._cohorts[key]
        while heap and not self._is_of(key, *heap[0]):
            heapq.heappop(heap)
        if not heap:
            del self._cohorts[key]
            return None
        return heap[0][0] + self._overdue_after(key)

    def _is_of(self, key: Key, began: datetime, name: str) -> bool:
        """Whether an entry of a cohort still counts."""
        return self._beyond.get(name) == key and self._of[name].began == began

    def _overdue_after(self, key: Key) -> timedelta:
        if (held := self._after.get(key)) is None:
            held = self._after[key] = overdue_after(key, DAY_ZERO, chain(), self._table)
        return held
