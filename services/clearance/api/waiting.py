"""Clients that wait for a change: woken by the tail, and asking the store nothing meanwhile.

Each waits under keys: a declaration, identifiers of which one must be a party, or everything. The surprise: a waiter may
be woken for nothing, and looks for itself. It is registered before it looks, so what comes meanwhile wakes it, too.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from clearance.api.tail import Told
from clearance.settings.clock import monotonic

EVERYTHING = ""
LONGEST = 60
"""Seconds that a client may wait."""
PREFERS = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])")


def preferred(header: str) -> int:
    """How long a client prefers to wait [s], by `Prefer` (RFC 7240); 0 if it does not say."""
    found = PREFERS.search(header)
    return min(int(found[1]), LONGEST) if found else 0


class Waiter:
    """One client."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def until(self, end: float) -> bool:
        """Wait until it is woken; False at the `end`, by the monotonic clock."""
        with suppress(TimeoutError):
            async with asyncio.timeout(end - monotonic()):
                await self._woken.wait()
                self._woken.clear()
                return True
        return False


class Waiters:
    """All of one process."""

    def __init__(self) -> None:
        self._under: dict[str, set[Waiter]] = defaultdict(set)

    def __len__(self) -> int:
        return len({one for some in self._under.values() for one in some})

    @contextmanager
    def waiting(self, keys: Iterable[str]) -> Iterator[Waiter]:
        """A waiter that is woken by any of these."""
        waiter, keys = Waiter(), [*keys]
        for key in keys:
            self._under[key].add(waiter)
        try:
            yield waiter
        finally:
            for key in keys:
                self._under[key].discard(waiter)
                if not self._under[key]:
                    del self._under[key]

    def told(self, told: Told) -> None:
        """A listener of the tail."""
        if told.batch is None:
            return self.wake_all()
        keys = {key for one in told.batch.states for key in (one.declaration, *one.parties)}
        for key in {*keys, EVERYTHING} if keys or told.batch.events else ():
            for waiter in self._under.get(key, ()):
                waiter.wake()
        return None

    def wake_all(self) -> None:
        """Everything may have changed."""
        for some in self._under.values():
            for waiter in some:
                waiter.wake()
