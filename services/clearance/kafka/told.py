"""What the tracker has told of itself: how far each partition has been folded."""

import msgspec
from aiokafka import AIOKafkaConsumer

from clearance.events.progress import Progress, decode_progress
from clearance.kafka import clients
from clearance.kafka.records import PROGRESS


async def progress_of(reader: AIOKafkaConsumer, partition: int) -> Progress | None:
    """The record with the highest position of the highest epoch: a paused worker may have written an old one last.

    None if the partition was never folded. Takes the reader for itself.
    """
    best: Progress | None = None
    async for records in clients.read_whole(reader, PROGRESS, partition):
        for record in records:
            try:
                one = decode_progress(record.value or b"")
            except msgspec.DecodeError:  # not the tracker's: whatever it is, it tells no progress
                continue
            if best is None or (one.epoch, one.position, one.wall_time) >= (best.epoch, best.position, best.wall_time):
                best = one
    return best
