"""A stop that ends: a process that was asked to end, and still runs long afterwards, leaves with what it waits for.

What it waits for is Faust's farewell to the group, which takes for ever where the group's coordinator does not answer.
To leave without it is as safe as a kill: what is not told as progress is folded again.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

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
        remedy="none needed: what was not told as progress is folded again; see whether the broker answers",
    )
    leave(FAILED)


def waits_for(loop: asyncio.AbstractEventLoop) -> list[str]:
    """What the tasks that are not done wait for, each from its coroutine inwards, with how many there are of each."""
    chains = Counter(" > ".join(_awaited(task.get_coro())) for task in asyncio.all_tasks(loop))
    return [f"{chain} x{count}" if count > 1 else chain for chain, count in sorted(chains.items())]


def _awaited(coroutine: Any) -> Iterator[str]:
    while name := getattr(coroutine, "__qualname__", ""):
        yield name
        coroutine = getattr(coroutine, "cr_await", None)
