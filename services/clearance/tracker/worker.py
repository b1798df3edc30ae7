"""The worker between Faust and the fold: which partitions are owned, and what is done with their batches.

Partitions go on beside each other, since most of a batch is waiting for acknowledgements; within one, everything waits
for its lock, so that nothing is written for a partition that has been given away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from clearance.events.input_records import is_of_kind
from clearance.events.tables import Tables
from clearance.kafka.records import INPUTS, incoming_input
from clearance.kafka.topics import Identity
from clearance.settings.clock import monotonic, utc_now
from clearance.tracker.batching import App
from clearance.tracker.counting import Counting
from clearance.tracker.failing import fail_stop
from clearance.tracker.owned import Owned
from clearance.tracker.pulse import PausedTooLong
from clearance.tracker.restore import restore
from clearance.tracker.writing import Writer, prepare

log = structlog.get_logger()


class Worker:
    """Owns partitions, folds their batches, ticks. All that goes wrong ends the process."""

    def __init__(
        self,
        app: App,
        writer: Writer,
        counting: Counting,
        *,
        bootstrap: str,
        tables: Tables,
        identity: Identity,
    ) -> None:
        self.app, self.writer, self.counting = app, writer, counting
        self.bootstrap, self.tables, self.identity = bootstrap, tables, identity
        self.owned: dict[int, Owned] = {}
        self.restores: dict[int, asyncio.Task[None]] = {}
        self.turn = asyncio.Lock()

    async def batch(self, number: int, records: Sequence[Any], ack: Callable[[], Awaitable[Any]]) -> None:
        """Fold and write one batch, then acknowledge it."""
        owned = self.owned.get(number)
        try:
            if owned is None:
                raise LookupError(f"a batch came of partition {number}, which this worker does not own")
            async with owned.lock:
                await self._fold(owned, records)
            await ack()
            self.app.done(number)
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            stretch = f"{INPUTS}:{number}:{records[0].offset} to {records[-1].offset}"
            fail_stop(error, number, owned.fold.current if owned else None, stretch)

    async def _fold(self, owned: Owned, records: Sequence[Any]) -> None:
        begun = monotonic()
        async with self.turn:  # in between, the event loop gets to whatever else is waiting
            batch = owned.fold.fold(map(incoming_input, records))
            owned.last_input = datetime.fromtimestamp(records[-1].timestamp / 1000, UTC)
            owned.end = self.app.end_of(INPUTS, owned.number)
            prepared = prepare(owned, batch, self.writer.input_partitions, utc_now())
        told = await self.writer.batch(owned, prepared)
        came = [record.timestamp for record in records if is_of_kind("message", record.headers)]
        self.counting.batch(batch, came, told.timestamp() * 1000, monotonic() - begun)

    async def tick(self) -> None:
        """Append clocks that are due, tell progress of partitions at rest, refresh the metrics."""
        await asyncio.gather(*map(self._tick, list(self.owned.values())))
        ends = {number: owned.end for number, owned in self.owned.items() if owned.end is not None}
        self.counting.partitions(self.owned, len(self.restores), ends)

    async def _tick(self, owned: Owned) -> None:
        """A busy partition tells its progress with its batches; a clock is a record like any other, without a lock."""
        now = utc_now()
        owned.end = self.app.end_of(INPUTS, owned.number)
        try:
            if owned.wants_clock(now):
                await self.writer.clock(owned, now)
                self.counting.board.add("clearance_clock_records_total")
            if owned.wants_progress(now) and not owned.lock.locked():
                async with owned.lock:
                    if self.owned.get(owned.number) is owned:
                        await self.writer.progress(owned, now)
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            fail_stop(error, owned.number)

    async def live(self) -> None:
        """Beat the pulse for ever."""
        try:
            await self.writer.pulse.run()
        except PausedTooLong as error:
            fail_stop(error)

    async def lose_all(self) -> None:
        """The group is being balanced anew: nothing is owned until it says so again."""
        for task in self.restores.values():
            task.cancel()
        self.restores.clear()
        self.app.close_all()
        held, self.owned = self.owned, {}
        for owned in held.values():
            async with owned.lock:
                log.debug("partition_lost", partition=owned.number)

    def gain(self, numbers: Sequence[int]) -> None:
        """These partitions are owned from now on: read them back, then open them."""
        self.app.close_all()
        generation = self.app.consumer_generation_id
        self.restores = {number: asyncio.create_task(self._bring_up(number, generation)) for number in numbers}
        log.info("partitions_assigned", partitions=list(numbers), generation=generation)

    async def _bring_up(self, number: int, generation: int) -> None:
        try:
            begun = monotonic()
            restored = await restore(self.bootstrap, number, self.writer.input_partitions, self.tables, self.identity)
            owned = restored.owned
            await self.writer.states(owned, restored.stale)
            if generation != self.app.consumer_generation_id:
                return
            self.owned[number] = owned
            del self.restores[number]
            self.app.open(number, owned.fold.position + 1)
            self.counting.restored(restored.records, monotonic() - begun)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            fail_stop(error, number)
