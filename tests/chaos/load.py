"""Load of every kind of input, for as long as it is wanted: what the system is under while things are broken in it.

Messages are the simulator's, whose traffic brings links and facts between partitions. In one of two modes the load
tells the time, as the simulator does; in the other the tracker writes its own clocks, and since the messages are of
last March, every deadline is due at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from msgspec.structs import replace

from clearance.edge.append import Edge
from clearance.events.log.input_records import message_record
from clearance.settings.clock import monotonic
from clearance.simulator.traffic import traffic

from .users import Users

START = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
"""A Monday morning, long past."""
STEP_SECONDS, CLOCK_SECONDS = 0.1, 1.0
HISTORY_SECONDS, HISTORY = 3.0, 20
"""A backfill of so many messages, every so often."""
SPOILT_SECONDS, SPOILT = 2.0, "cn:unified:I2026{:013}"
ASK_SECONDS = 0.3


@dataclass
class Load:
    """`rate` messages a second until `ended` is set, and everything else beside."""

    users: Users
    seed: int
    rate: int
    own_clocks: bool
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._messages = traffic(self.seed, START)
        self._history = traffic(self.seed + 1, START - timedelta(days=30))

    async def run(self, edge: Edge) -> None:
        """All kinds at once. Raises `BrokerError` if the broker stays away."""
        async with self.users.asking(), asyncio.TaskGroup() as group:
            group.create_task(self._send(edge))
            group.create_task(self._again(HISTORY_SECONDS, partial(self._backfill, edge)))
            group.create_task(self._again(SPOILT_SECONDS, partial(self._spoil, edge)))
            group.create_task(self._again(ASK_SECONDS, self.users.state_plan))
            group.create_task(self._again(ASK_SECONDS, self.users.acknowledge))

    async def _send(self, edge: Edge) -> None:
        begun, sent, told = monotonic(), 0, 0.0
        while not self.ended.is_set():
            passed = monotonic() - begun
            arrivals = [one.arrival for one in islice(self._messages, int(passed * self.rate) - sent)]
            if arrivals and not self.own_clocks and passed - told >= CLOCK_SECONDS:
                await edge.pass_time(arrivals[0].at, external=True)
                told = passed
            async for _ in edge.take_many(arrivals):
                sent += 1
            await self._pause(STEP_SECONDS)

    async def _backfill(self, edge: Edge, number: int) -> None:
        name = f"history-{self.seed}-{number}"
        arrivals = [replace(one.arrival, backfill=name) for one in islice(self._history, HISTORY)]
        async for _ in edge.take_many(arrivals):
            pass
        await edge.end_backfill(name, arrivals[-1].at)

    async def _spoil(self, edge: Edge, number: int) -> None:
        """What is no message, past the edge, which would not let it by."""
        await edge.append(message_record(SPOILT.format(number), b"<a>", received_at=START))

    async def _again(self, seconds: float, what: Callable[[int], Awaitable[None]]) -> None:
        number = 0
        while not self.ended.is_set():
            await what(number)
            number += 1
            await self._pause(seconds)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.ended.wait(), seconds)
        except TimeoutError:
            return
