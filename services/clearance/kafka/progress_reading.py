"""How far each partition has been folded, read back from what the tracker wrote of its progress."""

from datetime import datetime, timedelta
from typing import Any

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


async def progress_of(reader: AIOKafkaConsumer, names: Names, partition: int) -> Progress | None:
    """The record with the highest position of the highest epoch among the recent ones.

    None if the partition was never folded. Takes the reader for itself.
    """
    first, after = await clients.ends(reader, names.progress, partition)
    best = await _highest(reader, names, partition, max(first, after - RECENT), after)
    if best is None and first < after - RECENT:
        best = await _highest(reader, names, partition, first, after)
    return best


def read_progress(record: Any) -> Progress | None:
    """The progress that a consumed record tells; None if it is not the tracker's. Raises `NewerVersion`."""
    try:
        return decode_progress(record.value or b"")
    except msgspec.DecodeError:
        return None


async def _highest(reader: AIOKafkaConsumer, names: Names, partition: int, start: int, end: int) -> Progress | None:
    best: Progress | None = None
    async for records in clients.read_stretch(reader, names.progress, partition, start, end):
        for record in records:
            progress = read_progress(record)
            if progress is not None and (best is None or _order(progress) >= _order(best)):
                best = progress
    return best


def _order(progress: Progress) -> tuple[int, int, datetime]:
    return progress.epoch, progress.position, progress.wall_time
