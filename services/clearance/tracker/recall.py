"""Single reads outside the consumer group: states that left memory, what others wrote, what a person has set aside.

One reader for all partitions, used for one thing at a time; what reads a whole partition has a reader of its own.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from clearance.events.log.readers_rule import Numbered, newer_state
from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.set_aside_list import SetAsideList, read_set_aside_list
from clearance.kafka.wire import head_of

SMALL_FETCH = 64 * 1024
"""Bytes of one answer: single records are wanted; one that is larger comes alone."""


class Recall:
    """Reads what is asked for. All raise what the broker raises."""

    def __init__(self, bootstrap: str, names: Names) -> None:
        self.bootstrap, self.names = bootstrap, names
        self._reader: AIOKafkaConsumer = clients.new_reader(bootstrap, fetch_bytes=SMALL_FETCH, wait_ms=10)
        self._alone = asyncio.Lock()

    async def start(self) -> None:
        """Connect."""
        await self._reader.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._reader.stop()

    async def states(self, partition: int, places: Mapping[str, int]) -> dict[str, Any]:
        """The records of declarations that lie at these offsets.

        A record that compaction has removed, because an old one was written after it, is looked for in the whole
        partition: of what is left the highest (epoch, src) counts.
        """
        found: dict[str, Any] = {}
        async with self._alone:
            for name, place in sorted(places.items(), key=lambda one: one[1]):
                for record in await self._stretch(partition, place, place + 1):
                    if record.key == name.encode():
                        found[name] = record
        if missing := {name.encode(): name for name in places.keys() - found.keys()}:
            found |= {missing[key]: one for key, one in (await self._highest(partition, missing)).items()}
        return found

    async def stretches(self, partition: int, wanted: Iterable[range]) -> list[Any]:
        """The records at these offsets."""
        async with self._alone:
            return [record for one in wanted for record in await self._stretch(partition, one.start, one.stop)]

    async def end(self, partition: int) -> int:
        """The offset that the next state of the partition will get."""
        async with self._alone:
            return (await clients.ends(self._reader, self.names.status, partition))[1]

    async def ends_of_lists(self, partitions: Iterable[int]) -> dict[int, int]:
        """The same of the list of what is set aside, for many partitions at once."""
        places = [TopicPartition(self.names.set_aside, number) for number in partitions]
        async with self._alone:
            self._reader.assign(places)
            return {place.partition: end for place, end in (await self._reader.end_offsets(places)).items()}

    async def set_aside(self, partition: int) -> SetAsideList:
        """The list of what is not folded."""
        async with self._alone:
            return await read_set_aside_list(self._reader, self.names, partition)

    async def _stretch(self, partition: int, start: int, end: int) -> list[Any]:
        read = clients.read_stretch(self._reader, self.names.status, partition, start, end)
        return [record async for records in read for record in records]

    async def _highest(self, partition: int, keys: Mapping[bytes, str]) -> dict[bytes, Any]:
        best: dict[bytes, tuple[Numbered, Any]] = {}
        async with clients.new_reader(self.bootstrap) as reader:
            async for records in clients.read_whole(reader, self.names.status, partition):
                for record in records:
                    if record.key not in keys or (head := head_of(record)) is None:
                        continue
                    if newer_state(best[record.key][0] if record.key in best else None, head.version):
                        best[record.key] = head.version, record
        return {key: record for key, (_, record) in best.items()}
