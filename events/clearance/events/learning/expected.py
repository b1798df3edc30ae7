"""By when a stay is expected to end, and how likely it ends before a given time: what a table of expectations answers.

The configured time is floor and fallback: no stay is overdue before it, and it counts where nothing was learned.
"""

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import NamedTuple

from clearance.events.learning.cohorts import Chain, Key, Stay
from clearance.events.learning.expectations import SHARES, Expectations, Learned

SECOND = timedelta(seconds=1)


class Expected(NamedTuple):
    """After `by` a stay is overdue. `percentile`: the share of the cohort that has ended by then, as far as is known.

    Where nothing was learned there is no percentile, the cohort is empty, and its size 0. `version` is the table's, 0
    without one.
    """

    by: datetime
    percentile: float | None
    cohort: Key
    size: int
    version: int


def expected(stay: Stay, configured: timedelta, chain: Chain, table: Expectations | None) -> Expected:
    """By when a stay ends, after the most specific cohort that the table holds."""
    if table is None:
        return Expected(stay.began + configured, None, (), 0, 0)
    key, learned = answering(stay, chain, table)
    if learned is None or learned.overdue_after_seconds is None:
        return Expected(stay.began + configured, None, key, learned.size if learned else 0, table.version)
    after = timedelta(seconds=learned.overdue_after_seconds)
    percentile = learned.percentile if after >= configured else ended_by(learned, configured)
    return Expected(stay.began + max(after, configured), percentile, key, learned.size, table.version)


def answering(stay: Stay, chain: Chain, table: Expectations) -> tuple[Key, Learned | None]:
    """The cohort that answers for a stay: the most specific one of the table. Nothing if it holds none."""
    for key in chain.keys(stay):
        if (learned := table.cohorts.get(key)) is not None:
            return key, learned
    return (), None


def ended_by(learned: Learned, length: timedelta) -> float:
    """The share that has ended by `length`: straight between the points of the curve, and no more after its last."""
    seconds, curve = length / SECOND, learned.curve_seconds
    place = bisect_right(curve, seconds)
    if place == len(curve):
        return SHARES[place - 1] if place else 0.0
    (before, low), (next_, high) = _point(curve, place - 1), _point(curve, place)
    return low + (high - low) * (seconds - before) / (next_ - before)


def _point(curve: tuple[int, ...], place: int) -> tuple[int, float]:
    return (curve[place], SHARES[place]) if place >= 0 else (0, 0.0)


def probability_of_ending(learned: Learned, stood: timedelta, until: timedelta) -> float | None:
    """That a stay which has run for `stood` ends before it has run for `until`: before a cut-off, for instance.

    None where it has run longer than the curve tells.
    """
    gone = ended_by(learned, stood)
    if not learned.curve_seconds or stood >= timedelta(seconds=learned.curve_seconds[-1]):
        return None
    return (ended_by(learned, max(stood, until)) - gone) / (1 - gone)
