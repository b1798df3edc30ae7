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
from tests.tracker.by_hand import AT, PARTITIONS

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Clock
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.testing.oracle import consult

from .told import incidents_told, incidents_wanted
from .two_offices import BEGUN, ENOUGH_DAYS, GOES_ON_AT, HELD_AT, OFFICES, REST, WHOLE, receipts

TOLD_SECONDS = 60.0
Inputs = dict[int, list[InputRecord]]


def day_of(day: int, minutes: int = 0) -> timedelta:
    return timedelta(days=day, minutes=minutes)


def clock(after: timedelta) -> InputRecord:
    """Of a simulator, so that the tracker writes none."""
    return input_record("", Clock(at=AT + after, external=True))


def quiet(partition: int) -> Iterator[InputRecord]:
    """Days on which nothing stands still."""
    for day in range(ENOUGH_DAYS):
        yield clock(day_of(day, -10))
        for office in OFFICES:
            yield from receipts(partition, day, office, WHOLE, AT + day_of(day))
        yield from (clock(day_of(day, minutes)) for minutes in (10, 20))


LAST = ENOUGH_DAYS


def stands_still(partition: int) -> Iterator[InputRecord]:
    """At one office nothing is reviewed."""
    yield clock(day_of(LAST, -10))
    yield from receipts(partition, LAST, HELD_AT, BEGUN, AT + day_of(LAST))
    yield from receipts(partition, LAST, GOES_ON_AT, WHOLE, AT + day_of(LAST))
    yield from (clock(day_of(LAST, minutes)) for minutes in (10, 15, 20))


def still_stands(partition: int) -> Iterator[InputRecord]:
    yield from (clock(day_of(LAST, minutes)) for minutes in range(25, 200, 5))


def goes_on(partition: int) -> Iterator[InputRecord]:
    yield from receipts(partition, LAST, HELD_AT, REST, AT + day_of(LAST, 200))
    yield from (clock(day_of(LAST, minutes)) for minutes in (205, 210, 300))


def of_all(some: Callable[[int], Iterator[InputRecord]]) -> Inputs:
    return {partition: [*some(partition)] for partition in range(PARTITIONS)}


@pytest.mark.soak
@pytest.mark.parametrize("others", [0, 2], ids=["one", "three"])
def test_through_three_kills_it_tells_the_incidents_of_the_pure_lookout(
    own_kafka: LocalKafka, tmp_path: Path, others: int
) -> None:
    async def story() -> tuple[set[bytes], set[bytes]]:
        system = SecondStage(own_kafka, tmp_path, "analyst", topics_of(BASE), others)
        await system.through_kills(of_all(quiet), map(of_all, (stands_still, still_stands, goes_on)))
        truth, _ = await consult(own_kafka.bootstrap, default_tables())
        wanted = {*incidents_wanted(truth)}
        async with system.running(system.stage, *system.others):
            await settled(TOLD_SECONDS, lambda: _is_told(own_kafka.bootstrap, wanted))
        return await incidents_told(own_kafka.bootstrap), wanted

    found, wanted = asyncio.run(story())
    assert found == wanted
    assert wanted, "there was an incident"


async def _is_told(bootstrap: str, wanted: set[bytes]) -> bool:
    return await incidents_told(bootstrap) >= wanted
