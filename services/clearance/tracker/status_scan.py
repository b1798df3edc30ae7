"""The states that a partition of `declaration-status` holds, told apart by their headers.

Of several records of a key the highest `src` counts, wherever it stands: a worker that was paused may have written an
old one after it. Each state is entered into the index; only those stay in memory that are not over. All of it yields to
the event loop, so that other partitions keep flowing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import structlog

from clearance.events.learning.deferral import Deferral
from clearance.events.partition.index import Entry
from clearance.events.partition.partition import Partition, is_over
from clearance.events.step.declaration import Declaration
from clearance.events.step.settle import rearmed
from clearance.events.step.state_records import decode_state
from clearance.events.tables.tables import Tables
from clearance.kafka.names import Names
from clearance.kafka.wire import StatusHead, head_of
from clearance.stages.log_checks import CannotContinue
from clearance.tracker.disk_index import DiskIndex
from clearance.tracker.restore_checks import anew

log = structlog.get_logger()
BREATH = 50
"""Records taken between two turns of the event loop, and names looked up at a time."""


class Placed(NamedTuple):
    """A state of ours among the records."""

    name: str
    head: StatusHead
    place: int
    value: bytes


class Lazy(NamedTuple):
    """A state as the bytes of its record, and what must be known of it before it is decoded."""

    value: bytes
    deadline: datetime | None
    deferral: Deferral | None
    backfill: str


@dataclass
class StatusScan:
    """What of one partition is read. `waiting` are the states that something is still to come for: those that were
    folded with other tables are decoded. `stale` are names whose last record is an old one."""

    names: Names
    number: int
    tables: Tables
    index: DiskIndex
    waiting: dict[str, Lazy | Declaration] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    records: int = 0

    def take(self, given: Sequence[Placed]) -> None:
        """Some records more, in the order of the log. Raises `CannotContinue`."""
        known = self.index.find(one.name for one in given)
        entered: dict[str, Entry] = {}
        for one in given:
            held = known.get(one.name)
            if held is not None and one.head.src < held.src:
                self.stale.add(one.name)
                continue
            self.stale.discard(one.name)
            known[one.name] = entered[one.name] = Entry(one.head.src, one.place, self.hold(one))
        self.index.enter(entered)

    def hold(self, one: Placed) -> bool:
        """Keep a state in memory unless it is over; whether it is."""
        state = self._as_it_waits(one)
        if state is None:
            self.waiting.pop(one.name, None)
            return True
        self.waiting[one.name] = state
        return False

    def _as_it_waits(self, one: Placed) -> Lazy | Declaration | None:
        """What was folded with other tables gets its deadline by those now in force."""
        if one.head.tables == self.tables.version:
            return None if one.head.over else Lazy(one.value, *one.head.waits)
        try:
            state = rearmed(decode_state(one.value, self.tables), self.tables)
        except (msgspec.DecodeError, TypeError) as error:
            raise CannotContinue(
                f"{self.names.status}:{self.number}:{one.place} says that it is a state and cannot be read ({error}): "
                f"another version or another program wrote it; restore the topic, or {anew(self.names)}"
            ) from error
        return None if is_over(state, self.tables) else state

    def clear(self) -> None:
        """Begin again, with nothing known."""
        self.index.clear()
        self.waiting.clear()
        self.stale.clear()

    def placed(self, records: Sequence[Any]) -> list[Placed]:
        """The states of our epoch among these records; what is none is told of and left out."""
        found = []
        for record in records:
            if (head := head_of(record)) is None:
                place = f"{self.names.status}:{self.number}:{record.offset}"
                log.warning("left_out", record=place, reason="no state of ours")
            elif head.epoch == self.names.epoch:
                found.append(Placed(record.key.decode(), head, record.offset, record.value))
        return found

    async def hand_to(self, partition: Partition) -> None:
        """Let the partition remember what waits."""
        for count, (name, state) in enumerate(self.waiting.items(), 1):
            if count % BREATH == 0:
                await asyncio.sleep(0)
            if isinstance(state, Declaration):
                partition.take(state)
            else:
                partition.remember(name, *state)
