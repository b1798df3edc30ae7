"""When it pays to ask again: soon while a step is young, at the next deadline at the latest, rarely when it is over."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.client import Client
from tests.api.system import System

from clearance.api.next_check import LONGEST, OVER, SHORTEST, UNKNOWN, next_check, pace
from clearance.events.learning.expectations import SHARES, Learned
from clearance.events.learning.expected import ended_by

SECOND = timedelta(seconds=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOON - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("lasted", "due_in", "wait"),
    [(0, None, 10), (60, None, 10), (600, None, 60), (600, 30, 30), (600, 3, 10), (86_400, None, 900), (600, -5, 60)],
)
def test_a_step_that_has_lasted_is_asked_for_less_often(lasted: float, due_in: float | None, wait: int) -> None:
    assert next_check(True, ago(lasted), None if due_in is None else ago(-due_in), UNKNOWN, NOON) == wait


def test_what_is_over_is_asked_for_once_a_day_unless_a_deadline_is_armed() -> None:
    assert next_check(False, ago(60), None, UNKNOWN, NOON) == OVER
    assert next_check(False, ago(6000), ago(-120), UNKNOWN, NOON) == 120


CURVES = st.lists(st.integers(0, 10**5), max_size=len(SHARES)).map(lambda some: tuple(sorted(some)))


@given(st.none() | st.integers(-(10**6), 10**7), st.none() | st.integers(-(10**6), 10**7), CURVES)
def test_it_is_bounded(lasted: int | None, due_in: int | None, curve: tuple[int, ...]) -> None:
    since, deadline = (None if one is None else ago(one) for one in (lasted, due_in))
    assert SHORTEST <= next_check(True, since, deadline, pace(curve), NOON) <= LONGEST


@given(CURVES)
def test_behind_each_point_a_tenth_of_those_left_have_moved_on_by_then(curve: tuple[int, ...]) -> None:
    learned = Learned(size=50, percentile=0.95, overdue_after_seconds=None, curve_seconds=curve)
    for lasted, share in ((0, 0.0), *zip(curve, SHARES, strict=False)):
        if curve.count(lasted) + (lasted == 0) > 1:
            continue  # of lengths that are alike the last counts
        wait = pace(curve).waits[bisect_right(curve, lasted)]
        goal = share + 0.1 * (1 - share)
        assert (wait is None) == (goal > max((0.0, *SHARES[: len(curve)]))), "behind the curve nothing is known"
        if wait is not None:
            then = timedelta(seconds=lasted + wait)
            assert ended_by(learned, then - SECOND) <= goal + 1e-9 <= ended_by(learned, then + SECOND) + 2e-9


def test_who_has_stood_longer_than_the_quick_ones_is_asked_for_when_the_slow_ones_move() -> None:
    quick, slow = (7,) * 10, tuple(range(7200, 7200 + 600 * 11, 600))
    assert next_check(True, ago(2), None, pace(quick + slow), NOON) == SHORTEST
    assert next_check(True, ago(60), None, pace(quick + slow), NOON) == LONGEST, "the next ones move in two hours"
    assert next_check(True, ago(7300), None, pace(quick + slow), NOON) == 540, (
        "of the 45 % that are left a tenth takes nine minutes"
    )
    assert next_check(True, ago(10**5), None, pace(quick + slow), NOON) == LONGEST


def test_an_answer_says_when_to_ask_again(system: System, client: Client) -> None:
    system.play("held-then-released")
    path = "/v1/declarations/cn:unified:E20260004010000003"
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert SHORTEST <= int(first.headers["Clearance-Next-Check"]) <= OVER
    assert again.headers["Clearance-Next-Check"] == first.headers["Clearance-Next-Check"]
    assert "Clearance-Next-Check" not in client.get(f"{path}/timeline").headers
