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
    """`owned` are the partitions that are open, `restores` those that are being read back."""

    def __init__(self, stage: Stage[Part], app: App, writer: Writer) -> None:
        self.stage, self.app, self.writer = stage, app, writer
        self.owned: dict[int, Part] = {}
        self.restores: dict[int, asyncio.Task[None]] = {}
        self._lost: tuple[int, dict[int, Part]] = NEVER, {}  # the generation that ended, and what was owned in it
        self._restoring = asyncio.Semaphore(RESTORES)

    async def lose_all(self) -> None:
        """The group is being balanced anew: nothing is owned until it says so again."""
        for task in self.restores.values():
            task.cancel()
        self.restores.clear()
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

    def _open(self, number: int, owned: Part) -> None:
        self.owned[number] = owned
        self.app.open(number, owned.position + 1)

    async def _bring_up(self, number: int, generation: int) -> None:
        with self.stage.fail_stop.guard(number):
            async with self._restoring:
                begun = monotonic()
                restored = await self.stage.restore(number)
                if self._is_wanted(number, generation):
                    await self.stage.write_again(restored)
            if not self._is_wanted(number, generation):
                return
            del self.restores[number]
            self._open(number, restored.owned)
            self.stage.opened(restored, monotonic() - begun)

    def _is_wanted(self, number: int, generation: int) -> bool:
        """Whether the restore at hand is for what is owned now: aiokafka may have swallowed its cancellation."""
        here = self.restores.get(number) is asyncio.current_task()
        return here and generation == self.app.consumer_generation_id
