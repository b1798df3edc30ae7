"""Records are compressed as the setting says, and read whichever of Kafka's codecs others took."""

import asyncio
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]
from tests.helpers.compressed import CODECS, put_compressed

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.local import LocalKafka
from clearance.kafka import clients, security
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing
from clearance.settings import load

RECORDS = [Outgoing(b"%d" % number, b"<CHANNEL>L</CHANNEL>" * 50, [("kind", b"message")]) for number in range(20)]
TOPIC = "compressed"


async def _read(bootstrap: str, topic: str, partition: int) -> list[Any]:
    async with clients.new_reader(bootstrap) as reader:
        return [one async for records in clients.read_whole(reader, topic, partition) for one in records]


def _told(records: list[Any]) -> list[Outgoing]:
    return [Outgoing(one.key, one.value, [*one.headers]) for one in records]


def test_it_is_read_from_the_embedded_broker(embedded_broker: EmbeddedBroker) -> None:
    for partition, codec in enumerate(CODECS):
        put_compressed(embedded_broker.bootstrap, codec, BASE.inputs, partition, *RECORDS)
        assert _told(asyncio.run(_read(embedded_broker.bootstrap, BASE.inputs, partition))) == RECORDS, codec


@pytest.mark.parametrize("codec", CODECS)
def test_it_is_read_from_a_real_broker(codec: str, real_kafka: LocalKafka) -> None:
    name, admin = f"{TOPIC}-{codec}", AdminClient({"bootstrap.servers": real_kafka.bootstrap})
    admin.create_topics([NewTopic(name, 1, 1)])[name].result()
    put_compressed(real_kafka.bootstrap, codec, name, 0, *RECORDS)
    assert _told(asyncio.run(_read(real_kafka.bootstrap, name, 0))) == RECORDS
    admin.delete_topics([name])[name].result()


@pytest.mark.parametrize("codec", ["none", *CODECS])
def test_ours_are_compressed_as_the_setting_says(
    codec: str, embedded_broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "settings", lambda: load(kafka_compression=codec))

    async def size() -> int:
        async with clients.new_producer(embedded_broker.bootstrap) as producer:
            [handed] = await clients.hand_over(producer, BASE.inputs, 0, RECORDS)
            return await handed.size()

    plain = sum(len(record.value or b"") for record in RECORDS)
    assert (asyncio.run(size()) < plain / 5) is (codec != "none")
    assert _told(asyncio.run(_read(embedded_broker.bootstrap, BASE.inputs, 0))) == RECORDS


def test_without_a_word_it_is_zstd() -> None:
    assert load().kafka_compression == "zstd"
