"""The order of writes (design §6): events, sends and dead letters; then states; then progress. Each acknowledged first.

A state that were written before its events would hide them from a worker that folds the batch again after a crash. The
pulse keeps a worker that was paused past its session from writing over what its successor wrote.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from aiokafka import AIOKafkaProducer

from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Clock, Send
from clearance.events.partition.batch import Batch, DeadInput
from clearance.events.step.declaration import Declaration
from clearance.events.values.errors import FailedOn
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import (
    Outgoing,
    dead_letter_record,
    event_record,
    outgoing_input,
    progress_record,
    status_record,
)
from clearance.settings.clock import utc_now
from clearance.tracker.outbox import Outbox
from clearance.tracker.owned import Owned
from clearance.tracker.pulse import Pulse

Given = TypeVar("Given")


@dataclass(frozen=True)
class Prepared:
    """What a batch gave, ready to be written: `states` after everything else. `sends` by partition of the inputs."""

    events: list[Outgoing]
    dead: list[Outgoing]
    sends: dict[int, list[Outgoing]]
    states: list[tuple[Declaration, Outgoing]]


def prepare(owned: Owned, batch: Batch, input_partitions: int, now: datetime) -> Prepared:
    """Encode everything that a batch gave. No waiting, all work. Raises `FailedOn`."""
    number, names, tables = owned.number, owned.names, owned.fold.partition.tables
    states = [*batch.dirty.values()]
    encoded = _encoded(states, lambda state: status_record(state, tables), lambda state: (state.id, state.src))

    def letter(one: DeadInput) -> Outgoing:
        return dead_letter_record(one.record, one.reason, one.stage, at=now, topic=names.inputs, partition=number)

    return Prepared(
        _encoded(batch.events, event_record, lambda event: (event.declaration, event.src)),
        _encoded(batch.dead, letter, lambda one: (one.record.key, one.record.position)),
        _by_partition(batch.sends, input_partitions),
        [*zip(states, encoded, strict=True)],
    )


def _encoded(
    given: Iterable[Given], encode: Callable[[Given], Outgoing], whose: Callable[[Given], tuple[str, int]]
) -> list[Outgoing]:
    made: list[Outgoing] = []
    for one in given:
        try:
            made.append(encode(one))
        except Exception as error:
            raise FailedOn(*whose(one)) from error
    return made


def _by_partition(sends: Iterable[Send], partitions: int) -> dict[int, list[Outgoing]]:
    found: dict[int, list[Outgoing]] = defaultdict(list)
    for send in sends:
        to = clients.partition_of(send.to.encode(), partitions)
        found[to].append(outgoing_input(input_record(send.to, send.input)))
    return found


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
        self.outbox = Outbox(producer)

    async def batch(self, owned: Owned, prepared: Prepared) -> datetime:
        """Everything of one batch; returns when all is acknowledged, and says when the events were."""
        names, number = owned.names, owned.number
        async with self._bounded():
            await asyncio.gather(
                clients.write(self.producer, names.events, number, prepared.events),
                clients.write(self.producer, names.dead_letters, number, prepared.dead),
                *(self.outbox.write(names.inputs, to, records) for to, records in prepared.sends.items()),
            )
        told = utc_now()
        await self.states(owned, prepared.states)
        if owned.wants_progress(told):
            await self.progress(owned, told)
        return told

    async def progress(self, owned: Owned, now: datetime) -> None:
        """How far the partition has been folded."""
        record = progress_record(owned.progress(now))
        async with self._bounded():
            await clients.write(self.producer, owned.names.progress, owned.number, [record])
        owned.last_progress, owned.told_position = now, owned.fold.position

    async def clock(self, owned: Owned, now: datetime) -> None:
        """A clock record for the partition itself. It belongs to the history, so the base log gets it in any epoch."""
        record = outgoing_input(input_record("", Clock(at=now)))
        async with self._bounded():
            [owned.clock_at] = await self.outbox.write(BASE.inputs, owned.number, [record])
        owned.last_clock = now

    async def states(self, owned: Owned, states: Sequence[tuple[Declaration, Outgoing]]) -> None:
        """States of a batch, or such as must be written again because an old one stands last."""
        if not states:
            return
        async with self._bounded():
            offsets = await clients.write(
                self.producer, owned.names.status, owned.number, [record for _, record in states]
            )
        owned.wrote([state for state, _ in states], offsets)

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
