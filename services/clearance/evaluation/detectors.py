"""Detectors: thresholds of a rule, tuned on some seeds to be compared on others.

They are compared at the same precision and recall: as near to what is asked as both the fixed and the learned come.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from clearance.evaluation.samples import Sample
from clearance.evaluation.silences import RULES
from clearance.evaluation.standings import Standing
from clearance.evaluation.thresholds import FixedTable, LearnedThresholds, Setting, cell
from clearance.evaluation.tuning import Point, earliest, fixed_points, learned_points
from clearance.events.tables.tables import Tables

LOWER = tuple(place / 20 for place in range(18, 0, -1))
"""0.9 is asked for; where one of them does not come so far, 0.85 and so on."""
LEAST_RECALL, LEAST_PRECISION = 0.4, 0.05
NEAR = 0.02
"""Within so much of the best that both reach; of those that are so good the earliest is taken."""
GRIDS = {"fixed, one for all": "one", "fixed, by office, direction and mode": "cells"}
LEARNED = "learned"

Deadline = Callable[[Standing], datetime | None]


class Detector(NamedTuple):
    """A tuned threshold of one rule; `goal` is what it was tuned for."""

    rule: str
    goal: str
    by: str
    asked: tuple[float, float]
    tuned: Point
    deadline: Deadline


def tuned(sample: Sample, now: datetime, tables: Tables) -> list[Detector]:
    """Of each rule two or none: "precise" asks for precision first, "complete" for recall."""
    learned = LearnedThresholds(sample.learner, now)
    found: list[Detector] = []
    for rule in RULES:
        points = {by: [*fixed_points(sample, rule, grid, tables)] for by, grid in GRIDS.items()}
        points[LEARNED] = [*learned_points(sample, rule, learned)]
        every = [*points.values()]
        for goal, asked in (("precise", _precise(every)), ("complete", _complete(every))):
            for by, able in points.items():
                best = earliest(able, *asked) if asked else None
                if asked and best:
                    deadline = _deadline(best.choice, learned, tables)
                    found.append(Detector(rule, goal, by, asked, tuned=best, deadline=deadline))
    return found


def _precise(every: Sequence[Sequence[Point]]) -> tuple[float, float] | None:
    """The highest precision at which all find enough, and the recall that all of them have there."""
    for precision in LOWER:
        recall = min(_most(one.recall for one in able if one.precision >= precision) for able in every)
        if recall >= LEAST_RECALL:
            return precision, recall - NEAR
    return None


def _complete(every: Sequence[Sequence[Point]]) -> tuple[float, float] | None:
    """The highest recall that all reach without crying wolf altogether, and the precision that all have there."""
    for recall in LOWER:
        precision = min(_most(one.precision for one in able if one.recall >= recall) for able in every)
        if precision >= LEAST_PRECISION:
            return precision * (1 - NEAR), recall
    return None


def _most(values: Iterable[float]) -> float:
    return max(values, default=0.0)


def _deadline(choice: FixedTable | Setting, learned: LearnedThresholds, tables: Tables) -> Deadline:
    if isinstance(choice, Setting):
        return lambda one: learned.deadline(one, choice)

    def of_cell(one: Standing) -> datetime | None:
        fixed = choice.cells.get(cell(learned.narrowest(one.stay), choice.grid))
        if fixed is None or not one.lasts(fixed.after):  # office hours pass no faster
            return None
        return fixed.deadline(one, tables)

    return of_cell
