"""The base log into another one, with another number of partitions or on another cluster, beside everything that runs.

After each round of writes a checkpoint says where the old partitions are to be read on and where the new ones ended.
Killed between the two, the next run finds behind that end what was written already, by its origin, and writes the rest.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from aiokafka import TopicPartition

from clearance.kafka import clients
from clearance.kafka.move_records import Checkpoint, Order, Told, move_record
from clearance.kafka.names import EPOCHS
from clearance.kafka.unreadable import UnreadableBatch
from clearance.rebuild.archived import Archived
from clearance.rebuild.feeder import Fed
from clearance.rebuild.last_checkpoint import AT_WORK, Cluster, OtherMove, checkpoint_of, origins_in
from clearance.rebuild.merging import Merging
from clearance.rebuild.pace import TrackerPace
from clearance.rebuild.rehashing import NOTHING, Copy, Rehashing, in_order
from clearance.rebuild.set_aside_marks import Aside
from clearance.settings.clock import monotonic, utc_now

READ_RECORDS, WAIT_MS = 8000, 100
SECONDS_BEHIND = 2.0
"""It has caught up when all that was there so long ago, or less, is copied."""


class Mover:
    """From the base log of `old`, or from its archive, into the inputs of `new`. `pace` is that of the tracker which
    folds them, `aside` what it is not to fold."""

    def __init__(
        self, order: Order, old: Cluster, new: Cluster, pace: TrackerPace, aside: Aside, archived: Archived
    ) -> None:
        self.order, self.old, self.new = order, old, new
        self.pace, self.aside, self.archived = pace, aside, archived
        self.name, self.told_at = uuid4().hex, datetime.min.replace(tzinfo=UTC)
        self.places = [TopicPartition(old.names.inputs, number) for number in old.names.numbers]
        self.merging = Merging(old.names.numbers)
        self.rehashing = self._rehashing(NOTHING)
        self.caught_up = False
        self.next: dict[int, int] = {}
        self.since: dict[int, int] = {}
        self.written: dict[int, int] = {}
        self.there: dict[int, set[tuple[int, int]]] = {}

    def _rehashing(self, told: Told) -> Rehashing:
        count = self.new.names.base.partitions
        return Rehashing(self.old.names.base.partitions, count, partial(clients.partition_of, count=count), told)

    async def begin(self) -> None:
        """Find out where to go on. Raises `KafkaError`, and `OtherMove` while another one is at work."""
        held = await checkpoint_of(self.order, self.old, self.new)
        await self.aside.read()
        self.caught_up, self.rehashing = held.caught_up, self._rehashing(held.told)
        self.rehashing.sealed |= {*held.sealed}
        for number in self.old.names.numbers:
            first, _ = await clients.ends(self.old.reader, self.old.names.inputs, number)
            self.next[number] = max(self.archived.first(number, first), held.read.get(number, 0))
        for number in self.new.names.numbers:
            await self._find(number, held.written.get(number, 0))
        await self.pace.begin()
        self._read_on()
        await self.tell()

    async def _find(self, number: int, written: int) -> None:
        """What was written behind the last checkpoint."""
        inputs = self.new.names.inputs
        first, end = await clients.ends(self.new.reader, inputs, number)
        if end < written:
            raise OtherMove(
                f"{inputs}:{number} ends at {end}, and copies were written up to {written}: it was made anew since. "
                "Give the move up with `clearance move abandon`, and begin again"
            )
        self.since[number], self.written[number] = max(first, written), end
        found = await origins_in(self.new, number, range(self.since[number], end))
        self.there[number] = {origin for origin in found if origin[1] >= self.next[origin[0]]}
        self.pace.copied[number] = end - 1

    def _read_on(self) -> None:
        self.old.reader.assign(self.places)
        for place in self.places:
            self.old.reader.seek(place, self.archived.log_from(place.partition, self.next[place.partition]))

    async def run(self, stop: asyncio.Event, tell: Callable[[Fed], None]) -> bool:
        """Until every old partition is sealed and copied, or `stop`; whether it was sealed. `tell` is told after each
        round. Raises `NewerVersion`, `UnreadableBatch` and `KafkaError`."""
        while not self.is_sealed and not stop.is_set():
            begun = monotonic()
            await self._read()
            await self._write([*in_order(self.merging.round(self._at_end()))])
            self.caught_up = self.caught_up or (self._is_at_end() and monotonic() - begun < SECONDS_BEHIND)
            tell(self._fed())
            # what comes in is little beside the history; behind the seals nobody may wait for a tracker
            while self.pace.is_too_fast and not self.caught_up and not stop.is_set():
                await self.pace.look(WAIT_MS)
                await self._tell_again()
        return self.is_sealed

    @property
    def is_sealed(self) -> bool:
        """Whether all of the old log is copied, to its end."""
        return len(self.rehashing.sealed) == len(self.places)

    async def _read(self) -> None:
        reader, room = self.old.reader, {number for number in self.next if self.merging.has_room(number)}
        from_files = {number for number in self.next if self.archived.holds(number, self.next[number])}
        for place in self.places:
            change = reader.resume if place.partition in room - from_files else reader.pause
            change(place)
        for number in room & from_files:
            records, self.next[number] = await asyncio.to_thread(self.archived.read, number, self.next[number])
            self.merging.take(number, records)
        try:
            fetched = await reader.getmany(timeout_ms=0 if room & from_files else WAIT_MS, max_records=READ_RECORDS)
        except UnreadableBatch as error:
            self.next[error.partition] = await self.aside.after(error)
            return self._read_on()  # what other partitions gave in this fetch comes again
        for place, records in fetched.items():
            self.merging.take(place.partition, records)
            self.next[place.partition] = records[-1].offset + 1
        return None

    def _at_end(self) -> set[int]:
        ended = {place.partition for place in self.places if self._left(place) == 0}
        return ended | self.rehashing.sealed

    def _left(self, place: TopicPartition) -> int | None:
        end = self.old.reader.highwater(place)
        return None if end is None else end - self.next[place.partition]

    def _is_at_end(self) -> bool:
        return len(self._at_end()) == len(self.places) and not any(self.merging.held.values())

    async def _write(self, given: Sequence[tuple[int, Any]]) -> None:
        if not given:
            return await self._tell_again()
        by_home: dict[int, list[Copy]] = {}
        for number, record in given:
            marks = self.aside.marks(number, record.offset, quiet=not self.caught_up)
            for copy in self.rehashing.copies(number, record, marks):
                if copy.origin in self.there[copy.to]:
                    self.there[copy.to].remove(copy.origin)
                else:
                    by_home.setdefault(copy.to, []).append(copy)
        await asyncio.gather(*(self._write_one(number, some) for number, some in by_home.items()))
        await self.pace.look()
        return await self.tell()

    async def _write_one(self, number: int, copies: Sequence[Copy]) -> None:
        records = [copy.record for copy in copies]
        offsets = await clients.write(self.new.producer, self.new.names.inputs, number, records)
        self.written[number], self.pace.copied[number] = offsets[-1] + 1, offsets[-1]

    async def _tell_again(self) -> None:
        if utc_now() > self.told_at + AT_WORK / 5:
            await self.tell()

    async def tell(self, by: str | None = None) -> None:
        """How far it has come, on both clusters; `by` "" if it does not go on."""
        held = self.merging.held
        read = {number: held[number][0].offset if held[number] else at for number, at in self.next.items()}
        self.since |= {number: end for number, end in self.written.items() if not self.there[number]}
        self.told_at = utc_now()
        checkpoint = Checkpoint(
            by=self.name if by is None else by,
            at=self.told_at,
            caught_up=self.caught_up,
            read=read,
            written=self.since,
            told=self.rehashing.told,
            sealed=sorted(self.rehashing.sealed),
        )
        for cluster in (self.new, self.old):
            await clients.write(cluster.producer, EPOCHS, 0, [move_record(self.order, checkpoint)])

    def _fed(self) -> Fed:
        left = sum(self._left(place) or 0 for place in self.places) + sum(map(len, self.merging.held.values()))
        done = sum(self.next.values())
        return Fed(done, done + left, self.pace.unfolded, self.caught_up)
