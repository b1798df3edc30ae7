"""What the analyst gives back to the log: the table of each day that all partitions have told, once in each of them.

Whoever owns a partition writes into the input partition of the same number. It may write again, after a crash or beside
another: a table that is not newer than the one in force changes nothing. The surprise: every analyst makes the table
itself, of the parts of all; equal parts give equal bytes.
"""

import asyncio
from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from clearance.events.learning.cohorts import chain
from clearance.events.learning.expectations import Expectations
from clearance.events.learning.merging import Merging
from clearance.events.learning.part import Part
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.part_records import parts_in

LOOK_MS = 1000
"""How long one look for parts waits; they are seen at once [ms]."""


async def tables(bootstrap: str, names: Names) -> AsyncIterator[Expectations]:
    """The table as it is when all parts have been read, then each newer one. Raises what the broker raises."""
    merging = Merging()
    async for parts in follow_parts(bootstrap, names):
        merging.take(parts)
        if merging.is_due:
            yield await asyncio.to_thread(merging.table, chain())


async def follow_parts(bootstrap: str, names: Names) -> AsyncIterator[list[Part]]:
    """All parts that there are now, then those that come, as they come."""
    async with clients.new_reader(bootstrap) as reader:
        numbers = names.numbers
        ends, found = dict[TopicPartition, int](), list[Part]()
        for number in numbers:
            first, after = await clients.ends(reader, names.parts, number)
            ends[TopicPartition(names.parts, number)] = after
            async for records in clients.read_stretch(reader, names.parts, number, first, after):
                found += parts_in(records)
        yield found
        reader.assign([*ends])
        for place, after in ends.items():
            reader.seek(place, after)
        while True:
            yield await _next(reader, ends)


async def _next(reader: AIOKafkaConsumer, places: dict[TopicPartition, int]) -> list[Part]:
    try:
        fetched = await reader.getmany(timeout_ms=LOOK_MS)
    except OffsetOutOfRangeError:  # the topic was made anew
        await reader.seek_to_beginning(*places)
        return []
    return [part for records in fetched.values() for part in parts_in(records)]
