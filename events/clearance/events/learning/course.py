"""The course of a declaration, as an event tells it: what the stays of one declaration follow from.

The surprise: stays follow from the last course alone, and not from one event after another. So a late receipt, which
changes the course, changes the stays that ended long ago. And what is reviewed counts anew from the arrival of its
goods, once that is reported: before it no release can come.
"""

from collections.abc import Callable
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


class Course(Struct, frozen=True, gc=False):
    """`stage_times`: when it first came to each stage; it stands at `stage` since `since`. A conditional release is a
    stage of its own. `open`: anything is still to come. The rest is what it may share with others, empty where it is
    not known; `chapters` are the first two digits of the HS codes of its goods, sorted; `arrived_at` is when the goods
    arrived, by the transport plan in force."""

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


class Point(NamedTuple):
    """Where a stay begins; `rank` puts those of one moment in order."""

    began: datetime
    rank: int
    stage: str


class Stays(NamedTuple):
    """Of one declaration: those that ended, each with its end, and the one that is running, if it is open."""

    ended: tuple[tuple[Stay, datetime], ...] = ()
    running: Stay | None = None


def stays(course: Course, authority: str, rank: Callable[[str], int], hours: Callable[[datetime], str]) -> Stays:
    """What a course says of how long each stage took. `rank` puts stages of one moment in order, `hours` gives the hour
    class of a beginning. What it came to after it came where it stands is no stay: it is there no more."""
    before = [Point(at, rank(stage), stage) for stage, at in course.stage_times.items() if at < course.since]
    points = _with_arrival([*sorted(before), Point(course.since, 0, course.stage)], course.arrived_at)

    def stay(at: Point) -> Stay:
        place = (authority, course.office, course.direction, course.transport_mode)
        return Stay(at.stage, *place, hours(at.began), at.began)

    ended = tuple((stay(one), after.began) for one, after in pairwise(points))
    return Stays(ended, stay(points[-1]) if course.open else None)


def stay_at(stage: str, since: datetime, arrived_at: datetime | None) -> tuple[str, datetime]:
    """The stay of what stands at a stage since then, as it is counted: where, and when it began."""
    if stage == WAITS_FOR_GOODS and arrived_at is not None:
        return ARRIVED, max(since, arrived_at)
    return stage, since


def _with_arrival(points: list[Point], arrived_at: datetime | None) -> list[Point]:
    """A stay for the goods ends with their arrival; one that ended before it was none."""
    found = list[Point]()
    for place, one in enumerate(points):
        stage, began = stay_at(one.stage, one.began, arrived_at)
        until = points[place + 1].began if place + 1 < len(points) else None
        if stage == one.stage or (until is not None and began > until):
            found.append(one)
            continue
        if one.began < began:
            found.append(one)
        found.append(Point(began, one.rank, stage))
    return found
