"""What is away when a process starts is waited for: bounded in time, and told in one line."""

from collections.abc import Callable
from threading import Event
from typing import TypeVar

import structlog

from clearance.settings.clock import monotonic

LOOK_SECONDS = 0.5
Answer = TypeVar("Answer")


def wait_for(what: str, ask: Callable[[], Answer], away: type[Exception], seconds: float) -> Answer:
    """The answer, as soon as `ask` no longer raises `away`; that is raised after so many seconds, all else at once."""
    until, told = monotonic() + seconds, False
    while True:
        try:
            return ask()
        except away as error:
            if monotonic() >= until:
                raise
            if not told:
                structlog.get_logger().warning(f"waiting for the {what}", reason=str(error), seconds=seconds)
            told = True
        Event().wait(LOOK_SECONDS)
