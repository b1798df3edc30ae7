"""What the feed of changes asks the store, through `reader`: events in the order in which they lie in their topic.

The surprise: an event is told only once the state that follows from it is there. Both come from the log, the events
first; told earlier, a change would be shown with the state before it, and nothing would say later that this moved on.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from clearance.store.rows import Happened
from clearance.store.schema import declarations, events, former_parties, parties, progress, purged
from clearance.store.viewer import Viewer, among, has_few, visible

PLACED = (events.c.declaration, events.c.seq, events.c.offset, events.c.value)


def heads(connection: Connection) -> dict[int, int]:
    """The offset behind the last event of each partition."""
    last = select(func.max(events.c.offset)).where(events.c.partition == progress.c.partition).scalar_subquery()
    rows = connection.execute(select(progress.c.partition, last))
    return {partition: 0 if offset is None else offset + 1 for partition, offset in rows}


def purged_before(connection: Connection) -> dict[int, int]:
    """The offset of each partition before which events have left the store, where any have."""
    return {row.partition: row.before for row in connection.execute(select(purged))}


class Within(NamedTuple):
    """Offsets of one partition, the last one excluded."""

    partition: int
    begin: int
    end: int

    @property
    def clause(self) -> ColumnElement[bool]:
        offset = events.c.offset
        return and_(events.c.partition == self.partition, offset >= self.begin, offset < self.end)


def settled(connection: Connection, partition: int, begin: int, end: int) -> int:
    """Up to where, of `begin` to `end`, the states are there that follow from the events."""
    state = declarations.c
    joined = events.outerjoin(declarations, state.id == events.c.declaration)
    ahead = or_(state.id.is_(None), state.seq < events.c.seq)
    query = select(func.min(events.c.offset)).select_from(joined).where(Within(partition, begin, end).clause, ahead)
    found: int | None = connection.execute(query).scalar()
    return end if found is None else found


def happened(connection: Connection, viewer: Viewer, within: Within, limit: int) -> list[Happened]:
    """The events there that are of declarations of the viewer, in their order; at most `limit`. With them, those by
    which one ceased to be his."""
    clauses = visible(viewer, events.c.declaration)
    his = [or_(*clauses, _lost(viewer))] if clauses else []
    query = select(*PLACED).where(within.clause, *his)
    return [Happened(*row) for row in connection.execute(query.order_by(events.c.offset).limit(limit))]


def _lost(viewer: Viewer) -> ColumnElement[bool]:
    former = former_parties.c
    found = select(former.seq).where(
        former.declaration == events.c.declaration,
        former.seq == events.c.seq,
        former.identifier.in_(list(viewer.identifiers)),
    )
    return found.correlate(events).exists()


def later(connection: Connection, viewer: Viewer, declaration: str, seq: int) -> list[Happened]:
    """What happened to a declaration after an event of it."""
    query = select(*PLACED).where(
        events.c.declaration == declaration, events.c.seq > seq, *visible(viewer, events.c.declaration)
    )
    return [Happened(*row) for row in connection.execute(query.order_by(events.c.seq))]


def named_since(connection: Connection, identifiers: Iterable[str], ids: Iterable[str]) -> dict[str, int]:
    """The event of each of these declarations with which one of the identifiers became a party of it."""
    return _numbered(connection, parties, func.min, identifiers, ids)


def lost_since(connection: Connection, identifiers: Iterable[str], ids: Iterable[str]) -> dict[str, int]:
    """The event of each of these declarations with which the last of the identifiers ceased to be a party of it."""
    return _numbered(connection, former_parties, func.max, identifiers, ids)


def _numbered(
    connection: Connection,
    table: Table,
    last_or_first: Callable[..., ColumnElement[int]],
    identifiers: Iterable[str],
    ids: Iterable[str],
) -> dict[str, int]:
    query = (
        select(table.c.declaration, last_or_first(table.c.seq).label("seq"))
        .where(table.c.declaration.in_(list(ids)), table.c.identifier.in_(list(identifiers)))
        .group_by(table.c.declaration)
    )
    return {row.declaration: row.seq for row in connection.execute(query)}


def ids_after(connection: Connection, viewer: Viewer, after: str, limit: int) -> list[str]:
    """Ids of the declarations that the viewer sees, in their order, without pointers."""
    column = declarations.c
    seen = (among if has_few(connection, viewer) else visible)(viewer, column.id)
    query = select(column.id).where(column.id > after, column.merged_into == "", *seen)
    return list(connection.execute(query.order_by(column.id).limit(limit)).scalars())


def ids_by(
    connection: Connection, identifiers: Iterable[str], others: Iterable[str], after: str, limit: int
) -> list[str]:
    """Ids of the declarations of which one of the identifiers is a party, and none of the others; in their order.

    What a viewer has gained or lost by a change of its own identifiers."""
    other = parties.alias("other")
    still = select(other.c.declaration).where(
        other.c.declaration == parties.c.declaration, other.c.identifier.in_(list(others))
    )
    query = (
        select(parties.c.declaration)
        .distinct()
        .where(parties.c.identifier.in_(list(identifiers)), parties.c.declaration > after, ~still.exists())
    )
    return list(connection.execute(query.order_by(parties.c.declaration).limit(limit)).scalars())
