"""A log is moved to another cluster with twice the partitions, beside traffic, and killed: the fold says the same."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from tests.backup.original import PARTITIONS, TABLES, Original
from tests.helpers.recordings import RECORDINGS

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.partition.batch import PartitionFold
from clearance.kafka import clients
from clearance.kafka.names import BASE, EPOCHS
from clearance.kafka.wire import Outgoing, incoming_input
from clearance.rebuild import moving
from clearance.rebuild.moving import Mover
from clearance.rebuild.rehashing import SEALED, origin_of

NEW, MORE = "declaration-inputs.e1", 2 * PARTITIONS
STORIES = tuple(sorted(one.name for one in RECORDINGS.iterdir())[::3])
LATER = tuple(sorted(one.name for one in RECORDINGS.iterdir())[1::6])


class Killed(BaseException):
    """As a process ends that is killed."""


@pytest.fixture
def brokers() -> Iterator[tuple[EmbeddedBroker, EmbeddedBroker]]:
    cards = topics()
    new = cards[BASE.inputs].model_copy(update={"name": NEW, "partitions": MORE})
    with EmbeddedBroker(cards.values()) as old, EmbeddedBroker([cards[EPOCHS], new]) as other:
        yield old, other


async def move(reader: Any, looking: Any, producer: Any) -> None:
    mover = Mover(reader, looking, producer, (BASE.inputs, PARTITIONS), (NEW, MORE))
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
    write, left = clients.write, iter([])

    async def torn(producer: Any, topic: str, partition: int, records: Any) -> list[int]:
        if topic in (NEW, EPOCHS) and next(left, None) == "kill":
            if topic == NEW:
                await write(producer, topic, partition, records[: len(records) // 2])
            raise Killed
        return await write(producer, topic, partition, records)

    async def story() -> tuple[list[list[Any]], list[list[Any]]]:
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
            await original.fold()
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
            return await read(source, BASE.inputs, PARTITIONS), await read(looking, NEW, MORE)

    was, now = asyncio.run(story())
    origins = [origin_of(record.headers) for records in now for record in records if record.key]
    assert len(origins) == len({*origins})
    before = folded([[incoming_input(one) for one in records if keyed_or_said(one)] for records in was])
    after = folded([[incoming_input(one) for one in records] for records in now])
    assert len(before) > len(STORIES)
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == set()
    said = [Counter(one.value for one in records if not one.key) for records in now]
    assert all({*one} == {*said[0]} for one in said)


def keyed_or_said(record: Any) -> bool:
    """Whether a record is one of the history, and not the seal."""
    return ("kind", SEALED.encode()) not in record.headers
