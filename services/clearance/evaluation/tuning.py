"""Thresholds tuned on seeds whose truth is known: fixed ones cell by cell, learned ones by one setting for a rule.

Both are asked for the same: so much precision, or so much recall, and then to be early. In each cell a fixed threshold
may have a length of its own, in office hours or not; so fixed ones have far more to be tuned by than learned ones.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product
from math import log1p
from statistics import median
from typing import NamedTuple

from clearance.evaluation.samples import Group, Sample
from clearance.evaluation.standings import Sight, Standing
from clearance.evaluation.thresholds import LENGTHS, Fixed, FixedTable, LearnedThresholds, Setting, cell
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


class Point(NamedTuple):
    """A choice for a whole rule with what it does on the sample; the delay is the median in minutes."""

    precision: float
    recall: float
    delay: float
    choice: FixedTable | Setting


def fixed_points(sample: Sample, rule: str, grid: str, sight: Sight, tables: Tables) -> Iterator[Point]:
    """What fixed thresholds can do: `grid` "one" has one for all, "cells" one for each office, direction and mode."""
    options = {
        where: [(fixed, _of_fixed(group, fixed, tables)) for fixed in _every_fixed()]
        for where, group in sample.merged(rule, sight, lambda key: cell(key, grid)).items()
    }
    for price, haste in product(PRICES, HASTES):
        chosen = {where: max(able, key=lambda one: _worth(one[1], price, haste)) for where, able in options.items()}
        kept = {where: one for where, one in chosen.items() if _worth(one[1], price, haste) > 0}
        choice = FixedTable(grid, {where: fixed for where, (fixed, _) in kept.items()})
        yield _point([done for _, done in kept.values()], sample.troubles[rule], choice)


def learned_points(sample: Sample, rule: str, learned: LearnedThresholds, tables: Tables) -> Iterator[Point]:
    """What learned thresholds can do, by setting."""
    for setting in SETTINGS:
        done = [
            _of_fixed(group, fixed, tables)
            for key, group in sample.groups[LEARNED_BY][rule].items()
            if (fixed := learned.fixed(key, setting)) is not None
        ]
        yield _point(done, sample.troubles[rule], setting)


def earliest(points: Iterable[Point], precision: float, recall: float) -> Point | None:
    """The one with the least delay of those that are so good."""
    able = [point for point in points if point.precision >= precision and point.recall >= recall]
    return min(able, key=lambda point: (point.delay, -point.recall), default=None)


def _every_fixed() -> Iterator[Fixed]:
    return (Fixed(length, office_hours) for length in LENGTHS for office_hours in (False, True))


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
