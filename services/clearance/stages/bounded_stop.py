"""A stop that ends: a process that was asked to end, and still runs long afterwards, leaves with what it waits for.

By then its batches are written and their progress is told; what remains is Faust's farewell to the group, which waits
for ever where the group's coordinator does not answer. To leave without it is as safe as a kill.
"""

import asyncio
import threading
from collections import Counter

import structlog

from clearance.settings.leaving import FAILED, leave

log = structlog.get_logger()
SECONDS = 20.0
"""Less than supervisors grant before they kill (Kubernetes 30, systemd 90)."""


def end_within(loop: asyncio.AbstractEventLoop, seconds: float = SECONDS) -> threading.Timer:
    """Leave after so many seconds, if the process is still there: with a thread, since the loop itself may hang."""
    timer = threading.Timer(seconds, _give_up, (loop, seconds))
    timer.daemon = True
    timer.start()
    return timer


def _give_up(loop: asyncio.AbstractEventLoop, seconds: float) -> None:
    log.warning(
        "stop_takes_too_long",
        seconds=seconds,
        waits_for=waits_for(loop),
        remedy="none needed: all that was folded is written; see whether the broker answers",
    )
    leave(FAILED)


def waits_for(loop: asyncio.AbstractEventLoop) -> list[str]:
    """The coroutines of the tasks that are not done, with how many there are of each."""
    names = Counter(getattr(task.get_coro(), "__qualname__", "?") for task in asyncio.all_tasks(loop))
    return [f"{name} x{count}" if count > 1 else name for name, count in sorted(names.items())]
