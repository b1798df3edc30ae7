"""Inputs that batches of different partitions send to one another, in as few produce requests as there can be.

Of each partition one lot is on its way; what comes meanwhile goes with the next. aiokafka has one place for a waiting
batch of a partition, for which a dozen batches would otherwise queue, and some of them in vain.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from clearance.kafka import clients
from clearance.kafka.wire import Outgoing

Place = tuple[str, int]


class Outbox:
    """What waits to be written, by topic and partition."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._waiting: dict[Place, list[tuple[Sequence[Outgoing], asyncio.Future[list[int]]]]] = defaultdict(list)
        self._under_way: dict[Place, asyncio.Task[None]] = {}

    async def write(self, topic: str, partition: int, records: Sequence[Outgoing]) -> list[int]:
        """Write records; the offsets that they got, when they are acknowledged."""
        place = topic, partition
        told: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        self._waiting[place].append((records, told))
        if place not in self._under_way:
            self._under_way[place] = asyncio.create_task(self._empty(place))
        return await told

    async def _empty(self, place: Place) -> None:
        while lot := self._waiting.pop(place, None):
            try:
                offsets = await clients.write(self._producer, *place, [one for records, _ in lot for one in records])
            except Exception as error:  # noqa: BLE001 # told to everybody who waits for it
                for _, told in lot:
                    if not told.done():
                        told.set_exception(error)
                continue
            for records, told in lot:
                if not told.done():
                    told.set_result(offsets[: len(records)])
                offsets = offsets[len(records) :]
        del self._under_way[place]
