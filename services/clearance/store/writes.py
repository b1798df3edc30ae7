"""What the projector writes: a batch of consumed records and the positions behind them, in one transaction.

The surprise: the time of applying never goes back, also when the clock does, because readers page by it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from clearance.events.incidents.lookout import IncidentTold
from clearance.events.learning.expectations import Expectations
from clearance.events.log.progress import Progress
from clearance.store import bulk
from clearance.store.applied import note, what_changed
from clearance.store.connect import explained, writing
from clearance.store.consumed_records import ConsumedEvent, ConsumedMessage, ConsumedState
from clearance.store.derived import message_row, progress_row, up_to
from clearance.store.event_writes import write_events
from clearance.store.incident_writes import write_incidents
from clearance.store.learned import write_expectations
from clearance.store.positions import Positions, advance
from clearance.store.purging import purge
from clearance.store.schema import declarations, messages, progress
from clearance.store.state_writes import write_states

TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Batch:
    """Consumed records, each sort in the order of the log, and the positions behind the last of them."""

    events: Sequence[ConsumedEvent]
    states: Sequence[ConsumedState]
    progress: Sequence[Progress]
    positions: Positions
    messages: Sequence[ConsumedMessage] = ()
    expectations: Sequence[Expectations] = ()
    incidents: Sequence[IncidentTold] = ()


@dataclass(frozen=True)
class Applied:
    """How many records of a batch were news to the store."""

    events: int
    states: int
    progress: int
    messages: int = 0


class Writer:
    """The one writer of a store. `positions` is where the store stands, from `positions.resume` on."""

    def __init__(self, engine: Engine, positions: Positions) -> None:
        self.engine, self.positions = engine, dict(positions)
        with explained(engine), engine.connect() as connection:
            self._last = connection.execute(select(func.max(declarations.c.applied_at))).scalar()

    def write(self, batch: Batch, now: datetime, whole: Collection[int]) -> Applied:
        """Apply all of it or nothing; `whole` as `write_events` has it. Raises `Gap` and `StoreError`."""
        at = self._after(now)
        with writing(self.engine) as connection:
            advance(connection, self.positions, batch.positions)
            told = write_events(connection, batch.events, whole)
            states = write_states(connection, batch.states, at)
            further = _write_progress(connection, batch.progress, at)
            filed = bulk.insert_unheld(connection, messages, map(message_row, batch.messages))
            learned = write_expectations(connection, batch.expectations)
            write_incidents(connection, batch.incidents)
            note(connection, what_changed(told, states, further, learned, at), at)
        self._last = at
        self.positions |= batch.positions
        return Applied(len(told), len(states), len(further), filed)

    def purge(self, before: datetime, now: datetime) -> int:
        """Remove some of what is over and was last changed before that time; how many. Raises `StoreError`."""
        at = self._after(now)
        with writing(self.engine) as connection:
            advance(connection, self.positions, {})
            gone = purge(connection, before, at)
        self._last = at
        return gone

    def _after(self, now: datetime) -> datetime:
        return now if self._last is None else max(now, self._last + TICK)


def _write_progress(connection: Connection, consumed: Sequence[Progress], at: datetime) -> list[Progress]:
    """Of several of a partition the furthest counts, and of equals the one told last: a tracker at rest tells it anew,
    also when its clock was put back."""
    furthest: dict[int, Progress] = {}
    for told in consumed:
        held = furthest.get(told.partition)
        if held is None or _order(told) >= _order(held):
            furthest[told.partition] = told
    held_rows = {row.partition: row for row in connection.execute(select(progress))}
    news = [told for told in furthest.values() if _is_news(held_rows.get(told.partition), told)]
    bulk.upsert(connection, progress, [progress_row(told, at) for told in news])
    return news


def _is_news(held: Any, told: Progress) -> bool:
    """Whether it is further than the row that is held, or as far and of another time, or parked or unparked."""
    if held is None or _order(told) != (held.epoch, held.position):
        return held is None or _order(told) > (held.epoch, held.position)
    return bool((held.wall_time, held.parked_since) != (up_to(told), told.parked_since))


def _order(told: Progress) -> tuple[int, int]:
    return told.epoch, told.position
