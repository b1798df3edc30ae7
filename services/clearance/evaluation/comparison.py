"""Detectors held against the truth of seeds that they were not tuned on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median

from msgspec import Struct

from clearance.evaluation.detectors import LEARNED, Detector
from clearance.evaluation.scores import Estimate, SeedDay, estimate, of_delay, of_ratio
from clearance.evaluation.silences import Watched
from clearance.evaluation.standings import Standing, standings
from clearance.evaluation.tallies import Tally
from clearance.evaluation.thresholds import SHORTEST
from clearance.events.tables.tables import Tables


class Compared(Struct, frozen=True):
    """What a detector does on seeds that it was not tuned on. `asked` are precision and recall; `times_earlier` says
    how much longer the median delay is than that of the learned threshold."""

    rule: str
    goal: str
    by: str
    asked: tuple[float, float]
    setting: str
    tuned: tuple[float, float, float]
    troubles: int
    alarms: int
    precision: Estimate | None
    recall: Estimate | None
    delay_minutes: Estimate | None
    times_earlier: Estimate | None


class Counts:
    """What each detector does, by its place and by seed and day."""

    def __init__(self, detectors: Sequence[Detector], tables: Tables) -> None:
        self.detectors, self._tables = detectors, tables
        self.tallies: dict[int, dict[SeedDay, Tally]] = defaultdict(lambda: defaultdict(Tally))

    def take(self, seed: int, filings: Iterable[Watched]) -> None:
        """The filings of one more seed."""
        for filing, mine in standings(filings, self._tables):
            lasting = [one for one in mine if one.lasts(SHORTEST)]
            for place, detector in enumerate(self.detectors):
                tally = self.tallies[place][seed, filing.filed]
                tally.troubles += sum(one.rule == detector.rule for one in filing.troubles)
                for one in lasting:
                    if one.rule == detector.rule:
                        _count(tally, one, detector.deadline(one))


def _count(tally: Tally, one: Standing, deadline: datetime | None) -> None:
    if deadline is not None and (at := one.raised(deadline)) is not None:
        spoken_of = one.found(at)
        tally.alarms += 1
        tally.true_alarms += bool(spoken_of)
        tally.found += len(spoken_of)
        tally.delays += [max((at - trouble.due).total_seconds(), 0.0) for trouble in spoken_of]


def compared(counts: Counts) -> list[Compared]:
    """All, each beside the learned one of the same rule and goal."""
    detectors, by_place = counts.detectors, counts.tallies
    learned = {(one.rule, one.goal): place for place, one in enumerate(detectors) if one.by == LEARNED}
    return [
        _compared(one, by_place[place], by_place[learned[one.rule, one.goal]])
        for place, one in enumerate(detectors)
        if (one.rule, one.goal) in learned
    ]


def _compared(one: Detector, mine: Mapping[SeedDay, Tally], learned: Mapping[SeedDay, Tally]) -> Compared:
    days = sorted(mine)
    tallies, name = [mine[day] for day in days], f"{one.rule} {one.goal} {one.by}"
    pairs = [(mine[day], learned[day]) for day in days]
    return Compared(
        rule=one.rule,
        goal=one.goal,
        by=one.by,
        asked=one.asked,
        setting=str(one.tuned.choice),
        tuned=(one.tuned.precision, one.tuned.recall, one.tuned.delay),
        troubles=sum(day.troubles for day in tallies),
        alarms=sum(day.alarms for day in tallies),
        precision=estimate(name, tallies, of_ratio("true_alarms", "alarms")),
        recall=estimate(name, tallies, of_ratio("found", "troubles")),
        delay_minutes=estimate(name, tallies, of_delay),
        times_earlier=None if one.by == LEARNED else estimate(name, pairs, _times),
    )


def _times(days: Sequence[tuple[Tally, Tally]]) -> float | None:
    delays = [[seconds for day in days for seconds in day[side].delays] for side in (0, 1)]
    if not all(delays) or not (beside := median(delays[1])):
        return None
    return median(delays[0]) / beside
