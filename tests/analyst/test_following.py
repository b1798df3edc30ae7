"""What the analyst holds of a declaration: its last course, each event once, nothing of an alias."""

from datetime import UTC, datetime

import pytest

from clearance.analyst.following import NOTHING, Followed, stays_of
from clearance.analyst.following import followed as followed_by
from clearance.events.learning.course import Course
from clearance.events.step.outputs import Changed, Data, Event, Merged
from clearance.settings.tables import default_tables

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEY = "cn:unified:E20260000000000001"
COURSE = Course("received", AT, {"received": AT}, True, "2901", "export")


def followed(held: Followed, event: Event) -> Followed:
    return followed_by(held, event, default_tables().numbers)


def event(seq: int, data: Data) -> Event:
    return Event(KEY, epoch=0, seq=seq, src=seq, at=AT, cause="message", data=data)


def moved(seq: int, course: Course | None) -> Event:
    return event(seq, Changed("", "received", course=course))


def test_an_event_that_tells_no_course_leaves_it_as_it_was() -> None:
    held = followed(followed(Followed(), moved(1, COURSE)), moved(2, None))
    assert held == Followed(0, 2, COURSE)


def test_an_event_that_comes_again_changes_nothing() -> None:
    held = followed(Followed(), moved(1, COURSE))
    assert followed(held, moved(1, None)) is held


def test_an_alias_has_no_course_also_if_more_comes_to_it() -> None:
    held = followed(followed(Followed(), moved(1, COURSE)), event(2, Merged(KEY)))
    assert followed(held, moved(3, COURSE)) == Followed(0, 3, None, merged=True)


def test_what_was_purged_is_not_waited_for() -> None:
    assert followed(Followed(), moved(7, COURSE)) == Followed(0, 7, COURSE)


def test_an_event_that_is_missing_in_between_is_an_error() -> None:
    with pytest.raises(LookupError, match="between 1 and 3 are gone"):
        followed(followed(Followed(), moved(1, COURSE)), moved(3, COURSE))


def test_stays_know_the_hours_of_their_office() -> None:
    running = stays_of(KEY, COURSE, default_tables()).running
    assert running is not None
    assert running[:-1] == ("received", "cn", "2901", "export", "", "afternoon"), "it is 17:00 in China"
    assert stays_of(KEY, None, default_tables()) == NOTHING


def test_a_conditional_release_has_its_place_among_stages_of_one_moment() -> None:
    course = Course("closed", AT.replace(hour=10), {"released_conditionally": AT, "reviewed": AT}, False)
    ended = stays_of(KEY, course, default_tables()).ended
    assert [stay.status for stay, _ in ended] == ["reviewed", "released_conditionally"]
