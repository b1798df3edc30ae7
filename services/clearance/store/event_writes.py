"""Events into the store, by the reader's rule (`clearance.events.log.readers_rule`)."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from clearance.events.log.readers_rule import Numbered, judge_event
from clearance.store import bulk
from clearance.store.consumed_records import ConsumedEvent
from clearance.store.derived import Row, event_row
from clearance.store.schema import event_heads, events

LAST_EVENT = (event_heads.c.declaration, event_heads.c.epoch, event_heads.c.seq, event_heads.c.history_incomplete)


class LastEvent(NamedTuple):
    """The last event applied of a declaration, and whether some before it were gone."""

    number: Numbered
    incomplete: bool


class Gap(Exception):
    """Events of a declaration are missing before this one, and may lie in a part of the log that was not read."""

    def __init__(self, event: ConsumedEvent, held: Numbered | None) -> None:
        super().__init__(f"{event.declaration}: {event.number} came after {held}")
        self.event, self.held = event, held


def write_events(
    connection: Connection, consumed: Collection[ConsumedEvent], whole: Collection[int]
) -> list[ConsumedEvent]:
    """Apply events, given in the order of the log; those that were new. Raises `Gap`.

    `whole` are the partitions of which this process has read all that the log holds: what is missing there is gone.
    """
    rows = bulk.rows_of(connection, LAST_EVENT, {event.declaration for event in consumed})
    held = {row.declaration: LastEvent(Numbered(row.epoch, row.seq), row.history_incomplete) for row in rows}
    applied, last = judge(held, consumed, whole)
    bulk.insert(connection, events, map(event_row, applied))
    bulk.upsert(connection, event_heads, (_row(name, last[name]) for name in {event.declaration for event in applied}))
    return applied


def judge(
    held: Mapping[str, LastEvent], consumed: Iterable[ConsumedEvent], whole: Collection[int]
) -> tuple[list[ConsumedEvent], dict[str, LastEvent]]:
    """The events that are to be applied, and the last of each declaration after them. Raises `Gap`."""
    last, applied = dict(held), []
    for event in consumed:
        before = last.get(event.declaration)
        verdict = judge_event(before.number if before else None, event.number)
        if verdict == "skip":
            continue
        if verdict == "wait" and event.partition not in whole:
            raise Gap(event, before.number if before else None)
        incomplete = verdict == "wait" or (before is not None and before.incomplete)
        last[event.declaration] = LastEvent(event.number, incomplete)
        applied.append(event)
    return applied, last


def _row(declaration: str, last: LastEvent) -> Row:
    epoch, seq = last.number
    return {"declaration": declaration, "epoch": epoch, "seq": seq, "history_incomplete": last.incomplete}
