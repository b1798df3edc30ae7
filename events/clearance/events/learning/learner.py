"""The fold of stays into cohorts, and the table that is published of them: the analyst's, in the order of its log.

What is counted is a function of the set of stays. Only the percentiles depend on the order in which they were judged.
"""

from collections.abc import Iterable
from datetime import datetime

from clearance.events.learning.cohort import ENDINGS, Cohort
from clearance.events.learning.cohorts import ANY, Chain, Key, Stay
from clearance.events.learning.decay import weight
from clearance.events.learning.expectations import MOST_COHORTS, SHARES, Expectations, Learned, is_long
from clearance.events.learning.sketch import bucket_of, minute
from clearance.events.values.buckets import longest, middle


class Learner:
    """All cohorts of what was folded so far."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.cohorts, self.parents = chain, dict[Key, Cohort](), dict[Key, Key | None]()
        self._of_narrowest: dict[Key, list[Cohort]] = {}

    def begin(self, stay: Stay, times: int = 1) -> None:
        """Count a running stay in its cohorts, or take it back: it ended, or never was."""
        began = minute(stay.began)
        for cohort in self._of(stay):
            cohort.begin(began, times)

    def end(self, stay: Stay, ended: datetime, times: int = 1) -> None:
        """Count an ended stay, or take it back. Raises `ValueError` where it ends before it begins: leave it out."""
        number, weighed = bucket_of(ended - stay.began), weight(ended) * times
        for cohort in self._of(stay):
            cohort.end(number, weighed)

    def judge(self, key: Key, overdue: bool) -> None:
        """A stay that the cohort `key` answered for was called overdue, or ended in time. Only the first counts."""
        self.cohorts[key].judge(overdue)

    def judge_days(self, key: Key, days: Iterable[tuple[int, int]]) -> None:
        """What was judged by that cohort, if it is known any more: by day how many were overdue, and of how many."""
        if key in self.cohorts:
            self.cohorts[key].judge_days(days)

    def table(self, version: int, as_of: datetime) -> Expectations:
        """What is known by `as_of`, of the widest and then of the largest cohorts."""
        sizes = {key: size for key, cohort in self.cohorts.items() if (size := cohort.size(as_of)) >= ENDINGS}
        able = (key for key in sizes if not any(map(is_long, key)))
        kept = sorted(able, key=lambda key: (-key.count(ANY), -sizes[key], key))[:MOST_COHORTS]
        return Expectations(version, as_of, {key: self._learned(key, sizes[key], as_of) for key in kept})

    def _of(self, stay: Stay) -> list[Cohort]:
        narrowest = self.chain.narrowest(stay)
        if (held := self._of_narrowest.get(narrowest)) is None:
            keys = [*self.chain.keys(stay)]
            self.parents.update(zip(keys, [*keys[1:], None], strict=True))
            held = self._of_narrowest[narrowest] = [self.cohorts.setdefault(key, Cohort()) for key in keys]
        return held

    def _learned(self, key: Key, size: int, now: datetime) -> Learned:
        cohort, above = self.cohorts[key], self.parents[key]
        found = cohort.survival(now, None if above is None else self.cohorts[above])
        last = found.quantile(cohort.percentile) if cohort.percentile < 1 else None
        curve = [found.quantile(share) for share in SHARES]
        return Learned(
            size=size,
            percentile=min(1.0, cohort.percentile),
            overdue_after_seconds=None if last is None else -(-longest(last) // 1_000_000),
            curve_seconds=tuple(round(middle(number) / 1_000_000) for number in curve if number is not None),
        )
