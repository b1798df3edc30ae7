"""What stands in the topics of a test's broker, and the messages that tests send."""

import asyncio
from pathlib import Path
from typing import Any

from aiokafka.errors import MessageSizeTooLargeError

from clearance.contracts import topics
from clearance.contracts.models.dead_letter import DeadLetter
from clearance.edge.append import Edge
from clearance.events.log.input_records import InputRecord
from clearance.kafka.clients import ends, new_reader, read_stretch
from clearance.kafka.names import BASE
from clearance.kafka.wire import incoming_input, read_dead_letter

RECORDINGS = Path(__file__).parents[1] / "recordings"
STORY = RECORDINGS / "held-then-released"
RECEIVED = (STORY / "002-received.xml").read_bytes()
DECLARATION = "cn:unified:E20260004010000003"


def receipt(number: int, code: str = "L") -> bytes:
    """A message of a declaration of its own."""
    return RECEIVED.replace(b"E20260004010000003", b"E2026%013d" % number).replace(
        b"<CHANNEL>L", b"<CHANNEL>" + code.encode()
    )


def refuse(edge: Edge) -> None:
    """As a broker does whose log is sealed, which takes no record of this size."""

    async def refused(*_: object, **__: object) -> "asyncio.Future[Any]":
        told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        told.set_exception(MessageSizeTooLargeError())
        return told

    edge.log.now.producer.send = refused


def records(bootstrap: str, topic: str) -> list[Any]:
    """All records of a topic, partition by partition."""
    return asyncio.run(_records(bootstrap, topic))


def inputs(bootstrap: str) -> list[InputRecord]:
    """All inputs, partition by partition."""
    return [incoming_input(record) for record in records(bootstrap, BASE.inputs)]


def letters(bootstrap: str) -> list[DeadLetter]:
    """All dead letters, partition by partition."""
    return [read_dead_letter(record.value) for record in records(bootstrap, BASE.dead_letters)]


async def _records(bootstrap: str, topic: str) -> list[Any]:
    reader = new_reader(bootstrap)
    await reader.start()
    try:
        found: list[Any] = []
        for partition in range(topics()[topic].partitions):
            first, after = await ends(reader, topic, partition)
            async for stretch in read_stretch(reader, topic, partition, first, after):
                found += stretch
        return found
    finally:
        await reader.stop()
