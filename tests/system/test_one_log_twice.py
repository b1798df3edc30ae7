"""One log, folded by one worker of each stage and then by three, each time through kills: the same anomalies, ids and
incidents, and not one notice twice, on a real Kafka.

What the analysts of the first fold have written is in the log of the second, as it is for a rebuild; what those of the
second write comes behind it and is not compared. Under another order of arrival:
`tests/events/anomalies/test_any_order.py`.
"""

import asyncio
import random
from functools import partial
from pathlib import Path

import pytest
from tests.analyst.test_incidents_through_kills import BEGINS, goes_on, in_minutes, of_all, stands_still
from tests.chaos import incidents
from tests.chaos.flags import How, Spot
from tests.chaos.judging import ends, unstored
from tests.chaos.mischief import FOLDED_ANEW, Mischief
from tests.chaos.outage import quiet
from tests.chaos.second_stage import SecondStage
from tests.chaos.told_people import WAYS, are_looked_after, look_on, noted
from tests.chaos.waiting import settled, within

from clearance.analyst.analyst import topics_of
from clearance.devbroker.local import LocalKafka
from clearance.kafka.names import BASE
from clearance.settings.tables import default_tables
from clearance.testing.oracle import consult

from .one_log import Follows, Until, follows, whole

TOLD_SECONDS = 120.0
IN_FLIGHT = (Spot.EVENTS, Spot.STATES, Spot.PROGRESS)
STANDS = (stands_still, lambda _: in_minutes(*range(25, 100, 5)), lambda _: in_minutes(*range(100, 200, 5)))
"""Three rounds, in which nothing goes on."""


@pytest.mark.soak
def test_one_worker_of_each_stage_and_three_come_to_the_same(own_kafka: LocalKafka, tmp_path: Path) -> None:
    system = SecondStage(own_kafka, tmp_path, "analyst", topics_of(BASE), others=2)
    bootstrap, people, analysts = own_kafka.bootstrap, system.people, [system.stage, *system.others]
    readers = (system.projector, system.notices)

    async def are_told(count: int) -> None:
        """So much on each way."""
        assert await within(TOLD_SECONDS, lambda: len(people.texts()) == count * len(WAYS), every=0.5), people.texts()

    async def recipients() -> None:
        """They are told of what happens from now on."""
        async with system.running(*readers):
            assert await within(TOLD_SECONDS, lambda: people.added(system.store), every=0.5)
            assert await within(TOLD_SECONDS, lambda: are_looked_after(system.store), every=0.5)

    async def by_one() -> tuple[Until, Follows]:
        system.others.clear()
        await recipients()
        before = of_all(partial(quiet, ends=BEGINS))
        await system.through_kills(before, map(of_all, STANDS), recorded=False, beside=readers)
        async with system.running(system.tracker, system.stage, *readers):
            await are_told(1)
            await system.feed(of_all(goes_on))
            await are_told(2)
            await system.tell_recordings()
            await system.to_rest([system.tracker], [system.stage])
        truth, found = await consult(bootstrap, default_tables())
        assert found.exact, found
        until, wanted = await whole(bootstrap, truth), {*incidents.expected(truth)}

        async def all_told() -> bool:
            return wanted <= (await follows(bootstrap, until)).incidents

        async with system.running(system.stage):
            assert await settled(TOLD_SECONDS, all_told, every=1.0)
        return until, await follows(bootstrap, until)

    async def by_three(until: Until, first: Follows) -> Follows:
        async def all_told() -> bool:
            now = await follows(bootstrap, until)
            return now.events.keys() >= first.events.keys() and now.incidents >= first.incidents

        system.others.extend(analysts[1:])
        await Mischief(system, random.Random(0), lambda: system.tracker).make_again(FOLDED_ANEW)  # noqa: S311
        for stage in (system.trackers, analysts):
            for process, spot in zip(stage, IN_FLIGHT, strict=True):
                process.flags.arm(spot, How.DIES)
        async with system.running(*system.trackers, *analysts, *readers):
            await settled(TOLD_SECONDS, all_told, every=1.0)
            await system.to_rest(system.trackers, analysts)
            await ends("the store", partial(unstored, system))
            last = look_on(system.store)
            assert await within(TOLD_SECONDS, lambda: are_looked_after(system.store, [last]), every=0.5)
        return await follows(bootstrap, until)

    async def story() -> None:
        until, first = await by_one()
        before, noted_before = people.texts(), [{*noted(system.store, channel)} for channel in WAYS]
        second = await by_three(until, first)
        for stage in (system.trackers, analysts):
            assert any(process.flags.armed is Spot.NOWHERE for process in stage), "nobody was killed"
        assert all(len(values) == 1 for values in first.events.values()), "a copy differs"
        assert second.events == first.events
        assert second.incidents == first.incidents
        assert any(b'"anomaly' in value for values in first.events.values() for value in values), "there was an anomaly"
        assert people.texts() == before, "none is told again"
        assert [{*noted(system.store, channel)} for channel in WAYS] == noted_before, "nor is to be"

    with people.listening():
        asyncio.run(story())
