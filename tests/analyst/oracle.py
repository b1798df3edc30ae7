"""What the analyst must tell, by the events of the pure fold. Counting anew for each day is slow."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count

from clearance.analyst.analyst import AFTER, BEFORE_ALL
from clearance.analyst.following import stays_of
from clearance.events.incidents.lookout import IncidentTold, Known, Lookout, WaitsTold
from clearance.events.incidents.waiting import NOWHERE, Waiting, waited
from clearance.events.learning.cohorts import Key, chain
from clearance.events.learning.course import Course
from clearance.events.learning.part import Part
from clearance.events.learning.sketch import bucket_of, minute
from clearance.events.learning.tally import RUNNING, Listed
from clearance.events.partition.time_passed import TimePassed
from clearance.events.step.outputs import AnomalyOpened, Changed, Event, Merged
from clearance.settings.tables import default_tables

Slices = dict[str, dict[Key, Counter[int]]]


def expected(events: Sequence[Event], hours: Sequence[TimePassed], partition: int) -> Iterator[Part]:
    """The parts of a partition, in their order, from its own events and hours."""
    last: dict[str, tuple[Listed, Listed]] = {}
    day = None
    for passed in hours:
        if day is not None and passed.hour.date() <= day:
            continue
        before = [one for one in events if one.src <= passed.src]
        day, slices, judged = passed.hour.date(), counted(before), verdicts(before)
        for name in [*sorted((slices.keys() | judged.keys() | last.keys()) - {RUNNING}), RUNNING]:
            both = listed(slices.get(name, {})), listed(judged.get(name, {}))
            if name == RUNNING or both != last.get(name):
                yield part(passed, partition, name, *both)
            last[name] = both


def listed(cohorts: dict[Key, Counter[int]]) -> Listed:
    return tuple((key, tuple(sorted(some.items()))) for key, some in sorted(cohorts.items()))


def part(passed: TimePassed, partition: int, name: str, cohorts: Listed, judged: Listed) -> Part:
    place = {"epoch": 0, "partition": partition, "slice": name}
    return Part(**place, src=passed.src, hour=passed.hour, cohorts=cohorts, judged=judged)  # type: ignore[arg-type]


def verdicts(events: Sequence[Event]) -> Slices:
    """What was judged by what was learned, of each declaration that is no alias."""
    aliases = {event.declaration for event in events if isinstance(event.data, Merged)}
    slices: Slices = defaultdict(lambda: defaultdict(Counter))
    for event in events:
        one = event.data.judged if isinstance(event.data, Changed | AnomalyOpened) else None
        if one and event.declaration not in aliases:
            slices[event.at.date().isoformat()][one.cohort][int(one.overdue)] += 1
    return slices


def counted(events: Sequence[Event]) -> Slices:
    """The stays that follow from the last course of each declaration that is no alias."""
    courses: dict[str, Course] = {}
    aliases = {event.declaration for event in events if isinstance(event.data, Merged)}
    for event in events:
        if isinstance(event.data, Changed) and event.data.course:
            courses[event.declaration] = event.data.course
    slices: Slices = defaultdict(lambda: defaultdict(Counter))
    for name, course in courses.items():
        if name not in aliases:
            ended, running = stays_of(name, course, default_tables())
            for stay, end in ended:
                slices[end.date().isoformat()][chain().narrowest(stay)][bucket_of(end - stay.began)] += 1
            if running:
                slices[RUNNING][chain().narrowest(running)][minute(running.began)] += 1
    return slices


def incidents_of(events: Sequence[Sequence[Event]], hours: Mapping[int, Sequence[TimePassed]]) -> list[IncidentTold]:
    """What one lookout tells that takes all waits of one partition after the other."""
    lookout, at = Lookout(0, len(events), Known()), datetime(2026, 1, 1, tzinfo=UTC)
    told = (one for number, some in enumerate(events) for one in waits_of(some, hours.get(number, ()), number))
    return [one for offset, waits in enumerate(told) for one in lookout.take(offset, waits, at)]


def waits_of(events: Sequence[Event], hours: Sequence[TimePassed], partition: int) -> Iterator[WaitsTold]:
    """What a partition tells of waits, and of the times that have passed."""
    held: dict[str, Waiting] = {}
    mark, places = BEFORE_ALL.mark, count()
    every: list[Event | TimePassed] = [*events, *hours]
    for one in sorted(every, key=lambda one: one.src):
        if isinstance(one, TimePassed):
            mark = max(one.mark or one.hour, mark)
            yield WaitsTold(partition, next(places), mark=mark)
            continue
        authority, known_at = one.declaration.partition(":")[0], max(one.at, mark + AFTER)
        before = held.get(one.declaration, NOWHERE)
        held[one.declaration], waits = waited(before, one, known_at, default_tables().is_open(authority))
        if waits:
            yield WaitsTold(partition, next(places), authority, waits=tuple(waits))
