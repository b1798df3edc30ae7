"""Kaplan–Meier by buckets, against the formula of the textbook over every single stay."""

from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples

from clearance.events.learning.survival import survival
from clearance.events.values.buckets import Counts, add, bucket, longest

STAYS = st.lists(st.tuples(st.integers(0, 1 << 44), st.booleans()), min_size=1, max_size=60)
"""How long a stay takes or has run, in microseconds, and whether it has ended."""


def counts(stays: list[tuple[int, bool]], ended: bool) -> Counts:
    found: Counts = {}
    for length, has_ended in stays:
        if has_ended == ended:
            add(found, bucket(length), 1)
    return found


def by_the_book(stays: list[tuple[int, bool]], length: int) -> float:
    """The product over each moment at which one ended: the share of those at risk that did not end then. O(n²)."""
    placed = [(bucket(one), ended) for one, ended in stays]
    moments = {place for place, ended in placed if ended and place <= bucket(length)}
    return prod(
        1 - sum(ended and place == moment for place, ended in placed) / sum(place >= moment for place, _ in placed)
        for moment in moments
    )


@settings(max_examples=examples(400))
@given(STAYS, st.integers(0, 1 << 44))
def test_it_is_what_the_textbook_says(stays: list[tuple[int, bool]], asked: int) -> None:
    found = survival(counts(stays, ended=True), counts(stays, ended=False))
    for length in (asked, *(length for length, _ in stays)):
        assert found.after(length) == pytest.approx(by_the_book(stays, length), abs=1e-9)


@settings(max_examples=examples(200))
@given(STAYS, st.floats(0.01, 1))
def test_a_quantile_is_the_first_bucket_by_which_so_many_ended(stays: list[tuple[int, bool]], share: float) -> None:
    found = survival(counts(stays, ended=True), counts(stays, ended=False))
    number = found.quantile(share)
    if number is None:
        assert found.after(1 << 60) > 1 - share
    else:
        assert found.after(longest(number)) <= 1 - share + 1e-9
        assert number == min(found.buckets) or found.after(longest(number - 1)) > 1 - share


@settings(max_examples=examples(200))
@given(STAYS, st.integers(0, 1 << 44), st.integers(0, 1 << 44), st.integers(1, 9))
def test_weights_that_are_all_alike_change_nothing(stays: list, one: int, two: int, weight: int) -> None:  # type: ignore[type-arg]
    ended, running = counts(stays, ended=True), counts(stays, ended=False)
    heavy = survival(*({key: count * weight for key, count in each.items()} for each in (ended, running)))
    plain = survival(ended, running)
    assert heavy.after(one) == pytest.approx(plain.after(one), abs=1e-9)
    assert heavy.ends_before(one, two) == pytest.approx(plain.ends_before(one, two), abs=1e-6)


@pytest.mark.parametrize(
    ("stood", "until", "probability"),
    [
        (0, 15, 0.25),
        (0, 35, 0.75),
        (15, 35, 1 - 0.25 / 0.75),
        (15, 15, 0.0),
        (35, 20, 0.0),
        (35, 45, 1.0),
        (45, 50, None),
    ],
)
def test_the_chance_to_end_in_time_counts_only_those_that_stood_as_long(
    stood: int, until: int, probability: float | None
) -> None:
    found = survival({10: 1, 20: 1, 30: 1, 40: 1}, {})
    assert found.ends_before(stood, until) == (None if probability is None else pytest.approx(probability))


def test_those_that_still_run_make_it_slower() -> None:
    ended = {10: 50, 20: 50}
    assert survival(ended, {}).quantile(0.9) == 20
    assert survival(ended, {30: 20}).quantile(0.9) is None
    assert survival(ended, {30: 20}).after(20) == pytest.approx(20 / 120)


def test_of_nothing_it_knows_nothing() -> None:
    assert survival({}, {5: 3}).quantile(0.5) is None
    assert survival({}, {}).after(7) == 1.0
