"""The order of writes (design §6): events, sends and dead letters; then states; then progress. Each acknowledged first.

A state that were written before its events would hide them from a worker that folds the batch again after a crash. The
pulse keeps a worker that was paused past its session from writing over what its successor wrote.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaProducer

from clearance.events.batch import Batch
from clearance.events.input_records import input_record
from clearance.events.inputs import Clock
from clearance.kafka import clients
from clearance.kafka.records import (
    DEAD_LETTERS,
    EVENTS,
    INPUTS,
    PROGRESS,
    STATUS,
    Outgoing,
    dead_letter_record,
    event_record,
    outgoing_input,
    progress_record,
    status_record,
)
from clearance.settings.clock import utc_now
from clearance.tracker.owned import Owned
from clearance.tracker.pulse import Pulse


@dataclass(frozen=True)
class Prepared:
    """The records of a batch, ready to be written; `first` by topic and partition, `states` after them."""

    first: dict[tuple[str, int], list[Outgoing]]
    states: list[Outgoing]


def prepare(owned: Owned, batch: Batch, input_partitions: int, now: datetime) -> Prepared:
    """Encode everything that a batch gave. No waiting, all work."""
    number, tables = owned.number, owned.fold.partition.tables
    first: dict[tuple[str, int], list[Outgoing]] = defaultdict(list)
    first[EVENTS, number] = [event_record(event) for event in batch.events]
    first[DEAD_LETTERS, number] = [
        dead_letter_record(one.record, one.reason, one.stage, at=now, partition=number) for one in batch.dead
    ]
    for send in batch.sends:
        to = clients.partition_of(send.to.encode(), input_partitions)
        first[INPUTS, to].append(outgoing_input(input_record(send.to, send.input)))
    return Prepared(first, [status_record(state, tables) for state in batch.dirty.values()])


class BrokerAway(RuntimeError):
    """The broker did not acknowledge a write in time; whether it was written is not known, and does not matter."""


class Writer:
    """Writes what a batch gave. One per worker; nothing else of the tracker writes.

    Raises `PausedTooLong`, and `BrokerAway` when an acknowledgement takes longer than the pulse allows a gap: an
    idempotent producer would try for ever, and by then another worker may own the partition.
    """

    def __init__(self, producer: AIOKafkaProducer, pulse: Pulse, input_partitions: int) -> None:
        self.producer = producer
        self.pulse = pulse
        self.input_partitions = input_partitions

    async def batch(self, owned: Owned, prepared: Prepared) -> datetime:
        """Everything of one batch; returns when all is acknowledged, and says when the events were."""
        async with self._bounded():
            waiting = [
                future
                for (topic, partition), records in prepared.first.items()
                for future in await clients.hand_over(self.producer, topic, partition, records)
            ]
            await asyncio.gather(*waiting)
        told = utc_now()
        async with self._bounded():
            await clients.write(self.producer, STATUS, owned.number, prepared.states)
        await self.progress(owned, utc_now())
        return told

    async def progress(self, owned: Owned, now: datetime) -> None:
        """How far the partition has been folded."""
        record = progress_record(owned.progress(now))
        async with self._bounded():
            await clients.write(self.producer, PROGRESS, owned.number, [record])
        owned.last_progress = now

    async def clock(self, owned: Owned, now: datetime) -> None:
        """A clock record for the partition itself."""
        record = outgoing_input(input_record("", Clock(at=now)))
        async with self._bounded():
            [told] = await clients.hand_over(self.producer, INPUTS, owned.number, [record])
            owned.clock_at = (await told).offset
        owned.last_clock = now

    async def states(self, owned: Owned, records: Sequence[Outgoing]) -> None:
        """States that must be written again: the last record of their key is an old one."""
        async with self._bounded():
            await clients.write(self.producer, STATUS, owned.number, records)

    @asynccontextmanager
    async def _bounded(self) -> AsyncIterator[None]:
        self.pulse.check()
        try:
            async with asyncio.timeout(self.pulse.limit):
                yield
        except TimeoutError as error:
            raise BrokerAway(
                f"the broker did not acknowledge within {self.pulse.limit:.1f} s: see whether it runs; starting again "
                "is safe"
            ) from error
