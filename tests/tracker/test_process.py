"""The tracker as it runs: exact after recordings, after a kill, and after it found things odd at its start."""

import asyncio
import signal
from itertools import islice

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from tests.events.schedules import RECORDINGS
from tests.events.wire import TABLES

from clearance.edge.append import Edge
from clearance.events.input_records import InputRecord, message_record
from clearance.kafka.records import EVENTS, INPUTS, STATUS, Outgoing, read_event, status_head
from clearance.metrics.declared import TRACKER
from clearance.recordings.read import read_paths
from clearance.testing.oracle import consult
from clearance.tracker.app import GROUP

from .by_hand import AT, PARTITIONS, ByHand, by_hand, numbers, receipt
from .running import Tracker, ends, exact, positions, until


def test_recordings_come_out_exact(tracker: Tracker) -> None:
    async def run() -> None:
        async with by_hand(tracker.bootstrap) as hand:
            edge = Edge(hand.producer, PARTITIONS)
            async for _ in edge.take_many(read_paths([RECORDINGS], "self")):
                pass
            key = next(numbers(0))
            await hand.append(0, message_record(key, b"<a>", received_at=AT))
            found = await exact(tracker.bootstrap)
            assert found.exact, found
            assert min(found.inputs, found.events, found.states) > 100
            assert found.dead == 1

    asyncio.run(run())


def test_it_shows_what_it_counts(tracker: Tracker) -> None:
    asyncio.run(until(lambda: all_counted(tracker), "every input is counted once"))
    shown = tracker.metrics()
    assert shown["clearance_partitions", ("running",)] == PARTITIONS
    assert {value for (name, _), value in shown.items() if name == "clearance_tracker_lag_records"} == {0}
    assert sum(value for (name, _), value in shown.items() if name == "clearance_tracker_events_total") > 100
    assert {one.name for one in TRACKER} <= {name.removesuffix("_count") for name, _ in shown}


def lives(generation: int, count: int) -> dict[int, list[InputRecord]]:
    """Whole lives of declarations that no recording knows, by partition; each generation has others."""
    return {
        partition: [
            receipt(key, code, minutes)
            for minutes, code in enumerate("7LJCPR")
            for key in islice(numbers(partition), 1000 + generation * count, 1000 + (generation + 1) * count)
        ]
        for partition in range(PARTITIONS)
    }


def test_killed_in_the_middle_it_goes_on_exactly_and_counts_on(tracker: Tracker) -> None:
    async def run() -> None:
        async with by_hand(tracker.bootstrap) as hand:
            before = sum((await positions(hand)).values())
            for partition, records in lives(0, 25).items():
                await hand.append(partition, *records)

            async def begun() -> bool:
                return sum((await positions(hand)).values()) > before

            await until(begun, "it has begun")
            tracker.kill()
            left = sum((await ends(hand)).values()) - PARTITIONS - sum((await positions(hand)).values())
            assert left > 0, "it was done before it was killed"
            tracker.start()
            found = await exact(tracker.bootstrap)
            assert found.exact, found
            await until(lambda: all_counted(tracker), "every input is counted once")

    asyncio.run(run())


async def all_counted(tracker: Tracker) -> bool:
    """Whether the counters say of the inputs what the log says; clocks go on coming, so both are asked anew."""
    truth, _ = await consult(tracker.bootstrap, TABLES)
    counted = sum(value for (name, _), value in tracker.metrics().items() if name == "clearance_inputs_total")
    return counted == truth.inputs


def test_a_stop_leaves_nothing_begun_and_a_start_needs_nobodys_offsets(tracker: Tracker) -> None:
    """Stopped in the middle; while it is away, inputs come, an old state is written last, and the group's offsets are
    put behind them."""
    key = next(islice(numbers(0), 600, None))

    async def run() -> None:
        async with by_hand(tracker.bootstrap) as hand:
            for partition, records in lives(1, 5).items():
                await hand.append(partition, *records)
            assert tracker.end(signal.SIGTERM) == 0
            stopped = await positions(hand)
            for partition in range(PARTITIONS):
                events = [read_event(one.value).src for one in await hand.read(EVENTS, partition)]
                assert max(events) <= stopped[partition], "events are written and their progress is not"
            old = (await hand.read(STATUS, 0))[0]
            await hand.append(0, receipt(key, "7"), receipt(key, "L", 1), receipt(old.key.decode(), "L", 60))
            await hand.write(STATUS, 0, Outgoing(old.key, old.value, list(old.headers)))
            await commit_ends(tracker.bootstrap, await ends(hand))
            tracker.start()
            found = await exact(tracker.bootstrap)
            assert found.exact, found
            assert await highest_is_last(hand, 0)

    asyncio.run(run())


async def commit_ends(bootstrap: str, after: dict[int, int]) -> None:
    """As if the group had read everything."""
    offsets = {TopicPartition(INPUTS, number): OffsetAndMetadata(end, "") for number, end in after.items()}
    async with AIOKafkaConsumer(INPUTS, bootstrap_servers=bootstrap, group_id=GROUP, enable_auto_commit=False) as one:

        async def joined() -> bool:
            return bool(one.assignment() == {*offsets})

        await until(joined, "the group has a member that reads nothing")
        await one.commit(offsets)


async def highest_is_last(hand: ByHand, partition: int) -> bool:
    """Whether the last state of every key is that of the highest version."""
    last: dict[bytes, int] = {}
    highest: dict[bytes, int] = {}
    for record in await hand.read(STATUS, partition):
        last[record.key] = status_head(record.headers).src
        highest[record.key] = max(last[record.key], highest.get(record.key, -1))
    return last == highest
