"""Offices that have become slower than they were: of a week, beside the four weeks before. Anomaly A26.

The surprise: an office is held against the others of its authority, too. In a week of holidays everybody is slower,
and no office is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

from msgspec import Struct

from clearance.events.learning.cohort import ENDINGS
from clearance.events.learning.cohorts import Key
from clearance.events.learning.expectations import MOST_SLOWER, At, Slower, is_long
from clearance.events.values.buckets import Counts, longest, middle

LATELY, BEFORE = timedelta(days=7), timedelta(days=28)
"""A week has each day of the week once; domain.md §4, A26: against the trailing baseline."""
TIMES = 2
"""So many times as long, and so many times more than the others are slower: domain.md §4, A26, 2 to 3."""
SHARE = Fraction(9, 10)
MICROSECONDS = 1_000_000
Days = Mapping[date, Mapping[Key, Counts]]
"""Of each day the stays that ended on it, by narrowest cohort and length."""


class _Lengths(Struct):
    """Of one place, lately and before."""

    lately: Counter[int]
    before: Counter[int]

    @property
    def times(self) -> float:
        """How many times as long nine in ten take."""
        return _length(self.lately) / _length(self.before)

    def without(self, part: "_Lengths") -> "_Lengths":
        return _Lengths(self.lately - part.lately, self.before - part.before)

    @property
    def are_enough(self) -> bool:
        return min(self.lately.total(), self.before.total()) >= ENDINGS


def slower(days: Days, until: date) -> dict[At, Slower]:
    """By status, authority and office, as of the end of that day; those that are slower by most, if they are many."""
    lengths = _lengths(days, until)
    found = {
        at: _told(one)
        for at, one in lengths.items()
        if at[2] and one.are_enough and one.times >= TIMES * _usual(lengths[(*at[:2], "")].without(one))
    }
    most = sorted(found, key=lambda at: (-found[at].times, at))[:MOST_SLOWER]
    return {at: found[at] for at in sorted(most)}


def _usual(others: _Lengths) -> float:
    """How many times as long the others take; 1 where they are too few, or faster."""
    return max(1.0, others.times) if others.are_enough else 1.0


def _lengths(days: Days, until: date) -> Mapping[At, _Lengths]:
    """Of each office, and with no office of each authority as a whole."""
    found: dict[At, _Lengths] = defaultdict(lambda: _Lengths(Counter(), Counter()))
    for day, cohorts in days.items():
        age = until - day
        if timedelta() <= age < LATELY + BEFORE:
            for key, counts in cohorts.items():
                for at in _places(key):
                    (found[at].lately if age < LATELY else found[at].before).update(counts)
    return found


def _places(key: Key) -> Iterator[At]:
    status, authority, office, *_ = key
    yield status, authority, ""
    if office and not any(map(is_long, key)):
        yield status, authority, office


def _told(one: _Lengths) -> Slower:
    lately, before = (-(-longest(_ninth(counts)) // MICROSECONDS) for counts in (one.lately, one.before))
    return Slower(size=one.lately.total(), p90_seconds=lately, before_seconds=before)


def _length(counts: Counter[int]) -> float:
    """By when nine in ten have ended; a second at least, since two machines may answer within one."""
    return max(middle(_ninth(counts)), MICROSECONDS)


def _ninth(counts: Counter[int]) -> int:
    """The bucket in which the ninth of ten lies."""
    left = -(-counts.total() * SHARE.numerator // SHARE.denominator)
    for number in sorted(counts):
        left -= counts[number]
        if left <= 0:
            return number
    raise ValueError("nothing was counted")
