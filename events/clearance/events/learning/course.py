"""The course of a declaration, as an event tells it: what the stays of one declaration follow from.

The surprise: stays follow from the last course alone, and not from one event after another. So a late receipt, which
changes the course, changes the stays that ended long ago. And a stage is more than one stay where customs has said what
the declaration waits for: while an obligation is open it is counted there, and what is reviewed counts anew from the
arrival of its goods, once that is reported.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from clearance.events.learning.cohorts import Stay

MOST_CHAPTERS = 8
"""Of HS in one course: whoever looks for what many share looks at every pair."""

WAITS_FOR_GOODS = "reviewed"
ARRIVED = "arrived"
"""Where a stay is of what is reviewed, and its goods have arrived. No status: a declaration stays reviewed."""


class Obligation(Struct, frozen=True, gc=False, omit_defaults=True):
    """What was to be done beside the stage, from when until when; None while it still is."""

    kind: str
    since: datetime
    until: datetime | None = None


class Course(Struct, frozen=True, gc=False, omit_defaults=True):
    """`stage_times`: when it first came to each stage; it stands at `stage` since `since`. A conditional release is a
    stage of its own. `open`: anything is still to come. The rest is what it may share with others, empty where it is
    not known; `chapters` are the first two digits of the HS codes of its goods, sorted; `arrived_at` is when the goods
    arrived, by the transport plan in force; `obligations` stand with the most urgent first."""

    stage: str
    since: datetime
    stage_times: dict[str, datetime]
    open: bool
    office: str = ""
    direction: str = ""
    transport_mode: str = ""
    chapters: tuple[str, ...] = ()
    broker: str = ""
    trader: str = ""
    format: str = ""
    arrived_at: datetime | None = None
    obligations: tuple[Obligation, ...] = ()


class Begun(Struct, frozen=True, gc=False):
    """Where a stay is counted, and since when."""

    place: str
    at: datetime


class Stays(NamedTuple):
    """Of one declaration: those that ended, each with its end, and the one that is running, if it is open."""

    ended: tuple[tuple[Stay, datetime], ...] = ()
    running: Stay | None = None


def stays(course: Course, authority: str, rank: Callable[[str], int], hours: Callable[[datetime], str]) -> Stays:
    """What a course says of how long each stage took. `rank` puts stages of one moment in order, `hours` gives the hour
    class of a beginning. What it came to after it came where it stands is no stay: it is there no more."""
    before = [(at, rank(stage), stage) for stage, at in course.stage_times.items() if at < course.since]
    stages = [*sorted(before), (course.since, 0, course.stage)]
    begun = [
        one
        for (at, _, stage), (until, _, _) in pairwise(stages)
        for one in within(stage, at, until, course.arrived_at, course.obligations)
    ]
    begun += within(course.stage, course.since, None, course.arrived_at, course.obligations)

    def stay(one: Begun) -> Stay:
        place = (authority, course.office, course.direction, course.transport_mode)
        return Stay(one.place, *place, hours(one.at), one.at)

    ended = tuple((stay(one), after.at) for one, after in pairwise(begun))
    return Stays(ended, stay(begun[-1]) if course.open else None)


def stay_at(stage: str, since: datetime, arrived_at: datetime | None, obligations: Sequence[Obligation] = ()) -> Begun:
    """The stay of what stands at a stage since then: the last that it has begun."""
    return [*within(stage, since, None, arrived_at, obligations)][-1]


def within(
    stage: str,
    since: datetime,
    until: datetime | None,
    arrived_at: datetime | None,
    obligations: Sequence[Obligation],
) -> Iterator[Begun]:
    """The stays of one stage, until the next one: another begins whenever it waits for something else."""
    turns = {since, *(one.since for one in obligations)}
    turns |= {at for at in (arrived_at, *(one.until for one in obligations)) if at is not None}
    last = ""
    for at in sorted(turns):
        if at < since or (until is not None and at >= until and at > since):
            continue
        place = _place(stage, at, arrived_at, obligations)
        if place != last:
            yield Begun(place, at)
        last = place


def _place(stage: str, at: datetime, arrived_at: datetime | None, obligations: Sequence[Obligation]) -> str:
    for one in obligations:
        if one.since <= at and (one.until is None or at < one.until):
            return one.kind
    return ARRIVED if stage == WAITS_FOR_GOODS and arrived_at is not None and arrived_at <= at else stage
