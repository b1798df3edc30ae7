"""How old the store is, by two clocks of which one may jump."""

from datetime import UTC, datetime, timedelta

from clearance.store.age import Ages
from clearance.store.rows import Folded

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = 3600.0


def told(*seconds_ago: float) -> list[Folded]:
    return [Folded(number, None, NOW - timedelta(seconds=ago), NOW) for number, ago in enumerate(seconds_ago)]


def test_it_is_that_of_the_oldest() -> None:
    assert Ages().seconds(told(1, 7, 2), NOW, 0.0) == 7
    assert Ages().seconds([], NOW, 0.0) == 0


def test_a_time_of_the_future_is_no_freshness() -> None:
    """This clock is an hour behind, or the other was an hour ahead: nobody knows which."""
    assert Ages().seconds(told(-HOUR), NOW, 0.0) == HOUR


def test_what_is_known_for_a_while_gets_no_younger() -> None:
    """The tracker died, and an hour later this clock is put back by just as much."""
    ages = Ages()
    assert ages.seconds(told(1), NOW, 100.0) == 1
    assert ages.seconds(told(1), NOW, 100.0 + HOUR) == HOUR


def test_it_heals_with_the_clock() -> None:
    ages = Ages()
    assert ages.seconds(told(-HOUR), NOW, 100.0) == HOUR
    assert ages.seconds(told(2), NOW, 101.0) == 2
