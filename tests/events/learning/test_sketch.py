"""The sketch of lengths: a function of the set of its stays, as near to them as DDSketch is."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from ddsketch import DDSketch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples

from clearance.events.learning.sketch import EPOCH, Sketch, bucket_of, minute
from clearance.events.learning.survival import survival
from clearance.events.values.buckets import QUANTILES_WITHIN, bucket, longest, middle

NOW = datetime(2026, 3, 2, tzinfo=UTC)
YEAR = timedelta(days=365)
LENGTHS = st.lists(st.timedeltas(timedelta(), YEAR), max_size=30)
STAYS = st.lists(st.tuples(st.booleans(), st.timedeltas(timedelta(), YEAR), st.integers(1, 3)), max_size=30)


def sketch(stays: list[tuple[bool, timedelta, int]], sign: int = 1, into: Sketch | None = None) -> Sketch:
    """Of stays (has ended, how long it takes or has run, so many times), added one after the other."""
    made = Sketch() if into is None else into
    for ended, length, times in stays:
        if ended:
            made.count_ended(bucket_of(length), times * sign)
        else:
            made.count_running(minute(NOW - length), times * sign)
    return made


def both(first: Sketch, second: Sketch) -> Sketch:
    total = deepcopy(first)
    total.add(second)
    return total


@settings(max_examples=examples(200))
@given(STAYS, STAYS, STAYS)
def test_it_is_added_in_any_order_and_any_grouping(one: list, two: list, three: list) -> None:  # type: ignore[type-arg]
    a, b, c = sketch(one), sketch(two), sketch(three)
    assert both(a, b) == both(b, a)
    assert both(both(a, b), c) == both(a, both(b, c)) == sketch([*three, *one, *two])


@settings(max_examples=examples(200))
@given(STAYS.flatmap(lambda stays: st.tuples(st.just(stays), st.permutations(stays))), STAYS)
def test_it_is_the_same_in_any_order_and_without_what_was_taken_back(orders: tuple, more: list) -> None:  # type: ignore[type-arg]
    stays, otherwise = orders
    assert sketch(stays) == sketch(otherwise)
    with_more = sketch([*more, *stays])
    with_more.add(sketch(more), -1)
    assert with_more == sketch(stays) == sketch(more, -1, sketch([*stays, *more]))


@settings(max_examples=examples(200))
@given(st.lists(st.timedeltas(timedelta(milliseconds=1), YEAR), min_size=1, max_size=200), st.floats(0, 0.999))
def test_its_quantiles_are_within_two_per_cent_of_ddsketch_which_is_within_one_itself(
    lengths: list[timedelta], share: float
) -> None:
    peer, ours = DDSketch(QUANTILES_WITHIN), Sketch()
    for length in lengths:
        peer.add(length / timedelta(microseconds=1))
        ours.count_ended(bucket_of(length))
    place = int(share * (len(lengths) - 1))
    found = survival(ours.ended, {}).quantile((place + 1) / len(lengths))
    assert found is not None
    exact = sorted(lengths)[place] / timedelta(microseconds=1)
    assert middle(found) == pytest.approx(exact, rel=QUANTILES_WITHIN)
    assert middle(found) == pytest.approx(peer.get_quantile_value(share), rel=2.1 * QUANTILES_WITHIN)


@given(st.integers(0, 1 << 60))
def test_a_length_lies_between_its_bucket_and_the_one_before(length: int) -> None:
    number = bucket(length)
    assert (longest(number - 1) if length else -1) < length <= longest(number)
    assert bucket(longest(number)) == number
    assert middle(number) == pytest.approx(length, rel=QUANTILES_WITHIN)


def test_it_refuses_a_stay_that_ends_before_it_begins() -> None:
    with pytest.raises(ValueError, match="cannot end before it begins"):
        bucket_of(timedelta(seconds=-1))


def test_what_runs_is_as_old_as_it_is_when_asked() -> None:
    held = sketch([(False, timedelta(hours=1), 2), (False, timedelta(), 1)])
    hour = timedelta(hours=1) // timedelta(microseconds=1)
    assert held.ages(NOW) == {bucket(hour): 2, 0: 1}
    assert held.ages(NOW + timedelta(hours=1)) == {bucket(2 * hour): 2, bucket(hour): 1}
    assert held.ages(EPOCH) == {0: 3}
