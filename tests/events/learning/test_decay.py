"""Day slices weigh less as they grow old, without being weighed anew."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clearance.events.learning.decay import DAY_ZERO, HALF_LIFE, weight

DAYS = st.integers(0, 36_000)


def on(day: int) -> datetime:
    return DAY_ZERO + timedelta(days=day)


@given(DAYS)
def test_a_day_weighs_twice_what_one_a_half_life_before_does(day: int) -> None:
    assert weight(on(day + HALF_LIFE)) == 2 * weight(on(day))
    assert weight(on(day)) < weight(on(day + 1)) <= weight(on(day)) * (1 + 1 / HALF_LIFE)


def test_all_of_a_day_in_utc_weighs_the_same() -> None:
    assert weight(datetime(2026, 3, 2, tzinfo=UTC)) == weight(datetime(2026, 3, 2, 23, 59, tzinfo=UTC))


def test_what_came_before_all_days_weighs_as_the_first() -> None:
    assert weight(datetime(1999, 1, 1, tzinfo=UTC)) == weight(DAY_ZERO) == HALF_LIFE
