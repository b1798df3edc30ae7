"""The analyst tells of each day what follows from the log, through kills of itself and of the tracker, on a real Kafka.

The same in a second, on a model of the topics: `test_exactness.py`.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.chaos.second_stage import SecondStage
from tests.tracker.by_hand import AT, PARTITIONS, keys, receipt_at

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.events.learning.cohorts import chain
from clearance.events.learning.merging import Merging
from clearance.events.learning.part import Part
from clearance.events.learning.tally import RUNNING
from clearance.events.log.input_records import InputRecord, input_record, is_of_kind, read_input
from clearance.events.log.inputs import Clock, ExpectationsInput
from clearance.events.partition.batch import Batch, PartitionFold
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.part_records import read_part
from clearance.kafka.progress_reading import progress_of
from clearance.kafka.wire import incoming_input
from clearance.operations.expectations import learned
from clearance.settings.tables import default_tables
from clearance.testing.oracle import consult

from .oracle import expected

DECLARATIONS = 3
DAY = timedelta(days=1)
Told = dict[tuple[int, bytes, int], bytes]
"""Values of parts by partition, key and `src`."""


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


async def given(bootstrap: str) -> dict[int, list[ExpectationsInput]]:
    """The tables in each partition of the log, repeats among them."""
    found: dict[int, list[ExpectationsInput]] = {}
    async with clients.new_reader(bootstrap) as reader:
        for number in range(PARTITIONS):
            stretches = [one async for one in clients.read_whole(reader, BASE.inputs, number)]
            read = [
                incoming_input(one) for some in stretches for one in some if is_of_kind("expectations", one.headers)
            ]
            inputs = [read_input(one, default_tables()) for one in read]
            found[number] = [replace(one, position=-1) for one in inputs if isinstance(one, ExpectationsInput)]
    return found


async def in_force(bootstrap: str) -> list[int]:
    """By which table each partition judges, as the tracker's progress tells."""
    async with clients.new_reader(bootstrap) as reader:
        told = [await progress_of(reader, BASE, number) for number in range(PARTITIONS)]
    return [one.expectations_version if one else 0 for one in told]


def place_of(part: Part) -> tuple[int, bytes, int]:
    return part.partition, f"{part.partition}/{part.slice}".encode(), part.src


@pytest.mark.soak
def test_through_three_kills_it_tells_what_the_offline_fold_tells(own_kafka: LocalKafka, tmp_path: Path) -> None:
    system = SecondStage(own_kafka, tmp_path, "analyst", topics_of(BASE))
    begun = {number: [clock(0)] for number in range(PARTITIONS)}
    asyncio.run(system.through_kills(begun, map(a_day, range(3))))
    _, found = asyncio.run(consult(own_kafka.bootstrap, default_tables()))
    assert found.exact, found
    assert found.copies > 0, "the tracker repeated no event"
    batches = asyncio.run(folded(own_kafka.bootstrap))
    wanted: dict[Any, Part] = {place_of(part): part for n, one in enumerate(batches) for part in expected(one, n)}
    told, repeats = asyncio.run(written(own_kafka.bootstrap))
    assert {place: read_part(value) for place, value in told.items()} == wanted
    assert repeats > 0, "the analyst repeated no part"
    merging = Merging()
    merging.take(wanted.values())
    assert learned(own_kafka.bootstrap, BASE) == merging.table(chain())
    tables = asyncio.run(given(own_kafka.bootstrap))
    versions = {number: [one.table.version for one in some] for number, some in tables.items()}
    assert all(versions.values()), "a partition was given no table"
    values = {(one.table.version, msgspec.json.encode(one)) for some in tables.values() for one in some}
    assert len(values) == len({version for version, _ in values}), "whoever makes a table makes the same one"
    now = asyncio.run(in_force(own_kafka.bootstrap))
    assert all(one in some for one, some in zip(now, versions.values(), strict=True))
    days = [part.slice for part in wanted.values() if part.slice != RUNNING]
    assert len(days) > PARTITIONS * 3
