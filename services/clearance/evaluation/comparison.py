"""Detectors held against the truth of seeds that they were not tuned on."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from statistics import median

from msgspec import Struct

from clearance.evaluation.detectors import LEARNED, Detector
from clearance.evaluation.scores import Estimate, SeedDay, estimate, of_delay, of_ratio
from clearance.evaluation.silences import Watched
from clearance.evaluation.standings import Standing, standings, to_be_found
from clearance.evaluation.tallies import Tally
from clearance.evaluation.thresholds import SHORTEST
from clearance.events.tables.tables import Tables
from clearance.simulator.life import Trouble


class Compared(Struct, frozen=True):
    """What a detector does on seeds that it was not tuned on. `level` is the precision and the recall asked for,
    `tuned` what came of it on the seeds that it was tuned on, each half judging the other. `times_earlier` says how
    much longer the median delay is than that of the learned threshold; None where that has another level."""

    rule: str
    by: str
    level: float | None
    setting: str
    tuned: tuple[float, float, float] | None
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
        for filing, stood in standings(filings, self._tables):
            for place, detector in enumerate(self.detectors):
                tally = self.tallies[place][seed, filing.filed]
                tally.troubles += sum(one.rule == detector.rule and to_be_found(one) for one in filing.troubles)
                _count(tally, _raised(detector, stood.seen(detector.sight)))


def _raised(detector: Detector, every: Iterable[Standing]) -> Iterator[tuple[Standing, datetime]]:
    """The alarms that are right or wrong, each with when it opens."""
    for one in every:
        if one.rule == detector.rule and not one.spared and not one.idle and one.lasts(SHORTEST):
            deadline = detector.deadline(one)
            if deadline is not None and (at := one.raised(deadline)) is not None:
                yield one, at


def _count(tally: Tally, raised: Iterable[tuple[Standing, datetime]]) -> None:
    found: dict[Trouble, datetime] = {}
    for one, at in raised:
        spoken_of = one.found(at)
        tally.alarms += 1
        tally.true_alarms += bool(spoken_of)
        found |= {trouble: min(at, found.get(trouble, at)) for trouble in spoken_of}
    tally.found += len(found)
    tally.delays += [max((at - trouble.due).total_seconds(), 0.0) for trouble, at in found.items()]


def compared(counts: Counts) -> list[Compared]:
    """All, each beside the learned one of the same rule."""
    detectors, by_place = counts.detectors, counts.tallies
    learned = {one.rule: place for place, one in enumerate(detectors) if one.by == LEARNED}
    return [
        _compared(one, by_place[place], detectors[learned[one.rule]], by_place[learned[one.rule]])
        for place, one in enumerate(detectors)
        if one.rule in learned
    ]


def _compared(
    one: Detector, mine: Mapping[SeedDay, Tally], learned: Detector, its: Mapping[SeedDay, Tally]
) -> Compared:
    days = sorted(mine)
    tallies, name = [mine[day] for day in days], f"{one.rule} {one.by}"
    pairs = [(mine[day], its[day]) for day in days]
    alike = one.by != LEARNED and one.level == learned.level
    return Compared(
        rule=one.rule,
        by=one.by,
        level=one.level,
        setting=one.setting,
        tuned=(one.point.precision, one.point.recall, one.point.delay) if one.point else None,
        troubles=sum(day.troubles for day in tallies),
        alarms=sum(day.alarms for day in tallies),
        precision=estimate(name, tallies, of_ratio("true_alarms", "alarms")),
        recall=estimate(name, tallies, of_ratio("found", "troubles")),
        delay_minutes=estimate(name, tallies, of_delay),
        times_earlier=estimate(name, pairs, _times) if alike else None,
    )


def _times(days: Sequence[tuple[Tally, Tally]]) -> float | None:
    delays = [[seconds for day in days for seconds in day[side].delays] for side in (0, 1)]
    if not all(delays) or not (beside := median(delays[1])):
        return None
    return median(delays[0]) / beside
