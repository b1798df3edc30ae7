"""The feeder on a broker: it copies history in order, waits for the tracker, goes on where it was, and then follows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import Clock, Link
from clearance.events.log.progress import Progress
from clearance.kafka import clients
from clearance.kafka.names import BASE, Names
from clearance.kafka.wire import Outgoing, outgoing_input, progress_record
from clearance.rebuild import pace
from clearance.rebuild.copying import is_quiet, origin_of
from clearance.rebuild.feeder import Fed, Feeder
from clearance.rebuild.pace import TrackerPace
from clearance.rebuild.readiness import not_copied, what_is_behind

ONE = Names.of(1)
PARTITIONS = topics()[BASE.inputs].partitions
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
CLOCK = outgoing_input(input_record("", Clock(at=AT, external=True)))
LINK = outgoing_input(input_record("uk:sender-lrn:x/1", Link(at=AT, primary="uk:mrn:26GB00000000000001")))


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker([*topics().values(), *ONE.cards().values()]) as one:
        yield one


@dataclass
class Feeding:
    """A feeder that runs, and what a test does beside it."""

    reader: Any
    producer: Any
    fed: list[Fed] = field(default_factory=list)

    async def write(self, topic: str, number: int, *records: Outgoing) -> None:
        await clients.write(self.producer, topic, number, records)

    async def until(self, condition: Callable[[], Awaitable[object]]) -> None:
        async with asyncio.timeout(30):
            while not await condition():
                await asyncio.sleep(0.02)

    async def origins(self, number: int) -> list[tuple[int, bool]]:
        """Where the copies of a partition came from, and which are quiet."""
        stretches = [some async for some in clients.read_whole(self.reader, ONE.inputs, number)]
        found = [record.headers for some in stretches for record in some]
        return [(origin, is_quiet(head)) for head in found if (origin := origin_of(head)) is not None]

    async def folded(self, number: int, position: int) -> None:
        """The tracker of the epoch says that it has come so far."""
        told = Progress(
            epoch=1,
            partition=number,
            position=position,
            stream_time=None,
            wall_time=datetime.now(UTC),  # noqa: TID251 # a test may look at the clock
            ended_backfills=(),
            counts=(),
            cluster_id="c",
            topic_id="t",
            step_version="1",
            tables_version="v",
        )
        await self.write(ONE.progress, number, progress_record(told))

    @asynccontextmanager
    async def run(self, bootstrap: str) -> AsyncIterator[None]:
        """A feeder from its beginning to its end, which comes as a kill would: without a last word."""
        own = [clients.new_reader(bootstrap), clients.new_reader(bootstrap), clients.new_producer(bootstrap)]
        for client in own:
            await client.start()
        feeder = Feeder(own[0], own[2], ONE, TrackerPace(own[1], ONE))
        await feeder.begin(own[1])
        task = asyncio.create_task(feeder.run(asyncio.Event(), self.fed.append))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for client in own:
            await client.stop()


def story(broker: EmbeddedBroker, tell: Callable[[Feeding], Awaitable[None]]) -> None:
    async def run() -> None:
        feeding = Feeding(clients.new_reader(broker.bootstrap), clients.new_producer(broker.bootstrap))
        await feeding.reader.start()
        await feeding.producer.start()
        try:
            await tell(feeding)
        finally:
            await feeding.reader.stop()
            await feeding.producer.stop()

    asyncio.run(run())


def test_it_copies_history_quietly_and_then_follows_aloud(broker: EmbeddedBroker) -> None:
    async def tell(feeding: Feeding) -> None:
        for number in (0, 5):
            await feeding.write(BASE.inputs, number, CLOCK, LINK, CLOCK)
        async with feeding.run(broker.bootstrap):
            await feeding.until(lambda: _caught_up(feeding))
            await feeding.write(BASE.inputs, 5, LINK, CLOCK)
            await feeding.until(lambda: _has(feeding, 5, 3))
        assert await feeding.origins(0) == [(0, True), (2, True)]
        assert await feeding.origins(5) == [(0, True), (2, True), (4, False)]

    story(broker, tell)


def test_killed_it_goes_on_behind_its_last_copy_and_stays_aloud(broker: EmbeddedBroker) -> None:
    async def tell(feeding: Feeding) -> None:
        await feeding.write(BASE.inputs, 3, CLOCK, CLOCK)
        async with feeding.run(broker.bootstrap):
            await feeding.until(lambda: _caught_up(feeding))
            await feeding.write(BASE.inputs, 3, CLOCK)
            await feeding.until(lambda: _has(feeding, 3, 3))
        await feeding.write(ONE.inputs, 3, *[LINK] * 1500)  # what the tracker derived lies behind the copies
        await feeding.write(BASE.inputs, 3, CLOCK)
        async with feeding.run(broker.bootstrap):
            await feeding.until(lambda: _has(feeding, 3, 4))
        assert await feeding.origins(3) == [(0, True), (1, True), (2, False), (3, False)]

    story(broker, tell)


def test_it_does_not_run_ahead_of_the_tracker(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "AHEAD", 10)

    async def tell(feeding: Feeding) -> None:
        await feeding.write(BASE.inputs, 3, *[CLOCK] * 30)
        async with feeding.run(broker.bootstrap):
            await feeding.until(lambda: _has(feeding, 3, 30))
            await feeding.write(BASE.inputs, 3, CLOCK)
            waits = len(feeding.fed)
            await feeding.until(lambda: _turned(feeding, waits + 3))
            assert len(await feeding.origins(3)) == 30
            await feeding.folded(3, 29)
            await feeding.until(lambda: _has(feeding, 3, 31))

    story(broker, tell)


def test_an_epoch_is_behind_until_it_is_copied_and_folded(broker: EmbeddedBroker) -> None:
    async def tell(feeding: Feeding) -> None:
        late = datetime.max.replace(tzinfo=UTC)
        await feeding.write(BASE.inputs, 3, LINK, CLOCK, LINK)
        assert await not_copied(feeding.reader, ONE, 3, late) == f"{BASE.inputs}:3:1"
        async with feeding.run(broker.bootstrap):
            await feeding.until(lambda: _has(feeding, 3, 1))
        assert await not_copied(feeding.reader, ONE, 3, late) == ""
        now = datetime.now(UTC)  # noqa: TID251 # a test may look at the clock
        [told] = await what_is_behind(feeding.reader, ONE, now)
        assert told == f"{ONE.inputs}:0 was never folded: `clearance tracker --epoch 1` folds it"
        for number in range(PARTITIONS):
            await feeding.folded(number, 0)
        assert await what_is_behind(feeding.reader, ONE, now) == []

    story(broker, tell)


async def _caught_up(feeding: Feeding) -> bool:
    return bool(feeding.fed) and feeding.fed[-1].caught_up


async def _has(feeding: Feeding, number: int, count: int) -> bool:
    return len(await feeding.origins(number)) == count


async def _turned(feeding: Feeding, turns: int) -> bool:
    return len(feeding.fed) >= turns
