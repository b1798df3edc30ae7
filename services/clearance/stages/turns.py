"""Folds of different partitions take turns, so that writes and the pulse get theirs in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clearance.settings.clock import monotonic

TURNS, BREATH_SECONDS = 10, 0.005
"""What the event loop gets between two folds, at most: a write and its acknowledgement take several turns. While others
are restored a turn takes long, and one is enough."""


class Turns:
    """One fold of a worker at a time."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def next(self) -> AsyncIterator[None]:
        """Wait for one's turn; it lasts as long as the block."""
        async with self._lock:
            await _breathe()
            yield


async def _breathe() -> None:
    """Let the event loop get to whatever else is waiting."""
    end = monotonic() + BREATH_SECONDS
    for _ in range(TURNS):
        await asyncio.sleep(0)
        if monotonic() >= end:
            return
