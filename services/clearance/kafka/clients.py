"""Producers and readers of partitions, with the settings that exactness needs. One way of each, used by everybody."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from confluent_kafka import murmur2

from clearance.kafka import security
from clearance.kafka.unreadable import UnreadableBatch, name_unreadable_batches
from clearance.kafka.wire import Outgoing

BATCH_BYTES = 512 * 1024
"""A batch must stay below the `max_message_bytes` of every topic that gets batches; a larger record goes alone."""
LARGEST_REQUEST = 68 * 1024 * 1024
FETCH_BYTES = 10 * 1024 * 1024
"""Bytes of a partition in one answer; a record that is larger comes alone."""
AT_ONCE = 500
"""Records read between two turns of the event loop: the client unpacks them in one go."""
LOG_APPEND_TIME = 1
"""How Kafka numbers the timestamps that a broker has set."""
EMBEDDED_TIMESTAMP = 1234
"""What librdkafka's mock cluster acknowledges with, whatever the time [ms]."""
REQUEST_TIMEOUT_MS = 30_000
"""How long one request may take before it is tried again; an idempotent producer tries for ever [ms]."""


name_unreadable_batches()


def silence() -> None:
    """Keep aiokafka from telling of each try: what goes wrong is told once, as an error of ours."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def new_producer(bootstrap: str, **settings: Any) -> AIOKafkaProducer:
    """An idempotent producer: acknowledged by all replicas, in order, without copies made by its own retries.

    A batch is compressed as the settings say, unless that makes it larger."""
    compression = security.settings().kafka_compression
    usual = {"compression_type": None if compression == "none" else compression, "enable_idempotence": True}
    asked = usual | settings
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        max_batch_size=BATCH_BYTES,
        max_request_size=LARGEST_REQUEST,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        **security.for_aiokafka(),
        **asked,
    )


def new_reader(
    bootstrap: str, *, fetch_bytes: int = FETCH_BYTES, wait_ms: int = 100, **settings: Any
) -> AIOKafkaConsumer:
    """A consumer without a group: it reads what it is assigned, from where it is told, and commits nothing.

    An answer holds `fetch_bytes` of a partition, or one larger record, and waits for `wait_ms` where there is none.
    """
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=wait_ms,
        max_partition_fetch_bytes=fetch_bytes,
        **security.for_aiokafka(),
        **settings,
    )


def partition_of(key: bytes, count: int) -> int:
    """Where the records of a key lie: murmur2, as the Java client and aiokafka have it; librdkafka's is in C."""
    return murmur2(key, count)


def belongs_to(partition: int, count: int) -> Callable[[str], bool]:
    """Whether a declaration id belongs to this partition, of so many."""
    return lambda key: partition_of(key.encode(), count) == partition


async def partition_count(producer: AIOKafkaProducer, topic: str) -> int:
    """How many partitions a topic has, by the broker."""
    return len(await producer.partitions_for(topic))


async def reader_partition_count(reader: AIOKafkaConsumer, topic: str) -> int:
    """The same, of a reader, which this takes for itself: it knows of topics that are assigned."""
    await ends(reader, topic, 0)
    return len(reader.partitions_for_topic(topic) or ())


class Handed(NamedTuple):
    """A batch of records on its way; `told` resolves when they are acknowledged, to where the first of them lies."""

    told: "asyncio.Future[Any]"
    batch: Any

    async def offsets(self) -> range:
        """Where they lie, when they are acknowledged."""
        first = (await self.told).offset
        return range(first, first + self.batch.record_count())

    async def size(self) -> int:
        """The bytes in which they were sent, compressed."""
        await self.told
        return int(self.batch.size())


def skew_seconds(told: Any, now: datetime) -> float | None:
    """How far `now`, by our wall clock, is ahead of the broker's, by its acknowledgement of a record just written; None
    from a broker that does not say when it wrote (the embedded one). An acknowledgement takes some milliseconds."""
    says = told.timestamp_type == LOG_APPEND_TIME and told.timestamp != EMBEDDED_TIMESTAMP
    return now.timestamp() - told.timestamp / 1000 if says else None


