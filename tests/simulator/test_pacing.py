"""Pacing: simulated time never passes the wall clock, and every message has its moment."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.authorities.cn.times import BEIJING
from clearance.simulator.pacing import Compressed, Pace, Steady, begin

WALL = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
DAY, SECOND, NONE = timedelta(days=1), timedelta(seconds=1), timedelta()
FAR = WALL + 1000 * DAY
WEEK = Compressed(start=WALL - 7 * DAY, wall=WALL, speed=300)

passing = st.timedeltas(NONE, 30 * DAY)
moments = st.timedeltas(NONE, 37 * DAY).map(lambda after: WEEK.start + after)
paces = st.sampled_from([WEEK, Compressed(WALL - DAY, WALL, 1), Steady(WALL), Steady(WALL, 50)])


@given(passing, passing)
def test_simulated_time_runs_on_and_never_passes_the_wall_clock(elapsed: timedelta, more: timedelta) -> None:
    assert WEEK.clock(elapsed, FAR) <= WEEK.clock(elapsed + more, FAR) <= WALL + elapsed + more


@given(paces, moments, passing)
def test_no_clock_passes_a_message_that_is_still_to_be_sent(pace: Pace, at: datetime, elapsed: timedelta) -> None:
    assert pace.clock(elapsed, at) <= min(at, WALL + elapsed)


@given(paces, moments, st.integers(0, 10**6))
def test_no_message_is_sent_before_its_time(pace: Pace, at: datetime, number: int) -> None:
    assert WALL + pace.due(number, at) >= at


@given(moments)
def test_a_message_is_due_when_simulated_time_reaches_it(at: datetime) -> None:
    due = max(WEEK.due(0, at), NONE)
    assert WEEK.clock(due, FAR) >= at - SECOND / 1000
    assert due == NONE or WEEK.clock(due - SECOND, FAR) < at


def test_it_runs_fast_until_it_meets_the_wall_clock_and_then_with_it() -> None:
    assert WEEK.clock(60 * SECOND, FAR) == WEEK.start + timedelta(hours=5)
    met = 7 * DAY / 299
    assert WEEK.clock(met - 60 * SECOND, FAR) < WALL + met - 60 * SECOND
    assert WEEK.clock(met + 60 * SECOND, FAR) == WALL + met + 60 * SECOND


def test_a_rate_spaces_messages_evenly_in_the_past_and_waits_for_the_wall_clock() -> None:
    pace = Steady(WALL, per_second=50)
    assert [pace.due(number, WALL - DAY) for number in (0, 1, 50)] == [NONE, SECOND / 50, SECOND]
    assert pace.due(50, WALL + DAY) == DAY
    assert pace.clock(SECOND, WALL - DAY) == WALL - DAY


def test_as_fast_as_possible_waits_only_for_the_wall_clock() -> None:
    assert Steady(WALL).due(10**9, WALL - SECOND) <= NONE
    assert Steady(WALL).due(0, WALL + SECOND) == SECOND


@given(moments, st.integers(1, 60))
def test_it_begins_on_a_working_morning_long_enough_ago(wall: datetime, days_back: int) -> None:
    start = begin(wall, days_back, time(8, 30))
    local = start.astimezone(BEIJING)
    assert (local.isoweekday() < 6, local.hour, local.minute, start.utcoffset()) == (True, 8, 30, NONE)
    assert (days_back - 1) * DAY < wall - start < (days_back + 4) * DAY


@pytest.mark.parametrize(("start", "speed"), [(WALL + SECOND, 300), (WALL, 0.5)])
def test_time_that_would_lie_in_the_future_or_run_slowly_is_refused(start: datetime, speed: float) -> None:
    with pytest.raises(ValueError, match=r"before the wall clock|slower than the wall clock"):
        Compressed(start, WALL, speed)


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="never sends one"):
        Steady(WALL, per_second=0)
