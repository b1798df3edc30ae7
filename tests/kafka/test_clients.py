"""Producers and readers of partitions on a broker: all records, in their order, in batches that a topic takes."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from confluent_kafka import Producer
from hypothesis import given as drawn
from hypothesis import strategies as st
from tests.helpers.torn import Damage, put_torn, unknown_codec, wrong_crc

from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.unreadable import UnreadableBatch
from clearance.kafka.wire import Outgoing

HEADERS = [("schema-version", b"1")]
KEYS = [f"cn:unified:E2026{number:013}".encode() for number in range(200)] + ["uk:mrn:示例".encode(), b"x"]


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    """One for all tests of this file; each takes partitions of its own."""
    with EmbeddedBroker(topics().values()) as one:
        yield one


def outgoing(count: int, size: int = 20) -> list[Outgoing]:
    return [Outgoing(b"%d" % number, b"%*d" % (size, number), HEADERS) for number in range(count)]


async def written(broker: EmbeddedBroker, topic: str, partition: int, records: list[Outgoing]) -> int:
    """Write records; how many batches it took."""
    async with clients.new_producer(broker.bootstrap) as producer:
        waiting = await clients.hand_over(producer, topic, partition, records)
        await asyncio.gather(*(handed.told for handed in waiting))
        return len(waiting)


async def read(broker: EmbeddedBroker, topic: str, partition: int, start: int, end: int) -> list[Any]:
    async with clients.new_reader(broker.bootstrap) as reader:
        return [record for records in await stretch(reader, topic, partition, start, end) for record in records]


async def stretch(reader: AIOKafkaConsumer, topic: str, partition: int, start: int, end: int) -> list[list[Any]]:
    return [records async for records in clients.read_stretch(reader, topic, partition, start, end)]


def test_it_writes_all_records_of_a_partition_in_their_order(broker: EmbeddedBroker) -> None:
    async def run() -> list[Any]:
        assert await written(broker, BASE.events, 5, outgoing(3000)) == 1
        return await read(broker, BASE.events, 5, 0, 3000)

    found = asyncio.run(run())
    assert [(one.key, int(one.value)) for one in found] == [(b"%d" % number, number) for number in range(3000)]
    assert {one.headers for one in found} == {tuple(HEADERS)}


def test_it_writes_more_than_a_batch_holds_in_several(broker: EmbeddedBroker) -> None:
    async def run() -> list[Any]:
        batches = await written(broker, BASE.events, 0, outgoing(30, size=100_000))
        assert batches == -(-30 // (clients.BATCH_BYTES // 100_100))
        return await read(broker, BASE.events, 0, 0, 30)

    assert [int(one.value) for one in asyncio.run(run())] == [*range(30)]


def test_it_writes_a_record_that_is_larger_than_a_batch_by_itself(broker: EmbeddedBroker) -> None:
    sizes = [10, 2_000_000, 10, 900_000, 900_000]

    async def run() -> list[Any]:
        records = [Outgoing(None, bytes(size), []) for size in sizes]
        assert await written(broker, BASE.status, 0, records) == 5
        return await read(broker, BASE.status, 0, 0, 5)

    assert [len(one.value) for one in asyncio.run(run())] == sizes


def test_a_batch_fits_every_topic_that_gets_batches() -> None:
    batched = [card for name, card in topics().items() if "tracker" in card.writers and name != BASE.set_aside]
    assert min(card.max_message_bytes for card in batched) > clients.BATCH_BYTES
    assert max(card.max_message_bytes for card in topics().values()) < clients.LARGEST_REQUEST


def test_it_returns_when_all_is_acknowledged(broker: EmbeddedBroker) -> None:
    async def run() -> None:
        at = broker.bootstrap
        async with clients.new_producer(at) as producer, clients.new_reader(at) as reader:
            assert await clients.ends(reader, BASE.status, 2) == (0, 0)
            await clients.write(producer, BASE.status, 2, outgoing(10))
            assert await clients.ends(reader, BASE.status, 2) == (0, 10)
            await clients.write(producer, BASE.status, 2, [])
            assert await clients.ends(reader, BASE.status, 2) == (0, 10)
            assert await clients.ends(reader, BASE.status, 3) == (0, 0)

    asyncio.run(run())


def test_it_reads_a_stretch_and_nothing_beyond(broker: EmbeddedBroker) -> None:
    bounds = [(0, 500), (100, 400), (499, 500), (0, 0), (500, 500)]

    async def run() -> list[list[int]]:
        await written(broker, BASE.events, 1, outgoing(500))
        async with clients.new_reader(broker.bootstrap) as reader:
            found = [await stretch(reader, BASE.events, 1, *one) for one in bounds]
        return [[record.offset for records in one for record in records] for one in found]

    assert asyncio.run(run()) == [[*range(500)], [*range(100, 400)], [499], [], []]


@pytest.mark.parametrize(("partition", "damage"), [(6, wrong_crc), (7, unknown_codec)])
def test_a_batch_that_cannot_be_read_is_named_behind_what_lies_before_it(
    partition: int, damage: Damage, broker: EmbeddedBroker
) -> None:
    async def run() -> None:
        await written(broker, BASE.events, partition, outgoing(5))
        await put_torn(broker.bootstrap, BASE.events, partition, damage, *outgoing(5))
        await written(broker, BASE.events, partition, outgoing(5))
        async with clients.new_reader(broker.bootstrap) as reader:
            read = clients.read_whole(reader, BASE.events, partition)
            assert [one.offset for one in await anext(read)] == [*range(5)]
            with pytest.raises(UnreadableBatch, match=f"{BASE.events}:{partition}:5 begins a batch"):
                await anext(read)
            assert await clients.first_readable(reader, BASE.events, partition, 5) == 10
            readable = [one.offset async for one in clients.read_readable(reader, BASE.events, partition)]
            assert readable == [*range(5), *range(10, 15)]

    asyncio.run(run())


def test_it_knows_how_many_partitions_a_topic_has(broker: EmbeddedBroker) -> None:
    async def run() -> int:
        async with clients.new_producer(broker.bootstrap) as producer:
            return await clients.partition_count(producer, BASE.inputs)

    assert asyncio.run(run()) == topics()[BASE.inputs].partitions


@drawn(st.binary(max_size=60), st.integers(1, 100))
def test_a_key_lies_where_aiokafka_puts_it(key: bytes, count: int) -> None:
    assert clients.partition_of(key, count) == DefaultPartitioner()(key, [*range(count)], [*range(count)])


def test_a_key_lies_where_other_producers_put_it(broker: EmbeddedBroker) -> None:
    """Those that the card of the topic allows: aiokafka's own, and librdkafka with murmur2_random."""
    found: dict[bytes, set[int]] = {key: {clients.partition_of(key, topics()[BASE.inputs].partitions)} for key in KEYS}

    def told(error: object, message: Any) -> None:
        assert error is None
        found[message.key()].add(message.partition())

    other = Producer({"bootstrap.servers": broker.bootstrap, "partitioner": "murmur2_random"})
    for key in KEYS:
        other.produce(BASE.inputs, b"x", key=key, on_delivery=told)
    assert other.flush(20) == 0

    async def run() -> None:
        async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
            for key in KEYS:
                found[key].add((await producer.send_and_wait(BASE.inputs, b"x", key=key)).partition)

    asyncio.run(run())
    assert {len(places) for places in found.values()} == {1}
    assert len({*map(min, found.values())}) == topics()[BASE.inputs].partitions


def test_a_producer_waits_for_all_replicas_and_makes_no_copies(broker: EmbeddedBroker) -> None:
    async def run() -> tuple[int, bool]:
        async with clients.new_producer(broker.bootstrap) as producer:
            return producer._sender._acks, producer._txn_manager is not None

    assert asyncio.run(run()) == (-1, True)
