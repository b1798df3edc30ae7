"""The stores by epoch, and which one answers. A request takes one when it begins and keeps to it: no answer is mixed.

The surprise: a switch waits for the store. While the new epoch has none, the one before goes on answering.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import structlog
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from clearance.kafka.epochs import Current
from clearance.kafka.names import FIRST
from clearance.store.age import Ages
from clearance.store.connect import is_made
from clearance.store.errors import StoreError

log = structlog.get_logger()
LOOK_SECONDS = 1.0


class Store(NamedTuple):
    """The store of one epoch, which has so many partitions; `address` is the cluster of its log, "" for that of the
    settings."""

    epoch: int
    engine: Engine
    partitions: int = FIRST.partitions
    address: str = ""


class Stores:
    """`current` answers; `ages` of an epoch's store are kept here. `opened` gives the store of an epoch, and is asked
    once for each that is switched to."""

    def __init__(self, first: Store, opened: Callable[[int], Engine]) -> None:
        self.current = first
        self._opened = opened
        self._held = {first.epoch: first}
        self._told = first.epoch
        self._ages: dict[int, Ages] = {}
        self._switching: asyncio.Task[None] | None = None  # to what was told last, also before a broker went away

    def ages(self, epoch: int) -> Ages:
        """How old the store of an epoch is known to be."""
        return self._ages.setdefault(epoch, Ages())

    def is_switching(self, epoch: int) -> bool:
        """Whether another epoch than this is the current one by what was told last, and its store cannot answer yet."""
        return epoch != self._told

    async def follow(self, told: AsyncIterator[Current]) -> None:
        """Switch whenever it is told, for ever."""
        async for one in told:
            if self._switching is not None:
                self._switching.cancel()
            self._told = one.epoch
            self._switching = asyncio.create_task(self._switch(one))

    async def _switch(self, to: Current) -> None:
        said, epoch = False, to.epoch
        while (store := await run_in_threadpool(self._ready, to)) is None:
            if not said:
                log.warning("waiting for the store of the epoch", epoch=epoch)
            said = True
            await asyncio.sleep(LOOK_SECONDS)
        before, self.current = self.current, store
        if store is not before:
            log.info("answering from another epoch", epoch=epoch, before=before.epoch)
            await run_in_threadpool(before.engine.dispose)  # what is under way ends first; `back` connects anew

    def _ready(self, to: Current) -> Store | None:
        """The store of the epoch, as soon as it can answer."""
        try:
            if to.epoch not in self._held:
                self._held[to.epoch] = Store(to.epoch, self._opened(to.epoch), to.base.partitions, to.address)
            return self._held[to.epoch] if is_made(self._held[to.epoch].engine) else None
        except StoreError:
            return None
