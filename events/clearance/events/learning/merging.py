"""The table of expectations from the parts of all partitions: as of the last day that each of them has told.

One that is too far behind is left out, and the table names it: of its running stays nobody knows whether they still
run.

What a partition has told of a later day waits, so that the table of a day is the same whoever is ahead.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from clearance.events.learning.cohorts import Chain, Key, stay_in
from clearance.events.learning.decay import DAY_ZERO
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.learner import Learner
from clearance.events.learning.part import Part
from clearance.events.learning.sketch import EPOCH, MINUTE
from clearance.events.learning.slower import slower
from clearance.events.learning.tally import OVERDUE, RUNNING
from clearance.events.values.buckets import middle

Place = tuple[int, str]
"""Partition and slice."""
BEHIND = timedelta(days=2)
"""How far a partition may be behind the one that is furthest. One that is parked for a night is waited for; one that
nobody sees to would hold the day of all."""


class Merging:
    """The parts that count and those that wait, as they come: in any order, some of them repeated. `made` is the day of
    the last table."""

    def __init__(self) -> None:
        self._parts: dict[Place, dict[int, Part]] = defaultdict(dict)
        self._told: dict[int, date] = {}
        self.made: date | None = None

    def take(self, parts: Iterable[Part]) -> None:
        """Parts more. Those that run are told last: with them the day of a partition is whole."""
        for part in parts:
            self._parts[part.partition, part.slice][part.src] = part
            if part.slice == RUNNING:
                day = part.hour.date()
                self._told[part.partition] = max(day, self._told.get(part.partition, day))

    @property
    def day(self) -> date | None:
        """The last that every partition has told, but for those that are left out. One that has told nothing is not
        waited for: it has no events."""
        without = self.without
        return min((day for number, day in self._told.items() if number not in without), default=None)

    @property
    def without(self) -> tuple[int, ...]:
        """Partitions that have told nothing for so long that nobody waits for them: parked ones, for instance."""
        last = max(self._told.values(), default=None)
        return tuple(sorted(number for number, day in self._told.items() if last and last - day > BEHIND))

    @property
    def is_due(self) -> bool:
        """Whether a table can be made that is newer than the last one."""
        return self.day is not None and (self.made is None or self.made < self.day)

    def table(self, chain: Chain) -> Expectations:
        """What is known of that day; its version is the number of the day. Raises `LookupError` before the first."""
        if (day := self.day) is None:
            raise LookupError("no day was told yet")
        self.made, learner, without = day, Learner(chain), self.without
        counted: list[Part] = []
        for place, parts in self._parts.items():
            if before := [src for src, part in parts.items() if part.hour.date() <= day]:
                last = max(before)
                if place[1] != RUNNING or place[0] not in without:
                    _count(learner, parts[last])
                    counted.append(parts[last])
                self._parts[place] = {src: part for src, part in parts.items() if src >= last}
        as_of = datetime(day.year, day.month, day.day, tzinfo=UTC)
        _judge(learner, counted)
        table = learner.table((as_of - DAY_ZERO).days, as_of)
        return replace(table, without=without, slower=slower(_days(counted), day - timedelta(days=1)))


def _days(parts: Iterable[Part]) -> dict[date, dict[Key, Counter[int]]]:
    """The stays that ended on each day, of all partitions."""
    found: dict[date, dict[Key, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for part in parts:
        if part.slice != RUNNING:
            for key, counts in part.cohorts:
                found[date.fromisoformat(part.slice)][key].update(dict(counts))
    return found


def _judge(learner: Learner, parts: Iterable[Part]) -> None:
    """Day by day, all partitions together: the percentiles follow from the days, and from no order within one."""
    found: dict[Key, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for part in parts:
        for key, counts in part.judged:
            found[key][part.slice].update(dict(counts))
    for key, days in found.items():
        learner.judge_days(key, ((days[day][OVERDUE], days[day].total()) for day in sorted(days)))


def _count(learner: Learner, part: Part) -> None:
    for key, counts in part.cohorts:
        for number, times in counts:
            if part.slice == RUNNING:
                learner.begin(stay_in(key, EPOCH + number * MINUTE), times)
            else:
                ended = datetime.fromisoformat(part.slice).replace(tzinfo=UTC)
                began = ended - timedelta(microseconds=int(middle(number)))  # in the middle of its bucket
                learner.end(stay_in(key, began), ended, times)
