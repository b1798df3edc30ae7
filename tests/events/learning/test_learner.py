"""Stays folded into cohorts: a function of their set, but for the percentile."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples

from clearance.events.learning.cohort import ENDINGS, Cohort
from clearance.events.learning.cohorts import Stay, chain
from clearance.events.learning.expectations import MOST_COHORTS, SHARES, Expectations
from clearance.events.learning.learner import Learner

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFICES = ("2901", "2902")


def stay(began: datetime, office: str = "2901", mode: str = "sea") -> Stay:
    return Stay("reviewed", "cn", office, "export", mode, "night", began)


def fed(hours: list[float], office: str = "2901", into: Learner | None = None) -> Learner:
    """Stays that took so long and have just ended."""
    learner = into or Learner(chain())
    for one in hours:
        learner.end(stay(NOW - one * HOUR, office), NOW)
    return learner


STAYS = st.lists(
    st.tuples(st.sampled_from(OFFICES), st.timedeltas(timedelta(), 100 * HOUR), st.booleans()), min_size=60, max_size=90
)


def table(stays: list[tuple[str, timedelta, bool]]) -> Expectations:
    learner = Learner(chain())
    for office, length, ended in stays:
        if ended:
            learner.end(stay(NOW - length, office), NOW)
        else:
            learner.begin(stay(NOW - length, office))
    return learner.table(1, NOW)


@settings(max_examples=examples(40))
@given(STAYS.flatmap(lambda stays: st.tuples(st.just(stays), st.permutations(stays))))
def test_a_table_is_a_function_of_the_set_of_stays(orders: tuple) -> None:  # type: ignore[type-arg]
    assert table(orders[0]) == table(orders[1])


def test_what_is_taken_back_was_never_there() -> None:
    learner = fed([float(one) for one in range(80)])
    before = learner.table(1, NOW)
    learner.begin(stay(NOW - 9 * HOUR))
    learner.end(stay(NOW - 9 * HOUR), NOW - 3 * HOUR)
    assert learner.table(1, NOW) != before
    learner.begin(stay(NOW - 9 * HOUR), -1)
    learner.end(stay(NOW - 9 * HOUR), NOW - 3 * HOUR, -1)
    assert learner.table(1, NOW) == before


def test_a_stay_that_ends_before_it_begins_changes_nothing() -> None:
    learner = fed([1.0] * 60)
    before = learner.table(1, NOW)
    with pytest.raises(ValueError, match="leave it out"):
        learner.end(stay(NOW), NOW - HOUR)
    assert learner.table(1, NOW) == before


def test_few_endings_are_published_for_the_wider_cohort_only() -> None:
    learner = fed([1.0] * ENDINGS, "2901", fed([9.0] * (ENDINGS - 1), "2902"))
    offices = {key[2] for key in learner.table(1, NOW).cohorts}
    assert offices == {"2901", "*"}


def test_a_small_cohort_is_drawn_towards_its_parent_and_a_large_one_is_not() -> None:
    def median(count: int) -> int | None:
        learner = fed([100.0] * 5000, "2902", fed([1.0] * count + [60.0] * count, "2901"))
        return (
            learner.table(1, NOW)
            .cohorts["reviewed", "cn", "2901", "export", "*", "*"]
            .curve_seconds[SHARES.index(0.75)]
        )

    assert median(25) == pytest.approx(100 * 3600, rel=0.01)
    assert median(2500) == pytest.approx(60 * 3600, rel=0.01)


def test_what_is_running_makes_it_slower() -> None:
    learner = fed([1.0] * 60)
    key = ("reviewed", "cn", "*", "*", "*", "*")
    assert learner.table(1, NOW).cohorts[key].overdue_after_seconds == pytest.approx(3600, rel=0.02)
    for _ in range(40):
        learner.begin(stay(NOW - 50 * HOUR))
    learned = learner.table(2, NOW).cohorts[key]
    assert learned.overdue_after_seconds is None
    assert learned.p50_seconds == pytest.approx(3600, rel=0.01)
    assert learned.p90_seconds is None


def test_what_ended_long_ago_counts_less_until_it_does_not_answer() -> None:
    learner = fed([1.0] * 100)
    key = ("reviewed", "cn", "*", "*", "*", "*")
    assert learner.table(1, NOW + timedelta(days=180)).cohorts[key].size == 50
    assert learner.table(1, NOW + timedelta(days=361)).cohorts == {}


def test_the_percentile_follows_what_was_called_overdue() -> None:
    learner = fed([float(one) for one in range(1, 101)])
    key = ("reviewed", "cn", "2901", "export", "sea", "night")
    before = learner.table(1, NOW).cohorts[key]
    for _ in range(30):
        learner.judge(key, overdue=False)
    earlier = learner.table(2, NOW).cohorts[key]
    learner.judge(key, overdue=True)
    learner.judge(key, overdue=True)
    later = learner.table(3, NOW).cohorts[key]
    assert earlier.percentile < before.percentile < later.percentile
    assert (earlier.overdue_after_seconds or 0) < (later.overdue_after_seconds or 0)


def test_above_one_nothing_is_overdue() -> None:
    learner = fed([1.0] * 60)
    key = ("reviewed", "cn", "2901", "export", "sea", "night")
    for _ in range(9):
        learner.judge(key, overdue=True)
    learned = learner.table(1, NOW).cohorts[key]
    assert (learned.percentile, learned.overdue_after_seconds) == (1.0, None)


def test_the_widest_cohorts_are_published_first_where_there_are_too_many() -> None:
    learner = Learner(chain())
    for office in range(MOST_COHORTS):
        one = stay(NOW - HOUR, str(office))
        learner.end(one, NOW, ENDINGS)
    kept = learner.table(1, NOW).cohorts
    assert len(kept) == MOST_COHORTS
    assert ("reviewed", "cn", "*", "*", "*", "*") in kept
    assert {key.count("*") for key in kept} == {4, 3, 2}


def test_a_cohort_of_nothing_has_no_size() -> None:
    assert Cohort().size(NOW) == 0
    assert Learner(chain()).table(1, NOW).cohorts == {}
