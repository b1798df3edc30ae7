"""What the analyst holds of a declaration, and what one more event makes of it. Pure.

The tracker may repeat events: each is applied once, by the reader's rule.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct

from clearance.events.filings.filing import NOTHING_NAMED, Filing, Named, filing_of, named
from clearance.events.incidents.waiting import NOWHERE, Waiting
from clearance.events.learning.cohorts import hour_class
from clearance.events.learning.course import Course, Stays, stays
from clearance.events.learning.judged import Judged
from clearance.events.log.readers_rule import Numbered, judge_event
from clearance.events.receipts.related import Related
from clearance.events.step.outputs import AnomalyOpened, Changed, Event, Merged
from clearance.events.tables.numbers import Numbers
from clearance.events.tables.tables import Tables
from clearance.events.tables.transitions import CONDITIONAL

NOTHING = Stays()


class Followed(Struct, frozen=True, tag="declaration"):
    """A declaration by its last event that was applied, and what it waits for. One that was `merged` has no course of
    its own any more. `judged` are its stays that were judged by what was learned, each with the day; `named` is what it
    may share with others, `related` what it was told of others."""

    epoch: int = 0
    seq: int = 0
    course: Course | None = None
    merged: bool = False
    waiting: Waiting = NOWHERE
    judged: tuple[tuple[str, Judged], ...] = ()
    named: Named = NOTHING_NAMED
    related: Related | None = None


class Time(Struct, frozen=True, tag="time"):
    """Up to when the time of a partition has passed."""

    mark: datetime


def followed(held: Followed, event: Event, kinds: Numbers) -> Followed:
    """After this event; the same if it has been applied. One that nothing is held of begins anywhere: what was before
    has been purged. Raises `LookupError` where others are missing in between."""
    verdict = judge_event(Numbered(held.epoch, held.seq), Numbered(event.epoch, event.seq))
    if verdict == "wait" and held.seq:
        raise LookupError(f"events of {event.declaration} between {held.seq} and {event.seq} are gone")
    if verdict == "skip":
        return held
    merged = held.merged or isinstance(event.data, Merged)
    course = event.data.course if isinstance(event.data, Changed) and event.data.course else held.course
    judged = () if merged else (*held.judged, *_judged(event))
    return Followed(
        epoch=event.epoch,
        seq=event.seq,
        course=None if merged else course,
        merged=merged,
        waiting=held.waiting,
        judged=judged,
        named=named(held.named, event, kinds),
        related=event.data.related or held.related if isinstance(event.data, Changed) else held.related,
    )


def filing(held: Followed, now: Followed, event: Event, tables: Tables) -> Filing | None:
    """The declaration as it is compared with others, if this event has changed that; None of one that names nothing
    that others could name, and of an alias once that was told."""
    course = held.course if now.merged else now.course
    if held.merged or course is None or not now.named.traits:
        return None
    same = now.course is held.course and now.named is held.named and now.related is held.related
    return filing_of(event, now.named, course, _rank(tables), now.related) if now.merged or not same else None


def _judged(event: Event) -> Iterator[tuple[str, Judged]]:
    """By the day of the input that made the tracker judge."""
    if isinstance(event.data, Changed | AnomalyOpened) and event.data.judged is not None:
        yield f"{event.at:%Y-%m-%d}", event.data.judged


def stays_of(declaration: str, course: Course | None, tables: Tables) -> Stays:
    """The stays of a declaration; none of one without a course."""
    if course is None:
        return NOTHING
    authority = declaration.partition(":")[0]
    return stays(course, authority, _rank(tables), _hours(authority, course.office, tables))


def _rank(tables: Tables) -> Callable[[str], int]:
    return lambda stage: tables.codes.statuses["released" if stage == CONDITIONAL else stage].rank


def _hours(authority: str, office: str, tables: Tables) -> Callable[[datetime], str]:
    calendar = tables.calendar_of(authority, office)
    return lambda at: hour_class(calendar, at)
