"""From the base log into the inputs of a later epoch: all of history, then whatever comes, until it is stopped. What an
archive holds is read there, and the log where it ends.

The surprise: it never ends by itself. The inputs that come after the switch come into the base log too, for as long as
the epoch is followed. Killed at any moment, it goes on behind the last copy that it finds.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError

from clearance.kafka import clients
from clearance.kafka.names import Names
from clearance.kafka.set_aside_list import read_set_aside_list
from clearance.kafka.unreadable import UnreadableBatch
from clearance.rebuild.archived import Archived
from clearance.rebuild.copying import copy_of, is_copied
from clearance.rebuild.last_copy import last_copied
from clearance.rebuild.merging import Merging
from clearance.rebuild.pace import TrackerPace
from clearance.settings.clock import monotonic

READ_RECORDS = 8000
WAIT_MS = 100
SECONDS_BEHIND = 2.0
"""It has caught up when all that was there so long ago, or less, is copied."""


class Fed(NamedTuple):
    """How far it is: records of the base log that are behind it, and those that lie there now; records that the
    tracker has still to fold, of the partition furthest behind."""

    done: int
    whole: int
    unfolded: int
    caught_up: bool


class PurgedMeanwhile(Exception):
    """The base log was purged where it was to be read next. The text says what to do."""


class Feeder:
    """One epoch is fed by one of these. Reader, producer and pace are its own."""

    def __init__(
        self,
        reader: AIOKafkaConsumer,
        producer: AIOKafkaProducer,
        names: Names,
        pace: TrackerPace,
        archived: Archived | None = None,
    ) -> None:
        self.reader, self.producer, self.names, self.pace = reader, producer, names, pace
        self.archived = archived or Archived({})
        self.places = [TopicPartition(names.log, number) for number in names.numbers]
        self.merging = Merging(names.numbers)
        self.next = dict.fromkeys(names.numbers, 0)
        self.caught_up = False

    async def begin(self, looking: AIOKafkaConsumer) -> None:
        """Find out where to go on, with another reader: aiokafka complains late of a partition that was assigned and
        never read. Raises `KafkaError`."""
        for number in self.next:
            first = self.archived.first(number, (await clients.ends(looking, self.names.log, number))[0])
            copied = await last_copied(looking, self.names, number)
            self.next[number] = max(first, copied.origin + 1) if copied else first
            if copied:
                self.pace.copied[number] = copied.offset
                self.caught_up = self.caught_up or not copied.quiet
        await self.pace.begin()
        self._read_on()

    def _read_on(self) -> None:
        self.reader.assign(self.places)
        for place in self.places:
            self.reader.seek(place, self.archived.log_from(place.partition, self.next[place.partition]))

    async def run(self, stop: asyncio.Event, tell: Callable[[Fed], None]) -> None:
        """Until `stop`; `tell` is told after each round. Raises `NewerVersion`, `PurgedMeanwhile`, `KafkaError`."""
        while not stop.is_set():
            begun, ends = monotonic(), await self._ends()
            await self._read()
            await self._write(self.merging.round(self._at_end()))
            if all(self._given(number) >= end for number, end in ends.items()) and monotonic() - begun < SECONDS_BEHIND:
                self.caught_up = True
            tell(self._fed(ends))
            while self.pace.is_too_fast and not stop.is_set():
                await self.pace.look(WAIT_MS)
                tell(self._fed(ends))

    async def _ends(self) -> dict[int, int]:
        """Where the base log ends just now; nobody asks any more once that has been reached."""
        if self.caught_up:
            return {}
        return {place.partition: end for place, end in (await self.reader.end_offsets(self.places)).items()}

    async def _read(self) -> None:
        room = {number for number in self.next if self.merging.has_room(number)}
        from_files = {number for number in self.next if self.archived.holds(number, self.next[number])}
        for place in self.places:
            change = self.reader.resume if place.partition in room - from_files else self.reader.pause
            change(place)
        for number in room & from_files:
            records, self.next[number] = await asyncio.to_thread(self.archived.read, number, self.next[number])
            self.merging.take(number, records)
        try:
            fetched = await self.reader.getmany(
                timeout_ms=0 if room & from_files else WAIT_MS, max_records=READ_RECORDS
            )
        except OffsetOutOfRangeError as error:
            raise PurgedMeanwhile(
                f"{self.names.log} was purged where it was to be read next ({error}): start again, with what is left"
            ) from error
        except UnreadableBatch as error:
            await self._pass_over(error)
            return
        for place, records in fetched.items():
            self.merging.take(place.partition, records)
            self.next[place.partition] = records[-1].offset + 1

    async def _pass_over(self, error: UnreadableBatch) -> None:
        """A batch that cannot be read is left out if a person has set it aside; raises the error if nobody has. What
        other partitions gave in this fetch comes again."""
        aside = await read_set_aside_list(self.reader, self.names.of_base, error.partition)
        if (start := aside.after(error.offset)) == error.offset:
            raise error
        self.next[error.partition] = start
        self._read_on()

    def _at_end(self) -> set[int]:
        """The partitions of which nothing was left to read at the last fetch."""
        return {place.partition for place in self.places if self.next[place.partition] == self.reader.highwater(place)}

    def _given(self, number: int) -> int:
        """Up to where, without, a partition has been copied."""
        held = self.merging.held[number]
        return held[0].offset if held else self.next[number]

    async def _write(self, given: dict[int, list[Any]]) -> None:
        await asyncio.gather(*(self._write_one(number, records) for number, records in given.items()))
        await self.pace.look()

    async def _write_one(self, number: int, records: list[Any]) -> None:
        quiet = not self.caught_up
        copies = [copy_of(record, quiet) for record in records if is_copied(record)]
        if copies:
            offsets = await clients.write(self.producer, self.names.inputs, number, copies)
            self.pace.copied[number] = offsets[-1]

    def _fed(self, ends: Mapping[int, int]) -> Fed:
        done = sum(map(self._given, self.next))
        return Fed(done, max(done, sum(ends.values())), self.pace.unfolded, self.caught_up)
