"""A keyed stage by hand, without Faust: it comes back as it was written, or says why it cannot go on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.readers_rule import Numbered
from clearance.events.step.outputs import Changed, Event
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.topics import Identity, identify
from clearance.kafka.wire import Outgoing, event_record
from clearance.stages.fail_stop import BlamedInput
from clearance.stages.keyed_states import state_record
from clearance.stages.log_checks import CannotContinue
from clearance.stages.pulse import Pulse
from clearance.stages.writing import Writer

from .counting_stage import CARDS, COUNT, TOPICS, Count, Counting, Partition, Standing

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEYS = ("cn:unified:I20260000000000001", "cn:unified:I20260000000000002")


class ByHand:
    """The stage and one partition of its own topics on a broker."""

    def __init__(self, bootstrap: str, producer: AIOKafkaProducer, partition: int) -> None:
        self.bootstrap, self.producer, self.partition = bootstrap, producer, partition
        self.identity = identify(bootstrap, {**BASE.cards(), **CARDS})

    def stage(self, identity: Identity | None = None, kind: type[Counting] = Counting) -> Counting:
        stage = kind(self.bootstrap, TOPICS, identity or self.identity)
        stage.writer = Writer(self.producer, Pulse(60.0))
        return stage

    async def restore(self) -> Partition:
        return (await self.stage().restore(self.partition)).owned

    async def write(self, topic: str, *records: Outgoing) -> None:
        await clients.write(self.producer, topic, self.partition, records)

    async def fold(self, owned: Partition) -> None:
        """All that has come."""
        async with clients.new_reader(self.bootstrap) as reader:
            stretches = [one async for one in clients.read_whole(reader, TOPICS.inputs, self.partition)]
        await self.stage().batch(owned, [record for records in stretches for record in records])
        await self.stage().writer.progress(owned, AT)


class Later(Counting):
    """Of a later version."""

    version = "2"


Story = Callable[[ByHand], Awaitable[None]]


def event(key: str, seq: int, status: str, before: str = "") -> Outgoing:
    data = Changed(before=before, status=status)
    return event_record(Event(key, epoch=0, seq=seq, src=seq, at=AT, cause="message", data=data))


@pytest.fixture(scope="module")
def _broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker([*topics().values(), *CARDS.values()]) as broker:
        yield broker


@pytest.fixture(scope="module")
def _partitions() -> Iterator[int]:
    return iter(range(topics()[TOPICS.inputs].partitions))


@pytest.fixture
def run(_broker: EmbeddedBroker, _partitions: Iterator[int]) -> Callable[[Story], None]:
    """Tells a story on a partition that no other test has written to."""

    async def told(story: Story) -> None:
        async with clients.new_producer(_broker.bootstrap) as producer:
            await story(ByHand(_broker.bootstrap, producer, next(_partitions)))

    return lambda story: asyncio.run(told(story))


async def folded(hand: ByHand) -> Partition:
    """Two declarations, one of them released, and a copy of an event."""
    first, second = KEYS
    released = event(first, 2, "released", "received")
    await hand.write(TOPICS.inputs, event(first, 1, "received"), released, event(second, 1, "received"), released)
    owned = await hand.restore()
    await hand.fold(owned)
    return owned


def test_it_comes_back_as_it_was_written(run: Callable[[Story], None]) -> None:
    async def story(hand: ByHand) -> None:
        owned = await folded(hand)
        assert owned.states == {
            KEYS[0]: Standing(0, 2, "released", 2),
            KEYS[1]: Standing(0, 1, "received", 1),
            f"{COUNT}received": Count(1),
            f"{COUNT}released": Count(1),
        }
        again = await hand.stage().restore(hand.partition)
        assert (again.owned.states, again.owned.position, again.stale) == (owned.states, 3, [])
        assert not again.owned.is_ahead

    run(story)


def test_what_is_over_several_keys_is_derived(run: Callable[[Story], None]) -> None:
    """A crash after the state of a declaration was written and before the counts were."""

    async def story(hand: ByHand) -> None:
        await folded(hand)
        ahead = state_record(KEYS[1], Standing(0, 2, "released", 2), Numbered(0, 4))
        await hand.write(TOPICS.states, ahead)
        await hand.write(TOPICS.inputs, event(KEYS[1], 2, "released", "received"))
        owned = await hand.restore()
        await hand.fold(owned)
        assert (owned.states[f"{COUNT}received"], owned.states[f"{COUNT}released"]) == (Count(0), Count(2))
        assert (await hand.restore()).states == owned.states

    run(story)


def test_an_old_state_written_last_is_written_over(run: Callable[[Story], None]) -> None:
    async def story(hand: ByHand) -> None:
        owned = await folded(hand)
        await hand.write(TOPICS.states, state_record(KEYS[0], Standing(0, 1, "received", 1), Numbered(0, 0)))
        restored = await hand.stage().restore(hand.partition)
        assert (restored.owned.states, restored.stale) == (owned.states, [KEYS[0]])
        await hand.stage().write_again(restored)
        again = await hand.stage().restore(hand.partition)
        assert (again.owned.states, again.stale) == (owned.states, [])

    run(story)


@pytest.mark.parametrize("what", ["cluster", "inputs", "outputs", "states", "version"])
def test_what_was_written_for_something_else_is_no_ground_to_go_on(what: str, run: Callable[[Story], None]) -> None:
    async def story(hand: ByHand) -> None:
        await folded(hand)
        ids = hand.identity.topic_ids
        others = {
            "cluster": replace(hand.identity, cluster_id="another"),
            "inputs": replace(hand.identity, topic_ids={**ids, TOPICS.inputs: "another"}),
            "outputs": replace(hand.identity, topic_ids={**ids, TOPICS.outputs: "another"}),
            "states": replace(hand.identity, topic_ids={**ids, TOPICS.states: "another"}),
        }
        stage = hand.stage(others.get(what), Later if what == "version" else Counting)
        others_say = {"outputs": f"{TOPICS.outputs} was deleted", "states": f"{TOPICS.states} was deleted"}
        said = others_say.get(what, f"{TOPICS.progress}:{hand.partition} was written")
        with pytest.raises(CannotContinue, match=rf"^{said} .*fold the log anew"):
            await stage.restore(hand.partition)

    run(story)


def test_a_hole_in_the_inputs_is_no_ground_to_go_on(run: Callable[[Story], None]) -> None:
    async def story(hand: ByHand) -> None:
        owned = await folded(hand)
        owned.place -= 2
        async with clients.new_reader(hand.bootstrap) as reader:
            [[*_, last]] = [one async for one in clients.read_whole(reader, TOPICS.inputs, hand.partition)]
        with pytest.raises(CannotContinue, match="after offset 1 comes 3"):
            await hand.stage().batch(owned, [last])

    run(story)


def test_an_input_that_cannot_be_folded_is_named(run: Callable[[Story], None]) -> None:
    async def story(hand: ByHand) -> None:
        await hand.write(TOPICS.inputs, event(KEYS[0], 1, "received"), event(KEYS[0], 3, "released", "received"))
        stage, owned = hand.stage(), await hand.restore()
        async with clients.new_reader(hand.bootstrap) as reader:
            [records] = [one async for one in clients.read_whole(reader, TOPICS.inputs, hand.partition)]
        with pytest.raises(LookupError, match="between 1 and 3 are gone") as failed:
            await stage.batch(owned, records)
        assert stage.blamed(failed.value, owned, records) == BlamedInput(KEYS[0], 1)
        assert stage.blamed(OSError("no answer"), replace(owned, place=1), records) is None

    run(story)
