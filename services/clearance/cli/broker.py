"""How a command gets at the broker: named by a flag or the setting, checked once, then read with one reader."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from clearance.kafka.clients import ends, new_reader, read_stretch, read_whole
from clearance.kafka.errors import BrokerError
from clearance.kafka.names import Names, epoch_of
from clearance.kafka.places import Place
from clearance.kafka.ready import require_topics
from clearance.settings import load, needs_broker

Bootstrap = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker; else CLEARANCE_KAFKA_BOOTSTRAP_SERVERS.")
]


def broker(bootstrap: str | None) -> str:
    """The address of a broker with our topics. Raises `InvalidSetting` and `BrokerError`: one line, exit code 2."""
    address = needs_broker(load(kafka_bootstrap_servers=bootstrap))
    require_topics(address)
    silence_client()
    return address


def silence_client() -> None:
    """Keep aiokafka from telling of each try: what goes wrong is told once, as an error of ours."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def place(text: str) -> Place:
    """`TOPIC:PARTITION:OFFSET`, of one of our topics. Raises `typer.BadParameter`."""
    topic, _, rest = text.partition(":")
    partition, _, offset = rest.partition(":")
    card = Names.of(epoch_of(topic)).cards().get(topic)
    if card is None or not (partition.isdecimal() and offset.isdecimal()):
        raise typer.BadParameter(f"{text!r} is no place; write one as declaration-inputs:3:1207")
    if int(partition) >= card.partitions:
        raise typer.BadParameter(f"{text!r}: {topic} has partitions 0 to {card.partitions - 1}")
    return Place(topic, int(partition), int(offset))


@asynccontextmanager
async def reading(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A reader for the time of a command. Raises `BrokerError`, also for what goes wrong while it is used."""
    reader = new_reader(bootstrap)
    try:
        await reader.start()
        yield reader
    except KafkaError as error:
        raise BrokerError(f"the broker at {bootstrap} does not let us read: {error}") from error
    finally:
        await reader.stop()


async def whole(reader: AIOKafkaConsumer, topic: str, partition: int) -> AsyncIterator[Any]:
    """The records of a partition up to its present end."""
    async for records in read_whole(reader, topic, partition):
        for record in records:
            yield record


async def record_at(reader: AIOKafkaConsumer, where: Place) -> Any:
    """One record. Raises `typer.BadParameter` if the topic does not hold it (any more)."""
    first, after = await ends(reader, where.topic, where.partition)
    if first <= where.offset < after:
        async for records in read_stretch(reader, where.topic, where.partition, where.offset, where.offset + 1):
            for record in records:
                return record
    held = f"it holds {first} to {after - 1}" if first < after else "it is empty"
    raise typer.BadParameter(f"{where}: there is no such record; {held}")
