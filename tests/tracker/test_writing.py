"""The order of writes: nothing is handed over before what must come first is acknowledged."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from tests.helpers.partition_logs import TABLES, logged

from clearance.events.partition.batch import PartitionFold
from clearance.events.values.errors import FailedOn
from clearance.kafka.clients import partition_of
from clearance.kafka.names import BASE
from clearance.kafka.topics import Identity
from clearance.settings.clock import monotonic
from clearance.stages.pulse import PausedTooLong, Pulse
from clearance.stages.writing import Writer
from clearance.tracker import preparing
from clearance.tracker.clock import append_clock
from clearance.tracker.owned import Owned
from clearance.tracker.preparing import prepare

from .by_hand import AT, PARTITIONS

IDENTITY = Identity("cluster", {BASE.inputs: "topic"})
FIRST = {BASE.events, BASE.dead_letters, BASE.inputs}


class Batch:
    """What a producer collects records in."""

    def __init__(self) -> None:
        self.keys: list[bytes | None] = []

    def append(self, key: bytes | None, **_: Any) -> object:
        self.keys.append(key)
        return self

    def record_count(self) -> int:
        return len(self.keys)

    def close(self) -> None:
        pass


class Acknowledged(NamedTuple):
    """What a broker tells of a batch: where its first record lies, and not when it was written."""

    offset: int
    timestamp: int = -1
    timestamp_type: int = 0


class Producer:
    """A broker that acknowledges only when it is told to."""

    def __init__(self) -> None:
        self.handed_over: list[tuple[str, int, int]] = []
        self.open: list[asyncio.Future[Acknowledged]] = []

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, partition: int) -> "asyncio.Future[Acknowledged]":
        self.handed_over.append((topic, partition, batch.record_count()))
        self.open.append(asyncio.get_running_loop().create_future())
        return self.open[-1]

    @property
    def topics(self) -> set[str]:
        return {topic for topic, _, _ in self.handed_over}

    async def acknowledge(self, all_but: int = 0) -> None:
        for one in self.open[: len(self.open) - all_but]:
            if not one.done():
                one.set_result(Acknowledged(0))
        for _ in range(10):
            await asyncio.sleep(0)


def folded() -> tuple[Owned, Any]:
    """A batch that has everything: events, dead letters, sends to other partitions, states."""
    tracker = PartitionFold(TABLES)
    batch = tracker.fold(logged("bad-files-between-good-ones", "temporary-then-unified-then-entry"))
    assert all([batch.events, batch.dead, batch.sends, batch.dirty])
    return Owned(3, tracker, IDENTITY), batch


def run(story: Callable[[Producer, "asyncio.Task[Any]"], Any], pulse: Pulse | None = None) -> None:
    async def told() -> None:
        producer: Any = Producer()
        owned, batch = folded()
        writer = Writer(producer, pulse or Pulse(60.0))
        task = asyncio.create_task(writer.batch(owned, prepare(owned, batch, PARTITIONS, AT)))
        await producer.acknowledge(all_but=len(producer.open))
        await story(producer, task)

    asyncio.run(told())


def test_states_wait_for_events_dead_letters_and_sends_and_progress_for_states() -> None:
    async def story(producer: Producer, task: "asyncio.Task[Any]") -> None:
        assert producer.topics == FIRST
        await producer.acknowledge(all_but=1)
        assert producer.topics == FIRST, "one of them is not acknowledged yet"
        await producer.acknowledge()
        assert producer.topics == {*FIRST, BASE.status}
        await producer.acknowledge()
        assert producer.topics == {*FIRST, BASE.status, BASE.progress}
        assert not task.done()
        await producer.acknowledge()
        assert task.done()

    run(story)


def test_outputs_go_to_the_partition_of_their_input_and_sends_where_their_key_lies() -> None:
    async def story(producer: Producer, task: "asyncio.Task[Any]") -> None:
        for _ in range(3):
            await producer.acknowledge()
        await task
        _, batch = folded()
        assert {partition for topic, partition, _ in producer.handed_over if topic != BASE.inputs} == {3}
        found = sorted(
            partition for topic, partition, count in producer.handed_over if topic == BASE.inputs for _ in range(count)
        )
        assert found == sorted(partition_of(send.to.encode(), PARTITIONS) for send in batch.sends)
        counts = {topic: count for topic, _, count in producer.handed_over if topic != BASE.inputs}
        assert counts == {
            BASE.events: len(batch.events) + len(batch.hours),
            BASE.dead_letters: len(batch.dead),
            BASE.status: len(batch.dirty),
            BASE.progress: 1,
        }

    run(story)


def test_a_process_that_was_paused_in_between_writes_no_states() -> None:
    now = 0.0
    pulse = Pulse(10.0, lambda: now)

    async def story(producer: Producer, task: "asyncio.Task[Any]") -> None:
        nonlocal now
        now += 60.0
        await producer.acknowledge()
        assert producer.topics == FIRST
        with pytest.raises(PausedTooLong):
            await task

    run(story, pulse)


def test_a_write_that_fails_ends_the_batch_before_its_states() -> None:
    async def story(producer: Producer, task: "asyncio.Task[Any]") -> None:
        producer.open[0].set_exception(OSError("no answer"))
        await producer.acknowledge()
        with pytest.raises(OSError, match="no answer"):
            await task
        assert producer.topics == FIRST

    run(story)


@pytest.mark.parametrize("what", ["event_record", "status_record"])
def test_what_cannot_be_encoded_names_its_declaration_and_the_input(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owned, batch = folded()

    def failing(one: Any, *_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(preparing, what, failing)
    first = batch.events[0] if what == "event_record" else next(iter(batch.dirty.values()))
    with pytest.raises(FailedOn) as failed:
        prepare(owned, batch, PARTITIONS, AT)
    assert failed.value.position == first.src
    assert failed.value.declaration == (first.declaration if what == "event_record" else first.id)
    assert isinstance(failed.value.__cause__, ZeroDivisionError)


def test_a_clock_is_remembered_with_its_place_until_it_is_folded() -> None:
    class Told:
        offset = 41

    async def told() -> None:
        producer: Any = Producer()
        owned, _ = folded()
        task = asyncio.create_task(append_clock(owned, Writer(producer, Pulse(60.0)), BASE.log, AT))
        for _ in range(10):
            await asyncio.sleep(0)
        assert producer.handed_over == [(BASE.inputs, 3, 1)]
        producer.open[0].set_result(Told())
        await task
        assert (owned.clock_at, owned.last_clock) == (41, AT)
        assert not owned.wants_clock(AT, monotonic())

    asyncio.run(told())
