"""The analyst tells the incidents that one pure lookout tells, through kills of itself and of the tracker, alone or one
of three, on a real Kafka.

The same in a second, without processes: `test_looking.py`, and `tests/events/incidents/test_lookout.py`.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from tests.chaos import incidents
from tests.chaos.outage import DAY, GOES_ON_AT, HELD_AT, MINUTE, QUIET, clock, names_of, quiet, receipts
from tests.chaos.second_stage import SecondStage
from tests.chaos.waiting import settled
from tests.tracker.by_hand import AT, PARTITIONS

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.events.incidents.lookout import IncidentTold
from clearance.events.log.input_records import InputRecord
from clearance.kafka import clients
from clearance.kafka.incident_records import incident_record
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.testing.oracle import Findings, consult

from .oracle import incidents_of
from .told import by_partition

TOLD_SECONDS = 60.0
Inputs = dict[int, list[InputRecord]]
BEGINS = AT + QUIET
"""The morning after quiet days."""


def in_minutes(*minutes: int) -> Iterator[InputRecord]:
    return (clock(BEGINS + after * MINUTE) for after in minutes)


def filed(partition: int, office: str, codes: str, begins: int) -> Iterator[InputRecord]:
    """That day's declarations there."""
    return receipts(names_of(partition, QUIET // DAY, office), office, codes, BEGINS + begins * MINUTE)


def stands_still(partition: int) -> Iterator[InputRecord]:
    """At one office nothing is reviewed."""
    yield from in_minutes(-10)
    yield from filed(partition, HELD_AT, "7L", 0)
    yield from filed(partition, GOES_ON_AT, "7LJPR", 0)
    yield from in_minutes(10, 15, 20)


def still_stands(partition: int) -> Iterator[InputRecord]:
    yield from in_minutes(*range(25, 200, 5))


def goes_on(partition: int) -> Iterator[InputRecord]:
    yield from filed(partition, HELD_AT, "JPR", 200)
    yield from in_minutes(205, 210, 300)


ROUNDS = (stands_still, still_stands, goes_on)


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
        await system.through_kills(of_all(partial(quiet, ends=BEGINS)), map(of_all, ROUNDS))
        truth, _ = await consult(own_kafka.bootstrap, default_tables())
        wanted = {incident_record(one).value for one in incidents_of(by_partition(truth), truth.passed)}
        async with system.running(system.stage, *system.others):
            await settled(TOLD_SECONDS, lambda: _is_told(own_kafka.bootstrap, wanted))
        return *(await told(own_kafka.bootstrap)), wanted

    found, records, wanted = asyncio.run(story())
    assert found == wanted
    assert wanted, "there was an incident"
    assert records >= len(found)


SABOTAGES = {"closings-kept-back": "lost", "incidents-of-a-process": "unasked"}
"""Of the analyst, and as what the harness of `make chaos` finds them."""


@pytest.mark.soak
@pytest.mark.parametrize("sabotage", SABOTAGES)
def test_a_lost_or_doubled_incident_is_noticed(own_kafka: LocalKafka, tmp_path: Path, sabotage: str) -> None:
    async def story() -> Findings:
        system = SecondStage(own_kafka, tmp_path, "analyst", topics_of(BASE))
        system.stage.sabotage = sabotage
        # without recorded stories, some of which stand still for ever: beside them nothing closes
        await system.through_kills(of_all(partial(quiet, ends=BEGINS)), map(of_all, ROUNDS), recorded=False)
        truth, found = await consult(own_kafka.bootstrap, default_tables())
        assert found.exact, found
        wanted = incidents.expected(truth)
        async with system.running(system.stage):
            await settled(TOLD_SECONDS, lambda: _are_told(own_kafka.bootstrap, wanted))
        incidents.compare(await incidents.written(own_kafka.bootstrap), wanted, found)
        return found

    assert getattr(asyncio.run(story()), SABOTAGES[sabotage])


async def _are_told(bootstrap: str, wanted: Sequence[IncidentTold]) -> bool:
    """Whether something was told at each look at which an incident was told as open."""
    looks = {one.at for one in await incidents.written(bootstrap)}
    return looks >= {one.at for one in wanted if one.incident.closed_at is None}


async def _is_told(bootstrap: str, wanted: set[bytes | None]) -> bool:
    return (await told(bootstrap))[0] >= wanted
