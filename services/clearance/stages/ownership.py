"""Which partitions a worker owns, from one generation of its group to the next: gained, read back, kept, lost."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Generic

import structlog

from clearance.settings.clock import monotonic, utc_now
from clearance.stages.batching import App
from clearance.stages.stage import Part, Stage
from clearance.stages.writing import Writer

log = structlog.get_logger()
RESTORES = 2
"""Partitions read back at a time: the first is open soon, and none waits for the last."""
NEVER = -10
"""No generation of a group."""


class Ownership(Generic[Part]):
    """`owned` are the partitions that are open, `restores` those that are being read back, `parked` those that wait for
    a person."""

    def __init__(self, stage: Stage[Part], app: App, writer: Writer) -> None:
        self.stage, self.app, self.writer = stage, app, writer
        self.owned: dict[int, Part] = {}
        self.restores: dict[int, asyncio.Task[None]] = {}
        self.parked: set[int] = set()
        self._lost: tuple[int, dict[int, Part]] = NEVER, {}  # the generation that ended, and what was owned in it
        self._restoring = asyncio.Semaphore(RESTORES)

    async def lose_all(self) -> None:
        """The group is being balanced anew: nothing is owned until it says so again."""
        for task in self.restores.values():
            task.cancel()
        self.restores.clear()
        self.parked.clear()
        self.app.close_all()
        owned, self.owned = self.owned, {}
        await self.tell_all(owned)
        self._lost = self.app.consumer_generation_id, owned

    async def tell_all(self, parts: Mapping[int, Part]) -> None:
        """Wait for the batches in hand, and tell the progress of what has not told it yet."""
        with self.stage.fail_stop.guard():
            for owned in list(parts.values()):
                async with owned.lock:
                    if owned.is_ahead:
                        await self.writer.progress(owned, utc_now())

    def gain(self, numbers: Sequence[int]) -> None:
        """These partitions are owned from now on: read them back, then open them.

        Those that were owned in the generation before are open at once: nobody else can have owned them in between.
        """
        self.app.close_all()
        generation = self.app.consumer_generation_id
        (before, lost), self._lost = self._lost, (NEVER, {})
        kept = {number: lost[number] for number in numbers if number in lost and generation == before + 1}
        for number, owned in kept.items():
            self._open(number, owned)
        new = [number for number in numbers if number not in kept]
        self.restores = {number: asyncio.create_task(self._bring_up(number, generation)) for number in new}
        log.info("partitions_assigned", partitions=list(numbers), kept=sorted(kept), generation=generation)

    def withdraw(self, number: int) -> None:
        """A partition is closed, and what is in memory of it forgotten: it may be half of something."""
        self.app.close(number)
        self.owned.pop(number, None)

    def park(self, number: int, generation: int) -> None:
        """One that was withdrawn in this generation waits for a person."""
        if generation == self.app.consumer_generation_id:
            self.parked.add(number)

    def unpark(self, number: int) -> None:
        """It waits no more, unless it has been lost meanwhile."""
        if number in self.parked:
            self.parked.discard(number)
            log.info("unparked", partition=number)
            self.again(number)

    def again(self, number: int) -> None:
        """Read one that was withdrawn back from what was written, and open it."""
        self.restores[number] = asyncio.create_task(self._bring_up(number, self.app.consumer_generation_id))

    def _open(self, number: int, owned: Part) -> None:
        self.owned[number] = owned
        self.app.open(number, owned.position + 1)

    async def _bring_up(self, number: int, generation: int) -> None:
        with self.stage.fail_stop.guard(number):
            async with self._restoring:
                begun = monotonic()
                parked = number in await self.stage.read_parked()
                restored = None if parked else await self.stage.restore(number)
                if restored and self._is_wanted(number, generation):
                    await self.stage.write_again(restored)
            if not self._is_wanted(number, generation):
                return
            del self.restores[number]
            if restored:
                self._open(number, restored.owned)
                self.stage.opened(restored, monotonic() - begun)
            else:
                self.parked.add(number)
                log.warning("still_parked", partition=number, remedy="`clearance partitions list` says why")

    def _is_wanted(self, number: int, generation: int) -> bool:
        """Whether the restore at hand is for what is owned now: aiokafka may have swallowed its cancellation."""
        here = self.restores.get(number) is asyncio.current_task()
        return here and generation == self.app.consumer_generation_id
