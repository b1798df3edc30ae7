"""Clients that wait for a change: woken by the tail, and asking the store nothing meanwhile.

Each waits under keys: a declaration, identifiers of which one must be a party, or everything. The surprise: a waiter
may be woken for nothing, and looks for itself. It is registered before it looks, so what comes meanwhile wakes it, too.
Thousands may be woken at once: those who look for the same get one answer, and the others take turns.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar

from clearance.access.gate import Gate
from clearance.api.tail import Told
from clearance.settings.clock import monotonic

T = TypeVar("T")
EVERYTHING = ""
FOLDED = "\x00folded"
"""Woken whenever a partition is folded further. No declaration and no identifier is called so."""
AT_ONCE = 8
"""Of those who were woken, so many look at a time: whoever asks meanwhile finds room."""
LOOK_SECONDS = 0.5
LONGEST = 60
"""Seconds that a client may wait."""
PREFERS = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])")


def preferred(header: str) -> int:
    """How long a client prefers to wait [s], by `Prefer` (RFC 7240); 0 if it does not say."""
    found = PREFERS.search(header)
    return min(int(found[1]), LONGEST) if found else 0


class Waiter:
    """One client. `news`: something may have changed; else it is who asks that may. `was_woken` before, if ever."""

    def __init__(self) -> None:
        self.news = self.was_woken = False
        self._woken = asyncio.Event()

    def wake(self, news: bool = True) -> None:
        self.news, self.was_woken = self.news or news, True
        self._woken.set()

    async def until(self, end: float) -> bool:
        """Wait until it is woken; False at the `end`, by the monotonic clock."""
        with suppress(TimeoutError):
            async with asyncio.timeout(end - monotonic()):
                await self._woken.wait()
                return True
        return False

    def taken(self) -> bool:
        """Whether there was news; from now on it waits for more."""
        news, self.news = self.news, False
        self._woken.clear()
        return news


class Waiters:
    """All of one process."""

    def __init__(self) -> None:
        self._under: dict[str, set[Waiter]] = defaultdict(set)
        self._looks: dict[Hashable, asyncio.Task[Any]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._told = 0

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

    async def once(self, key: Hashable, look: Callable[[], Awaitable[T]], woken: bool) -> T:
        """What a look gives: one for all who look for the same, unless something was told since it began. Whoever was
        `woken` waits for a turn. It goes on when those leave who began it."""
        key = self._told, key
        task = self._looks.get(key)
        if task is None:
            task = self._looks[key] = asyncio.create_task(self._looked(look, woken))
            task.add_done_callback(lambda _: self._looks.pop(key))
        found: T = await asyncio.shield(task)
        return found

    async def _looked(self, look: Callable[[], Awaitable[T]], woken: bool) -> T:
        if not woken:
            return await look()
        async with self._turns:
            return await look()

    def told(self, told: Told) -> None:
        """A listener of the tail."""
        self._told += 1
        if told.batch is None:
            return self.wake_all()
        keys = {key for one in told.batch.states for key in (one.declaration, *one.parties, *one.former)}
        if keys or told.batch.events:
            keys.add(EVERYTHING)
        if told.batch.progress:
            keys.add(FOLDED)
        for key in keys:
            for waiter in self._under.get(key, ()):
                waiter.wake()
        return None

    def wake_all(self, news: bool = True) -> None:
        """Everything may have changed; without news, who may ask."""
        for some in self._under.values():
            for waiter in some:
                waiter.wake(news)

    @asynccontextmanager
    async def looking_after(self, gate: Gate | None) -> AsyncIterator[None]:
        """Wake all when keys or organisations change, meanwhile."""
        looking = None if gate is None else asyncio.create_task(self._look_after(gate))
        try:
            yield
        finally:
            if looking is not None:
                looking.cancel()

    async def _look_after(self, gate: Gate) -> None:
        held = gate.held
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if gate.held is not held:
                held = gate.held
                self.wake_all(news=False)
