"""Silence: since when a declaration stands where it does, and by when others like it had moved on. Pure: of the view
and of what was learned, and only what is asked of a moment is a function of the clock too.

The configured time is floor and fallback: without a table it is all that is known, and nothing is overdue before it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from msgspec import Struct

from clearance.events.anomalies.patience import WATCHED_BY
from clearance.events.anomalies.rules import levels
from clearance.events.anomalies.stay import waited_for
from clearance.events.learning.cohorts import Key, Stay, chain
from clearance.events.learning.course import stay_at
from clearance.events.learning.deferral import deferral
from clearance.events.learning.expectations import SHARES, Expectations, Learned, Slower
from clearance.events.learning.expected import answering, ended_by, expected
from clearance.events.standing.statements import Plan
from clearance.events.standing.track import Hold, Signal
from clearance.events.tables.tables import Tables
from clearance.events.tables.transitions import CONDITIONAL

CONDITIONAL_RELEASE = "conditional_release"
"""The flag of a release that is a stage of its own."""


class Shown(Protocol):
    """What is read of a view, or of a part of one."""

    @property
    def stage(self) -> str: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def open(self) -> bool: ...
    @property
    def flags(self) -> tuple[str, ...]: ...
    @property
    def holds(self) -> tuple[Hold, ...]: ...
    @property
    def details(self) -> dict[str, str]: ...
    @property
    def transport_plan(self) -> Plan: ...


class Silence(Struct, frozen=True):
    """After `overdue_at` it is overdue: the learned time, but never before `configured_at`. Each is None where it is
    not known. `place` is where the stay is counted, since when it was there: its stage, `ARRIVED`, or the obligation
    that it waits for. `percentile`: the share of the cohort that had moved on by then. Where nothing was learned
    `learned` is None and the cohort empty; `version` is the table's, 0 without one. `slower`: its office has become so
    at that place."""

    since: datetime
    place: str
    overdue_at: datetime | None
    percentile: float | None
    configured_at: datetime | None
    cohort: Key
    learned: Learned | None
    version: int
    slower: Slower | None

    def reached_at(self, share: float) -> datetime | None:
        """By when that share of the cohort, one of `SHARES`, had moved on; None where that is not known."""
        curve = self.learned.curve_seconds if self.learned else ()
        place = SHARES.index(share)
        return self.since + timedelta(seconds=curve[place]) if place < len(curve) else None

    def percentile_at(self, now: datetime) -> float | None:
        """The share of the cohort that had moved on after as long as it stands by then; None if nothing was learned."""
        return ended_by(self.learned, max(now - self.since, timedelta())) if self.learned else None


def silence(authority: str, shown: Shown, tables: Tables, table: Expectations | None) -> Silence | None:
    """That of a declaration; None if nothing more is to come, or nothing has placed it yet."""
    if not shown.open or shown.since is None:
        return None
    configured_at = _configured_at(authority, shown, shown.since, tables)
    stay = stay_of(authority, shown, shown.since, tables)
    after = configured_at - stay.began if configured_at else timedelta()
    found = expected(stay, after, chain(), table)
    return Silence(
        since=stay.began,
        place=stay.status,
        overdue_at=found.by if configured_at or found.percentile is not None else None,
        percentile=found.percentile,
        configured_at=configured_at,
        cohort=found.cohort,
        learned=table.cohorts.get(found.cohort) if table else None,
        version=found.version,
        slower=table.slower.get((stay.status, stay.authority, stay.office)) if table else None,
    )


class Like(NamedTuple):
    """When the stay began of what stands still, and what was learned of others like it."""

    began: datetime
    learned: Learned


def like(authority: str, shown: Shown, tables: Tables, table: Expectations | None) -> Like | None:
    """Of a declaration; None where nothing was learned, nothing more is to come or nothing has placed it."""
    if table is None or shown.since is None or not shown.open:
        return None
    stay = stay_of(authority, shown, shown.since, tables)
    _, learned = answering(stay, chain(), table)
    return None if learned is None else Like(stay.began, learned)


def stay_of(authority: str, shown: Shown, since: datetime, tables: Tables) -> Stay:
    """The stay of what stands where it does since then, as it is counted and judged."""
    obligations = waited_for(shown.holds, tables) if shown.holds else ()
    begun = stay_at(_stage(shown), since, shown.transport_plan.arrived_at, obligations)
    return deferral(begun.at, None, begun, shown.details).stay(authority, tables)


def _stage(shown: Shown) -> str:
    return CONDITIONAL if CONDITIONAL_RELEASE in shown.flags else shown.stage


def _configured_at(authority: str, shown: Shown, since: datetime, tables: Tables) -> datetime | None:
    """When the rule that watches the stage fires first; None where none does, or it waits for something else."""
    rule = WATCHED_BY.get(_stage(shown))
    if rule is None:
        return None
    found, start = levels(Signal(rule, since, ()), shown.details, shown.transport_plan, authority, tables)
    return found[0].deadline(start) if found else None
