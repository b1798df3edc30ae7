"""The course of a declaration, as an event tells it: what the stays of one declaration follow from.

The surprise: stays follow from the last course alone, and not from one event after another. So a late receipt, which
changes the course, changes the stays that ended long ago.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from clearance.events.learning.cohorts import Stay

MOST_CHAPTERS = 8
"""Of HS in one course: whoever looks for what many share looks at every pair."""


class Course(Struct, frozen=True, gc=False):
    """`stage_times`: when it first came to each stage; it stands at `stage` since `since`. A conditional release is a
    stage of its own. `open`: anything is still to come. The rest is what it may share with others, empty where it is
    not known; `chapters` are the first two digits of the HS codes of its goods, sorted."""

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


class Stays(NamedTuple):
    """Of one declaration: those that ended, each with its end, and the one that is running, if it is open."""

    ended: tuple[tuple[Stay, datetime], ...] = ()
    running: Stay | None = None


def stays(course: Course, authority: str, rank: Callable[[str], int], hours: Callable[[datetime], str]) -> Stays:
    """What a course says of how long each stage took. `rank` puts stages of one moment in order, `hours` gives the hour
    class of a beginning. What it came to after it came where it stands is no stay: it is there no more."""
    before = [(at, rank(stage), stage) for stage, at in course.stage_times.items() if at < course.since]
    points = [*sorted(before), (course.since, 0, course.stage)]

    def stay(began: datetime, stage: str) -> Stay:
        place = (authority, course.office, course.direction, course.transport_mode)
        return Stay(stage, *place, hours(began), began)

    ended = tuple((stay(began, stage), end) for (began, _, stage), (end, _, _) in pairwise(points))
    return Stays(ended, stay(course.since, course.stage) if course.open else None)
