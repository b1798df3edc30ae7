"""An office is told that has become slower than it was, by more than all are (A26)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.events.learning.cohorts import Key
from clearance.events.learning.expectations import MOST_SLOWER
from clearance.events.learning.sketch import bucket_of
from clearance.events.learning.slower import BEFORE, LATELY, Days, slower
from clearance.events.values.buckets import Counts

UNTIL = date(2026, 5, 31)
DAY = timedelta(days=1)
OFFICE, OTHERS = "2901", ("3101", "5300", "7900")
EACH_DAY = 10


def key(office: str, hours: str = "forenoon") -> Key:
    return ("reviewed", "cn", office, "export", "sea", hours)


def lengths(hours: float, times: int = EACH_DAY) -> Counts:
    """Nine in ten within so many hours, one in ten much longer."""
    return {bucket_of(timedelta(hours=hours)): times - times // 10, bucket_of(timedelta(hours=10 * hours)): times // 10}


def told(lately: dict[str, float], before: dict[str, float], times: int = EACH_DAY) -> Days:
    """Hours by office, of each day of the last week and of each of the four weeks before."""
    return {
        UNTIL - age * DAY: {
            key(office): lengths(hours, times) for office, hours in (lately if age * DAY < LATELY else before).items()
        }
        for age in range((LATELY + BEFORE).days)
    }


USUAL = dict.fromkeys((OFFICE, *OTHERS), 2.0)


def test_an_office_that_takes_three_times_as_long_is_told_with_both_lengths() -> None:
    [(at, one)] = slower(told(USUAL | {OFFICE: 6.0}, USUAL), UNTIL).items()
    assert at == ("reviewed", "cn", OFFICE)
    assert one.size == 7 * EACH_DAY
    assert one.p90_seconds == pytest.approx(6 * 3600, rel=0.02)
    assert one.before_seconds == pytest.approx(2 * 3600, rel=0.02)
    assert one.times == pytest.approx(3, rel=0.02)


@pytest.mark.parametrize(
    ("lately", "why"),
    [
        (USUAL, "nothing has changed"),
        (USUAL | {OFFICE: 3.9}, "less than twice"),
        (dict.fromkeys(USUAL, 8.0), "holidays: everybody is slower"),
        (USUAL | {OFFICE: 0.5}, "it is faster"),
    ],
)
def test_no_office_is_told(lately: dict[str, float], why: str) -> None:
    assert slower(told(lately, USUAL), UNTIL) == {}, why


def test_where_everybody_is_slower_who_is_slower_still_is_told() -> None:
    found = slower(told(dict.fromkeys(USUAL, 6.0) | {OFFICE: 20.0}, USUAL), UNTIL)
    assert {at[2] for at in found} == {OFFICE}


def test_fewer_than_fifty_say_nothing() -> None:
    assert slower(told(USUAL | {OFFICE: 6.0}, USUAL, times=7), UNTIL) == {}


def test_a_new_office_and_what_names_none_are_not_told() -> None:
    before = {office: hours for office, hours in USUAL.items() if office != OFFICE} | {"": 2.0}
    assert slower(told(USUAL | {OFFICE: 6.0, "": 9.0}, before), UNTIL) == {}


def test_days_that_are_not_over_and_those_of_long_ago_do_not_count() -> None:
    days = told(USUAL, USUAL)
    others = {UNTIL + DAY: {key(OFFICE): lengths(99, 500)}, UNTIL - LATELY - BEFORE: {key(OFFICE): lengths(0.001, 500)}}
    assert slower({**days, **others}, UNTIL) == {}


def test_of_many_those_that_are_slower_by_most_are_told() -> None:
    before = {f"{number:04}": 1.0 for number in range(12 * MOST_SLOWER)}
    lately = {office: 3 * 1.02**place if place <= MOST_SLOWER else 1.0 for place, office in enumerate(before)}
    found = slower(told(lately, before, times=9), UNTIL)
    assert [at[2] for at in found] == [f"{number:04}" for number in range(1, MOST_SLOWER + 1)]


@given(st.permutations(range(35)))
def test_the_order_of_days_changes_nothing(order: list[int]) -> None:
    days = told(USUAL | {OFFICE: 6.0}, USUAL)
    dates = sorted(days)
    assert slower({dates[place]: days[dates[place]] for place in order}, UNTIL) == slower(days, UNTIL)
