"""Hung is dead: a thread asks the event loop for a sign of life, and ends the process when none comes.

Heartbeats of a consumer group come from a thread of their own, so a worker whose loop hangs would keep its partitions
for ever. What counts is how often the thread looked in vain, and not the time: a process that was paused as a whole
looked no more than its loop turned, and `stages/pulse.py` sees to that.
"""

import asyncio
import sys
import traceback
from collections.abc import Callable
from contextvars import copy_context
from threading import Event, Thread, main_thread
from types import FrameType

import structlog

from clearance.settings.leaving import FAILED, leave

log = structlog.get_logger()
LOOKS = 20
"""Into how many looks the patience is divided."""
FRAMES = 12
"""The innermost lines of the stack that are told."""


def watch(loop: asyncio.AbstractEventLoop, seconds: float, farewell: Callable[[], object] = lambda: None) -> Thread:
    """End the process with 70 when the loop, which the main thread runs, has not turned for so many seconds; `farewell`
    is called before. Ends with the loop."""
    of_this_process = copy_context()  # what is said in every line of the log
    thread = Thread(target=of_this_process.run, args=(_look, loop, seconds, farewell), name="watchdog", daemon=True)
    thread.start()
    return thread


def _look(loop: asyncio.AbstractEventLoop, seconds: float, farewell: Callable[[], object]) -> None:
    between = Event()
    while _asked(loop, turned := Event()):
        in_vain = 0
        while not turned.wait(seconds / LOOKS):
            in_vain += 1
            if in_vain >= LOOKS and not loop.is_closed():
                _end(seconds, farewell)
        between.wait(seconds / LOOKS)


def _asked(loop: asyncio.AbstractEventLoop, turned: Event) -> bool:
    try:
        loop.call_soon_threadsafe(turned.set)
    except RuntimeError:  # it is closed
        return False
    return True


def _end(seconds: float, farewell: Callable[[], object]) -> None:
    stack = stack_of(sys._current_frames().get(main_thread().ident or 0))
    log.error(
        "stopped",
        reason=f"the event loop has not turned for {seconds:.1f} s: it hangs in {stack[-1] if stack else 'nothing'}; "
        "starting again is safe",
        stack=stack,
    )
    farewell()
    leave(FAILED)


def stack_of(frame: FrameType | None) -> list[str]:
    """The innermost lines of a stack, the innermost last."""
    return [f"{one.name} ({one.filename}:{one.lineno})" for one in traceback.extract_stack(frame)[-FRAMES:] if frame]
