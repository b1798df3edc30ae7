"""What is done to the system, one fault a method. A fault counts when it has really happened, not when it was tried.

The surprise: most of them look at the process while it stands still. That is how a kill is known to have fallen between
a fetch and its acknowledgement, and a compaction between the beginning and the end of a restore.
"""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import cycle

from . import compaction
from .flags import How, Spot
from .mischief import Mischief
from .processes import Process
from .system import SESSION_SECONDS, System
from .waiting import within

TRIES = 3
STRUCK_SECONDS, FULL_SECONDS, COMPACTED_SECONDS = 20.0, 15.0, 3.0
BATCHING = (Spot.FETCH, Spot.DELIVER, Spot.COMMIT)
WRITING = (Spot.EVENTS, Spot.STATES, Spot.PROGRESS)
IN_HAND = (Spot.DELIVER, Spot.STATES, Spot.PROGRESS)
FULL = "database or disk is full"


class Faults:
    """`done` counts the faults by name, `in_flight` the kills that fell while a batch was."""

    def __init__(self, system: System, seed: int) -> None:
        self.system = system
        self.done: Counter[str] = Counter()
        self.in_flight = 0
        self._random = random.Random(seed)  # noqa: S311 # no secret
        self._analysts_random = random.Random(f"{seed} analysts")  # noqa: S311 # no secret
        self._analysts = cycle(system.analysts)
        self._turn = 0
        self.mischief = Mischief(system, self._random, self._next)
        self.by_name: dict[str, Callable[[], Awaitable[bool]]] = {
            "kill": self.kill,
            "term": self.term,
            "pause": self.pause,
            "join": self.join,
            "leave": self.leave,
            "step": lambda: self._strike(Spot.STEP),
            "batching": lambda: self._strike(self._random.choice(BATCHING)),
            "writing": lambda: self._strike(self._random.choice(WRITING)),
            "compaction": self.compaction,
            "broker": self.broker,
            "projector": lambda: self._kill(self.system.projector),
            "api": lambda: self._kill(self.system.api),
            "notices": lambda: self._kill(self.system.notices),
            "analyst": self.analyst,
            "full": self.full,
            **self.mischief.by_name,
        }

    async def do(self, name: str) -> None:
        """One fault. If it cannot be had in a few tries it is not counted."""
        for _ in range(TRIES):
            if await self.by_name[name]():
                self.done[name] += 1
                return

    async def kill(self) -> bool:
        """SIGKILL of a worker; the workers take turns, so that one starts while the other is aimed at."""
        self.in_flight += await self._next().kill()
        return True

    async def analyst(self) -> bool:
        """An analyst dies as by SIGKILL with records in hand, or between two writes of a batch; they take turns."""
        analyst = next(self._analysts)
        struck = analyst.flags.get("struck")
        analyst.flags.arm(self._analysts_random.choice(IN_HAND), How.DIES)
        died = await within(STRUCK_SECONDS, lambda: analyst.flags.get("struck") != struck)
        self.in_flight += died
        return died

    async def term(self) -> bool:
        """SIGTERM of a worker."""
        worker = self._next()
        await worker.at("batches")
        await worker.end(signal.SIGTERM)
        return True

    async def pause(self) -> bool:
        """SIGSTOP with a batch in flight, until another worker has taken over; then it goes on where it was."""
        worker = self._next()
        in_flight = await worker.pause(aim="batches")
        await asyncio.sleep(SESSION_SECONDS + self._random.uniform(1.0, 3.0))
        worker.resume()
        return in_flight

    async def join(self) -> bool:
        """A third worker takes a share of the partitions."""
        if not self.system.third.wanted:
            self.system.third.start()
        return await self.system.third.at("batches")

    async def leave(self) -> bool:
        """It goes."""
        await self.system.third.stop()
        return True

    async def broker(self) -> bool:
        """SIGKILL of the broker; it is started again on what it had written."""
        await asyncio.to_thread(self.system.kafka.kill)
        await asyncio.sleep(self._random.uniform(0.0, 2.0))
        await asyncio.to_thread(self.system.kafka.start)
        return True

    async def full(self) -> bool:
        """The store's disk is full, until the projector has complained of it and a while longer."""
        projector = self.system.projector
        complaints = projector.said(FULL)
        projector.flags.set("full", 1)
        complained = await within(FULL_SECONDS, lambda: projector.said(FULL) > complaints)
        await asyncio.sleep(self._random.uniform(0.5, 2.0))
        projector.flags.set("full", 0)
        return complained

    async def compaction(self) -> bool:
        """Old states vanish from the log while a worker that was killed is reading them back."""
        bootstrap = self.system.kafka.bootstrap
        try:
            await asyncio.to_thread(compaction.set_on_states, bootstrap, compaction.SHORT)
            await asyncio.sleep(1.0)
            await self.do("kill")
            if not await self._last.pause(aim="restores"):
                return False
            before = compaction.cleaned(self.system.kafka.folder)
            await asyncio.to_thread(compaction.set_on_states, bootstrap, compaction.AT_ONCE)
            return await within(COMPACTED_SECONDS, lambda: self._compacted_since(before))
        finally:
            self._last.resume()
            await asyncio.to_thread(compaction.set_on_states, bootstrap, compaction.as_its_card_says())

    def _compacted_since(self, before: dict[int, int]) -> bool:
        now = compaction.cleaned(self.system.kafka.folder)
        return any(offset > before.get(partition, 0) for partition, offset in now.items())

    async def _strike(self, spot: Spot) -> bool:
        """An exception at a spot of a worker."""
        worker = self._next()
        struck = worker.flags.get("struck")
        worker.flags.arm(spot)
        return await within(STRUCK_SECONDS, lambda: worker.flags.get("struck") != struck)

    async def _kill(self, process: Process) -> bool:
        """SIGKILL, whatever it is doing."""
        process.send(signal.SIGKILL)
        await process.ended()
        return True

    def _next(self) -> Process:
        self._turn += 1
        return self._last

    @property
    def _last(self) -> Process:
        return self.system.workers[self._turn % len(self.system.workers)]
