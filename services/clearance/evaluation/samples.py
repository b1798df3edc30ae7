"""What thresholds are tuned on: of many seeds the lengths of what is well, counted by cohort, and what is in trouble.

A million standings are kept as counts in buckets that are within 1 %, and those in trouble as they are.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from clearance.evaluation.silences import Watched
from clearance.evaluation.standings import SIGHTS, Sight, Standing, Stood, standings, to_be_found
from clearance.evaluation.thresholds import SHORTEST
from clearance.events.learning.cohorts import Key, chain
from clearance.events.learning.learner import Learner
from clearance.events.learning.sketch import bucket_of
from clearance.events.tables.tables import Tables

ENDLESS = 1 << 60
"""The bucket of what never ends."""


class Lengths:
    """How long those that are well stand, as it passes or in office hours."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self._buckets: list[int] = []
        self._longer: list[int] = []

    def add(self, other: "Lengths") -> None:
        self.counts.update(other.counts)

    def longer(self, than: timedelta) -> int:
        """How many stand for longer."""
        if not self._buckets:
            self._buckets = sorted(self.counts)
            self._longer = [0]
            for number in reversed(self._buckets):
                self._longer.append(self._longer[-1] + self.counts[number])
            self._longer.reverse()
        return self._longer[bisect_right(self._buckets, bucket_of(than))]


class Group:
    """Standings that a threshold does not tell apart."""

    def __init__(self) -> None:
        self.passing, self.working = Lengths(), Lengths()
        self.troubled: list[Standing] = []

    def add(self, other: "Group") -> None:
        self.passing.add(other.passing)
        self.working.add(other.working)
        self.troubled += other.troubled


Groups = dict[str, dict[Key, Group]]
"""By rule and narrowest cohort."""


class Sample:
    """Of the filings that were taken: what was learned, `in_office_hours` too, groups in both ways of seeing a silence,
    and how many troubles there were that a silence is to tell of."""

    def __init__(self, tables: Tables) -> None:
        self.learner, self.in_office_hours = Learner(chain()), Learner(chain())
        self.groups: dict[Sight, Groups] = defaultdict(lambda: defaultdict(lambda: defaultdict(Group)))
        self.troubles: Counter[str] = Counter()
        self._tables = tables

    def take(self, filing: Watched, stood: Stood) -> None:
        """One more filing."""
        self.troubles.update(trouble.rule for trouble in filing.troubles if to_be_found(trouble))
        for one in stood.awaited:
            self._learn(one)
        for sight in SIGHTS:
            self._keep(sight, stood.seen(sight))

    def merged(self, rule: str, sight: Sight, place: Callable[[Key], tuple[str, ...]]) -> dict[tuple[str, ...], Group]:
        """The groups of a rule that lie in one place, together."""
        found: dict[tuple[str, ...], Group] = defaultdict(Group)
        for key, group in self.groups[sight][rule].items():
            found[place(key)].add(group)
        return found

    def _learn(self, one: Standing) -> None:
        if one.ended is None:
            self.learner.begin(one.stay)
            self.in_office_hours.begin(one.stay)
        else:
            self.learner.end(one.stay, one.ended)
            self.in_office_hours.end(one.stay, one.stay.began + self._worked(one, one.ended))

    def _keep(self, sight: Sight, every: Iterable[Standing]) -> None:
        for one in every:
            if one.spared or one.idle:
                continue
            group = self.groups[sight][one.rule][self.learner.chain.narrowest(one.stay)]
            if one.troubles:
                group.troubled.append(one)
            else:
                over = one.over
                group.passing.counts[ENDLESS if over is None else bucket_of(over - one.stay.began)] += 1
                group.working.counts[ENDLESS if over is None else bucket_of(self._worked(one, over))] += 1

    def _worked(self, one: Standing, over: datetime) -> timedelta:
        calendar = self._tables.calendar_of(one.stay.authority, one.stay.office)
        if calendar is None or over - one.stay.began < SHORTEST:  # no threshold is so short
            return over - one.stay.began
        return calendar.between(one.stay.began, over)


class Samples:
    """The whole of some seeds, and its halves, every other filing: what one half chooses is judged on the other."""

    def __init__(self, tables: Tables) -> None:
        self.whole, self.halves = Sample(tables), (Sample(tables), Sample(tables))
        self._tables = tables

    def take(self, filings: Iterable[Watched]) -> None:
        """Those of one more seed."""
        for place, (filing, stood) in enumerate(standings(filings, self._tables)):
            for sample in (self.whole, self.halves[place % 2]):
                sample.take(filing, stood)
