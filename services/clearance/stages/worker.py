"""The worker between Faust and a stage: batches under the lock of their partition, ticks, what runs beside.

Partitions go on beside each other, since most of a batch is waiting for acknowledgements; within one, everything waits
for its lock, so that nothing is written for a partition that has been given away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic

from clearance.kafka.topics import until_made_anew
from clearance.kafka.unreadable import UnreadableBatch
from clearance.settings.clock import monotonic, utc_now
from clearance.stages.batching import App, Stretch
from clearance.stages.fail_stop import Blame
from clearance.stages.log_checks import anew_error
from clearance.stages.ownership import Ownership
from clearance.stages.parking import Parking
from clearance.stages.stage import Part, Stage
from clearance.stages.writing import Writer


class Worker(Generic[Part]):
    """Does what is due for the partitions that it owns. What goes wrong ends the process, or parks a partition."""

    def __init__(self, stage: Stage[Part], app: App, writer: Writer) -> None:
        self.stage, self.app, self.writer = stage, app, writer
        self.ownership = Ownership(stage, app, writer)
        self.parking = Parking(stage, app, self.ownership)
        self._judged: set[asyncio.Task[None]] = set()
        app.unreadable = self.unreadable

    async def batch(self, number: int, records: Stretch, ack: Callable[[], Awaitable[Any]]) -> None:
        """Fold and write one batch, then acknowledge it."""
        with self.stage.fail_stop.guard(number):
            if (owned := self.ownership.owned.get(number)) is not None:
                async with owned.lock:
                    await self._fold(owned, records)
            await ack()
            if self.app.is_open(number, records.opening):
                self.app.done(number)

    async def _fold(self, owned: Part, records: Stretch) -> None:
        """Unless it was lost on its way: its next owner folds it, or this one when it has been read back."""
        for part in self.parking.apart(owned.number, records):
            if not self.app.is_open(owned.number, records.opening):
                return
            try:
                await self.stage.batch(owned, part)
            except Exception as error:  # noqa: BLE001 # whatever it is, it ends here
                await self._failed(owned, part, error)

    async def _failed(self, owned: Part, records: Sequence[Any], error: Exception) -> None:
        number, blamed = owned.number, self.stage.blamed(error, owned, records)
        if blamed is None or not self.stage.can_park or not self.stage.fail_stop.may_park(error):
            stretch = f"{self.stage.inputs}:{number}:{records[0].offset} to {records[-1].offset}"
            self.stage.fail_stop.stop(error, number, Blame(blamed, stretch))
        self.ownership.withdraw(number)
        await self.parking.failed(number, blamed, error)

    def unreadable(self, error: UnreadableBatch) -> None:
        """A batch cannot be read."""
        if not self.stage.can_park:
            self.stage.fail_stop.stop(error, error.partition)
        task = asyncio.create_task(self._guarded(self.parking.unreadable(error)))
        self._judged.add(task)
        task.add_done_callback(self._judged.discard)

    async def tick(self) -> None:
        """Let the stage do what is due, tell progress of partitions at rest, refresh the metrics."""
        await asyncio.gather(*map(self._tick, list(self.ownership.owned.values())))
        self.stage.show(self.ownership.owned, len(self.ownership.restores), self.ownership.parked)

    async def _tick(self, owned: Part) -> None:
        """A busy partition tells its progress with its batches."""
        now = utc_now()
        owned.end = self.app.end_of(self.stage.inputs, owned.number)
        with self.stage.fail_stop.guard(owned.number):
            await self.stage.tick(owned, now)
            if owned.wants_progress(monotonic()) and not owned.lock.locked():
                async with owned.lock:
                    if self.ownership.owned.get(owned.number) is owned:
                        await self.writer.progress(owned, now)

    async def look_around(self) -> None:
        """Let the stage read what there is to read for what is owned."""
        with self.stage.fail_stop.guard():
            await self.stage.look_around(self.ownership.owned)
            if waiting := {*self.ownership.parked}:
                for number in waiting - (await self.stage.read_parked()).keys():
                    self.ownership.unpark(number)

    def beside(self) -> list[asyncio.Task[None]]:
        """What runs for ever from now on: the pulse, a look at the topics, and what the stage has."""
        running = (self.writer.pulse.run(), self._watch_topics(), *self.stage.always())
        return [asyncio.create_task(self._guarded(one)) for one in running]

    async def _watch_topics(self) -> None:
        name = await until_made_anew(self.stage.bootstrap, self.stage.identity)
        raise anew_error(name, self.stage.lost)

    async def _guarded(self, running: Awaitable[None]) -> None:
        with self.stage.fail_stop.guard():
            await running
