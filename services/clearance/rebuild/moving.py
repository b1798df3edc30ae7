"""A base log into another one, with another number of partitions or on another cluster, beside everything that runs.

After each round of writes a checkpoint says where the old partitions are to be read on and where the new ones ended.
Killed between the two, the next run finds behind that end what was written already, by its origin, and writes the rest.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from msgspec import Struct

from clearance.kafka import clients
from clearance.kafka.names import EPOCHS, Names
from clearance.kafka.set_aside_list import read_set_aside_list
from clearance.kafka.wire import VERSION_1, Outgoing, set_aside_record
from clearance.rebuild.merging import Merging
from clearance.rebuild.rehashing import NOTHING, Copy, Rehashing, Told, in_order, origin_of
from clearance.settings.clock import utc_now

READ_RECORDS, WAIT_MS = 8000, 100
AT_WORK = timedelta(seconds=10)
"""A move that has told nothing for so long does not run."""


class OtherMove(Exception):
    """Another process moves the same log. The text says what to do."""


class Log(NamedTuple):
    """A log: its inputs, of so many partitions, and the list of what is set aside there in an epoch."""

    inputs: str
    partitions: int
    set_aside: str
    epoch: int


class Checkpoint(Struct, frozen=True):
    """All before `read`, by old partition, is copied; copies of what comes after lie behind `written`, by new one.
    Told by the move `by` at `at`; "" when it has come to its end."""

    by: str
    at: datetime
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
        old: Log,
        new: Log,
    ) -> None:
        self.reader, self.looking, self.producer, self.old, self.new = reader, looking, producer, old, new
        self.name, self.told_at = uuid4().hex, datetime.min.replace(tzinfo=UTC)
        self.places = [TopicPartition(old.inputs, number) for number in range(old.partitions)]
        self.merging = Merging(range(old.partitions))
        home = partial(clients.partition_of, count=new.partitions)
        self.rehashing = Rehashing(old.partitions, new.partitions, home)
        self.aside: dict[tuple[int, int], str] = {}
        self.next: dict[int, int] = {}
        self.since: dict[int, int] = {}
        self.written: dict[int, int] = {}
        self.there: dict[int, set[tuple[int, int]]] = {}

    async def begin(self) -> None:
        """Find out where to go on. Raises `KafkaError`, and `OtherMove` while another one is at work."""
        held = await self._checkpoint()
        if held.by and held.at > utc_now() - AT_WORK:
            raise OtherMove(
                f"{self.old.inputs} is being moved to {self.new.inputs} by another process, as of "
                f"{held.at}: let it end, or stop it and wait for {AT_WORK.seconds} s"
            )
        self.rehashing.told = held.told
        for number in range(self.old.partitions):
            line = await read_set_aside_list(self.reader, Names.of(self.old.epoch), number)
            self.aside |= {(number, offset): reason for offset, reason in line.reasons.items()}
        for place in self.places:
            first, _ = await clients.ends(self.reader, self.old.inputs, place.partition)
            self.next[place.partition] = max(first, held.read.get(place.partition, 0))
        for number in range(self.new.partitions):
            first, end = await clients.ends(self.looking, self.new.inputs, number)
            self.since[number] = max(first, held.written.get(number, 0))
            self.written[number], self.there[number] = end, set()
            stretch = clients.read_stretch(self.looking, self.new.inputs, number, self.since[number], end)
            async for records in stretch:
                found = [(origin, record.offset) for record in records if (origin := origin_of(record.headers))]
                self.there[number] |= {origin for origin, _ in found if origin[1] >= self.next[origin[0]]}
                await self._set_aside(number, found)
        self.reader.assign(self.places)
        for place in self.places:
            self.reader.seek(place, self.next[place.partition])

    async def run(self) -> None:
        """Until every old partition is sealed and copied. Raises `NewerVersion` and `KafkaError`."""
        while len(self.rehashing.sealed) < len(self.places):
            await self._read()
            await self._write([*in_order(self.merging.round(self._at_end()))])
        self.name = ""
        await self._tell()

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
        if not given and utc_now() < self.told_at + AT_WORK / 5:
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
        offsets = await clients.write(self.producer, self.new.inputs, number, records)
        self.written[number] = offsets[-1] + 1
        await self._set_aside(number, zip((copy.origin for copy in copies), offsets, strict=True))

    async def _set_aside(self, number: int, found: Iterable[tuple[tuple[int, int], int]]) -> None:
        """What was not to be folded is not to be folded at its new place either."""
        lines = [
            set_aside_record(number, offset, self.new.epoch, self.aside[origin], utc_now())
            for origin, offset in found
            if origin in self.aside
        ]
        if lines:
            await clients.write(self.producer, self.new.set_aside, number, lines)

    async def _tell(self) -> None:
        held = self.merging.held
        read = {number: held[number][0].offset if held[number] else at for number, at in self.next.items()}
        self.told_at = utc_now()
        self.since |= {number: end for number, end in self.written.items() if not self.there[number]}
        value = msgspec.json.encode(Checkpoint(self.name, utc_now(), read, self.since, self.rehashing.told))
        await clients.write(self.producer, EPOCHS, 0, [Outgoing(self._key, value, [VERSION_1])])

    @property
    def _key(self) -> bytes:
        return f"moved to {self.new.inputs}".encode()

    async def _checkpoint(self) -> Checkpoint:
        found = Checkpoint("", utc_now(), {}, {}, NOTHING)
        async for records in clients.read_whole(self.looking, EPOCHS, 0):
            for record in records:
                if record.key == self._key and record.value:
                    found = msgspec.json.decode(record.value, type=Checkpoint)
        return found
