"""Quiet hours and digests go by the clock of the recipient, over midnight and where clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.notices.told import NOW

from clearance.access.recipients import Recipient
from clearance.notices.schedule import due_at, next_digest

LONDON = "Europe/London"
TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0))
ZONES = st.sampled_from(["Asia/Shanghai", LONDON, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def quiet(begin: time, end: time, zone: str = LONDON) -> Recipient:
    return Recipient(
        id="desk", channel="email", address="a@b.c", added_at=NOW, quiet_from=begin, quiet_until=end, zone=zone
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("2026-01-10T21:59:00Z", "2026-01-10T21:59:00Z"),
        ("2026-01-10T22:00:00Z", "2026-01-11T07:00:00Z"),
        ("2026-01-11T06:59:59Z", "2026-01-11T07:00:00Z"),
        ("2026-01-11T07:00:00Z", "2026-01-11T07:00:00Z"),
        ("2026-03-28T23:00:00Z", "2026-03-29T06:00:00Z"),  # summer time begins in this night
        ("2026-10-24T23:00:00Z", "2026-10-25T07:00:00Z"),  # and ends in this one
    ],
)
def test_quiet_hours_go_over_midnight_and_over_changes_of_the_clock(now: str, told: str) -> None:
    assert due_at(quiet(time(22), time(7)), at(now)) == at(told)


def test_quiet_hours_that_end_in_an_hour_shown_twice_end_soon() -> None:
    within = quiet(time(22), time(1, 30))
    assert due_at(within, at("2026-10-25T00:10:00Z")) == at("2026-10-25T00:30:00Z")
    assert due_at(within, at("2026-10-25T01:10:00Z")) == at("2026-10-25T01:30:00Z")


def test_a_digest_in_an_hour_shown_twice_comes_once() -> None:
    first = next_digest(time(1, 30), LONDON, at("2026-10-24T12:00:00Z"))
    assert first == at("2026-10-25T00:30:00Z")
    assert next_digest(time(1, 30), LONDON, first) == at("2026-10-26T01:30:00Z")


def test_a_digest_in_an_hour_left_out_comes_an_hour_later() -> None:
    assert next_digest(time(1, 30), LONDON, at("2026-03-28T12:00:00Z")) == at("2026-03-29T01:30:00Z")


@given(now=MOMENTS, begin=TIMES, end=TIMES, zone=ZONES)
def test_nothing_comes_in_quiet_hours_and_nothing_is_held_back_for_a_day(
    now: datetime, begin: time, end: time, zone: str
) -> None:
    told = due_at(quiet(begin, end, zone), now)
    assert now <= told <= now + timedelta(hours=25)
    if told != now:
        local = told.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0)
        assert local == end or due_at(quiet(begin, end, zone), told) == told


@given(now=MOMENTS, time_of_day=TIMES, zone=ZONES)
def test_there_is_one_digest_a_day(now: datetime, time_of_day: time, zone: str) -> None:
    first = next_digest(time_of_day, zone, now)
    second = next_digest(time_of_day, zone, first)
    assert now < first <= now + timedelta(hours=26)
    days = [one.astimezone(ZoneInfo(zone)).date() for one in (first, second)]
    assert days[1] - days[0] == timedelta(days=1)
