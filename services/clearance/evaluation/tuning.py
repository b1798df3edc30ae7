"""Thresholds tuned on seeds whose truth is known: fixed ones cell by cell, learned ones by one setting for a rule.

Both are asked for the same: so much precision, so much recall, and then to be early. In each cell a fixed threshold may
have a length of its own, in office hours or not; so it fits what it was chosen on far better than what comes then. What
a choice does is therefore told by halves: of what is chosen, or learned, on one, what it does on the other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from math import log1p
from statistics import median
from typing import NamedTuple

from clearance.evaluation.samples import Group, Sample, Samples
from clearance.evaluation.standings import Sight, Standing
from clearance.evaluation.thresholds import LENGTHS, Cell, Fixed, FixedTable, LearnedThresholds, Setting, cell
from clearance.events.tables.tables import Tables

PRICES = (0.0, *(10 ** (place / 4) for place in range(-10, 7)))
"""Of a false alarm, in troubles that are found …"""
HASTES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3)
"""… and of each delay, by its logarithm: what a cell's threshold is chosen by. All pairs are tried."""
SHARES = tuple(1 - 10 ** (-place / 10) for place in range(3, 41))
CHANCES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
WITHINS = (timedelta(hours=1), timedelta(hours=24), timedelta(hours=96), timedelta(days=40))
"""The longest is whether it ends at all."""
LEARNED_BY: Sight = "by what is waited for"
FEWEST = (500, 2000, 20_000)
SETTINGS = (
    *(Setting("percentile", share, timedelta(), fewest) for share, fewest in product(SHARES, FEWEST)),
    *(Setting("chance", share, within, fewest) for share, within, fewest in product(CHANCES, WITHINS, FEWEST)),
)


class Outcome(NamedTuple):
    """What thresholds do: false and true alarms, and the troubles found, each after so many minutes; `late` is the sum
    of their logarithms."""

    false: int = 0
    true: int = 0
    delays: tuple[float, ...] = ()
    late: float = 0.0

    def with_(self, other: "Outcome") -> "Outcome":
        """Both together."""
        false, true, late = self.false + other.false, self.true + other.true, self.late + other.late
        return Outcome(false, true, self.delays + other.delays, late)


class Point(NamedTuple):
    """A choice for a whole rule, made on the whole of a sample, with what such a choice made on one half does on the
    other; the delay is the median in minutes."""

    precision: float
    recall: float
    delay: float
    choice: FixedTable | Setting


FIRST, SECOND, WHOLE = 0, 1, 2


class Option(NamedTuple):
    """A threshold of one cell, with what it does on the first half, the second, and the whole."""

    fixed: Fixed
    on: tuple[Outcome, Outcome, Outcome]


def fixed_points(samples: Samples, rule: str, grid: str, sight: Sight, tables: Tables) -> Iterator[Point]:
    """What fixed thresholds can do: `grid` "one" has one for all, "cells" one for each office, direction and mode."""
    first, second = (sample.merged(rule, sight, lambda key: cell(key, grid)) for sample in samples.halves)
    options = {where: [*_options(first[where], second[where], tables)] for where in [*first, *second]}
    for price, haste in product(PRICES, HASTES):
        done = [
            best.on[judged]
            for chosen, judged in ((FIRST, SECOND), (SECOND, FIRST))
            for best in _best(options, chosen, price, haste).values()
        ]
        kept = _best(options, WHOLE, price, haste)
        choice = FixedTable(grid, {where: best.fixed for where, best in kept.items()})
        yield _point(done, samples.whole.troubles[rule], choice)


def learned_points(samples: Samples, rule: str, now: datetime, office_hours: bool, tables: Tables) -> Iterator[Point]:
    """What learned thresholds can do, by setting. Half as many endings make a cohort answer of a half."""
    thresholds = [learned(half, now, office_hours) for half in samples.halves]
    for setting in SETTINGS:
        of_half = setting._replace(fewest=setting.fewest // 2)
        done = [
            _of_fixed(group, fixed, tables)
            for of, sample in zip(thresholds, reversed(samples.halves), strict=True)
            for key, group in sample.groups[LEARNED_BY][rule].items()
            if (fixed := of.fixed(key, of_half)) is not None
        ]
        yield _point(done, samples.whole.troubles[rule], setting)


def learned(sample: Sample, now: datetime, office_hours: bool = False) -> LearnedThresholds:
    """What was learned of a sample."""
    return LearnedThresholds(sample.in_office_hours if office_hours else sample.learner, now, office_hours)


def earliest(points: Iterable[Point], precision: float, recall: float) -> Point | None:
    """The one with the least delay of those that are so good."""
    able = [point for point in points if point.precision >= precision and point.recall >= recall]
    return min(able, key=lambda point: (point.delay, -point.recall), default=None)


def _options(first: Group, second: Group, tables: Tables) -> Iterator[Option]:
    for length, office_hours in product(LENGTHS, (False, True)):
        fixed = Fixed(length, office_hours)
        one, other = _of_fixed(first, fixed, tables), _of_fixed(second, fixed, tables)
        yield Option(fixed, (one, other, one.with_(other)))


def _best(options: Mapping[Cell, list[Option]], on: int, price: float, haste: float) -> dict[Cell, Option]:
    """Of each cell that which is worth most, if any is worth anything."""
    best = {where: max(able, key=lambda one: _worth(one.on[on], price, haste)) for where, able in options.items()}
    return {where: one for where, one in best.items() if _worth(one.on[on], price, haste) > 0}


def _of_fixed(group: Group, fixed: Fixed, tables: Tables) -> Outcome:
    lengths = group.working if fixed.office_hours else group.passing
    return _outcome(group.troubled, lengths.longer(fixed.after), lambda one: fixed.deadline(one, tables))


def _outcome(troubled: Sequence[Standing], false: int, deadline: Callable[[Standing], datetime]) -> Outcome:
    true, delays = 0, list[float]()
    for one in troubled:
        if (at := one.raised(deadline(one))) is not None:
            found = one.found(at)
            true, false = true + bool(found), false + (not found)
            delays += [max((at - trouble.due).total_seconds(), 0.0) / 60 for trouble in found]
    return Outcome(false, true, tuple(delays), sum(map(log1p, delays)))


def _worth(done: Outcome, price: float, haste: float) -> float:
    return len(done.delays) - price * done.false - haste * done.late


def _point(done: Sequence[Outcome], troubles: int, choice: FixedTable | Setting) -> Point:
    true, false = sum(one.true for one in done), sum(one.false for one in done)
    delays = [delay for one in done for delay in one.delays]
    recall = len(delays) / troubles if troubles else 0.0
    return Point(true / max(true + false, 1), recall, median(delays) if delays else 0.0, choice)
