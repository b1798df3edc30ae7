"""Deadlines of a running tracker: by the wall clock, or by a simulator's where a partition follows one."""

import asyncio
from datetime import timedelta

from clearance.events.anomalies.ledger import Anomaly
from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Clock
from clearance.events.log.progress import decode_progress
from clearance.events.step.outputs import AnomalyOpened
from clearance.kafka.names import BASE
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.wire import read_event
from clearance.settings.clock import utc_now

from .by_hand import AT, ByHand, by_hand, keys, receipt, receipt_at
from .running import Tracker, ends, until

STUCK_AFTER = timedelta(minutes=15)
"""Rule A03: declared, and customs has not received it."""
LIVE, SIMULATED = 2, 7
"""Partitions in which time is looked at."""


def test_a_deadline_fires_when_it_is_due_by_the_wall_clock(tracker: Tracker) -> None:
    [key] = keys(LIVE, 11)
    declared = utc_now().replace(microsecond=0) - STUCK_AFTER + timedelta(seconds=3)

    async def run() -> None:
        async with by_hand(tracker.bootstrap) as hand:
            await hand.append(LIVE, receipt_at(key, "7", declared))
            [opened] = await until(lambda: anomalies(hand, LIVE, key), "the anomaly is opened")
            assert opened.rule == "A03"
            assert opened.deadline == declared + STUCK_AFTER
            late = utc_now() - opened.deadline
            assert timedelta() <= late < timedelta(seconds=10)

    asyncio.run(run())


async def anomalies(hand: ByHand, partition: int, key: str) -> list[Anomaly]:
    """Those that were opened of a declaration."""
    events = [read_event(record.value) for record in await hand.read(BASE.events, partition) if record.key]
    return [one.data.anomaly for one in events if one.declaration == key and isinstance(one.data, AnomalyOpened)]


def test_a_partition_that_follows_a_simulator_gets_no_clocks_of_the_tracker(tracker: Tracker) -> None:
    [key] = keys(SIMULATED, 11)

    async def run() -> None:
        async with by_hand(tracker.bootstrap) as hand:
            await hand.append(SIMULATED, input_record("", Clock(at=AT, external=True)))
            await until(lambda: follows(hand), "the partition follows the simulator")
            begun = (await ends(hand))[SIMULATED]
            await hand.append(SIMULATED, receipt(key, "7"))
            await until(lambda: told_twice(hand, begun), "two ticks have passed since it was folded")
            assert await anomalies(hand, SIMULATED, key) == [], "overdue for months by the wall clock"
            await hand.append(SIMULATED, input_record("", Clock(at=AT + STUCK_AFTER, external=True)))
            await until(lambda: anomalies(hand, SIMULATED, key), "the anomaly is opened in simulated time")
            clocks = [one for one in await hand.read(BASE.inputs, SIMULATED) if ("kind", b"clock") in one.headers]
            assert [one.offset for one in clocks if one.offset >= begun] == [begun + 1], "the simulator's own"

    asyncio.run(run())


async def follows(hand: ByHand) -> bool:
    told = await progress_of(hand.reader, BASE, SIMULATED)
    return told is not None and told.external_clock


async def told_twice(hand: ByHand, position: int) -> bool:
    """Whether progress at rest was told again: the tick that does so would have written a clock before."""
    told = [decode_progress(one.value) for one in await hand.read(BASE.progress, SIMULATED)]
    return sum(one.position >= position for one in told) >= 3
