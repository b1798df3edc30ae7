"""The second step of a declaration in two steps: from which day its term counts, and when it ends.

Day 0 is the day on which the means of transport entered, as customs states it (GACC 2019 No. 127). Where customs states
none it is assumed: as the declaration gives it, else the day of the declaration, else of the first reception.
"""

import re
from datetime import UTC, datetime, timedelta

from clearance.events.receipts.formats import authority_of
from clearance.events.standing.track import Hold, Track
from clearance.events.tables.authority import Authority
from clearance.events.tables.tables import Tables

RULE = "A31"
STATED = "import_export_on"
ASSUMED = ("import_export_on_declared", "declared_on")
"""Details that name day 0, and those that stand in for it, the better first."""
DAY = re.compile(r"(20\d\d)[-/]?(\d\d)[-/]?(\d\d)", re.ASCII)


def due(track: Track) -> Hold | None:
    """The open obligation to complete the declaration, if there is one."""
    return next((hold for hold in track.holds.values() if hold.kind == "completion_due"), None)


def is_assumed(track: Track) -> bool:
    """Whether customs has not stated day 0."""
    return _day(track, STATED) is None


def day_0(track: Track, hold: Hold, authority: Authority) -> datetime:
    """When day 0 begins by the authority's own time, aware UTC."""
    offset = authority.calendar.offset if authority.calendar else timedelta()
    told = next((day for name in (STATED, *ASSUMED) if (day := _day(track, name))), None)
    if told is None:
        local = track.milestones.get("received", hold.since) + offset
        told = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return told - offset


def _day(track: Track, name: str) -> datetime | None:
    """Midnight of the day that a detail names; None where it names none."""
    found = DAY.match(track.details.get(name, ""))
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) if found else None
    except ValueError:
        return None


def limit(track: Track, hold: Hold, tables: Tables) -> datetime | None:
    """Until when it is to be completed: the last level of the rule; None where the durations have none."""
    receipts = (taken.fact.receipt for taken in track.taken)
    system = next(authority_of(receipt) for receipt in receipts if receipt.receipt_id == hold.receipt_id)
    for _, levels in tables.levels_of(RULE, system, track.details):
        return levels[-1].deadline(day_0(track, hold, tables.authorities[system]))
    return None
