"""Dead letters of the edge, which stand beside the base log and nowhere else, so that they are moved with it. A tracker
writes its own anew."""

from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer

from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.wire import Outgoing
from clearance.rebuild.copying import ORIGIN
from clearance.rebuild.last_checkpoint import Cluster
from clearance.rebuild.rehashing import old_place_of

OF_THE_EDGE = ("stage", b"edge")


async def move_edge_letters(old: Cluster, new: Cluster) -> int:
    """Copy those that are not there yet; how many. Raises `KafkaError`."""
    there = {old_place_of(record.headers) async for record in _of_the_edge(new.reader, new.names)}
    copied = 0
    async for record in _of_the_edge(old.reader, old.names):
        origin = record.partition, record.offset
        if origin not in there:
            home = clients.partition_of(record.key, new.names.base.partitions) if record.key else 0
            copy = Outgoing(record.key, record.value, [*record.headers, (ORIGIN, b"%d:%d" % origin)])
            await clients.write(new.producer, new.names.dead_letters, home, [copy])
            copied += 1
    return copied


async def _of_the_edge(reader: AIOKafkaConsumer, names: Names) -> AsyncIterator[Any]:
    for number in names.numbers:
        async for records in clients.read_whole(reader, names.dead_letters, number):
            for record in records:
                if OF_THE_EDGE in record.headers:
                    yield record
