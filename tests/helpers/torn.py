"""Batches that no client can read, as a torn disk or a strange producer leaves them; an embedded broker takes any."""

from collections.abc import Callable

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from clearance.kafka.wire import Outgoing

ATTRIBUTES = 22
"""Where the codec of a batch stands, in its header [bytes]."""
Damage = Callable[[bytearray], None]


def wrong_crc(batch: bytearray) -> None:
    """A byte of the last record has turned."""
    batch[-3] ^= 0xFF


def unknown_codec(batch: bytearray) -> None:
    """Compressed by what nobody knows; the checksum is right."""
    from aiokafka.record.default_records import calc_crc32c

    batch[ATTRIBUTES] = 7
    batch[17:21] = calc_crc32c(bytes(batch[21:])).to_bytes(4, "big")


async def put_torn(bootstrap: str, topic: str, partition: int, damage: Damage, *given: Outgoing) -> None:
    """Write one batch of records, damaged."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        batch = _batch(given)
        damage(batch)
        asked = ProduceRequest(None, 1, 10_000, [(topic, [(partition, bytes(batch))])])
        node = client.cluster.leader_for_partition(_place(topic, partition))
        answer = await client.send(node, asked)
        assert answer.topics[0][1][0][1] == 0, answer
    finally:
        await client.close()


def _place(topic: str, partition: int) -> object:
    from aiokafka import TopicPartition

    return TopicPartition(topic, partition)


def _batch(given: tuple[Outgoing, ...]) -> bytearray:
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    for offset, record in enumerate(given):
        builder.append(offset, None, record.key, record.value, record.headers)
    return bytearray(builder.build())
