"""What a declaration waits for: judged when it is known, in time, overdue, over after all, or rejected."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples

from clearance.events.anomalies.ledger import Anomaly, AnomalyState
from clearance.events.incidents.waiting import (
    NOWHERE,
    REJECTION_COUNTS,
    SILENT_AFTER,
    Judged,
    Waiting,
    waited,
)
from clearance.events.incidents.waits import Wait
from clearance.events.learning.course import Course
from clearance.events.step.outputs import AnomalyClosed, AnomalyOpened, Changed, Data, Event, Merged

KEY = "cn:unified:E20260000000000001"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHARED = (("chapter", "84"), ("chapter", "85"), ("office", "2901"))


def moved(stage: str, at: datetime, is_open: bool = True, chapters: tuple[str, ...] = ("84", "85")) -> Changed:
    return Changed("", stage, course=Course(stage, at, {stage: at}, is_open, "2901", chapters=chapters))


def found(rule: str, at: datetime, state: AnomalyState = "open") -> Anomaly:
    return Anomaly(rule, at, 1, "high", NINE, (), "", state)


def told(*given: tuple[datetime, Data], notify: bool = True) -> tuple[Waiting, list[Judged]]:
    """After these events, each known at its time; offices work until five."""
    held, judged = NOWHERE, list[Judged]()
    for seq, (at, data) in enumerate(given):
        event = Event(KEY, 0, seq + 1, seq, at, "message", data, notify)
        held, some = waited(held, event, at, lambda office, at: at.hour < 17)
        judged += some
    return held, judged


def by(test: str, judged: list[Judged]) -> list[Wait]:
    """The waits for a next step that were judged by one test."""
    return [wait for kind, wait in judged if (kind, wait.test) == ("stuck", test)]


def overdue(at: datetime, failed: bool, over_at: datetime | None = None) -> Wait:
    return Wait(KEY, SHARED, NINE, at, failed, over_at, stage="received", seq=1)


def test_what_moves_in_time_is_judged_when_it_moves_and_has_not_failed() -> None:
    _, judged = told((NINE, moved("received", NINE)), (NINE + HOUR, moved("reviewed", NINE + HOUR)))
    assert by("overdue", judged) == [overdue(NINE + HOUR, failed=False)]
    passed = Wait(KEY, SHARED, NINE + HOUR, NINE + HOUR, failed=False, seq=2)
    assert ("rejected", passed) in judged, "nor was it rejected"


def test_what_is_overdue_has_failed_from_then_on_and_is_over_when_it_moves() -> None:
    late = (NINE + 2 * HOUR, AnomalyOpened(found("A04", NINE + 2 * HOUR)))
    held, judged = told((NINE, moved("received", NINE)), late)
    stuck = overdue(NINE + 2 * HOUR, failed=True)
    assert by("overdue", judged) == [stuck]
    assert held.overdue_at == NINE + 2 * HOUR
    _, judged = told((NINE, moved("received", NINE)), late, (NINE + 3 * HOUR, moved("reviewed", NINE + HOUR)))
    over = overdue(NINE + 2 * HOUR, failed=True, over_at=NINE + 3 * HOUR)
    assert by("overdue", judged) == [stuck, over], "when it was told, not when it had happened"


def test_what_machines_answer_is_silent_after_minutes_until_something_comes() -> None:
    received = (NINE, moved("received", NINE))
    _, judged = told(received)
    [silent] = by("silent", judged)
    assert (silent.judged_at, silent.failed, silent.over_at) == (NINE + SILENT_AFTER, True, None), (
        "told before it is known"
    )
    for minutes, failed in ((4, False), (5, True), (60, True)):
        at = NINE + timedelta(minutes=minutes)
        _, judged = told(received, (at, moved("reviewed", at)))
        wait = by("silent", judged)[-1]
        assert wait.key == silent.key
        assert (wait.judged_at, wait.failed, wait.over_at) == (
            (NINE + SILENT_AFTER, True, at) if failed else (at, False, None)
        )
    assert by("silent", told((NINE, moved("reviewed", NINE)))[1]) == [], "goods take their time"


def test_a_higher_level_changes_nothing_and_what_is_found_to_be_none_is_over() -> None:
    first = (NINE + HOUR, AnomalyOpened(found("A04", NINE + HOUR)))
    closed = (NINE + 2 * HOUR, AnomalyClosed(found("A04", NINE + HOUR, "escalated")))
    higher = (NINE + 2 * HOUR, AnomalyOpened(found("A04", NINE + 2 * HOUR)))
    none = (NINE + 3 * HOUR, AnomalyClosed(found("A04", NINE + 2 * HOUR, "false_positive")))
    held, judged = told((NINE, moved("received", NINE)), first, closed, higher, none)
    assert [wait.over_at for wait in by("overdue", judged)] == [None, NINE + 3 * HOUR]
    assert held.stage == ""


def test_a_rejection_counts_for_some_hours() -> None:
    _, judged = told((NINE, moved("received", NINE)), (NINE + HOUR, AnomalyOpened(found("A06", NINE + HOUR))))
    [wait] = [wait for kind, wait in judged if kind == "rejected"]
    assert (wait.stage, wait.failed, wait.over_at) == ("", True, NINE + HOUR + REJECTION_COUNTS)


def test_an_alias_waits_for_nothing_and_history_judges_nothing() -> None:
    held, judged = told((NINE, moved("received", NINE)), (NINE + HOUR, Merged(KEY)))
    assert held.stage == ""
    assert [wait.failed for wait in by("overdue", judged)] == [False]
    held, judged = told((NINE, moved("received", NINE)), (NINE + HOUR, moved("reviewed", NINE)), notify=False)
    assert held.stage == "reviewed"
    assert judged == []


def test_it_knows_what_began_out_of_office_hours() -> None:
    evening = NINE + 9 * HOUR
    _, judged = told((evening, moved("received", evening)), (evening + HOUR, moved("closed", evening, False)))
    assert {wait.off for kind, wait in judged if kind == "stuck"} == {True}


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[datetime, Data]]:
    """Of one declaration: where it stands and goes back to, its goods, what is overdue, and what is not after all; some
    of it in the same moment."""
    minutes = draw(st.lists(st.sampled_from([0, 1, 4, 5, 6, 60]), min_size=2, max_size=8))
    times = [NINE + timedelta(minutes=after) for after in accumulate(minutes)]
    return [(at, draw(st.sampled_from([*_news(at, times)]))) for at in times]


def _news(at: datetime, times: Sequence[datetime]) -> Iterator[Data]:
    for stage in ("submitted", "received", "manual_review"):
        yield from (moved(stage, since, chapters=named) for since in (times[0], at) for named in ((), ("84",)))
    yield from (AnomalyOpened(found(rule, at)) for rule in ("A04", "A06"))
    yield AnomalyClosed(found("A04", at, "false_positive"))


def seen(judged: list[Judged], at: datetime) -> dict[object, object]:
    """What a look at that time sees of these waits."""
    last = {(kind, wait.key): wait for kind, wait in judged}
    return {
        key: (wait.judged_at, wait.attributes, wait.stuck(at)) for key, wait in last.items() if wait.judged_at <= at
    }


@given(stories())
@settings(deadline=None, max_examples=examples(300))
def test_what_is_told_later_changes_nothing_of_what_is_seen_at_a_time(story: list[tuple[datetime, Data]]) -> None:
    _, judged = told(*story)
    for at, _ in story:
        _, by_then = told(*(one for one in story if one[0] <= at))
        assert seen(judged, at) == seen(by_then, at)
