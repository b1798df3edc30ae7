"""Stays counted as they are sent: by the day on which they ended, and those that run, each by its narrowest cohort.

A function of the set of stays, in plain counts: what is weighed and widened to other cohorts is so where parts meet.
"""

from collections.abc import Iterable

from clearance.events.learning.cohorts import Chain, Key
from clearance.events.learning.course import Stays
from clearance.events.learning.judged import Judged
from clearance.events.learning.sketch import bucket_of, minute
from clearance.events.values.buckets import Counts, add

RUNNING = "running"
IN_TIME, OVERDUE = 0, 1
Slice = dict[Key, Counts]
"""By cohort: of a day, how many stays ended by bucket of length; of those that run, how many by minute of beginning;
of what was judged on a day, by the cohort that answered, how many were in time and how many overdue."""
Listed = tuple[tuple[Key, tuple[tuple[int, int], ...]], ...]
"""A slice as it is written: sorted, so that equal slices give equal bytes."""


class Tally:
    """The slices of one partition by name: days as `2026-03-02`, in UTC, and `running`."""

    def __init__(self, chain: Chain) -> None:
        self._chain, self._slices, self._judged = chain, dict[str, Slice](), dict[str, Slice]()

    def count(self, stays: Stays, times: int = 1) -> None:
        """Count the stays of a declaration, or take them back. One that ends before it begins is left out."""
        for stay, end in stays.ended:
            if end >= stay.began:
                _add(self._slices, f"{end:%Y-%m-%d}", self._chain.narrowest(stay), bucket_of(end - stay.began), times)
        if (stay_now := stays.running) is not None:
            _add(self._slices, RUNNING, self._chain.narrowest(stay_now), minute(stay_now.began), times)

    def judge(self, every: Iterable[tuple[str, Judged]], times: int = 1) -> None:
        """Count stays that were judged, each with its day, or take them back."""
        for day, one in every:
            _add(self._judged, day, one.cohort, OVERDUE if one.overdue else IN_TIME, times)

    def days(self) -> list[str]:
        """Those on which a stay ended or was judged."""
        return sorted((self._slices.keys() | self._judged.keys()) - {RUNNING})

    def listed(self, name: str) -> Listed:
        """A slice; nothing where nothing was counted."""
        return _listed(self._slices.get(name, {}))

    def judged(self, name: str) -> Listed:
        """What was judged on that day."""
        return _listed(self._judged.get(name, {}))


def _listed(cohorts: Slice) -> Listed:
    return tuple((key, tuple(sorted(counts.items()))) for key, counts in sorted(cohorts.items()))


def _add(slices: dict[str, Slice], name: str, key: Key, number: int, times: int) -> None:
    cohorts = slices.setdefault(name, {})
    counts = cohorts.setdefault(key, {})
    add(counts, number, times)
    if not counts:
        del cohorts[key]
    if not cohorts:
        del slices[name]


def tallied(chain: Chain, every: Iterable[Stays]) -> Tally:
    """The stays of many declarations."""
    tally = Tally(chain)
    for stays in every:
        tally.count(stays)
    return tally
