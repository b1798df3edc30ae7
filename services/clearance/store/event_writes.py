"""Events into the store, by the reader's rule (`clearance.events.log.readers_rule`)."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from clearance.events.log.readers_rule import Numbered, judge_event
from clearance.store import bulk
from clearance.store.derived import Row, event_row
from clearance.store.schema import event_heads, events
from clearance.store.seen import SeenEvent

HEAD = (event_heads.c.declaration, event_heads.c.epoch, event_heads.c.seq, event_heads.c.history_incomplete)


class Head(NamedTuple):
    """The last event applied of a declaration, and whether some before it were gone."""

    number: Numbered
    incomplete: bool


class Gap(Exception):
    """Events of a declaration are missing before this one, and may lie in a part of the log that was not read."""

    def __init__(self, event: SeenEvent, held: Numbered | None) -> None:
        super().__init__(f"{event.declaration}: {event.number} came after {held}")
        self.event, self.held = event, held


def write_events(connection: Connection, seen: Collection[SeenEvent], whole: Collection[int]) -> int:
    """Apply events, given in the order of the log; how many were new. Raises `Gap`.

    `whole` are the partitions of which this process has read all that the log holds: what is missing there is gone.
    """
    rows = bulk.found(connection, HEAD, {event.declaration for event in seen})
    held = {row.declaration: Head(Numbered(row.epoch, row.seq), row.history_incomplete) for row in rows}
    applied, heads = judge(held, seen, whole)
    bulk.insert(connection, events, map(event_row, applied))
    bulk.upsert(connection, event_heads, (_row(name, heads[name]) for name in {event.declaration for event in applied}))
    return len(applied)


def judge(
    held: Mapping[str, Head], seen: Iterable[SeenEvent], whole: Collection[int]
) -> tuple[list[SeenEvent], dict[str, Head]]:
    """The events that are to be applied, and the heads after them. Raises `Gap`."""
    heads, applied = dict(held), []
    for event in seen:
        head = heads.get(event.declaration)
        verdict = judge_event(head.number if head else None, event.number)
        if verdict == "skip":
            continue
        if verdict == "wait" and event.partition not in whole:
            raise Gap(event, head.number if head else None)
        incomplete = verdict == "wait" or (head is not None and head.incomplete)
        heads[event.declaration] = Head(event.number, incomplete)
        applied.append(event)
    return applied, heads


def _row(declaration: str, head: Head) -> Row:
    epoch, seq = head.number
    return {"declaration": declaration, "epoch": epoch, "seq": seq, "history_incomplete": head.incomplete}
