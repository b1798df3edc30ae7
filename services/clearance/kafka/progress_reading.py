"""How far each partition has been folded, read back from what the tracker wrote of its progress."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import msgspec
from aiokafka import AIOKafkaConsumer

from clearance.events.log.progress import Progress, decode_progress
from clearance.kafka import clients
from clearance.kafka.names import Names

AT_WORK = timedelta(seconds=10)
"""A tracker tells its progress every second; one that has not for so long is at rest."""
RECENT = 1000
"""Records looked at first. A paused worker may have written an old one last, but not a thousand; were the highest
position missed all the same, more would be folded again, to the same result."""


class Placed(Protocol):
    """Any progress: of several records of a partition the highest counts, by these in this order."""

    @property
    def epoch(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def wall_time(self) -> datetime: ...


Told = TypeVar("Told", bound=Placed)


async def progress_of(reader: AIOKafkaConsumer, names: Names, partition: int) -> Progress | None:
    """The record with the highest position of the highest epoch among the recent ones.

    None if the partition was never folded. Takes the reader for itself.
    """
    return await highest_progress(reader, names.progress, partition, read_progress)


def read_progress(record: Any) -> Progress | None:
    """The progress that a consumed record tells; None if it is not the tracker's. Raises `NewerVersion`."""
    try:
        return decode_progress(record.value or b"")
    except msgspec.DecodeError:
        return None


async def highest_progress(
    reader: AIOKafkaConsumer, topic: str, partition: int, read: Callable[[Any], Told | None]
) -> Told | None:
    """The same of any topic of progress; `read` gives None for a record that tells none."""
    first, after = await clients.ends(reader, topic, partition)
    recent = max(first, after - RECENT)
    best = await _highest(clients.read_stretch(reader, topic, partition, recent, after), read)
    if best is None and first < recent:
        best = await _highest(clients.read_stretch(reader, topic, partition, first, after), read)
    return best


async def _highest(stretches: AsyncIterator[list[Any]], read: Callable[[Any], Told | None]) -> Told | None:
    told = [one async for records in stretches for one in map(read, records) if one is not None]
    told.sort(key=lambda one: (one.epoch, one.position, one.wall_time))  # of equals the last one counts
    return told[-1] if told else None
