"""Whether this process has stood still: a paused worker may have lost its partitions to another one without knowing.

The pulse beats in the event loop; a gap between two beats of more than seven tenths of what the group waits for a
silent member ends the process, and so does any write within such a gap. Slow work or a slow broker make no gap.
"""

import asyncio
from collections.abc import Callable

from clearance.settings.clock import monotonic

SHARE = 0.7
"""Of a session: the group began to wait at the last heartbeat, a tenth of a session earlier at most."""


class PausedTooLong(RuntimeError):
    """This process stood still for so long that another may own its partitions by now."""


class Pulse:
    """Alive from its construction on. `clock` gives seconds."""

    def __init__(self, session_seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self.limit = session_seconds * SHARE
        self._clock = clock
        self._last = clock()

    def check(self) -> None:
        """Raises `PausedTooLong`."""
        if (gap := self._clock() - self._last) > self.limit:
            raise PausedTooLong(
                f"the process stood still for {gap:.1f} s, {self.limit:.1f} s are allowed: it was paused, or its "
                "machine is overloaded; starting again is safe"
            )

    def beat(self) -> None:
        """It lives. Raises `PausedTooLong` if it did not for too long."""
        self.check()
        self._last = self._clock()

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            self.beat()
            await asyncio.sleep(self.limit / 10)
