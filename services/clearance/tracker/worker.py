"""The worker between Faust and the fold: which partitions are owned, and what is done with their batches.

Partitions go on beside each other, since most of a batch is waiting for acknowledgements; within one, everything waits
for its lock, so that nothing is written for a partition that has been given away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from clearance.events.log.input_records import InputRecord, is_of_kind
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import FailedOn
from clearance.kafka import epochs
from clearance.kafka.names import Names
from clearance.kafka.topics import Identity
from clearance.kafka.wire import incoming_input
from clearance.settings.clock import monotonic, utc_now
from clearance.tracker.batching import App
from clearance.tracker.counting import Counting
from clearance.tracker.failing import fail_stop
from clearance.tracker.healing import bring_back, heal, write_again
from clearance.tracker.owned import Owned
from clearance.tracker.pulse import PausedTooLong
from clearance.tracker.recall import Recall
from clearance.tracker.restore import restore
from clearance.tracker.writing import Writer, prepare

log = structlog.get_logger()
RESTORES = 2
"""Partitions read back at a time: the first is open soon, and none waits for the last."""
TURNS, BREATH_SECONDS = 10, 0.005
"""What the event loop gets between two folds, at most: a write and its acknowledgement take several turns. While others
are restored a turn takes long, and one is enough."""
NEVER = -10
"""No generation of a group."""


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
        names: Names,
        recall: Recall,
        keep_seconds: float,
    ) -> None:
        self.app, self.writer, self.counting, self.recall = app, writer, counting, recall
        self.bootstrap, self.tables, self.identity, self.names = bootstrap, tables, identity, names
        self.keep_seconds = keep_seconds  # how long what is over stays in memory
        self.owned: dict[int, Owned] = {}
        self.kept: tuple[int, dict[int, Owned]] = NEVER, {}  # the generation that ended, and what was owned in it
        self.restores: dict[int, asyncio.Task[None]] = {}
        self.restoring = asyncio.Semaphore(RESTORES)
        self.turn = asyncio.Lock()
        self.current: int | None = None  # the epoch that is answered from, when it is known
        self.list_ends: dict[int, int] = {}

    async def batch(self, number: int, records: Sequence[Any], ack: Callable[[], Awaitable[Any]]) -> None:
        """Fold and write one batch, then acknowledge it."""
        if (owned := self.owned.get(number)) is None:  # lost while the batch was on its way: its next owner folds it
            await ack()
            return
        try:
            async with owned.lock:
                await self._fold(owned, records)
            await ack()
            self.app.done(number)
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            stretch = f"{self.names.inputs}:{number}:{records[0].offset} to {records[-1].offset}"
            fail_stop(error, self.names, number, _blamed(error, records) or owned.fold.current, stretch)

    async def _fold(self, owned: Owned, records: Sequence[Any]) -> None:
        begun = monotonic()
        healed, keys = 0, {(record.key or b"").decode("utf-8", "replace") for record in records}
        recalled = await bring_back(owned, self.recall, keys)
        async with self.turn:
            await _breathe()
            batch = owned.fold.fold(map(incoming_input, records))
            owned.last_input = datetime.fromtimestamp(records[-1].timestamp / 1000, UTC)
            owned.end = self.app.end_of(self.names.inputs, owned.number)
            prepared = prepare(owned, batch, self.writer.input_partitions, utc_now())
        told = await self.writer.batch(owned, prepared)
        if any(is_of_kind("clock", record.headers) for record in records):
            healed = await heal(owned, self.recall, self.writer)
        owned.let_go(self.keep_seconds)
        self.counting.came_back(recalled, healed)
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
        if not owned.lock.locked():
            owned.let_go(self.keep_seconds)
        owned.end = self.app.end_of(self.names.inputs, owned.number)
        try:
            if self.current == self.names.epoch and owned.wants_clock(now):
                await self.writer.clock(owned, now)
                self.counting.board.add("clearance_clock_records_total")
            if owned.wants_progress(now) and not owned.lock.locked():
                async with owned.lock:
                    if self.owned.get(owned.number) is owned:
                        await self.writer.progress(owned, now)
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            fail_stop(error, self.names, owned.number)

    async def live(self) -> None:
        """Beat the pulse for ever."""
        try:
            await self.writer.pulse.run()
        except PausedTooLong as error:
            fail_stop(error, self.names)

    async def follow(self) -> None:
        """Know for ever which epoch is answered from: only its tracker writes clocks."""
        try:
            async for one in epochs.follow(self.bootstrap):
                self.current = one.epoch
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            fail_stop(error, self.names)

    async def read_lists(self) -> None:
        """What was set aside since: the list of a partition is read again when it has grown."""
        try:
            for number, end in (await self.recall.ends_of_lists(list(self.owned))).items():
                if self.list_ends.get(number) != end and (owned := self.owned.get(number)):
                    owned.fold.set_aside = await self.recall.set_aside(number)
                    self.list_ends[number] = end
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            fail_stop(error, self.names)

    async def lose_all(self) -> None:
        """The group is being balanced anew: nothing is owned until it says so again."""
        for task in self.restores.values():
            task.cancel()
        self.restores.clear()
        self.app.close_all()
        held, self.owned = self.owned, {}
        await self.tell_all(held)
        self.kept = self.app.consumer_generation_id, held

    async def tell_all(self, held: Mapping[int, Owned]) -> None:
        """Wait for the batches in hand, and tell the progress of what has not told it yet."""
        try:
            for owned in list(held.values()):
                async with owned.lock:
                    if owned.is_ahead:
                        await self.writer.progress(owned, utc_now())
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            fail_stop(error, self.names)

    def gain(self, numbers: Sequence[int]) -> None:
        """These partitions are owned from now on: read them back, then open them.

        Those that were owned in the generation before are open at once: nobody else can have owned them in between.
        """
        self.app.close_all()
        generation = self.app.consumer_generation_id
        (before, held), self.kept = self.kept, (NEVER, {})
        kept = {number: held[number] for number in numbers if number in held and generation == before + 1}
        for number, owned in kept.items():
            self._open(number, owned)
        new = [number for number in numbers if number not in kept]
        self.restores = {number: asyncio.create_task(self._bring_up(number, generation)) for number in new}
        log.info("partitions_assigned", partitions=list(numbers), kept=sorted(kept), generation=generation)

    def _open(self, number: int, owned: Owned) -> None:
        self.owned[number] = owned
        self.app.open(number, owned.fold.position + 1)

    async def _bring_up(self, number: int, generation: int) -> None:
        try:
            async with self.restoring:
                begun = monotonic()
                restored = await restore(
                    self.bootstrap, self.names, number, self.writer.input_partitions, self.tables, self.identity
                )
                if self._is_wanted(number, generation):
                    await write_again(restored.owned, self.recall, self.writer, restored.stale)
            if not self._is_wanted(number, generation):
                return
            del self.restores[number]
            self._open(number, restored.owned)
            self.counting.restored(restored.records, monotonic() - begun)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            fail_stop(error, self.names, number)

    def _is_wanted(self, number: int, generation: int) -> bool:
        """Whether the restore at hand is for what is owned now: aiokafka may have swallowed its cancellation."""
        here = self.restores.get(number) is asyncio.current_task()
        return here and generation == self.app.consumer_generation_id


async def _breathe() -> None:
    """Let the event loop get to whatever else is waiting."""
    end = monotonic() + BREATH_SECONDS
    for _ in range(TURNS):
        await asyncio.sleep(0)
        if monotonic() >= end:
            return


def _blamed(error: Exception, records: Sequence[Any]) -> InputRecord | None:
    """The input of a batch that an error names."""
    if not isinstance(error, FailedOn):
        return None
    return next((incoming_input(record) for record in records if record.offset == error.position), None)
