"""The tracker as it runs: exact after recordings, after a kill, and after it found things odd at its start."""

import asyncio

from tests.helpers.compressed import CODECS, put_compressed
from tests.helpers.loopback import get
from tests.helpers.partition_logs import TABLES
from tests.helpers.recordings import RECORDINGS

from clearance.edge.append import Edge
from clearance.edge.open_log import Log, OpenLog
from clearance.events.log.input_records import message_record
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing, outgoing_input, status_head
from clearance.metrics.declared import TRACKER
from clearance.recordings.read import read_paths
from clearance.settings.tables import default_tables
from clearance.testing.oracle import consult

from .by_hand import AT, PARTITIONS, ByHand, by_hand, keys, lives, receipt
from .running import Tracker, ends, exact, positions, until


def test_recordings_come_out_exact(tracker: Tracker) -> None:
    async def run() -> None:
        async with by_hand(tracker.bootstrap) as hand:
            edge = Edge(OpenLog(Log(BASE, hand.producer)), default_tables())
            async for _ in edge.take_many(read_paths([RECORDINGS], "self")):
                pass
            [key] = keys(0)
            await hand.append(0, message_record(key, b"<a>", received_at=AT))
            found = await exact(tracker.bootstrap)
            assert found.exact, found
            assert min(found.inputs, found.events, found.states) > 100
            assert found.dead == 1

    asyncio.run(run())


def test_what_other_producers_have_compressed_comes_out_exact(tracker: Tracker) -> None:
    async def run() -> None:
        async with by_hand(tracker.bootstrap) as hand:
            before = (await positions(hand))[1]
            for rank, codec in enumerate(CODECS, 121):
                [key] = keys(1, rank)
                life = [outgoing_input(receipt(key, code, minutes)) for minutes, code in enumerate("7LJCPR")]
                await asyncio.to_thread(put_compressed, tracker.bootstrap, codec, BASE.inputs, 1, *life)
            found = await exact(tracker.bootstrap)
            assert found.exact, found
            assert (await positions(hand))[1] >= before + 6 * len(CODECS)

    asyncio.run(run())


def test_it_shows_what_it_counts(tracker: Tracker) -> None:
    asyncio.run(until(lambda: all_counted(tracker), "every input is counted once"))
    shown = tracker.metrics()
    assert shown["clearance_partitions", ("running",)] == PARTITIONS
    assert {value for (name, _), value in shown.items() if name == "clearance_tracker_lag_records"} == {0}
    assert sum(value for (name, _), value in shown.items() if name == "clearance_tracker_events_total") > 100
    assert {one.name for one in TRACKER} <= {name.removesuffix("_count") for name, _ in shown}


def test_it_says_that_it_lives_is_ready_and_is_fresh(tracker: Tracker) -> None:
    async def yes() -> bool:
        told = [get(f"http://127.0.0.1:{tracker.port}{path}").text for path in ("/healthz", "/readyz", "/freshz")]
        return told == ["yes\n"] * 3

    asyncio.run(until(yes, "it says yes three times"))


def test_it_says_nothing_but_lines_of_json(tracker: Tracker) -> None:
    """Faust would steer the terminal, and a file as well."""
    assert all(line.startswith("{") for line in tracker.lines), tracker.lines


def test_killed_in_the_middle_it_goes_on_exactly_whatever_it_finds(tracker: Tracker) -> None:
    """While it is away inputs come, and an old state is written last."""
    [key] = keys(0, 10)

    async def run() -> None:
        async with by_hand(tracker.bootstrap) as hand:
            before, begun = sum((await positions(hand)).values()), False
            for rank in range(20, 120, 5):
                for partition, records in lives(rank, 5).items():
                    await hand.append(partition, *records)
                if begun:
                    break
                begun = sum((await positions(hand)).values()) > before
            tracker.kill()
            left = sum((await ends(hand)).values()) - PARTITIONS - sum((await positions(hand)).values())
            assert left > 0, "it was done before it was killed"
            old = (await hand.read(BASE.status, 0))[0]
            await hand.append(0, receipt(key, "7"), receipt(key, "L", 1))
            await hand.write(BASE.status, 0, Outgoing(old.key, old.value, list(old.headers)))
            tracker.start()
            found = await exact(tracker.bootstrap)
            assert found.exact, found
            assert await highest_is_last(hand, 0), "the old state is no longer the last one"
            await until(lambda: all_counted(tracker), "counters go on: every input is counted once")

    asyncio.run(run())


async def all_counted(tracker: Tracker) -> bool:
    """Whether the counters say of the inputs what the log says; clocks go on coming, so both are asked anew."""
    truth, _ = await consult(tracker.bootstrap, TABLES)
    counted = sum(value for (name, _), value in tracker.metrics().items() if name == "clearance_inputs_total")
    return counted == truth.inputs


async def highest_is_last(hand: ByHand, partition: int) -> bool:
    """Whether the last state of every key is that of the highest version."""
    last: dict[bytes, int] = {}
    highest: dict[bytes, int] = {}
    for record in await hand.read(BASE.status, partition):
        last[record.key] = status_head(record.headers).src
        highest[record.key] = max(last[record.key], highest.get(record.key, -1))
    return last == highest
