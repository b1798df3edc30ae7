"""The percentile moves until it calls as many stays overdue as it promises."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.events.learning.percentile import FIRST, GAIN, HIGHEST, LOWEST, OVERDUE, moved


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), max_size=400))
def test_it_stays_within_its_bounds(stays: list[tuple[bool, int]]) -> None:
    percentile = FIRST
    for overdue, running in stays:
        after = moved(percentile, overdue, running)
        assert LOWEST <= after <= HIGHEST
        assert after >= percentile if overdue else after <= percentile
        percentile = after


def test_one_overdue_stay_weighs_as_much_as_nineteen_in_time() -> None:
    percentile = moved(0.9, overdue=True, running=0)
    for _ in range(19):
        percentile = moved(percentile, overdue=False, running=0)
    assert percentile == pytest.approx(0.9)


def test_it_moves_the_less_the_more_still_run() -> None:
    assert moved(0.9, overdue=True, running=0) - 0.9 == pytest.approx(GAIN * (1 - OVERDUE))
    assert moved(0.9, overdue=True, running=999) - 0.9 == pytest.approx(0.0005 * (1 - OVERDUE))


@pytest.mark.parametrize("off", [-0.03, 0.0, 0.04])
def test_the_share_called_overdue_is_the_promised_one_however_wrong_the_quantiles_are(off: float) -> None:
    rng, percentile, count = Random(7), FIRST, 0  # noqa: S311 # no secret
    for _ in range(4000):
        overdue = rng.random() > percentile - off
        percentile, count = moved(percentile, overdue, running=5), count + overdue
    assert count / 4000 == pytest.approx(OVERDUE, abs=0.01)
