"""Ctrl-C and SIGTERM, as something that a loop can wait for."""

import os
import select
import signal
from contextlib import suppress


class Ending:
    """Until a signal comes. From its making on the process no longer ends by itself at one.

    No `threading.Event`: a handler runs inside whatever its thread is doing, and `set` would wait for ever for a lock
    that the interrupted `wait` holds. A byte in a pipe needs no lock.
    """

    def __init__(self) -> None:
        self._told, self._tell = os.pipe()
        os.set_blocking(self._tell, False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._come)

    def wait(self, seconds: float) -> bool:
        """Whether a signal has come, by the end of so many seconds at the latest."""
        return bool(select.select([self._told], [], [], seconds)[0])

    def _come(self, *_: object) -> None:
        with suppress(BlockingIOError):  # full: it was told often enough
            os.write(self._tell, b".")
