"""One log, folded by one worker of each stage and then by three, each time through kills: the same anomalies, ids and
incidents, on a real Kafka.

What the analysts of the first fold have written is in the log of the second, as it is for a rebuild; what those of the
second write comes behind it and is not compared. Under another order of arrival:
`tests/events/anomalies/test_any_order.py`.
"""

import asyncio
import json
import random
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.analyst.test_incidents_through_kills import BEGINS, ROUNDS, of_all
from tests.chaos import incidents
from tests.chaos.flags import How, Spot
from tests.chaos.mischief import FOLDED_ANEW, Mischief
from tests.chaos.outage import quiet
from tests.chaos.second_stage import SecondStage
from tests.chaos.waiting import settled
from tests.tracker.by_hand import PARTITIONS

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.events.incidents.lookout import IncidentTold
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.testing.oracle import Truth, consult

TOLD_SECONDS = 120.0
IN_FLIGHT = (Spot.EVENTS, Spot.STATES, Spot.PROGRESS)


class Until(NamedTuple):
    """How much of the log is compared: the end of each partition, and the time of the last look that follows."""

    ends: list[int]
    look: datetime


class Told(NamedTuple):
    """The values of each event by its id, and each step of each incident."""

    events: dict[str, set[bytes]]
    incidents: set[IncidentTold]


async def compared(bootstrap: str, truth: Truth) -> Until:
    """All that is in the log."""
    async with clients.new_reader(bootstrap) as reader:
        ends = [(await clients.ends(reader, BASE.inputs, number))[1] for number in range(PARTITIONS)]
    return Until(ends, min(max(one.mark or one.hour for one in passed) for passed in truth.passed.values()))


async def told(bootstrap: str, until: Until) -> Told:
    """What follows from so much of the log."""
    found = Told({}, set())
    async with clients.new_reader(bootstrap) as reader:
        for number, end in enumerate(until.ends):
            async for records in clients.read_whole(reader, BASE.events, number):
                for record in (one for one in records if json.loads(one.value)["src"] < end):
                    found.events.setdefault(dict(record.headers)["ce_id"].decode(), set()).add(record.value)
    found.incidents.update(one for one in await incidents.written(bootstrap) if one.at <= until.look)
    return found


@pytest.mark.soak
def test_one_worker_of_each_stage_and_three_come_to_the_same(own_kafka: LocalKafka, tmp_path: Path) -> None:
    system = SecondStage(own_kafka, tmp_path, "analyst", topics_of(BASE), others=2)
    bootstrap, analysts = own_kafka.bootstrap, [system.stage, *system.others]

    async def by_one() -> tuple[Until, Told]:
        system.others.clear()
        await system.through_kills(of_all(partial(quiet, ends=BEGINS)), map(of_all, ROUNDS), recorded=False)
        async with system.running(system.tracker, system.stage):
            await system.tell_recordings()
            await system.to_rest([system.tracker], [system.stage])
        truth, found = await consult(bootstrap, default_tables())
        assert found.exact, found
        until = await compared(bootstrap, truth)
        wanted = {*incidents.expected(truth)}

        async def all_told() -> bool:
            return wanted <= (await told(bootstrap, until)).incidents

        async with system.running(system.stage):
            assert await settled(TOLD_SECONDS, all_told, every=1.0)
        return until, await told(bootstrap, until)

    async def by_three(until: Until, first: Told) -> Told:
        async def all_told() -> bool:
            now = await told(bootstrap, until)
            return now.events.keys() >= first.events.keys() and now.incidents >= first.incidents

        system.others.extend(analysts[1:])
        await Mischief(system, random.Random(0), lambda: system.tracker).make_again(FOLDED_ANEW)  # noqa: S311
        for stage in (system.trackers, analysts):
            for process, spot in zip(stage, IN_FLIGHT, strict=True):
                process.flags.arm(spot, How.DIES)
        async with system.running(*system.trackers, *analysts):
            await settled(TOLD_SECONDS, all_told, every=1.0)
            await system.to_rest(system.trackers, analysts)
        return await told(bootstrap, until)

    async def story() -> None:
        until, first = await by_one()
        second = await by_three(until, first)
        for stage in (system.trackers, analysts):
            assert any(process.flags.armed is Spot.NOWHERE for process in stage), "nobody was killed"
        assert all(len(values) == 1 for values in first.events.values()), "a copy differs"
        assert second.events == first.events
        assert second.incidents == first.incidents
        assert any(one.incident.closed_at for one in first.incidents), "an incident closed"
        assert any(b'"anomaly' in value for values in first.events.values() for value in values), "there was an anomaly"

    asyncio.run(story())
