"""The embedded broker as aiokafka meets it, and that what is said of its limits is true."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from tests.helpers.conditions import until

from clearance.contracts import topics
from clearance.devbroker import embedded
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import BASE
from clearance.kafka.topics import ensure, identify

INPUTS = "declaration-inputs"
PARTITIONS = [TopicPartition(INPUTS, number) for number in range(12)]
SECONDS = 20.0


def producer(broker: EmbeddedBroker) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True)


def consumer(broker: EmbeddedBroker, *names: str, **options: Any) -> AIOKafkaConsumer:
    settings = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "fetch_max_wait_ms": 20} | options
    return AIOKafkaConsumer(*names, bootstrap_servers=broker.bootstrap, **settings)


async def read(reader: AIOKafkaConsumer, count: int) -> list[Any]:
    found: list[Any] = []
    async with asyncio.timeout(SECONDS):
        while len(found) < count:
            for records in (await reader.getmany(timeout_ms=200)).values():
                found += records
    return found


def test_it_has_the_topics_of_the_cards(embedded_broker: EmbeddedBroker) -> None:
    report = ensure(embedded_broker.bootstrap, topics(), replication_factor=1, create=False)
    assert report.ok
    assert report.embedded
    assert {topic.name: topic.partitions for topic in report.topics} == {
        name: card.partitions for name, card in topics().items()
    }


def test_it_keeps_what_an_idempotent_producer_sends_in_order(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> list[Any]:
        async with producer(embedded_broker) as out, consumer(embedded_broker, group_id="tracker") as reader:
            for number in range(3000):
                await out.send(INPUTS, b"%d" % number, key=b"key-%d" % (number % 50), headers=[("kind", b"message")])
            await out.flush()
            reader.subscribe([INPUTS])
            return await read(reader, 3000)

    records = asyncio.run(run())
    by_key: dict[bytes, list[int]] = {}
    for record in records:
        by_key.setdefault(record.key, []).append(int(record.value))
    assert by_key == {b"key-%d" % key: [*range(key, 3000, 50)] for key in range(50)}
    assert {record.headers for record in records} == {(("kind", b"message"),)}


def test_it_takes_whole_batches_into_the_partition_named(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> list[Any]:
        async with producer(embedded_broker) as out, consumer(embedded_broker) as reader:
            batch = out.create_batch()
            for number in range(40):
                batch.append(key=None, value=b"%d" % number, timestamp=1_770_000_000_000 + number, headers=[])
            await (await out.send_batch(batch, INPUTS, partition=7))
            reader.assign(PARTITIONS)
            return await read(reader, 40)

    records = asyncio.run(run())
    assert {record.partition for record in records} == {7}
    assert [(record.offset, record.timestamp) for record in records] == [(n, 1_770_000_000_000 + n) for n in range(40)]


def test_it_remembers_what_a_group_committed(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> tuple[int | None, list[int]]:
        place = PARTITIONS[2]
        async with producer(embedded_broker) as out:
            for number in range(10):
                await out.send_and_wait(INPUTS, b"%d" % number, partition=2)
        async with consumer(embedded_broker, group_id="tracker") as reader:
            reader.assign([place])
            await reader.commit({place: 6})
        async with consumer(embedded_broker, INPUTS, group_id="tracker") as reader:
            return await reader.committed(place), [record.offset for record in await read(reader, 4)]

    assert asyncio.run(run()) == (6, [6, 7, 8, 9])


def test_it_tells_the_ends_of_a_partition_and_reads_from_any_offset(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> tuple[int, int, list[int]]:
        place = PARTITIONS[5]
        async with producer(embedded_broker) as out, consumer(embedded_broker) as reader:
            for _ in range(30):
                await out.send(INPUTS, b"x", partition=5)
            await out.flush()
            first, end = await reader.beginning_offsets([place]), await reader.end_offsets([place])
            reader.assign([place])
            reader.seek(place, 27)
            return first[place], end[place], [record.offset for record in await read(reader, 3)]

    assert asyncio.run(run()) == (0, 30, [27, 28, 29])


def test_it_gives_the_partitions_of_a_member_that_left_to_the_next(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> None:
        for _ in range(2):
            group = {"group_id": "tracker", "session_timeout_ms": 2000, "heartbeat_interval_ms": 200}
            async with consumer(embedded_broker, INPUTS, **group) as member:
                await until(lambda: len(member.assignment()) == 12)

    asyncio.run(run())


def test_it_has_ids_that_last_as_long_as_it(embedded_broker: EmbeddedBroker) -> None:
    identity = identify(embedded_broker.bootstrap, BASE.cards())
    assert {*identity.topic_ids} == {*topics()}
    assert identify(embedded_broker.bootstrap, BASE.cards()) == identity
    with EmbeddedBroker(topics().values()) as other:
        assert not {*identity.topic_ids.values()} & {*identify(other.bootstrap, BASE.cards()).topic_ids.values()}


def test_it_drops_what_is_older_than_its_newest_5_mib(embedded_broker: EmbeddedBroker) -> None:
    async def run() -> int:
        async with producer(embedded_broker) as out, consumer(embedded_broker) as reader:
            for _ in range(12):
                await out.send_and_wait(INPUTS, bytes(900_000), partition=0)
            return int((await reader.beginning_offsets(PARTITIONS[:1]))[PARTITIONS[0]])

    assert asyncio.run(run()) == 7


def test_it_makes_no_topic_that_is_asked_for_later() -> None:
    with EmbeddedBroker([topics()[INPUTS]]) as broker:
        report = ensure(broker.bootstrap, topics(), replication_factor=1, create=True)
        assert not report.ok
        assert {topic.name: topic.state for topic in report.topics}[INPUTS] == "ok"
        assert {topic.state for topic in report.topics if topic.name != INPUTS} == {"missing"}
        assert "only at its start" in report.topics[0].problems[0]


def test_it_stops_once_and_listens_no_longer(embedded_broker: EmbeddedBroker) -> None:
    host, port = embedded_broker.bootstrap.split(":")
    embedded_broker.stop()
    embedded_broker.stop()
    with closing(socket.socket()) as client:
        assert client.connect_ex((host, int(port))) != 0


@pytest.fixture
def _another_librdkafka(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    embedded._library.cache_clear()
    monkeypatch.setitem(embedded._FUNCTIONS, "rd_kafka_mock_gone", (None, ()))
    yield
    embedded._library.cache_clear()


@pytest.mark.usefixtures("_another_librdkafka")
def test_it_says_what_to_do_where_confluent_kafka_has_no_mock_cluster() -> None:
    with pytest.raises(BrokerError, match=r"confluent-kafka \S+ has no rd_kafka_mock_gone.*install the locked version"):
        EmbeddedBroker([])
