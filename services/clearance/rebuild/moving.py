"""A base log into another one, with another number of partitions or on another cluster, beside everything that runs.

After each round of writes a checkpoint says where the old partitions are to be read on and where the new ones ended.
Killed between the two, the next run finds behind that end what was written already, by its origin, and writes the rest.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec import Struct

from clearance.kafka import clients
from clearance.kafka.names import EPOCHS
from clearance.kafka.wire import VERSION_1, Outgoing
from clearance.rebuild.merging import Merging
from clearance.rebuild.rehashing import Copy, Rehashing, Told, in_order, origin_of

READ_RECORDS, WAIT_MS = 8000, 100


class Checkpoint(Struct, frozen=True):
    """All before `read`, by old partition, is copied; copies of what comes after lie behind `written`, by new one."""

    read: Mapping[int, int]
    written: Mapping[int, int]
    told: Told


class Mover:
    """From `old` on the cluster of `reader` into `new` on that of `producer` and `looking`, which may be another."""

    def __init__(
        self,
        reader: AIOKafkaConsumer,
        looking: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        old: tuple[str, int],
        new: tuple[str, int],
    ) -> None:
        self.reader, self.looking, self.producer = reader, looking, producer
        (self.old, old_count), (self.new, new_count) = old, new
        self.places = [TopicPartition(self.old, number) for number in range(old_count)]
        self.merging = Merging(range(old_count))
        self.rehashing = Rehashing(old_count, new_count, lambda key: clients.partition_of(key, new_count))
        self.next: dict[int, int] = {}
        self.since: dict[int, int] = {}
        self.written: dict[int, int] = {}
        self.there: dict[int, set[tuple[int, int]]] = {}

    async def begin(self) -> None:
        """Find out where to go on. Raises `KafkaError`."""
        held = await self._checkpoint()
        self.rehashing.told = held.told
        for place in self.places:
            first, _ = await clients.ends(self.reader, self.old, place.partition)
            self.next[place.partition] = max(first, held.read.get(place.partition, 0))
        for number in range(self.rehashing.new):
            first, end = await clients.ends(self.looking, self.new, number)
            self.since[number] = max(first, held.written.get(number, 0))
            self.written[number], self.there[number] = end, set()
            async for records in clients.read_stretch(self.looking, self.new, number, self.since[number], end):
                found = (origin_of(record.headers) for record in records)
                self.there[number] |= {one for one in found if one and one[1] >= self.next[one[0]]}
        self.reader.assign(self.places)
        for place in self.places:
            self.reader.seek(place, self.next[place.partition])

    async def run(self) -> None:
        """Until every old partition is sealed and copied. Raises `NewerVersion` and `KafkaError`."""
        while len(self.rehashing.sealed) < len(self.places):
            await self._read()
            await self._write([*in_order(self.merging.round(self._at_end()))])

    async def _read(self) -> None:
        for place in self.places:
            change = self.reader.resume if self.merging.has_room(place.partition) else self.reader.pause
            change(place)
        for place, records in (await self.reader.getmany(timeout_ms=WAIT_MS, max_records=READ_RECORDS)).items():
            self.merging.take(place.partition, records)
            self.next[place.partition] = records[-1].offset + 1

    def _at_end(self) -> set[int]:
        return {place.partition for place in self.places if self.next[place.partition] == self.reader.highwater(place)}

    async def _write(self, given: Sequence[tuple[int, Any]]) -> None:
        if not given:
            return
        copies = [copy for number, record in given for copy in self.rehashing.copies(number, record)]
        by_home: dict[int, list[Copy]] = {}
        for copy in copies:
            if copy.origin in self.there[copy.to]:
                self.there[copy.to].remove(copy.origin)
            else:
                by_home.setdefault(copy.to, []).append(copy)
        await asyncio.gather(*(self._write_one(number, some) for number, some in by_home.items()))
        await self._tell()

    async def _write_one(self, number: int, copies: Sequence[Copy]) -> None:
        records = [copy.record for copy in copies]
        self.written[number] = (await clients.write(self.producer, self.new, number, records))[-1] + 1

    async def _tell(self) -> None:
        held = self.merging.held
        read = {number: held[number][0].offset if held[number] else at for number, at in self.next.items()}
        self.since |= {number: end for number, end in self.written.items() if not self.there[number]}
        value = msgspec.json.encode(Checkpoint(read, self.since, self.rehashing.told))
        await clients.write(self.producer, EPOCHS, 0, [Outgoing(self._key, value, [VERSION_1])])

    @property
    def _key(self) -> bytes:
        return f"moved to {self.new}".encode()

    async def _checkpoint(self) -> Checkpoint:
        found = Checkpoint({}, {}, Told())
        async for records in clients.read_whole(self.looking, EPOCHS, 0):
            for record in records:
                if record.key == self._key and record.value:
                    found = msgspec.json.decode(record.value, type=Checkpoint)
        return found