async def hand_over(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Iterable[Outgoing]
) -> list[Handed]:
    """Give records of one partition to the producer, in their order.

    For one writer of a partition at a time: aiokafka keeps one batch of a partition waiting, and of several who wait
    for its place some wait too long.
    """
    return [
        Handed(await producer.send_batch(batch, topic, partition=partition), batch)
        for batch in _batches(producer, records)
    ]


def _batches(producer: AIOKafkaProducer, records: Iterable[Outgoing]) -> list[Any]:
    """Records in their order, in as few batches as they fit in."""
    made: list[Any] = []
    for record in records:
        if not made or _append(made[-1], record) is None:
            made.append(producer.create_batch())
            _append(made[-1], record)
    for batch in made:
        batch.close()
    return made


def _append(batch: Any, record: Outgoing) -> object:
    return batch.append(timestamp=record.timestamp, key=record.key, value=record.value, headers=record.headers)


async def write(producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Outgoing]) -> list[int]:
    """Write records of one partition and wait until all are acknowledged; the offsets that they got."""
    stretches = [handed.offsets() for handed in await hand_over(producer, topic, partition, records)]
    return [offset for stretch in await asyncio.gather(*stretches) for offset in stretch]


async def ends(reader: AIOKafkaConsumer, topic: str, partition: int) -> tuple[int, int]:
    """The first offset that a partition still holds, and the one that its next record will get.

    Takes the reader for itself: aiokafka asks only about topics that are assigned."""
    place = TopicPartition(topic, partition)
    reader.assign([place])
    first = await reader.beginning_offsets([place])
    after = await reader.end_offsets([place])
    return int(first[place]), int(after[place])


async def read_whole(reader: AIOKafkaConsumer, topic: str, partition: int) -> AsyncIterator[list[Any]]:
    """The records that a partition holds now, as `read_stretch` gives them."""
    first, after = await ends(reader, topic, partition)
    async for records in read_stretch(reader, topic, partition, first, after):
        yield records


async def read_stretch(
    reader: AIOKafkaConsumer, topic: str, partition: int, start: int, end: int
) -> AsyncIterator[list[Any]]:
    """The records from `start` up to, without, `end`, in the lists in which they are fetched.

    Takes the reader for itself. Ends by position, so that it also gets past what compaction has removed.
    """
    place = TopicPartition(topic, partition)
    reader.assign([place])
    reader.seek(place, start)
    while await reader.position(place) < end:
        try:
            fetched = await reader.getmany(place, timeout_ms=200, max_records=AT_ONCE)
        except OffsetOutOfRangeError:  # what was to come next has been purged meanwhile
            reader.seek(place, (await reader.beginning_offsets([place]))[place])
            continue
        for records in fetched.values():
            yield [record for record in records if record.offset < end]


async def read_readable(reader: AIOKafkaConsumer, topic: str, partition: int) -> AsyncIterator[Any]:
    """The records that a partition holds now, without those that cannot be read."""
    start, after = await ends(reader, topic, partition)
    while start < after:
        try:
            async for records in read_stretch(reader, topic, partition, start, after):
                for record in records:
                    yield record
                    start = record.offset + 1
            return
        except UnreadableBatch as error:
            start = await first_readable(reader, topic, partition, error.offset)


async def first_readable(reader: AIOKafkaConsumer, topic: str, partition: int, start: int) -> int:
    """The first offset from `start` on at which a record can be read, or where the partition ends.

    Takes the reader for itself. Offset by offset: a batch that is torn cannot be trusted to say where it ends."""
    _, after = await ends(reader, topic, partition)
    while start < after and not await _can_be_read(reader, TopicPartition(topic, partition), start):
        start += 1
    return start


async def _can_be_read(reader: AIOKafkaConsumer, place: TopicPartition, offset: int) -> bool:
    reader.seek(place, offset)
    try:
        while not await reader.getmany(place, timeout_ms=200, max_records=1):
            pass
    except UnreadableBatch:
        return False
    return True
