"""Waiting for a condition, with a bound."""

import asyncio
import os
from collections.abc import Awaitable, Callable

from clearance.settings.clock import monotonic

OVERLOADED = 4.0
"""Processes that wait for each processor; those of a run are half of that."""


def overloaded() -> bool:
    """Whether so much runs on this machine that processes of ours must stand still."""
    return os.getloadavg()[0] > OVERLOADED * (os.cpu_count() or 1)


async def within(seconds: float, condition: Callable[[], bool], every: float = 0.002) -> bool:
    """Whether it becomes true in time; returns as soon as it is."""

    async def asked() -> bool:
        return condition()

    return await settled(seconds, asked, every)


async def settled(seconds: float, condition: Callable[[], Awaitable[bool]], every: float = 0.3) -> bool:
    """The same for what has to be asked of a server."""
    end = monotonic() + seconds
    while not await condition():
        if monotonic() > end:
            return False
        await asyncio.sleep(every)
    return True
