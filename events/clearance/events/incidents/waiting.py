"""What a declaration waits for, event by event: what an event changes of it, and the waits that were judged by it.

The surprise: a wait is judged when that is known, and not when a receipt says that it happened, and by what was known
of the declaration then. So what is told later changes nothing of what was true at a time, and whoever looks at that
time sees the same, however late it looks.
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
    `attributes` are what is known of it now, `silent_as` what was known when it began to wait, `overdue_as` when it was
    overdue. `passed`: it was rejected, or is past that. `off`: the office was closed when it began to wait. `seq`
    numbers the event with which it began."""

    stage: str = ""
    since: datetime | None = None
    known_at: datetime | None = None
    overdue_at: datetime | None = None
    attributes: Attributes = ()
    silent_as: Attributes = ()
    overdue_as: Attributes = ()
    passed: bool = False
    off: bool = False
    seq: int = 0

    def overdue(self, declaration: str, at: datetime, over_at: datetime | None = None) -> Wait:
        """By what the tracker found, as it is known: in time, or failed."""
        if self.overdue_at is None:
            return self._judged(declaration, "overdue", self.attributes, at, failed=False)
        return self._judged(declaration, "overdue", self.overdue_as, self.overdue_at, failed=True, over_at=over_at)

    def silent(self, declaration: str, ended_at: datetime | None = None) -> list[Wait]:
        """By whether anything comes within some minutes, where that says something. Told before it is known: what comes
        in time takes it back."""
        if self.stage not in ANSWERED_BY_MACHINES or self.known_at is None:
            return []
        due = self.known_at + SILENT_AFTER
        if ended_at is not None and ended_at < due:
            return [self._judged(declaration, "silent", self.attributes, ended_at, failed=False)]
        return [self._judged(declaration, "silent", self.silent_as, due, failed=True, over_at=ended_at)]

    def _judged(
        self,
        declaration: str,
        test: Test,
        attributes: Attributes,
        at: datetime,
        *,
        failed: bool,
        over_at: datetime | None = None,
    ) -> Wait:
        return Wait(
            declaration=declaration,
            attributes=attributes,
            since=self.since or at,
            judged_at=at,
            failed=failed,
            over_at=over_at,
            off=self.off,
            stage=self.stage,
            test=test,
            seq=self.seq,
        )


NOWHERE = Waiting()


IsOpen = Callable[[str, datetime], bool]
"""Of an office at a moment, whether it works."""


def waited(held: Waiting, event: Event, now: datetime, is_open: IsOpen) -> tuple[Waiting, list[Judged]]:
    """After an event that became known now; history that is loaded later judges nothing."""
    match event.data:
        case Changed(course=Course() as course):
            after, judged = _moved(held, event, course, now, is_open)
        case Merged():
            after, judged = Waiting(passed=True), _ended(held, event.declaration, now)
        case AnomalyOpened(anomaly) if anomaly.rule in STANDING_STILL and event.notify:
            after, judged = _overdue(held, event.declaration, now)
        case AnomalyClosed(anomaly) if anomaly.rule in STANDING_STILL and anomaly.state != "escalated":
            judged = _ended(held, event.declaration, now) if held.overdue_at else []
            after = _nowhere(held) if judged else held
        case AnomalyOpened(anomaly) if anomaly.rule == REJECTED:
            wait = _rejected(held, event, anomaly.since, now, over_at=now + REJECTION_COUNTS)
            after, judged = replace(held, passed=True), [wait]
        case _:
            return held, []
    return after, [*judged] if event.notify else []


def _moved(held: Waiting, event: Event, course: Course, now: datetime, is_open: IsOpen) -> tuple[Waiting, list[Judged]]:
    attributes = of_a_declaration(course.office, course.chapters, course.broker, course.trader, course.format)
    held = replace(held, attributes=attributes)
    judged: list[Judged] = []
    if not held.passed and not PASSED.isdisjoint({course.stage, *course.stage_times}):
        judged.append(_rejected(held, event, course.since, now))
        held = replace(held, passed=True)
    stage = course.stage if course.open and course.stage in WAITS_AT else ""
    if stage == held.stage:
        return held, judged
    judged += _ended(held, event.declaration, now)
    since = min(course.since, now)
    begun = Waiting(
        stage=stage,
        since=since,
        known_at=now,
        attributes=attributes,
        silent_as=attributes,
        passed=held.passed,
        off=not is_open(course.office, since),
        seq=event.seq,
    )
    after = begun if stage else _nowhere(held)
    return after, judged + [("stuck", wait) for wait in after.silent(event.declaration)]


def _nowhere(held: Waiting) -> Waiting:
    return Waiting(attributes=held.attributes, passed=held.passed)


def _rejected(held: Waiting, event: Event, since: datetime, now: datetime, over_at: datetime | None = None) -> Judged:
    """It was, and that counts until then; or it is past that."""
    return "rejected", Wait(
        declaration=event.declaration,
        attributes=held.attributes,
        since=min(since, now),
        judged_at=now,
        failed=over_at is not None,
        over_at=over_at,
        seq=event.seq,
    )


def _ended(held: Waiting, declaration: str, now: datetime) -> list[Judged]:
    """In time, or after all."""
    if held.since is None:
        return []
    return [("stuck", wait) for wait in (held.overdue(declaration, now, now), *held.silent(declaration, now))]


def _overdue(held: Waiting, declaration: str, now: datetime) -> tuple[Waiting, list[Judged]]:
    if held.since is None or held.overdue_at is not None:
        return held, []
    held = replace(held, overdue_at=now, overdue_as=held.attributes)
    return held, [("stuck", held.overdue(declaration, now))]
