"""The analyst tells the incidents that one pure lookout tells, through kills of itself and of the tracker, alone or one
of three, on a real Kafka.

The same in a second, without processes: `test_looking.py`, and `tests/events/incidents/test_lookout.py`.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.chaos.second_stage import SecondStage
from tests.chaos.waiting import settled
from tests.messages import beijing, dec_result
from tests.tracker.by_hand import AT, PARTITIONS, keys

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.events.incidents.learned import QUIET_DAYS
from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.log.inputs import Clock
from clearance.kafka import clients
from clearance.kafka.incident_records import incident_record
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.testing.oracle import consult

from .oracle import incidents_of
from .told import by_partition

HELD_AT, GOES_ON_AT = "2901", "3101"
EACH = 2
"""Declarations of a partition at each of two offices, each day."""
TOLD_SECONDS = 60.0
Inputs = dict[int, list[InputRecord]]


def day_of(day: int, minutes: int = 0) -> timedelta:
    return timedelta(days=day, minutes=minutes)


def clock(after: timedelta) -> InputRecord:
    """Of a simulator, so that the tracker writes none."""
    return input_record("", Clock(at=AT + after, external=True))


def receipts(partition: int, day: int, office: str, codes: str, begins: int) -> Iterator[InputRecord]:
    """Of that day's declarations there, a minute after the other."""
    first = (2 * day + (office == HELD_AT)) * EACH
    for minutes, code in enumerate(codes, begins):
        at = AT + day_of(day, minutes)
        for key in keys(partition, first, EACH):
            number = key.rpartition(":")[2]
            data = dec_result(CUS_CIQ_NO=number, CHANNEL=code, NOTICE_DATE=beijing(at), CUSTOM_MASTER=office)
            yield message_record(key, data, received_at=at)


def quiet(partition: int) -> Iterator[InputRecord]:
    """Days on which nothing stands still."""
    for day in range(QUIET_DAYS + 1):
        yield clock(day_of(day, -10))
        for office in (HELD_AT, GOES_ON_AT):
            yield from receipts(partition, day, office, "7LJPR", 0)
        yield from (clock(day_of(day, minutes)) for minutes in (10, 20))


LAST = QUIET_DAYS + 1


def stands_still(partition: int) -> Iterator[InputRecord]:
    """At one office nothing is reviewed."""
    yield clock(day_of(LAST, -10))
    yield from receipts(partition, LAST, HELD_AT, "7L", 0)
    yield from receipts(partition, LAST, GOES_ON_AT, "7LJPR", 0)
    yield from (clock(day_of(LAST, minutes)) for minutes in (10, 15, 20))


def still_stands(partition: int) -> Iterator[InputRecord]:
    yield from (clock(day_of(LAST, minutes)) for minutes in range(25, 200, 5))


def goes_on(partition: int) -> Iterator[InputRecord]:
    yield from receipts(partition, LAST, HELD_AT, "JPR", 200)
    yield from (clock(day_of(LAST, minutes)) for minutes in (205, 210, 300))


def of_all(some: Callable[[int], Iterator[InputRecord]]) -> Inputs:
    return {partition: [*some(partition)] for partition in range(PARTITIONS)}


async def told(bootstrap: str) -> tuple[set[bytes], int]:
    """What was told of incidents, and how many records that took."""
    found: list[bytes] = []
    async with clients.new_reader(bootstrap) as reader:
        async for records in clients.read_whole(reader, BASE.incidents, 0):
            found += [record.value for record in records]
    return {*found}, len(found)


@pytest.mark.soak
@pytest.mark.parametrize("others", [0, 2], ids=["one", "three"])
def test_through_three_kills_it_tells_the_incidents_of_the_pure_lookout(
    own_kafka: LocalKafka, tmp_path: Path, others: int
) -> None:
    async def story() -> tuple[set[bytes], int, set[bytes | None]]:
        system = SecondStage(own_kafka, tmp_path, "analyst", topics_of(BASE), others)
        await system.through_kills(of_all(quiet), map(of_all, (stands_still, still_stands, goes_on)))
        truth, _ = await consult(own_kafka.bootstrap, default_tables())
        wanted = {incident_record(one).value for one in incidents_of(by_partition(truth), truth.passed)}
        async with system.running(system.stage, *system.others):
            await settled(TOLD_SECONDS, lambda: _is_told(own_kafka.bootstrap, wanted))
        return *(await told(own_kafka.bootstrap)), wanted

    found, records, wanted = asyncio.run(story())
    assert found == wanted
    assert wanted, "there was an incident"
    assert records >= len(found)


async def _is_told(bootstrap: str, wanted: set[bytes | None]) -> bool:
    return (await told(bootstrap))[0] >= wanted
