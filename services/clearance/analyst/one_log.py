"""A topic of one partition, in which all partitions tell; followed by whoever owns partition 0 of the events."""

from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from clearance.kafka import clients

OWNER = 0
"""Whoever owns this partition follows it: one, unless it is just being given away."""
LOOK_MS = 1000
REST_SECONDS = 0.5


async def follow(reader: AIOKafkaConsumer, topic: str, start: int) -> AsyncIterator[list[Any]]:
    """What there is from there on, and what comes, as it comes; an empty list now and then."""
    first, _ = await clients.ends(reader, topic, 0)
    place = TopicPartition(topic, 0)
    reader.seek(place, max(first, start))
    while True:
        fetched = await reader.getmany(place, timeout_ms=LOOK_MS)
        yield fetched.get(place, [])
