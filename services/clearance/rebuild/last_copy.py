"""Where a feeder goes on: the inputs of the later epoch themselves say what was copied last. Nothing else is kept."""

from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.rebuild.copying import is_quiet, origin_of

STRETCH = 1000
"""Records that are read at a time, from the end backwards: between copies stands what the tracker derived."""


class Copied(NamedTuple):
    """The last copy in a partition: where it lies, which offset of the base log it is of, and whether it is quiet."""

    offset: int
    origin: int
    quiet: bool


async def last_copied(reader: AIOKafkaConsumer, names: Names, partition: int) -> Copied | None:
    """None if nothing was copied. Takes the reader for itself."""
    first, end = await clients.ends(reader, names.inputs, partition)
    while end > first:
        start = max(first, end - STRETCH)
        found: list[Copied] = []
        async for records in clients.read_stretch(reader, names.inputs, partition, start, end):
            for record in records:
                origin = origin_of(record.headers)
                if origin is not None:
                    found.append(Copied(record.offset, origin, is_quiet(record.headers)))
        if found:
            return max(found, key=lambda one: one.origin)
        end = start
    return None
