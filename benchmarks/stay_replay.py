"""A log of stays replayed in the order of time against what is learned meanwhile, without looking ahead.

Once a stream day a table is published of what was seen until then, stays still running included. As in the tracker, the
table in force decides: a stay is called overdue as soon as it has run longer than its cohort, the activity, allows.
"""

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import fmean
from typing import NamedTuple

from benchmarks.event_logs import Ended

from clearance.events.learning.cohorts import Chain, Key, Stay
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.expected import answering, expected
from clearance.events.learning.learner import Learner
from clearance.events.learning.percentile import OVERDUE

FEWEST = 100
"""Stays judged, below which the share of a cohort says nothing: one stay is a point."""


class KaplanMeier(Learner):
    """With a percentile that stands still."""

    def judge(self, key: Key, overdue: bool) -> None:
        """Nothing moves."""


class ClosedOnly(KaplanMeier):
    """As if nothing were running."""

    def begin(self, stay: Stay, times: int = 1) -> None:
        """Nothing is known of it before it ends."""


METHODS: Mapping[str, type[Learner]] = {"closed only": ClosedOnly, "Kaplan-Meier": KaplanMeier, "learned": Learner}


class Share(NamedTuple):
    """Of one cohort: how many were judged, how many called overdue, and how many of the longest twentieth were."""

    activity: str
    judged: int
    overdue: float
    of_the_longest: float

    @property
    def off(self) -> float:
        """By how many points the share misses the promise."""
        return 100 * abs(self.overdue - OVERDUE)


class Replay:
    """One log, one method. `verdicts`: which stays were called overdue; one that nothing could judge has none."""

    def __init__(self, learner: Learner, found: Sequence[Ended]) -> None:
        self.learner, self.found = learner, found
        self.table = Expectations(1, found[0].began, {})
        self.running: dict[int, Stay] = {}
        self.verdicts: dict[int, bool] = {}
        self.due: list[tuple[datetime, int, Key]] = []

    def run(self) -> dict[int, bool]:
        """Beginnings and ends in the order of time; what takes no time begins before it ends."""
        moments = [(one.began, False, place) for place, one in enumerate(self.found)]
        moments += [(one.ended, True, place) for place, one in enumerate(self.found)]
        for at, ends, place in sorted(moments):
            self.call_overdue(at)
            if at.date() > self.table.as_of.date():
                self.publish(at)
            (self.end if ends else self.begin)(place)
        return self.verdicts

    def publish(self, at: datetime) -> None:
        """A new table, which counts for what is running too."""
        self.table = self.learner.table(self.table.version + 1, at)
        self.due = []
        for place, stay in self.running.items():
            self.expect(place, stay)

    def expect(self, place: int, stay: Stay) -> None:
        known = expected(stay, timedelta(), self.learner.chain, self.table)
        if known.percentile is not None and place not in self.verdicts:
            heapq.heappush(self.due, (known.by, place, known.cohort))

    def call_overdue(self, now: datetime) -> None:
        while self.due and self.due[0][0] < now:
            _, place, key = heapq.heappop(self.due)
            if place in self.running:
                self.verdicts[place] = True
                self.learner.judge(key, overdue=True)

    def begin(self, place: int) -> None:
        stay = _stay(self.found[place])
        self.running[place] = stay
        self.learner.begin(stay)
        self.expect(place, stay)

    def end(self, place: int) -> None:
        stay, ended = self.running.pop(place), self.found[place].ended
        self.learner.begin(stay, -1)
        self.learner.end(stay, ended)
        key, _ = answering(stay, self.learner.chain, self.table)
        if key and place not in self.verdicts:
            self.verdicts[place] = False
            self.learner.judge(key, overdue=False)


def _stay(one: Ended) -> Stay:
    return Stay(one.activity, "", "", "", "", "", one.began)


def shares(found: Sequence[Ended], verdicts: Mapping[int, bool], fewest: int = FEWEST) -> list[Share]:
    """The cohorts of which enough were judged."""
    by_activity: dict[str, list[tuple[timedelta, bool]]] = defaultdict(list)
    for place, overdue in verdicts.items():
        by_activity[found[place].activity].append((found[place].ended - found[place].began, overdue))
    return [_share(name, judged) for name, judged in sorted(by_activity.items()) if len(judged) >= fewest]


def _share(activity: str, judged: list[tuple[timedelta, bool]]) -> Share:
    longest = sorted(judged, reverse=True)[: max(1, round(len(judged) * OVERDUE))]
    overdue = fmean(overdue for _, overdue in judged)
    return Share(activity, len(judged), overdue, fmean(overdue for _, overdue in longest))


def replayed(found: Sequence[Ended], method: type[Learner]) -> list[Share]:
    """All of one log."""
    return shares(found, Replay(method(Chain([()])), found).run())
