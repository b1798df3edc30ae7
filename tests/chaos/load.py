"""Load of every kind of input, for as long as it is wanted: what the system is under while things are broken in it.

Messages are the simulator's, whose traffic brings links and facts between partitions. Among them one office stands
still for hours. The load tells the time, as the simulator does. In one of two modes it ends doing so when that office
goes on; then the tracker writes its own clocks, and since the messages are of days ago, every deadline is due at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from msgspec.structs import replace
from tests.tracker.by_hand import PARTITIONS

from clearance.edge.append import Edge
from clearance.events.log.input_records import message_record
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import outgoing_input
from clearance.settings.clock import monotonic, utc_now
from clearance.simulator.traffic import traffic

from . import outage
from .users import Users

START = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
"""A Tuesday morning, long past."""
STEP_SECONDS, CLOCK_SECONDS = 0.1, 1.0
HISTORY_SECONDS, HISTORY = 3.0, 20
"""A backfill of so many messages, every so often."""
SPOILT_SECONDS, SPOILT = 2.0, "cn:unified:I2026{:013}"
ASK_SECONDS = 0.3


@dataclass
class Load:
    """`rate` messages a second until `ended` is set, and everything else beside. With `own_clocks` the tracker's own
    clock goes on where the load's ends."""

    users: Users
    seed: int
    rate: int
    own_clocks: bool
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.begins = last_tuesday(utc_now()) if self.own_clocks else START
        self._messages = traffic(self.seed, self.begins)
        self._history = traffic(self.seed + 1, self.begins - timedelta(days=30))
        self._outage = deque(outage.outage(self.begins))
        self._tells_time = True

    async def quiet_days(self, bootstrap: str) -> None:
        """Into a log in which nothing is yet."""
        async with clients.new_producer(bootstrap) as producer:
            for number in range(PARTITIONS):
                records = outage.quiet(number, self.begins)
                await clients.write(producer, BASE.inputs, number, [*map(outgoing_input, records)])

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
            if arrivals and passed - told >= CLOCK_SECONDS:
                await self._tell_time(edge, arrivals[0].at)
                told = passed
            async for _ in edge.take_many(arrivals):
                sent += 1
            await self._pause(STEP_SECONDS)
        if self._outage or self.own_clocks:
            await self._tell_time(edge, self.begins + outage.ENDS)

    async def _tell_time(self, edge: Edge, at: datetime) -> None:
        """It is that time now, and what has come of the outage by then."""
        if not self._tells_time:
            return
        while self._outage and self._outage[0][0] <= at:
            await edge.append(self._outage.popleft()[1])
        await edge.pass_time(at, external=True)
        if self.own_clocks and at >= self.begins + outage.ENDS:
            await edge.pass_time(utc_now(), external=False)
            self._tells_time = False

    async def _backfill(self, edge: Edge, number: int) -> None:
        name = f"history-{self.seed}-{number}"
        arrivals = [replace(one.arrival, backfill=name) for one in islice(self._history, HISTORY)]
        async for _ in edge.take_many(arrivals):
            pass
        await edge.end_backfill(name, arrivals[-1].at)

    async def _spoil(self, edge: Edge, number: int) -> None:
        """What is no message, past the edge, which would not let it by."""
        await edge.append(message_record(SPOILT.format(number), b"<a>", received_at=self.begins))

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


def last_tuesday(now: datetime) -> datetime:
    """The last one that is over, when offices had just opened."""
    day = now - timedelta(days=1 + (now.weekday() - START.weekday() - 1) % 7)
    return datetime.combine(day, START.timetz())
