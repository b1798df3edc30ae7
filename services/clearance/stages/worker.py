"""The worker between Faust and a stage: batches under the lock of their partition, ticks, what runs beside.

Partitions go on beside each other, since most of a batch is waiting for acknowledgements; within one, everything waits
for its lock, so that nothing is written for a partition that has been given away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic

from clearance.kafka.topics import until_made_anew
from clearance.settings.clock import monotonic, utc_now
from clearance.stages.batching import App
from clearance.stages.fail_stop import Blame
from clearance.stages.log_checks import anew_error
from clearance.stages.ownership import Ownership
from clearance.stages.stage import Part, Stage
from clearance.stages.writing import Writer


class Worker(Generic[Part]):
    """Does what is due for the partitions that it owns. All that goes wrong ends the process."""

    def __init__(self, stage: Stage[Part], app: App, writer: Writer) -> None:
        self.stage, self.app, self.writer = stage, app, writer
        self.ownership = Ownership(stage, app, writer)

    async def batch(self, number: int, records: Sequence[Any], ack: Callable[[], Awaitable[Any]]) -> None:
        """Fold and write one batch, then acknowledge it."""
        if (owned := self.ownership.owned.get(number)) is None:  # lost on its way: its next owner folds it
            await ack()
            return

        def blame(error: Exception) -> Blame:
            stretch = f"{self.stage.inputs}:{number}:{records[0].offset} to {records[-1].offset}"
            return Blame(self.stage.blamed(error, owned, records), stretch)

        with self.stage.fail_stop.guard(number, blame):
            async with owned.lock:
                await self.stage.batch(owned, records)
            await ack()
            self.app.done(number)

    async def tick(self) -> None:
        """Let the stage do what is due, tell progress of partitions at rest, refresh the metrics."""
        await asyncio.gather(*map(self._tick, list(self.ownership.owned.values())))
        self.stage.show(self.ownership.owned, len(self.ownership.restores))

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
