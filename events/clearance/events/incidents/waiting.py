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
from clearance.events.incidents.waits import Test, Wait
from clearance.events.learning.course import Course
from clearance.events.standing.track import BEFORE_RELEASE, RELEASED
from clearance.events.step.outputs import AnomalyClosed, AnomalyOpened, Changed, Event, Merged
from clearance.events.tables.transitions import START

STANDING_STILL = frozenset({"A01", "A03", "A04", "A05"})
"""Rules that say that the next step has not come in time."""
ANSWERED_BY_MACHINES = frozenset({"submitted", "received"})
"""Stages that most leave within seconds (a trace of one declaration, `public receipts` in docs/sources.md), long before
they are overdue. Elsewhere it is people who keep them waiting."""
SILENT_AFTER = timedelta(minutes=5)
"""As often as anybody looks."""
REJECTED = "A06"
WAITS_AT = BEFORE_RELEASE - {START}
PASSED = RELEASED | {"reviewed"}
"""Whoever is there was not rejected."""
REJECTION_COUNTS = timedelta(hours=6)
"""A rejection is no state that ends: after so long it is over, and the incident closes when no more come."""

Judged = tuple[Kind, Wait]


class Waiting(Struct, frozen=True):
    """Where a declaration waits since when, "" if nowhere; when that was known, and when it was overdue there.
    `passed`: it was rejected, or is past that. `off`: the office was closed when it began to wait."""

    stage: str = ""
    since: datetime | None = None
    known_at: datetime | None = None
    overdue_at: datetime | None = None
    attributes: Attributes = ()
    passed: bool = False
    off: bool = False

    def overdue(self, declaration: str, at: datetime, over_at: datetime | None = None) -> Wait:
        """By what the tracker found, as it is known: in time, or failed."""
        failed = self.overdue_at is not None
        return self._judged(declaration, "overdue", self.overdue_at or at, failed, over_at if failed else None)

    def silent(self, declaration: str, ended_at: datetime | None = None) -> list[Wait]:
        """By whether anything comes within some minutes, where that says something. Told before it is known: what comes
        in time takes it back."""
        if self.stage not in ANSWERED_BY_MACHINES or self.known_at is None:
            return []
        due = self.known_at + SILENT_AFTER
        in_time = ended_at is not None and ended_at < due
        judged_at = ended_at if ended_at is not None and in_time else due
        return [self._judged(declaration, "silent", judged_at, not in_time, None if in_time else ended_at)]

    def _judged(self, declaration: str, test: Test, at: datetime, failed: bool, over_at: datetime | None) -> Wait:
        return Wait(
            declaration=declaration,
            attributes=self.attributes,
            since=self.since or at,
            judged_at=at,
            failed=failed,
            over_at=over_at,
            off=self.off,
            stage=self.stage,
            test=test,
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
            after = replace(held, stage="", since=None, known_at=None, overdue_at=None) if judged else held
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
    begun = {"since": since, "known_at": now} if stage else {"since": None, "known_at": None}
    after = replace(held, stage=stage, overdue_at=None, off=off, **begun)
    return after, judged + [("stuck", wait) for wait in after.silent(declaration)]


def _ended(held: Waiting, declaration: str, now: datetime) -> list[Judged]:
    """In time, or after all."""
    if held.since is None:
        return []
    return [("stuck", wait) for wait in (held.overdue(declaration, now, now), *held.silent(declaration, now))]


def _overdue(held: Waiting, declaration: str, now: datetime) -> tuple[Waiting, list[Judged]]:
    if held.since is None or held.overdue_at is not None:
        return held, []
    held = replace(held, overdue_at=now)
    return held, [("stuck", held.overdue(declaration, now))]
