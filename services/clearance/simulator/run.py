"""Simulated traffic into the log, at its pace: the one part of the simulator that waits and sends.

Clock records come from here, in simulated time and marked `external`, so that nothing looks at the wall. The first of
them goes to every partition before any message: from then on the tracker leaves time to us.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from clearance.edge.append import Edge
from clearance.metrics import Board
from clearance.settings.clock import monotonic
from clearance.simulator.faults import FAULTS
from clearance.simulator.life import Label, Trouble
from clearance.simulator.outages import Outage
from clearance.simulator.pacing import Pace
from clearance.simulator.traffic import Happening

CLOCK_SECONDS = 1.0
"""How often a clock record is written to each partition, sooner only behind `AT_ONCE` messages."""
AT_ONCE = 500
"""Messages sent between two clock records, at most."""


@dataclass
class Runner:
    """Sends one traffic. `tell` gets every label and trouble, before its life's first message is sent; `ended` ends the
    run."""

    edge: Edge
    board: Board
    pace: Pace
    traffic: Iterator[Happening]
    tell: Callable[[Label | Trouble], None]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0

    async def run(self, limit: int | None = None) -> None:
        """Send until `limit` messages are sent, or the end is called. Raises `BrokerError`."""
        begun, upcoming = monotonic(), next(self.traffic)
        passed, since = -CLOCK_SECONDS, AT_ONCE  # the last clock: when, and how many messages ago
        while not self.ended.is_set() and self.sent != limit:
            elapsed = timedelta(seconds=monotonic() - begun)
            if elapsed.total_seconds() - passed >= CLOCK_SECONDS or self.sent - since >= AT_ONCE:
                await self._pass_time(elapsed, upcoming)
                passed, since = elapsed.total_seconds(), self.sent
            room = AT_ONCE if limit is None else min(AT_ONCE, limit - self.sent)
            due: list[Happening] = []
            while len(due) < room and self.pace.due(self.sent + len(due), upcoming.arrival.at) <= elapsed:
                due.append(upcoming)
                upcoming = next(self.traffic)
            await self._send(due)
            wait = self.pace.due(self.sent, upcoming.arrival.at).total_seconds() - (monotonic() - begun)
            await self._sleep(min(max(wait, 0.0), CLOCK_SECONDS))

    async def _send(self, due: list[Happening]) -> None:
        for happening in due:
            self.board.add("clearance_simulated_messages_total", happening.scenario)
            for label in happening.labels:
                self.tell(label)
                if label.done in FAULTS:
                    self.board.add("clearance_simulated_faults_total", label.done)
            for trouble in happening.troubles:
                self.tell(trouble)
        async for _ in self.edge.take_many([happening.arrival for happening in due]):
            self.sent += 1

    async def _pass_time(self, elapsed: timedelta, upcoming: Happening) -> None:
        now = self.pace.clock(elapsed, upcoming.arrival.at)
        await self.edge.pass_time(now, external=True)
        self.board.set("clearance_simulated_time_seconds", to=now.timestamp())

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.ended.wait(), seconds)
        except TimeoutError:
            return


def as_line(told: Label | Trouble | Outage) -> bytes:
    """What is true, as one line of JSON."""
    return msgspec.json.encode(told, order="deterministic") + b"\n"
