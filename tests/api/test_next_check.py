"""When it pays to ask again: soon while a step is young, at the next deadline at the latest, rarely when it is over."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.client import Client
from tests.api.system import System

from clearance.api.next_check import LONGEST, OVER, SHORTEST, next_check

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOON - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("lasted", "due_in", "wait"),
    [(0, None, 10), (60, None, 10), (600, None, 60), (600, 30, 30), (600, 3, 10), (86_400, None, 900), (600, -5, 60)],
)
def test_a_step_that_has_lasted_is_asked_for_less_often(lasted: float, due_in: float | None, wait: int) -> None:
    assert next_check(True, ago(lasted), None if due_in is None else ago(-due_in), NOON) == wait


def test_what_is_over_is_asked_for_once_a_day_unless_a_deadline_is_armed() -> None:
    assert next_check(False, ago(60), None, NOON) == OVER
    assert next_check(False, ago(6000), ago(-120), NOON) == 120


@given(st.none() | st.integers(-(10**6), 10**7), st.none() | st.integers(-(10**6), 10**7))
def test_it_is_bounded(lasted: int | None, due_in: int | None) -> None:
    since, deadline = (None if one is None else ago(one) for one in (lasted, due_in))
    assert SHORTEST <= next_check(True, since, deadline, NOON) <= LONGEST


def test_an_answer_says_when_to_ask_again(system: System, client: Client) -> None:
    system.play("held-then-released")
    path = "/v1/declarations/cn:unified:E20260004010000003"
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert SHORTEST <= int(first.headers["Clearance-Next-Check"]) <= OVER
    assert again.headers["Clearance-Next-Check"] == first.headers["Clearance-Next-Check"]
    assert "Clearance-Next-Check" not in client.get(f"{path}/timeline").headers
