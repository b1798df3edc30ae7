"""The first level of a stay that is too long: by the configured durations, or later by what was learned. Pure.

The configured time is floor and fallback. A stay is judged once: what has fired keeps its deadline, whatever a later
table says of it.
"""

from datetime import datetime, timedelta
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.anomalies.ledger import COHORT, NAMELESS, PERCENTILE, SIZE, TABLE, Ledger
from clearance.events.learning.cohorts import chain
from clearance.events.learning.course import Begun
from clearance.events.learning.deferral import deferral
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.expected import expected
from clearance.events.standing.track import Signal, Track
from clearance.events.tables.levels import Levels
from clearance.events.tables.tables import Tables
from clearance.events.tables.transitions import CONDITIONAL

NO_TIME = timedelta(0)
WATCHED_BY = {
    "draft": "A01",
    "submitted": "A03",
    "received": "A04",
    "reviewed": "A05",
    "released": "A13",
    CONDITIONAL: "A13",
}
"""By stage the rule whose first level says that a declaration stays too long there; a submitted one may have its A01
still."""
OF_A_STAY = frozenset(WATCHED_BY.values())


class First(Struct, frozen=True, gc=False):
    """The first level: `floor` by the configured durations, `deadline` as it is judged. `fired`: that it has been
    reached before. `about`: what was learned, in the words of an anomaly."""

    signal: Signal
    floor: datetime
    deadline: datetime
    begun: Begun
    details: dict[str, str]
    fired: bool = False
    about: dict[str, str] = {}

    @property
    def put_off(self) -> timedelta:
        return self.deadline - self.floor

    def judged(self, ledger: Ledger, authority: str, tables: Tables, table: Expectations | None) -> Self:
        """By the table in force, if a clock has brought one, unless it has fired."""
        if (fired := self._fired(ledger)) is not None:
            return replace(self, deadline=fired, fired=True)
        if table is None:
            return self
        stay = deferral(self.floor, None, self.begun, self.details).stay(authority, tables)
        found = expected(stay, NO_TIME, chain(), table)
        if found.percentile is None or found.by < self.floor:
            return self
        about = {
            COHORT: " ".join(name.replace(" ", "_") or NAMELESS for name in found.cohort),
            SIZE: str(found.size),
            TABLE: str(found.version),
            PERCENTILE: f"{found.percentile * 100:.1f}",
        }
        return replace(self, deadline=found.by, about=about)

    def _fired(self, ledger: Ledger) -> datetime | None:
        """The deadline at which it was reached: the floor, or a later one by what was learned. None if it was not."""
        for (rule, deadline), held in ledger.anomalies.items():
            same = rule == self.signal.rule and held.since == self.signal.since and held.level == 1
            if same and (deadline == self.floor or (deadline > self.floor and TABLE in held.about)):
                return deadline
        return None


def is_stay(signal: Signal, applicable: Levels, track: Track) -> bool:
    """Whether a finding says of a stay that it is too long, and not at once."""
    if signal.rule not in OF_A_STAY or signal.since != track.since or signal.limit or not applicable:
        return False
    return not applicable[0].at_once


def first_of(signal: Signal, applicable: Levels, start: datetime, stay: Begun, details: dict[str, str]) -> First:
    """That of a stay, by the configured durations, of a declaration that tells these details."""
    floor = applicable[0].deadline(start)
    return First(signal, floor, floor, stay, details)
