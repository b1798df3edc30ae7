"""Filings compared: those of all partitions are followed, and what a declaration is related to is written to it.

The surprise: nobody is elected, and nothing is counted. Whoever owns partition 0 folds all filings that there are, and
tells what follows from those behind the place that was noted last. Who tells it again changes nothing, since a
declaration takes what is later, and a finding bears the time of the event that it followed from.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer

from clearance.analyst.one_log import REST_SECONDS, follow
from clearance.events.filings.book import Book, Told
from clearance.kafka import clients
from clearance.kafka.filing_records import (
    NOWHERE,
    PLACE,
    Place,
    forgotten_record,
    place_record,
    read_filing,
    read_place,
    related_input,
)
from clearance.kafka.names import Names
from clearance.stages.writing import Lot

Write = Callable[[Lot], Awaitable[Any]]
NOTE_EVERY = 1000
"""Filings after which the place is noted, though nothing was found."""


@dataclass
class Comparing:
    """One that compares: a book, and what was found and not told yet. `topic_id` is that of the filings."""

    names: Names
    topic_id: str
    book: Book
    place: int = NOWHERE
    noted: int = NOWHERE
    untold: dict[str, Told] = field(default_factory=dict)

    def take(self, records: Sequence[Any]) -> None:
        """Fold records of `analyst-filings`. What was found behind the noted place is to be told."""
        for record in records:
            if record.value is not None and record.key != PLACE:
                found = self.book.take(read_filing(record.value))
                if record.offset > self.noted:
                    self.untold |= {told.declaration: told for told in found}
            self.place = record.offset

    async def tell(self, write: Write) -> int:
        """Write what is untold, what was forgotten, and up to where that is all; how many were told."""
        lots = lots_of(self.names, self.untold.values())
        await asyncio.gather(*(write(lot) for lot in lots))
        count = len(self.untold)
        if count or self.place >= self.noted + NOTE_EVERY:
            gone = [forgotten_record(name) for name in self.book.forgotten]
            await write(Lot(self.names.filings, 0, [*gone, place_record(Place(self.topic_id, self.place))]))
            self.noted = self.place
            self.book.forgotten.clear()
        self.untold.clear()
        return count


def lots_of(names: Names, found: Iterable[Told]) -> list[Lot]:
    """Each finding to the partition of the base log in which its declaration lies."""
    by_number = defaultdict(list)
    for told in found:
        by_number[clients.partition_of(told.declaration.encode(), names.base.partitions)].append(related_input(told))
    return [Lot(names.log, number, records) for number, records in sorted(by_number.items())]


async def compare(
    bootstrap: str,
    names: Names,
    topic_id: str,
    is_mine: Callable[[], bool],
    is_answered: Callable[[], bool],
    write: Write,
    count: Callable[[int], None],
) -> None:
    """For ever, while `is_mine`; told only while the epoch is answered from, since findings belong to the base log.
    Raises what the broker raises."""
    while True:
        while not is_mine():
            await asyncio.sleep(REST_SECONDS)
        async with clients.new_reader(bootstrap) as reader:
            comparing = Comparing(names, topic_id, Book(), noted=await noted_place(reader, names, topic_id))
            async for records in follow(reader, names.filings, 0):
                if not is_mine():
                    break
                await asyncio.to_thread(comparing.take, records)
                if is_answered():
                    count(await comparing.tell(write))


async def noted_place(reader: AIOKafkaConsumer, names: Names, topic_id: str) -> int:
    """The place that was noted last of this topic; `NOWHERE` in one that was made anew or restored. Takes the reader
    for itself."""
    found = NOWHERE
    async for records in clients.read_whole(reader, names.filings, 0):
        noted = [read_place(record.value) for record in records if record.key == PLACE and record.value]
        found = max([found, *(place.offset for place in noted if place.topic_id == topic_id)])
    return found
