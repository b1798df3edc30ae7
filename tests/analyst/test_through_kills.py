"""The analyst tells of each day what follows from the log, through kills of itself and of the tracker, on a real Kafka.

The same in a second, on a model of the topics: `test_exactness.py`.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from tests.chaos.second_stage import SecondStage
from tests.tracker.by_hand import AT, PARTITIONS, keys, receipt_at

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.events.learning.cohorts import chain
from clearance.events.learning.merging import Merging
from clearance.events.learning.tally import RUNNING
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.progress_reading import progress_of
from clearance.operations.expectations import learned
from clearance.settings.tables import default_tables
from clearance.testing.oracle import consult

from .told import all_expected, given, written

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


async def in_force(bootstrap: str) -> list[int]:
    """By which table each partition judges, as the tracker's progress tells."""
    async with clients.new_reader(bootstrap) as reader:
        told = [await progress_of(reader, BASE, number) for number in range(PARTITIONS)]
    return [one.expectations_version if one else 0 for one in told]


@pytest.mark.soak
def test_through_three_kills_it_tells_what_the_offline_fold_tells(own_kafka: LocalKafka, tmp_path: Path) -> None:
    system = SecondStage(own_kafka, tmp_path, "analyst", topics_of(BASE))
    begun = {number: [clock(0)] for number in range(PARTITIONS)}
    asyncio.run(system.through_kills(begun, map(a_day, range(3))))
    truth, found = asyncio.run(consult(own_kafka.bootstrap, default_tables()))
    assert found.exact, found
    assert found.copies > 0, "the tracker repeated no event"
    wanted = all_expected(truth)
    told = asyncio.run(written(own_kafka.bootstrap))
    assert told.parts == wanted
    assert told.repeats > 0, "the analyst repeated no part"
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
