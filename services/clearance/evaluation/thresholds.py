"""Thresholds by which a standing is called too long: fixed ones by cell, and learned ones by cohort.

Either is a table from a key to a length. A learned one is made of what was learned and of one setting for all cohorts.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from clearance.evaluation.standings import Standing
from clearance.events.learning.cohort import Cohort
from clearance.events.learning.cohorts import Key, Stay
from clearance.events.learning.learner import Learner
from clearance.events.learning.survival import Survival
from clearance.events.tables.tables import Tables
from clearance.events.values.buckets import longest

MICROSECOND = timedelta(microseconds=1)
SHORTEST, STEP, STEPS = timedelta(minutes=1), 1.25, 48
LENGTHS = tuple(SHORTEST * STEP**place for place in range(STEPS))
"""What a threshold may be: from a minute to 25 days, each a quarter longer than the one before it."""
LONGEST = timedelta(days=105)
"""As long as 25 days of office hours take: what is overdue later is told to nobody."""
Cell = tuple[str, ...]


class Fixed(NamedTuple):
    """A length, in office hours or as it passes."""

    after: timedelta
    office_hours: bool

    def __str__(self) -> str:
        hours = self.after / timedelta(hours=1)
        return f"{hours:.2g} {'office hours' if self.office_hours else 'h'}"

    def deadline(self, standing: Standing, tables: Tables) -> datetime:
        """When a standing becomes too long."""
        calendar = tables.calendar_of(standing.stay.authority, standing.stay.office)
        if self.office_hours and calendar is not None:
            return calendar.add(standing.stay.began, self.after)
        return standing.stay.began + self.after


class FixedTable(NamedTuple):
    """Fixed thresholds by cell of a grid; a cell that is left out raises nothing."""

    grid: str
    cells: Mapping[Cell, Fixed]

    def __str__(self) -> str:
        every = ", ".join(f"{' '.join(where)} {fixed}" for where, fixed in sorted(self.cells.items()))
        return every if self.grid == "one" else f"{len(self.cells)} cells"


class Setting(NamedTuple):
    """Of a learned threshold. `by` percentile: overdue after that share of the cohort has ended. `by` chance: hopeless
    once no more than that share of those that stood as long end within `within`. Cohorts answer that have `fewest`
    endings."""

    by: str
    share: float
    within: timedelta
    fewest: int

    def __str__(self) -> str:
        of = f"cohorts of {self.fewest}"
        if self.by == "percentile":
            return f"after {self.share:.2%}, {of}"
        return f"chance {self.share:.0%} within {self.within / timedelta(hours=1):g} h, {of}"


def cell(key: Key, grid: str) -> Cell:
    """Where a fixed threshold applies, of a narrowest cohort: everywhere alike, or by office, direction and mode."""
    status, _, office, direction, mode, _ = key
    return (status,) if grid == "one" else (status, office, direction, mode)


class LearnedThresholds:
    """Of one learner, as of a time; each setting gives a length for each cohort, or none. `office_hours`: lengths were
    learned in these."""

    def __init__(self, learner: Learner, now: datetime, office_hours: bool = False) -> None:
        self.office_hours = office_hours
        self._learner, self._now = learner, now
        self._survivals: dict[Key, Survival] = {}
        self._afters: dict[tuple[Key, Setting], timedelta | None] = {}

    def after(self, narrowest: Key, setting: Setting) -> timedelta | None:
        """How long a standing of this cohort may last."""
        for key in self._wider(narrowest):
            if self._learner.cohorts[key].size(self._now) >= setting.fewest:
                if (key, setting) not in self._afters:
                    longest_told = LENGTHS[-1] if self.office_hours else LONGEST
                    self._afters[key, setting] = _after(self._survival(key), setting, longest_told)
                return self._afters[key, setting]
        return None

    def fixed(self, narrowest: Key, setting: Setting) -> Fixed | None:
        """What a setting comes to for a cohort; None where none answers."""
        after = self.after(narrowest, setting)
        return None if after is None else Fixed(after, self.office_hours)

    def narrowest(self, stay: Stay) -> Key:
        """The cohort that a stay belongs to."""
        return self._learner.chain.narrowest(stay)

    def _wider(self, key: Key) -> Iterator[Key]:
        wider: Key | None = key if key in self._learner.parents else None
        while wider is not None:
            yield wider
            wider = self._learner.parents[wider]

    def _survival(self, key: Key) -> Survival:
        if key not in self._survivals:
            cohorts: Mapping[Key, Cohort] = self._learner.cohorts
            above = self._learner.parents[key]
            self._survivals[key] = cohorts[key].survival(self._now, None if above is None else cohorts[above])
        return self._survivals[key]


def _after(survival: Survival, setting: Setting, longest_told: timedelta) -> timedelta | None:
    if setting.by == "percentile":
        last = survival.quantile(setting.share)
        after = None if last is None else max(SHORTEST, longest(last) * MICROSECOND)
        return after if after is not None and after <= longest_told else None
    hopeless = (length for length in LENGTHS if _chance(survival, length, setting.within) <= setting.share)
    return next(hopeless, None)


def _chance(survival: Survival, stood: timedelta, within: timedelta) -> float:
    """That it ends within so long; none where nothing is known to have run as long as it stood."""
    return survival.ends_before(stood // MICROSECOND, (stood + within) // MICROSECOND) or 0.0
