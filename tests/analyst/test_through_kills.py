"""The analyst tells of each day what follows from the log, through kills of itself and of the tracker, on a real Kafka.

The same in a second, on a model of the topics: `test_exactness.py`.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.flags import How, Spot
from tests.chaos.judging import folded_and_stopped
from tests.chaos.processes import Process
from tests.chaos.system import System
from tests.chaos.waiting import settled, within
from tests.helpers.recordings import RECORDINGS
from tests.tracker.by_hand import AT, PARTITIONS, keys, receipt_at

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.edge.append import open_edge
from clearance.events.learning.cohorts import chain
from clearance.events.learning.merging import merged
from clearance.events.learning.part import Part
from clearance.events.learning.tally import RUNNING
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.part_records import read_part
from clearance.kafka.progress_reading import highest_progress
from clearance.kafka.wire import incoming_input, outgoing_input
from clearance.operations.expectations import learned
from clearance.recordings.read import read_paths
from clearance.settings.tables import default_tables
from clearance.stages.progress import read_stage_progress
from clearance.testing.oracle import consult

from .oracle import expected

BATCH_RECORDS, DECLARATIONS = 10, 3
KILLED_SECONDS, LEARNED_SECONDS = 40.0, 60.0
DAY = timedelta(days=1)
WINDOWS = (Spot.STATES, Spot.PROGRESS, Spot.EVENTS)
"""Where the analyst is killed: its parts come again; its states are ahead of its progress; no part is written yet."""
Told = dict[tuple[int, bytes, int], bytes]
"""Values of parts by partition, key and `src`."""


class Learned(System):
    """A tracker, and the analyst behind it."""

    def __init__(self, kafka: LocalKafka, folder: Path) -> None:
        super().__init__(kafka, folder, batch_records=BATCH_RECORDS)
        self.tracker, self.analyst = self.workers[0], self._process("analyst", "analyst")

    @property
    def processes(self) -> list[Process]:
        return [*super().processes, self.analyst]

    async def feed(self, records: dict[int, list[InputRecord]]) -> None:
        async with clients.new_producer(self.kafka.bootstrap) as producer:
            for partition, some in records.items():
                await clients.write(producer, BASE.inputs, partition, [*map(outgoing_input, some)])

    async def tell_recordings(self) -> None:
        """Every story that there is, merged numbers and duplicates among them."""
        async with open_edge(self.kafka.bootstrap) as edge:
            async for _ in edge.take_many(read_paths([RECORDINGS], "self")):
                pass

    async def die(self, process: Process, spot: Spot) -> None:
        """Wait until it has been killed where it was armed to be."""
        killed = await within(KILLED_SECONDS, lambda: process.flags.armed is Spot.NOWHERE)
        assert killed, f"nothing came to {spot.name}: {process.last_words()}"

    async def learned(self) -> bool:
        """Whether every event has been folded, and its progress told."""
        topics = topics_of(BASE)
        async with clients.new_reader(self.kafka.bootstrap) as reader:
            for number in range(PARTITIONS):
                progress = await highest_progress(reader, topics.progress, number, read_stage_progress)
                _, after = await clients.ends(reader, topics.inputs, number)
                if (progress.position if progress else -1) != after - 1:
                    return False
        return True


def clock(day: int) -> InputRecord:
    """Of a simulator, so that the tracker writes none."""
    return input_record("", Clock(at=AT + day * DAY, external=True))


def a_day(day: int) -> dict[int, list[InputRecord]]:
    """Lives of a few declarations of each partition that end tomorrow, and a receipt of yesterday that comes late; then
    the day is over."""
    return {
        partition: [*_lives(partition, day), _late(partition, day), clock(day + 1)] for partition in range(PARTITIONS)
    }


def _lives(partition: int, day: int) -> Iterator[InputRecord]:
    for at, codes in ((day, "7L"), (day + 1, "PR")):
        for minutes, code in enumerate(codes):
            for key in keys(partition, day * DECLARATIONS, DECLARATIONS):
                yield receipt_at(key, code, AT + at * DAY + timedelta(minutes=minutes))


def _late(partition: int, day: int) -> InputRecord:
    return receipt_at(keys(partition, max(0, day - 1) * DECLARATIONS)[0], "J", AT + day * DAY - DAY / 2)


async def killed_again_and_again(system: Learned) -> None:
    """Three kills of the analyst, each behind one of the tracker between its events and its states."""
    await system.feed({number: [clock(0)] for number in range(PARTITIONS)})
    async with system.running(system.tracker, system.analyst):
        await system.tell_recordings()
        for day, spot in enumerate(WINDOWS):
            system.tracker.flags.arm(Spot.STATES, How.DIES)
            system.analyst.flags.arm(spot, How.DIES)
            await system.feed(a_day(day))
            await system.die(system.tracker, Spot.STATES)
            await system.die(system.analyst, spot)
        await folded_and_stopped(system, [system.tracker])
        assert await settled(LEARNED_SECONDS, system.learned), system.analyst.last_words()


async def folded(bootstrap: str) -> list[Batch]:
    """The pure fold of each partition of the log."""
    found = []
    async with clients.new_reader(bootstrap) as reader:
        for number in range(PARTITIONS):
            fold = PartitionFold(default_tables(), mine=clients.belongs_to(number, PARTITIONS))
            stretches = [one async for one in clients.read_whole(reader, BASE.inputs, number)]
            found.append(fold.fold(incoming_input(record) for records in stretches for record in records))
    return found


async def written(bootstrap: str) -> tuple[Told, int]:
    """The parts in the topic, and how many of them are repeats."""
    told: Told = {}
    repeats = 0
    async with clients.new_reader(bootstrap) as reader:
        for number in range(PARTITIONS):
            async for records in clients.read_whole(reader, BASE.parts, number):
                for record in records:
                    place = (number, record.key, read_part(record.value).src)
                    repeats += place in told
                    assert told.setdefault(place, record.value) == record.value, "a repeat is the same to the byte"
    return told, repeats


def place_of(part: Part) -> tuple[int, bytes, int]:
    return part.partition, f"{part.partition}/{part.slice}".encode(), part.src


@pytest.mark.soak
def test_through_three_kills_it_tells_what_the_offline_fold_tells(own_kafka: LocalKafka, tmp_path: Path) -> None:
    system = Learned(own_kafka, tmp_path)
    asyncio.run(killed_again_and_again(system))
    assert (system.tracker.flags.get("struck"), system.analyst.flags.get("struck")) == (3, 3)
    assert system.analyst.ends == {}, "but for the three kills it never ended"
    _, found = asyncio.run(consult(own_kafka.bootstrap, default_tables()))
    assert found.exact, found
    assert found.copies > 0, "the tracker repeated no event"
    batches = asyncio.run(folded(own_kafka.bootstrap))
    wanted: dict[Any, Part] = {place_of(part): part for n, one in enumerate(batches) for part in expected(one, n)}
    told, repeats = asyncio.run(written(own_kafka.bootstrap))
    assert {place: read_part(value) for place, value in told.items()} == wanted
    assert repeats > 0, "the analyst repeated no part"
    assert learned(own_kafka.bootstrap, BASE) == merged(wanted.values(), chain())
    days = [part.slice for part in wanted.values() if part.slice != RUNNING]
    assert len(days) > PARTITIONS * 3
