"""Detectors: thresholds of a rule, tuned on some seeds to be compared on others.

They are compared at the same precision and recall: as near to what is asked as the learned ones and fixed ones come.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from clearance.evaluation.samples import Sample, Samples
from clearance.evaluation.silences import RULES
from clearance.evaluation.standings import STAGES, Sight, Standing
from clearance.evaluation.thresholds import FixedTable, LearnedThresholds, Setting, cell
from clearance.evaluation.tuning import LEARNED_BY, Point, earliest, fixed_points, learned, learned_points
from clearance.events.learning.cohort import ENDINGS
from clearance.events.learning.course import ARRIVED
from clearance.events.learning.percentile import OVERDUE
from clearance.events.tables.durations import Kind
from clearance.events.tables.tables import Tables

LEVELS = tuple(place / 20 for place in range(18, 0, -1))
"""Of precision and recall: 0.9 of both is asked for; who does not come so far is held to 0.85, and so on."""
GRIDS: dict[str, tuple[str, Sight]] = {
    "fixed, one for all": ("one", "by stage"),
    "fixed, by office, direction and mode": ("cells", "by stage"),
    "fixed, by what is waited for, office, direction and mode": ("cells", "by what is waited for"),
}
LEARNED, IN_OFFICE_HOURS = "learned", "learned, in office hours"
"""As the analyst learns, and what it does not: tried, to see what it would gain."""
CONFIGURED = ("A03", "A04", "A05")
"""Rules whose configured times count from what a standing knows; A13 counts from the departure."""
PROMISE = Setting("percentile", 1 - OVERDUE, timedelta(), ENDINGS)

Deadline = Callable[[Standing], datetime | None]


class Detector(NamedTuple):
    """A threshold of one rule, and in which way it sees a silence; None where nothing is overdue. `level` is the
    precision and the recall that it was tuned for, and `point` what it did there; None for one that was not."""

    rule: str
    by: str
    sight: Sight
    setting: str
    deadline: Deadline
    level: float | None = None
    point: Point | None = None


def tuned(samples: Samples, now: datetime, tables: Tables) -> list[Detector]:
    """Of each rule all kinds, tuned to the highest level that the learned thresholds and any fixed ones reach; kinds
    that do not come so far to the highest that they reach. None where there is no such level."""
    kinds = {LEARNED: False, IN_OFFICE_HOURS: True}
    whole = {by: learned(samples.whole, now, office_hours) for by, office_hours in kinds.items()}
    found: list[Detector] = []
    for rule in RULES:
        points = {by: [*fixed_points(samples, rule, grid, sight, tables)] for by, (grid, sight) in GRIDS.items()}
        points |= {by: [*learned_points(samples, rule, now, in_hours, tables)] for by, in_hours in kinds.items()}
        reached = {by: _reached(able) for by, able in points.items()}
        common = min(reached[LEARNED], max(reached[by] for by in GRIDS))
        for by, able in points.items():
            level = min(common, reached[by])
            if level and (best := earliest(able, level, level)):
                sight = GRIDS[by][1] if by in GRIDS else LEARNED_BY
                deadline = _deadline(best.choice, whole.get(by, whole[LEARNED]), tables)
                found.append(Detector(rule, by, sight, str(best.choice), deadline, level=level, point=best))
    return found


def _reached(able: list[Point]) -> float:
    """The highest level of these, 0 if they reach none."""
    return next((level for level in LEVELS if earliest(able, level, level)), 0.0)


def deployed(sample: Sample, now: datetime, tables: Tables) -> list[Detector]:
    """The first level as it ships: after the configured time, and after what was learned too, one in twenty."""
    known = learned(sample, now)

    def configured(one: Standing) -> datetime | None:
        return _configured(one, tables)

    def later(one: Standing) -> datetime | None:
        floor, promised = _configured(one, tables), known.fixed(known.narrowest(one.stay), PROMISE)
        if floor is None and one.stay.status not in (*STAGES.values(), ARRIVED):
            floor = one.stay.began  # customs looks at goods that are there
        return floor if floor is None or promised is None else max(floor, promised.deadline(one, tables))

    found: list[Detector] = []
    for rule in CONFIGURED:
        found.append(Detector(rule, "as configured", "by stage", "", configured))
        found.append(Detector(rule, LEARNED, LEARNED_BY, f"{PROMISE}, not before what is configured", later))
    return found


def _configured(one: Standing, tables: Tables) -> datetime | None:
    kind = Kind(one.stay.authority, one.stay.direction, one.stay.transport_mode)
    for basis, levels in tables.levels(one.rule, kind):
        if basis == "since" or (basis == "arrival" and one.stay.status == ARRIVED):
            return levels[0].deadline(one.stay.began)
    return None


def _deadline(choice: FixedTable | Setting, known: LearnedThresholds, tables: Tables) -> Deadline:
    def deadline(one: Standing) -> datetime | None:
        key = known.narrowest(one.stay)
        fixed = known.fixed(key, choice) if isinstance(choice, Setting) else choice.cells.get(cell(key, choice.grid))
        if fixed is None or not one.lasts(fixed.after):  # office hours pass no faster
            return None
        return fixed.deadline(one, tables)

    return deadline
