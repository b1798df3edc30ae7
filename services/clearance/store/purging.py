"""What is over leaves the store when nothing has changed it for long. Tracker and log keep it.

The surprise: the number of its last event stays (`event_heads`). So a late receipt brings it back: its state is whole,
the event that follows is the next one, and only what happened before is not told again.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, func, select, tuple_

from clearance.store import bulk
from clearance.store.applied import AppliedBatch, NewState, note
from clearance.store.derived import PARTS
from clearance.store.schema import anomalies, declarations, events, messages, numbers, parties, purged, spans
from clearance.store.tally_writes import tally

AT_ONCE = 200
"""Declarations that leave in one transaction, which holds up what comes from the log."""
STATE = declarations.c
COLUMNS = (STATE.id, STATE.partition, STATE.epoch, STATE.src, STATE.seq)


def purge(connection: Connection, before: datetime, at: datetime) -> int:
    """Remove some that are over and were last changed before that time; how many. Those behind which nothing has been
    told in their partition stay, since the feed ends at them, and those of which an anomaly is open."""
    gone = _over(connection, before)
    ids = [row.id for row in gone]
    if not ids:
        return 0
    note(connection, AppliedBatch(states=tuple(_news(connection, gone))), at)
    _mark(connection, ids)
    tally(connection, [row._asdict() for row in bulk.rows_of(connection, [*spans.c], ids)], [])
    for table in (*(part.table for part in PARTS), events, messages):
        bulk.remove(connection, table.c.declaration, ids)
    bulk.remove(connection, STATE.id, ids)
    return len(ids)


def _over(connection: Connection, before: datetime) -> Sequence[Row[Any]]:
    """Such declarations, with the numbers that were merged into them."""
    last = _told_last(connection)
    wrong = select(anomalies.c.id).where(anomalies.c.declaration == STATE.id, anomalies.c.state == "open")
    query = select(*COLUMNS).where(
        STATE.applied_at < before, ~STATE.open, STATE.merged_into == "", STATE.id.not_in(last), ~wrong.exists()
    )
    found = connection.execute(query.order_by(STATE.applied_at).limit(AT_ONCE)).all()
    ids = [row.id for row in found]
    return [*found, *connection.execute(select(*COLUMNS).where(STATE.merged_into.in_(ids)))]


def _told_last(connection: Connection) -> set[str]:
    """The declarations of the last event of each partition, and those that these were merged into."""
    places = select(events.c.partition, func.max(events.c.offset)).group_by(events.c.partition)
    query = (
        select(events.c.declaration, STATE.merged_into)
        .outerjoin(declarations, STATE.id == events.c.declaration)
        .where(tuple_(events.c.partition, events.c.offset).in_(places))
    )
    return {name for row in connection.execute(query) for name in row if name}


def _news(connection: Connection, gone: Sequence[Row[Any]]) -> list[NewState]:
    """They are not what they were: whoever keeps an answer about them forgets it."""
    ids = [row.id for row in gone]
    carried = _by_declaration(connection, numbers.c.declaration, numbers.c.value, ids)
    named = _by_declaration(connection, parties.c.declaration, parties.c.identifier, ids)
    return [
        NewState(
            row.id,
            row.partition,
            row.epoch,
            row.src,
            row.seq,
            numbers=carried.get(row.id, ()),
            parties=named.get(row.id, ()),
        )
        for row in gone
    ]


def _by_declaration(
    connection: Connection, key: Column[str], value: Column[str], ids: Collection[str]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in bulk.rows_of(connection, (key, value), ids):
        held = row._mapping
        found[held[key]] = (*found.get(held[key], ()), held[value])
    return found


def _mark(connection: Connection, ids: Collection[str]) -> None:
    """Up to where events are gone: a cursor before that has missed some."""
    furthest: dict[int, int] = {row.partition: row.before for row in connection.execute(select(purged))}
    for row in bulk.rows_of(connection, (events.c.declaration, events.c.partition, events.c.offset), ids):
        furthest[row.partition] = max(furthest.get(row.partition, 0), row.offset + 1)
    bulk.upsert(connection, purged, [{"partition": one, "before": before} for one, before in furthest.items()])
