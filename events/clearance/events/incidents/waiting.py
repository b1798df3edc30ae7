"""What a declaration waits for, event by event: what an event changes of it, and the waits that were judged by it.

The surprise: a wait is judged when that is known, and not when a receipt says that it happened. So what is told later
changes nothing of what was true at a time, and whoever looks at that time sees the same, however late it looks.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.incidents.groups import Attributes, of_a_declaration
from clearance.events.incidents.incident import Kind
from clearance.events.incidents.waits import Wait
from clearance.events.learning.course import Course
from clearance.events.standing.track import BEFORE_RELEASE, RELEASED
from clearance.events.step.outputs import AnomalyClosed, AnomalyOpened, Changed, Event, Merged
from clearance.events.tables.transitions import START

STANDING_STILL = frozenset({"A01", "A03", "A04", "A05"})
"""Rules that say that the next step has not come in time."""
REJECTED = "A06"
WAITS_AT = BEFORE_RELEASE - {START}
PASSED = RELEASED | {"reviewed"}
"""Whoever is there was not rejected."""
REJECTION_COUNTS = timedelta(hours=6)
"""A rejection is no state that ends: after so long it is over, and the incident closes when no more come."""

Judged = tuple[Kind, Wait]


class Waiting(Struct, frozen=True):
    """Where a declaration waits since when, "" if nowhere; and when it was overdue there. `passed`: it was rejected, or
    is past that. `off`: the office was closed when it began to wait."""

    stage: str = ""
    since: datetime | None = None
    overdue_at: datetime | None = None
    attributes: Attributes = ()
    passed: bool = False
    off: bool = False

    def judged(self, declaration: str, at: datetime, over_at: datetime | None = None) -> Wait:
        """What it waits for, as it is known: in time, or failed."""
        return Wait(
            declaration=declaration,
            attributes=self.attributes,
            since=self.since or at,
            judged_at=self.overdue_at or at,
            failed=self.overdue_at is not None,
            over_at=over_at,
            off=self.off,
        )


NOWHERE = Waiting()


IsOpen = Callable[[str, datetime], bool]
"""Of an office at a moment, whether it works."""


def waited(held: Waiting, event: Event, now: datetime, is_open: IsOpen) -> tuple[Waiting, list[Judged]]:
    """After an event that became known now; history that is loaded later judges nothing."""
    match event.data:
        case Changed(course=Course() as course):
            after, judged = _moved(held, event.declaration, course, now, is_open)
        case Merged():
            after, judged = replace(NOWHERE, passed=True), _ended(held, event.declaration, now)
        case AnomalyOpened(anomaly) if anomaly.rule in STANDING_STILL and event.notify:
            after, judged = _overdue(held, event.declaration, now)
        case AnomalyClosed(anomaly) if anomaly.rule in STANDING_STILL and anomaly.state != "escalated":
            judged = _ended(held, event.declaration, now) if held.overdue_at else []
            after = replace(held, stage="", since=None, overdue_at=None) if judged else held
        case AnomalyOpened(anomaly) if anomaly.rule == REJECTED:
            since = min(anomaly.since, now)
            over_at = now + REJECTION_COUNTS
            wait = Wait(event.declaration, held.attributes, since, now, failed=True, over_at=over_at)
            after, judged = replace(held, passed=True), [("rejected", wait)]
        case _:
            return held, []
    return after, [*judged] if event.notify else []


def _moved(
    held: Waiting, declaration: str, course: Course, now: datetime, is_open: IsOpen
) -> tuple[Waiting, list[Judged]]:
    attributes = of_a_declaration(course.office, course.chapters, course.broker, course.trader, course.format)
    held = replace(held, attributes=attributes)
    judged: list[Judged] = []
    if not held.passed and not PASSED.isdisjoint({course.stage, *course.stage_times}):
        held = replace(held, passed=True)
        judged.append(("rejected", Wait(declaration, attributes, min(course.since, now), now, failed=False)))
    stage = course.stage if course.open and course.stage in WAITS_AT else ""
    if stage == held.stage:
        return held, judged
    judged += _ended(held, declaration, now)
    since = min(course.since, now)
    off = not is_open(course.office, since)
    return replace(held, stage=stage, since=since if stage else None, overdue_at=None, off=off), judged


def _ended(held: Waiting, declaration: str, now: datetime) -> list[Judged]:
    """In time, or after all."""
    if held.since is None:
        return []
    return [("stuck", held.judged(declaration, now, now if held.overdue_at else None))]


def _overdue(held: Waiting, declaration: str, now: datetime) -> tuple[Waiting, list[Judged]]:
    if held.since is None or held.overdue_at is not None:
        return held, []
    held = replace(held, overdue_at=now)
    return held, [("stuck", held.judged(declaration, now))]
