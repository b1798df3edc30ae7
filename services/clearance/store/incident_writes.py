"""Incidents into the store: of several of one the latest counts, and members only ever come."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from clearance.events.incidents.lookout import IncidentTold
from clearance.store import bulk
from clearance.store.derived import Row
from clearance.store.schema import incident_members, incidents

HELD = (incidents.c.id, incidents.c.told_at)


def write_incidents(connection: Connection, told: Iterable[IncidentTold]) -> list[IncidentTold]:
    """Those that were news."""
    latest: dict[str, IncidentTold] = {}
    for one in told:
        held = latest.get(one.incident.incident)
        if held is None or held.at <= one.at:
            latest[one.incident.incident] = one
    known = {row.id: row.told_at for row in bulk.rows_of(connection, HELD, latest)}
    news = [one for name, one in latest.items() if name not in known or known[name] < one.at]
    bulk.upsert(connection, incidents, map(_row, news))
    bulk.insert_unheld(connection, incident_members, _members(news))
    return news


def _row(told: IncidentTold) -> Row:
    one = told.incident
    return {
        "id": one.incident,
        "authority": one.authority,
        "kind": one.kind,
        "group": msgspec.json.encode(one.group).decode(),
        "since": one.since,
        "failing_since": one.failing_since,
        "opened_at": one.opened_at,
        "closed_at": one.closed_at,
        "into": one.into,
        "lift": one.lift,
        "size": len(one.members),
        "told_at": told.at,
    }


def _members(told: Sequence[IncidentTold]) -> list[Row]:
    return [{"incident": one.incident.incident, "declaration": name} for one in told for name in one.incident.members]
