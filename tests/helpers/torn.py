"""Batches that no client can read, as a torn disk or a strange producer leaves them; an embedded broker takes any."""

from collections.abc import Callable

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from clearance.kafka.wire import Outgoing

CRC, ATTRIBUTES = slice(17, 21), slice(21, None)
"""Where the checksum of a batch stands in it, and what it is of; that begins with the codec, in two bytes."""
Damage = Callable[[bytearray], None]


def wrong_crc(batch: bytearray) -> None:
    """A byte of the last record has turned."""
    batch[-3] ^= 0xFF


def unknown_codec(batch: bytearray) -> None:
    """Compressed by what nobody knows; the checksum is right."""
    batch[22] = 7
    batch[CRC] = calc_crc32c(bytes(batch[ATTRIBUTES])).to_bytes(4, "big")


async def put_torn(bootstrap: str, topic: str, partition: int, damage: Damage, *given: Outgoing) -> None:
    """Write one batch of records, damaged."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        batch = _batch(given)
        damage(batch)
        asked = ProduceRequest(None, 1, 10_000, [(topic, [(partition, bytes(batch))])])
        node = client.cluster.leader_for_partition(TopicPartition(topic, partition))
        answer = await client.send(node, asked)
        assert answer.topics[0][1][0][1] == 0, answer
    finally:
        await client.close()


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
