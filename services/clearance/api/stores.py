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
from clearance.store.connect import is_made, name_of
from clearance.store.errors import StoreError

log = structlog.get_logger()
LOOK_SECONDS = 1.0


class Store(NamedTuple):
    """The store of one epoch."""

    epoch: int
    engine: Engine


class Stores:
    """`current` answers. `opened` gives the store of an epoch, and is asked once for each that is switched to."""

    def __init__(self, first: Store, opened: Callable[[int], Engine]) -> None:
        self.current = first
        self._opened = opened
        self._held = {first.epoch: first}

    async def follow(self, told: AsyncIterator[Current]) -> None:
        """Switch whenever it is told, for ever."""
        waiting: asyncio.Task[None] | None = None
        async for one in told:
            if waiting is not None:
                waiting.cancel()
            waiting = asyncio.create_task(self._switch(one.epoch))

    async def _switch(self, epoch: int) -> None:
        store = self._held.setdefault(epoch, Store(epoch, self._opened(epoch)))
        said = False
        while not await run_in_threadpool(_can_answer, store.engine):
            if not said:
                log.warning("waiting for the store of the epoch", epoch=epoch, store=name_of(store.engine))
            said = True
            await asyncio.sleep(LOOK_SECONDS)
        if store is not self.current:
            log.info("answering from another epoch", epoch=epoch, before=self.current.epoch)
        self.current = store


def _can_answer(engine: Engine) -> bool:
    try:
        return is_made(engine)
    except StoreError:
        return False
