"""One log, folded by one worker of each stage and then by three, each time through kills: the same anomalies, ids and
incidents, to the byte, on a real Kafka.

What the analysts of the first fold have written is in the log of the second, as it is for a rebuild. Under another
order of arrival: `tests/events/anomalies/test_any_order.py`.
"""

import asyncio
import random
from functools import partial
from pathlib import Path

import pytest
from tests.analyst.test_incidents_through_kills import BEGINS, ROUNDS, of_all
from tests.chaos import incidents
from tests.chaos.flags import How, Spot
from tests.chaos.mischief import FOLDED_ANEW, Mischief
from tests.chaos.outage import quiet
from tests.chaos.processes import Process
from tests.chaos.second_stage import SecondStage
from tests.chaos.waiting import settled, within
from tests.tracker.by_hand import PARTITIONS

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.testing.oracle import consult

TOLD_SECONDS, KILLED_SECONDS = 90.0, 60.0
IN_FLIGHT = (Spot.EVENTS, Spot.STATES, Spot.PROGRESS)


async def told(bootstrap: str) -> tuple[dict[str, set[bytes]], set[bytes]]:
    """The values of each event by its id, and those of incidents."""
    events: dict[str, set[bytes]] = {}
    found: set[bytes] = set()
    async with clients.new_reader(bootstrap) as reader:
        for number in range(PARTITIONS):
            async for records in clients.read_whole(reader, BASE.events, number):
                for record in records:
                    events.setdefault(dict(record.headers)["ce_id"].decode(), set()).add(record.value)
        async for records in clients.read_whole(reader, BASE.incidents, 0):
            found |= {record.value for record in records}
    return events, found


async def _die(process: Process, spot: Spot) -> None:
    process.flags.arm(spot, How.DIES)
    assert await within(KILLED_SECONDS, lambda: process.flags.armed is Spot.NOWHERE), process.last_words()


@pytest.mark.soak
def test_one_worker_of_each_stage_and_three_come_to_the_same(own_kafka: LocalKafka, tmp_path: Path) -> None:
    system = SecondStage(own_kafka, tmp_path, "analyst", topics_of(BASE), others=2)
    bootstrap, analysts = own_kafka.bootstrap, [system.stage, *system.others]

    async def all_told() -> bool:
        truth, _ = await consult(bootstrap, default_tables())
        told_now = await incidents.written(bootstrap)
        return all(one in told_now for one in incidents.expected(truth))

    async def by_one() -> None:
        system.others.clear()
        await system.through_kills(of_all(partial(quiet, ends=BEGINS)), map(of_all, ROUNDS))
        async with system.running(system.tracker, system.stage):
            assert await settled(TOLD_SECONDS, all_told, every=2.0)
            await system.to_rest([system.tracker], [system.stage])

    async def by_three() -> None:
        system.others.extend(analysts[1:])
        mischief = Mischief(system, random.Random(0), lambda: system.tracker)  # noqa: S311 # no secret
        await mischief.make_again(FOLDED_ANEW)
        async with system.running(*system.trackers, *analysts):
            for tracker, analyst, spot in zip(system.trackers, analysts, IN_FLIGHT, strict=True):
                await asyncio.gather(_die(tracker, spot), _die(analyst, spot))
            assert await settled(TOLD_SECONDS, all_told, every=2.0)
            await system.to_rest(system.trackers, analysts)

    async def story() -> None:
        await by_one()
        first = await told(bootstrap)
        await by_three()
        second = await told(bootstrap)
        assert all(len(values) == 1 for values in first[0].values()), "a copy differs"
        assert second == first
        assert first[1], "there was an incident"
        assert any("anomaly" in next(iter(values)).decode() for values in first[0].values())

    asyncio.run(story())
