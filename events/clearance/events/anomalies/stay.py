"""The stay of a declaration as it is counted and judged: where it stands, or the obligation that it waits for. Pure."""

from collections.abc import Iterable

from clearance.events.learning.course import Begun, Obligation, stay_at
from clearance.events.standing import track as tracks
from clearance.events.standing.statements import Plan
from clearance.events.standing.track import LEAST, Hold, Track
from clearance.events.tables.tables import Tables

MOST = 20
"""Obligations of one course: those that began last."""


def begun(track: Track, plan: Plan, tables: Tables) -> Begun:
    """The stay at which it is."""
    if plan.arrived_at is None and not track.holds and not track.ended:  # nearly always, and asked for each input
        return Begun(track.stage, track.since)
    return stay_at(track.stage, track.since, plan.arrived_at, obligations(track, tables))


def obligations(track: Track, tables: Tables) -> tuple[Obligation, ...]:
    """All that its receipts tell of, the most urgent first."""
    if not track.holds and not track.ended:
        return ()
    return waited_for(tracks.obligations((*track.ended, *track.holds.values()), tables), tables)


def waited_for(holds: Iterable[Hold], tables: Tables) -> tuple[Obligation, ...]:
    """Obligations of a view, the most urgent first."""
    statuses = tables.codes.statuses
    last = sorted(holds, key=lambda hold: (hold.since, hold.kind))[-MOST:]
    last.sort(key=lambda hold: (statuses[hold.kind].precedence or LEAST, statuses[hold.kind].rank))
    return tuple(Obligation(hold.kind, hold.since, hold.until) for hold in last)
