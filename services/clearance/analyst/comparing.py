"""Filings compared: those of all partitions are followed, and what a declaration is related to is written to it.

The surprise: nobody is elected. Whoever owns partition 0 folds all filings that there are, and all that was told of
them, and tells what is right beside that. It is noted as told before it is given to the declarations; whoever finds it
noted, and not that it was given, gives it once more. That changes nothing, since a declaration takes what is later.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer

from clearance.analyst.one_log import REST_SECONDS, follow
from clearance.events.filings.telling import Telling, Told
from clearance.kafka import clients
from clearance.kafka.filing_records import (
    GIVEN,
    TOLD,
    Given,
    forgotten_records,
    given_record,
    read_filing,
    read_given,
    read_told,
    related_input,
    told_record,
)
from clearance.kafka.names import Names
from clearance.stages.writing import Lot

Write = Callable[[Lot], Awaitable[Any]]
NOWHERE = -1


@dataclass
class Comparing:
    """One that compares. `topic_id` is that of the filings; up to the place `given` all that was told was given, and
    `end` was its end when this began: until then nothing is told."""

    names: Names
    topic_id: str
    given: int = NOWHERE
    end: int = 0
    place: int = NOWHERE
    telling: Telling = field(default_factory=Telling)
    _own: set[Told] = field(default_factory=set)
    _untold: list[Told] = field(default_factory=list)

    def take(self, records: Sequence[Any]) -> None:
        """Fold records of `analyst-filings`."""
        for record in records:
            self.place = record.offset
            if record.value is None or record.key == GIVEN:
                continue
            if record.key.startswith(TOLD):
                self._remember(read_told(record.value))
            else:
                self.telling.take(read_filing(record.value))

    def _remember(self, told: Told) -> None:
        if told in self._own:
            self._own.remove(told)
            return
        self.telling.remember(told)
        if self.given < self.place < self.end:
            self._untold.append(told)

    async def tell(self, write: Write) -> int:
        """Write what is due once all that there was is read, and what was forgotten; how many were told."""
        if self.place + 1 < self.end:
            return 0
        told = self._untold = [*self._untold, *await asyncio.to_thread(self.telling.due)]
        if told:
            self._own |= {*told}
            await write(Lot(self.names.filings, 0, [*map(told_record, told)]))
            await asyncio.gather(*(write(lot) for lot in lots_of(self.names, told)))
        gone = [record for name in self.telling.forgotten() for record in forgotten_records(name)]
        if told or gone:
            await write(Lot(self.names.filings, 0, [*gone, given_record(Given(self.topic_id))]))
        self._untold = []
        return len(told)


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
            given = await given_up_to(reader, names, topic_id)
            _, end = await clients.ends(reader, names.filings, 0)
            comparing = Comparing(names, topic_id, given, end)
            async for records in follow(reader, names.filings, 0):
                if not is_mine():
                    break
                await asyncio.to_thread(comparing.take, records)
                if is_answered():
                    count(await comparing.tell(write))


async def given_up_to(reader: AIOKafkaConsumer, names: Names, topic_id: str) -> int:
    """The place of the last record that says so of this topic; nowhere in one that was made anew or restored. Takes the
    reader for itself."""
    found = NOWHERE
    async for records in clients.read_whole(reader, names.filings, 0):
        marks = [one for one in records if one.key == GIVEN and one.value]
        found = max([found, *(one.offset for one in marks if read_given(one.value).topic_id == topic_id)])
    return found
