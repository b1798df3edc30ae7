"""A reader of the broker for the time of one operation, and single records by their places."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from clearance.kafka.clients import ends, new_reader, read_stretch, read_whole, reader_partition_count
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names, epoch_of
from clearance.kafka.places import Place
from clearance.operations.errors import OperationRefused


@asynccontextmanager
async def reading(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader for the time of an operation. Raises `BrokerError`, also for what goes wrong while it is used."""
    reader = new_reader(bootstrap)
    try:
        await reader.start()
        yield reader
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} does not let us read: {error}") from error
    finally:
        await reader.stop()


def parse_place(text: str) -> Place:
    """`TOPIC:PARTITION:OFFSET`, of one of our topics. Raises `OperationRefused`."""
    topic, _, rest = text.partition(":")
    partition, _, offset = rest.partition(":")
    known = topic in Names.of(epoch_of(topic)).cards()
    if not (known and partition.isdecimal() and offset.isdecimal()):
        raise OperationRefused(f"{text!r} is no place; write one as declaration-inputs:3:1207")
    return Place(topic, int(partition), int(offset))


async def read_place(bootstrap: str, place: Place) -> Any:
    """One record, by a reader of its own. Raises `BrokerError` and `OperationRefused`."""
    async with reading(bootstrap) as reader:
        return await record_at(reader, place)


async def record_at(reader: AIOKafkaConsumer, place: Place) -> Any:
    """One record. Raises `OperationRefused` if the topic does not hold it (any more)."""
    count = await reader_partition_count(reader, place.topic)
    if place.partition >= count:
        raise OperationRefused(f"{place}: {place.topic} has partitions 0 to {count - 1}")
    first, after = await ends(reader, place.topic, place.partition)
    if first <= place.offset < after:
        async for records in read_stretch(reader, place.topic, place.partition, place.offset, place.offset + 1):
            for record in records:
                return record
    held = f"it holds {first} to {after - 1}" if first < after else "it is empty"
    raise OperationRefused(f"{place}: there is no such record; {held}")


async def partition_records(reader: AIOKafkaConsumer, topic: str, partition: int) -> AsyncIterator[Any]:
    """The records of a partition up to its present end."""
    async for records in read_whole(reader, topic, partition):
        for record in records:
            yield record
