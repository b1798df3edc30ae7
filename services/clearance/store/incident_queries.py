"""Incidents as a viewer may see them: those of which they see a member, with the members that they see."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select

from clearance.events.incidents.groups import Pair
from clearance.store.rows import Place, Shared, WantedIncidents
from clearance.store.schema import incident_members, incidents
from clearance.store.viewer import EVERYBODY, Viewer, among, visible

COLUMNS = [incidents.c[name] for name in Shared.__struct_fields__]


def incidents_of(
    connection: Connection, viewer: Viewer, wanted: WantedIncidents, below: Place | None, limit: int
) -> list[Shared]:
    """Those that opened last first, below a place if one is given."""
    query = select(*COLUMNS).where(*_seen(viewer), *_standing(wanted.is_open), *_with(wanted.member), *_below(below))
    rows = connection.execute(query.order_by(incidents.c.opened_at.desc(), incidents.c.id.desc()).limit(limit))
    return [_shared(row._mapping) for row in rows]


def incident(connection: Connection, viewer: Viewer, incident: str) -> Shared | None:
    """One by its id."""
    row = connection.execute(select(*COLUMNS).where(incidents.c.id == incident, *_seen(viewer))).first()
    return None if row is None else _shared(row._mapping)


def members_of(connection: Connection, viewer: Viewer, incident: str, limit: int) -> list[str]:
    """Its members by id, in their order; at most `limit`."""
    column = incident_members.c
    query = select(column.declaration).where(column.incident == incident, *visible(viewer, column.declaration))
    return list(connection.execute(query.order_by(column.declaration).limit(limit)).scalars())


def members_seen(connection: Connection, viewer: Viewer, ids: Iterable[str]) -> dict[str, int]:
    """How many members each of these incidents has; those that have none are left out."""
    column = incident_members.c
    query = select(column.incident, func.count().label("members")).where(
        column.incident.in_([*ids]), *visible(viewer, column.declaration)
    )
    return {row.incident: row.members for row in connection.execute(query.group_by(column.incident))}


def incidents_with(connection: Connection, viewer: Viewer, ids: Iterable[str]) -> dict[str, str]:
    """The open incident of each of these declarations that is a member of one."""
    column = incident_members.c
    query = (
        select(column.declaration, column.incident)
        .join(incidents, incidents.c.id == column.incident)
        .where(column.declaration.in_([*ids]), incidents.c.closed_at.is_(None), *visible(viewer, column.declaration))
    )
    rows = connection.execute(query.order_by(column.incident.desc()))
    return {row.declaration: row.incident for row in rows}


def _standing(is_open: bool | None) -> list[ColumnElement[bool]]:
    if is_open is None:
        return []
    return [incidents.c.closed_at.is_(None) if is_open else incidents.c.closed_at.is_not(None)]


def _with(member: str) -> list[ColumnElement[bool]]:
    if not member:
        return []
    of_it = select(incident_members.c.incident).where(incident_members.c.declaration == member)
    return [incidents.c.id.in_(of_it)]


def _below(place: Place | None) -> list[ColumnElement[bool]]:
    """An index is walked by the first condition; the second leaves out what opened at the same time and came before."""
    if place is None:
        return []
    opened_at, name = incidents.c.opened_at, incidents.c.id
    return [opened_at <= place.at, or_(opened_at < place.at, name < place.id)]


def _seen(viewer: Viewer) -> list[ColumnElement[bool]]:
    if viewer == EVERYBODY:
        return []
    mine = select(incident_members.c.incident).where(*among(viewer, incident_members.c.declaration))
    return [incidents.c.id.in_(mine)]


def _shared(row: Any) -> Shared:
    held: dict[str, Any] = {**row}
    group = _GROUP.decode(held["group"])
    return Shared(**{**held, "group": group})


_GROUP = msgspec.json.Decoder(tuple[Pair, ...])
