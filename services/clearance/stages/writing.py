"""The order of writes of any stage: outputs and sends; then states; then progress, each acknowledged in its turn.

A state written before its outputs would hide them from a worker that folds the batch again after a crash. The
pulse keeps a worker that was paused past its session from writing over what its successor wrote.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from clearance.kafka import clients
from clearance.kafka.wire import Outgoing
from clearance.settings.clock import monotonic, utc_now
from clearance.stages.outbox import Outbox
from clearance.stages.owned import OwnedPartition, State
from clearance.stages.pulse import Pulse
from clearance.stages.skew import Skew


class Lot(NamedTuple):
    """Records for one partition of a topic."""

    topic: str
    partition: int
    records: Sequence[Outgoing]


@dataclass(frozen=True)
class Prepared(Generic[State]):
    """What a batch gave, ready to be written. `outputs` go to partitions in which nobody else writes, `sends` to such
    as many batches write to; `states` come after both."""

    outputs: Sequence[Lot]
    sends: Sequence[Lot]
    states: Sequence[tuple[State, Outgoing]]


class BrokerAway(RuntimeError):
    """The broker did not acknowledge a write in time; whether it was written is not known, and does not matter."""


class LogSealed(RuntimeError):
    """The log that a stage writes to takes nothing any more."""


class Writer:
    """Writes what a batch gave. One per worker; nothing else of a stage writes.

    Raises `PausedTooLong`, `LogSealed`, and `BrokerAway` when an acknowledgement takes longer than the pulse allows a
    gap: an idempotent producer would try for ever, and by then another worker may own the partition. `skew` is that
    of the wall clock, by the last progress.
    """

    def __init__(self, producer: AIOKafkaProducer, pulse: Pulse) -> None:
        self.producer = producer
        self.pulse = pulse
        self.outbox = Outbox(producer)
        self.skew = Skew(pulse.limit)

    async def batch(self, owned: OwnedPartition[State], prepared: Prepared[State]) -> datetime:
        """Everything of one batch; returns when all is acknowledged, and says when the outputs were."""
        async with self._bounded():
            await asyncio.gather(
                *(clients.write(self.producer, *lot) for lot in prepared.outputs),
                *(self._send(lot) for lot in prepared.sends),
            )
        acknowledged = utc_now()
        await self.states(owned, prepared.states)
        if owned.wants_progress(monotonic()):
            await self.progress(owned, acknowledged)
        return acknowledged

    async def states(self, owned: OwnedPartition[State], states: Sequence[tuple[State, Outgoing]]) -> None:
        """States of a batch, or such as must be written again because an old one stands last."""
        if not states:
            return
        records = [record for _, record in states]
        async with self._bounded():
            offsets = await clients.write(self.producer, owned.states_topic, owned.number, records)
        owned.wrote([state for state, _ in states], offsets)

    async def progress(self, owned: OwnedPartition[State], now: datetime) -> None:
        """How far the partition has been folded."""
        record, begun = owned.progress_record(self.skew.corrected(now)), monotonic()
        async with self._bounded():
            [handed] = await clients.hand_over(self.producer, owned.progress_topic, owned.number, [record])
            told = await handed.told
        self.skew.measured(clients.skew_seconds(told, utc_now()))
        owned.last_progress, owned.told_position = begun, owned.position

    async def send(self, lot: Lot) -> list[int]:
        """Records that belong to no batch; the offsets that they got."""
        async with self._bounded():
            return await self._send(lot)

    async def _send(self, lot: Lot) -> list[int]:
        try:
            return await self.outbox.write(*lot)
        except MessageSizeTooLargeError as error:
            raise LogSealed(
                f"{lot.topic}:{lot.partition} takes no record of this size: if the log is being moved, start again "
                "when that has ended; else report it"
            ) from error

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
