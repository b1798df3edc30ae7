"""A log is moved to another cluster with twice the partitions, beside traffic, and killed: the fold says the same."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.backup.original import PARTITIONS, TABLES, Original
from tests.helpers.recordings import RECORDINGS

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import InputRecord, input_record, is_of_kind
from clearance.events.partition.batch import PartitionFold
from clearance.kafka import clients
from clearance.kafka.names import BASE, EPOCHS
from clearance.kafka.wire import Outgoing, incoming_input, read_set_aside
from clearance.rebuild import moving
from clearance.rebuild.moving import Log, Mover, OtherMove
from clearance.rebuild.rehashing import SEALED, origin_of

NEW, NEW_ASIDE, MORE = "declaration-inputs.e1", "inputs-set-aside.e1", 2 * PARTITIONS
STORIES = tuple(sorted(one.name for one in RECORDINGS.iterdir())[::3])
LATER = tuple(sorted(one.name for one in RECORDINGS.iterdir())[1::6])


class Killed(BaseException):
    """As a process ends that is killed."""


@pytest.fixture
def brokers() -> Iterator[tuple[EmbeddedBroker, EmbeddedBroker]]:
    cards = topics()
    new = cards[BASE.inputs].model_copy(update={"name": NEW, "partitions": MORE})
    aside = cards[BASE.set_aside].model_copy(update={"name": NEW_ASIDE, "partitions": MORE})
    with EmbeddedBroker(cards.values()) as old, EmbeddedBroker([cards[EPOCHS], new, aside]) as other:
        yield old, other


OLD_LOG = Log(BASE.inputs, PARTITIONS, BASE.set_aside, 0)
NEW_LOG = Log(NEW, MORE, NEW_ASIDE, 1)


async def move(reader: Any, looking: Any, producer: Any) -> None:
    mover = Mover(reader, looking, producer, OLD_LOG, NEW_LOG)
    await mover.begin()
    await mover.run()


async def seal(producer: Any) -> None:
    for number in range(PARTITIONS):
        await clients.write(producer, BASE.inputs, number, [Outgoing(None, b"", [("kind", SEALED.encode())])])


def folded(log: list[list[InputRecord]]) -> dict[str, tuple[object, object]]:
    """What a tracker says of each declaration in the end: what it sends comes behind all."""
    count = len(log)
    folds = [PartitionFold(TABLES, mine=clients.belongs_to(number, count)) for number in range(count)]
    waiting = log
    while any(waiting):
        sent: list[list[InputRecord]] = [[] for _ in range(count)]
        for number, records in enumerate(waiting):
            begin = folds[number].position + 1
            placed = [replace(record, position=begin + nth) for nth, record in enumerate(records)]
            for send in folds[number].fold(placed).sends:
                home = clients.partition_of(send.to.encode(), count)
                sent[home].append(input_record(send.to, send.input))
        waiting = sent
    return {one.id: (one.facts, one.track) for fold in folds for one in fold.partition.states.values()}


async def read(reader: Any, topic: str, count: int) -> list[list[Any]]:
    return [
        [record async for records in clients.read_whole(reader, topic, number) for record in records]
        for number in range(count)
    ]


@pytest.mark.parametrize("kills", [0, 1, 4])
def test_no_declaration_is_told_otherwise_and_none_is_missing(
    brokers: tuple[EmbeddedBroker, EmbeddedBroker], monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    old, new = brokers
    monkeypatch.setattr(moving, "READ_RECORDS", 30)
    monkeypatch.setattr(moving, "AT_WORK", timedelta(0))
    write, left = clients.write, iter(list[str]())

    aside: list[tuple[int, int]] = []

    async def torn(producer: Any, topic: str, partition: int, records: Any) -> list[int]:
        if topic in (NEW, EPOCHS) and next(left, None) == "kill":
            if topic == NEW:
                await write(producer, topic, partition, records[: len(records) // 2])
            raise Killed
        return await write(producer, topic, partition, records)

    async def story() -> tuple[list[list[Any]], ...]:
        nonlocal left
        async with (
            clients.new_reader(old.bootstrap) as source,
            clients.new_producer(old.bootstrap) as writer,
            clients.new_reader(old.bootstrap) as reader,
            clients.new_reader(new.bootstrap) as looking,
            clients.new_producer(new.bootstrap) as producer,
        ):
            original = Original(old.bootstrap, source, writer)
            await original.fill(*STORIES)
            messages = (
                (number, one.offset)
                for number, some in enumerate(await read(source, BASE.inputs, PARTITIONS))
                for one in some
                if is_of_kind("message", one.headers)
            )
            aside.extend([*messages][::40])
            await original.fold(aside=aside)
            monkeypatch.setattr(clients, "write", torn)
            for nth in range(kills):
                left = iter(["go"] * (3 * nth) + ["kill"])
                with pytest.raises((Killed, BaseExceptionGroup)):
                    async with asyncio.timeout(20):
                        await move(reader, looking, producer)
            left = iter([])
            last = asyncio.create_task(move(reader, looking, producer))
            await original.fill(*LATER)  # beside it
            await original.fold()
            await seal(writer)
            async with asyncio.timeout(30):
                await last
            reasons = await read(looking, NEW_ASIDE, MORE)
            return await read(source, BASE.inputs, PARTITIONS), await read(looking, NEW, MORE), reasons

    was, now, reasons = asyncio.run(story())
    lines = {(one.partition, one.offset) for records in reasons for one in (read_set_aside(r.value) for r in records)}
    assert {origin_of(now[number][offset].headers) for number, offset in lines} == {*aside}
    assert len(aside) > 2
    origins = [origin_of(record.headers) for records in now for record in records if record.key]
    assert len(origins) == len({*origins})
    before = folded(
        [
            [incoming_input(one) for one in records if not sealed(one) and (number, one.offset) not in aside]
            for number, records in enumerate(was)
        ]
    )
    after = folded(
        [
            [incoming_input(one) for one in records if (number, one.offset) not in lines]
            for number, records in enumerate(now)
        ]
    )
    assert len(before) > len(STORIES)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()
    said = [Counter(one.value for one in records if not one.key) for records in now]
    assert all({*one} == {*said[0]} for one in said)


def sealed(record: Any) -> bool:
    return is_of_kind(SEALED, record.headers)


def test_a_second_move_is_refused_while_one_is_at_work(brokers: tuple[EmbeddedBroker, EmbeddedBroker]) -> None:
    old, new = brokers

    async def story() -> None:
        async with (
            clients.new_reader(old.bootstrap) as reader,
            clients.new_reader(new.bootstrap) as looking,
            clients.new_producer(new.bootstrap) as producer,
            clients.new_reader(old.bootstrap) as other,
            clients.new_producer(old.bootstrap) as writer,
        ):
            first = Mover(reader, looking, producer, OLD_LOG, NEW_LOG)
            await first.begin()
            running = asyncio.create_task(first.run())
            async with asyncio.timeout(20):
                while first.told_at.year == 1:
                    await asyncio.sleep(0.05)
            async with clients.new_reader(new.bootstrap) as another:
                with pytest.raises(OtherMove, match="let it end, or stop it and wait for 10 s"):
                    await Mover(other, another, producer, OLD_LOG, NEW_LOG).begin()
                await seal(writer)
                async with asyncio.timeout(20):
                    await running
                await Mover(other, another, producer, OLD_LOG, NEW_LOG).begin()

    asyncio.run(story())
